"""What a run has on disk: files that are there only when they are whole, and prove themselves."""
