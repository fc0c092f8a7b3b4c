"""Control characters in a text layer: letters whose font's map gives their bare code.

Such a font was made without names or a map of its characters, mostly by TeX (a word `signi*er`, its star the
code 1C) or under Windows. Its codes are read by the encoding that makes words of them, chosen once for all of
a font; where none does they stand as U+FFFD. NUL, tab and the ends of lines stay as they are.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from winnow.ocr.layer.letters import CHANCE, count, rate
from winnow.ocr.layer.pixels import READABLE

CODE = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
TOKEN = re.compile(r"[^\s\0]*[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\s\0]*")
WORD = re.compile(r"[^\W\d_]{2,}")
ACCENTED = re.compile(rf"({CODE.pattern})([^\W\d_])?")
DOTTED = {"\u0131": "i", "\u0237": "j"}  # with an accent
# TeX's fonts of parts of lines and circles, of which it makes drawings.
DRAWN = re.compile(r"L?(LINE|CIRCLE)W?\d+")
LIGATURES = ("ff", "fi", "fl", "ffi", "ffl")
LOST = "\ufffd"
MOST_TOKENS = 300  # of a font: more tell no more


def _number(first: int, letters: Sequence[str]) -> dict[int, str]:
    return dict(enumerate(letters, first))


ENCODINGS: dict[str, Mapping[int, str]] = {
    # Cork; its accents for letters of Greek and for none are left out.
    "T1": {
        **_number(0x0D, "\u201a\u2039\u203a\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014"),
        **{0x17: "", 0x19: "\u0131", 0x7F: "-"},
        **_number(0x1B, LIGATURES),
        **_number(0x80, "ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§"),
    },
    # Knuth's; an accent stands before its letter.
    "OT1": {
        **_number(0x01, "ΔΘΛΞΠΣΥΦ"),
        **_number(0x0B, LIGATURES),
        **_number(0x10, "\u0131\u0237\u0300\u0301\u030c\u0306\u0304\u030a\u00b8ßæœøÆŒØ"),
        0x7F: "\u0308",
    },
    "CP1252": {
        code: letter for code in range(0x80, 0xA0) if (letter := bytes([code]).decode("cp1252", "ignore"))
    },
}


@dataclass
class FontCodes:
    """Of one font: what its codes stand in, how many words it has, and how many codes."""

    tokens: Counter[str] = field(default_factory=Counter)
    words: int = 0
    codes: int = 0


@dataclass
class Codes:
    """What was found so far in one document: its words, and its fonts that have codes, by name."""

    words: set[str] = field(default_factory=set)
    fonts: dict[str, FontCodes] = field(default_factory=dict)


def read_codes(blocks: Sequence[dict[str, Any]], known: Codes) -> None:
    """Put letters in place of control characters in the spans of a page (as `ocr.reader.page` says), or
    U+FFFD; those of drawings are taken out. `known` is the document's."""
    lines = [line["spans"] for block in blocks for line in block.get("lines", ())]
    coded = {span["font"] for spans in lines for span in spans if CODE.search(span["text"])}
    if not coded:
        return
    for spans in lines:
        _note_words(spans, known)
    for font, token in _list_tokens(lines):
        found = known.fonts.setdefault(font, FontCodes())
        found.codes += len(CODE.findall(token))
        if token in found.tokens or len(found.tokens) < MOST_TOKENS:
            found.tokens[token] += 1
    tables = {font: choose_encoding(known, font) for font in coded}
    for spans in lines:
        for span in spans:
            if span["font"] in coded and CODE.search(span["text"]):
                span["text"] = decode(span["text"], tables[span["font"]])


def choose_encoding(known: Codes, font: str) -> Mapping[int, str]:
    """The encoding that reads a font's codes as words, mostly as those of the document, or that reads those
    of all its fonts so; {} where none does.

    A font with fewer words than codes is one of signs: what these are no word tells.
    """
    if DRAWN.fullmatch(font):
        return dict.fromkeys(range(0xA0), "")
    texts = {name: found for name, found in known.fonts.items() if found.words >= found.codes > 0}
    if font not in texts:
        return {}
    whole: Counter[str] = Counter()
    for found in texts.values():
        whole += found.tokens
    for tokens in (texts[font].tokens, whole):
        costs = {name: _weigh(tokens, table, known.words) for name, table in ENCODINGS.items()}
        best = min(costs, key=lambda name: costs[name])
        if costs[best] < READABLE:
            return ENCODINGS[best]
    return {}


def decode(text: str, table: Mapping[int, str]) -> str:
    """The text with its codes read by an encoding; those that it has not are U+FFFD."""

    def compose(found: re.Match[str]) -> str:
        letter = found[2] and DOTTED.get(found[2], found[2])
        return unicodedata.normalize("NFC", letter + table[ord(found[1])]) if letter else LOST

    if 0x0D in table:  # the end of a line, but for a letter that goes on with it
        text = re.sub(r"\r(?=[^\W\d_])", table[0x0D], text)
    read = CODE.sub(
        lambda code: code[0] if _is_accent(code[0], table) else table.get(ord(code[0]), LOST), text
    )
    return ACCENTED.sub(compose, read)


def _is_accent(code: str, table: Mapping[int, str]) -> bool:
    """Whether it is drawn over the letter that follows it."""
    return "\u0300" <= table.get(ord(code), "") <= "\u036f"


def _note_words(spans: Sequence[dict[str, Any]], known: Codes) -> None:
    """The words of a line, and how many each font has."""
    line = "".join(span["text"] for span in spans)
    tokens = {token for token in line.split() if not CODE.search(token)}
    known.words.update(word for token in tokens for word in WORD.findall(token.lower()))
    for span in spans:
        known.fonts.setdefault(span["font"], FontCodes()).words += len(WORD.findall(span["text"]))


def _list_tokens(lines: Sequence[Sequence[dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    """What stands between spaces and has codes, with the font of the first of them."""
    for spans in lines:
        line = "".join(span["text"] for span in spans)
        fonts = [span["font"] for span in spans for _ in span["text"]]
        for found in TOKEN.finditer(line):
            first = CODE.search(line, found.start())
            if first:
                yield fonts[first.start()], found[0]


def _weigh(tokens: Counter[str], table: Mapping[int, str], words: set[str]) -> float:
    """Bits a letter of what an encoding makes of the tokens: nothing for words of the document and for signs
    alone, chance for what it does not know or has as letters alone."""
    lost = 0
    strange: list[str] = []
    for token, times in tokens.items():
        read = decode(token, table)
        parts = WORD.findall(read.lower())
        told = WORD.search(token) is not None
        if LOST in read or not (told or words.issuperset(parts)):
            lost += times
        elif not words.issuperset(parts):
            strange += [read] * times
        elif not told and not parts and _count_letters(read) > _count_letters(token):
            lost += times
    figures = count("\n".join(strange))
    return (lost * CHANCE + len(strange) * rate(figures, figures.bits)) / tokens.total()


def _count_letters(text: str) -> int:
    return sum(map(str.isalpha, text))
