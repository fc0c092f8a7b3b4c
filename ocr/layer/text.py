"""The text layer of a page as lines with places, turned upright."""

import re
from collections.abc import Callable
from typing import Any

from winnow.ocr.reader.page import BOLD, MONOSPACED, RAISED, Page, is_monospaced

MAX_PAGE_CHARS = 2_000_000
MAX_PAGE_LINES = 50_000
THIN = 3.0  # points: a box thinner than this is a line
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
    posts = [(x0, y0, y1) for x0, y0, x1, y1 in rulings if x1 - x0 <= THIN < y1 - y0]
    lines = [
        _read_line(part, index)
        for index, block in enumerate(blocks)
        for line in block.get("lines", ())
        for part in (_part(line, posts) if posts and len(line["spans"]) > 2 else [line])
    ]
    if len(lines) > MAX_PAGE_LINES or sum(len(line[8]) for _, line in lines) > MAX_PAGE_CHARS:
        much = f"{MAX_PAGE_LINES:,} lines or {MAX_PAGE_CHARS:,} characters"
        raise ValueError(f"more than {much} on one page: no page for readers")
    lines = [line for line in lines if line[1][8].strip()]
    upright, height, direction = _turn_upright(lines, *size)
    turned = [_turn_box(direction, box, *size) for box in rulings]
    return {"height": height, "lines": upright, "rulings": turned}


def _part(line: dict[str, Any], posts: list[tuple[float, float, float]]) -> list[dict[str, Any]]:
    """A line in the pieces between which a line is drawn from top to bottom: cells that stand near."""
    middle = (line["bbox"][1] + line["bbox"][3]) / 2
    beside = [x for x, top, bottom in posts if top < middle < bottom]
    pieces: list[list[dict[str, Any]]] = [[]]
    for span in line["spans"]:
        left, _, right, _ = span["bbox"]
        if span["text"] == " " and any(left <= x <= right for x in beside):
            pieces.append([])
        else:
            pieces[-1].append(span)
    if len(pieces) == 1 or line["dir"] != LEVEL:
        return [line]
    boxes = [[*zip(*(span["bbox"] for span in spans), strict=True)] for spans in pieces if spans]
    places = [(min(a), min(b), max(c), max(d)) for a, b, c, d in boxes]
    return [
        {**line, "spans": spans, "bbox": box} for spans, box in zip(filter(None, pieces), places, strict=True)
    ]


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
