"""What a list of take-downs names, and what resembles it."""
