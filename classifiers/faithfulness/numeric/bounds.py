"""Bounds of numbers, scales without a number (`dozens of`), and rates (`once a day`), which hold beside a
free paraphrase too."""

import re

from winnow.classifiers.faithfulness.numeric import numbers
from winnow.classifiers.faithfulness.numeric.quantities import Quantity
from winnow.classifiers.faithfulness.numeric.units import UNITS
from winnow.classifiers.faithfulness.pair import Pair

LEAST = 0.3  # share of its stems that a sentence has of one of the parent's, whose scale it tells
_BOUNDS = (
    re.compile(r"\b(?:at (?:the )?least|no (?:less|fewer) than|minimum (?:of|is)|upwards? of)(?: an?)?\s*$"),
    re.compile(
        r"\b(?:at (?:the )?most|no(?:t)? more than|maximum (?:of|is)|up to|as (?:many|much) as)(?: an?)?\s*$"
    ),
)
_AFTER = (
    re.compile(r"\s*(?:[^\W\d_]+ )?(?:or|and) (?:more|above|over)\b|\s*(?:[^\W\d_]+ )?at least\b"),
    re.compile(r"\s*(?:[^\W\d_]+ )?(?:or|and) (?:less|fewer|below|under)\b|\s*(?:[^\W\d_]+ )?at most\b"),
)
_SCALES = re.compile(r"\b(?:dozens|hundreds|thousands|millions|billions|trillions)\b")
_TIMES = "|".join(
    sorted((name for name, unit in UNITS.items() if unit[0] == "time s" and len(name) > 2), key=len)
)
_RATES = re.compile(
    rf"\b(?:(?P<rate>(?:once|twice|thrice|times) (?:an?|every|each|per))|(?P<vague>few|several|many|couple of"
    rf"|coming|next|past|(?:dozens|hundreds|thousands|millions) of)) (?P<unit>{_TIMES})\b"
)


def _find_side(text: str, one: Quantity) -> int | None:
    """Which bound a number has: 0 a lower one, 1 an upper one; None where it has none, or both."""
    before, behind = text[max(0, one.start - 25) : one.start].lower(), text[one.end : one.end + 30].lower()
    sides = {n for n in (0, 1) if _BOUNDS[n].search(before) or _AFTER[n].match(behind)}
    return sides.pop() if len(sides) == 1 else None


def find_turned_bound(pair: Pair, said: Quantity, same: list[Quantity]) -> str | None:
    """The bound of a number, where all that the parent has of the same value have the other one."""
    side = _find_side(pair.rewrite, said)
    if side is None:
        return None
    theirs = [_find_side(pair.parent, one) for one in same if numbers.is_same(one.value, said.value)]
    return f"{('lower', 'upper')[side]} bound" if theirs and set(theirs) == {1 - side} else None


def list_changed_scales(pair: Pair) -> list[str]:
    """`Hundreds` where the parent has `thousands`, and nowhere hundreds."""
    told = []
    for each, (best, share, _) in zip(pair.said, pair.aligned, strict=True):
        mine = set(_SCALES.findall(each.flat)) - pair.given.vocabulary
        theirs = set(_SCALES.findall(best.flat)) - set(each.lower) if best is not None else set()
        if mine and theirs and share >= LEAST:
            told.append(f"{min(mine)} for {min(theirs)}")
    return told


def list_changed_rates(pair: Pair) -> list[str]:
    """`Once a week` where the parent has `once every day`, and no week; `a few hours` for `a few days`."""
    told = []
    sides = [_list_rates(text) for text in (pair.rewrite, pair.parent)]
    for manner, units in sides[0].items():
        theirs = sides[1].get(manner, set())
        if theirs and not units & theirs:
            told.append(f"{manner} {min(units)} for {min(theirs)}")
    return told


_SPANS = {name: unit[1] for name, unit in UNITS.items() if unit[0] == "time s" and len(name) > 2}
_SPANS |= {
    "daily": "day",
    "hourly": "hour",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
}
_SPANS |= {"annually": "year", "everyday": "day", "today": "day", "overnight": "night", "anniversary": "year"}
_SPANS = {name: UNITS[unit][1] for name, unit in _SPANS.items() if not name.startswith("sec")}


def list_changed_spans(pair: Pair, seen: list[Quantity]) -> list[str]:
    """`Months` without a number where the parent's sentence has years, and nowhere months."""
    attached = {part for one in [*seen, *pair.given_numbers] if one.unit for part in one.unit[1].split("/")}
    known = {_SPANS[word] for word in pair.given.vocabulary if word in _SPANS}
    told = []
    for each, (best, share, _) in zip(pair.said, pair.aligned, strict=True):
        if best is None or share < LEAST:
            continue
        mine = (
            {_SPANS[word] for word in each.lower if word in _SPANS and word.endswith("s")} - known - attached
        )
        theirs = {_SPANS[word] for word in best.lower if word in _SPANS}
        theirs -= {_SPANS[word] for word in each.lower if word in _SPANS}
        if mine and theirs:
            told.append(f"{min(mine)} for {min(theirs)}")
    return told


def _list_rates(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in _RATES.finditer(" ".join(text.lower().split())):
        manner = "so often a" if each["rate"] else each["vague"]
        found.setdefault(manner, set()).add(UNITS[each["unit"]][1])
    return found
