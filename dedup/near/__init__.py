"""How near duplicates are found and compared: tokens, signatures, exact comparison, templates."""
