"""Numbers, units and equations of a rewrite against its parent's."""
