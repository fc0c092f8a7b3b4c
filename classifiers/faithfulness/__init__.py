"""What `classifiers.faithful` is made of: what a text says, as things that another text has or has not."""
