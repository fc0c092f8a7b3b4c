"""What serves `filters.long`."""
