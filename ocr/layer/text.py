"""The text layer of a page as lines with places, turned upright."""

import re
from collections.abc import Callable
from typing import Any

from winnow.ocr.reader.page import BOLD, MONOSPACED, RAISED, Page, is_monospaced

MAX_PAGE_CHARS = 2_000_000
MAX_PAGE_LINES = 50_000
# A raised number behind a word or a sentence is a note's mark, behind a lone letter, a number or a bracket an
# exponent; raised letters behind a number or a Roman one ("19e", "2nd") are neither.
NOTE_MARK = re.compile(r"\d{1,3}(?:, ?\d{1,3})*")
EXPONENT = re.compile(r"[-\u2212+]?\d{1,4}|[-\u2212]?[b-df-np-zT]")  # the A of LaTeX is raised as well
MARKED = re.compile(r"(?:[^\W\d_]{2}|[.,;:!?)\]\u201d\u2019\u00bb\"'])$")
RAISES = re.compile(r"(?:(?<![^\W_])[^\W_]|\d|[)\]])$")
LEVEL = (1, 0)  # the direction of nearly all lines
CONTROLS = dict.fromkeys([*range(9), *range(10, 32), *range(127, 160)])
ROTATED: dict[tuple[int, int], Callable[[float, float, float, float], tuple[float, float]]] = {
    (0, -1): lambda x, y, w, h: (h - y, x),
    (0, 1): lambda x, y, w, h: (y, w - x),
}


def read_lines(page: Page, blocks: list[dict[str, Any]], rulings: list[list[float]]) -> dict[str, Any]:
    """`height` (points), `lines` (x0, y0, x1, y1, size, monospaced, bold, block, text of each), `rulings`.

    `blocks` and `rulings` are those of `page.read_blocks`. Raises ValueError for more than a
    page holds.
    """
    size = (page.width, page.height)
    lines = [_read_line(line, index) for index, block in enumerate(blocks) for line in block.get("lines", ())]
    if len(lines) > MAX_PAGE_LINES or sum(len(line[8]) for _, line in lines) > MAX_PAGE_CHARS:
        much = f"{MAX_PAGE_LINES:,} lines or {MAX_PAGE_CHARS:,} characters"
        raise ValueError(f"more than {much} on one page: no page for readers")
    lines = [line for line in lines if line[1][8].strip()]
    upright, height, direction = _turn_upright(lines, *size)
    turned = [_turn_box(direction, box, *size) for box in rulings]
    return {"height": height, "lines": upright, "rulings": turned}


def _read_line(line: dict[str, Any], block: int) -> tuple[tuple[int, int], list[Any]]:
    """A line's direction, and x0, y0, x1, y1, size, monospaced, bold, block, text."""
    spans = line["spans"]
    letters = mono = bold = raised = 0
    size = 0.0
    for span in spans:
        flags, length = span["flags"], len(span["text"].strip())
        if not length:
            continue
        letters += length
        raised |= flags & RAISED
        if span["size"] > size:
            size = span["size"]
        if flags & MONOSPACED or is_monospaced(span["font"]):
            mono += length
        if flags & BOLD:
            bold += length
    x0, y0, x1, y1 = line["bbox"]
    text = _join_raised(spans) if raised else "".join([span["text"] for span in spans])
    share = 0.9 * letters
    direction = LEVEL if line["dir"] == LEVEL else (round(line["dir"][0]), round(line["dir"][1]))
    box = [round(x0, 1), round(y0, 1), round(x1, 1), round(y1, 1), round(size, 1)]
    marked = [line["mark"]] if "mark" in line else []
    return direction, [*box, mono >= share, bold >= share, block, clean(text), *marked]


def _join_raised(spans: list[dict[str, Any]]) -> str:
    """A line's text where spans are raised: `[1]` for the mark of a note, `^2` for an exponent."""
    text = ""
    for span in spans:
        raised, before = span["text"].strip() if span["flags"] & RAISED else "", text[-3:]
        if raised and NOTE_MARK.fullmatch(raised) and MARKED.search(before):
            text += span["text"].replace(raised, f"[{raised}]")
        elif raised and EXPONENT.fullmatch(raised) and RAISES.search(before):
            text += span["text"].replace(raised, f"^{raised}")
        else:
            text += span["text"]
    return text


def _turn_upright(
    lines: list[tuple[tuple[int, int], list[Any]]], width: float, height: float
) -> tuple[list[list[Any]], float, tuple[int, int]]:
    """The lines of the page's main direction, turned upright; stray ones (stamps in the margin) are left."""
    weight: dict[tuple[int, int], int] = {}
    for direction, line in lines:
        weight[direction] = weight.get(direction, 0) + len(line[8])
    total = sum(weight.values())
    main = max(weight, key=lambda direction: weight[direction], default=(1, 0))
    kept = []
    for direction, line in lines:
        if direction != main and weight[direction] < 0.1 * total:
            continue
        if direction == main and main != (1, 0):
            line[:4] = _turn_box(main, line[:4], width, height)
        kept.append(line)
    return kept, width if main in ROTATED else height, main


def _turn_box(direction: tuple[int, int], box: list[float], width: float, height: float) -> list[float]:
    """A box in the coordinates of a reader who turned the page."""
    if direction not in ROTATED:
        x0, y0, x1, y1 = box
        return [width - x1, height - y1, width - x0, height - y0] if direction == (-1, 0) else box
    turn = ROTATED[direction]
    (a, b), (c, d) = turn(box[0], box[1], width, height), turn(box[2], box[3], width, height)
    return [round(value, 1) for value in (min(a, c), min(b, d), max(a, c), max(b, d))]


def clean(text: str) -> str:
    """Text without control characters; the child that sends it sees to half surrogates."""
    return text if text.isprintable() else text.translate(CONTROLS)
