"""What a paper defines: macros, environments, operators, theorems, switches; and the conditions it sets."""

import re
from collections.abc import Sequence
from functools import partial

from ingest.tex.lexer import PAR, Lexer, write
from ingest.tex.stream import NO_VALUE, Frozen, Macro, Stream

_NUMBER = re.compile(r"\s*(-?\d+)\s*([<>=])\s*(-?\d+)")
_TEX_IFS = """if ifcat ifx ifnum ifdim ifodd ifvmode ifhmode ifmmode ifinner ifvoid ifhbox ifvbox ifeof ifcase
ifdefined ifcsname iffontchar iftrue iffalse ifpdf ifPDFTeX ifpdftex ifxetex ifXeTeX ifluatex ifLuaTeX ifpTeX
ifetex ifvtex ifhevea ifisopt unless"""
IFS = frozenset("\\" + name for name in _TEX_IFS.split())
_TRUE = frozenset(("\\iftrue", "\\ifpdf", "\\ifPDFTeX", "\\ifpdftex", "\\ifetex", "\\ifvmode"))
_NO_ARGUMENTS: tuple[()] = ()


def may_define(stream: Stream, name: str) -> bool:
    """Whether a paper may give the name a meaning of its own: what stands for structure keeps ours."""
    if name in stream.protected or not name.startswith("\\"):
        return False
    return not stream.style or name not in stream.macros


def define(stream: Stream, name: str, macro: Macro) -> None:
    if may_define(stream, name):
        stream.macros[name] = macro


def count_arguments(
    count: Sequence[str], default: Sequence[str] | None
) -> tuple[tuple[str, Sequence[str]], ...]:
    said = "".join(count).strip()
    number = min(int(said), 9) if said.isascii() and said.isdigit() else 0
    first: list[tuple[str, Sequence[str]]] = [("o", default)] if default is not None and number else []
    return (*first, *[("m", _NO_ARGUMENTS)] * (number - len(first)))


def read_defined(stream: Stream) -> str:
    """The control word that is defined, in braces or not."""
    found = [token for token in stream.read_argument() if not token.isspace()]
    return found[0] if found else ""


def run_newcommand(stream: Stream) -> None:
    stream.read_star()
    name = read_defined(stream)
    count = stream.read_optional()
    default = stream.read_optional() if count is not None else None
    body = stream.read_argument()
    define(stream, name, Macro(count_arguments(count or (), default), body))


def run_providecommand(stream: Stream) -> None:
    held = dict(stream.macros)
    run_newcommand(stream)
    stream.macros |= held


def run_def(stream: Stream) -> None:
    """`\\def\\name#1 and #2{body}`; `\\edef` is taken for it."""
    name = stream.skip_space() or ""
    spec: list[tuple[str, Sequence[str]]] = []
    between: list[str] = []
    begun = False
    while (token := stream.pull()) is not None and token != "{":
        if token[0] == "#" and len(token) > 1:
            if begun:
                spec.append(("until", between) if "".join(between).strip() else ("m", ()))
            between, begun = [], True
        elif token == PAR:
            return
        else:
            between.append(token)
    if begun:
        spec.append(("until", between) if "".join(between).strip() else ("m", ()))
    body = stream.read_group()
    if not begun and between and not "".join(between).isspace():
        spec = [("until", between)]
        body = [token if token[0] != "#" else "" for token in body]
    define(stream, name, Macro(tuple(spec), [token for token in body if token]))


def run_edef(stream: Stream) -> None:
    """As `\\def`, but what the name meant before is what it means inside."""
    name = stream.skip_space() or ""
    before = stream.macros.get(name)
    stream.push([name])
    run_def(stream)
    after = stream.macros.get(name)
    if after and name in after.body:
        meaning = before.body if before else []
        body = [each for token in after.body for each in (meaning if token == name else [token])]
        stream.macros[name] = after._replace(body=body)


def run_let(stream: Stream) -> None:
    name, other = stream.skip_space() or "", stream.skip_space() or ""
    if other == "=" or (other.startswith("=") and len(other) > 1 and not other.isspace()):
        if len(other) > 1:
            stream.push([other[1:]])
        other = stream.skip_space() or ""
    if other and other[0] not in "\\{}&$^_~#[]" and len(other) > 1:
        stream.push([other[1:]])
        other = other[0]
    if not may_define(stream, name) or not other:
        return
    macro = stream.macros.get(other)
    if macro:
        stream.macros[name] = macro
    elif other == name:
        stream.macros.pop(name, None)
    else:
        stream.macros[name] = Macro(
            (), [Frozen(other) if other[0] == "\\" and other not in stream.primitives else other]
        )


def run_operator(stream: Stream) -> None:
    star = "*" if stream.read_star() else ""
    name = read_defined(stream)
    body = stream.read_argument()
    define(stream, name, Macro((), [Frozen("\\operatorname"), *star, "{", *body, "}"]))


def run_paired(stream: Stream) -> None:
    """mathtools' `\\DeclarePairedDelimiter\\abs{\\lvert}{\\rvert}`."""
    name, left, right = read_defined(stream), stream.read_argument(), stream.read_argument()
    body = [*left, "#2", *right]
    define(stream, name, Macro((("s", ()), ("m", ())), body))


def run_environment(stream: Stream) -> None:
    stream.read_star()
    name = stream.read_name()
    count = stream.read_optional()
    default = stream.read_optional() if count is not None else None
    begin, end = stream.read_argument(), stream.read_argument()
    if f"\\begin{{{name}}}" in stream.protected or (stream.style and name in stream.begins):
        return
    stream.begins[name] = (Macro(count_arguments(count or (), default), begin), end)


def run_document_environment(stream: Stream) -> None:
    name, spec = stream.read_name(), _read_xparse(stream.read_argument())
    begin, end = stream.read_argument(), stream.read_argument()
    if f"\\begin{{{name}}}" not in stream.protected:
        stream.begins[name] = (Macro(spec, begin), end)


def run_document_command(stream: Stream) -> None:
    name, spec = read_defined(stream), _read_xparse(stream.read_argument())
    define(stream, name, Macro(spec, stream.read_argument()))


def _read_xparse(tokens: Sequence[str]) -> tuple[tuple[str, Sequence[str]], ...]:
    inner = Stream({}, frozenset())
    inner.push(tokens)
    spec: list[tuple[str, Sequence[str]]] = []
    while (token := inner.skip_space()) is not None and len(spec) < 9:
        if len(token) > 1 and token[0] != "\\":
            inner.push([token[1:]])
            token = token[0]
        if token == "m":
            spec.append(("m", ()))
        elif token == "o":
            spec.append(("o", (NO_VALUE,)))
        elif token == "O":
            spec.append(("o", inner.read_argument()))
        elif token == "s":
            spec.append(("s", ()))
    return tuple(spec)


def run_theorem(stream: Stream) -> None:
    stream.read_star()
    name = stream.read_name()
    stream.read_optional()
    title = stream.read_argument()
    stream.read_optional()
    stream.theorems.setdefault(name, write(title).strip() or name)


def run_declared_theorem(stream: Stream) -> None:
    """thmtools' `\\declaretheorem[name=Lemma]{lem}`."""
    options = write(stream.read_optional() or ())
    name = stream.read_name()
    options = write(stream.read_optional() or ()) + "," + options
    said = re.search(r"\b(?:name|title)\s*=\s*\{?([^,{}]+)", options)
    stream.theorems.setdefault(name, said[1].strip() if said else name.capitalize())


def run_verbatim(stream: Stream, form: str) -> None:
    """An environment of code, by fancyvrb, listings, minted or tcolorbox; `form`: what stands before its name."""
    for kind in form:
        stream.read_optional() if kind == "o" else stream.read_argument()
    name = stream.read_name()
    rest: list[list[str]] = []
    while (count := stream.read_optional()) is not None and len(rest) < 3:
        rest.append(count)
    token = stream.skip_space()
    stream.push([token] if token is not None else [])
    if token == "{":
        stream.read_argument()
    number = int(said) if rest and (said := "".join(rest[0]).strip()).isdigit() and said.isascii() else 0
    stream.verbatim[name] = ("o" if len(rest) > 1 else "") + "m" * min(number - (len(rest) > 1), 9)


def run_xparse_verbatim(stream: Stream) -> None:
    stream.read_optional()
    name, spec = stream.read_name(), stream.read_argument()
    stream.read_argument()
    stream.verbatim[name] = "".join(letter.lower() for letter in "".join(spec) if letter in "omO")


# ---- conditions --------------------------------------------------------------------------------------------


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
    tokens = [stream.pull() for _ in range(1)]
    first = tokens[0] or ""
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
    left, right = int(found[1][:18]), int(found[3][:18])
    return {"<": left < right, ">": left > right, "=": left == right}[found[2]]


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


def run_if_no_value(stream: Stream) -> None:
    value, then, other = (stream.read_argument() for _ in range(3))
    stream.push(then if value == [NO_VALUE] else other)


def run_if_boolean(stream: Stream) -> None:
    value, then, other = (stream.read_argument() for _ in range(3))
    stream.push(then if value == ["\\BooleanTrue"] else other)


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


# ---- names -------------------------------------------------------------------------------------------------


def run_csname(stream: Stream) -> None:
    name: list[str] = []
    while (token := stream.next()) is not None and token != "\\endcsname" and len(name) < 100:
        name.append(token)
    stream.push(["\\" + "".join(name).strip()])


def run_named_def(stream: Stream) -> None:
    name = "\\" + stream.read_name()
    stream.push([name])
    run_def(stream)


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


PRIMITIVES = {
    **dict.fromkeys(
        ("\\newcommand", "\\renewcommand", "\\DeclareRobustCommand", "\\newrobustcmd"), run_newcommand
    ),
    "\\providecommand": run_providecommand,
    **dict.fromkeys(("\\def", "\\gdef"), run_def),
    **dict.fromkeys(("\\edef", "\\xdef"), run_edef),
    **dict.fromkeys(("\\let", "\\futurelet"), run_let),
    **dict.fromkeys(("\\DeclareMathOperator", "\\DeclareRobustMathOperator"), run_operator),
    "\\DeclarePairedDelimiter": run_paired,
    **dict.fromkeys(("\\newenvironment", "\\renewenvironment"), run_environment),
    **dict.fromkeys(
        ("\\NewDocumentEnvironment", "\\RenewDocumentEnvironment", "\\DeclareDocumentEnvironment"),
        run_document_environment,
    ),
    **dict.fromkeys(
        (
            "\\NewDocumentCommand",
            "\\RenewDocumentCommand",
            "\\DeclareDocumentCommand",
            "\\ProvideDocumentCommand",
            "\\NewExpandableDocumentCommand",
        ),
        run_document_command,
    ),
    **dict.fromkeys(("\\newtheorem", "\\spnewtheorem"), run_theorem),
    "\\declaretheorem": run_declared_theorem,
    "\\lstnewenvironment": partial(run_verbatim, form=""),
    "\\DefineVerbatimEnvironment": partial(run_verbatim, form=""),
    "\\newtcblisting": partial(run_verbatim, form="o"),
    "\\NewTCBListing": run_xparse_verbatim,
    "\\DeclareTCBListing": run_xparse_verbatim,
    "\\newif": run_newif,
    **{name: (lambda stream, name=name: run_condition(name, stream)) for name in IFS - {"\\unless"}},
    "\\else": lambda stream: skip(stream, to_else=False),
    "\\or": lambda stream: skip(stream, to_else=False),
    "\\fi": lambda stream: None,
    "\\ifthenelse": run_if_then,
    **dict.fromkeys(
        ("\\newboolean", "\\provideboolean"),
        lambda stream: stream.switches.setdefault(stream.read_name(), False) and None,
    ),
    **dict.fromkeys(("\\setboolean", "\\settoggle"), run_set_boolean),
    "\\IfNoValueTF": run_if_no_value,
    "\\IfBooleanTF": run_if_boolean,
    "\\@ifnextchar": run_if_next,
    "\\@ifstar": run_if_star,
    "\\csname": run_csname,
    "\\@namedef": run_named_def,
    "\\@nameuse": run_name_use,
    "\\expandafter": run_expandafter,
    **dict.fromkeys(("\\makeatletter",), lambda stream: set_letter_at(stream, True)),
    **dict.fromkeys(("\\makeatother",), lambda stream: set_letter_at(stream, False)),
    **dict.fromkeys(
        ("\\relax", "\\protect", "\\long", "\\global", "\\outer", "\\unexpanded", "\\noexpand", "\\unless"),
        lambda stream: None,
    ),
}
