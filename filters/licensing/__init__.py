"""Licences judged by policies: expressions, lists, what they cost."""
