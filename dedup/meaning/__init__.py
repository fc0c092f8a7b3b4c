"""What texts mean, as vectors: passages of documents beside eval items in other words or another language."""
