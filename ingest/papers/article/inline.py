# ruff: noqa: RUF001  (these characters are meant)
"""The words of a JATS element as one line: marks of style gone, formulas as LaTeX, indices as signs."""

import html
import re
from typing import Any

from lxml import etree

from winnow.ingest.latex.mathml import translate

MAX_DEPTH = 100
_SPACES = re.compile(r"\s+")
_SUPER = dict(zip("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾", strict=True))
_SUB = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
_DOCUMENT = re.compile(r"\\begin\{document\}(.*)\\end\{document\}", re.DOTALL)
_SHELLS = (("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)"), ("$", "$"))
_HIDDEN = frozenset(
    "object-id graphic media inline-graphic alt-text long-desc index-term permissions private-char".split()  # noqa: SIM905
)
Element = Any


class TooDeep(ValueError):
    """Elements nest deeper than any article needs."""


def name(node: Element) -> str:
    """The element's name without its namespace; "" of what is no element."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def words(node: Element | None, depth: int = 0) -> str:
    """The words inside of an element."""
    if node is None:
        return ""
    return _SPACES.sub(" ", _gather(node, depth)).strip()


def _gather(node: Element, depth: int) -> str:
    if depth > MAX_DEPTH:
        raise TooDeep(f"elements nest more than {MAX_DEPTH} deep")
    parts = [node.text or ""]
    for child in node:
        parts.append(_write(child, depth + 1))
        parts.append(child.tail or "")
    return "".join(parts)


def _write(node: Element, depth: int) -> str:
    if isinstance(node, etree._Entity):
        return html.unescape(node.text or "")
    kind = name(node)
    if not kind or kind in _HIDDEN:
        return ""
    if kind in ("inline-formula", "tex-math", "math", "disp-formula"):
        tex = find_formula(node)
        return f"${tex}$" if tex else ("" if kind != "inline-formula" else _gather(node, depth))
    if kind in ("sup", "sub"):
        return _write_index(node, kind, depth)
    if kind == "break":
        return " "
    if kind in ("monospace", "code"):
        inner = words(node, depth)
        return f"`{inner}`" if inner and "`" not in inner else inner
    if kind == "fn":
        return f" ({words(node, depth)})"
    inner = _gather(node, depth)
    return f" {inner} " if kind in ("p", "title", "label", "list-item", "td", "th") else inner


def _write_index(node: Element, kind: str, depth: int) -> str:
    text = words(node, depth)
    if kind == "sup" and node.find("xref") is not None:  # marks of references and notes
        return f" [{text.strip('[]')}]"
    table = _SUPER if kind == "sup" else _SUB
    if text and all(letter in table for letter in text):
        return "".join(table[letter] for letter in text)
    mark = "^" if kind == "sup" else "_"
    return (f"{mark}{text}" if len(text) == 1 else f"{mark}{{{text}}}") if text else ""


def find_formula(node: Element) -> str:
    """LaTeX of a formula: its TeX where it has one, else translated from MathML; "" where it is a picture."""
    for each in node.iter():
        if name(each) == "tex-math":
            return _strip_tex("".join(each.itertext()))
    for each in node.iter():
        if name(each) == "math":
            return translate(etree.tostring(each, encoding="unicode", with_tail=False))
    return ""


def _strip_tex(tex: str) -> str:
    """The formula alone: publishers send a whole document with it."""
    if found := _DOCUMENT.search(tex):
        tex = found[1]
    tex = _SPACES.sub(" ", tex).strip()
    for opening, closing in _SHELLS:
        if tex.startswith(opening) and tex.endswith(closing) and len(tex) >= len(opening) + len(closing):
            return tex[len(opening) : -len(closing)].strip()
    return tex
