"""Readers of decisions of courts and of patents."""

EXTRA = "decisions"  # what the steps in this folder need
