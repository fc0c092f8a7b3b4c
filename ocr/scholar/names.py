"""Names of people among the lines below a title."""

import re
from collections.abc import Sequence

from ocr.layout.lines import Line

MARKS = re.compile(
    r"[*∗†‡§¶‖#\u2776-\u2793\u2460-\u2473⋆★✉]|(?<=[^\W\d_.])[\d\u00b2\u00b3\u00b9\u2070-\u2079]+"
    r"|(?<=\s)[\d,\s\u00b2\u00b3\u00b9\u2070-\u2079]+$|^\s*\d+\s*"
)
PARTING = re.compile(r"\s*[,;·•|]\s*|\s+(?:and|und|et|y|e|en|og|och|и|i)\s+|\s*&\s*|\t|、|，")
LEADING = re.compile(r"^(?:by|von|par|por|di|and|und|et|авторы?:?|authors?:?)\s+", re.IGNORECASE)
INITIAL = r"[^\W\d_a-z]\.?(?:-?[^\W\d_a-z]\.)*"
PARTICLES = frozenset(
    "de da do dos das del della di du la le van von der den ter ten zu zum vom af av bin ibn al el y e".split()
)
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
    "united kingdom,united states,new zealand,south africa,south korea,czech republic,saudi arabia,hong kong,"
    "new york,san francisco,los angeles,costa rica,sri lanka,the netherlands,buenos aires,new delhi,"
    "united states of america,north carolina,new jersey,new mexico,puerto rico,russian federation".split(",")
)
IDEOGRAPHS = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]{2,5}|[\u3400-\u9fff]{1,3} [\u3400-\u9fff]{1,3}")


def find_authors(lines: Sequence[Line]) -> tuple[list[str], set[int]]:
    """The authors in order, and the ids of the lines that name them.

    Names stand first below the title. Where they have a style of their own (larger or bold), lines of that
    style are looked at alone; else a line below another of its column that is no name is an affiliation, and
    so is the rest of that column up to a gap.
    """
    lines = [line for line in lines if not DATE.search(line.text) and not OTHER.search(line.text)]
    named = [line for line in lines if split_names(line.text)]
    if not named:
        first = lines[0] if lines else None
        if first is None or INSTITUTION.search(first.text) or len(first.text.split()) > 6:
            return [], set()
        return [MARKS.sub("", LEADING.sub("", first.text.strip())).strip(" ,;")], {id(first)}
    style = (named[0].size, named[0].bold)
    alike = [line for line in lines if abs(line.size - style[0]) < 0.3 and line.bold == style[1]]
    others = [line for line in lines if id(line) not in {id(each) for each in alike}]
    own_style = bool(others) and all(line.size < style[0] or style[1] for line in others)
    authors, used = [], set()
    for line in alike:
        names = split_names(line.text)
        if not names or (not own_style and _is_below_affiliation(line, lines, named)):
            continue
        authors += [name for name in names if name not in authors]
        used.add(id(line))
    return authors, used


def _is_below_affiliation(line: Line, lines: Sequence[Line], named: Sequence[Line]) -> bool:
    """Whether the line right above it in its column is no name."""
    above = [
        other
        for other in lines
        if other.y1 <= line.y0 + 0.3 * line.size
        and line.y0 - other.y1 < 0.6 * line.size
        and min(other.x1, line.x1) > max(other.x0, line.x0)
    ]
    return bool(above) and id(max(above, key=lambda other: other.y1)) not in {id(each) for each in named}


def split_names(text: str) -> list[str]:
    """The names in a line that holds names alone, else nothing."""
    if INSTITUTION.search(text) or OTHER.search(text):
        return []
    text = TITLES.sub(" ", LEADING.sub("", text.strip()))
    parts = [" ".join(MARKS.sub("", part).split()).strip(" .,;:()") for part in PARTING.split(text)]
    parts = [part for part in parts if len(part) > 1 or part.isalpha() and len(part) > 1]
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
        token[0].isupper() and token.strip(".'’-").replace("-", "").isprintable() for token in full
    )
