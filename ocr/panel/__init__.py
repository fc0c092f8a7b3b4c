"""What a stage shows of the PDFs that it read."""
