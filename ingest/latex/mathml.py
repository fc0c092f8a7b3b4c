"""Presentation MathML (W3C MathML 3, chapter 3) in LaTeX.

There are libraries for the other way; those for this way lose fences, functions and binomials, or take an
XSLT engine and 80 ms a formula.
"""

import html
import re
from functools import lru_cache

from winnow.ingest.latex.layout import write_row
from winnow.ingest.latex.tokens import Node

_MAX_LENGTH = 200_000
_MAX_DEPTH = 60

# In what lexbor writes, `<` and `>` are escaped in attributes; so no pattern reads on past the next tag.
# An identifier, a number or an operator is most often one token: most of a formula are such.
_TOKEN = re.compile(r"<(m[ino])>([^<]+)</\1>|<(/?)([a-zA-Z][\w:.-]*)([^<>]*?)(/?)>|([^<]+|<)")
_SINGLE = re.compile(r"<math[^<>]*>(?:<(m[ino])>)?([^<]*)(?(1)</\1>)</math>")
_ANNOTATION = re.compile(r"<annotation\b([^<>]*)>", re.IGNORECASE)
_ALTTEXT = re.compile(r"<math\b[^<>]*?\salttext\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)
_STYLED = re.compile(r"\{\\(?:displaystyle|textstyle)(?![a-zA-Z])\s*(.*)\}", re.DOTALL)


def translate(mathml: str) -> str:
    """LaTeX of a `<math>` element as HTML writes it, without dollar signs.

    What the page itself gives as TeX (an `annotation`, or `alttext` with TeX in it) is taken as it stands.
    Unknown elements count for their children, content markup is not read. Very long or damaged input gives
    what can be made of it, never an error; above 200,000 characters the empty string.
    """
    if len(mathml) > _MAX_LENGTH:
        return ""
    if "<!--" in mathml:
        first, *others = mathml.split("<!--")
        mathml = first + "".join(part.partition("-->")[2] for part in others)
    return _find_tex(mathml) or write_row(_parse(mathml).children).strip()


def _find_tex(mathml: str) -> str:
    """TeX that stands in the element."""
    names = mathml.lower()
    for found in _ANNOTATION.finditer(mathml) if "<annotation" in names else ():
        if "tex" in found[1].lower():
            text = mathml[found.end() :].partition("</annotation")[0].strip()
            return _strip_style(html.unescape(text.removeprefix("<![CDATA[").removesuffix("]]>")))
    alternative = _ALTTEXT.match(mathml) if "alttext" in names else None
    if not alternative:
        return ""
    text = html.unescape(alternative[1] or alternative[2] or "")
    return _strip_style(text) if re.search(r"[\\^_]", text) else ""


def _strip_style(tex: str) -> str:
    found = _STYLED.fullmatch(tex.strip())
    return (found[1] if found else tex).strip()


def _make_leaf(tag: str, text: str) -> Node:
    return Node(tag, "", [], html.unescape(text))


@lru_cache(1_024)
def _name(tag: str) -> str:
    return tag.lower().rpartition(":")[2]


def _parse(mathml: str) -> Node:
    """The tree. What nests deeper than `_MAX_DEPTH` hangs on the last node; end tags may be missing."""
    root = Node("mrow", "", [])
    if found := _SINGLE.fullmatch(mathml):
        root.children.append(_make_leaf(found[1] or "", found[2]))
        return root
    path = [root]
    beyond = 0
    for leaf, inner, closing, tag, attributes, empty, text in _TOKEN.findall(mathml):
        if leaf:
            path[-1].children.append(_make_leaf("" if len(path) > _MAX_DEPTH else leaf, inner))
        elif text:
            path[-1].children.append(_make_leaf("", text))
        elif tag and not closing:
            node = Node(_name(tag), attributes, [])
            if len(path) > _MAX_DEPTH:
                beyond += not empty
            else:
                path[-1].children.append(node)
                if not empty:
                    path.append(node)
        elif tag and beyond:
            beyond -= 1
        elif tag:
            _close(path, _name(tag))
    return root


def _close(path: list[Node], name: str) -> None:
    """Leave the last element of the name and all in it, if it is open."""
    if path[-1].tag == name and len(path) > 1:
        path.pop()
        return
    at = next((i for i in range(len(path) - 1, 0, -1) if path[i].tag == name), 0)
    del path[at or len(path) :]
