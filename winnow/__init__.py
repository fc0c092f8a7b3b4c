"""Winnow: pretraining data curation, from raw archives to training shards.

Every module has one name, `winnow.filters.gopher`; in a recipe `filters.gopher:quality` is short for it. The
folders at the top of the checkout are linked from here. To import this package costs nothing.
"""

__version__ = "0.2.0"
