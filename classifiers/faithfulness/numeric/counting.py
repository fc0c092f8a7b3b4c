"""Numbers and units of a rewrite beside those of its parent."""

import re

from winnow.classifiers.faithfulness.numeric import bounds, equations, numbers, quantities, units
from winnow.classifiers.faithfulness.numeric.quantities import Quantity
from winnow.classifiers.faithfulness.pair import ALIGNED, CLOSE, Found, Pair, find_sentence, mask_dates
from winnow.classifiers.faithfulness.sentences import STOP, Sentence, stem

ALL_OF_ONE = 0.95  # share of its stems from which on a sentence says nothing of the sentences beside its own
RANKED = 0.3  # as ALIGNED, for a rank beside another one
SMALL = 10.0  # up to which a number in words may count what a parent lists
CHEMICALS = {
    "CO2": "carbon dioxide",
    "H2O": "water",
    "O2": "oxygen",
    "N2": "nitrogen",
    "CH4": "methane",
    "SO2": "sul",
    "NH3": "ammonia",
    "O3": "ozone",
    "H2": "hydrogen",
    "N2O": "nitrous oxide",
}


def compare_numbers(pair: Pair, found: Found) -> None:
    """Enter numbers and units that the parent neither has nor gives, and wrong equations."""
    computed = equations.find(pair.rewrite)
    known = {value for value, is_right, _ in equations.find(pair.parent) if not is_right}
    found["numbers"] += [
        f"{said!r} is wrong" for value, is_right, said in computed if not is_right and value not in known
    ]
    results = {value for value, is_right, _ in computed if is_right}
    groups = [pair.by_sentence[n] + pair.by_sentence.get(n + 1, []) for n in pair.by_sentence]
    seen = quantities.find(mask_dates(pair.rewrite))
    labels = quantities.list_labels(pair.parent)
    for each in seen:
        if each.value in labels and re.match(r"[.)]\s", pair.rewrite[each.end : each.end + 2]):
            continue
        if each.value in results or (each.value in (0.0, 1.0) and each.form != "digits"):
            continue
        if each.form in ("ordinal", "part", "multiple") and each.value <= 2:
            _compare_part(pair, each, groups, found)
        else:
            _compare_number(pair, each, groups, found)
    found["numbers"] += bounds.list_changed_scales(pair)
    found["units"] += bounds.list_changed_rates(pair) + bounds.list_changed_spans(pair, seen)
    _compare_codes(pair, found)
    _compare_long_units(pair, seen, found)


def _compare_number(pair: Pair, each: Quantity, groups: list[list[Quantity]], found: Found) -> None:
    same, fits = numbers.find_support(each, pair.given_numbers)
    if fits:
        if other := bounds.find_turned_bound(pair, each, same):
            found["numbers"].append(f"{other} of {each.said}")
        elif other := _find_swapped(pair, each):
            found["numbers"].append(f"{each.said} for {other}")
        return
    sentence = find_sentence(pair, each)
    rival = _find_rival(pair, each, sentence)
    is_derived = _is_derived(pair, each, sentence, groups, rival)
    if same:
        is_other = any(one.unit and each.unit and _kind(one) == _kind(each) for one in same)
        if is_other or not is_derived:
            units = sorted({one.unit[1] for one in same if one.unit})
            found["units"].append(f"{format_quantity(each)} for {same[0].value:g} {' or '.join(units)}")
    elif not is_derived and (rival or not _is_small_count(pair, each, sentence)):
        kind = "dates" if each.is_year or re.search(r"\d0s$|centur", each.said + each.noun) else "numbers"
        found[kind].append(f"{format_quantity(each)} is not in the parent")


def _is_derived(
    pair: Pair,
    each: Quantity,
    sentence: Sentence,
    groups: list[list[Quantity]],
    rival: Quantity | None,
) -> bool:
    """Whether a number follows from others: of the parent, where none of it stands in its place, or of
    its own sentence."""
    text = _add_question(pair, sentence)
    own = [one for one in quantities.find(sentence.text) if one.value != each.value]
    own = [one for one in own if numbers.find_support(one, pair.given_numbers)[1]]
    return (
        (not rival and numbers.is_derived(each, text, pair.given_numbers, groups))
        or (each.is_year and numbers.is_later_year(each, pair.given_numbers, pair.parent))
        or numbers.is_derived(each, f"{text} in all" if ":" in sentence.text else text, own, [own])
        or (sentence.is_row and _is_rest(each, own))
    )


def _is_rest(each: Quantity, own: list[Quantity]) -> bool:
    """Whether a share is what another one of its row leaves of the whole."""
    return _kind(each) == "share" and any(
        _kind(one) == "share" and numbers.is_same(one.value + each.value, 100.0) for one in own
    )


def _compare_codes(pair: Pair, found: Found) -> None:
    """Names with digits (versions, models), where the parent has some."""
    low = pair.parent.lower()
    for code in quantities.find_codes(pair.rewrite) if quantities.find_codes(pair.parent) else ():
        is_spelt = CHEMICALS.get(code.upper(), "\0") in low
        if not is_spelt and code.lower() not in low and code.lower().rstrip("s") not in low:
            found["numbers"].append(f"{code} is not in the parent")


def _compare_long_units(pair: Pair, seen: list[Quantity], found: Found) -> None:
    """Units that are spelt out and stand behind no number, where the parent has others of their kind."""
    given = numbers.list_long_units(pair.given.vocabulary)
    known = {f"{each.unit[0]} {each.unit[2]}" for each in pair.given_numbers if each.unit} | set(given)
    kinds = {key.split()[0] for key in given}
    attached = {each.unit[1].split("/")[0].rstrip("23") for each in seen if each.unit}
    said = numbers.list_long_units(word for each in pair.said for word in each.lower)
    for key, word in said.items():
        if key not in known and units.UNITS[word][1] not in attached and key.split()[0] in kinds:
            found["units"].append(f"{word} is not in the parent")


def _kind(each: Quantity) -> str:
    return each.unit[0].split()[0] if each.unit else ""


def _add_question(pair: Pair, sentence: Sentence) -> str:
    """A sentence with the question before it, whose words say what is computed."""
    before = [
        each.text for each in pair.said[max(0, sentence.number - 2) : sentence.number] if "?" in each.text
    ]
    return " ".join([*before, sentence.text])


def _find_rival(pair: Pair, each: Quantity, sentence: Sentence) -> Quantity | None:
    """The number of the parent's sentence in whose place one stands: of the same unit or before the same
    word, and not said in the rewrite's."""
    best, share, _ = pair.aligned[sentence.number]
    if best is None or share < CLOSE or len(sentence.bag) < 3:
        return None
    mine = quantities.find(mask_dates(sentence.text))
    for one in pair.by_sentence[best.number]:
        if _is_said(one, mine):
            continue
        same_unit = bool(one.unit and each.unit and one.unit[1] == each.unit[1])
        same_noun = not one.unit and not each.unit and bool(one.noun) and stem(one.noun) == stem(each.noun)
        if one.is_year and each.is_year:
            return one
        is_alike = same_unit or (same_noun and one.noun not in ("and", "of", "in", "to", "or"))
        if is_alike and one.is_year == each.is_year:
            return one
    return None


def format_quantity(each: Quantity) -> str:
    """A number with its unit, as it is told."""
    return f"{each.said} {each.unit[1]}" if each.unit and each.unit[1] not in each.said else each.said


def _compare_part(pair: Pair, each: Quantity, groups: list[list[Quantity]], found: Found) -> None:
    """A half, a third, twice: flagged where the parent has another part or multiple in its place."""
    same, _ = numbers.find_support(each, pair.given_numbers)
    if same or (each.form == "ordinal" and each.value <= 2):
        return
    sentence = find_sentence(pair, each)
    if numbers.is_derived(each, sentence.text + " half", pair.given_numbers, groups):
        return
    best = pair.aligned[sentence.number][0] if sentence.number < len(pair.aligned) else None
    theirs = [
        one
        for one in (pair.by_sentence.get(best.number, []) if best else [])
        if one.form == each.form or (one.unit and _kind(one) == _kind(each))
    ]
    if theirs:
        found["numbers"].append(f"{each.said} for {theirs[0].said}")


def _is_small_count(pair: Pair, each: Quantity, sentence: Sentence) -> bool:
    """Whether a small number may count what the parent lists: it has no unit, and stands for no other
    one."""
    if each.value > SMALL or each.unit or each.value != int(each.value) or each.form == "digits":
        return False
    if each.noun == "times":
        return False
    rivals = [
        one
        for one in pair.given_numbers
        if one.noun and stem(one.noun) == stem(each.noun) and one.form != "ordinal"
    ]
    best, share, _ = pair.aligned[sentence.number]
    mine = {one.value for one in quantities.find(sentence.text)}
    if best is not None and share >= (RANKED if each.form == "ordinal" else ALIGNED):
        rivals += [
            one
            for one in pair.by_sentence[best.number]
            if one.value not in mine and one.form == each.form and not one.unit
        ]
    return not rivals


def _find_swapped(pair: Pair, each: Quantity) -> str | None:
    """Another number in whose place a number of the parent stands: its sentence there has that other one,
    with the same word or unit behind it, and not this one."""
    sentence = find_sentence(pair, each)
    best, share, _ = pair.aligned[sentence.number]
    if best is None or sentence.is_row or share < CLOSE or "?" in sentence.text:
        return None
    near = pair.by_sentence[best.number]
    beside = [one for other in pair.around(best) for one in pair.by_sentence[other.number]]
    if not (each.is_year and share >= ALL_OF_ONE) and any(
        numbers.is_same(each.value, one.value) for one in beside
    ):
        return None
    if any(_says(each, one) for one in near):
        return _find_crossed(pair, each, sentence, best)
    mine = quantities.find(sentence.text)
    for one in near:
        alike = one.noun == each.noun or (one.is_year and each.is_year)
        if one.unit or each.unit:
            alike = bool(numbers.has_same_unit(one, each) and one.unit and each.unit)
        if not alike or one.is_year != each.is_year or "ordinal" in (one.form, each.form):
            continue
        if not _is_said(one, mine):
            return f"{one.said} in {best.plain[:80]!r}"
    return None


def _says(said: Quantity, given: Quantity) -> bool:
    return numbers.is_rounded(said, given.value, given.digits) or numbers.is_converted(said, given)


def _is_said(given: Quantity, said: list[Quantity]) -> bool:
    return any(_says(one, given) for one in said)


def _find_crossed(pair: Pair, each: Quantity, sentence: Sentence, best: Sentence) -> str | None:
    """Two numbers of one sentence that stand in each other's place: before the same words."""
    mine = [one for one in quantities.find(sentence.text) if one.noun and not one.unit]
    theirs = [one for one in pair.by_sentence[best.number] if one.noun and not one.unit]
    for one in mine:
        if one.value != each.value or one.noun in STOP:
            continue
        there = [other for other in theirs if stem(other.noun) == stem(one.noun)]
        is_other = len(there) == 1 and not numbers.is_rounded(one, there[0].value, there[0].digits)
        if is_other and any(numbers.is_same(other.value, there[0].value) for other in mine):
            return f"{there[0].said} {there[0].noun}"
    return None
