"""The leaves of presentation MathML in LaTeX: identifiers, numbers, operators, words, spaces."""

import html
import re
from collections.abc import Iterable
from typing import NamedTuple

from winnow.ingest.latex import symbols

_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_COMMAND = re.compile(r"\\[a-zA-Z]+$")
_RUNS = re.compile(r"[^\\{}%#&$_~\x7f-\U0010ffff]+|.", re.DOTALL)  # that stand as they are, or one letter
_TAIL, _LONG = 30, 4_096  # characters: how far `join` looks back, and how many are copied for each part
_SPACES = {"thinmathspace": r"\,", "mediummathspace": r"\:", "thickmathspace": r"\;"}
_SPACES["negativethinmathspace"] = r"\!"
_WIDTHS = ((1.9, r"\qquad "), (0.9, r"\quad "), (0.3, r"\ "), (0.25, r"\;"), (0.2, r"\:"), (0.1, r"\,"))
_UNITS = {"ex": 0.5, "px": 0.06, "pt": 0.1}


class Node(NamedTuple):
    tag: str
    attributes: str
    children: list["Node"]
    text: str = ""


def get_attribute(node: Node, name: str) -> str:
    if name not in node.attributes:
        return ""
    found = {key.lower(): a or b or c for key, a, b, c in _ATTRIBUTE.findall(node.attributes[:1_000])}
    return html.unescape(found.get(name, "")).strip().lower()


def read_text(node: Node) -> str:
    if len(node.children) == 1:
        return read_text(node.children[0])
    return node.text if not node.children else "".join(map(read_text, node.children))


def list_elements(node: Node) -> list[Node]:
    return [child for child in node.children if child.tag]


def get_argument(node: Node, at: int) -> Node:
    found = list_elements(node)
    return found[at] if at < len(found) else Node("mrow", "", [])


def join(left: str, right: str) -> str:
    if not (left and right):
        return left or right
    if right[0] == " " and left[-1] in " ([{":
        right = right.lstrip()
    if left[-1] == " ":
        right = right.lstrip(" ")
    touching = right[:1].isalpha() or right[:1] == "*"
    return f"{left} {right}" if touching and _COMMAND.search(left[-_TAIL:]) else left + right


def join_all(parts: Iterable[str]) -> str:
    """All of them joined, each byte copied a few times at most."""
    done, out = [], ""
    for part in parts:
        out = join(out, part)
        if len(out) > _LONG:
            done.append(out[:-_TAIL])
            out = out[-_TAIL:]
    return "".join([*done, out])


def write_letters(text: str) -> str:
    text = "".join(text.split())
    if text.isascii() and text.isalnum():
        return text
    return join_all(run if len(run) > 1 else symbols.find_command(run) for run in _RUNS.findall(text))


def write_identifier(node: Node) -> str:
    name = "".join(read_text(node).split())
    if name in symbols.FUNCTIONS:
        return f"\\{name} "
    if name == "\u2223":
        return "|"
    tex = write_letters(name)
    variant = symbols.VARIANTS.get(get_attribute(node, "mathvariant"), "mathrm" if len(name) > 1 else "")
    if not variant or (variant == "mathrm" and not (name.isascii() and name.isalpha())):
        return tex
    return f"\\{variant if tex.isalnum() or variant != 'mathbf' else 'boldsymbol'}{{{tex}}}"


def write_operator(text: str, node: Node, *, first: bool) -> str:
    if text in symbols.FUNCTIONS:
        return f"\\{text} "
    if text in symbols.RELATIONS or (
        text in symbols.BINARY and not first and get_attribute(node, "form") != "prefix"
    ):
        return f" {symbols.find_command(text)} "
    if text == ",":
        return ", "
    if len(text) > 1 and text.isalpha():
        return f"\\operatorname{{{text}}}"
    return write_letters(text)


def write_words(node: Node) -> str:
    text = read_text(node)
    if len(text) == 1 and text.isspace():
        return symbols.find_command(text) if text != " " else r"\ "
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"([%#&$_{}])", r"\\\1", text.replace("\\", r"\textbackslash "))
    return f"\\text{{{text}}}" if text.strip() else r"\ " * bool(text)


def write_space(node: Node) -> str:
    if get_attribute(node, "linebreak") == "newline":
        return r" \\ "
    width = get_attribute(node, "width")
    if width in _SPACES:
        return _SPACES[width]
    found = re.fullmatch(r"(-?\d*\.?\d+)(em|ex|px|pt)?", width)
    ems = float(found[1]) * _UNITS.get(found[2] or "em", 1.0) if found else 0.0
    wide = next((gap for least, gap in _WIDTHS if ems >= least), "")
    return r"\!" if ems < -0.1 else wide


def wants_operand(text: str) -> bool:
    """Whether a sign behind this operator is that of a number, not one between two."""
    opens = text != "|" and text in symbols.OPENING
    return opens or text == "," or text in symbols.RELATIONS or text in symbols.BINARY
