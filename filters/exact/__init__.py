"""Answers that can be checked by value."""
