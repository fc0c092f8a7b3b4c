"""A row of a reader of posts: `ingest.threads` says what the columns mean."""

import polars as pl

from ingest.io.batches import SOURCED, SourceRow


class PostRow(SourceRow, total=False):
    """A row that says where in a thread it stands."""

    threads_post: str | None
    threads_parent: str | None
    threads_accepts: str | None


POSTED = pl.Schema(
    {**SOURCED, **dict.fromkeys(("threads_post", "threads_parent", "threads_accepts"), pl.String())}
)
