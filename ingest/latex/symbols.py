"""LaTeX for the characters of mathematics (amsmath and amssymb names): the tables of `symbols.toml`."""

import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

_TABLE = tomllib.loads((Path(__file__).parent / "symbols.toml").read_text("utf-8"))


def _pair(name: str) -> dict[str, str]:
    words = _TABLE[name].split()
    return dict(zip(words[::2], words[1::2], strict=True))


FUNCTIONS, LIMITS = frozenset(_TABLE["functions"].split()), frozenset(_TABLE["limits"].split())
RELATIONS, BINARY, _OTHERS = _pair("relations"), _pair("binary"), _pair("others")
_OTHERS |= dict.fromkeys("\u2061\u2062\u2063\u2064\u200a\u200b\ufeff\u00ad", "")  # invisible
_OTHERS |= {"\u00a0": r"\ ", "\u2003": r"\quad", "\u2009": r"\,", "\u2005": r"\:", "\u2004": r"\;"}
_CAPITALS, _ALPHABETS = _TABLE["capitals"].split(), _pair("alphabets")
VARIANTS = _ALPHABETS | _pair("variants")
OVER = {mark: names for marks, *names in map(str.split, _TABLE["over"].splitlines()) for mark in marks}
UNDER = dict.fromkeys("_¯ˉ‾―\u0331\u0332", "underline") | _pair("under")
ARROWS, OPENING, CLOSING, MATRICES = map(_pair, ("arrows", "opening", "closing", "matrices"))


@lru_cache(4_096)
def find_command(letter: str) -> str:
    """LaTeX for one character: a command, the character itself, or a letter of another alphabet."""
    for table in (RELATIONS, BINARY, _OTHERS):
        if letter in table:
            return table[letter]
    return letter if letter.isascii() else _spell(letter)


def _spell(letter: str) -> str:
    """By its Unicode name: Greek letters, and the mathematical alphabets."""
    words = unicodedata.name(letter, "").lower().split()
    if words[:1] == ["greek"] and words[-2:-1] == ["letter"]:
        return _spell_greek(words[-1].replace("lamda", "lambda"), capital="capital" in words, letter=letter)
    plain = unicodedata.normalize("NFKC", letter)
    if plain == letter or len(plain) != 1:
        return letter
    wraps = [_ALPHABETS[word] for word in words if word in _ALPHABETS]
    wrap = wraps[0] if wraps and words[0] in ("mathematical", *_ALPHABETS) else ""
    inner = find_command(plain)
    wrap = "boldsymbol" if wrap == "mathbf" and inner.startswith("\\") else wrap
    return f"\\{wrap}{{{inner}}}" if wrap else inner


def _spell_greek(name: str, *, capital: bool, letter: str) -> str:
    if name == "omicron":
        return "O" if capital else "o"
    if not capital:
        return f"\\{name}"
    return f"\\{name.capitalize()}" if name in _CAPITALS else unicodedata.normalize("NFKC", letter)
