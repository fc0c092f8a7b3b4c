"""The one definition of a document's site: the host of its `url`."""

import polars as pl

_HOST = r"^(?i:(?:[a-z][a-z0-9+.\-]*:)?//)(?:[^/?#@]*@)?([^/?#:]+)"


def find_site(url: pl.Expr) -> pl.Expr:
    """The host of each URL in lower case without `www.`, null where there is none (String)."""
    return url.cast(pl.String).str.extract(_HOST).str.to_lowercase().str.strip_prefix("www.")
