"""A page's head as lexbor writes it out: its tags that may say something of the page, found in one pass.

A head has fifty tags, of which five are wanted, and is mostly scripts: so compiled code passes over it, and
what it finds is read with patterns, in `ingest.page.metadata` and `ingest.page.optouts`.
"""

import functools
import re
from typing import NamedTuple

import numpy as np
from resiliparse.parse.html import HTMLTree

from winnow.ingest.page.patterns import DIRECTED_WORDS, build_automaton
from winnow.ingest.page.tags import Array, find_byte
from winnow.ingest.page.tokens import match_patterns
from winnow.kernels import I16, I64, U8, kernel
from winnow.words import byte
from winnow.words.phrases import starts_with

MAX_HEAD = 200_000  # characters of it that are read

# Names of `meta` elements that tell when a page was published, best first: Open Graph, schema.org, Dublin
# Core, Highwire (scholarly pages), then what news systems write. None that tells of a change.
DATES = [
    *("article:published_time", "og:article:published_time", "og:published_time", "datepublished"),
    *("dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date.created", "dcterms.date", "dc.date"),
    *("citation_publication_date", "citation_online_date", "citation_date", "parsely-pub-date"),
    *("sailthru.date", "publish-date", "publish_date", "publishdate", "pubdate", "publication_date"),
    *("article.published", "article:published", "published", "date.publish", "date"),
]
RIGHTS = [
    *("license", "licence", "cc:license", "dcterms.license", "dc.license", "dc.rights.license", "og:license"),
    *("dcterms.rights", "dc.rights", "dc:rights", "dcterms:rights", "dcterms:license", "dc.copyright"),
    *("copyright", "rights", "citation_license", "dct:license", "dct:rights", "schema:license"),
    *("dcterms.rights.license", "dc.rights.uri", "dcterms.accessrights", "rights-standard", "xhtml:license"),
    *("article:license", "cc:licence", "dc.licence", "dcterms.licence", "content-license", "text-license"),
    *("eprints.rights", "cc.license", "rights.license", "schema.license", "prism.copyright", "license_url"),
]
NAMED = frozenset({*DATES, *RIGHTS, "og:title", "og:url", "og:locale", "content-language"})

# By the kind of a tag, the words of which one stands in it if it may say something: not all of these do.
_WORDS = {
    "meta": [*(f"-{re.sub('[^a-z]', '-', name)}-" for name in NAMED), *DIRECTED_WORDS.split()],
    "link": ["canonical", "license", "-copyright-", "-rel-cc-"],
    "script": ["-application-ld-json-"],
}
_KINDS = list(_WORDS)
_META, _LINK, _SCRIPT, _BEGIN, _END, _COMMENT, _CLOSE = (
    np.frombuffer(mark, np.uint8)
    for mark in (b"<meta ", b"<link ", b"<script ", b"<script", b"</script", b"<!--", b"-->")
)
_ROW = 5  # where a tag begins and ends, its kind, whether it stands in a script, in a comment


class Tag(NamedTuple):
    """A tag that may say something: its kind (meta, link, script), attributes, and what it stands in."""

    kind: str
    attributes: str
    end: int
    in_script: bool
    in_comment: bool


class Head(NamedTuple):
    """A head's markup, and the tags in it that may say something, in order."""

    markup: bytes
    tags: list[Tag]


def read_head(tree: HTMLTree) -> Head:
    """A page's head, cut at `MAX_HEAD`."""
    return find_tags(tree.head.html[:MAX_HEAD] if tree.document and tree.head else "")


def find_tags(markup: str) -> Head:
    """What may say something in markup as lexbor writes it: one space before an attribute, quoted values."""
    written = markup.encode("utf-8", "replace")
    data = np.frombuffer(written, np.uint8)
    rows = np.empty((np.count_nonzero(data == byte.LT), _ROW), np.int64)
    count = _find_tags(data, *_build_words(), rows)
    tags = []
    for begun, end, kind, in_script, in_comment in rows[:count].tolist():
        name = _KINDS[kind]
        attributes = written[begun + 1 + len(name) : end].decode()
        tags.append(Tag(name, attributes, end + 1, bool(in_script), bool(in_comment)))
    return Head(written, tags)


@functools.cache
def _build_words() -> tuple[Array, Array]:
    return build_automaton([(1 << kind, words) for kind, words in enumerate(_WORDS.values())])


@kernel
def _find_tags(d: U8, steps: I16, found: I64, rows: I64) -> int:
    """Write a row for each tag that holds a word of its kind; returns how many.

    In a script is what follows `<script` and no `</script` since; in a comment likewise.
    """
    n = len(d)
    count, in_script, closed = 0, False, -1
    at = find_byte(d, 0, n, byte.LT)
    while at < n:
        if starts_with(d, at, n, _COMMENT) and closed < at:
            closed = _find_mark(d, at + 1, n, _CLOSE)
        kind, end = _read_kind(d, at, n), at + 1
        if kind >= 0:
            end = at + 1
            while end < n and d[end] != byte.LT and d[end] != byte.GT:
                end += 1
            if end < n and d[end] == byte.GT and match_patterns(d, at, end, steps, found) >> kind & 1:
                rows[count, 0], rows[count, 1], rows[count, 2] = at, end, kind
                rows[count, 3], rows[count, 4] = int(in_script), int(closed > at)
                count += 1
        if starts_with(d, at, n, _BEGIN):
            in_script = True
        elif starts_with(d, at, n, _END):
            in_script = False
        at = find_byte(d, end, n, byte.LT)
    return count


@kernel
def _read_kind(d: U8, at: int, n: int) -> int:
    """Which of the wanted tags begins here, or -1."""
    if starts_with(d, at, n, _META):
        return 0
    if starts_with(d, at, n, _LINK):
        return 1
    return 2 if starts_with(d, at, n, _SCRIPT) else -1


@kernel
def _find_mark(d: U8, at: int, n: int, mark: U8) -> int:
    """The first place from `at` where these bytes stand, or the end."""
    at = find_byte(d, at, n, int(mark[0]))
    while at < n and not starts_with(d, at, n, mark):
        at = find_byte(d, at + 1, n, int(mark[0]))
    return at
