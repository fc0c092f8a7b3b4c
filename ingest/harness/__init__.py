"""Evals as harnesses and publishers write them."""
