"""Readers of what people write to each other: Stack Exchange, Reddit, mail."""

EXTRA = "talk"  # what the steps in this folder need
