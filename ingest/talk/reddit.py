"""Reddit: dumps of submissions and comments as JSON lines, and recorded sessions with its API."""

import html
import json
import math
import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

import polars as pl
from pydantic import PositiveInt

from winnow.files import cache_by_stamp
from winnow.ingest import jsonl
from winnow.ingest.io.batches import Row, Unreadable, describe, frames, read_record
from winnow.ingest.io.compression import read_bytes
from winnow.ingest.io.uris import open_uri
from winnow.ingest.thread.posts import FILLED, NAMES, RATED, VOTED, PostRow

TELLS = {"kind": "public", "content": ["social media"]}

_GONE = re.compile(r"\[\s*(deleted|removed)\b[^\]]*\]", re.IGNORECASE)
_MENTION = re.compile(r"(?i)((?<!\w)u/|reddit\.com/user/)[\w-]{3,20}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_SCORE = 2**63
can_split = jsonl.can_split

Links = Literal["drop", "keep"]


class _Rules(NamedTuple):
    """What a file says of subreddits, their names in small letters; "" is what holds for the others."""

    allow: dict[str, bool]
    min_score: dict[str, float]


class _Options(NamedTuple):
    rules: _Rules
    links: Links
    bots: Sequence[str]


_ALL = _Options(_Rules({}, {}), "drop", ())


def read(
    uri: str,
    *,
    rules: Path | None = None,
    links: Links = "drop",
    bots: list[str] = ["AutoModerator"],  # noqa: B006 - never changed
    max_line_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], *FILLED, NAMES, VOTED]:
    """Submissions and comments of a dump (RS_*.zst, RC_*.zst; any codec or plain), one JSON object a line.

    Windows of zstd may be as long as 2^31. Between the bytes `start` and `stop`: lines that begin there; a
    packed file is all in the range from 0. Text is the title and body of a submission, the body of a comment,
    in Markdown; mentions of users become `u/[name]`. `thread` is the submission's name (`t3_...`),
    `threads_post` and `threads_parent` are names (see `ingest.threads`); `author` is as in the source.
    `metadata` holds `subreddit` and `kind` (submission or comment).

    `rules` is a TOML file: `[subreddit.NAME]` with `allow` (true or false) and `min_score`, and `[default]`
    for all others. `links = "keep"` takes the title of a submission without a text, to which comments belong.

    Drops: `reddit.deleted`, `reddit.removed`, `reddit.no_text`, `reddit.over_18` (a comment says nothing of
    it: `order` drops it with its submission, where `rootless = "drop"`), `reddit.denied` and
    `reddit.low_score` (by `rules`) and `reddit.bot` (written by one of `bots`). Errors are lines as in
    `ingest.jsonl`, and posts without an `id`. Raises FileNotFoundError, and ValueError where `rules` is none.
    """
    wanted = _Options(_load_rules(rules) if rules else _ALL.rules, links, bots)
    with open_uri(uri, start, stop) as raw:
        make = cast("Any", partial(_make_dumped, wanted=wanted))
        yield from frames(jsonl.read_rows(raw, make, max_line_bytes, start, stop), schema=RATED)


def recorded(
    uri: str, *, links: Links = "drop", max_bytes: PositiveInt = 100_000_000
) -> Annotated[Iterator[pl.DataFrame], *FILLED, NAMES, VOTED]:
    """Submissions and comments in one recorded session with Reddit's API (a Betamax cassette, JSON).

    Each is one row under its full name, in the order first seen and in the state last recorded; columns and
    drops as `read` has them. A session without any is one row, `reddit.no_post`. Private messages are not
    read. A recorded answer that should be JSON and is not gives an error row; so does a file of more than
    `max_bytes`, which is held in memory several times over.
    """
    yield from frames(_read_session(uri, max_bytes, _ALL._replace(links=links)), schema=RATED)


@cache_by_stamp(4)
def _load_rules(path: Path) -> _Rules:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: not TOML in UTF-8: {error}") from None
    subreddits = table.get("subreddit", {})
    named = {"": table.get("default", {})}
    named |= subreddits if isinstance(subreddits, dict) else {"subreddit": 0}
    wrong = sorted(set(table) - {"default", "subreddit"})
    wrong += [name or "default" for name, rule in named.items() if not _is_rule(rule)]
    if wrong:
        raise ValueError(
            f"{path}: {', '.join(wrong)}: tables are [default] and [subreddit.NAME], of allow (true or false)"
            " and min_score (a number)"
        )
    allow = {name.lower(): rule["allow"] for name, rule in named.items() if "allow" in rule}
    scores = {name.lower(): float(rule["min_score"]) for name, rule in named.items() if "min_score" in rule}
    return _Rules(allow, scores)


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, dict) or set(rule) - {"allow", "min_score"}:
        return False
    allow, score = rule.get("allow", True), rule.get("min_score", 0)
    is_score = isinstance(score, int | float) and not isinstance(score, bool) and abs(score) < _MAX_SCORE
    return is_score and isinstance(allow, bool)


def _make_dumped(post: dict[str, Any], wanted: _Options) -> PostRow:
    number = _get_string(post, "id")
    if not number:
        raise ValueError("the field 'id' is missing")
    kind = "t3" if "title" in post else "t1"
    return _make_post(post.get("name") or f"{kind}_{number}", post, True, wanted)


def _read_session(uri: str, max_bytes: int, wanted: _Options) -> Iterator[PostRow]:
    posts: dict[str, tuple[dict[str, Any], bool]] = {}
    damaged = 0
    for number, interaction in enumerate(_load_session(read_bytes(uri, max_bytes))):
        wrong = read_record(_take_posts, interaction, posts)
        if "error" in wrong:
            told = f"the recorded answer is damaged: {wrong['error']}"
            yield {"key": f"interaction {number}", "place": damaged, "error": told}
            damaged += 1
    for place, (name, (post, escaped)) in enumerate(posts.items()):
        row = read_record(_make_recorded, name, post, escaped, wanted)
        yield {"key": name, "place": damaged + place, **row}
    if not posts and not damaged:
        yield {"key": "file", "place": 0, "drop_reason": "reddit.no_post"}


def _load_session(stored: bytes) -> list[Any]:
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
    """Things of kind t1 (comment) and t3 (submission), however deep: comments hold their replies."""
    left = [answer]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            if node.get("kind") in ("t1", "t3") and "data" in node:
                yield node["data"] if isinstance(node["data"], dict) else {}
            left.extend(reversed(node.values()))
        elif isinstance(node, list):
            left.extend(reversed(node))


def _make_recorded(name: str, post: dict[str, Any], escaped: bool, wanted: _Options) -> PostRow:
    if not _get_string(post, "name"):
        raise ValueError("the field 'name' is missing")
    return _make_post(name, post, escaped, wanted)


def _make_post(name: str, post: dict[str, Any], escaped: bool, wanted: _Options) -> PostRow:
    is_submission = name.startswith("t3")
    body = _get_string(post, "selftext" if is_submission else "body").strip()
    text = f"{_get_string(post, 'title')}\n\n{body}".strip()
    text = _MENTION.sub(r"\1[name]", html.unescape(text) if escaped else text)
    group = _get_string(post, "subreddit")
    own_page = group.lower().startswith("u_")  # named after the user
    about = {"subreddit": None if own_page else group, "kind": "submission" if is_submission else "comment"}
    score = post.get("score")
    row: PostRow = {
        "text": text,
        "metadata": json.dumps(about),
        "thread": name if is_submission else _get_string(post, "link_id") or None,
        "threads_post": name,
        "threads_parent": None if is_submission else _get_string(post, "parent_id") or None,
        "score_votes": None if score is None else float(score),
    }
    if (author := _get_string(post, "author")) and not _GONE.fullmatch(author):
        row["author"] = author
    if post.get("created_utc") not in (None, ""):  # some dumps have it as a string
        row["date"] = (_EPOCH + timedelta(seconds=float(post["created_utc"]))).strftime("%Y-%m-%dT%H:%M:%SZ")
    if (permalink := _get_string(post, "permalink")) and not own_page:
        row["url"] = f"https://www.reddit.com{permalink}"
    row["drop_reason"] = _judge(post, body, group.lower(), row, wanted)
    return row


def _judge(post: dict[str, Any], body: str, group: str, row: PostRow, wanted: _Options) -> str | None:
    rules = wanted.rules
    if not rules.allow.get(group, rules.allow.get("", True)):
        return "reddit.denied"
    if post.get("over_18"):
        return "reddit.over_18"
    if gone := _GONE.fullmatch(body):
        return f"reddit.{gone[1].lower()}"
    if not body and (wanted.links == "drop" or not row["text"]):
        return "reddit.no_text"
    if row.get("author") in wanted.bots:
        return "reddit.bot"
    least = rules.min_score.get(group, rules.min_score.get("", -math.inf))
    score = row.get("score_votes")
    return "reddit.low_score" if (0 if score is None else score) < least else None


def _get_string(post: dict[str, Any], field: str) -> str:
    value = post.get(field)
    if not isinstance(value, str | None):
        raise ValueError(f"the field {field!r} is a {type(value).__name__}, not a string")
    return value or ""
