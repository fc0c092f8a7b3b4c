"""A page's head as lexbor writes it out, and where scripts and comments stand in it."""

import re
from bisect import bisect_left
from typing import Literal, NamedTuple

from resiliparse.parse.html import HTMLTree

_BOUNDS = {
    "script": (re.compile("<script"), re.compile("</script")),
    "comment": (re.compile("<!--"), re.compile("-->")),
}


MAX_HEAD = 200_000  # characters of it that are read


class Spans(NamedTuple):
    """Where they begin and end, in order."""

    begins: list[int]
    ends: list[int]

    def hold(self, at: int) -> bool:
        """Whether a place is inside one."""
        begun, ended = bisect_left(self.begins, at), bisect_left(self.ends, at)
        return begun > 0 and (ended == 0 or self.begins[begun - 1] > self.ends[ended - 1])


def write_head(tree: HTMLTree) -> str:
    """The head's markup, cut at `MAX_HEAD`: one space before an attribute, quotes around values."""
    return tree.head.html[:MAX_HEAD] if tree.document and tree.head else ""


def find_spans(head: str, kind: Literal["script", "comment"]) -> Spans:
    """All spans of a kind, found in one pass."""
    return Spans(*([found.start() for found in bound.finditer(head)] for bound in _BOUNDS[kind]))
