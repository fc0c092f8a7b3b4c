"""Commits, issues, pull requests and what is said about them, as JSON lines.

Told by their fields: events of GH Archive, objects of GitHub's REST API (as its lists give them, one a
line), and commits of `git log` written as JSON (`sha`, `author`, `date`, `message` or `subject` and `body`).
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, BinaryIO, cast

import polars as pl
from pydantic import PositiveInt

from winnow.ingest import jsonl
from winnow.ingest.io.batches import SOURCED, frames, read_record
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.presence import EMPTY_FILE, report_empty
from winnow.ingest.io.uris import open_uri
from winnow.ingest.thread.posts import NAMES, VOTED, PostRow

TELLS = {"kind": "public", "content": ["source code"]}

_NEW = ("opened", "created", "submitted", None)  # other actions tell a text again, as it is by then
_REPOSITORY = re.compile(r"^https?://[^/]+/(?:repos/)?([^/]+/[^/]+)")
_NUMBER = re.compile(r"/(?:issues|pulls?)/(\d+)")
_SHA = ("sha", "commit", "hash", "id")
Record = dict[str, Any]
can_split = jsonl.can_split


def read(
    uri: str,
    *,
    repository: str | None = None,
    keep_bots: bool = False,
    max_line_bytes: PositiveInt = 100_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "author", "thread", VOTED, NAMES, "metadata"]:
    """A row for each commit, issue, pull request, comment and review in a file of JSON lines, of any codec.

    `text` is the title and the body, of a commit the message, in Markdown as it was written. `thread` is
    `owner/name#number`, of a commit `owner/name` (or `repository`, where the lines do not say it); `author`
    the login, of a commit the name (never the address); `score_votes` the thumbs up less those down.
    `threads_post` and `threads_parent` say what answers what, for `ingest.threads`; `metadata` has `kind`,
    `repository`, of comments on code `path`, and of events that are dropped as follows `action`. A push is a
    row for each of its commits.

    Dropped: `github.` `bot` (unless `keep_bots`), `no_text`, `repeated` (an event that tells a text again:
    closed, reopened, edited; the text is the first one's), `deleted` (an event that takes a post away; its
    first row stays), `other_event` (stars, forks and all that has no text). Errors: lines that are no JSON
    object, none of these forms, or longer than `max_line_bytes`. Between the bytes `start` and `stop`: lines
    that begin there. Raises FileNotFoundError.
    """
    with open_uri(uri, start, stop) as raw:
        read_lines = partial(_read_rows, raw, repository, keep_bots, max_line_bytes)
        rows = report_empty(read_lines, cast("PostRow", EMPTY_FILE), start, stop)
        yield from frames(rows, schema=pl.Schema({**SOURCED, **NAMES}))


def _read_rows(
    raw: BinaryIO, repository: str | None, keep_bots: bool, max_bytes: int, start: int, stop: int | None
) -> Iterator[PostRow]:
    for place, line, error in jsonl._read_range(raw, max_bytes, start, stop):
        if not error and not line.strip():
            continue
        key = f"line at byte {place}"
        parts = [error] if error else _cut_record(line)
        for number, part in enumerate(parts):  # fewer than the line has bytes, so no two rows have one place
            row = PostRow(key=f"{key}, commit {number + 1}" if number else key, place=place + number)
            if isinstance(part, str):
                yield row | PostRow(error=part)
            else:
                yield row | read_record(_make_row, part, repository, keep_bots)


def _cut_record(line: bytes) -> Iterator[Record | str]:
    """The objects of a line: a push has one for each commit."""
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        yield f"invalid JSON: {error}"
        return
    if not isinstance(record, dict):
        yield f"a JSON {type(record).__name__}, not an object"
        return
    commits = _table(record.get("payload")).get("commits")
    if record.get("type") == "PushEvent" and commits:
        if not isinstance(commits, list):
            yield f"a push whose commits are a JSON {type(commits).__name__}, not an array"
            return
        about = {name: record.get(name) for name in ("repo", "created_at", "actor")}
        yield from ({**about, "pushed": each} for each in commits)
        return
    yield record


def _make_row(record: Record, repository: str | None, keep_bots: bool) -> PostRow:
    name = repository or _name_repository(record)
    if "pushed" in record:
        pushed = _table(record["pushed"])
        return _make_commit(pushed, name, record.get("created_at"), _table(record.get("actor")), keep_bots)
    if "payload" in record and "type" in record:
        return _make_event(record, name, keep_bots)
    if "message" in record or "subject" in record or isinstance(record.get("commit"), dict):
        return _make_commit(record, name, None, _table(record.get("author")), keep_bots)
    if "body" in record or "title" in record:
        return _make_post(record, name, _name_thread(record, name), keep_bots)
    return {"error": f"no event, commit, issue or comment; there are: {', '.join(sorted(record)[:20])}"}


def _make_event(event: Record, name: str | None, keep_bots: bool) -> PostRow:
    payload = _table(event["payload"])
    root = payload.get("issue") or payload.get("pull_request")
    post = payload.get("comment") or payload.get("review") or root
    if not isinstance(post, dict):
        return {"drop_reason": "github.other_event", "date": event.get("created_at"), "thread": name}
    thread = _name_thread(_table(root) or post, name)
    row = _make_post(post, name, thread, keep_bots)
    if (action := payload.get("action")) not in _NEW:
        told = {**json.loads(row["metadata"] or "{}"), "action": action}
        row["metadata"] = json.dumps(told, ensure_ascii=False)
        row |= PostRow(text=None, drop_reason="github.deleted" if action == "deleted" else "github.repeated")
    return row


def _make_post(post: Record, name: str | None, thread: str | None, keep_bots: bool) -> PostRow:
    is_root = "title" in post
    user = _table(post.get("user"))
    kind = ("pull request" if "pull_request" in post or "base" in post else "issue") if is_root else "comment"
    own = f"{thread}" if is_root else f"{thread} {post.get('id') or post.get('node_id')}"
    about = {"kind": kind, "repository": name, "path": post.get("path"), "state": post.get("state")}
    said = ((post.get(name) or "").strip() for name in ("title", "body"))
    text = "\n\n".join(filter(None, said))
    row = PostRow(
        url=post.get("html_url"),
        date=post.get("created_at") or post.get("submitted_at"),
        author=user.get("login"),
        thread=thread,
        threads_post=own,
        threads_parent=None if is_root else _name_parent(post, thread),
        score_votes=_count_votes(post),
    )
    return _finish(row, text, about, keep_bots or not _is_bot(user))


def _read_message(commit: Record, inner: Record) -> str:
    """A commit's message; its subject and body, where these stand apart."""
    message: str = inner.get("message") or commit.get("message") or commit.get("subject") or ""
    body = commit.get("body")
    return f"{message}\n\n{body}" if body and "message" not in commit and not inner else message


def _make_commit(commit: Record, name: str | None, date: Any, actor: Record, keep_bots: bool) -> PostRow:
    inner = _table(commit.get("commit"))
    author = inner.get("author") or commit.get("author")
    who = author if isinstance(author, str) else _table(author).get("name") or _table(author).get("login")
    when = _table(author).get("date") or commit.get("date") or commit.get("author_date") or date
    text = _read_message(commit, inner)
    sha = next((commit[name] for name in _SHA if isinstance(commit.get(name), str)), None)
    parents = commit.get("parents") or []
    first = parents.split(" ")[0] if isinstance(parents, str) else parents[0] if parents else None
    about = {"kind": "commit", "repository": name, "sha": sha}
    row = PostRow(
        url=commit.get("html_url"),
        date=when,
        author=re.sub(r"\s*<[^>]*>", "", who) if isinstance(who, str) else None,
        thread=name,
        threads_post=sha,
        threads_parent=_table(first).get("sha") if isinstance(first, dict) else first,
    )
    return _finish(row, text.strip(), about, keep_bots or not _is_bot({**actor, "name": who}))


def _finish(row: PostRow, text: str, about: Record, wanted: bool) -> PostRow:
    row["metadata"] = write_notes(about)
    if not wanted:
        return row | PostRow(drop_reason="github.bot")
    return row | (PostRow(text=text) if text else PostRow(drop_reason="github.no_text"))


def _name_repository(record: Record) -> str | None:
    repo = _table(record.get("repo") or record.get("repository"))
    if name := repo.get("full_name") or repo.get("name"):
        return str(name)
    for field in ("repository_url", "html_url", "url", "issue_url", "pull_request_url"):
        if match := _REPOSITORY.match(str(record.get(field) or "")):
            return match[1]
    return record["repo"] if isinstance(record.get("repo"), str) else None


def _name_thread(post: Record, name: str | None) -> str | None:
    number = post.get("number")
    for field in ("issue_url", "pull_request_url", "html_url"):
        if number is None and (match := _NUMBER.search(str(post.get(field) or ""))):
            number = match[1]
    return f"{name or ''}#{number}" if number is not None else name


def _name_parent(post: Record, thread: str | None) -> str:
    """A comment on code answers the one it replies to, all others what the thread began with."""
    replied = post.get("in_reply_to_id")
    return f"{thread} {replied}" if replied else f"{thread}"


def _count_votes(post: Record) -> float | None:
    told = post.get("reactions")
    return float(told.get("+1", 0) - told.get("-1", 0)) if isinstance(told, dict) else None


def _is_bot(user: Record) -> bool:
    names = (user.get("login"), user.get("name"))
    named = any(isinstance(each, str) and each.endswith("[bot]") for each in names)
    return user.get("type") == "Bot" or named


def _table(value: Any) -> Record:
    return value if isinstance(value, dict) else {}
