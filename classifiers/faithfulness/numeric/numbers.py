"""Which numbers and units of a rewrite its parent has, or gives by a conversion or a sum."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations
from math import floor, isclose, log10

from winnow.classifiers.faithfulness.numeric.quantities import Quantity
from winnow.classifiers.faithfulness.numeric.units import LONG, UNITS

_APPROXIMATE = re.compile(
    r"\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|over|under|more than"
    r"|less than|fewer than"
    r"|at least|at most|up to|close to|just|above|below|circa|ca\.?|c\.|~|≈|well over|an estimated)\W*$"
)
_SUM = re.compile(
    r"\b(?:total|totall?ed|altogether|combined|sum|in all|together|overall|both|add(?:s|ed)? up"
    r"|plus|sums?)\b"
)
_DIFFERENCE = re.compile(
    r"\b(?:differ\w*|more|fewer|less|higher|lower|longer|shorter|taller|larger|smaller|older"
    r"|younger|heavier|lighter"
    r"|remain\w*|left|rose|risen|rise|increas\w*|decreas\w*|drop\w*|fell|fall\w*|gap|gain\w*|lost"
    r"|minus|margin"
    r"|gr[eo]wn?|reduc\w*|apart|below|above|behind|ahead|short of|exceed\w*|beyond|surpass\w*|improv\w*"
    r"|rest|others?|everything else)\b"
)
_SPAN = re.compile(
    r"\b(?:later|earlier|after|before|last(?:ed|ing|s)?|years?|days?|months?|weeks?|hours?|minutes?"
    r"|decades?|aged?|old"
    r"|between|span\w*|within|over|for|since|until)\b"
)
_RATIO = re.compile(
    r"\b(?:per\s?cent\w*|percentage|share|half|third|quarter|fifth|tenth|twice|doubl\w*|tripl\w*"
    r"|times|ratio|fold|per|average"
    r"|mean|each|every|proportion|fraction|out of|rate)\b|%|-fold"
)
MOST_OPERANDS = (
    14  # numbers of a parent of which any two may be added up; of more, those of one sentence only
)
_EXEMPT = frozenset({0.0, 1.0})
_TEMPERATURES = {
    "temperature C": (1.0, 273.15),
    "temperature F": (5 / 9, 255.372222),
    "temperature K": (1.0, 0.0),
}


def is_same(a: float, b: float) -> bool:
    """Whether two numbers are one but for how they are computed."""
    return isclose(a, b, rel_tol=1e-6, abs_tol=1e-12)


def _round_to(value: float, digits: int) -> float:
    if not value:
        return 0.0
    return round(value, digits - 1 - floor(log10(abs(value))))


def is_rounded(said: Quantity, value: float, digits: int) -> bool:
    """Whether a number says another one in fewer digits, or, behind "about", nearly."""
    if is_same(said.value, value):
        return True
    if said.is_year:
        return False
    if said.digits < min(digits, 9) and is_same(said.value, _round_to(value, said.digits)):
        return bool(said.digits > 1 or _APPROXIMATE.search(said.context))
    near = abs(said.value - value) <= 0.04 * abs(value)
    return bool(near and said.digits < digits and _APPROXIMATE.search(said.context))


def has_same_unit(a: Quantity, b: Quantity) -> bool:
    """Whether two numbers count the same, as far as they say what."""
    if a.unit is None or b.unit is None:
        return True
    if a.unit[0] == b.unit[0] and isclose(a.unit[2], b.unit[2], rel_tol=0.002):
        return True
    kinds = {a.unit[0], b.unit[0]}
    if "pound x" in kinds:
        return bool(kinds & {"mass kg", "money GBP"}) and (a.unit[2] == b.unit[2] or "money GBP" in kinds)
    if kinds == {"share 1", "share pp"}:
        return False
    if a.unit[1].partition("/")[0] == b.unit[1].partition("/")[0] and ("/" in a.unit[1]) != (
        "/" in b.unit[1]
    ):
        return True  # the other one says in other words how often
    return kinds == {"angle deg", "temperature C"} or kinds == {"angle deg", "temperature F"}


def is_converted(said: Quantity, given: Quantity) -> bool:
    """Whether a number says another one in another unit, as exactly as its own digits do."""
    if said.unit is None or given.unit is None or said.unit[1] == given.unit[1]:
        return False
    a, b = said.unit, given.unit
    if a[0] in _TEMPERATURES and b[0] in _TEMPERATURES:
        (fa, oa), (fb, ob) = _TEMPERATURES[a[0]], _TEMPERATURES[b[0]]
        value = (given.value * fb + ob - oa) / fa
        return abs(value - said.value) <= max(0.6, 0.005 * abs(value))
    kinds = {a[0], b[0]} - {"pound x"}
    if len(kinds) > 1 or (kinds and "money" in next(iter(kinds))):
        return False
    value = given.value * b[2] / a[2]
    if is_same(said.value, value) or abs(said.value - value) <= 0.01 * abs(value):
        return True
    is_rough = _APPROXIMATE.search(said.context) or said.digits < 3
    return bool(
        is_rough
        and (is_same(said.value, _round_to(value, said.digits)) or abs(said.value - value) <= 0.05 * value)
    )


def find_support(said: Quantity, given: Sequence[Quantity]) -> tuple[list[Quantity], bool]:
    """The numbers of a parent that are this one, and whether one of them has its unit or converts to it."""
    same = [each for each in given if is_rounded(said, each.value, each.digits)]
    same += [each for each in given if _is_share(said, each)]
    kin = [
        each
        for each in same
        if each.unit and said.unit and each.unit[0].split()[0] == said.unit[0].split()[0]
    ]
    if any(has_same_unit(said, each) for each in kin or same):
        return same, True
    converted = [each for each in given if is_converted(said, each)]
    return (converted, True) if converted else (same, False)


def _is_share(said: Quantity, given: Quantity) -> bool:
    """A half, 50% and 0.5; a decade of which a year is said; a century; twice and two times."""
    for one, other in ((said, given), (given, said)):
        if (
            one.unit
            and one.unit[0] == "share 1"
            and is_same(one.value / 100, other.value)
            and other.unit is None
        ):
            return True
    if said.said.endswith("s") and said.is_year:
        return given.is_year and said.value <= given.value < said.value + (
            100 if said.value % 100 == 0 else 10
        )
    if said.form == "ordinal" and said.noun.startswith("centur"):
        return given.is_year and said.value == (given.value - 1) // 100 + 1
    return False


def is_derived(
    said: Quantity, sentence: str, given: Sequence[Quantity], groups: Iterable[Sequence[Quantity]]
) -> bool:
    """Whether a number is a sum, a difference or a ratio of those of the parent, where its sentence says
    so.

    `groups` are the parent's numbers by sentence; only these are combined where there are many.
    """
    lower = sentence.lower()
    pools = [given] if len(given) <= MOST_OPERANDS else list(groups)
    for pool in pools:
        numbers = [each for each in pool if each.form != "ordinal"]
        if _SUM.search(lower) and _is_sum(said, numbers):
            return True
        is_span = _SPAN.search(lower) and (_is_time(said) or re.search(r"\b(?:aged?|old|years?)\b", lower))
        if (_DIFFERENCE.search(lower) or is_span) and _is_difference(said, numbers):
            return True
        if _RATIO.search(lower) and _is_ratio(said, numbers):
            return True
    return False


def _is_time(said: Quantity) -> bool:
    return said.unit is not None and said.unit[0].startswith("time")


def _fits(said: Quantity, value: float) -> bool:
    return is_same(said.value, value) or (
        value != 0 and is_same(said.value, _round_to(value, max(2, said.digits))) and said.digits >= 2
    )


def _is_sum(said: Quantity, numbers: Sequence[Quantity]) -> bool:
    alike = [each for each in numbers if has_same_unit(said, each) and not each.is_year]
    values = [each.value for each in alike]
    runs = [sum(values[a:b]) for a in range(len(values)) for b in range(a + 2, len(values) + 1)]
    return any(_fits(said, total) for total in runs) or any(
        _fits(said, a + b) for a, b in combinations(values, 2)
    )


def _is_difference(said: Quantity, numbers: Sequence[Quantity]) -> bool:
    if _is_raised(said, numbers):
        return True
    is_span = said.unit is None or said.unit[0].startswith(("time", "share"))
    for a, b in combinations(numbers, 2):
        if a.is_year and b.is_year:
            if is_span and is_same(
                said.value * (said.unit[2] / 31556952 if said.unit else 1), abs(a.value - b.value)
            ):
                return True
            if is_span and said.value + 1 == abs(a.value - b.value):  # an age, before the birthday
                return True
        elif (
            a.is_year == b.is_year
            and has_same_unit(a, b)
            and has_same_unit(said, a)
            and a.value != b.value
            and _fits(said, abs(a.value - b.value))
        ):
            return True
    return False


def _is_raised(said: Quantity, numbers: Sequence[Quantity]) -> bool:
    """Whether a number is another one more or less so many per cent of it."""
    shares = [each.value / 100 for each in numbers if each.unit and each.unit[0] == "share 1"]
    return any(
        _fits(said, each.value * factor)
        for each in numbers
        for share in shares
        for factor in (1 + share, 1 - share)
        if not (each.unit and each.unit[0].startswith("share"))
        and not each.is_year
        and has_same_unit(said, each)
    )


def is_later_year(said: Quantity, given: Sequence[Quantity], parent: str) -> bool:
    """Whether a year is one that the parent counts from another: three years later, the following year."""
    spans = {each.value for each in given if each.unit and each.unit[1] == "year"}
    spans |= {10 * each.value for each in given if each.unit and each.unit[1] == "decade"}
    spans |= {-span for span in spans}
    if re.search(r"(?:following|next) year|year (?:later|after)", parent.lower()):
        spans.add(1.0)
    if re.search(r"(?:previous|preceding) year|year (?:earlier|before)", parent.lower()):
        spans.add(-1.0)
    return any(said.value - each.value in spans for each in given if each.is_year)


def _is_ratio(said: Quantity, numbers: Sequence[Quantity]) -> bool:
    is_share = said.unit is not None and said.unit[0].startswith("share")
    for a, b in combinations([each for each in numbers if not each.is_year], 2):
        if not has_same_unit(a, b) and said.unit is not None:
            if not is_share and _fits(said, a.value * b.value):
                return True
            continue
        for top, bottom in ((a.value, b.value), (b.value, a.value)):
            if not bottom:
                continue
            found = [100 * top / bottom, 100 * abs(top - bottom) / bottom, 100 * top / (top + bottom or 1)]
            found = found if is_share else [top / bottom, (top + bottom) / 2, top * bottom]
            if any(
                _fits(said, value) or (is_share and abs(said.value - value) < 0.5 and said.digits > 1)
                for value in found
            ):
                return True
    return False


def list_long_units(words: Iterable[str]) -> dict[str, str]:
    """Units that are spelt out among words, by their kind and size."""
    return {f"{UNITS[word][0]} {UNITS[word][2]}": word for word in words if word in LONG}
