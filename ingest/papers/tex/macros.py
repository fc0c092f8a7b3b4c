"""What a paper defines: macros, environments, operators, theorems, switches; and the conditions it sets."""

import re
from collections.abc import Sequence
from functools import partial

from winnow.ingest.papers.tex import conditions
from winnow.ingest.papers.tex.lexer import PAR, write
from winnow.ingest.papers.tex.stream import NO_VALUE, Macro, NoExpand, Stream

_NO_ARGUMENTS: tuple[()] = ()
_XPARSE = ("New", "Renew", "Declare")


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
    define(stream, *_read_newcommand(stream))


def run_providecommand(stream: Stream) -> None:
    name, macro = _read_newcommand(stream)
    if name not in stream.macros:
        define(stream, name, macro)


def _read_newcommand(stream: Stream) -> tuple[str, Macro]:
    stream.read_star()
    name = read_defined(stream)
    count = stream.read_optional()
    default = stream.read_optional() if count is not None else None
    return name, Macro(count_arguments(count or (), default), stream.read_argument())


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


def run_named_def(stream: Stream) -> None:
    name = "\\" + stream.read_name()
    stream.push([name])
    run_def(stream)


def run_new_boolean(stream: Stream) -> None:
    stream.switches.setdefault(stream.read_name(), False)


def run_edef(stream: Stream) -> None:
    """As `\\def`, but what the name meant before is what it means inside."""
    name = stream.skip_space() or ""
    before = stream.macros.get(name)
    stream.push([name])
    run_def(stream)
    after = stream.macros.get(name)
    if after and name in after.body:
        meaning = before.body if before else []
        stream.count(after.body.count(name) * len(meaning))
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
            (), [NoExpand(other) if other[0] == "\\" and other not in stream.primitives else other]
        )


def run_operator(stream: Stream) -> None:
    star = "*" if stream.read_star() else ""
    name = read_defined(stream)
    body = stream.read_argument()
    define(stream, name, Macro((), [NoExpand("\\operatorname"), *star, "{", *body, "}"]))


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
        if token in ("m", "s"):
            spec.append((token, ()))
        elif token in ("o", "O"):
            spec.append(("o", (NO_VALUE,) if token == "o" else inner.read_argument()))
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
    """An environment of code, by fancyvrb, listings or tcolorbox; `form`: what stands before its name."""
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
    **{f"\\{kind}DocumentEnvironment": run_document_environment for kind in _XPARSE},
    **{f"\\{kind}DocumentCommand": run_document_command for kind in (*_XPARSE, "Provide", "NewExpandable")},
    **dict.fromkeys(("\\newtheorem", "\\spnewtheorem"), run_theorem),
    "\\declaretheorem": run_declared_theorem,
    **dict.fromkeys(("\\lstnewenvironment", "\\DefineVerbatimEnvironment"), partial(run_verbatim, form="")),
    "\\newtcblisting": partial(run_verbatim, form="o"),
    **dict.fromkeys(("\\NewTCBListing", "\\DeclareTCBListing"), run_xparse_verbatim),
    "\\newif": conditions.run_newif,
    **{
        name: (lambda stream, name=name: conditions.run_condition(name, stream))
        for name in conditions.IFS - {"\\unless"}
    },
    **dict.fromkeys(("\\else", "\\or"), partial(conditions.skip, to_else=False)),
    "\\fi": lambda stream: None,
    "\\ifthenelse": conditions.run_if_then,
    **dict.fromkeys(("\\newboolean", "\\provideboolean"), run_new_boolean),
    **dict.fromkeys(("\\setboolean", "\\settoggle"), conditions.run_set_boolean),
    "\\IfNoValueTF": partial(conditions.run_if_value, wanted=NO_VALUE),
    "\\IfBooleanTF": partial(conditions.run_if_value, wanted="\\BooleanTrue"),
    "\\@ifnextchar": conditions.run_if_next,
    "\\@ifstar": conditions.run_if_star,
    "\\csname": conditions.run_csname,
    "\\@namedef": run_named_def,
    "\\@nameuse": conditions.run_name_use,
    "\\expandafter": conditions.run_expandafter,
    "\\makeatletter": partial(conditions.set_letter_at, letter=True),
    "\\makeatother": partial(conditions.set_letter_at, letter=False),
    **dict.fromkeys(
        ("\\relax", "\\protect", "\\long", "\\global", "\\outer", "\\unexpanded", "\\noexpand", "\\unless"),
        lambda stream: None,
    ),
}
