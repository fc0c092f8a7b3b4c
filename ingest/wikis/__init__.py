"""Readers of wikis: MediaWiki's dumps and Wikimedia Enterprise's HTML."""

EXTRA = "wikis"  # what the steps in this folder need
