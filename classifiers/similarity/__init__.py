"""How like the items of an eval documents are, and where one holds the other."""
