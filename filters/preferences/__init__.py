"""What owners say of the use of their pages: robots.txt, signals in it and beside it, captures by date."""
