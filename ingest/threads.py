"""Documents that are spread over records: posts of a thread, each a row of its own, joined in their order.

`scatter` (by part) -> `order` (by bucket) -> `join` (a shard step). A reader of posts gives, beside `thread`,
`threads_post` (the post's name), `threads_parent` (the name of the one that it answers, null where it begins
the thread) and `threads_accepts` (the name of the answer that who asked has accepted).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from pydantic import PositiveInt

from winnow.ingest.thread import links, tables
from winnow.ingest.thread.order import order_posts
from winnow.ingest.thread.quotes import fold
from winnow.words.marks import SEPARATOR

_NAMES = ("thread", "threads_post", "threads_parent", "threads_accepts")
_COLUMNS: dict[str, pl.DataType] = dict.fromkeys(("id", "source", *_NAMES), pl.String())
_COLUMNS |= {"score_votes": pl.Float32()}
_COLUMNS |= dict.fromkeys(("date", "license", "author", "text"), pl.String())
_TEXT = "text"
POSTS = (*(name for name in _COLUMNS if name != _TEXT), _TEXT, "place")
_COUNTS = ("threads_posts", "threads_lost_parents", "threads_cycles", "threads_folded_lines")
REASONS = {tables.MEMBER: "threads.joined", tables.COPY: "threads.copy"}
REASONS |= {tables.TOO_LONG: "threads.too_long", tables.NO_ROOT: "threads.no_root"}


def link(
    files: Annotated[Sequence[Path], "source", "thread", "threads_post", "threads_parent"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, tuple(links.LINKS)]:
    """Write which threads are parts of one: those that a chain of answers connects. For sources whose threads
    have the names of posts, and whose posts may know no more than the one that they answer, as mail.

    Writes `links.parquet`: `source`, `thread` and `whole`, the name under which `scatter` takes its posts.
    See `ingest.thread.links:connect`. Holds some 60 bytes a post, no text.
    """
    columns = ["source", *_NAMES[:3]]
    posts = (_take(frame, columns).drop_nulls("thread") for file in files for frame in read(file, columns))
    links.connect(posts).write_parquet(out / "links.parquet")


def scatter(
    files: Annotated[Sequence[Path], "id", "source", "thread", "text"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    linked: Path | None = None,
) -> Annotated[None, POSTS]:
    """Write the posts to the shuffle (`winnow.shuffle`), a thread to one bucket. Run by part.

    Documents without a `thread` are not written, and `join` leaves them as they are; a blank name of a thread
    or a post is none. Posts of one `thread` in two sources are of two threads. What a source does not give of
    `threads_post`, `threads_parent`, `threads_accepts`, `score_votes`, `date`, `license` and `author` is
    null. `place` (UInt64) is where the post stood: its part and row. `linked` is the folder that `link`
    wrote.
    """
    posts = (frame for file in files for frame in _read_posts(file, read))
    if linked is not None:
        whole = pl.read_parquet(linked / "links.parquet")
        posts = (_name_whole(frame, whole) for frame in posts)
    tables.write_rows(posts, out)


def _name_whole(posts: pl.DataFrame, whole: pl.DataFrame) -> pl.DataFrame:
    found = posts.join(whole, on=["source", "thread"], how="left", maintain_order="left")
    return found.with_columns(thread=pl.coalesce("whole", "thread")).drop("whole")


def _read_posts(file: Path, read: Callable[..., Iterator[pl.DataFrame]]) -> Iterator[pl.DataFrame]:
    place = tables.number_part(file)
    for frame in read(file, list(_COLUMNS)):
        own = pl.int_range(place, place + frame.height, dtype=pl.UInt64, eager=True).alias("place")
        place += frame.height
        yield _take(frame, list(_COLUMNS)).with_columns(own).drop_nulls("thread")


def _take(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The posts among the rows; what is not there is null, a blank name too."""
    found = tables.take(frame, {name: _COLUMNS[name] for name in columns})
    named = [pl.col(name) for name in _NAMES if name in columns]
    known = (pl.when(name.str.contains(r"\S")).then(name).name.keep() for name in named)
    return found.with_columns(*known, source=pl.col("source").fill_null(""))


def order(
    files: Annotated[Sequence[Path], POSTS],
    out: Path,
    *,
    read_bucket: Callable[..., Iterator[pl.DataFrame]],
    between: str = SEPARATOR,
    rootless: Literal["keep", "drop"] = "keep",
    quotes: Literal["keep", "fold"] = "keep",
    max_bytes: PositiveInt = 10_000_000,
) -> Annotated[None, tuple(tables.JOINED)]:
    """Order the posts of each thread and join their texts. Run by bucket, on the output of `scatter`.

    Every post stands behind the one that it answers. Answers to one post: an accepted one first, then by
    `score_votes`, the highest first, then by `date`, then by `id`. Writes `joined.parquet`, a row a
    thread, in the order of the first posts' places: `id` (of the first post, which carries the whole),
    `members` (ids, in order), `text` (their texts, parted by `between`), `license` and `author` (all
    of them, once), `copies` (ids of posts whose name another one has), `too_long` (ids of the post with which
    the text would have more than `max_bytes`, and of all behind), `lost_parents` (posts that answer one that
    is not there: they stand behind all others) and `cycles` (circles of posts that answer each other; each is
    begun with its first).

    With `rootless = "drop"` a thread without a post that answers none has no text, and `join` drops it. With
    `quotes = "fold"` quoted lines are cut that stand in the post that is answered, or in one of the two above
    it; `folded_lines` counts them (see `ingest.thread.quotes`).
    Holds the texts of a bucket twice.
    """
    posts = tables.read_rows(files, read_bucket)
    by = ["source", "thread", "accepted", "score_votes", "date", "id"]
    downward = [False, False, True, True, False, False]
    post = ["source", "thread", "threads_post"]
    accepted = posts.select("source", "thread", threads_post="threads_accepts").drop_nulls().unique()
    posts = posts.join(accepted.with_columns(accepted=True), on=post, how="left")
    posts = posts.sort(by, descending=downward, nulls_last=True)
    rows = [_join_thread(thread, between, rootless, quotes, max_bytes) for thread in _cut_threads(posts)]
    places = pl.Series("place", [row.pop("place") for row in rows], pl.UInt64)
    table = pl.DataFrame(rows, schema=tables.JOINED).with_columns(places).sort("place").drop("place")
    tables.write_joined(table, out / tables.JOINED_FILE)


def _cut_threads(posts: pl.DataFrame) -> Iterator[dict[str, list[Any]]]:
    changes = posts.select(pl.struct("source", "thread").rle_id().diff().fill_null(1)).to_series()
    bounds = [*np.flatnonzero(changes.to_numpy()), posts.height]
    for start, stop in pairwise(bounds):
        yield posts[int(start) : int(stop)].to_dict(as_series=False)


def _join_thread(
    posts: dict[str, list[Any]], between: str, rootless: str, quotes: str, max_bytes: int
) -> dict[str, Any]:
    found = order_posts(posts["threads_post"], posts["threads_parent"], posts["thread"][0])
    above = dict(zip(found.places, found.parents, strict=True))
    texts: list[str] = []
    size = folded = 0
    for place in found.places:
        text, lines = posts["text"][place], 0
        if quotes == "fold" and above[place] is not None:
            text, lines = fold(text, [posts["text"][one] for one in _go_up(place, above)])
        size += len(text.encode()) + (len(between.encode()) if texts else 0)
        if texts and size > max_bytes:
            break
        texts.append(text)
        folded += lines
    kept, beyond = found.places[: len(texts)], found.places[len(texts) :]
    first = kept[0]
    is_rootless = all(posts["threads_parent"][place] is not None for place in kept)
    return {
        "id": posts["id"][first],
        "members": [posts["id"][place] for place in kept],
        "text": None if is_rootless and rootless == "drop" else between.join(filter(str.strip, texts)),
        "copies": [posts["id"][place] for place in found.copies],
        "too_long": [posts["id"][place] for place in beyond],
        "license": _list_once(sorted(filter(None, (posts["license"][place] for place in kept))), " AND "),
        "author": _list_once([posts["author"][place] for place in kept], "; "),
        "lost_parents": found.lost_parents,
        "cycles": found.cycles,
        "folded_lines": folded,
        "place": posts["place"][first],
    }


def _go_up(place: int, above: dict[int, int | None]) -> Iterator[int]:
    """The post that one answers, and the two above it."""
    for _ in range(3):
        parent = above[place]
        if parent is None:
            return
        yield parent
        place = parent


def _list_once(values: Sequence[str | None], between: str) -> str | None:
    return between.join(dict.fromkeys(filter(None, values))) or None


def join(
    docs: Annotated[pl.DataFrame, "id"], *, joined: Path
) -> Annotated[pl.DataFrame, "text", "license?", "author?", _COUNTS]:
    """Give the first post of each thread the text of the whole, and drop the others as `threads.joined`.

    `joined` is the folder that `order` wrote, or another step that writes `id`, `members` and `text` so.
    Drops also `threads.copy`, `threads.too_long` and `threads.no_root`, as `order` has them. Documents that
    are in no thread stay as they are. Sets `license` and `author` of the whole where the table has them, and
    adds `threads_posts` (how many were joined), `threads_lost_parents`, `threads_cycles` and
    `threads_folded_lines`; null for the others. Holds some 24 bytes for each document of a thread.
    """
    members = tables.load_members(joined)
    at = members.find(docs["id"])
    inside = at >= 0
    roles = np.where(inside, members.role[at] if len(members.role) else 0, -1)
    wanted = np.flatnonzero(inside & (roles == tables.ROOT))
    docs = docs.with_columns(drop_reason=_find_reasons(docs, roles))
    if not len(wanted):
        return docs.with_columns(pl.lit(None, pl.UInt32).alias(name) for name in _COUNTS)
    whole = members.read(at[wanted], list(tables.JOINED))
    rows = pl.Series("row", wanted, pl.UInt32)
    places = docs.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    told = places.join(whole.with_columns(rows), on="row", how="left", maintain_order="left")
    filled = [name for name in ("text", "license", "author") if name in docs.columns]
    return docs.with_columns(
        *(pl.coalesce(told[name], pl.col(name)).alias(name) for name in filled),
        threads_posts=told["members"].list.len().cast(pl.UInt32),
        threads_lost_parents=told["lost_parents"],
        threads_cycles=told["cycles"],
        threads_folded_lines=told["folded_lines"],
    )


def _find_reasons(docs: pl.DataFrame, roles: Any) -> pl.Series:
    earlier = docs["drop_reason"].to_list() if "drop_reason" in docs.columns else [None] * docs.height
    found = [old or REASONS.get(int(role)) for old, role in zip(earlier, roles, strict=True)]
    return pl.Series("drop_reason", found, pl.String)
