# ruff: noqa: E501, RUF001  (patterns, and inputs to the letter)
"""Words of a paper as it is printed, and how many of them a reader of its source finds."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pymupdf

_WORD = re.compile(r"[^\W\d_]{3,}")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad\u2010]\n\s*(?=[^\W\d_])")
_FORMULA = re.compile(r"(?<!\\)\$\$?[^$\n]*(?<!\\)\$\$?")
_COMMAND = re.compile(r"\\[a-zA-Z@]+")
_KEYS = re.compile(r"\[@[^\]\n]*\]")
_ACCENT = re.compile(r"(?<=\w)\s?[´`¨˜ˆˇ¸˘˙˚˝]\s?(?=\w)|[´`¨˜ˆˇ¸˘˙˚˝](?=\w)")
_LEADERS = re.compile(r"(?:\. ?){4,}|\s\d{1,3}\s*$")
_LIST = re.compile(
    r"(\d+\.?\s+|[ivx]+\.\s+)?(references( and notes)?|bibliography|literatur(verzeichnis)?|références|bibliographie|works cited"
    r"|riferimenti bibliografici|bibliografia|references cited|literature( cited)?)[.:]?",
    re.IGNORECASE,
)
_EDGE_LINES, _LEAST_PAGES = 3, 3
RULES = """A word is three letters or more, in lower case, ligatures taken apart, words broken at a line's end joined.
Left out of the PDF: lines at a page's edge that three pages or more have (running heads), lines of tables of
contents (dot leaders, or a page's number behind words, where such lines follow the word "Contents"), the list of references.
Left out of a text: names of commands in formulas, keys of citations. Marks over letters are left out on both sides. Found is counted by occurrence: a word that the PDF
has five times and the text four times is found four times."""


def count_words(text: str) -> Counter[str]:
    """How often each word occurs, without the marks over its letters: old fonts print these apart."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ı", "i"))
    return Counter(_WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter))))


def count_text_words(text: str) -> Counter[str]:
    """The words of what a reader made of TeX; of formulas without the names of commands."""
    text = _FORMULA.sub(lambda formula: _COMMAND.sub(" ", formula[0]), _KEYS.sub(" ", text))
    return count_words(text)


def read_pdf(path: Path) -> str:
    """The text of a PDF's pages without running heads and contents."""
    with pymupdf.open(path) as document:
        pages = [[line.strip() for line in page.get_text().split("\n") if line.strip()] for page in document]
    edges = Counter(_plain(line) for page in pages for line in {*page[:_EDGE_LINES], *page[-_EDGE_LINES:]})
    kept = [
        line
        for page in pages
        for at, line in enumerate(page)
        if not ((at < _EDGE_LINES or at >= len(page) - _EDGE_LINES) and edges[_plain(line)] >= _LEAST_PAGES)
    ]
    return _ACCENT.sub("", _HYPHEN.sub("", "\n".join(_leave_list(_leave_contents(kept)))))


def _plain(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _leave_contents(lines: Sequence[str]) -> list[str]:
    """Without the lines behind "Contents" up to the last dot leader or page number in a row of such."""
    starts = [
        at
        for at, line in enumerate(lines)
        if re.fullmatch(r"(table of )?contents|inhaltsverzeichnis|table des matières", line.lower())
    ]
    if not starts:
        return [line for line in lines if not re.search(r"(?:\. ?){5,}", line)]
    begin = starts[0]
    end, misses = begin + 1, 0
    for at in range(begin + 1, len(lines)):
        hit = bool(_LEADERS.search(lines[at])) or bool(re.fullmatch(r"[\d.ivxlc]+", lines[at]))
        misses = 0 if hit else misses + 1
        if hit:
            end = at + 1
        if misses > 4:
            break
    kept = [*lines[:begin], *lines[end:]]
    return [line for line in kept if not re.search(r"(?:\. ?){5,}", line)]


def _leave_list(lines: Sequence[str]) -> list[str]:
    """Without what stands behind the last heading of a list of references in the second half."""
    at = max((at for at, line in enumerate(lines) if _LIST.fullmatch(line)), default=0)
    return list(lines[:at] if at > len(lines) / 2 else lines)


def find_share(wanted: Counter[str], found: Counter[str]) -> float:
    """The share of occurrences of the wanted words that are found."""
    total = sum(wanted.values())
    return sum((wanted & found).values()) / total if total else 1.0
