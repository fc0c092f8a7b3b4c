"""What runs a recipe: stages and parts on workers, their files, their ledger, the code that made them."""
