"""Presentation MathML (W3C MathML 3, chapter 3) in LaTeX.

There are libraries for the other way; those for this way lose fences, functions and binomials, or take an
XSLT engine and 80 ms a formula.
"""

import html
import re

from ingest.glyphs import Node
from ingest.tex import row

_MAX_LENGTH = 200_000
_MAX_DEPTH = 60

_TAG = r"<(/?)([a-zA-Z][\w:.-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>"
_TOKEN = re.compile(rf"<!--.*?-->|{_TAG}|([^<]+|<)", re.DOTALL)
_TEX = re.compile(r"<annotation\b[^>]*encoding\s*=[^>]*tex[^>]*>(.*?)</annotation", re.DOTALL | re.IGNORECASE)
_ALTTEXT = re.compile(r"<math\b[^>]*\balttext\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_STYLED = re.compile(r"\{\\(?:displaystyle|textstyle)(?![a-zA-Z])\s*(.*)\}", re.DOTALL)


def latex(mathml: str) -> str:
    """LaTeX of a `<math>` element as HTML writes it, without dollar signs.

    What the page itself gives as TeX (an `annotation`, or `alttext` with TeX in it) is taken as it stands.
    Unknown elements count for their children, content markup is not read. Very long or damaged input gives
    what can be made of it, never an error; above 200,000 characters the empty string.
    """
    if len(mathml) > _MAX_LENGTH:
        return ""
    return _given(mathml) or row(_parse(mathml).children).strip()


def _given(mathml: str) -> str:
    """TeX that stands in the element."""
    if found := _TEX.search(mathml):
        return _unstyled(html.unescape(re.sub(r"^<!\[CDATA\[|\]\]>$", "", found[1].strip())))
    found = _ALTTEXT.search(mathml)
    text = html.unescape(found[1] or found[2] or "") if found else ""
    return _unstyled(text) if re.search(r"[\\^_]", text) else ""


def _unstyled(tex: str) -> str:
    found = _STYLED.fullmatch(tex.strip())
    return (found[1] if found else tex).strip()


def _parse(mathml: str) -> Node:
    """The tree. What nests deeper than `_MAX_DEPTH` hangs on the last node; end tags may be missing."""
    root = Node("mrow", "", [])
    path = [root]
    beyond = 0
    for token in _TOKEN.finditer(mathml):
        closing, tag, attributes, empty, text = token.groups()
        if text:
            path[-1].children.append(Node("", "", [], html.unescape(text)))
        elif tag and not closing:
            node = Node(tag.lower().rpartition(":")[2], attributes, [])
            if len(path) > _MAX_DEPTH:
                beyond += not empty
            else:
                path[-1].children.append(node)
                if not empty:
                    path.append(node)
        elif tag and beyond:
            beyond -= 1
        elif tag:
            name = tag.lower().rpartition(":")[2]
            at = next((i for i in range(len(path) - 1, 0, -1) if path[i].tag == name), 0)
            del path[at or len(path) :]
    return root
