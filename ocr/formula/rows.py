"""Rows of boxes as LaTeX: what stands on the baseline, and what is raised or lowered beside it."""

import re
from collections.abc import Sequence

from winnow.ocr.formula.boxes import Box, Rule, join_dots, join_pieces, put_accents
from winnow.ocr.formula.compose import SCRIPT, apply_rules, join_words, make_matrices, set_limits

LIFTED = 0.12  # in sizes: how far off the baseline a smaller sign is a script
SHIFTED = 0.3  # a sign of any size
DECIMAL = re.compile(r"(?<=\d) \. (?=\d)")
ROW = 0.75  # from baseline to baseline
SHORT = (
    ("\\cdot \\cdot \\cdot", "\\cdots"),
    (". . .", "\\ldots"),
    ("\\not=", "\\neq"),
    ("\\not\\in", "\\notin"),
)
FIRST = 0.6  # of the width on the baseline that has most
STRETCHED = 1.3  # a bracket that is taller than its font's


def write_formula(boxes: Sequence[Box], rules: Sequence[Rule]) -> tuple[str, int]:
    """A formula's LaTeX, rows parted by `\\\\`, and how many of the rules and boxes have no place in it."""
    lost = sum(not box.latex and box.kind != "brace" for box in boxes)
    joined = put_accents(join_words(join_dots(join_pieces(boxes))))
    made, stray = apply_rules(set_limits(joined, write_row), rules, write_row)
    made = make_matrices(set_limits(made, write_row), split_rows, write_row)
    rows = split_rows(made)
    lost += sum(box.kind in ("accent", "root", "piece", "not") for box in made)
    return " \\\\ ".join(write_row(row) for row in rows), stray + lost


def split_rows(boxes: Sequence[Box]) -> list[list[Box]]:
    """The boxes by the rows that they stand in, from top to bottom; scripts go with the row next to them."""
    if not boxes:
        return []
    size = max(box.size for box in boxes)
    full = sorted((box for box in boxes if box.size > SCRIPT * size), key=lambda box: box.base)
    rows = [[full[0]]]
    for box in full[1:]:
        if box.base - rows[-1][0].base > ROW * size:
            rows.append([box])
        else:
            rows[-1].append(box)
    heights = [(min(box.y0 for box in row), max(box.y1 for box in row)) for row in rows]
    bases = [sum(box.base for box in row) / len(row) for row in rows]
    for box in boxes:
        if box.size <= SCRIPT * size:
            apart = [max(y0 - box.level, box.level - y1, 0.0) for y0, y1 in heights]
            near = min(range(len(rows)), key=lambda at: (apart[at], abs(bases[at] - box.base)))
            rows[near].append(box)
    return rows


def write_row(boxes: Sequence[Box]) -> str:
    """One row: signs in order, scripts behind what they belong to."""
    if not boxes:
        return ""
    order = sorted(boxes, key=lambda box: (box.x0, box.base))
    size = max(box.size for box in order)
    base = _find_base(order, size)
    parts: list[str] = []
    scripts: tuple[list[Box], list[Box]] = ([], [])
    last: Box | None = None
    for box in order:
        shift = (box.base - base) / size
        if _is_script(box, shift, size):
            scripts[shift > 0].append(box)
            continue
        written = _write_scripts(*scripts, parts)
        scripts = ([], [])
        joins = last is not None and not written and last.latex.isdigit() and box.latex.isdigit()
        if joins or (parts and parts[-1] == "\\not" and box.kind == "rel"):
            parts[-1] += box.latex
        else:
            parts += [*written, _write_box(box, last, size)]
        last = box
    parts += _write_scripts(*scripts, parts)
    text = " ".join(part for part in parts if part)
    for shown, name in SHORT:
        text = text.replace(shown, name)
    return DECIMAL.sub(".", text)


def _is_script(box: Box, shift: float, size: float) -> bool:
    """Whether what stands `shift` sizes below the baseline is raised or lowered."""
    small = box.size < SCRIPT * size
    off = abs(shift) > (LIFTED if small else SHIFTED) or (box.kind == "prime" and not shift)
    return off and (small or not _is_tall(box))


def _find_base(boxes: Sequence[Box], size: float) -> float:
    """The baseline that most of the width of full-size signs stands on, or the first of them, where that has
    nearly as much."""
    full = [box for box in boxes if box.size > SCRIPT * size]
    wide = [sum(box.x1 - box.x0 for box in full if abs(box.base - one.base) < 0.1 * size) for one in full]
    most = max(wide)
    return full[0].base if wide[0] > FIRST * most else full[wide.index(most)].base


def _is_tall(box: Box) -> bool:
    return box.y1 - box.y0 > STRETCHED * box.size


def _write_box(box: Box, last: Box | None, size: float) -> str:
    """A word that stands off from what is before it is text."""
    if box.kind == "word" and (last is None or box.x0 - last.x1 > 0.2 * size or last.kind == "word"):
        return f"\\text{{ {box.latex[8:-1]} }}" if box.latex.startswith("\\mathrm{") else box.latex
    return box.latex


def _write_scripts(over: Sequence[Box], under: Sequence[Box], before: Sequence[str]) -> list[str]:
    if not over and not under:
        return []
    primes = next((at for at, box in enumerate(over) if box.kind != "prime"), len(over))
    rest = over[primes:]
    text = "" if before else "{}"
    text += "'" * primes
    if under:
        text += f"_{{{_write_nested(under)}}}"
    if rest:
        text += f"^{{{_write_nested(rest)}}}"
    return [text]


def _write_nested(boxes: Sequence[Box]) -> str:
    """Scripts of one side, which may have rows of their own."""
    return write_row(boxes)


def is_balanced(latex: str) -> bool:
    """Whether braces close as they open."""
    depth = 0
    for at, sign in enumerate(latex):
        if sign in "{}" and (at == 0 or latex[at - 1] != "\\"):
            depth += 1 if sign == "{" else -1
            if depth < 0:
                return False
    return depth == 0
