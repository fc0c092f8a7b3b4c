"""What a thread is made of: its order, the table of what was joined, quotes."""
