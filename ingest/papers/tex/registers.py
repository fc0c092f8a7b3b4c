"""TeX's registers, codes and fonts: what is said of them is read, and is no text."""

import re

from winnow.ingest.papers.tex.stream import Primitive, Stream

_VALUE = re.compile(r"\s*+=?\s*-?[\d\"'.]*\s*(?:pt|cm|mm|in|em|ex)?\s?")
_FONT = re.compile(r"\s*+=?\s*[\w\-]+\s*(?:scaled\s*\d*|at\s*[\d.]+\s*pt)?\s?")
_CODES = "catcode lccode uccode mathcode sfcode delcode"
_NEW = "newdimen newcount newskip newbox newtoks newread newwrite newinsert newfam newmuskip"
_GIVEN = "chardef mathchardef countdef dimendef toksdef"


def _leave(stream: Stream, pattern: re.Pattern[str]) -> None:
    token = stream.pull()
    if token is not None and token[0] not in "\\{}$":
        left = token[match.end() :] if (match := pattern.match(token)) else token
        stream.push([left] if left else [])
    elif token is not None:
        stream.push([token])


def run_code(stream: Stream) -> None:
    """`\\catcode`\\@=11`."""
    token = stream.skip_space()
    if token == "`":
        token = stream.pull()
    elif token is not None and token.startswith("`"):
        stream.push([token[2:]] if len(token) > 2 else [])
    _leave(stream, _VALUE)


def run_new(stream: Stream) -> None:
    stream.skip_space()


def run_given(stream: Stream) -> None:
    stream.skip_space()
    _leave(stream, _VALUE)


def run_font(stream: Stream) -> None:
    """`\\font\\name=cmr10 scaled\\magstep1`."""
    stream.skip_space()
    _leave(stream, _FONT)
    token = stream.pull()
    if token is not None and not token.startswith("\\magstep"):
        stream.push([token])
    elif token is not None:
        _leave(stream, _VALUE)


PRIMITIVES: dict[str, Primitive] = {
    **{f"\\{name}": run_code for name in _CODES.split()},
    **{f"\\{name}": run_new for name in _NEW.split()},
    **{f"\\{name}": run_given for name in _GIVEN.split()},
    "\\font": run_font,
}
