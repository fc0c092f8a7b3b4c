"""What serves `filters.sites`."""
