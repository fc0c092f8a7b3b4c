"""Names of people among the lines below a title."""

import re
from collections.abc import Sequence

from winnow.ocr.layout.lines import Line

MARKS = re.compile(
    r"[*\u2217†‡§¶‖#\u2776-\u2793\u2460-\u2473⋆★✉]|\((?:\d{1,2}\s?[,;]?\s?)+\)|[\u00b2\u00b3\u00b9\u2070-\u2079]+"
    r"|(?<=[^\W\d_.])\d{1,2}(?:\s?,\s?\d{1,2})*(?!\d)|(?<=[^\W\d_]\s)\d{1,2}(?:\s?,\s?\d{1,2})*(?=\s*(?:,|;|\t|$|and\b))"
    r"|\[\d{1,2}(?:, ?\d{1,2})*\]|^\s*\d{1,2}\s+|(?<=[^\W\d_]\s)[a-h](?:,[a-h])*(?=\s*(?:,|;|\t|$))"
)
PARTING = re.compile(
    r"\s*[,;·•|]\s*(?:(?:and|AND|und|et|y|e|&)\s+)?|\s+(?:and|AND|And|und|UND|et|ET|y|e|en|og|och|и)\s+|\s*&\s*|\t|、|\uff0c"
)
LEADING = re.compile(r"^(?:by|von|par|por|di|and|und|et|авторы?:?|authors?:?)\s+", re.IGNORECASE)
INITIAL = r"[^\W\d_a-z]\.?(?:-?[^\W\d_a-z]\.)*"
PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "du",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "zu",
        "zum",
        "vom",
        "af",
        "av",
        "bin",
        "ibn",
        "al",
        "el",
        "y",
        "e",
    ]
)
CONTINUES = re.compile(r"(?:and|und|et|y|e|&)\s", re.IGNORECASE)
TITLES = re.compile(r"\b(?:Dr|Prof|Professor|PhD|Ph\.D|M\.?D|M\.?Sc|Jr|Sr|Mr|Mrs|Ms)\b\.?,?")
INSTITUTION = re.compile(
    r"universi|institu|departm|\bdept\b|school|college|facult|laborator|\blabs?\b|cent(?:er|re|ro)\b|hospital|"
    r"academ|\binc\b|\bltd\b|gmbh|corporation|research|technische|hochschule|polytech|politec|ministr|agency|"
    r"societ|foundation|council|museum|observator|division|group|национальн|институт|факультет|кафедра|大学|"
    r"研究|学院|대학|\bbank\b|street|avenue|\broad\b|\bbox\b|\busa\b|\bp\.o\.",
    re.IGNORECASE,
)
DATE = re.compile(r"\b(?:1[89]|20)\d\d\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b")
OTHER = re.compile(
    r"@|https?:|www\.|\bdoi\b|\barxiv\b|e-?mail|version|draft|preprint|abstract|contents", re.I
)
COUNTRIES = frozenset(
    [
        "united kingdom",
        "united states",
        "new zealand",
        "south africa",
        "south korea",
        "czech republic",
        "saudi arabia",
        "hong kong",
        "new york",
        "san francisco",
        "los angeles",
        "costa rica",
        "sri lanka",
        "the netherlands",
        "buenos aires",
        "new delhi",
        "united states of america",
        "north carolina",
        "new jersey",
        "new mexico",
        "puerto rico",
        "russian federation",
    ]
)
IDEOGRAPHS = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]{2,5}|[\u3400-\u9fff]{1,3} [\u3400-\u9fff]{1,3}")


def find_authors(lines: Sequence[Line]) -> tuple[list[str], set[int]]:
    """The authors in order, and the ids of the lines that name them.

    Where the first names below the title have a style of their own (larger or bold), they are all lines of
    names in that style; else the names at the top of each group of lines, up to the first affiliation.
    """
    lines = [line for line in lines if not DATE.search(line.text) and not OTHER.search(line.text)]
    named = [line for line in lines if split_names(line.text)]
    if not named:
        first = lines[0] if lines else None
        if first is None or INSTITUTION.search(first.text) or len(first.text.split()) > 6:
            return [], set()
        return [MARKS.sub("", LEADING.sub("", first.text.strip())).strip(" ,;")], {id(first)}
    chosen = _choose_lines(lines, named[0])
    authors: list[str] = []
    for line in chosen:
        authors += [name for name in split_names(line.text) if name not in authors]
    return authors, {id(line) for line in chosen}


def _choose_lines(lines: Sequence[Line], first: Line) -> list[Line]:
    """The lines of names, by the style of the first one."""
    alike = [line for line in lines if abs(line.size - first.size) < 0.3 and line.bold == first.bold]
    others = [line for line in lines if not any(line is each for each in alike)]
    if others and all(line.size < first.size or first.bold for line in others):
        return [line for line in alike if split_names(line.text)]
    return [line for group in _cut_groups(alike) for line in _choose_names(group)]


def _cut_groups(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines below each other without a gap."""
    groups: list[list[Line]] = []
    for line in lines:
        for group in groups:
            last = group[-1]
            meets = min(last.x1, line.x1) > max(last.x0, line.x0)
            if meets and -0.5 * line.size < line.y0 - last.y1 < 0.6 * line.size and line.y0 > last.y0:
                group.append(line)
                break
        else:
            groups.append([line])
    return groups


def _choose_names(group: Sequence[Line]) -> list[Line]:
    """The lines of names at the top of a group: all of it, or as long as a list of names goes on."""
    names = [line for line in group if split_names(line.text)]
    if len(names) == len(group):
        return names
    chosen: list[Line] = []
    for line in group:
        text = line.text.strip()
        goes_on = (
            not chosen or chosen[-1].text.rstrip().endswith((",", "and", "&", ";")) or CONTINUES.match(text)
        )
        if not goes_on or not split_names(text):
            break
        chosen.append(line)
    return chosen


def split_names(text: str) -> list[str]:
    """The names in a line that holds names alone, else nothing."""
    if INSTITUTION.search(text) or OTHER.search(text):
        return []
    text = MARKS.sub(" ", TITLES.sub(" ", LEADING.sub("", text.strip())))
    parts = [" ".join(part.split()).strip(" ,;:()") for part in PARTING.split(text)]
    parts = [part for part in parts if len(part) > 1]
    if len(parts) == 1 and not PARTING.search(text) and len(parts[0].split()) in (6, 8, 10, 12):
        tokens = parts[0].split()  # names apart by spaces alone
        parts = [" ".join(tokens[i : i + 2]) for i in range(0, len(tokens), 2)]
    return parts if parts and all(map(_is_name, parts)) else []


def _is_name(text: str) -> bool:
    if IDEOGRAPHS.fullmatch(text):
        return True
    tokens = text.split()
    if not 2 <= len(tokens) <= 5 or len(text) > 50 or re.search(r"[\d:()\[\]{}=<>/\"“”?!]", text):
        return False
    if text.lower() in COUNTRIES or tokens[-1].lower() in PARTICLES:
        return False
    full = [token for token in tokens if token.lower() not in PARTICLES]
    long = [token for token in full if not re.fullmatch(INITIAL, token)]
    return bool(long) and all(
        token[0].isupper() and token.strip(".'\u2019-").replace("-", "").isprintable() for token in full
    )
