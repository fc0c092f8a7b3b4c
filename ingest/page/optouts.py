"""What a page's `meta` elements say of the use of the page.

`robots` and `googlebot` (whatever they say), `tdm-reservation` and `tdm-policy` of the TDM Reservation
Protocol, and any other name, such as a crawler's, under which `noai` or `noimageai` stands among directives.
"""

import re
from html import unescape
from typing import Any

from resiliparse.parse.html import HTMLTree

from winnow.ingest.page.heads import Head, find_tags

MAX_PREFERENCES = 20
MAX_CHARS = 500
_NAMES = ("robots", "googlebot", "tdm-reservation", "tdm-policy")
# A list of words, of which one may stand before a colon: `noindex, noai`, `otherbot: noai`.
_DIRECTIVES, _DIRECTIVE = re.compile(r"[\w:./\s,;-]*", re.ASCII), re.compile(r"[\w:./-]+", re.ASCII)
_MAX_DIRECTIVES = 20
_AGAINST_AI = re.compile(r"\bno(?:image)?ai\b", re.ASCII | re.IGNORECASE)
_NAME, _CONTENT = re.compile(r' name="([^"]*)"'), re.compile(r' content="([^"]*)"')


def find_preferences(tree: HTMLTree, head: Head, *, in_body: bool = True) -> list[dict[str, str]]:
    """`in` ("meta"), `name` (in lower case) and `value` of each, in the page's order.

    The first 20, of each value its first 500 characters. `head`: by `ingest.page.heads:read_head`.
    `in_body`: whether `meta` elements with their words stand behind it, where a parser puts those that follow
    what belongs to no head.
    """
    if tree.document is None:
        return []
    found = _read_tags(head)
    if in_body and tree.body and tree.document.query_selector("body meta[name]"):
        found += _read_tags(find_tags(tree.body.html))  # lists of elements run their query anew for each
    return found[:MAX_PREFERENCES]


def _read_tags(markup: Head) -> list[dict[str, str]]:
    found = []
    for tag in markup.tags:
        if tag.kind != "meta" or tag.in_script or tag.in_comment:
            continue
        name, content = _NAME.search(tag.attributes), _CONTENT.search(tag.attributes)
        if said := _read_meta(unescape(name[1]), unescape(content[1])) if name and content else None:
            found.append(said)
    return found


def _read_meta(name: Any, content: Any) -> dict[str, str] | None:
    """What a `meta` of this name says; None where that is something else."""
    name, content = (name or "").strip().lower(), " ".join((content or "").split())
    if name not in _NAMES and not (_AGAINST_AI.search(content) and _is_list(content)):
        return None
    return {"in": "meta", "name": name[:MAX_CHARS], "value": content[:MAX_CHARS]}


def _is_list(content: str) -> bool:
    """Whether it is a list of a few words."""
    return bool(_DIRECTIVES.fullmatch(content)) and len(_DIRECTIVE.findall(content)) <= _MAX_DIRECTIVES
