"""Where scripts and comments stand in a head that lexbor wrote out."""

import re
from bisect import bisect_left
from typing import Literal, NamedTuple

_BOUNDS = {
    "script": (re.compile("<script"), re.compile("</script")),
    "comment": (re.compile("<!--"), re.compile("-->")),
}


class Spans(NamedTuple):
    """Where they begin and end, in order."""

    begins: list[int]
    ends: list[int]

    def hold(self, at: int) -> bool:
        """Whether a place is inside one."""
        begun, ended = bisect_left(self.begins, at), bisect_left(self.ends, at)
        return begun > 0 and (ended == 0 or self.begins[begun - 1] > self.ends[ended - 1])


def find_spans(head: str, kind: Literal["script", "comment"]) -> Spans:
    """All spans of a kind, found in one pass."""
    return Spans(*([found.start() for found in bound.finditer(head)] for bound in _BOUNDS[kind]))
