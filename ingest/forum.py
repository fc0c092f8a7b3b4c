"""What people wrote to each other: recorded Reddit listings, fortune files, and dictionaries of jargon."""

import html
import json
import math
import re
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import polars as pl

from ingest.io.batches import Row, Unreadable, describe, frames, read_record
from ingest.io.compression import read_bytes
from ingest.io.unwrap import unwrap

_GONE = {"[deleted]": "forum.deleted", "[removed]": "forum.removed", "": "forum.no_text"}
_MENTION = re.compile(r"(?i)((?<!\w)u/|reddit\.com/user/)[\w-]{3,20}")
_OVERSTRIKE = re.compile(r".\x08", re.S)
_LINK = re.compile(r"\{([^{};]*)\}")
_MAX_DIGITS = 20  # of a place in a file; eleven are beyond 64 bits
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}


def reddit(
    uri: str, *, max_bytes: int = 100_000_000
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "metadata"]:
    """Posts and comments in one recorded session with Reddit's API (a Betamax cassette, JSON).

    Each post or comment is one row under its full name (`t3_...`), in the order first seen and in the
    state last recorded. Text is the title and body of a post, the body of a comment, in Markdown. Dropped:
    `forum.deleted`, `forum.removed`, `forum.no_text` (a link only) and `forum.over_18`; a session without
    any is one row, `forum.no_post`. Private messages are not read. Writers' names are not taken over, and
    mentions of users become `u/[name]`.
    A recorded answer that should be JSON and is not gives an error row; so does a file of more than
    `max_bytes`, which is held in memory several times over.
    """
    yield from frames(_read_reddit(uri, max_bytes))


def fortunes(uri: str, *, max_bytes: int = 100_000_000) -> Annotated[Iterator[pl.DataFrame], "text"]:
    """Sayings of one fortune file: UTF-8, parted by lines that hold only `%`, one row each.

    Typewriter overstrikes are resolved. A saying that is no UTF-8 gives an error row, and so does a file of
    more than `max_bytes`.
    """
    yield from frames(_read_fortunes(uri, max_bytes))


def dictionary(uri: str, *, max_bytes: int = 500_000_000) -> Annotated[Iterator[pl.DataFrame], "text"]:
    """Entries of a dictd dictionary: `name.dict.dz` or `name.dict` (RFC 2229), `name.index` beside it.

    One row for each entry, however many headwords lead there, in the order of the text; wrapped lines are
    joined, and the braces around cross references removed. Entries about the dictionary itself are
    dropped as `forum.about_the_dictionary`. A damaged index line or text gives an error row, and so does a
    dictionary or an index that has, unpacked, more than `max_bytes`.
    """
    yield from frames(_read_dictionary(uri, max_bytes))


def _read_reddit(uri: str, max_bytes: int) -> Iterator[Row]:
    posts: dict[str, tuple[dict[str, Any], bool]] = {}
    damaged = 0
    for number, interaction in enumerate(_read_session(read_bytes(uri, max_bytes))):
        wrong = read_record(_take_posts, interaction, posts)
        if "error" in wrong:
            damaged += 1
            yield Row(key=f"interaction {number}", error=f"the recorded answer is damaged: {wrong['error']}")
    for name, (post, escaped) in posts.items():
        yield {"key": name, **read_record(_make_post, name, post, escaped)}
    if not posts and not damaged:
        yield Row(key="file", drop_reason="forum.no_post")


def _read_session(stored: bytes) -> list[Any]:
    try:
        session = _load_json(stored)
        return list(session.get("interactions") or session["http_interactions"])
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise Unreadable(f"not a recorded session in JSON: {describe(error)}") from error


def _load_json(stored: str | bytes) -> Any:
    """JSON whose numbers may have more digits than Python takes: such a number costs its post, not all."""
    return json.loads(stored, parse_int=lambda digits: int(digits) if len(digits) < 1_000 else math.inf)


def _take_posts(interaction: dict[str, Any], posts: dict[str, tuple[dict[str, Any], bool]]) -> Row:
    """Enter what one recorded answer holds; of the row that a failure makes, nothing is set."""
    answer = _parse_answer(interaction)
    escaped = "raw_json=1" not in interaction["request"]["uri"]
    for post in _find_posts(answer):
        name = post.get("name")
        posts[name if isinstance(name, str) else f"post {len(posts)}, without a name"] = (post, escaped)
    return Row()


def _parse_answer(interaction: dict[str, Any]) -> Any:
    """The JSON of one recorded answer, None where it is of another type (uploads answer in XML)."""
    response = interaction["response"]
    kinds = {key.lower(): value for key, value in response["headers"].items()}.get("content-type", "")
    text = response["body"].get("string", "")
    return _load_json(text) if text and "json" in str(kinds) else None


def _find_posts(answer: Any) -> Iterator[dict[str, Any]]:
    """Things of kind t1 (comment) and t3 (post), however deep: comments hold their replies."""
    left = [answer]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            if node.get("kind") in ("t1", "t3") and "data" in node:
                yield node["data"] if isinstance(node["data"], dict) else {}
            left.extend(reversed(node.values()))
        elif isinstance(node, list):
            left.extend(reversed(node))


def _make_post(name: str, post: dict[str, Any], escaped: bool) -> Row:
    if not _get_string(post, "name"):
        raise ValueError("the field 'name' is missing")
    body = _get_string(post, "selftext" if name.startswith("t3") else "body").strip()
    text = f"{_get_string(post, 'title')}\n\n{body}".strip()
    text = _MENTION.sub(r"\1[name]", html.unescape(text) if escaped else text)
    group = _get_string(post, "subreddit")
    own_page = group.lower().startswith("u_")  # named after the user
    about = {"subreddit": None if own_page else group, "score": post.get("score")}
    row = Row(text=text, metadata=json.dumps(about, allow_nan=False))
    if isinstance(post.get("created_utc"), int | float):
        row["date"] = (_EPOCH + timedelta(seconds=post["created_utc"])).strftime("%Y-%m-%dT%H:%M:%SZ")
    if (permalink := _get_string(post, "permalink")) and not own_page:
        row["url"] = f"https://www.reddit.com{permalink}"
    row["drop_reason"] = "forum.over_18" if post.get("over_18") else _GONE.get(body)
    return row


def _get_string(post: dict[str, Any], field: str) -> str:
    value = post.get(field)
    if not isinstance(value, str | None):
        raise ValueError(f"the field {field!r} is a {type(value).__name__}, not a string")
    return value or ""


def _read_fortunes(uri: str, max_bytes: int) -> Iterator[Row]:
    number = 0
    for saying in re.split(rb"(?m)^%+[ \t]*\r?$", read_bytes(uri, max_bytes)):
        if saying.strip():
            number += 1
            yield {"key": f"saying {number}", **read_record(_make_saying, saying)}


def _make_saying(saying: bytes) -> Row:
    try:
        return Row(text=_OVERSTRIKE.sub("", saying.decode("utf-8")).strip("\r\n"))
    except UnicodeDecodeError as error:
        return Row(error=f"not UTF-8: {error}")


def _read_dictionary(uri: str, max_bytes: int) -> Iterator[Row]:
    stored = read_bytes(uri, max_bytes, unpack=True)
    index = read_bytes(uri.removesuffix(".dz").removesuffix(".dict") + ".index", max_bytes)
    entries: dict[tuple[int, int], str] = {}
    for number, line in enumerate(index.decode("utf-8", errors="replace").splitlines(), start=1):
        fields = line.split("\t")
        if len(fields) < 3 or not all(map(_is_number, fields[1:3])):
            yield Row(key=f"index line {number}", error="not an index line: headword, offset, length")
            continue
        entries.setdefault((_parse_number(fields[1]), _parse_number(fields[2])), fields[0])
    for (start, length), headword in sorted(entries.items()):
        entry = stored[start : start + length]
        yield {"key": headword, **read_record(_make_entry, headword, entry, length)}


def _make_entry(headword: str, entry: bytes, length: int) -> Row:
    if len(entry) < length:
        return Row(error="the entry lies beyond the end of the dictionary")
    try:
        head, _, body = entry.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError as error:
        return Row(error=f"not UTF-8: {error}")
    text = "\n\n".join([*filter(None, [head.strip()]), unwrap(textwrap.dedent(body).splitlines())]).strip()
    row = Row(text=_LINK.sub(r"\1", text))
    if re.match(r"00-?database", headword):
        row["drop_reason"] = "forum.about_the_dictionary"
    return row


def _is_number(field: str) -> bool:
    return len(field) <= _MAX_DIGITS and set(field) <= _DIGITS.keys()


def _parse_number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 64 + _DIGITS[digit]
    return value
