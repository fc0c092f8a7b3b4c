"""A page's formulas in place of the glyphs that the text layer has of them."""

from collections.abc import Sequence
from typing import Any

from winnow.ocr.formula.displays import find_displays, is_within, take_number, take_rules
from winnow.ocr.formula.glyphs import UNMAPPED, Glyph, Row, read_rows
from winnow.ocr.formula.inline import SPACE, write_inline
from winnow.ocr.formula.rows import is_balanced, write_formula
from winnow.ocr.formula.signs import is_maths
from winnow.ocr.reader.page import Box, Page

Blocks = list[dict[str, Any]]


def write_formulas(
    page: Page, blocks: Blocks, rulings: list[list[float]]
) -> tuple[Blocks, list[list[float]], dict[str, int]]:
    """Blocks and rulings of a page with its formulas as LaTeX, and counts: `displays`, `inline`, `marked`.

    A formula by itself is a line marked "formula", `$$ ... $$`; within a line of text it is `$...$`. One
    that cannot be written is a mark that counts its glyphs. Pages without a font of formulas are left as
    they are.
    """
    if not any(
        is_maths(span["font"])
        for block in blocks
        for line in block.get("lines", ())
        for span in line["spans"]
    ):
        return blocks, rulings, {}
    raw = page.read_glyphs()
    if not raw:
        return blocks, rulings, {}
    rows = read_rows(raw)
    counts = {"displays": 0, "inline": 0, "marked": 0}
    places: dict[tuple[int, int], dict[str, Any] | None] = {}
    used: list[list[float]] = []
    groups = find_displays(rows)
    drawn = [box for kind, box in page.list_drawn() if kind == "fill-imgmask"] if groups else []
    for group in groups:
        rules = take_rules(group, [*drawn, *((a, b, c, d) for a, b, c, d in rulings)])
        line, written = _write_display(group, rules)
        counts["displays" if written else "marked"] += 1
        used += [rule for rule in rulings if is_within(rule, group)]
        places |= {(row.block, row.line): None for row in group}
        first = min(group, key=lambda row: (row.block, row.line))
        places[first.block, first.line] = line
    left = [row for row in rows if (row.block, row.line) not in places]
    counts["inline"] = _write_lines(left, places)
    return _put_back(raw, places), [rule for rule in rulings if rule not in used], counts


def _write_display(group: Sequence[Row], rules: Sequence[Any]) -> tuple[dict[str, Any], bool]:
    boxes, number = take_number(group)
    latex, lost = write_formula(boxes, rules)
    written = bool(latex) and not lost and is_balanced(latex)
    tag = f" \\tag{{{number}}}" if number else ""
    text = f"$$ {latex}{tag} $$" if written else f"[formula of {len(boxes)} signs]"
    edges = [pick(row.box[at] for row in group) for at, pick in enumerate((min, min, max, max))]
    size = max(box.size for box in boxes)
    span = {"text": text, "font": "", "size": size, "flags": 0}
    return {"bbox": edges, "dir": (1, 0), "spans": [span], "mark": "formula"}, written


def _write_lines(rows: Sequence[Row], places: dict[tuple[int, int], dict[str, Any] | None]) -> int:
    """Lines of text with their formulas, into `places`; scripts that are lines of their own go with the text
    that they stand in."""
    scripts: dict[int, list[Glyph]] = {}
    lengths = {(row.block, row.line): len(row.glyphs) for row in rows}
    rows = _join_level(rows, places)
    text = [row for row in rows if row.words]
    for row in rows:
        if row.words:
            continue
        if (at := _find_host(row, text)) is not None:
            scripts.setdefault(at, []).extend(row.glyphs)
            places[row.block, row.line] = None
    count = 0
    for at, row in enumerate(text):
        if not row.maths and at not in scripts and len(row.glyphs) == lengths[row.block, row.line]:
            continue
        glyphs = [*row.glyphs, *(glyph for glyph in scripts.get(at, ()) if glyph.kind != "space")]
        if at in scripts:
            glyphs.sort(key=lambda glyph: glyph.box.middle)
        spans, found = write_inline(glyphs)
        count += found
        places[row.block, row.line] = {"bbox": list(row.edges), "dir": (1, 0), "spans": spans}
    return count


def _join_level(rows: Sequence[Row], places: dict[tuple[int, int], dict[str, Any] | None]) -> list[Row]:
    """Lines that a reader cut where a script stands, as one."""
    found: list[Row] = []
    for row in rows:
        last = found[-1] if found else None
        if (
            last is None
            or not (last.words or last.maths)
            or last.block != row.block
            or not _goes_on(last, row)
        ):
            found.append(row)
            continue
        found[-1] = last._replace(
            box=_unite(last.box, row.box),
            edges=_unite(last.edges, row.edges),
            size=max(last.size, row.size),
            glyphs=[*last.glyphs, *_part(last.glyphs[-1], row.glyphs[0]), *row.glyphs],
            words=last.words + row.words,
            links=last.links + row.links,
            maths=last.maths + row.maths,
        )
        places[row.block, row.line] = None
    return found


def _unite(one: Box, other: Box) -> Box:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _part(last: Glyph, first: Glyph) -> list[Glyph]:
    """A space where there is one to be seen."""
    apart = first.box.x0 - last.box.x1 > SPACE * first.box.size
    return [first._replace(character=" ", kind="space")] if apart and last.kind != "space" else []


def _goes_on(last: Row, row: Row) -> bool:
    size = max(last.size, row.size)
    level = min(last.box[3], row.box[3]) - max(last.box[1], row.box[1])
    return -0.6 * size < row.box[0] - last.box[2] < size and level > 0.5 * min(
        last.box[3] - last.box[1], row.box[3] - row.box[1]
    )


def _find_host(row: Row, text: Sequence[Row]) -> int | None:
    """Which line of text a small line is level with, and within."""
    x0, y0, x1, y1 = row.box
    best, most = None, 0.0
    for at, other in enumerate(text):
        a, b, c, d = other.box
        size = other.size
        inside = a - size < x0 and x1 < c + size
        level = min(y1, d + 0.2 * size) - max(y0, b - 0.2 * size)
        if inside and level > max(most, 0.3 * (y1 - y0)):
            best, most = at, level
    return best


def _put_back(raw: Blocks, places: dict[tuple[int, int], dict[str, Any] | None]) -> Blocks:
    """The blocks with what is in `places` for their lines (None: no line)."""
    blocks = []
    for at, block in enumerate(raw):
        lines = []
        for index, line in enumerate(block.get("lines", ())):
            if (at, index) not in places:
                spans = [
                    span
                    | {"text": "".join(UNMAPPED if "coded" in char else char["c"] for char in span["chars"])}
                    for span in line["spans"]
                ]
                lines.append(line | {"spans": spans})
            elif (own := places[at, index]) is not None:
                lines.append(own)
        if lines:
            blocks.append(block | {"lines": lines})
    return blocks
