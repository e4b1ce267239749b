-- The credits of an invoice's lines, wherever they stand; ordinary lines name no invoice and do not touch it.
create index invoice_line_credited on invoice_line (credited_invoice) where credited_invoice is not null;
