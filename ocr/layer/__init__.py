"""A page's own text layer: whether it is there, and whether it says what the page shows."""
