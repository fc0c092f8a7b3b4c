"""What tells noise from text among the lines of a document, and the trees that weigh it."""
