"""Learnt judgements: language and quality."""
