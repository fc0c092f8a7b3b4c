"""What the law and the field ask to be said of training content, told from the files of a run."""
