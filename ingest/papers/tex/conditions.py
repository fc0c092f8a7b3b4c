"""TeX's conditions, as far as they hang on words, and names that are put together."""

import re

from winnow.ingest.papers.tex.lexer import Lexer, write
from winnow.ingest.papers.tex.stream import Stream

_NUMBER = re.compile(r"\s*(-?\d+)\s*([<>=])\s*(-?\d+)")
_TEX_IFS = """if ifcat ifx ifnum ifdim ifodd ifvmode ifhmode ifmmode ifinner ifvoid ifhbox ifvbox ifeof ifcase
ifdefined ifcsname iffontchar iftrue iffalse ifpdf ifPDFTeX ifpdftex ifxetex ifXeTeX ifluatex ifLuaTeX ifpTeX
ifetex ifvtex ifhevea ifisopt unless"""
IFS = frozenset("\\" + name for name in _TEX_IFS.split())
_TRUE = frozenset(("\\iftrue", "\\ifpdf", "\\ifPDFTeX", "\\ifpdftex", "\\ifetex", "\\ifvmode"))


def run_newif(stream: Stream) -> None:
    name = (stream.skip_space() or "").removeprefix("\\if")
    if not name or name.startswith("\\"):
        return
    stream.switches.setdefault(name, False)
    stream.primitives[f"\\{name}true"] = lambda stream: stream.switches.update({name: True})
    stream.primitives[f"\\{name}false"] = lambda stream: stream.switches.update({name: False})
    stream.primitives[f"\\if{name}"] = lambda stream: branch(stream, stream.switches[name])


def run_condition(name: str, stream: Stream) -> None:
    if name == "\\ifx":
        first, second = stream.skip_space() or "", stream.skip_space() or ""
        return branch(stream, _mean(stream, first) == _mean(stream, second))
    if name == "\\ifdefined":
        return branch(stream, (stream.skip_space() or "") in stream.macros)
    if name == "\\ifmmode":
        return branch(stream, stream.math)
    if name in ("\\ifnum", "\\ifdim", "\\ifodd", "\\ifcase"):
        return branch(stream, _compare(stream))
    return branch(stream, name in _TRUE)


def _mean(stream: Stream, token: str) -> object:
    macro = stream.macros.get(token)
    return (macro.spec, tuple(macro.body)) if macro else token


def _compare(stream: Stream) -> bool:
    """Whether two plain numbers stand as the condition says; of counters nothing is known, which is no."""
    first = stream.pull() or ""
    while first.startswith("\\") and first in stream.macros and len(stream.macros[first].body) == 1:
        first = stream.macros[first].body[0]
    if first[:1] == "\\":
        rest = stream.pull() or ""
        if not rest.startswith("\\"):
            left = re.sub(r"^\s*[<>=]?\s*-?[\d.]*(?:pt|cm|em|mm|in)?\s?", "", rest, count=1)
            stream.push([left] if left else [])
        return False
    found = _NUMBER.match(first)
    if not found:
        return False
    stream.push([first[found.end() :].lstrip(" ")] if first[found.end() :].strip(" ") else [])
    one, other = int(found[1][:18]), int(found[3][:18])
    return one < other if found[2] == "<" else one > other if found[2] == ">" else one == other


def branch(stream: Stream, holds: bool) -> None:
    if not holds:
        skip(stream, to_else=True)


def skip(stream: Stream, *, to_else: bool) -> None:
    """Leave out tokens up to `\\fi`, or to `\\else`; nothing where neither comes."""
    skipped: list[str] = []
    depth = 0
    while (token := stream.pull()) is not None:
        skipped.append(token)
        if token in IFS or (token.startswith("\\if") and token[3:] in stream.switches):
            depth += token != "\\unless"
        elif token == "\\fi":
            if not depth:
                return
            depth -= 1
        elif token in ("\\else", "\\or") and not depth and to_else:
            return
    stream.push(skipped)


def run_if_then(stream: Stream) -> None:
    """ifthen's `\\ifthenelse{condition}{then}{else}`: equality of words and switches are known."""
    condition, then, other = (stream.read_argument() for _ in range(3))
    said = write(condition)
    equal = re.fullmatch(r"\s*\\equal\s*\{(.*?)\}\s*\{(.*?)\}\s*", said, re.DOTALL)
    switch = re.fullmatch(r"\s*(\\not\s*)?\\boolean\s*\{(\w+)\}\s*", said)
    holds = bool(equal and equal[1].strip() == equal[2].strip())
    if switch:
        holds = stream.switches.get(switch[2], False) != bool(switch[1])
    stream.push(then if holds else other)


def run_set_boolean(stream: Stream) -> None:
    name, value = stream.read_name(), stream.read_name()
    stream.switches[name] = value == "true"


def run_if_value(stream: Stream, wanted: str) -> None:
    """xparse's `\\IfNoValueTF`, `\\IfBooleanTF`: whether an argument is this mark."""
    value, then, other = (stream.read_argument() for _ in range(3))
    stream.push(then if value == [wanted] else other)


def run_if_next(stream: Stream) -> None:
    """LaTeX's `\\@ifnextchar c{then}{else}`."""
    wanted = (stream.read_argument() or [""])[0]
    then, other = stream.read_argument(), stream.read_argument()
    token = stream.skip_space()
    stream.push([token] if token is not None else [])
    stream.push(then if token is not None and token.startswith(wanted) else other)


def run_if_star(stream: Stream) -> None:
    then, other = stream.read_argument(), stream.read_argument()
    stream.push(then if stream.read_star() else other)


def run_csname(stream: Stream) -> None:
    name: list[str] = []
    while (token := stream.next()) is not None and token != "\\endcsname" and len(name) < 100:
        name.append(token)
    stream.push(["\\" + "".join(name).strip()])


def run_name_use(stream: Stream) -> None:
    stream.push(["\\" + stream.read_name()])


def run_expandafter(stream: Stream) -> None:
    """What stands behind the next token is expanded first, where it is `\\csname`."""
    token, after = stream.pull(), stream.pull()
    if after == "\\csname":
        run_csname(stream)
    elif after is not None:
        stream.push([after])
    if token is not None:
        stream.push([token])


def set_letter_at(stream: Stream, letter: bool) -> None:
    for source in reversed(stream.stack):
        if isinstance(source, Lexer):
            source.letter_at = letter
            return
