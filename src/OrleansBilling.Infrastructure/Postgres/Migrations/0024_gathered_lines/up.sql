-- Work of one instant is taken in its order: what bills gathered lines after the turns that gather them.
update due_work set kind_order = o.place - 1
from unnest(array['cancel', 'change', 'resume', 'collection_resume', 'start', 'trial_end', 'hold_expiry', 'grant_expiry', 'grant_reset',
    'renewal', 'usage_close', 'gather', 'finalize', 'credit_arrived', 'collect', 'collection_changed', 'refund', 'wallet_changed', 'migrate']) with ordinality as o (kind, place)
where due_work.kind = o.kind and due_work.kind_order <> o.place - 1;
drop index due_work_next;
create index due_work_next on due_work (clock, shard, run_at, kind_order) where quarantined_at is null;
drop index due_work_clock;
create index due_work_clock on due_work (clock, run_at, kind_order) where clock <> 'live' and quarantined_at is null;

-- Whether an account has lines that its next invoice takes is asked with every turn; those that it has gathered are many.
create index pending_line_next on pending_line (account) where source <> 'gathered';

-- The invoices that gather lines of a subscription.
create index invoice_line_gathered on invoice_line (subscription, invoice) where has_waited and subscription is not null;
