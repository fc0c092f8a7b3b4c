"""Exact and near duplicates, their clusters, and contamination with evals."""
