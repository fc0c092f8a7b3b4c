"""Formulas of a paper, whole: LaTeX between `$` and `$$`, with the paper's own macros expanded."""

import re
from collections.abc import Callable

from winnow.ingest.papers.tex.lexer import PAR, write
from winnow.ingest.papers.tex.page import Page, add_block, flush
from winnow.ingest.papers.tex.stream import Stream

_MAX_TOKENS = 100_000
_SPACES = re.compile(r"\s+")
_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "$": "$", "$$": "$$"}
_NO_WRAP = ("equation", "displaymath", "math", "dmath", "dgroup")
_FORM = {"alignat": "m", "xalignat": "m", "xxalignat": "m", "IEEEeqnarray": "om", "empheq": "om"}


def read_ensured(page: Page) -> None:
    """`\\ensuremath` in text."""
    page.stream.push(["$", *page.stream.read_argument(), "$"])


def read_between(page: Page, opener: str, *, shown: bool) -> None:
    """A formula between its marks; `$$` is an empty one where a paragraph has no other."""
    closer = _CLOSERS[opener]
    tokens, closed = collect(page.stream, lambda token: token == closer, whole=shown, split=closer == "$")
    if not closed:  # no formula: what was read is text
        page.parts.append("\\$" if opener[0] == "$" else "")
        page.stream.push(tokens)
        return
    put(page, tidy(tokens), shown=shown)


def read_environment(page: Page, name: str) -> None:
    """`\\begin{align}` and its kin, up to their `\\end`."""
    stream = page.stream
    star = name.endswith("*")
    plain = name.rstrip("*")
    given: list[str] = []
    for kind in _FORM.get(plain, ""):
        argument = stream.read_argument() if kind == "m" else stream.read_optional()
        given += ["{", *(argument or ()), "}"] if kind == "m" and plain != "empheq" else []
    tokens, _ = collect(stream, lambda token: False, end=name)
    tex = tidy(tokens)
    if plain == "math":
        put(page, tex, shown=False)
    elif plain in _NO_WRAP:
        put(page, tex, shown=True)
    else:
        kind = "align" if plain == "empheq" else plain
        mark = "*" if star else ""
        put(page, f"\\begin{{{kind}{mark}}}{write(given)} {tex} \\end{{{kind}{mark}}}", shown=True)


def put(page: Page, tex: str, *, shown: bool) -> None:
    if not tex:
        return
    page.formulas += 1
    if not shown or page.row is not None:
        page.parts.append(f"${tex}$")
        return
    held, page.footnotes = page.footnotes, []  # a note stands behind the paragraph that goes on
    flush(page)
    add_block(page, f"$${tex}$$")
    page.footnotes = held


def tidy(tokens: list[str]) -> str:
    return _SPACES.sub(" ", write(token for token in tokens if token != PAR)).strip()


def collect(
    stream: Stream, closes: Callable[[str], bool], *, end: str = "", whole: bool = False, split: bool = False
) -> tuple[list[str], bool]:
    """Tokens of a formula, and whether it came to its end; `end`: the environment that it is."""
    held, stream.math = stream.math, True
    out: list[str] = []
    try:
        return out, _collect(stream, closes, out, end, whole, split)
    finally:
        stream.math = held


def _collect(
    stream: Stream, closes: Callable[[str], bool], out: list[str], end: str, whole: bool, split: bool
) -> bool:
    depth, opened = 0, 0
    while (token := stream.next()) is not None and len(out) < _MAX_TOKENS:
        if token == "\\end":
            size = len(out)
            over = _end(stream, out, end, opened)
            if over is not None:
                return over
            opened -= len(out) > size
            continue
        if token == "\\begin":
            opened += _open(stream, out)
            continue
        depth += (token == "{") - (token == "}")
        if depth <= 0 and token != "}" and closes(token):
            return True
        if depth <= 0 and split and token == "$$":
            stream.push(["$"])
            return True
        if token == PAR and not whole and not end:
            stream.push([token])
            return False
        if not _replace(stream, token):
            out.append(token)
    return bool(end)


def _end(stream: Stream, out: list[str], end: str, opened: int) -> bool | None:
    """Whether the formula is over (False: it was none), None where it goes on."""
    name = stream.read_name()
    if name == end and not opened:
        return True
    if found := stream.begins.get(name):
        stream.push(found[1])
        return None
    if not end and not opened:
        stream.push(["\\end", "{", name, "}"])
        return False
    out += ["\\end", "{", name, "}"]
    return None


def _open(stream: Stream, out: list[str]) -> int:
    name = stream.read_name()
    if found := stream.begins.get(name):
        stream.expand(f"\\begin{{{name}}}", found[0])
        return 0
    out += ["\\begin", "{", name, "}"]
    return 1


def _replace(stream: Stream, token: str) -> bool:
    """What is no mathematics but stands in formulas."""
    if token == "\\ensuremath":
        stream.push(["{", *stream.read_argument(), "}"])
    elif token not in ("\\xspace", "\\displaylimits@"):
        return False
    return True
