"""What is code that somebody wrote here, and what is copied, generated or data.

The rules are those of StarCoder2's data (Lozhkov et al. 2024, arXiv:2402.19173, section 3.1 and appendix),
which took over The Stack's (Kocetkov et al. 2022, arXiv:2211.15533) and Codex's (Chen et al. 2021,
arXiv:2107.03374): 100 and 1,000 characters a line, a quarter of letters. Vendored and generated files are
told by GitHub's Linguist (go-enry), as theirs are; lock files are ours. Not taken over: the share of visible
text in HTML.
"""

import posixpath
import re
from collections.abc import Sequence
from typing import Annotated

import enry
import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt

from winnow.filters.verdict import judge_by_rules
from winnow.kernels import I64, U8, U32, kernel
from winnow.ranges import Ratio
from winnow.words import byte
from winnow.words.split import utf8
from winnow.words.unicode import DIGIT, LETTER, decode, flag, flags

ORIGINS = (
    "code_vendored",
    "code_generated",
    "code_minified",
    "code_lock_file",
    "code_data",
    "code_other_text",
)
SIGNALS = (
    "code_line_count",
    "code_max_line_length",
    "code_mean_line_length",
    "code_markup_line_length",
    "code_data_line_count",
    "code_alphabetic_ratio",
    "code_encoded_ratio",
    "code_encoded_length",
)
RULES = (
    ("code.vendored", "code_vendored", "drop_vendored"),
    ("code.lock_file", "code_lock_file", "drop_lock_files"),
    ("code.minified", "code_minified", "drop_minified"),
    ("code.generated", "code_generated", "drop_generated"),
    ("code.data", "code_data", "drop_data"),
    ("code.other_text", "code_other_text", "drop_other_text"),
    ("code.too_many_lines", "code_line_count", "max_lines"),
    ("code.long_line", "code_max_line_length", "max_line_length"),
    ("code.long_lines", "code_mean_line_length", "max_mean_line_length"),
    ("code.long_markup_line", "code_markup_line_length", "max_markup_line_length"),
    ("code.too_many_data_lines", "code_data_line_count", "max_data_lines"),
    ("code.too_few_letters", "code_alphabetic_ratio", "min_alphabetic_ratio"),
    ("code.too_much_encoded", "code_encoded_ratio", "max_encoded_ratio"),
    ("code.long_encoded", "code_encoded_length", "max_encoded_length"),
)
_HEAD_BYTES = 1 << 15  # that Linguist's rules for generated files are shown
_SAID_LINES = 5
_SAID = re.compile(
    "auto[- ]?generated|automatically generated|generated automatically|this file is generated"
)
_MINIFIED = re.compile(r"(?i)[.-]min\.(?:js|mjs|cjs|css)$|\.(?:js|css)\.map$")
_MINIFIABLE = {"JavaScript", "CSS"}
_MINIFIED_LINE = 110  # Linguist's own: the mean length of a line of a minified file
_LOCKS = re.compile(
    r"(?i)(?:^|/)(?:(?:package-lock|npm-shrinkwrap|composer\.lock|pipfile\.lock|packages\.lock)\.json|"
    r"pnpm-lock\.yaml|[\w.-]+\.lock|[\w.-]+\.lockb|go\.sum|go\.work\.sum|\.terraform\.lock\.hcl|package\.resolved|"
    r"gradle\.lockfile|conda-lock\.yml|flake\.lock|requirements\.lock)$"
)
_DATA = [
    *("CSV", "TSV", "JSON", "JSON with Comments", "JSON5", "SVG", "XML", "Gettext Catalog", "Diff"),
    *("Public Key", "Checksums", "Go Checksums", "SubRip Text", "Raw token data", "Wavefront Object"),
    *("Wavefront Material", "Unity3D Asset", "STL", "Linker Map", "Git Revision List", "KiCad Layout"),
    *("KiCad Schematic", "Pickle", "TextMate Properties", "Ignore List", "EditorConfig"),
]
_KEPT_TEXTS = [
    "readme",
    "notes",
    "todo",
    "description",
    "cmakelists",
    "contributing",
    "install",
    "changelog",
    "news",
]
_MARKUP = [
    "HTML",
    "JSON",
    "Markdown",
    "Roff",
    "Roff Manpage",
    "SMT",
    "TeX",
    "Text",
    "XML",
    "Jupyter Notebook",
]
_LISTINGS = ["Text", "JSON", "YAML", "Web Ontology Language", "Graphviz (DOT)"]
_DIGITS = ["Motorola 68K Assembly", "WebAssembly"]
_BASE64 = np.zeros(256, np.uint8)
_BASE64[np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=\n", np.uint8)] = 1
_HEX = np.zeros(256, np.uint8)
_HEX[np.frombuffer(b"0123456789abcdefABCDEF", np.uint8)] = 1
_MIN_BASE64, _MIN_ITEMS = 64, 8


def origin(
    docs: Annotated[pl.DataFrame, "text", "code_path", "code_language"],
    *,
    drop_vendored: bool = True,
    drop_generated: bool = True,
    drop_minified: bool = True,
    drop_lock_files: bool = True,
    drop_data: bool = True,
    drop_other_text: bool = True,
) -> Annotated[pl.DataFrame, ORIGINS]:
    """Drop files that nobody wrote for this repository.

    Signals, 0 or 1: `code_vendored` (by its path: `node_modules`, `third_party`, `vendor`, and what else
    Linguist lists), `code_lock_file`, `code_minified` (`.min.js`, a source map, or scripts and styles of
    more than 110 characters a line), `code_generated` (by Linguist, or by words like "automatically
    generated" in the first five lines), `code_data` (of one of the languages of data, as Linguist names
    them), `code_other_text` (plain text, or of no known language, whose name without ending is not that of a
    README or the like and has no "requirement" in it)."""
    rows = docs.select("text", "code_path", "code_language").iter_rows()
    found = [_find_origin(text, path, language, _DATA, _KEPT_TEXTS) for text, path, language in rows]
    values = np.array(found, np.int64).reshape(-1, len(ORIGINS))
    return judge_by_rules(docs, {name: values[:, k] for k, name in enumerate(ORIGINS)}, RULES, locals())


def _find_origin(
    text: str, path: str | None, language: str | None, data: Sequence[str], kept: Sequence[str]
) -> tuple[bool, ...]:
    path = (path or "").encode("utf-8", "replace").decode()
    name = posixpath.basename(path).lower()
    head = text[:_HEAD_BYTES]
    minified = bool(_MINIFIED.search(path)) or (
        language in _MINIFIABLE and len(text) - text.count("\n") > _MINIFIED_LINE * len(text.splitlines())
    )
    said = _SAID.search("\n".join(head.split("\n", _SAID_LINES)[:_SAID_LINES]).lower())
    stem = name.partition(".")[0]
    other = language in (None, "Text") and stem not in kept and "requirement" not in name
    return (
        enry.is_vendor(path),
        bool(said) or enry.is_generated(path, head.encode()),
        minified,
        bool(_LOCKS.search(path)),
        language in data,
        other,
    )


def quality(
    docs: Annotated[pl.DataFrame, "text", "code_language"],
    *,
    max_lines: NonNegativeInt | None = 100_000,
    max_line_length: NonNegativeInt | None = 1_000,
    max_mean_line_length: NonNegativeFloat | None = 100,
    max_markup_line_length: NonNegativeInt | None = 100_000,
    max_data_lines: NonNegativeInt | None = 512,
    min_alphabetic_ratio: Ratio | None = 0.25,
    max_encoded_ratio: Ratio | None = 0.5,
    max_encoded_length: NonNegativeInt | None = 1_024,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Drop code of long lines, few letters or much encoded data, by StarCoder2's thresholds.

    Signals: `code_line_count`; `code_max_line_length` and `code_mean_line_length` (characters without the
    end of the line; 0 in languages of markup, whose longest line is `code_markup_line_length`, 0 in others);
    `code_data_line_count` (lines of languages of listings, else 0); `code_alphabetic_ratio` (of all
    characters; in languages of digits of letters and digits); `code_encoded_ratio` (characters in base64 of
    64 or more, in 8 or more bytes in hexadecimal, or 8 or more escapes of Unicode) and `code_encoded_length`
    (of the longest such)."""
    data, offsets = utf8(docs["text"])
    counts = np.zeros((docs.height, 6), np.int64)
    _count(data, offsets, flags(), counts)
    lines, longest, letters, both, chars, ends = counts.T
    encoded, longest_encoded = _count_encoded(
        data, offsets, _BASE64, _HEX, np.zeros((2, docs.height), np.int64)
    )
    markup, listing, digits = (
        docs["code_language"].is_in(names).fill_null(False).to_numpy()
        for names in (_MARKUP, _LISTINGS, _DIGITS)
    )
    signals = {
        "code_line_count": lines,
        "code_max_line_length": np.where(markup, 0, longest),
        "code_mean_line_length": np.where(markup, 0, (chars - ends) / np.maximum(lines, 1)),
        "code_markup_line_length": np.where(markup, longest, 0),
        "code_data_line_count": np.where(listing, lines, 0),
        "code_alphabetic_ratio": np.where(digits, both, letters) / np.maximum(chars, 1),
        "code_encoded_ratio": encoded / np.maximum(chars, 1),
        "code_encoded_length": longest_encoded,
    }
    return judge_by_rules(docs, signals, RULES, locals())


@kernel
def _count(data: U8, offsets: I64, table: U32, out: I64) -> None:
    """Lines, the longest, letters, letters and digits, and characters of each text."""
    for d in range(len(offsets) - 1):
        i, end = offsets[d], offsets[d + 1]
        ends, longest, letters, both, chars, length = 0, 0, 0, 0, 0, 0
        while i < end:
            point, i = decode(data, i)
            chars += 1
            if point == byte.LF:
                ends += 1
                longest = max(longest, length)
                length = 0
                continue
            length += 1
            kind = flag(point, table)
            letters += kind & LETTER != 0
            both += kind & (LETTER | DIGIT) != 0
        out[d, 0], out[d, 1] = ends + (length > 0), max(longest, length)
        out[d, 2], out[d, 3], out[d, 4], out[d, 5] = letters, both, chars, ends


@kernel
def _count_encoded(data: U8, offsets: I64, base64: U8, hexadecimal: U8, out: I64) -> I64:
    """Bytes of each text in encoded data, and those of its longest stretch."""
    for d in range(len(offsets) - 1):
        i, end = offsets[d], offsets[d + 1]
        run, b = 0, i
        while (
            i <= end
        ):  # base64 runs through white space that begins a line, so it is counted beside the others
            if i < end and base64[data[i]]:
                run += 1
            else:
                if run >= _MIN_BASE64:
                    out[0, d] += run
                    out[1, d] = max(out[1, d], run)
                run = 0
            i += 1
        while b < end:
            first, items, last = b, 0, b
            after = _skip_item(data, b, end, hexadecimal)
            while after > b:
                items, last, b = items + 1, after, _skip_gap(data, after, end)
                after = _skip_item(data, b, end, hexadecimal)
            if items >= _MIN_ITEMS:
                out[0, d] += last - first
                out[1, d] = max(out[1, d], last - first)
            else:
                b = max(first + 1, last)
        out[0, d] = min(out[0, d], end - offsets[d])
    return out


@kernel
def _skip_item(data: U8, i: int, end: int, hexadecimal: U8) -> int:
    """The end of a byte in hexadecimal (`0x1f`, `\\x1f`, `1f`) or an escape of Unicode (`\\u00e4`), else
    i."""
    first = i
    wanted = 2
    if i + 1 < end and (data[i] == byte.BACKSLASH or data[i] == byte.ZERO):
        if data[i + 1] == byte.x:
            i += 2
        elif data[i] == byte.BACKSLASH and data[i + 1] == byte.u:
            i, wanted = i + 2, 4
    if i + wanted > end:
        return first
    for k in range(wanted):
        if not hexadecimal[data[i + k]]:
            return first
    i += wanted
    return first if wanted == 2 and i < end and _is_word(data[i]) else i


@kernel
def _skip_gap(data: U8, i: int, end: int) -> int:
    """Behind one comma, or white space."""
    if i < end and data[i] == byte.COMMA:
        return i + 1
    while i < end and data[i] <= byte.BLANK:
        i += 1
    return i


@kernel
def _is_word(c: int) -> bool:
    return c >= 128 or 48 <= c <= 57 or 65 <= c <= 90 or 97 <= c <= 122 or c == 95
