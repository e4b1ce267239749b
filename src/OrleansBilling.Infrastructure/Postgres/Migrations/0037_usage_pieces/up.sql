-- Work of one instant is taken in its order: what an alert has billed comes after the closing of usage, and before gathered lines.
update due_work set kind_order = o.place - 1
from unnest(array['cancel', 'change', 'resume', 'collection_resume', 'start', 'trial_end', 'hold_expiry', 'grant_expiry', 'grant_reset', 'renewal', 'usage_close', 'usage_piece', 'gather', 'finalize', 'credit_arrived', 'collect', 'collection_changed', 'refund', 'wallet_changed', 'usage_late', 'migrate', 'alert_check', 'usage_burn']) with ordinality as o (kind, place)
where due_work.kind = o.kind and due_work.kind_order <> o.place - 1;
