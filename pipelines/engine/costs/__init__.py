"""What a recipe will cost, told from a sample of its input that is run for real."""
