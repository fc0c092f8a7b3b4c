"""LaTeX for a tree of presentation MathML: rows, elements, scripts."""

import re
from collections.abc import Callable, Iterator

from winnow.ingest.latex import symbols
from winnow.ingest.latex.tokens import (
    Node,
    get_argument,
    get_attribute,
    join,
    join_all,
    list_elements,
    read_text,
    wants_operand,
    write_identifier,
    write_letters,
    write_operator,
    write_space,
    write_words,
)

_TALL = re.compile(r"\\(?:frac|begin|sum|prod|int|over|under|left|binom|atop|sqrt\[)")
_LIMITED = re.compile(r"\\(?:[a-z]*(?:lim|sup|inf)|max|min|log|det|gcd|sum|prod|int)(?![a-z])")
_GROUPS = frozenset(("mrow", "mstyle", "mpadded", "math", "semantics"))
_EMPTY = ("none", "mprescripts")


# ---- rows --------------------------------------------------------------------------------------------------


def write_row(children: list[Node]) -> str:
    """A row of elements; matrices, cases and binomials are found here, since only the order tells them."""
    nodes = _flatten(children)
    if len(nodes) < 2:
        return _write_one(nodes[0], first=True) if nodes else ""
    return join_all(_write_nodes(nodes))


def _write_nodes(nodes: list[Node]) -> Iterator[str]:
    at, wanted = 0, True  # whether what came before wants an operand
    while at < len(nodes):
        node, taken = nodes[at], 0
        if node.tag != "mo":
            yield _write_one(node)
            wanted = False
        else:
            text = read_text(node).strip()
            tex, taken = _write_fenced(nodes, at, text)
            yield tex if taken else write_operator(text, node, first=wanted)
            last = nodes[at + taken - 1] if taken else node
            wanted = last.tag == "mo" and wants_operand(read_text(last).strip() if taken else text)
        at += taken or 1


def _flatten(children: list[Node]) -> list[Node]:
    """Without white space between elements and without elements that only group."""
    nodes: list[Node] = []
    for child in children:
        if child.tag in _GROUPS:
            inner = _flatten(child.children[:] if child.tag != "semantics" else list_elements(child)[:1])
            nodes.extend(_group(inner))
        elif child.tag or child.text.strip():
            nodes.append(child)
    return nodes


def _group(nodes: list[Node]) -> list[Node]:
    """A row between stretching fences stays one thing."""
    if (
        len(nodes) > 2
        and _stretches(nodes[0], symbols.OPENING)
        and _stretches(nodes[-1], {**symbols.CLOSING, "": ""})
    ):
        return [Node("mfence", "", nodes)]
    return nodes


def _stretches(node: Node, fences: dict[str, str]) -> bool:
    return (
        node.tag == "mo" and read_text(node).strip() in fences and get_attribute(node, "stretchy") != "false"
    )


def _write_fenced(nodes: list[Node], at: int, text: str) -> tuple[str, int]:
    """LaTeX of a table or fraction between fences, the first at `at`, and how many nodes it takes, or 0."""
    inner = nodes[at + 1] if at + 1 < len(nodes) and text in symbols.OPENING else None
    if not inner or inner.tag not in ("mfrac", "mtable"):
        return "", 0
    after = read_text(nodes[at + 2]).strip() if at + 2 < len(nodes) and nodes[at + 2].tag == "mo" else None
    pair = text + (after or "")
    if inner.tag == "mfrac" and pair == "()" and _has_no_line(inner):
        return f"\\binom{_write_argument(inner, 0)}{_write_argument(inner, 1)}", 3
    if inner.tag == "mtable" and pair in symbols.MATRICES:
        return _write_table(inner, symbols.MATRICES[pair]), 3
    if inner.tag == "mtable" and text == "{" and not after:
        return _write_table(inner, "cases"), 2 if after is None else 3
    return "", 0


def _write_argument(node: Node, at: int) -> str:
    return "{" + write_row([get_argument(node, at)]).strip() + "}"


# ---- elements ----------------------------------------------------------------------------------------------


def _write_one(node: Node, *, first: bool = False) -> str:
    if node.tag == "mo":
        return write_operator(read_text(node).strip(), node, first=first)
    return _ELEMENTS.get(node.tag, _write_children)(node)


def _write_children(node: Node) -> str:
    return write_row(node.children) if node.tag else write_letters(node.text)


def _has_no_line(node: Node) -> bool:
    thickness = get_attribute(node, "linethickness")
    return bool(re.fullmatch(r"0*\.?0*[a-z%]*", thickness)) and thickness[:1] == "0"


def _write_fraction(node: Node) -> str:
    top, bottom = _write_argument(node, 0), _write_argument(node, 1)
    if _has_no_line(node):
        return f"{{{top[1:-1]} \\atop {bottom[1:-1]}}}"
    return f"\\frac{top}{bottom}"


def _write_root(node: Node) -> str:
    return f"\\sqrt[{_write_argument(node, 1)[1:-1]}]{_write_argument(node, 0)}"


def _write_fence(node: Node) -> str:
    """A row whose first and last are fences that stretch."""
    opening, closing = (read_text(node.children[at]).strip() for at in (0, -1))
    if len(node.children) == 3 and (tex := _write_fenced(node.children, 0, opening)[0]):
        return tex
    return _put_between(
        symbols.OPENING[opening], write_row(node.children[1:-1]), symbols.CLOSING.get(closing, ".")
    )


def _put_between(opening: str, inner: str, closing: str) -> str:
    if "." in (opening, closing) or _TALL.search(inner):
        return join(join(f"\\left{opening}", inner), f"\\right{closing}")
    return join(join(opening, inner), closing)


def _write_mfenced(node: Node) -> str:
    opening, closing = get_attribute(node, "open") or "(", get_attribute(node, "close") or ")"
    inner = _flatten(node.children)
    if len(inner) == 1 and inner[0].tag == "mtable":
        fences = [_make_operator(opening), inner[0], _make_operator(closing)]
        tex, taken = _write_fenced(fences, 0, opening.strip())
        if taken:
            return tex
    given = "separators" in node.attributes
    separators = get_attribute(node, "separators").replace(" ", "") if given else ","
    out = ""
    for at, part in enumerate(list_elements(node)):
        mark = write_letters(separators[min(at, len(separators)) - 1]) if at and separators else ""
        out = join(join(out, f"{mark} " if mark else ""), write_row([part]).strip())
    opening, closing = (
        fences.get(fence) or write_letters(fence)
        for fence, fences in ((opening, symbols.OPENING), (closing, symbols.CLOSING))
    )
    return _put_between(opening, out, closing)


def _make_operator(text: str) -> Node:
    return Node("mo", "", [Node("", "", [], text)])


def _write_table(node: Node, environment: str = "matrix") -> str:
    rows = [line for line in list_elements(node) if line.tag in ("mtr", "mlabeledtr")]
    cells = [list_elements(line)[line.tag == "mlabeledtr" :] for line in rows]
    if environment == "matrix" and "right left" in get_attribute(node, "columnalign"):
        environment = "aligned"
    lines = [
        " & ".join(write_row(cell.children or [Node("", "", [], cell.text)]).strip() for cell in line)
        for line in cells
    ]
    return f"\\begin{{{environment}}}" + r" \\ ".join(lines) + f"\\end{{{environment}}}"


# ---- scripts -----------------------------------------------------------------------------------------------


def _write_script(mark: str, node: Node) -> str:
    tex = write_row([node]).strip()
    if mark == "^" and tex and not tex.strip("'"):
        return tex
    if not tex:
        return ""
    return mark + (tex if len(tex) == 1 and tex != "'" else f"{{{tex}}}")


def _write_base(node: Node) -> str:
    """The base of scripts, in braces unless it is one thing for TeX too."""
    tex = write_row([node]).strip()
    nodes = _flatten([node])
    single = len(nodes) == 1 and nodes[0].tag not in ("msub", "msup", "msubsup", "mfrac", "mmultiscripts")
    return tex if single and tex else f"{{{tex}}}"


def _make_scripts(*marks: str) -> Callable[[Node], str]:
    def write(node: Node) -> str:
        if not (elements := list_elements(node)):
            return "{}"
        base, *scripts = elements
        parts = [_write_script(mark, script) for mark, script in zip(marks, scripts, strict=False)]
        return _end_command(_write_base(base) + "".join(parts))

    return write


def _end_command(tex: str) -> str:
    return f"{tex} " if _LIMITED.match(tex) else tex


def _write_multiscripts(node: Node) -> str:
    base, *rest = list_elements(node) or [Node("mrow", "", [])]
    cut = next((at for at, part in enumerate(rest) if part.tag == "mprescripts"), len(rest))
    after, before = ("".join(_write_pairs(part)) for part in (rest[:cut], rest[cut + 1 :]))
    return (f"{{}}{before}" if before else "") + _write_base(base) + after


def _write_pairs(nodes: list[Node]) -> list[str]:
    marks = ("_", "^")
    return [_write_script(marks[at % 2], part) for at, part in enumerate(nodes) if part.tag not in _EMPTY]


def _write_under_over(node: Node) -> str:
    """Limits, accents, braces, arrows with words, or one thing set over another."""
    base = get_argument(node, 0)
    under = get_argument(node, 1) if node.tag != "mover" else None
    over = get_argument(node, {"mover": 1, "munderover": 2}[node.tag]) if node.tag != "munder" else None
    inner = _flatten([base])
    name = read_text(inner[0]).strip() if len(inner) == 1 and inner[0].tag in ("mo", "mi") else ""
    tex = write_row([base]).strip()
    if name in symbols.LIMITS or tex.startswith(("\\underbrace", "\\overbrace", "\\operatorname")):
        return _end_command(
            tex + (_write_script("_", under) if under else "") + (_write_script("^", over) if over else "")
        )
    if name in symbols.ARROWS:
        below = f"[{write_row([under]).strip()}]" if under else ""
        return f" \\{symbols.ARROWS[name]}{below}{{{write_row([over]).strip() if over else ''}}} "
    for part, write in ((under, _put_under), (over, _put_over)):
        tex = write(tex, part, len(read_text(base).strip())) if part else tex
    return tex


def _put_over(tex: str, over: Node, width: int) -> str:
    text = read_text(over).strip()
    if text in symbols.OVER and over.tag != "mtext":
        return f"\\{symbols.OVER[text][width > 1]}{{{tex}}}"
    return f"\\overset{{{write_row([over]).strip()}}}{{{tex}}}"


def _put_under(tex: str, under: Node, width: int) -> str:
    text = read_text(under).strip()
    if text in symbols.UNDER:
        return f"\\{symbols.UNDER[text]}{{{tex}}}"
    return f"\\underset{{{write_row([under]).strip()}}}{{{tex}}}"


def _write_enclosed(node: Node) -> str:
    notation = get_attribute(node, "notation")
    inner = write_row(node.children).strip()
    for word, name in (("box", "boxed"), ("strike", "cancel"), ("radical", "sqrt"), ("top", "overline")):
        if word in notation:
            return f"\\{name}{{{inner}}}"
    return f"\\underline{{{inner}}}" if "bottom" in notation else inner


_ELEMENTS: dict[str, Callable[[Node], str]] = {
    "mi": write_identifier,
    "mn": lambda node: write_letters(read_text(node)),
    "mtext": write_words,
    "ms": write_words,
    "mspace": write_space,
    "mfrac": _write_fraction,
    "msqrt": lambda node: f"\\sqrt{{{write_row(node.children).strip()}}}",
    "mroot": _write_root,
    "mfence": _write_fence,
    "mfenced": _write_mfenced,
    "mtable": _write_table,
    "msub": _make_scripts("_"),
    "msup": _make_scripts("^"),
    "msubsup": _make_scripts("_", "^"),
    "mmultiscripts": _write_multiscripts,
    **dict.fromkeys(("munder", "mover", "munderover"), _write_under_over),
    "menclose": _write_enclosed,
    "mphantom": lambda node: f"\\phantom{{{write_row(node.children).strip()}}}",
    "maction": lambda node: write_row(list_elements(node)[:1]),
    **dict.fromkeys(
        ("annotation", "annotation-xml", "none", "mprescripts", "maligngroup", "malignmark"), lambda node: ""
    ),
}
