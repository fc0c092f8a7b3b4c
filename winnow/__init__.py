"""Winnow: pretraining data curation, from raw archives to training shards.

Every module has one name, `winnow.filters.gopher`; in a recipe `filters.gopher:quality` is short for it. In a
checkout the folders at the top are linked here, and are refused under another name. To import this package
costs nothing: it imports none of them.
"""

from pathlib import Path

__version__ = "0.2.0"

IMPORT_PATH = str(Path(__file__).resolve().parent.parent)
"""What a process of its own must have on its path to import this package."""
