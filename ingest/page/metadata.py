"""What a page says of itself: title, date, address, language, and (`ingest.licenses.rights`) its licence.

Most of it stands in the head, which lexbor writes out well-formed (quoted, escaped), so that patterns
read it; the body is asked with selectors, and only for what the head left open. Walking either in Python
would cost more than parsing the page.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from resiliparse.parse.html import HTMLTree

from winnow.ingest.licenses.rights import find_rights, speaks
from winnow.ingest.page.blocks import Page
from winnow.ingest.page.dates import to_iso
from winnow.ingest.page.heads import DATES, NAMED, RIGHTS, Head

_MAX_TITLE = 1_000
_MAX_URL = 2_000
_MAX_JSON = 500_000
_MAX_SCRIPTS = 4
_MAX_NODES = 2_000
_MAX_SAID = 8
_RIGHTS = frozenset({*RIGHTS, "rel=license"})

# Things on a page that have dates of their own.
_PARTS = {"ImageObject", "VideoObject", "AudioObject", "Comment", "Review", "UserReview", "Dataset"}
_KEY = re.compile(r' (?:property|name|itemprop|http-equiv)="([^"]*)"')
_RELS = {
    **dict.fromkeys(["license", "licence", "cc:license", "schema:license", "xhv:license"], "rel=license"),
    **dict.fromkeys(["dcterms.license", "dcterms:license", "dct:license", "dc.license"], "rel=license"),
    **dict.fromkeys(["copyright", "dcterms.rights", "dcterms:rights", "dc.rights", "dc:rights"], "rights"),
    "canonical": "canonical",
}
_REL = re.compile(r' rel="([^"]*)"')
_TYPE = ' type="application/ld+json"'
_CONTENT = re.compile(r' content="([^"]*)"')
_HREF = re.compile(r' href="([^"]*)"')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8}){0,4}")
_URL = re.compile(r"https?://[^\s/?#<>\"]+[^\s<>\"]*", re.IGNORECASE)

_LINKED_DATA = 'script[type="application/ld+json"]'
_PUBLISHED = (
    'meta[itemprop~="datePublished"], time[itemprop~="datePublished"], time[pubdate]',
    'time[class*="published"], time[class*="entry-date"]',
)
_DATED = f'{_LINKED_DATA}, time, meta[itemprop~="datePublished"]'


def describe(tree: HTMLTree, head: Head, page: Page | None, *, dated: bool = True) -> dict[str, str | None]:
    """`title`, `date`, `canonical_url`, `language`, `license` and `license_evidence` as the page declares
    them.

    The date is that of publication, in ISO 8601: a day, a local time, or a time in UTC. The address is
    absolute (http, https), the language a BCP 47 tag, the licence an SPDX name where one is known, else its
    link or words. Control characters are taken out, lengths are bounded. What a page says need not be true.
    `head`: the tree's, by `ingest.page.heads:read_head`. `page`: its body, scanned; without one the head
    alone tells the licence.
    `dated`: whether the body may tell the date, as `ingest.page.blocks:scan` found; asking it costs a walk
    over the page.
    """
    if tree.document is None:
        names = ("title", "date", "canonical_url", "language", "license", "license_evidence")
        return dict.fromkeys(names)
    declared, linked, said, spoken = _read_head(head)
    root = tree.document.query_selector("html")
    lang = (root.getattr("lang") or root.getattr("xml:lang")) if root else None
    found = {
        "title": _clean(tree.title, _MAX_TITLE) or _clean(declared.get("og:title"), _MAX_TITLE),
        "date": _take_first(to_iso, (declared.get(name) for name in DATES[:3]))
        or _take_first(to_iso, _find_values(linked, "datePublished")),
        "canonical_url": _take_first(_check_address, (declared.get("canonical"), declared.get("og:url"))),
        "language": _take_first(
            _check_language, (lang, declared.get("content-language"), declared.get("og:locale"))
        ),
    }
    if dated and not found["date"] and tree.document.query_selector(_DATED):
        found["date"] = _find_date(tree.document)
    found["date"] = found["date"] or _take_first(to_iso, (declared.get(name) for name in DATES[3:]))
    found["license"], found["license_evidence"] = find_rights(said, spoken, page)
    return found


def _read_head(head: Head) -> tuple[dict[str, str], list[Any], list[tuple[str, str]], list[Any]]:
    """The first of each wanted `meta` and `link`, by its name in lower case, the linked data, and all on
    rights."""
    declared: dict[str, str] = {}
    linked: list[Any] = []
    said: list[tuple[str, str]] = []
    spoken: list[Any] = []
    for tag in head.tags:
        if tag.kind == "script":
            if _TYPE in tag.attributes and len(linked) < _MAX_SCRIPTS:
                content = head.markup[tag.end : head.markup.find(b"</script", tag.end)]
                linked.append(_parse_json(content.decode(errors="ignore")))  # one that was cut
                spoken += linked[-1:] if speaks(content) else []
            continue
        names, value = _list_names(tag.kind, tag.attributes)
        if not names or not value or tag.in_script:
            continue
        for name in names:
            declared.setdefault(name, html.unescape(value))
            if name in _RIGHTS and len(said) < _MAX_SAID:
                said.append((name, html.unescape(value[:_MAX_URL])))
    return declared, linked, said, spoken


def _list_names(tag: str, attributes: str) -> tuple[set[str], str]:
    """What a `meta` or `link` declares, and the value."""
    if tag == "link":
        rels, where = _REL.findall(attributes), _HREF
        spoken = rels[-1].lower().split() if rels else []
        names = {_RELS[name] for name in spoken if name in _RELS}
    else:
        keys, where = [key.lower() for key in _KEY.findall(attributes)], _CONTENT
        names = set([key for key in keys if key in NAMED][-1:])
    value = where.search(attributes) if names else None
    return names, value[1] if value else ""


def _find_date(document: Any) -> str | None:
    """The date in linked data, microdata or `time` elements."""
    # A list runs its query anew for each element, for a slice once.
    linked = [_parse_json(script.text) for script in document.query_selector_all(_LINKED_DATA)[:_MAX_SCRIPTS]]
    dated = _take_first(to_iso, _find_values(linked, "datePublished"))
    dated = dated or _take_first(to_iso, map(_read_time, map(document.query_selector, _PUBLISHED)))
    # Of several bare `time` elements the first is as often a comment's or another article's.
    bare = None if dated else document.query_selector_all("time[datetime]")
    return to_iso(_read_time(bare[0]) or "") if bare and len(bare) == 1 else dated


def _read_time(element: Any) -> str | None:
    if element is None:
        return None
    text: str = element.getattr("datetime") or element.getattr("content") or element.text[:60]
    return text


def _parse_json(text: str) -> Any:
    if len(text) > _MAX_JSON:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _find_values(linked: list[Any], name: str) -> Iterator[str]:
    """Strings under `name` in linked data, breadth first; of an object its address. Not those of parts."""
    queue = list(linked)
    for at in range(_MAX_NODES):
        if at >= len(queue):
            return
        node = queue[at]
        if isinstance(node, dict) and not _PARTS.intersection(map(str, _as_list(node.get("@type")))):
            value = node.get(name)
            value = value.get("url") or value.get("@id") if isinstance(value, dict) else value
            if isinstance(value, str):
                yield _clean(value, _MAX_URL) or ""
            queue.extend(node.values())
        elif isinstance(node, list):
            queue.extend(node)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _take_first(read: Any, values: Any) -> str | None:
    """The first value out of which `read` makes something."""
    return next(filter(None, (read(value) for value in values if value)), None)


def _clean(text: str | None, most: int) -> str | None:
    return " ".join(_CONTROL.sub(" ", (text or "")[: 4 * most]).split())[:most].rstrip() or None


def _check_address(text: str) -> str | None:
    url = text.strip()
    return url if len(url) <= _MAX_URL and _URL.fullmatch(url) and not _CONTROL.search(url) else None


def _check_language(text: str) -> str | None:
    tag = text.strip()
    return tag.replace("_", "-") if _LANGUAGE.fullmatch(tag) else None
