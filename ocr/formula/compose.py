"""What rules, large operators and tall brackets make of the boxes of a formula."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from winnow.ocr.formula.boxes import AXIS, CLOSING, TALL, Box, Rule, reach, surround

NEAR, STEP = 0.8, 0.45  # in sizes: from a rule to what it is over, and on from that
SCRIPT = 0.86  # of the size: what is a script at most
NAMES = "arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup"
NAMES += " ln log max min Pr sec sin sinh sup tan tanh mod argmax argmin"
FUNCTIONS = frozenset(NAMES.split())
LIMITED = {"lim", "max", "min", "sup", "inf", "det", "gcd", "Pr", "liminf", "limsup", "argmax", "argmin"}
MATRICES = {"(": "pmatrix", "[": "bmatrix", "|": "vmatrix", "\\|": "Vmatrix", "\\{": "Bmatrix"}
WORD = re.compile(r"[^\W\d_]+")
Write = Callable[[Sequence[Box]], str]


def join_words(boxes: Sequence[Box]) -> list[Box]:
    """Upright letters that stand next to each other as one: the name of a function, or a word."""
    found: list[Box] = []
    run: list[Box] = []

    def close() -> None:
        if len(run) > 1:
            found.append(_name_word(run))
        else:
            found.extend(run)
        run.clear()

    for box in sorted(boxes, key=lambda box: (round(box.base), box.x0)):
        upright = box.kind == "letter"
        if run and not (
            upright
            and abs(box.base - run[-1].base) < 0.1 * box.size
            and box.x0 - run[-1].x1 < 0.12 * box.size
        ):
            close()
        if upright:
            run.append(box)
        else:
            found.append(box)
    close()
    return [box._replace(kind="ord") if box.kind == "letter" else box for box in found]


def _name_word(run: Sequence[Box]) -> Box:
    word = "".join(box.latex for box in run)
    plain = "".join(WORD.findall(re.sub(r"\\[a-z]+\{(.)\}", r"\1", word)))
    if plain in FUNCTIONS:
        own = f"\\{plain}" if plain not in ("argmax", "argmin", "mod") else f"\\operatorname{{{plain}}}"
        return surround(run, own, "op" if plain in LIMITED else "function")
    return surround(run, f"\\mathrm{{{plain}}}", "word")


def apply_rules(boxes: Sequence[Box], rules: Sequence[Rule], write: Write) -> tuple[list[Box], int]:
    """Fractions, roots and overlines, the narrowest rule first; and how many rules were none of these."""
    left, stray = list(boxes), 0
    for rule in sorted(rules, key=lambda rule: rule[2] - rule[0]):
        made = (
            _make_root(left, rule, write)
            or _make_fraction(left, rule, write, [one for one in rules if one != rule])
            or _make_overline(left, rule, write)
        )
        if made is None:
            stray += 1
            continue
        used, one = made
        left = [box for box in left if box not in used] + [one]
    return left, stray


def _make_root(boxes: Sequence[Box], rule: Rule, write: Write) -> tuple[list[Box], Box] | None:
    x0, y, x1, _ = rule
    signs = [
        box
        for box in boxes
        if box.kind == "root" and abs(box.x1 - x0) < 0.25 * box.size and abs(box.y0 - y) < 0.45 * box.size
    ]
    if not signs:
        return None
    sign = signs[0]
    inner = [
        box
        for box in boxes
        if box is not sign and x0 - 1 <= box.middle <= x1 + 1 and y - 1 < box.level < sign.y1 + 0.2 * box.size
    ]
    if not inner:
        return None
    index = [
        box for box in boxes
        if box.size < 0.75 * sign.size and sign.x0 - 0.5 * sign.size < box.middle < sign.x0 + 0.5 * sign.size
        and box.kind == "ord" and box.level < sign.level and box.x1 < x0 and box.latex.isdigit()
    ]  # fmt: skip
    head = f"[{write(index)}]" if index else ""
    one = surround([*inner, sign], f"\\sqrt{head}{{{write(inner)}}}", "ord", _find_base(inner))
    return [sign, *inner, *index], one._replace(size=max(box.size for box in inner))


def _make_fraction(
    boxes: Sequence[Box], rule: Rule, write: Write, others: Sequence[Rule]
) -> tuple[list[Box], Box] | None:
    over = reach(boxes, rule, True, NEAR, STEP, others)
    under = reach(boxes, rule, False, NEAR, STEP, others)
    if not over or not under:
        return None
    size = max(box.size for box in (*over, *under))
    latex = f"\\frac{{{write(over)}}}{{{write(under)}}}"
    one = surround([*over, *under], latex, "ord", rule[1] + AXIS * size)
    return [*over, *under], one._replace(x0=min(one.x0, rule[0]), x1=max(one.x1, rule[2]))


def _make_overline(boxes: Sequence[Box], rule: Rule, write: Write) -> tuple[list[Box], Box] | None:
    under = reach(boxes, rule, False, 0.4, 0.0)
    under = [box for box in under if box.kind not in ("open", "close", "fence")]
    if not under:
        return None
    one = surround(under, f"\\overline{{{write(under)}}}", "ord", _find_base(under))
    return under, one._replace(y0=rule[1])


def _find_base(boxes: Sequence[Box]) -> float:
    largest = max(box.size for box in boxes)
    bases = sorted(box.base for box in boxes if box.size > SCRIPT * largest)
    return bases[len(bases) // 2]


def set_limits(boxes: Sequence[Box], write: Write) -> list[Box]:
    """Operators with what stands right over and right under them."""
    signs = [box for box in boxes if box.kind == "op" and not box.latex.endswith("int")]
    parts: dict[tuple[int, bool], list[Box]] = {}
    for box in boxes:
        near = [
            (abs(box.middle - sign.middle), at, box.level < sign.level)
            for at, sign in enumerate(signs)
            if box.size < SCRIPT * sign.size and box is not sign and _is_off(sign, box)
        ]
        if near:
            _, at, up = min(near)
            parts.setdefault((at, up), []).append(box)
    left = list(boxes)
    for at, sign in enumerate(signs):
        under, over = (_take_centred(sign, parts.get((at, up), [])) for up in (False, True))
        if not under and not over:
            continue
        latex = (
            sign.latex + (f"_{{{write(under)}}}" if under else "") + (f"^{{{write(over)}}}" if over else "")
        )
        one = surround([sign, *under, *over], latex, "op", sign.base)
        left = [box for box in left if box is not sign and box not in under and box not in over] + [one]
    return left


def _is_off(sign: Box, box: Box) -> bool:
    """Whether a box stands right over or right under an operator, not beside it."""
    apart = max(sign.y0 - box.y1, box.y0 - sign.y1)
    return -0.15 * sign.size < apart < 0.8 * sign.size and abs(box.middle - sign.middle) < 3 * sign.size


def _take_centred(sign: Box, boxes: Sequence[Box]) -> list[Box]:
    """Of boxes in one line those without a wide gap between, where the middle of all is the operator's."""
    groups: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.x0):
        if groups and box.x0 - max(other.x1 for other in groups[-1]) < 0.4 * sign.size:
            groups[-1].append(box)
        else:
            groups.append([box])
    for group in groups:
        x0, x1 = min(box.x0 for box in group), max(box.x1 for box in group)
        if abs((x0 + x1) / 2 - sign.middle) < max(0.35 * sign.size, 0.12 * (x1 - x0)):
            return group
    return []


def make_matrices(
    boxes: Sequence[Box], split: Callable[[Sequence[Box]], list[list[Box]]], write: Write
) -> list[Box]:
    """What stands in several rows behind a tall bracket, the smallest bracket first."""
    left = list(boxes)
    tall = [box for box in boxes if box.kind in ("open", "fence") and box.y1 - box.y0 > TALL * box.size]
    for sign in sorted(tall, key=lambda box: box.y1 - box.y0):
        closing = _find_closing(sign, left)
        if sign not in left or (closing is None and sign.latex != "\\{"):
            continue
        end = closing.x0 if closing else float("inf")
        inner = _find_between(left, sign, closing, end)
        rows = split(inner)
        if len(rows) < 2:
            continue
        cells = [[write(cell) for cell in row] for row in cut_columns(rows)]
        text = _write_matrix(MATRICES.get(sign.latex, "matrix") if closing else "cases", cells)
        used = [sign, *inner, *([closing] if closing else [])]
        one = surround(used, text, "ord", sign.level + AXIS * sign.size)
        left = [box for box in left if box not in used] + [one._replace(size=max(box.size for box in inner))]
    return left


def _find_between(boxes: Sequence[Box], sign: Box, closing: Box | None, end: float) -> list[Box]:
    """What stands behind a bracket, at its height, up to `end`."""
    level = [box for box in boxes if sign.y0 - 2 < box.level < sign.y1 + 2]
    return [box for box in level if box not in (sign, closing) and sign.x1 - 1 <= box.middle <= end]


def _write_matrix(name: str, cells: list[list[str]]) -> str:
    if name == "pmatrix" and len(cells) == 2 and all(len(row) == 1 for row in cells):
        return f"\\binom{{{cells[0][0]}}}{{{cells[1][0]}}}"
    text = " \\\\ ".join(" & ".join(row) for row in cells)
    return f"\\begin{{{name}}} {text} \\end{{{name}}}"


def _find_closing(sign: Box, boxes: Sequence[Box]) -> Box | None:
    """The nearest bracket to the right that closes one of that height."""
    right = [
        box
        for box in boxes
        if box.latex == CLOSING.get(sign.latex)
        and box.x0 > sign.x1
        and abs(box.y0 - sign.y0) < 0.4 * sign.size
        and abs(box.y1 - sign.y1) < 0.4 * sign.size
    ]
    return min(right, key=lambda box: box.x0, default=None)


def cut_columns(rows: Sequence[Sequence[Box]]) -> list[list[list[Box]]]:
    """Each row as cells, cut where no row has anything for more than half a size."""
    spans = sorted((box.x0, box.x1, box.size) for row in rows for box in row)
    cuts, end = [], spans[0][1]
    for x0, x1, size in spans[1:]:
        if x0 - end > 0.55 * size:
            cuts.append((x0 + end) / 2)
        end = max(end, x1)
    edges = [float("-inf"), *cuts, float("inf")]
    return [[[box for box in row if a < box.middle <= b] for a, b in pairwise(edges)] for row in rows]
