"""LaTeX for a tree of presentation MathML: rows, elements, scripts."""

import re
from collections.abc import Callable

from ingest.latex import symbols
from ingest.latex.tokens import (
    Node,
    argument,
    attribute,
    elements,
    identifier,
    joined,
    letters,
    operator,
    space,
    wants_operand,
    words,
    written,
)

_TALL = re.compile(r"\\(?:frac|begin|sum|prod|int|over|under|left|binom|atop|sqrt\[)")
_EMPTY = ("none", "mprescripts")


# ---- rows --------------------------------------------------------------------------------------------------


def row(children: list[Node]) -> str:
    """A row of elements; matrices, cases and binomials are found here, since only the order tells them."""
    nodes = _flat(children)
    out = ""
    at = 0
    while at < len(nodes):
        tex, taken = _fenced(nodes, at)
        tex = tex if taken else _one(nodes[at], first=not at or wants_operand(nodes[at - 1]))
        out = joined(out, tex)
        at += taken or 1
    return out


def _flat(children: list[Node]) -> list[Node]:
    """Without white space between elements and without elements that only group."""
    nodes: list[Node] = []
    for child in children:
        if child.tag in ("mrow", "mstyle", "mpadded", "math", "semantics"):
            inner = _flat(child.children[:] if child.tag != "semantics" else elements(child)[:1])
            nodes.extend(_grouped(inner))
        elif child.tag or child.text.strip():
            nodes.append(child)
    return nodes


def _grouped(nodes: list[Node]) -> list[Node]:
    """A row between stretching fences stays one thing."""
    if (
        len(nodes) > 2
        and _stretches(nodes[0], symbols.OPENING)
        and _stretches(nodes[-1], {**symbols.CLOSING, "": ""})
    ):
        return [Node("mfence", "", nodes)]
    return nodes


def _stretches(node: Node, fences: dict[str, str]) -> bool:
    return node.tag == "mo" and written(node).strip() in fences and attribute(node, "stretchy") != "false"


def _fenced(nodes: list[Node], at: int) -> tuple[str, int]:
    """LaTeX of a table or fraction between fences from `at` on, and how many nodes that takes, or 0."""
    node = nodes[at]
    if node.tag != "mo" or at + 1 >= len(nodes) or (text := written(node).strip()) not in symbols.OPENING:
        return "", 0
    inner = nodes[at + 1]
    after = written(nodes[at + 2]).strip() if at + 2 < len(nodes) and nodes[at + 2].tag == "mo" else None
    pair = text + (after or "")
    if inner.tag == "mfrac" and pair == "()" and _has_no_line(inner):
        return f"\\binom{_argued(inner, 0)}{_argued(inner, 1)}", 3
    if inner.tag == "mtable" and pair in symbols.MATRICES:
        return _table(inner, symbols.MATRICES[pair]), 3
    if inner.tag == "mtable" and text == "{" and not after:
        return _table(inner, "cases"), 2 if after is None else 3
    return "", 0


def _argued(node: Node, at: int) -> str:
    return "{" + row([argument(node, at)]).strip() + "}"


# ---- elements ----------------------------------------------------------------------------------------------


def _one(node: Node, *, first: bool = False) -> str:
    if node.tag == "mo":
        return operator(written(node).strip(), node, first=first)
    return _ELEMENTS.get(node.tag, _children)(node)


def _children(node: Node) -> str:
    return row(node.children) if node.tag else letters(node.text)


def _has_no_line(node: Node) -> bool:
    thickness = attribute(node, "linethickness")
    return bool(re.fullmatch(r"0*\.?0*[a-z%]*", thickness)) and thickness[:1] == "0"


def _fraction(node: Node) -> str:
    top, bottom = _argued(node, 0), _argued(node, 1)
    if _has_no_line(node):
        return f"{{{top[1:-1]} \\atop {bottom[1:-1]}}}"
    return f"\\frac{top}{bottom}"


def _root(node: Node) -> str:
    return f"\\sqrt[{_argued(node, 1)[1:-1]}]{_argued(node, 0)}"


def _fence(node: Node) -> str:
    """A row whose first and last are fences that stretch."""
    opening, closing = (written(node.children[at]).strip() for at in (0, -1))
    if len(node.children) == 3 and (tex := _fenced(node.children, 0)[0]):
        return tex
    return _between(symbols.OPENING[opening], row(node.children[1:-1]), symbols.CLOSING.get(closing, "."))


def _between(opening: str, inner: str, closing: str) -> str:
    if "." in (opening, closing) or _TALL.search(inner):
        return joined(joined(f"\\left{opening}", inner), f"\\right{closing}")
    return joined(joined(opening, inner), closing)


def _mfenced(node: Node) -> str:
    opening, closing = attribute(node, "open") or "(", attribute(node, "close") or ")"
    inner = _flat(node.children)
    if len(inner) == 1 and inner[0].tag == "mtable":
        tex, taken = _fenced([_mo(opening), inner[0], _mo(closing)], 0)
        if taken:
            return tex
    separators = (attribute(node, "separators") if "separators" in node.attributes else ",").replace(" ", "")
    out = ""
    for at, part in enumerate(elements(node)):
        mark = letters(separators[min(at, len(separators)) - 1]) if at and separators else ""
        out = joined(joined(out, f"{mark} " if mark else ""), row([part]).strip())
    opening, closing = (
        fences.get(fence) or letters(fence)
        for fence, fences in ((opening, symbols.OPENING), (closing, symbols.CLOSING))
    )
    return _between(opening, out, closing)


def _mo(text: str) -> Node:
    return Node("mo", "", [Node("", "", [], text)])


def _table(node: Node, environment: str = "matrix") -> str:
    rows = [line for line in elements(node) if line.tag in ("mtr", "mlabeledtr")]
    cells = [elements(line)[line.tag == "mlabeledtr" :] for line in rows]
    if environment == "matrix" and "right left" in attribute(node, "columnalign"):
        environment = "aligned"
    lines = [" & ".join(row(cell.children).strip() for cell in line) for line in cells]
    return f"\\begin{{{environment}}}" + r" \\ ".join(lines) + f"\\end{{{environment}}}"


# ---- scripts -----------------------------------------------------------------------------------------------


def _script(mark: str, node: Node) -> str:
    tex = row([node]).strip()
    if mark == "^" and tex and not tex.strip("'"):
        return tex
    if not tex:
        return ""
    return mark + (tex if len(tex) == 1 and tex != "'" else f"{{{tex}}}")


def _base(node: Node) -> str:
    """The base of scripts, in braces unless it is one thing for TeX too."""
    tex = row([node]).strip()
    nodes = _flat([node])
    single = len(nodes) == 1 and nodes[0].tag not in ("msub", "msup", "msubsup", "mfrac", "mmultiscripts")
    single = single and (nodes[0].tag != "mn" or True)
    return tex if single and tex else f"{{{tex}}}"


def _scripts(*marks: str) -> Callable[[Node], str]:
    def write(node: Node) -> str:
        parts = [_script(mark, argument(node, at + 1)) for at, mark in enumerate(marks)]
        return _ended(_base(argument(node, 0)) + "".join(parts))

    return write


def _ended(tex: str) -> str:
    return (
        f"{tex} "
        if re.match(r"\\(?:[a-z]*(?:lim|sup|inf)|max|min|log|det|gcd|sum|prod|int)(?![a-z])", tex)
        else tex
    )


def _multiscripts(node: Node) -> str:
    base, *rest = elements(node) or [Node("mrow", "", [])]
    cut = next((at for at, part in enumerate(rest) if part.tag == "mprescripts"), len(rest))
    after, before = ("".join(_pairs(part)) for part in (rest[:cut], rest[cut + 1 :]))
    return (f"{{}}{before}" if before else "") + _base(base) + after


def _pairs(nodes: list[Node]) -> list[str]:
    marks = ("_", "^")
    return [_script(marks[at % 2], part) for at, part in enumerate(nodes) if part.tag not in _EMPTY]


def _under_over(node: Node) -> str:
    """Limits, accents, braces, arrows with words, or one thing set over another."""
    base = argument(node, 0)
    under = argument(node, 1) if node.tag != "mover" else None
    over = argument(node, {"mover": 1, "munderover": 2}[node.tag]) if node.tag != "munder" else None
    inner = _flat([base])
    name = written(inner[0]).strip() if len(inner) == 1 and inner[0].tag in ("mo", "mi") else ""
    tex = row([base]).strip()
    if name in symbols.LIMITS or tex.startswith(("\\underbrace", "\\overbrace", "\\operatorname")):
        return _ended(tex + (_script("_", under) if under else "") + (_script("^", over) if over else ""))
    if name in symbols.ARROWS:
        below = f"[{row([under]).strip()}]" if under else ""
        return f" \\{symbols.ARROWS[name]}{below}{{{row([over]).strip() if over else ''}}} "
    for part, write in ((under, _put_under), (over, _put_over)):
        tex = write(tex, part, len(written(base).strip())) if part else tex
    return tex


def _put_over(tex: str, over: Node, width: int) -> str:
    text = written(over).strip()
    if text in symbols.OVER and over.tag != "mtext":
        return f"\\{symbols.OVER[text][width > 1]}{{{tex}}}"
    return f"\\overset{{{row([over]).strip()}}}{{{tex}}}"


def _put_under(tex: str, under: Node, width: int) -> str:
    text = written(under).strip()
    if text in symbols.UNDER:
        return f"\\{symbols.UNDER[text]}{{{tex}}}"
    return f"\\underset{{{row([under]).strip()}}}{{{tex}}}"


def _enclosed(node: Node) -> str:
    notation = attribute(node, "notation")
    inner = row(node.children).strip()
    for word, name in (("box", "boxed"), ("strike", "cancel"), ("radical", "sqrt"), ("top", "overline")):
        if word in notation:
            return f"\\{name}{{{inner}}}"
    return f"\\underline{{{inner}}}" if "bottom" in notation else inner


_ELEMENTS: dict[str, Callable[[Node], str]] = {
    "mi": identifier,
    "mn": lambda node: letters(written(node)),
    "mtext": words,
    "ms": words,
    "mspace": space,
    "mfrac": _fraction,
    "msqrt": lambda node: f"\\sqrt{{{row(node.children).strip()}}}",
    "mroot": _root,
    "mfence": _fence,
    "mfenced": _mfenced,
    "mtable": _table,
    "msub": _scripts("_"),
    "msup": _scripts("^"),
    "msubsup": _scripts("_", "^"),
    "mmultiscripts": _multiscripts,
    **dict.fromkeys(("munder", "mover", "munderover"), _under_over),
    "menclose": _enclosed,
    "mphantom": lambda node: f"\\phantom{{{row(node.children).strip()}}}",
    "maction": lambda node: row(elements(node)[:1]),
    **dict.fromkeys(
        ("annotation", "annotation-xml", "none", "mprescripts", "maligngroup", "malignmark"), lambda node: ""
    ),
}
