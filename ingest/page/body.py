"""The text of a post's HTML: fences around code, marks of headings and quotes, all else as of pages."""

import re

import numpy as np
import pyarrow as pa
from resiliparse.parse.html import HTMLTree

from winnow.ingest.latex.formulas import rewrite
from winnow.ingest.page.blocks import markup_of, scan
from winnow.ingest.page.nesting import measure_nesting
from winnow.ingest.page.render import render

# None of these may look on from a tag that is never closed: a hostile page has a million of them.
_PRE = re.compile(r"<pre\b([^<>]*)>(.*?)</pre\s{0,9}>", re.I | re.S)
_PRE_ENDS = re.compile(r"</pre\s{0,9}>", re.I)
_IN_CODE = re.compile(r"\s{0,99}<code\b[^<>]*>\n?", re.I)
_LANGUAGE = re.compile(r"\blang(?:uage)?-([\w+#.-]+)", re.I)
_CODE = re.compile(r"<code>([^<\n]+)</code>", re.I)
_HEADING = re.compile(r"<h([1-6])\b[^<>]*>", re.I)
_QUOTE = re.compile(r"<(?P<close>/?)blockquote\b[^<>]*>|<p\b[^<>]*>|<br\s*/?>", re.I)
_BLOCK = re.compile(r"\s*<(?:p|div|pre|ul|ol|h\d|table|blockquote)\b", re.I)
_POWER = re.compile(r"(?<=[\w)\]])<sup>(?=-?\w+</sup>)", re.I)
_MAX_QUOTES = 5
_MAX_DEPTH, _MAX_WALK, _MAX_ATTRIBUTES, _BYTES_PER_CLONE, _FEW_CLONES = 1_000, 30_000_000, 1_000, 2, 1_000


class TooTangled(ValueError):
    """An HTML parser would take longer over it than it is worth."""


def read_body(html: str) -> str:
    """Text of a piece of HTML as Markdown-like text; raises TooTangled.

    Code blocks stand in fences (with their language where a class names it), their lines and indentation as
    they are, code in a line in backticks; headings behind `#`, quotes behind `>`, list items behind `-` or
    their number, cells of a row between ` | `, formulas in LaTeX. Bold, links' addresses, and pictures go.
    """
    _check(html)
    marked = _mark_quotes(html) if "<blockquote" in html else html
    marked = _POWER.sub("<sup>^", marked)
    marked = _HEADING.sub(lambda tag: f"{tag[0]}{'#' * int(tag[1])} ", marked)
    pieces, at = [], 0
    ends = max((end.end() for end in _PRE_ENDS.finditer(marked)), default=0)
    for block in _PRE.finditer(marked, 0, ends):
        pieces += [_CODE.sub(r"<code>`\1`</code>", marked[at : block.start()]), _fence(block)]
        at = block.end()
    pieces.append(_CODE.sub(r"<code>`\1`</code>", marked[at:]))
    written = markup_of(HTMLTree.parse("".join(pieces)))
    page = scan(written)
    page = scan(rewrite(written)) if page.formulas else page
    return render(page, np.ones(len(page.blocks), np.bool_))


def _check(html: str) -> None:
    """As `ingest.html` refuses pages."""
    found = measure_nesting(pa.array([html], pa.large_string()))
    clones = int(found.clones[0])
    tangled = clones > _FEW_CLONES and clones * _BYTES_PER_CLONE > len(html)
    if found.depth[0] > _MAX_DEPTH or found.walk[0] > _MAX_WALK or found.attributes[0] > _MAX_ATTRIBUTES:
        raise TooTangled("its HTML nests too deep or has a tag of too many attributes")
    if tangled:
        raise TooTangled(f"its HTML leaves elements open that make {clones} others")


def _fence(block: re.Match[str]) -> str:
    """A code block within its fence, which is longer than any in the code."""
    code, inner = block[2], _IN_CODE.match(block[2])
    if inner:
        code = code[inner.end() :].rstrip()
        code = code[: -len("</code>")] if code.lower().endswith("</code>") else code
    code = code.strip("\r\n") if inner else code.strip("\r\n").rstrip()
    longest = max((len(run) for run in re.findall(r"^ *(`{3,})", code, re.M)), default=2)
    fence = "`" * (longest + 1)
    language = _LANGUAGE.search(block[1])
    name = language[1] if language and language[1] != "none" else ""
    return f"<pre>\n{fence}{name}\n{code}\n{fence}</pre>"


def _mark_quotes(html: str) -> str:
    """The HTML with `>` at the beginning of each paragraph and line within a quote."""
    out, at, depth = [], 0, 0
    for tag in _QUOTE.finditer(html):
        out.append(html[at : tag.end()])
        at = tag.end()
        if tag["close"] is not None:
            depth = max(0, depth - 1) if tag["close"] else depth + 1
            begins = not tag["close"] and not _BLOCK.match(html, at)  # its text, without a paragraph
        else:
            begins = True
        if begins and depth:
            out.append("&gt; " * min(depth, _MAX_QUOTES))
    return "".join(out) + html[at:]
