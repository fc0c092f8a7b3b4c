"""What the letters of a text layer say of it, whatever its language: counts, scripts, pairs of letters."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TABLE = Path(__file__).with_name("letters.npz")
LEAST_WORDS = 150
LEAST_PAIRS = 120  # fewer say nothing of a page
CHANCE = 8.0  # bits of a letter that stands where none of a language does
# Scripts by their blocks, as NFKD text has them (Hangul is in jamo).
BLOCKS: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
    (
        "Latin",
        (
            (0x41, 0x5A),
            (0x61, 0x7A),
            (0xAA, 0xAA),
            (0xBA, 0xBA),
            (0xC0, 0x24F),
            (0x250, 0x2AF),
            (0x1E00, 0x1EFF),
        ),
    ),
    ("Cyrillic", ((0x400, 0x52F),)),
    ("Greek", ((0x370, 0x3FF), (0x1F00, 0x1FFF))),
    ("Armenian", ((0x530, 0x58F),)),
    ("Hebrew", ((0x5D0, 0x5F4),)),
    ("Arabic", ((0x620, 0x64A), (0x66E, 0x6D3), (0x750, 0x77F))),
    ("Devanagari", ((0x900, 0x97F),)),
    ("Bengali", ((0x980, 0x9FF),)),
    ("Gurmukhi", ((0xA00, 0xA7F),)),
    ("Gujarati", ((0xA80, 0xAFF),)),
    ("Tamil", ((0xB80, 0xBFF),)),
    ("Telugu", ((0xC00, 0xC7F),)),
    ("Kannada", ((0xC80, 0xCFF),)),
    ("Malayalam", ((0xD00, 0xD7F),)),
    ("Thai", ((0xE00, 0xE7F),)),
    ("Georgian", ((0x10A0, 0x10FF),)),
    ("Hangul", ((0x1100, 0x11FF), (0x3131, 0x318E))),
    ("Kana", ((0x3041, 0x30FF), (0x31F0, 0x31FF))),
    ("Han", ((0x3005, 0x3007), (0x3400, 0x9FFF), (0xF900, 0xFAFF))),
)
NAMES = ("", *(name for name, _ in BLOCKS))
UNSPACED = frozenset({NAMES.index(name) for name in ("Hangul", "Kana", "Han", "Thai")})
JUNK, SPACE, DIGIT, LOWER, UPPER, MARK = 1, 2, 4, 8, 16, 32


class Tables(NamedTuple):
    """By code point (beyond the BMP is one entry, 0xFFFF): script, letter within its alphabet, kind."""

    scripts: NDArray[np.uint8]
    symbols: NDArray[np.uint8]
    kinds: NDArray[np.uint8]
    pairs: dict[int, NDArray[np.uint8]]


class Letters(NamedTuple):
    """Figures of a text; shares are of its characters that are not spaces, but where another is named.

    `junk`: U+FFFD, private use, controls and unassigned code points beside a letter or another such (a lone
    one is a bullet). `mixed`: pairs of neighboring letters of two scripts that no language mixes, among pairs
    of letters. `bits`: what a letter costs after the one before it, by its script (languages stand at 3.2 to
    4.6, chance mostly above 6), and how many `pairs` say so. `inner_caps`: capitals after a small letter
    among letters after a small letter. `script` is that of most letters, "" of none.
    """

    characters: int
    letters: int
    digits: int
    junk: float
    mixed: float
    bits: float
    pairs: int
    inner_caps: float
    script: str


def fold(text: str) -> str:
    """Small letters without accents; ligatures and wide forms as letters; Hangul in jamo."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not is_mark(c))


def is_mark(letter: str) -> bool:
    """Accents and vowel points of alphabets, joiners, soft hyphens, and what stretches Arabic words."""
    kind = unicodedata.category(letter)
    return kind == "Cf" or letter == "\u0640" or (kind == "Mn" and letter < "\u0900")


def count(text: str) -> Letters:
    """The figures of a text."""
    tables = load()
    plain = unicodedata.normalize("NFKD", text)
    codes = _encode(plain, tables)
    kinds = tables.kinds[codes]
    scripts = tables.scripts[codes]
    solid = int((kinds & SPACE == 0).sum())
    letters = scripts > 0
    amounts = np.bincount(scripts, minlength=len(NAMES))
    amounts[0] = 0
    main = int(amounts.argmax())
    side = letters[1:] & letters[:-1]
    bits, pairs = _weigh_scripts(tables, _encode(plain.lower(), tables), amounts)
    after = kinds[1:][(kinds[:-1] & LOWER > 0) & side]
    return Letters(
        solid,
        int(amounts.sum()),
        int((kinds & DIGIT > 0).sum()),
        _count_junk(kinds, letters) / max(solid, 1),
        _count_mixed(scripts, side),
        bits,
        pairs,
        float((after & UPPER > 0).sum()) / max(len(after), 1),
        NAMES[main] if amounts[main] else "",
    )


def weigh(text: str, script: str) -> tuple[float, int]:
    """What a letter of that script costs after the one before it, in bits, and how many pairs say so; of a
    script without a table (0.0, 0)."""
    if script not in NAMES[1:]:
        return 0.0, 0
    tables = load()
    codes = _encode(unicodedata.normalize("NFKD", text.lower()), tables)
    return _weigh(tables, codes, NAMES.index(script))


def rate(figures: Letters, bits: float) -> float:
    """Bits a letter, where what is no letter of a language at all counts as chance."""
    strange = min(figures.junk + figures.mixed + figures.inner_caps, 1.0)
    return (1 - strange) * bits + strange * CHANCE


def _encode(text: str, tables: Tables) -> NDArray[np.uint32]:
    codes: NDArray[np.uint32] = np.minimum(
        np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32), 0xFFFF
    )
    plain: NDArray[np.uint32] = codes[tables.kinds[codes] & MARK == 0]
    return plain


def _weigh_scripts(
    tables: Tables, codes: NDArray[np.uint32], amounts: NDArray[np.int64]
) -> tuple[float, int]:
    """Of the scripts with a notable share, the one that stands worst, where pairs enough say so."""
    notable = np.flatnonzero(amounts >= max(0.1 * amounts.sum(), 1))
    found = [_weigh(tables, codes, int(script)) for script in sorted(notable, key=lambda one: -amounts[one])]
    told = [one for one in found if one[1] >= LEAST_PAIRS]
    return max(told) if told else found[0] if found else (0.0, 0)


def _weigh(tables: Tables, codes: NDArray[np.uint32], script: int) -> tuple[float, int]:
    pairs = tables.pairs.get(script)
    if pairs is None:
        return 0.0, 0
    own = tables.scripts[codes] == script
    symbols = np.where(own, tables.symbols[codes], 0)
    inside = np.concatenate(([False], own, [False]))
    symbols = np.concatenate(([0], symbols, [0]))
    # Lone letters (formulas, initials, lists) say nothing of a language.
    lone = inside[1:-1] & ~inside[:-2] & ~inside[2:]
    inside[1:-1] &= ~lone
    symbols[1:-1][lone] = 0
    some = inside[:-1] | inside[1:]
    amount = int(some.sum())
    if not amount:
        return 0.0, 0
    # Syllables keep their jamo in order whatever is mixed up: chance is nearer.
    nearer = 0.3 if NAMES[script] == "Hangul" else 0.0
    return nearer + float(pairs[symbols[:-1][some], symbols[1:][some]].mean()) / 8, amount


def _count_junk(kinds: NDArray[np.uint8], letters: NDArray[np.bool_]) -> int:
    junk = np.concatenate(([False], kinds & JUNK > 0, [False]))
    some = junk | np.concatenate(([False], letters, [False]))
    return int((junk[1:-1] & (some[:-2] | some[2:])).sum())


def _count_mixed(scripts: NDArray[np.uint8], side: NDArray[np.bool_]) -> float:
    spaced = ~np.isin(scripts, list(UNSPACED))
    both = side & spaced[1:] & spaced[:-1]
    return float((both & (scripts[1:] != scripts[:-1])).sum()) / max(int(both.sum()), 1)


@cache
def load() -> Tables:
    """The tables, read once a process."""
    with np.load(TABLE) as file:
        pairs = {NAMES.index(name): file[name] for name in file.files if name in NAMES}
        return Tables(file["scripts"], file["symbols"], file["kinds"], pairs)
