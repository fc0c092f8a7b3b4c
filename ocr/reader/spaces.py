"""Spaces in scripts that set words apart, on pages whose maker draws none: MuPDF and PDFium tell them from
gaps behind Latin, Greek, Cyrillic, Hebrew and Arabic letters only."""

import re
from collections.abc import Callable, Sequence
from typing import Any

GAP = 0.13  # ems: a space; those of some fonts are no wider
SPACED = re.compile(r"[\0-\u06ff\u2000-\u20ff]")  # behind these both readers put one
LETTERS = (
    "[\u0700-\u0dff\u10a0-\u177f\u1800-\u194f\u1ab0-\u1fff\u2c00-\u2dff"
    "\ua4d0-\ud7ff\ufb1d-\ufdff\ufe70-\ufefc]"
)
LETTER, SPACE = re.compile(LETTERS), re.compile(f"{LETTERS} ")
ALL_SPACED = re.compile(f"{SPACED.pattern}|{LETTERS}")


def lacks_spaces(text: str, is_drawn: Callable[[int], bool] = bool) -> bool:
    """Whether no space is drawn behind such letters of a page, where there are any."""
    return LETTER.search(text) is not None and not any(
        is_drawn(found.end() - 1) for found in SPACE.finditer(text)
    )


def space_lines(blocks: Sequence[dict[str, Any]]) -> None:
    """Write the `text` of MuPDF's spans from their `chars`, with spaces where a gap is."""
    for block in blocks:
        for line in block.get("lines", ()):
            last = None
            for span in line["spans"]:
                text = ""
                for char in span["chars"]:
                    if last and char["c"] != " " and LETTER.match(last["c"]):
                        text += " " if char["bbox"][0] - last["bbox"][2] > GAP * span["size"] else ""
                    text += char["c"]
                    last = char
                span["text"] = text
