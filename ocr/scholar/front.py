"""The front of a paper: title, authors, abstract."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from winnow.ocr.layout.headings import PLAIN
from winnow.ocr.layout.hyphens import IDEOGRAPH
from winnow.ocr.layout.line_joins import END, LEADERS
from winnow.ocr.layout.lines import Page
from winnow.ocr.layout.text import write
from winnow.ocr.scholar.names import find_authors
from winnow.ocr.scholar.parts import PlacedLine, compose, flow, squeeze

ABSTRACT = re.compile(
    r"\s*(a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary|zusammenfassung|kurzfassung|r[ée]sum[ée]|resumen|resumo|riassunto|"
    r"sommario|samenvatting|sammanfattning|аннотация|реферат|резюме|streszczenie|abstrakt|özet|摘\s*要|"
    r"概\s*要|要\s*旨|초\s*록|요\s*약)\s*(?P<mark>[.:\u2014\u2013\uff1a-]|$)\s*",
    re.IGNORECASE,
)
KEYWORDS = re.compile(
    r"\s*(key\s?-?\s?words|index terms|schl(ü|u)sselw(ö|o)rter|mots[- ]cl[ée]s|palabras clave|"
    r"palavras[- ]chave|"
    r"parole chiave|trefwoorden|ключевые слова|关键词|キーワード|categories and subject|ccs concepts|"
    r"(ams |2010 |2020 )?(mathematics )?subject classification|msc\b|jel\b|pacs\b)",
    re.IGNORECASE,
)
CONTENTS = re.compile(r"\s*(table of )?contents\s*$|\s*inhalt(sverzeichnis)?\s*$", re.IGNORECASE)
BANNER = re.compile(
    r"\b(journal|proceedings|transactions|annals|letters|bulletin|review|revue|zeitschrift)\b", re.I
)
TITLE_MARK = re.compile(
    r"\s*\[\d\]$|\s*[*\u2217\u2020\u2021\u00a7\u00b6]+$|(?<=[^\W\d_])[\u00b9\u00b2\u00b3]$"
)
MIN_LOOSE_CHARS = 200  # an abstract that no heading names is a paragraph at least this long


class Front(NamedTuple):
    """What the front says; `end` is the place, among the spots, of what is behind it."""

    title: str
    authors: list[str]
    abstract: str
    notes: str
    end: int


def find_front(
    spots: Sequence[PlacedLine], first_heading: int, hint: str, body: float, words: frozenset[str]
) -> Front:
    """The front of the lines `spots`, of which that at `first_heading` begins the first section."""
    at, said = find_abstract(spots[:first_heading], body)
    above = spots[: at if at is not None else first_heading]
    above = [*takewhile(lambda spot: not CONTENTS.match(spot.line.text), above)]
    title = _find_title([spot for spot in above if spot.page == spots[0].page], hint, body)
    behind = max((i + 1 for i, spot in enumerate(above) if spot in title[-1:]), default=0)
    if at is None:
        at, said = _find_loose_abstract(spots, behind, first_heading, body)
    block = above[behind:at]
    block = [block[i] for i in takewhile(lambda i: not is_prose(block, i, body), range(len(block)))]
    authors, used = find_authors([spot.line for spot in block])
    heading: list[PlacedLine] = []
    abstract: list[PlacedLine] = []
    end = behind + len(block)
    if at is not None:
        heading = [] if said else [spots[at]]
        abstract = _take_abstract(spots[at:first_heading], said)
        end = at + len(heading)
    if abstract:
        end = next(i for i in range(len(spots)) if spots[i] is abstract[-1]) + 1
    end += _count_keywords(spots[end:first_heading])
    taken = {spot.at for spot in [*title, *abstract, *heading]}
    rest = [s.line.text.strip() for s in spots[:end] if s.at not in taken and id(s.line) not in used]
    return Front(
        compose(TITLE_MARK.sub("", flow([spot.line for spot in title], words))),
        [compose(name) for name in authors],
        _write_abstract(abstract, said, words),
        compose("\n".join(rest)),
        end,
    )


def _write_abstract(abstract: Sequence[PlacedLine], said: str, words: frozenset[str]) -> str:
    """The text of an abstract; of its first line what stands behind the heading."""
    lines = [spot.line for spot in abstract]
    if said and lines:
        lines[0] = lines[0]._replace(text=said)
    return compose(write([Page(0, 0, lines)], words, PLAIN).text)


def find_abstract(spots: Sequence[PlacedLine], body: float) -> tuple[int | None, str]:
    """Where the abstract's heading stands, and the text that goes on in its line."""
    for index, spot in enumerate(spots):
        match = ABSTRACT.match(spot.line.text)
        if not match:
            continue
        rest = spot.line.text[match.end() :].strip()
        is_section = spot.line.size > 1.2 * body and match[1].lower() == "summary"
        if not is_section and (not rest or (match["mark"] and len(rest) > 20)):
            return index, rest
    return None, ""


def _find_loose_abstract(
    spots: Sequence[PlacedLine], begin: int, end: int, body: float
) -> tuple[int | None, str]:
    """A long paragraph in smaller type, or set in from both margins, between title and first section."""
    plain = [s.line for s in spots if abs(s.line.size - body) < 0.6 and len(s.line.text) > 40]
    if not plain:
        return None, ""
    left = sorted(line.x0 for line in plain)[len(plain) // 4]
    right = sorted(line.x1 for line in plain)[3 * len(plain) // 4]
    run: list[int] = []
    for index in range(begin, end):
        line = spots[index].line
        inset = line.x0 > left + body and line.x1 < right - body and len(line.text) > 60
        if len(line.text) > 40 and (line.size < body - 0.6 or inset):
            run.append(index)
        elif run:
            break
    chars = sum(len(spots[index].line.text) for index in run)
    return (run[0], spots[run[0]].line.text) if chars >= MIN_LOOSE_CHARS else (None, "")


def _find_title(above: Sequence[PlacedLine], hint: str, body: float) -> list[PlacedLine]:
    """The lines that the PDF's own title names, else the run of lines in the largest type."""
    if named := find_named_title(above, hint):
        return list(above[named[0] : named[1]])
    runs = _cut_runs(above)
    if not runs:
        return []
    largest = max(runs, key=lambda run: (round(run[0].line.size), run[0].line.bold))
    if _count_words(largest) <= 2 or BANNER.search(largest[0].line.text):
        behind = [r for r in runs if r[0].at > largest[-1].at and r[0].line.size > 1.35 * body]
        largest = next((run for run in behind if _count_words(run) >= 4), largest)
    stands_out = largest[0].line.size > body + 0.6 or largest[0].line.bold
    at = next(i for i in range(len(above)) if above[i] is largest[0])
    return largest if stands_out or (len(largest) < 4 and not is_prose(above, at, body)) else []


def find_named_title(spots: Sequence[PlacedLine], hint: str) -> tuple[int, int] | None:
    """The slice of up to six lines that are a title known from elsewhere."""
    wanted = squeeze(hint)
    squeezed = [squeeze(spot.line.text) for spot in spots]
    for i in range(len(spots) if len(wanted) > 8 else 0):
        text = ""
        for j in range(i, min(i + 6, len(spots))):
            text += squeezed[j]
            if text == wanted:
                return i, j + 1
    return None


def _cut_runs(above: Sequence[PlacedLine]) -> list[list[PlacedLine]]:
    """Lines that follow each other in one size."""
    runs: list[list[PlacedLine]] = []
    for spot in above:
        if sum(map(str.isalpha, spot.line.text)) < 2:
            continue
        last = runs[-1][-1].line if runs else None
        if last and abs(last.size - spot.line.size) < 0.07 * last.size and spot.line.y0 - last.y1 < last.size:
            runs[-1].append(spot)
        else:
            runs.append([spot])
    return runs


def _count_words(run: Sequence[PlacedLine]) -> int:
    return sum(len(spot.line.text.split()) for spot in run)


def is_prose(spots: Sequence[PlacedLine], index: int, body: float) -> bool:
    """Whether a line is one of a paragraph: followed by one like it, most words of both in lower case."""
    pair = [spot.line for spot in spots[index : index + 2]]
    if len(pair) < 2 or any(x.size > body + 0.6 or "@" in x.text or LEADERS.search(x.text) for x in pair):
        return False
    words = f"{pair[0].text} {pair[1].text}".split()
    if IDEOGRAPH.search(pair[0].text):
        return all(len(line.text) > 25 for line in pair)
    small = sum(word[0].islower() for word in words)
    return len(pair[0].text) > 50 and len(pair[1].text) > 20 and small >= 0.45 * len(words)


def _take_abstract(spots: Sequence[PlacedLine], said: str) -> list[PlacedLine]:
    """The abstract's lines, from the heading's own or the one below it; over a footnote to the next page."""
    taken: list[PlacedLine] = []
    rest = spots if said else spots[1:]
    for index, spot in enumerate(rest):
        line = spot.line
        if KEYWORDS.match(line.text) or CONTENTS.match(line.text) or ABSTRACT.fullmatch(line.text):
            break
        if taken and line.size < taken[0].line.size - 0.6 and len(line.text) > 20:
            if _is_continued(taken, rest[index:]):
                continue
            break
        if taken and abs(line.size - taken[0].line.size) > 0.6 and len(line.text) > 20:
            break
        if taken and spot.page == taken[-1].page and line.y0 - taken[-1].line.y1 > 4 * line.size:
            break
        if taken and spot.page != taken[-1].page and END.search(taken[-1].line.text):
            break
        taken.append(spot)
    return taken


def _is_continued(taken: Sequence[PlacedLine], rest: Sequence[PlacedLine]) -> bool:
    """Whether an unfinished abstract is taken up on the next page, in its own size."""
    following = next((spot for spot in rest if spot.page > taken[-1].page), None)
    unfinished = not END.search(taken[-1].line.text)
    return unfinished and following is not None and abs(following.line.size - taken[0].line.size) < 0.6


def _count_keywords(spots: Sequence[PlacedLine]) -> int:
    """How many lines of keywords and classifications begin it: to the end of their block."""
    count = 0
    for spot in spots:
        begins = KEYWORDS.match(spot.line.text)
        if not begins and not (count and spot.line.block == spots[count - 1].line.block):
            break
        count += 1
    return count
