"""Signs of a document's kind in the lines of its pages: shares of lines, and a few words."""

import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from winnow.ocr.layout.lines import Line, Page
from winnow.ocr.scholar.front import ABSTRACT
from winnow.ocr.scholar.patterns import is_bibliography

LEADERS = re.compile(r"(\. ?){4,}|…{2,}|_{8,}$")
PAGE_END = re.compile(r"(?:(?:\. ?){3,}|…+|[\t ])\s*(\d{1,4}|[ivxl]{1,6})$")
NUMBERS = r"(?:\d{1,4}|[ivxl]{1,6})(?:\s?[-\u2013]\s?\d{1,4})?f{0,2}"
INDEX_ENTRY = re.compile(
    rf"^\S.{{0,70}}?(?:,\s?|\s{{2,}}|\t|\s(?=\d+(?:[-\u2013,]|$))){NUMBERS}(?:,\s*{NUMBERS})*,?$"
)
BLANK = re.compile(
    r"_{3,}|(?:\. ?){12,}$|…{4,}$|\u2026{4,}|[\u2610\u2611\u2612\u25a1\u25a2\u274f\u2751]|"
    r"\[ {1,3}\]|\( {1,3}\)"
)
LABEL = re.compile(r"^[^\W\d_][^.!?]{0,45}[:\uff1a]\s*(?:_{2,}|\.{4,}|…*)?\s*$")
BULLET = re.compile(r"\s*[•●○▪■◦‣►▶\u2043\u2013*-]\s|\s*[•●▪■►▶]")
MONEY = re.compile(
    r"[$€£¥]\s?\d|\d\s?(?:[$€£¥]|EUR|USD|GBP|CHF|Kč|zł|\u0440\u0443\u0431)|"
    r"(?<![\d.])\d{1,6}[.,]\d\d$"
)
CHAPTER = re.compile(
    r"\s*(chapter|kapitel|chapitre|cap[íi]tulo|capitolo|hoofdstuk|глава|rozdział|capítol|skyrius|part|teil)\s+"
    r"(\d+|[ivxlc]+)\b|\s*제\s?\d+\s?장|\s*第\s?[\d一二三四五六七八九十]+\s?章",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"\s*(dear\b|to whom it may concern|sehr geehrte|liebe[rs]?\s|lieber\b|ch(er|ère)s?\s|madame\b|"
    r"monsieur\b|mesdames|"
    r"messieurs|estimad[oa]s?\b|querid[oa]s?\b|prezad[oa]s?\b|car[oa]\s|car[ei]\s|gentil[ei]\s|egregi|geachte|beste\s|"
    r"уважаем|дорог(ой|ая|ие)|szanown|vážen|kära?\s|kære\s|hei\b|拝啓|尊敬的|敬啓|친애하는|존경하는)",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"\s*((yours|very)\s+(sincerely|faithfully|truly)|yours\b|sincerely|(kind|best|warm)\s+(regards|wishes)|regards\b|"
    r"respectfully|mit (freundlichen|besten|herzlichen)|hochachtungsvoll|herzliche|viele grüße|cordialement|"
    r"veuillez agr|bien à vous|salutations|je vous prie|atentamente|saludos|cordialmente|atenciosamente|"
    r"distinti saluti|cordiali saluti|met vriendelijke|hoogachtend|\u0441 уважением|искренне|"
    r"z poważaniem|med v[äe]nlig|敬具|"
    r"此致|敬礼|드림|올림)",
    re.IGNORECASE,
)
CONTENTS = re.compile(
    r"\s*(table of )?contents\s*|\s*inhalt(sverzeichnis)?\s*|\s*table des matières\s*|"
    r"\s*sommaire\s*|\s*[íi]ndice( general)?\s*|"
    r"\s*(contenido|sumário|indice|содержание|оглавление|spis treści|obsah|turinys|cuprins|índex|"
    r"目\s*次|目\s*录|차\s*례|목\s*차)\s*",
    re.IGNORECASE,
)
INDEX_HEAD = re.compile(
    r"\s*(subject |author |name )?(index|stichwortverzeichnis|sachregister|register)\s*", re.IGNORECASE
)
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


_LINE_SIGNS: dict[str, Callable[[str], object]] = {
    "short": lambda text: len(text) < 30,
    "bullets": BULLET.match,
    "rows_of_cells": lambda text: "\t" in text,
    "leaders": lambda text: LEADERS.search(text) and PAGE_END.search(text),
    "page_ends": PAGE_END.search,
    "index_entries": lambda text: _is_index_entry(text),
    "blanks": lambda text: BLANK.search(text) and not PAGE_END.search(text),
    "labels": lambda text: any(LABEL.match(cell.strip()) for cell in text.split("\t")),
    "money": MONEY.search,
    "numbers": lambda text: sum(map(str.isdigit, text)) > 0.15 * len(text),
}
"""Signs of one line: what share of the lines has each."""


def collect_signs(pages: Sequence[Page]) -> dict[str, float]:
    """The signs, each a number: shares are of lines with text, words and sizes are medians of pages."""
    full = [page for page in pages if page.lines]
    lines = [line for page in full for line in page.lines]
    if not lines:
        return {"pages": float(len(pages)), "lines": 0.0}
    texts = [line.text.strip() for line in lines]
    size = _find_usual_size(lines)
    front = [line.text for page in full[:3] for line in page.lines]
    signs = {
        "pages": len(pages),
        "lines": len(lines),
        "words": statistics.median(_count_words(page) for page in full),
        "rows": statistics.median(page.height / _find_usual_size(page.lines) for page in full),
        "size": size,
        # Of a vignette or a handbook of commands most lines may be code.
        "prose": _share(_is_prose(line.text.strip()) for line in lines if not line.code),
        **{name: _share(map(holds, texts)) for name, holds in _LINE_SIGNS.items()},
        "pages_rise": _measure_rise(texts),
        "sorted": _measure_order(texts),
        "code": _share(line.code for line in lines),
        "even": _measure_evenness(lines),
        "abstract": any(map(ABSTRACT.match, front)),
        "references": any(map(is_bibliography, texts)),
        "contents": any(CONTENTS.fullmatch(text) for page in full[:8] for text in _top(page)),
        "index_head": any(map(INDEX_HEAD.fullmatch, _top(full[0]))),
        "chapters": sum(map(bool, map(CHAPTER.match, texts))),
        "greeting": any(GREETING.match(line.text) for line in full[0].lines),
        "closing": any(map(CLOSING.match, front)),
    }
    return {name: round(float(value), 4) for name, value in signs.items()}


def _share(found: object) -> float:
    values = [bool(value) for value in found]  # type: ignore[attr-defined]
    return sum(values) / max(len(values), 1)


def _top(page: Page) -> list[str]:
    return [line.text.strip() for line in page.lines[:6]]


def _find_usual_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size)] += len(line.text)
    return max(float(sizes.most_common(1)[0][0]), 1.0)


def _count_words(page: Page) -> float:
    """Words, of ideographs two each."""
    text = " ".join(line.text for line in page.lines)
    signs = len(IDEOGRAPH.findall(text))
    return len(text.split()) + signs / 2


def _is_prose(text: str) -> bool:
    """A long line of sentences: most words in lower case, no cells, no leaders."""
    if "\t" in text or LEADERS.search(text):
        return False
    if len(IDEOGRAPH.findall(text)) > 15:
        return True
    words = text.split()
    return len(text) > 40 and sum(word[0].islower() for word in words) >= 0.45 * len(words)


def _is_index_entry(text: str) -> bool:
    """A term and pages; behind leaders, or with decimals, it is something else."""
    return not LEADERS.search(text) and bool(INDEX_ENTRY.match(text)) and not MONEY.search(text)


def _measure_rise(texts: Sequence[str]) -> float:
    """The share of page numbers at line ends that do not fall: contents rise, an index jumps."""
    found = [match[1] for match in map(PAGE_END.search, texts) if match and match[1].isdigit()]
    numbers = [int(number) for number in found]
    if len(numbers) < 4:
        return 0.5
    return sum(a <= b for a, b in pairwise(numbers)) / (len(numbers) - 1)


def _measure_order(texts: Sequence[str]) -> float:
    """The share of neighbors whose first letters do not fall, less what chance gives, from 0 to 1."""
    first = [text[0].casefold() for text in texts if text[:1].isalpha() and len(text) > 1]
    if len(first) < 8:
        return 0.0
    return max(0.0, 2 * sum(a <= b for a, b in pairwise(first)) / (len(first) - 1) - 1)


def _measure_evenness(lines: Sequence[Line]) -> float:
    """The share of lines that begin at one of the three most usual places."""
    starts = Counter(round(line.x0 / 3) for line in lines)
    return sum(count for _, count in starts.most_common(3)) / len(lines)
