-- Lines of an invoice are read page by page: of one with thousands of lines a page is a stretch of this index.
create index invoice_line_position on invoice_line (invoice, position);
