"""Which blocks of a page are content: what is known of each, the trees that judge it, their training."""
