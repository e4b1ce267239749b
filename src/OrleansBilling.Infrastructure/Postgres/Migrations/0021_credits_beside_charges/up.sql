-- A credit that waited beside its charge stands on the same invoice and names no other: it counts as taken of the line, too.
create or replace function credits_of_line(p_invoice text, p_line text) returns bigint language sql stable as $$
    select coalesce((select sum(n.amount) from credit_note_line n where n.invoice = p_invoice and n.line = p_line), 0)::bigint
        - coalesce((
            select sum(l.amount) from invoice_line l
            where l.credited_invoice = p_invoice and l.credited_line = p_line and not l.voided), 0)::bigint
        - coalesce((
            select sum(l.amount) from invoice_line l
            where l.invoice = p_invoice and l.credited_line = p_line and l.credited_invoice is null and not l.voided), 0)::bigint
        - coalesce((select sum(p.amount) from pending_line p where p.credited_line = p_line), 0)::bigint
$$;
