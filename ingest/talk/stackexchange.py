"""Stack Exchange: the network's data dumps (Posts.xml), and threads as JSON lines."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, BinaryIO, NamedTuple

import polars as pl
from lxml import etree
from pydantic import PositiveInt

from winnow.ingest.io.batches import PASSING, describe, frames, read_record
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.compression import read_pieces
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.presence import report_empty
from winnow.ingest.io.splits import cut, cut_records, make_address, search
from winnow.ingest.io.uris import open_uri
from winnow.ingest.jsonl import cut_lines
from winnow.ingest.page.body import read_body
from winnow.ingest.thread.posts import ACCEPTED, ANSWERED, FILLED, NAMES, VOTED, PostRow

TELLS = {"kind": "public", "content": ["social media"]}
NEEDS = (("py7zr", "read", {"uri": ".7z"}),)
_OPENS = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|posts|row\s)")
_SITE = re.compile(
    r"((?:[a-z0-9-]+\.)+stackexchange|(?:[a-z0-9-]+\.)*(?:stackoverflow|serverfault|superuser|askubuntu"
    r"|stackapps|mathoverflow))(?:\.(com|net))?",
    re.IGNORECASE,
)
_ROW, _ROW_BYTES = re.compile(rb"<row\s"), len(b"<row ")
_QUESTION, _ANSWER = "1", "2"
_ATTRIBUTES = (
    *("Id", "PostTypeId", "ParentId", "AcceptedAnswerId", "Title", "Body", "Tags", "Score", "CreationDate"),
    *("ClosedDate", "OwnerUserId", "OwnerDisplayName", "ContentLicense"),
)
# Two posts of the Community user in each dump since 2024, a question (1000000001) and an answer to it
# (1000000010), which no site has: meta.stackexchange.com/questions/412018.
_FABRICATED, _COMMUNITY = {"1000000001", "1000000010"}, "-1"
# stackexchange.com/legal: by the day a post was written. Newer dumps say it of each post.
_LICENSES = (("2018-05-02", "CC-BY-SA-4.0"), ("2011-04-08", "CC-BY-SA-3.0"), ("", "CC-BY-SA-2.5"))
_SECONDS = re.compile(r"[0-9]{9,10}(?:\.[0-9]*)?")
_TAGS = re.compile(r"[<|]([^<>|]+)(?=[>|])")


class _Options(NamedTuple):
    site: str
    min_question_score: int | None
    min_answer_score: int | None


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is not packed, or of many members."""
    return name.lower().endswith((".xml", ".gz", ".bz2", ".zst"))


def read(
    uri: str,
    *,
    site: str | None = None,
    min_question_score: int | None = None,
    min_answer_score: int | None = None,
    max_post_bytes: PositiveInt = 4_000_000,
    max_memory_mb: PositiveInt = 2_048,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], *FILLED, "license", NAMES, VOTED, ACCEPTED]:
    """Questions and answers of a dump's `Posts.xml`: plain, packed (.gz, .bz2, .xz, .zst), or its .7z.

    Between the bytes `start` and `stop`: posts that begin there; what is packed as one piece is read by the
    range that begins at 0. Of a .7z the member `Posts.xml` alone is unpacked, in a child process of at most
    `max_memory_mb`. `site` (`cooking.stackexchange.com`) is told by the file's or its folder's name.

    A row a post: the text of a question is its title and body, of an answer its body; see
    `ingest.page.body` for what becomes of the HTML. `thread` is the site and the question's number,
    `threads_post`, `threads_parent` and `threads_accepts` are posts' numbers (see `ingest.threads`);
    `license` is what the post says, else what was in force on its day; `author` is the address of the
    author's page, or the name where the account is gone. `metadata` holds `title` and `tags` of a question,
    `site` and `closed` (a date).

    Drops: `stackexchange.fabricated` (see docs/sources/talk.md), `stackexchange.other_kind` (wikis
    of tags, notices of elections), `stackexchange.low_score` (below `min_question_score` or
    `min_answer_score`) and `stackexchange.no_text`. Errors: posts of invalid XML, without a number, over
    `max_post_bytes`, or whose HTML tangles a parser. Raises FileNotFoundError.
    """
    wanted = _Options(site or _find_site(uri), min_question_score, min_answer_score)
    if uri.lower().endswith(".7z"):
        from winnow.ingest.archive.sevenzip import unpack_member  # an extra, and asked for by few

        source = unpack_member(uri, "Posts.xml", max_memory_mb)
        rows = _number(_read_section(source, wanted, max_post_bytes), 0)
        yield from frames(report_empty(lambda *_: rows, _say_empty("<row>")), schema=ANSWERED)
        return
    with open_uri(uri, start, stop) as raw:
        read_posts = partial(_read_sections, raw, wanted, max_post_bytes)
        yield from frames(report_empty(read_posts, _say_empty("<row>"), start, stop), schema=ANSWERED)


def threads(
    uri: str,
    *,
    min_question_score: int | None = None,
    min_answer_score: int | None = None,
    max_line_bytes: PositiveInt = 50_000_000,
) -> Annotated[Iterator[pl.DataFrame], *FILLED, "license", NAMES, VOTED, ACCEPTED]:
    """Questions and answers of JSON lines, a thread a line: plain or packed.

    A line is an object with `site`, `question` (`id`, `title`, `body_html`, `score`, `creation_date`, `tags`,
    `accepted_answer_id`, `owner_user_id` or `owner_display_name`) and `answers`, a list of such. A row a
    post, as `read` gives it; a thread that is damaged is one error row.
    """
    wanted = _Options("", min_question_score, min_answer_score)
    with open_uri(uri) as raw:
        rows = _read_threads(raw, wanted, max_line_bytes)
        yield from frames(report_empty(lambda *_: rows, _say_empty("line")), schema=ANSWERED)


def _find_site(uri: str) -> str:
    found = _SITE.findall(uri)
    if not found:
        return ""
    name, ending = found[-1]
    name = name.lower()
    return f"{name}.{ending.lower() or ('net' if name.endswith('mathoverflow') else 'com')}"


def _read_sections(
    raw: BinaryIO, wanted: _Options, max_bytes: int, start: int, stop: int | None
) -> Iterator[PostRow]:
    for section, source, _ in cut(raw, start, stop, _OPENS, _find_row):
        yield from _number(_read_section(source, wanted, max_bytes), section.start)


def _say_empty(what: str) -> PostRow:
    return {"key": "file", "place": 0, "error": f"no {what} here: empty, or not of Stack Exchange"}


def _number(rows: Iterator[PostRow], start: int) -> Iterator[PostRow]:
    for count, row in enumerate(rows):
        key, place = make_address("post", start, count)
        yield {"key": key, "place": place, **row}


def _find_row(raw: BinaryIO, start: int, stop: int) -> int | None:
    """Where a post begins: `<` stands in no attribute."""
    return next(search(raw, _ROW, start, stop, _ROW_BYTES), None)


def _read_section(source: Iterator[Piece], wanted: _Options, max_bytes: int) -> Iterator[PostRow]:
    for element, error in cut_rows(source, max_bytes):
        yield {"error": error} if error else read_record(_read_post, element, wanted)


def cut_rows(source: Iterator[Piece], max_bytes: int) -> Iterator[tuple[bytes, str | None]]:
    """The row elements in order; what is lost is (b"", error)."""
    too_long = f"a post has more than max_post_bytes ({max_bytes}); raise it"
    return cut_records(source, _ROW, _ROW_BYTES, max_bytes, too_long, begins=False)


def _read_post(element: bytes, wanted: _Options) -> PostRow:
    end = element.rfind(b"/>")
    try:
        # A row cut out of the dump carries no DTD, so there is no entity to expand.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        node = etree.fromstring(element[: end + 2] if end >= 0 else element, parser)
    except etree.XMLSyntaxError as bad:
        return {"error": f"invalid XML ({bad}); skipped to the next post"}
    # By name: lxml goes through all attributes again for each that it gives one by one.
    post = {name: str(value) for name in _ATTRIBUTES if (value := node.get(name)) is not None}
    tags = _TAGS.findall(post.get("Tags", ""))
    about = {"title": post.get("Title"), "tags": tags, "site": wanted.site, "closed": post.get("ClosedDate")}
    return _make_row(post, about, wanted)


def _make_row(post: dict[str, str], about: dict[str, Any], wanted: _Options) -> PostRow:
    """A post by the names that the dump has for what is known of it."""
    number, kind = post["Id"], post.get("PostTypeId")
    owner, written = post.get("OwnerUserId"), _read_date(post.get("CreationDate") or "")
    row: PostRow = {"metadata": write_notes(about), "threads_post": number}
    site = wanted.site
    question = number if kind == _QUESTION else post.get("ParentId")
    if question:
        row["thread"] = f"{site}:{question}" if site else question
    if kind == _ANSWER:
        row["threads_parent"] = question
    row["threads_accepts"] = post.get("AcceptedAnswerId")
    row["date"] = written
    row["license"] = _name_license(post.get("ContentLicense"), written)
    row["score_votes"] = float(post["Score"]) if post.get("Score") else None
    if site and kind in (_QUESTION, _ANSWER):
        row["url"] = f"https://{site}/{'questions' if kind == _QUESTION else 'a'}/{number}"
    page = f"https://{site}/users/{owner}" if site and owner else None
    row["author"] = page or post.get("OwnerDisplayName") or owner
    if reason := _judge(number, kind, owner, row["score_votes"], wanted):
        return {**row, "drop_reason": reason}
    body = read_body(post.get("Body") or "")
    if not body.strip():
        return {**row, "drop_reason": "stackexchange.no_text"}
    title = (post.get("Title") or "").strip() if kind == _QUESTION else ""
    return {**row, "text": f"{title}\n\n{body}" if title else body}


def _judge(
    number: str, kind: str | None, owner: str | None, score: float | None, wanted: _Options
) -> str | None:
    if number in _FABRICATED and owner == _COMMUNITY:
        return "stackexchange.fabricated"
    if kind not in (_QUESTION, _ANSWER):
        return "stackexchange.other_kind"
    least = wanted.min_question_score if kind == _QUESTION else wanted.min_answer_score
    return "stackexchange.low_score" if least is not None and (score or 0) < least else None


def _read_date(written: str) -> str | None:
    """A date as dumps have it, with its zone, or in seconds since 1970, in UTC; None where it is none."""
    try:
        if _SECONDS.fullmatch(written):
            date = datetime.fromtimestamp(float(written), UTC)
        else:
            date = datetime.fromisoformat(written)
            date = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return date.replace(tzinfo=None).isoformat(timespec="milliseconds" if "." in written else "seconds") + "Z"


def _name_license(said: str | None, written: str | None) -> str | None:
    """`CC BY-SA 4.0` by its SPDX identifier; where nothing is said, the one in force on the day."""
    if said:
        return said.strip().replace(" ", "-")
    return next(name for since, name in _LICENSES if written >= since) if written else None


def _read_threads(raw: BinaryIO, wanted: _Options, max_line_bytes: int) -> Iterator[PostRow]:
    for place, line, error in cut_lines(read_pieces(raw), max_line_bytes, 0, None):
        if error or line.strip():
            posts: list[PostRow] = [{"error": error}] if error else _take_thread(line, wanted)
            for count, row in enumerate(posts):
                key = f"post {count + 1} of the line at byte {place}"
                yield {"key": key, "place": (place << 16) + count, **row}


def _take_thread(line: bytes, wanted: _Options) -> list[PostRow]:
    try:
        thread = json.loads(line)
        question, answers = thread["question"], list(thread.get("answers") or ())
        own = wanted._replace(site=str(thread.get("site") or ""))
        make = partial(_make_json_row, own, str(question["id"]))
    except PASSING:
        raise
    except Exception as error:  # JSON of any form
        return [{"error": f"no thread of Stack Exchange in JSON: {describe(error)}"}]
    return [read_record(make, _QUESTION, question), *(read_record(make, _ANSWER, one) for one in answers)]


def _make_json_row(wanted: _Options, question: str, kind: str, post: dict[str, Any]) -> PostRow:
    fields = {
        "Id": post["id"], "Score": post.get("score"), "CreationDate": post.get("creation_date"),
        "OwnerUserId": post.get("owner_user_id"), "OwnerDisplayName": post.get("owner_display_name"),
        "AcceptedAnswerId": post.get("accepted_answer_id"), "ContentLicense": post.get("content_license"),
        "Title": post.get("title"), "Body": post["body_html"],
    }  # fmt: skip
    known = {name: str(value) for name, value in fields.items() if value is not None}
    about = {"title": post.get("title"), "tags": post.get("tags"), "site": wanted.site}
    return _make_row({**known, "PostTypeId": kind, "ParentId": question}, about, wanted)
