"""Dates of a rewrite beside those of its parent."""

from winnow.classifiers.faithfulness import dates
from winnow.classifiers.faithfulness.pair import Found, Pair
from winnow.classifiers.faithfulness.sentences import Sentence, stem

ALIKE = ({"noon", "midday"}, {"bc", "bce"}, {"ad", "ce"})
CLASSES = [
    *(frozenset(words) for name, words in dates.CLASSES.items() if name in ("season", "time of day")),
    frozenset(dates.WEEKDAYS),
    frozenset(name for name in dates.MONTHS if len(name) > 3),
]


def compare_dates(pair: Pair, found: Found) -> None:
    """Enter dates that the parent does not have."""
    years = {int(one.value) for one in pair.given_numbers if one.is_year}
    years |= {one.year for one in pair.given_dates}
    said = dates.find(pair.rewrite)
    for each in said:
        twins = [one for one in said if one.start == each.start]
        why = [dates.explain(one, pair.given_dates, years) for one in twins]
        if pair.given_dates and all(why) and not _is_day_number(each, pair):
            found["dates"].append(f"{each.said}: {why[0]}")
        elif not pair.given_dates and (each.day or each.said.lower() not in pair.parent.lower()):
            found["dates"].append(f"{each.said} is not in the parent")
    _compare_weekdays(pair, found)
    _compare_classes(pair, found)
    _compare_clocks(pair, found)
    if era := _find_new_era(pair):
        found["dates"].append(era)


def _compare_weekdays(pair: Pair, found: Found) -> None:
    theirs = pair.given.vocabulary
    words = {word for each in pair.said for word in each.words}
    given = {name for one in pair.given_dates if (name := dates.find_weekday(one))}
    given |= {day for day in dates.WEEKDAYS if day in theirs or f"{day}s" in theirs}
    for day in dates.WEEKDAYS if given else ():
        if {day.title(), f"{day.title()}s"} & words and day not in given:
            found["dates"].append(f"{day.title()} is not in the parent")


def _compare_classes(pair: Pair, found: Found) -> None:
    """A season, an era, a time of day in the place of another one."""
    theirs = pair.given.vocabulary
    lower = {word for each in pair.said for word in each.lower}
    for group in dates.CLASSES.values():
        alone = [word for word in group if word in lower and word not in theirs]
        gone = [word for word in group if word in theirs and word not in lower]
        if alone and gone and not any({alone[0], gone[0]} <= alike for alike in ALIKE):
            found["dates"].append(f"{alone[0]} for {gone[0]}")


def _find_new_era(pair: Pair) -> str | None:
    """Years before Christ where the parent knows none."""
    eras = {"bc", "bce"}
    said = [word for each in pair.said for word in each.words if word in ("BC", "BCE")]
    return f"{said[0]} is not in the parent" if said and not eras & pair.given.vocabulary else None


def _is_day_number(each: dates.Date, pair: Pair) -> bool:
    """March 5 may be a verb and a number, as may is a verb."""
    return each.month in (3, 5) and not each.year and f" {each.said[:3].lower()}" in pair.parent


def _compare_clocks(pair: Pair, found: Found) -> None:
    given, said = dates.find_clocks(pair.parent), dates.find_clocks(pair.rewrite)
    for hour, minute, half in sorted(said) if given else ():
        fits = [
            one
            for one in given
            if one[1] == minute and (one[0] == hour or (not (one[2] and half) and one[0] % 12 == hour % 12))
        ]
        if not fits:
            found["dates"].append(f"{hour}:{minute:02d} is not in the parent")


def find_moved_class(pair: Pair, each: Sentence) -> str | None:
    """A season, weekday, month or time of day behind words that stand before another one in the parent."""
    for group in CLASSES:
        mine = _list_contexts([each], group)
        theirs = _list_contexts(pair.given.sentences, group)
        for word, context in mine:
            own = [one for other, one in theirs if other == word]
            fit = max((len(context & one) for one in own), default=0)
            for other, one in theirs:
                if other != word and len(context & one) >= 3 and len(context & one) >= fit + 2:
                    return f"{word} for {other} beside {' '.join(sorted(context & one))}"
    return None


def _list_contexts(sentences: list[Sentence], group: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    found = []
    for each in sentences:
        for at, word in enumerate(each.lower):
            if word in group:
                found.append((word, frozenset(stem(one) for one in each.lower[max(0, at - 5) : at])))
    return found
