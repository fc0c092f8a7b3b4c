"""What a run's folder says: figures, charts, examples, and the page that shows them."""
