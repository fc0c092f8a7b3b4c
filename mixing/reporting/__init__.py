"""What the report of the mix draws."""
