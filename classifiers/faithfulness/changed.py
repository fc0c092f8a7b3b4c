"""What one word in another one's place changes: numbers, units, names, denials, how sure a sentence is."""

import re
from collections.abc import Callable
from functools import lru_cache

from winnow.classifiers.faithfulness import names
from winnow.classifiers.faithfulness.dates import MONTHS, WEEKDAYS
from winnow.classifiers.faithfulness.edits import Difference, Edit, Token
from winnow.classifiers.faithfulness.lists import read_classes, read_words
from winnow.classifiers.faithfulness.numeric import numbers, units
from winnow.classifiers.faithfulness.numeric.quantities import ORDINALS, Quantity
from winnow.classifiers.faithfulness.opposites import are_mirrored, are_opposite, list_lemmas
from winnow.classifiers.faithfulness.sentences import STOP, stem

Finding = tuple[str, str]  # its kind, and the words


SURE = read_classes("strength.txt")
_NOT = read_classes("negators.txt")
_SMALL = read_classes("small.txt")
_GENERIC = read_words("generic.txt").union(*SURE.values())


@lru_cache(50_000)
def is_generic(word: str) -> bool:
    """Whether a word is one of those who retell a text."""
    return bool(list_lemmas(word) & _GENERIC)


_HEDGED = SURE["unsure"] | SURE["claim"] | SURE["able"] | SURE["near"] | SURE["part"] | {"or", "would"}
_AUXILIARY = _SMALL["auxiliary"]
_COUNTS = {"both": 2.0, "single": 1.0, "double": 2.0, "triple": 3.0, "couple": 2.0, "pair": 2.0, "dual": 2.0}
_COUNTS |= {"one": 1.0, "sole": 1.0, "twin": 2.0, "lone": 1.0, "once": 1.0}
_RATES = {"hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month"}
_RATES |= {"yearly": "year", "annual": "year", "annually": "year", "fortnightly": "fortnight"}
_FIRSTS = {"first", "second", "last", "final", *ORDINALS}
_WHEN = _SMALL["when"]


def list_changes(found: Difference) -> list[Finding]:
    """What the edits of a sentence change."""
    told: list[Finding] = []
    for edit in found.edits:
        if edit.is_inner:
            for rule in (_find_number, _find_unit, _find_name, _find_denial, _find_strength, _find_opposite):
                if finding := rule(edit, found):
                    told.append(finding)
                    break
    return told


def format_change(gone: list[Token], new: list[Token]) -> str:
    """What stands for what, as it is told."""
    return f"{' '.join(one.said.strip() for one in new)!r} for {' '.join(one.said.strip() for one in gone)!r}"


def _list_values(tokens: list[Token]) -> list[tuple[float, Quantity | None]]:
    found: list[tuple[float, Quantity | None]] = []
    for one in tokens:
        if one.quantity:
            found.append((one.quantity.value, one.quantity))
        elif one.key in _COUNTS:
            found.append((_COUNTS[one.key], None))
    return found


def _find_number(edit: Edit, found: Difference) -> Finding | None:
    old, now = _list_values(edit.gone_only), _list_values(edit.new if edit.is_close else edit.new_only)
    if not old or len(old) != len(now) or len(edit.gone) > 8 or len(edit.new) > 8:
        return None
    is_alone = len(edit.gone) == len(edit.new) == 1
    for (value, given), (other, said) in zip(old, now, strict=True):
        if given and said:
            if kind := _compare_quantities(given, said, is_alone):
                return kind, format_change(edit.gone, edit.new)
        elif value != other and _tells_count(given or said, is_alone):
            return "numbers", format_change(edit.gone, edit.new)
    return None


def _tells_count(one: Quantity | None, is_alone: bool) -> bool:
    """Whether a number stands beside a word that counts, as `both` does; or two such words alone."""
    return is_alone if one is None else one.form in ("digits", "words", "multiple")


def _compare_quantities(given: Quantity, said: Quantity, is_alone: bool) -> str | None:
    """The kind of what differs between two numbers of which one stands for the other."""
    if given.form != said.form and "part" in (given.form, said.form) and not is_alone:
        return None
    if given.is_year != said.is_year and (given.unit or said.unit):
        return None
    is_same = numbers.is_rounded(said, given.value, given.digits)
    is_same = is_same or numbers.is_rounded(given, said.value, said.digits)
    if (is_same and numbers.has_same_unit(said, given)) or numbers.find_support(said, [given])[1]:
        return None
    if given.unit and said.unit and given.unit[0].split()[0] != said.unit[0].split()[0] and not is_same:
        return None
    is_date = given.is_year or said.noun.startswith("centur")
    return "units" if is_same else "dates" if is_date else "numbers"


def _read_unit(word: str) -> tuple[str, float] | None:
    name = _RATES.get(word, word)
    known = units.UNITS.get(name) if len(name) > 2 and name.isalpha() else None
    return (known[0], known[2]) if known else None


def _find_unit(edit: Edit, found: Difference) -> Finding | None:
    if any(one.quantity for one in [*edit.gone_only, *edit.new_only]):
        return None
    old = [unit for one in edit.gone_only if (unit := _read_unit(one.key))]
    now = [unit for one in edit.new_only if (unit := _read_unit(one.key))]
    if len(old) == len(now) == 1 and old[0][0] == now[0][0] and old[0][1] != now[0][1]:
        return "units", format_change(edit.gone, edit.new)
    return None


def is_name(token: Token, tokens: list[Token], is_word: Callable[[str], bool]) -> bool:
    """Whether a word is a name: a capital inside of a sentence, or a name of a program's."""
    if token.quantity or not re.search(r"[^\W\d_]", token.key):
        return False
    if token.is_code:
        return True
    if not token.is_capital or token.key in STOP or token.key in MONTHS or token.key in WEEKDAYS:
        return False
    return token is not tokens[0] or not (is_word(token.key) or names.is_common(token.said))


def _find_name(edit: Edit, found: Difference) -> Finding | None:
    old = [one for one in edit.gone if is_name(one, found.theirs, found.is_word)]
    now = [one for one in edit.new if is_name(one, found.mine, found.is_word)]
    if not old or not now or len(edit.gone) > 6 or len(edit.new) > 6:
        return None
    if _is_short(edit.gone, edit.new) or _is_short(edit.new, edit.gone):
        return None
    mine = {one.stem for one in found.mine}
    theirs = {one.stem for one in found.theirs if one.is_capital or one.is_code}
    for one in now:
        if (one.stem in theirs and not edit.is_close) or any(
            names.is_kin(one.key, other.key) for other in edit.gone
        ):
            continue
        gone = [
            other for other in old if (other in edit.gone_only if edit.is_close else other.stem not in mine)
        ]
        if gone and not any(names.is_kin(one.key, other.key) or _begin_alike(one, other) for other in gone):
            return "names", format_change(edit.gone, edit.new)
    return None


def _begin_alike(one: Token, other: Token) -> bool:
    return one.key in other.key or other.key in one.key or (len(one.key) > 5 and one.key[:5] == other.key[:5])


def _is_short(short: list[Token], long: list[Token]) -> bool:
    """Whether one of some words spells the first letters of others: ETH, or U.S.; BC is BCE."""
    letters = "".join(one.key[0] for one in long if one.key not in STOP)
    every = "".join(one.key[0] for one in long)
    names_ = {re.sub(r"\W", "", one.key) for one in short}
    other = {re.sub(r"\W", "", one.key) for one in long}
    return bool(names_ & {letters, every, letters + "a"}) or (
        bool(names_ & {"bc", "ad"}) and bool(other & {"bce", "ce"})
    )


def _count_denials(tokens: list[Token]) -> int:
    words = [one.key for one in tokens]
    text = " ".join(words)
    count = sum(word in _NOT["strong"] for word in words)
    count -= len(re.findall(r"\bfail(?:s|ed|ing)?\b(?! to\b)", text))
    count -= len(
        re.findall(r"\bneither\b.*\bnor\b|\bnot only\b|\bno doubt\b|\bnot least\b|\bnone the less\b", text)
    )
    return count + len(re.findall(r"\b(?:far from|anything but|by no means)\b(?<!no means)", text))


def _find_denial(edit: Edit, found: Difference) -> Finding | None:
    old, now = _count_denials(edit.gone_only), _count_denials(edit.new_only)
    if old % 2 == now % 2 or _count_denials(edit.gone) % 2 == _count_denials(edit.new) % 2:
        return None
    less, more = (edit.gone, edit.new) if now > old else (edit.new, edit.gone)
    if any(one.key in _NOT["weak"] | {"if", "whether"} for one in less) or _is_denied_elsewhere(edit, found):
        return None
    if not less and any(one.key in ("if", "or", "nor") for one in more):  # or not, if it does not
        return None
    if len(more) > 7 or len(less) > 7:
        return None
    words = [
        [one.stem for one in side if one.key not in _AUXILIARY | STOP | _NOT["strong"]]
        for side in (less, more)
    ]
    if any(are_opposite(a.key, b.key) for a in less for b in more) and not (
        {one.key for one in more} & {"without", "none", "no", "never"} and len(more) == len(less) == 1
    ):
        return None
    # what a sentence leaves out or adds with its denial is another matter: "a, not b"
    is_same = not words[1] or bool(
        words[0] and (set(words[0]) <= set(words[1]) or set(words[1]) <= set(words[0]))
    )
    is_new = more is edit.new and len(less) == 1 and edit.is_tight
    if not is_same or (words[0] and not words[1] and not is_new):
        return None
    if re.search(r"\b(?:believe|think|say) (?:so|otherwise)\b", " ".join(one.key for one in found.mine)):
        return None
    return "negations", format_change(edit.gone, edit.new)


def _is_denied_elsewhere(edit: Edit, found: Difference) -> bool:
    """Whether two sentences deny as often, so that a denial that is gone may stand in another place."""
    if edit.is_tight and max(len(edit.gone), len(edit.new)) <= 2:
        return False
    words = [[one.key for one in side] for side in (found.mine, found.theirs)]
    mine, theirs = (
        _count_denials(side) + keys.count("unless")
        for side, keys in zip((found.mine, found.theirs), words, strict=True)
    )
    return mine % 2 == theirs % 2


def _find_strength(edit: Edit, found: Difference) -> Finding | None:
    if len(edit.gone) > 6 or len(edit.new) > 6:
        return None
    old, now = {one.key for one in edit.gone_only}, {one.key for one in edit.new_only}
    told = ("hedges", format_change(edit.gone, edit.new))
    soft, hard = SURE["unsure"] | SURE["claim"], SURE["sure"] | SURE["whole"] | SURE["proof"]
    if old & soft and (now & hard or (now & SURE["shown"] and "indicat" not in " ".join(old))):
        return told if not now & soft else None
    if now & (SURE["unsure"] - SURE["claim"]) and old & (hard | SURE["bound"]):
        return told
    pairs = (
        (SURE["near"], SURE["exact"]),
        (SURE["exact"], SURE["near"]),
        (SURE["part"], SURE["whole"]),
        (SURE["whole"] - {"any", "each", "fully"}, SURE["part"]),
        (SURE["able"], SURE["sure"]),
        (SURE["bound"], SURE["able"]),
    )
    for soft, hard in pairs:
        if old & soft and now & hard and not (now & soft or old & hard):
            return told
    return told if _is_hedge_alone(edit, found, old, now) else None


def _are_same_but_for_hedges(edit: Edit) -> bool:
    gone, new = (
        {one.stem for one in side if one.key not in _AUXILIARY | STOP | _HEDGED | SURE["boost"]}
        for side in (edit.gone, edit.new)
    )
    return gone == new or bool(gone and new and (gone <= new or new <= gone))


def _is_hedge_alone(edit: Edit, found: Difference, old: set[str], now: set[str]) -> bool:
    """Whether a hedge is new, or gone, and the words beside it are the same: may be, is."""
    if not _are_same_but_for_hedges(edit):
        return False
    theirs = {one.key for one in found.theirs}
    if now & SURE["boost"] and not now & _NOT["strong"] and not theirs & (SURE["boost"] | SURE["whole"]):
        return True
    if now & SURE["unsure"] and not old & _HEDGED:
        return not any({one.key for one in other.gone_only} & _HEDGED for other in found.edits)
    if old & (SURE["unsure"] | SURE["part_alone"]) and not now & (_HEDGED | SURE["boost"]):
        return not any({one.key for one in other.new_only} & _HEDGED for other in found.edits)
    return False


def _is_mirrored(given: Token, said: Token, found: Difference) -> bool:
    mine, theirs = [one.key for one in found.mine], [one.key for one in found.theirs]
    return are_mirrored(mine, found.mine.index(said), theirs, found.theirs.index(given))


def _find_opposite(edit: Edit, found: Difference) -> Finding | None:
    if not edit.gone or not edit.new or len(edit.gone) > 4 or len(edit.new) > 4:
        return None
    if _count_denials(edit.gone_only) % 2 != _count_denials(edit.new_only) % 2:
        return None
    for one in edit.gone_only:
        for other in edit.new_only:
            said = [each.said.strip().lower() for each in (one, other)]
            if set(said) == {"with", "without"} and "no" in {each.key for each in edit.gone + edit.new}:
                continue
            if set(said) <= _FIRSTS and said[0] != said[1]:
                return "orders", format_change(edit.gone, edit.new)
            if one.key.isalpha() and are_opposite(one.key, other.key) and not _is_mirrored(one, other, found):
                kind = "orders" if {one.key, other.key} & _WHEN else "negations"
                return kind, format_change(edit.gone, edit.new)
    return None


def is_content(token: Token) -> bool:
    """Whether a word carries something of its own."""
    return (
        token.quantity is None and token.key not in STOP and token.key.isalpha() and len(stem(token.key)) > 2
    )
