"""A row of a reader of posts: `ingest.threads` says what the columns mean."""

import polars as pl

from winnow.ingest.io.batches import PLACED, SourceRow


class PostRow(SourceRow, total=False):
    """A row that says where in a thread it stands."""

    threads_post: str | None
    threads_parent: str | None
    threads_accepts: str | None


# What readers of posts declare: what all fill, and what only some know.
FILLED = ("text", "url", "date", "author", "thread", "metadata")
NAMES = dict.fromkeys(("threads_post", "threads_parent"), pl.String())
VOTED = {"score_votes": pl.Float32()}
ACCEPTED = {"threads_accepts": pl.String()}
_KNOWN = dict.fromkeys(("author", "thread"), pl.String())

MAILED = pl.Schema({**PLACED, **_KNOWN, **NAMES})
RATED = pl.Schema({**MAILED, **VOTED})
ANSWERED = pl.Schema({**RATED, **ACCEPTED, "license": pl.String()})
