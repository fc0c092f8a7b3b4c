"""Readers of code: repositories, what GitHub says of them, files in the order of their imports."""

EXTRA = "code"  # what the steps in this folder need
