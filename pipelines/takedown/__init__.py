"""Documents that a run gave up again: found everywhere, taken out of every file, and told in a ledger."""
