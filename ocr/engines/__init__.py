"""What recognises text in a picture of a page: a module for each engine, all with one form of answer."""
