"""Addresses of pages: which are one, and whose."""
