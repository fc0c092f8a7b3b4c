"""Text and drawn lines of a page in one pass of MuPDF."""

from typing import Any

import pymupdf

MAX_RULINGS = 2_000  # more is a drawing, not tables
WHITE = 0xFFFFFF


def read_blocks(page: pymupdf.Page, flags: int) -> tuple[list[dict[str, Any]], list[list[float]]]:
    """Text blocks of a page as MuPDF's `dict` has them, and its rulings: x0, y0, x1, y1 of lines and boxes.

    Asking MuPDF for vectors in the same pass costs a tenth of a second pass over the drawings, but breaks a
    paragraph into two blocks where something is drawn within it (an underline, the frame of a word): such
    blocks are put together again. Curves, slanted lines and white boxes are no rulings; a page of more than
    `MAX_RULINGS` is a drawing and has none.
    """
    found = page.get_text("dict", flags=flags | pymupdf.TEXT_COLLECT_VECTORS)["blocks"]
    blocks: list[dict[str, Any]] = []
    rulings: list[list[float]] = []
    drawn = False
    for block in found:
        if block["type"] == 3:
            drawn = True
            if block["isrect"] and (block["stroked"] or block["color"] != WHITE):
                rulings.append([round(value, 1) for value in block["bbox"]])
        elif block["type"] == 0:
            if drawn and blocks and _goes_on(blocks[-1], block):
                blocks[-1]["lines"] += block["lines"]
            else:
                blocks.append(block)
            drawn = False
    return blocks, rulings if len(rulings) <= MAX_RULINGS else []


def _goes_on(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether two blocks are one paragraph: the second at the same place, within the leading of the first."""
    last, line = before["lines"][-1], after["lines"][0]
    if not last["spans"] or not line["spans"] or last["dir"] != line["dir"]:
        return False
    size = line["spans"][0]["size"]
    down = line["bbox"][1] - last["bbox"][3]
    level = min(line["bbox"][3], last["bbox"][3]) - max(line["bbox"][1], last["bbox"][1])
    if level > 0.5 * size:
        return bool(-1 < line["bbox"][0] - last["bbox"][2] < 0.8 * size)
    same_font = abs(size - last["spans"][-1]["size"]) < 0.2
    left = min(other["bbox"][0] for other in before["lines"])
    return bool(same_font and -0.5 * size < down < 0.35 * size and abs(line["bbox"][0] - left) < 0.5 * size)
