"""All that a rewrite says otherwise than its parent, by kind, with the words of both."""

import re
from functools import cache
from pathlib import Path

from classifiers.faith import dates, forms, names, numbers, order, polarity, quantities
from classifiers.faith.quantities import Quantity
from classifiers.faith.sentences import STOP, Parent, Sentence, split, stem
from filters.words.files import read_text

KINDS = ("numbers", "units", "dates", "formulas", "names", "negations", "hedges", "orders", "inventions")
ALIGNED = 0.5  # the weighted share of a sentence's stems that the parent's sentence must have to be compared
CLOSE = 0.62
UNSUPPORTED = 0.55  # share of a sentence's weight that the parent has nowhere
LEAST_NEW = 3  # words
_SMALL = 10.0
CLASSES = [
    *(frozenset(words) for name, words in dates.CLASSES.items() if name in ("season", "time of day")),
    frozenset(dates.WEEKDAYS),
    frozenset(name for name in dates.MONTHS if len(name) > 3),
]
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


@cache
def read_familiar() -> frozenset[str]:
    """Frequent words of English."""
    lines = read_text(Path(__file__).parent.parent / "english_words.txt").splitlines()
    return frozenset(word.lower() for line in lines if not line.startswith("#") for word in line.split())


class Pair:
    """A parent and its rewrite, each read once."""

    def __init__(self, parent: str, rewrite: str) -> None:
        self.parent, self.rewrite = parent, rewrite
        self.given = Parent(parent)
        self.said = split(rewrite)
        self.given_dates = dates.find(parent)
        self.given_numbers = quantities.find(_mask_dates(parent))
        self.given_numbers += quantities.find_single(parent)
        self.given_numbers += [_make_year(one) for one in self.given_dates if one.year and one.day]
        self.by_sentence = {
            each.number: quantities.find(_mask_dates(each.text)) for each in self.given.sentences
        }
        self.verbatim = {each.plain for each in self.given.sentences}
        self.aligned = [self.given.align(each) for each in self.said]

    def around(self, sentence: Sentence) -> list[Sentence]:
        """The sentences beside one of the parent's."""
        all_ = self.given.sentences
        return [all_[n] for n in (sentence.number - 1, sentence.number + 1) if 0 <= n < len(all_)]


def compare(parent: str, rewrite: str, is_english: bool = True) -> dict[str, list[str]]:
    """What differs, by kind: each finding in words. Where the texts are not English only numbers, units in
    signs, dates and formulas are compared, and names in scripts with capitals."""
    pair = Pair(parent, rewrite)
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    if not pair.said:
        return found
    _compare_numbers(pair, found)
    _compare_dates(pair, found)
    if formula := forms.find_formula(rewrite, parent) or forms.find_coefficient(rewrite, parent):
        found["formulas"].append(formula)
    if not is_english:
        return found
    _compare_names(pair, found)
    for each, (best, share, back) in zip(pair.said, pair.aligned, strict=True):
        if "?" in each.text or each.is_row or best is None or each.plain in pair.verbatim:
            continue
        if share >= ALIGNED:
            if (denied := polarity.find_negation(each, best, pair.around(best))) and (
                share >= 0.55 or back >= CLOSE
            ):
                found["negations"].append(f"{denied}: {each.plain[:100]!r} for {best.plain[:100]!r}")
            if hedge := polarity.find_hedge(each, best, pair.around(best)):
                found["hedges"].append(f"{hedge}: {each.plain[:100]!r} for {best.plain[:100]!r}")
            if moved := _find_moved_class(pair, each):
                found["dates"].append(moved)
            if turned := find_transposed(each, best):
                kind = "numbers" if turned[0].isdigit() else "names"
                found[kind].append(turned)
            if chain := order.find_turned_chain(each, best):
                found["orders"].append(chain)
    for each in pair.said:
        if "?" in each.text:
            continue
        if tie := order.find_turned_tie(each, pair.given) or order.find_turned_dates(each, pair.given):
            found["orders"].append(tie)
    if steps := order.find_turned_steps(pair.said, pair.given):
        found["orders"].append(steps)
    _find_invented(pair, found)
    return found


def _compare_numbers(pair: Pair, found: dict[str, list[str]]) -> None:
    computed = numbers.find_equations(pair.rewrite)
    found["numbers"] += [f"{said!r} is wrong" for _, is_right, said in computed if not is_right]
    results = {value for value, is_right, _ in computed if is_right}
    groups = [pair.by_sentence[n] + pair.by_sentence.get(n + 1, []) for n in pair.by_sentence]
    masked = _mask_dates(pair.rewrite)
    seen = quantities.find(masked)
    for each in seen:
        if each.value in results or (each.value in (0.0, 1.0) and each.form != "digits"):
            continue
        if each.form in ("ordinal", "part", "multiple") and each.value <= 2:
            _compare_part(pair, each, groups, found)
            continue
        same, fits = numbers.find_support(each, pair.given_numbers)
        if fits:
            if other := _find_swapped(pair, each, same):
                found["numbers"].append(f"{each.said} for {other}")
            continue
        sentence = _find_sentence(pair, each)
        text = _add_question(pair, sentence)
        rival = _find_rival(pair, each, sentence)
        own = [one for one in quantities.find(sentence.text) if one.value != each.value]
        own = [one for one in own if numbers.find_support(one, pair.given_numbers)[1]]
        is_derived = not rival and numbers.is_derived(each, text, pair.given_numbers, groups)
        is_later = each.is_year and numbers.is_later_year(each, pair.given_numbers, pair.parent)
        is_derived = is_derived or is_later or numbers.is_derived(each, text, own, [own])
        if same:
            is_other = any(one.unit and each.unit and _kind(one) == _kind(each) for one in same)
            if is_other or not is_derived:
                units = sorted({one.unit[1] for one in same if one.unit})
                found["units"].append(f"{pair_text(each)} for {same[0].value:g} {' or '.join(units)}")
            continue
        if is_derived or (not rival and _is_small_count(pair, each, sentence)):
            continue
        kind = "dates" if each.is_year or re.search(r"\d0s$|centur", each.said + each.noun) else "numbers"
        found[kind].append(f"{pair_text(each)} is not in the parent")
    codes = {code.lower() for code in quantities.find_codes(pair.parent)}
    low = pair.parent.lower()
    for code in quantities.find_codes(pair.rewrite):
        is_spelt = CHEMICALS.get(code.upper(), "\0") in low
        if codes and not is_spelt and code.lower() not in low and code.lower().rstrip("s") not in low:
            found["numbers"].append(f"{code} is not in the parent")
    said = numbers.list_long_units(word for each in pair.said for word in each.lower)
    given = numbers.list_long_units(pair.given.vocabulary)
    kinds = {each.unit[0] for each in pair.given_numbers if each.unit}
    attached = {each.unit[1] for each in seen if each.unit}
    for key, word in said.items():
        known = {f"{each.unit[0]} {each.unit[2]}" for each in pair.given_numbers if each.unit}
        is_attached = quantities.units.UNITS[word][1] in {one.split("/")[0].rstrip("23") for one in attached}
        if (
            key not in given
            and key not in known
            and not is_attached
            and given
            and any(key.split()[0] == one.split()[0] for one in given)
        ):
            found["units"].append(f"{word} is not in the parent")
    del kinds


def _kind(each: Quantity) -> str:
    return each.unit[0].split()[0] if each.unit else ""


def _add_question(pair: Pair, sentence: Sentence) -> str:
    """A sentence with the question before it, whose words say what is computed."""
    before = [
        each.text for each in pair.said[max(0, sentence.number - 2) : sentence.number] if "?" in each.text
    ]
    return " ".join([*before, sentence.text])


def _find_rival(pair: Pair, each: Quantity, sentence: Sentence) -> Quantity | None:
    """The number of the parent's sentence in whose place one stands: of the same unit or before the same word, and
    not said in the rewrite's."""
    best, share, _ = pair.aligned[sentence.number]
    if best is None or share < CLOSE or len(sentence.bag) < 3:
        return None
    mine = quantities.find(_mask_dates(sentence.text))
    for one in pair.by_sentence[best.number]:
        if any(
            numbers.is_rounded(other, one.value, one.digits) or numbers.is_converted(other, one)
            for other in mine
        ):
            continue
        same_unit = bool(one.unit and each.unit and one.unit[1] == each.unit[1])
        same_noun = not one.unit and not each.unit and bool(one.noun) and stem(one.noun) == stem(each.noun)
        if one.is_year and each.is_year:
            return one
        if (
            same_unit or (same_noun and one.noun not in ("and", "of", "in", "to", "or"))
        ) and one.is_year == each.is_year:
            return one
    return None


def pair_text(each: Quantity) -> str:
    """A number with its unit, as it is told."""
    return f"{each.said} {each.unit[1]}" if each.unit and each.unit[1] not in each.said else each.said


def _mask_dates(text: str) -> str:
    """A text without its whole dates and times of the clock, which are compared as such."""
    for each in dates.find(text):
        if each.day:
            text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def _make_year(one: dates.Date) -> Quantity:
    return Quantity(float(one.year), "digits", str(one.year), one.start, one.end, None, 4, True)


def _find_sentence(pair: Pair, each: Quantity) -> Sentence:
    at = 0
    for sentence in pair.said:
        place = pair.rewrite.find(sentence.text, at)
        if place <= each.start < place + len(sentence.text):
            return sentence
        at = max(at, place)
    return pair.said[-1]


def _compare_part(
    pair: Pair, each: Quantity, groups: list[list[Quantity]], found: dict[str, list[str]]
) -> None:
    """A half, a third, twice: flagged where the parent has another part or multiple in its place."""
    same, _ = numbers.find_support(each, pair.given_numbers)
    if same or (each.form == "ordinal" and each.value <= 2):
        return
    sentence = _find_sentence(pair, each)
    if numbers.is_derived(each, sentence.text + " half", pair.given_numbers, groups):
        return
    best = pair.aligned[sentence.number][0] if sentence.number < len(pair.aligned) else None
    theirs = [one for one in (pair.by_sentence.get(best.number, []) if best else []) if one.form == each.form]
    if theirs:
        found["numbers"].append(f"{each.said} for {theirs[0].said}")


def _is_small_count(pair: Pair, each: Quantity, sentence: Sentence) -> bool:
    """Whether a small number may count what the parent lists: it says no unit, and stands for no other number."""
    if each.value > _SMALL or each.unit or each.value != int(each.value) or each.form == "digits":
        return False
    rivals = [
        one
        for one in pair.given_numbers
        if one.noun and stem(one.noun) == stem(each.noun) and one.form != "ordinal"
    ]
    best, share, _ = pair.aligned[sentence.number]
    mine = {one.value for one in quantities.find(sentence.text)}
    if best is not None and share >= ALIGNED:
        rivals += [
            one
            for one in pair.by_sentence[best.number]
            if one.value not in mine and one.form == each.form and not one.unit
        ]
    return not rivals


def _find_swapped(pair: Pair, each: Quantity, same: list[Quantity]) -> str | None:
    """Another number in whose place a number of the parent stands: its sentence there has that other one, with the
    same word or unit behind it, and not this one."""
    if each.is_year or each.form == "ordinal":
        pass
    sentence = _find_sentence(pair, each)
    best, share, back = pair.aligned[sentence.number]
    if best is None or sentence.is_row or share < CLOSE or "?" in sentence.text:
        return None
    near = pair.by_sentence[best.number]
    beside = [one for other in pair.around(best) for one in pair.by_sentence[other.number]]
    if any(numbers.is_same(each.value, one.value) for one in beside):
        return None
    if any(
        numbers.is_rounded(each, one.value, one.digits) or numbers.is_converted(each, one) for one in near
    ):
        return _find_crossed(pair, each, sentence, best)
    mine = quantities.find(sentence.text)
    for one in near:
        is_gone = not any(
            numbers.is_rounded(other, one.value, one.digits) or numbers.is_converted(other, one)
            for other in mine
        )
        alike = (
            one.noun == each.noun
            if not (one.unit or each.unit)
            else numbers.has_same_unit(one, each) and one.unit and each.unit
        )
        if (
            is_gone
            and alike
            and one.is_year == each.is_year
            and one.form != "ordinal"
            and each.form != "ordinal"
        ):
            return f"{one.said} in {best.plain[:80]!r}"
    return None


def _find_crossed(pair: Pair, each: Quantity, sentence: Sentence, best: Sentence) -> str | None:
    """Two numbers of one sentence that stand in each other's place: before the same words."""
    mine = [one for one in quantities.find(sentence.text) if one.noun and not one.unit]
    theirs = [one for one in pair.by_sentence[best.number] if one.noun and not one.unit]
    for one in mine:
        if one.value != each.value or one.noun in STOP:
            continue
        there = [other for other in theirs if stem(other.noun) == stem(one.noun)]
        if len(there) == 1 and not numbers.is_rounded(one, there[0].value, there[0].digits):
            if any(numbers.is_same(other.value, there[0].value) for other in mine):
                return f"{there[0].said} {there[0].noun}"
    return None


def _compare_dates(pair: Pair, found: dict[str, list[str]]) -> None:
    years = {int(one.value) for one in pair.given_numbers if one.is_year} | {
        one.year for one in pair.given_dates
    }
    said = dates.find(pair.rewrite)
    for each in said:
        twins = [one for one in said if one.start == each.start]
        why = [dates.explain(one, pair.given_dates, years) for one in twins]
        if pair.given_dates and all(why) and not _is_day_number(each, pair):
            found["dates"].append(f"{each.said}: {why[0]}")
        elif not pair.given_dates and each.day:
            found["dates"].append(f"{each.said} is not in the parent")
    theirs = pair.given.vocabulary
    known = {name for one in pair.given_dates if (name := dates.find_weekday(one))}
    words = {word for each in pair.said for word in each.words}
    given_days = {day for day in dates.WEEKDAYS if day in theirs or f"{day}s" in theirs}
    for day in dates.WEEKDAYS:
        if (
            (day.title() in words or f"{day.title()}s" in words)
            and day not in given_days | known
            and (given_days or known)
        ):
            found["dates"].append(f"{day.title()} is not in the parent")
    for group in dates.CLASSES.values():
        lower = {word.lower() for word in words}
        alone = [word for word in group if word in lower and word not in theirs]
        gone = [word for word in group if word in theirs and word not in lower]
        if (
            alone
            and gone
            and not (
                {alone[0], gone[0]} <= {"autumn", "fall", "noon", "midday", "bc", "bce"}
                or {alone[0], gone[0]} == {"ad", "ce"}
            )
        ):
            found["dates"].append(f"{alone[0]} for {gone[0]}")
    _compare_clocks(pair, found)


def _is_day_number(each: dates.Date, pair: Pair) -> bool:
    """March 5 may be a verb and a number, as may is a verb."""
    return each.month in (3, 5) and not each.year and f" {each.said[:3].lower()}" in pair.parent


def _compare_clocks(pair: Pair, found: dict[str, list[str]]) -> None:
    given, said = dates.find_clocks(pair.parent), dates.find_clocks(pair.rewrite)
    for hour, minute, half in sorted(said) if given else ():
        fits = [
            one
            for one in given
            if one[1] == minute and (one[0] == hour or (not (one[2] and half) and one[0] % 12 == hour % 12))
        ]
        if not fits:
            found["dates"].append(f"{hour}:{minute:02d} is not in the parent")


def _compare_names(pair: Pair, found: dict[str, list[str]]) -> None:
    familiar, vocabulary = read_familiar(), pair.given.vocabulary
    initials = names.list_initials(pair.parent)
    long_forms = {word for word in re.findall(r"\b[A-Z]{2,7}\b", pair.parent)}
    said_initials = names.list_initials(pair.rewrite)
    known_long = long_forms & said_initials
    for each, (best, share, back) in zip(pair.said, pair.aligned, strict=True):
        mine = names.list_names(each, familiar, vocabulary)
        for name in mine:
            if name in pair.parent or names.is_known(
                name, vocabulary, pair.given.stems, initials, stem(name)
            ):
                continue
            if (
                known_long
                and any(name[0].upper() in one for one in known_long)
                and _spells(each, known_long, name)
            ):
                continue
            found["names"].append(f"{name} is not in the parent")
        if best is None or each.is_row or "?" in each.text or each.plain in pair.verbatim:
            continue
        if share >= CLOSE and (other := _find_displaced(pair, each, best, mine, familiar)):
            found["names"].append(other)


def _spells(sentence: Sentence, initials: set[str], name: str) -> bool:
    """Whether a name stands in a run of words that spells out initials of the parent."""
    words = re.findall(r"[^\W\d_]+", sentence.plain)
    for short in initials:
        for start in range(len(words) - len(short) + 1):
            run = words[start : start + len(short) + 3]
            content = [word for word in run if word.lower() not in STOP][: len(short)]
            if name in content and "".join(word[0].upper() for word in content) == short:
                return True
    return False


def _find_moved_class(pair: Pair, each: Sentence) -> str | None:
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


def find_transposed(said: Sentence, given: Sentence) -> str | None:
    """Two words of the same sentence that have changed places, all others being where they were."""
    if len(said.lower) != len(given.lower) or len(said.lower) < 6:
        return None
    other = [(a, b) for a, b in zip(said.lower, given.lower, strict=True) if a != b]
    if len(other) == 2 and other[0] == other[1][::-1]:
        return f"{other[0][0]} and {other[0][1]} have changed places"
    return None


def _find_displaced(
    pair: Pair, each: Sentence, best: Sentence, mine: list[str], familiar: frozenset[str]
) -> str | None:
    """A name of the parent in the place of another one, or two that have changed places."""
    theirs = names.list_names(best, familiar, pair.given.vocabulary)
    initials = names.list_initials(pair.parent)
    near = {word for one in (best, *pair.around(best)) for word in one.lower}
    near_stems = {stem(word) for word in near}
    kin = [word for word in each.words if word[0].isupper()]
    gone = [name for name in theirs if stem(name) not in {stem(word) for word in each.lower}]
    gone = [name for name in gone if not any(names.is_kin(name, word) for word in kin)]
    new = [
        name
        for name in mine
        if not (name.isupper() and name in initials)
        and stem(name) not in near_stems
        and not any(part in near for part in re.split(r"[-.'\u2019]", name.lower()))
    ]
    rest = each.bag - {stem(name) for name in mine}
    if gone and new and len(rest) >= 2 and len(rest & best.bag) / len(rest) >= 0.75:
        return f"{new[0]} for {gone[0]}"
    if sorted(each.lower) == sorted(best.lower) and len(set(mine)) > 1:
        kept = [word for word in each.words if word not in mine]
        if (
            kept == [word for word in best.words if word not in theirs]
            and mine != theirs
            and sorted(mine) == sorted(theirs)
        ):
            return f"{mine[0]} and {theirs[0]} have changed places"
    return None


def _find_invented(pair: Pair, found: dict[str, list[str]]) -> None:
    """Sentences whose words the parent does not have."""
    initials = names.list_initials(pair.parent)
    for each in pair.said:
        if each.is_row or each.text.lstrip().startswith("#") or len(each.stems) < 4 or "?" in each.text[-3:]:
            continue
        new = [one for one in each.bag if not _is_supported(one, pair.given) and one.upper() not in initials]
        if len(new) < LEAST_NEW:
            continue
        share = len(new) / len(each.bag)
        best = pair.aligned[each.number][1]
        if share >= UNSUPPORTED and len(new) >= LEAST_NEW and best < 0.5:
            found["inventions"].append(f"{each.plain[:160]!r}: without {', '.join(sorted(new)[:6])}")


def _is_supported(one: str, parent: Parent) -> bool:
    return one in parent.stems or any(other.startswith(one[:5]) for other in parent.stems if len(one) >= 5)


def find_forms(parent: str, rewrite: str) -> dict[str, list[str]]:
    """Marks that a rewrite is none, each as it stands, by kind."""
    found: dict[str, list[str]] = {
        kind: [] for kind in ("chat_marks", "refusals", "remnants", "loops", "cut_off")
    }
    known = {match[0].strip() for match in forms.CHAT.finditer(parent)}
    found["chat_marks"] = [
        one for match in forms.CHAT.finditer(rewrite) if (one := match[0].strip()) not in known
    ]
    for kind, pattern in (("refusals", forms.REFUSAL), ("remnants", forms.REMNANT)):
        if (match := pattern.search(rewrite)) and match[0].lower() not in parent.lower():
            found[kind].append(match[0][:80])
    if (loop := forms.find_loop(rewrite)) and not forms.find_loop(parent):
        found["loops"].append(loop)
    if forms.is_cut_off(rewrite) and not forms.is_cut_off(parent):
        found["cut_off"].append(rewrite[-60:])
    return found
