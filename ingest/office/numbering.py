"""The labels of numbered paragraphs, which a .docx does not write but counts (ISO 29500-1, 17.9)."""

import re
from typing import NamedTuple

from lxml import etree

from winnow.ingest.office.namespaces import W

_LEVELS = 9
_ROMAN = {1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl"}
_ROMAN |= {10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i"}
_MAX_COUNT = 3_999  # where Roman numerals end
BULLET = "-"


class Level(NamedTuple):
    """How one level of a list is counted and written."""

    form: str = "decimal"
    pattern: str = ""
    start: int = 1


def write_number(count: int, form: str) -> str:
    """A number as a list writes it; forms of other scripts as digits."""
    roman, letter = "Roman" in form, "Letter" in form or form in ("a", "A")
    roman = roman or form in ("i", "I")
    if roman and 0 < count <= _MAX_COUNT:
        text = ""
        for value, sign in _ROMAN.items():
            text += sign * (count // value)
            count %= value
    elif letter and 0 < count <= _MAX_COUNT:
        text = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
    else:
        return f"{count:02d}" if form == "decimalZero" else str(count)
    return text.upper() if form.startswith("upper") or form in ("A", "I") else text


class Numbering:
    """The lists of a document and how far each has been counted."""

    def __init__(self, root: etree._Element | None) -> None:
        self.levels: dict[str, list[Level]] = {}  # by the number that paragraphs name
        self.lists: dict[str, str] = {}  # which abstract list that is, whose count it shares
        self.counts: dict[str, list[int | None]] = {}
        if root is None:
            return
        abstract = {one.get(W + "abstractNumId", ""): one for one in root.findall(W + "abstractNum")}
        linked = {key: one for key, one in abstract.items() if one.find(W + "styleLink") is not None}
        styled = {find_value(one, "styleLink"): key for key, one in linked.items()}
        for num in root.findall(W + "num"):
            ident = num.get(W + "numId", "")
            key = find_value(num, "abstractNumId")
            key = styled.get(find_value(abstract.get(key), "numStyleLink", "\0"), key)
            levels = _read_levels(abstract.get(key))
            self.lists[ident] = key
            for override in num.findall(W + "lvlOverride"):
                levels = _override(levels, override)
                self.lists[ident] = f"{key} {ident}"
            self.levels[ident] = levels

    def count(self, ident: str, level: int) -> str:
        """The label of the next paragraph of a list on a level: `2.1`, `(a)`, `-`; "" where it shows none."""
        levels = self.levels.get(ident)
        if not levels or not 0 <= level < len(levels):
            return BULLET if ident in self.levels else ""
        counts = self.counts.setdefault(self.lists[ident], [None] * _LEVELS)
        here = counts[level]
        counts[level] = levels[level].start if here is None else here + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        if levels[level].form in ("bullet", "none"):
            return BULLET if levels[level].form == "bullet" else ""
        return re.sub(
            r"%(\d)", lambda found: self._write(levels, counts, int(found[1]) - 1), levels[level].pattern
        ).strip()

    def _write(self, levels: list[Level], counts: list[int | None], level: int) -> str:
        if not 0 <= level < len(levels):
            return ""
        count = counts[level]
        return write_number(levels[level].start if count is None else count, levels[level].form)


def _read_levels(abstract: etree._Element | None) -> list[Level]:
    levels = [Level()] * _LEVELS
    for one in abstract.findall(W + "lvl") if abstract is not None else ():
        at = read_int(one.get(W + "ilvl"), 0)
        if 0 <= at < _LEVELS:
            levels[at] = _read_level(one)
    return levels


def _read_level(one: etree._Element) -> Level:
    found = {child.tag: child.get(W + "val", "") for child in one if isinstance(child.tag, str)}
    return Level(
        found.get(W + "numFmt", "decimal"), found.get(W + "lvlText", ""), read_int(found.get(W + "start"), 0)
    )


def _override(levels: list[Level], override: etree._Element) -> list[Level]:
    at = read_int(override.get(W + "ilvl"), 0)
    if not 0 <= at < _LEVELS:
        return levels
    other = override.find(W + "lvl")
    level = levels[at] if other is None else _read_level(other)
    if override.find(W + "startOverride") is not None:
        level = level._replace(start=read_int(find_value(override, "startOverride"), 1))
    return [*levels[:at], level, *levels[at + 1 :]]


def find_value(parent: etree._Element | None, path: str, default: str = "") -> str:
    """What the element at a path (`pPr/pStyle`) says, its names being Word's; the default without it."""
    found = None if parent is None else parent.find("/".join(W + name for name in path.split("/")))
    return default if found is None else found.get(W + "val", "")


def read_int(text: str | None, default: int) -> int:
    """A whole number of few digits, or the default."""
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else default
