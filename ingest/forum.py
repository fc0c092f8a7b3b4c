"""What people wrote to each other: recorded Reddit listings, fortune files, and dictionaries of jargon."""

import gzip
import html
import json
import re
import textwrap
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import polars as pl

from ingest.io.batches import Row, frames
from ingest.io.compression import read_bytes
from ingest.io.unwrap import unwrap

_GONE = {"[deleted]": "forum.deleted", "[removed]": "forum.removed", "": "forum.no_text"}
_MENTION = re.compile(r"(?i)((?<!\w)u/|reddit\.com/user/)[\w-]{3,20}")
_OVERSTRIKE = re.compile(r".\x08", re.S)
_LINK = re.compile(r"\{([^{};]*)\}")
_DIGITS = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}


def reddit(uri: str) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata"]:
    """Posts and comments in one recorded session with Reddit's API (a Betamax cassette, JSON).

    Each post or comment is one row under its full name (`t3_...`), in the order first seen and in the
    state last recorded. Text is the title and body of a post, the body of a comment, in Markdown. Dropped:
    `forum.deleted`, `forum.removed`, `forum.no_text` (a link only) and `forum.over_18`; a session without
    any is one row, `forum.no_post`. Private messages are not read. Writers' names are not taken over, and
    mentions of users become `u/[name]`.
    A recorded answer that should be JSON and is not gives an error row.
    """
    yield from frames(_read_reddit(uri))


def fortunes(uri: str) -> Annotated[Iterator[pl.DataFrame], "text"]:
    """Sayings of one fortune file: UTF-8, parted by lines that hold only `%`, one row each.

    Typewriter overstrikes are resolved. A saying that is no UTF-8 gives an error row.
    """
    yield from frames(_read_fortunes(read_bytes(uri)))


def dictionary(uri: str) -> Annotated[Iterator[pl.DataFrame], "text"]:
    """Entries of a dictd dictionary: `name.dict.dz` or `name.dict` (RFC 2229), `name.index` beside it.

    One row for each entry, however many headwords lead there, in the order of the text; wrapped lines are
    joined, and the braces around cross references removed. Entries about the dictionary itself are
    dropped as `forum.about_the_dictionary`. A damaged index line or text gives an error row.
    """
    yield from frames(_read_dictionary(uri))


def _read_reddit(uri: str) -> Iterator[Row]:
    try:
        session = json.loads(read_bytes(uri))
        recorded = list(session.get("interactions") or session["http_interactions"])
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        yield Row(key="file", error=f"not a recorded session in JSON: {error!r}")
        return
    posts: dict[str, tuple[dict[str, Any], bool]] = {}
    damaged = 0
    for number, interaction in enumerate(recorded):
        try:
            answer = _parse_answer(interaction)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            damaged += 1
            yield Row(key=f"interaction {number}", error=f"the recorded answer is damaged: {error!r}")
            continue
        escaped = "raw_json=1" not in interaction["request"]["uri"]
        for post in _find_posts(answer):
            posts[post["name"]] = (post, escaped)
    for name, (post, escaped) in posts.items():
        yield _make_post(name, post, escaped)
    if not posts and not damaged:
        yield Row(key="file", drop_reason="forum.no_post")


def _parse_answer(interaction: dict[str, Any]) -> Any:
    """The JSON of one recorded answer, None where it is of another type (uploads answer in XML)."""
    response = interaction["response"]
    kinds = {key.lower(): value for key, value in response["headers"].items()}.get("content-type", "")
    text = response["body"].get("string", "")
    return json.loads(text) if text and "json" in str(kinds) else None


def _find_posts(answer: Any) -> Iterator[dict[str, Any]]:
    """Things of kind t1 (comment) and t3 (post), however deep: comments hold their replies."""
    left = [answer]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            data = node.get("data")
            if (
                node.get("kind") in ("t1", "t3")
                and isinstance(data, dict)
                and isinstance(data.get("name"), str)
            ):
                yield data
            left.extend(reversed(node.values()))
        elif isinstance(node, list):
            left.extend(reversed(node))


def _make_post(name: str, post: dict[str, Any], escaped: bool) -> Row:
    body = str(post.get("selftext" if name.startswith("t3") else "body") or "").strip()
    text = f"{post.get('title') or ''}\n\n{body}".strip()
    text = _MENTION.sub(r"\1[name]", html.unescape(text) if escaped else text)
    group = str(post.get("subreddit") or "")
    own_page = group.lower().startswith("u_")  # named after the user
    about = {"subreddit": None if own_page else group, "score": post.get("score")}
    row = Row(key=name, text=text, metadata=json.dumps(about))
    if isinstance(post.get("created_utc"), int | float):
        row["date"] = datetime.fromtimestamp(post["created_utc"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if post.get("permalink") and not own_page:
        row["url"] = f"https://www.reddit.com{post['permalink']}"
    row["drop_reason"] = "forum.over_18" if post.get("over_18") else _GONE.get(body)
    return row


def _read_fortunes(stored: bytes) -> Iterator[Row]:
    number = 0
    for saying in re.split(rb"(?m)^%+[ \t]*\r?$", stored):
        if not saying.strip():
            continue
        number += 1
        try:
            text = _OVERSTRIKE.sub("", saying.decode("utf-8")).strip("\r\n")
        except UnicodeDecodeError as error:
            yield Row(key=f"saying {number}", error=f"not UTF-8: {error}")
            continue
        yield Row(key=f"saying {number}", text=text)


def _read_dictionary(uri: str) -> Iterator[Row]:
    try:
        stored = gzip.decompress(read_bytes(uri)) if uri.endswith(".dz") else read_bytes(uri)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, FileNotFoundError):
            raise
        yield Row(key="file", error=f"damaged dictzip data: {error}")
        return
    entries: dict[tuple[int, int], str] = {}
    index = read_bytes(uri.removesuffix(".dz").removesuffix(".dict") + ".index").decode(
        "utf-8", errors="replace"
    )
    for number, line in enumerate(index.splitlines(), start=1):
        fields = line.split("\t")
        if len(fields) < 3 or not all(set(field) <= _DIGITS.keys() for field in fields[1:3]):
            yield Row(key=f"index line {number}", error="not an index line: headword, offset, length")
            continue
        entries.setdefault((_parse_number(fields[1]), _parse_number(fields[2])), fields[0])
    for (start, length), headword in sorted(entries.items()):
        yield _make_entry(headword, stored[start : start + length], length)


def _make_entry(headword: str, entry: bytes, length: int) -> Row:
    if len(entry) < length:
        return Row(key=headword, error="the entry lies beyond the end of the dictionary")
    try:
        head, _, body = entry.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        return Row(key=headword, error=f"not UTF-8: {error}")
    text = "\n\n".join([*filter(None, [head.strip()]), unwrap(textwrap.dedent(body).splitlines())]).strip()
    row = Row(key=headword, text=_LINK.sub(r"\1", text))
    if re.match(r"00-?database", headword):
        row["drop_reason"] = "forum.about_the_dictionary"
    return row


def _parse_number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS[digit]
    return value
