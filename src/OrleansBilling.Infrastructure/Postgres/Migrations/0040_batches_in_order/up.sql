-- Each connection kept sixteen numbers for itself, so that a batch which began later could have the lower one.
alter sequence usage_batch_number cache 1;
