"""A page as a picture: rendered within bounds, upright and level."""
