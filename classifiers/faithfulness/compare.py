"""All that a rewrite says otherwise than its parent, by kind, with the words of both."""

from winnow.classifiers.faithfulness import (
    additions,
    changed,
    crossed,
    edits,
    forms,
    links,
    names,
    order,
    polarity,
)
from winnow.classifiers.faithfulness.dating import compare_dates, find_moved_class
from winnow.classifiers.faithfulness.naming import compare_names
from winnow.classifiers.faithfulness.numeric.counting import compare_numbers
from winnow.classifiers.faithfulness.numeric.quantities import MULTIPLES, PARTS, WORDS
from winnow.classifiers.faithfulness.numeric.units import UNITS
from winnow.classifiers.faithfulness.pair import ALIGNED, CLOSE, Found, Pair
from winnow.classifiers.faithfulness.sentences import STOP, Sentence, stem
from winnow.classifiers.faithfulness.swaps import find_swap

KINDS = ("numbers", "units", "dates", "formulas", "names", "negations", "hedges", "orders", "inventions")
DENIED = 0.55  # as ALIGNED, for a negation
PARAPHRASED = 0.35  # as ALIGNED, for a word whose opposite the parent has, and not it
WHOLE = 0.8  # share of its stems from which on a sentence is made of one of the parent's alone
LEAST_NEW = 3  # words
STRANGE = 0.33  # share of a sentence that the parent's one or two have at least
MIXED = 0.45
NEW_PART = 0.4  # of a sentence's words that are new in an invention whose others are the parent's


def compare(parent: str, rewrite: str, is_english: bool = True) -> Found:
    """What differs, by kind: each finding in words. Where the texts are not English only numbers, units,
    dates and formulas are compared."""
    pair = Pair(parent, rewrite)
    found: Found = {kind: [] for kind in KINDS}
    if not pair.said:
        return found
    compare_numbers(pair, found)
    compare_dates(pair, found)
    if formula := forms.find_formula(rewrite, parent) or forms.find_coefficient(rewrite, parent):
        found["formulas"].append(formula)
    if not is_english:
        return found
    compare_names(pair, found)
    _compare_aligned(pair, found)
    for kind, said in crossed.list_crossed(pair):
        found[kind].append(said)
    for each in pair.said:
        if "?" not in each.text:
            tie = order.find_turned_tie(each, pair.given) or order.find_turned_dates(each, pair.given)
            found["orders"] += [tie] if tie else []
    if steps := order.find_turned_steps(pair.said, pair.given):
        found["orders"].append(steps)
    _find_invented(pair, found)
    return found


def _compare_aligned(pair: Pair, found: Found) -> None:
    """Enter what each sentence says otherwise than the parent's that it is made of."""
    for each, (best, share, back) in zip(pair.said, pair.aligned, strict=True):
        if best is None or each.is_row or ("?" in each.text and "?" not in best.text):
            continue
        is_told = "?" not in each.text and each.plain not in pair.verbatim
        if is_told and share >= PARAPHRASED:
            opposite = polarity.find_new_opposite(each, best, pair.given.stems)
            found["negations"] += [f"{opposite}: {each.plain[:100]!r}"] if opposite else []
        if is_told and share >= ALIGNED:
            _compare_sentences(pair, each, best, share >= DENIED or back >= CLOSE, found)
        if each.plain not in pair.verbatim:
            _compare_words(pair, each, best, share, found)


def _compare_sentences(pair: Pair, each: Sentence, best: Sentence, is_close: bool, found: Found) -> None:
    """Enter what a sentence says otherwise than the one that it is made of."""
    is_same = is_close and len(each.bag & best.bag) >= 0.75 * len(each.bag | best.bag)
    both = f"{each.plain[:100]!r} for {best.plain[:100]!r}"
    if is_close and (denied := polarity.find_negation(each, best, pair.around(best))):
        found["negations"].append(f"{denied}: {both}")
    if hedge := polarity.find_hedge(each, best, pair.around(best), is_same):
        found["hedges"].append(f"{hedge}: {both}")
    if moved := find_moved_class(pair, each):
        found["dates"].append(moved)
    if turned := find_transposed(each, best):
        found["numbers" if turned[0].isdigit() else "names"].append(turned)
    if chain := order.find_turned_chain(each, best):
        found["orders"].append(chain)


def _compare_words(pair: Pair, each: Sentence, best: Sentence, share: float, found: Found) -> None:
    """Enter what one word in the place of another one changes."""
    sources = [best] if share >= WHOLE else pair.given.compose(each, best)
    theirs = [one for other in sources for one in pair.tokenize(other)]
    mine = pair.tokenize(each)
    if [one.key for one in mine] == [one.key for one in theirs]:
        return
    if difference := edits.compare(mine, theirs, pair.is_word):
        told = changed.list_changes(difference)
        more = (
            find_swap(difference),
            additions.find_addition(difference, pair.has_word),
            links.find_turned_link(difference),
        )
        told += [one for one in more if one]
        for kind, said in told:
            found[kind].append(f"{said}: {each.plain[:100]!r} for {best.plain[:100]!r}")


def find_transposed(said: Sentence, given: Sentence) -> str | None:
    """Two words of the same sentence that have changed places, all others being where they were."""
    if len(said.lower) != len(given.lower) or len(said.lower) < 6:
        return None
    other = [(a, b) for a, b in zip(said.lower, given.lower, strict=True) if a != b]
    is_date = len(other) == 2 and other[0][0].isdigit() != other[0][1].isdigit()  # 3 May, May 3
    is_word = all((len(one) > 1 and one not in STOP) or one.isdigit() for pair in other for one in pair)
    if len(other) == 2 and other[0] == other[1][::-1] and is_word and not is_date:
        return f"{other[0][0]} and {other[0][1]} have changed places"
    return None


def _find_invented(pair: Pair, found: Found) -> None:
    """Sentences whose words the parent does not have, or has in other sentences, here and there."""
    for each in pair.said:
        is_told = not (each.is_row or each.plain in pair.verbatim or each.text.lstrip().startswith("#"))
        is_told = is_told and "?" not in each.text[-3:]
        if is_told and (new := _list_strange(pair, each)):
            found["inventions"].append(f"{each.plain[:160]!r}: without {', '.join(sorted(new)[:6])}")


def _list_strange(pair: Pair, each: Sentence) -> set[str]:
    """The words that make a sentence an invention; none where it is none."""
    words = [word for word in each.lower if word.isalpha() and word not in STOP]
    bag = frozenset(stem(word) for word in words if not changed.is_generic(word))
    initials = names.list_initials(pair.parent)
    new = {
        word for word in words if not (changed.is_generic(word) or word in _COUNTED or pair.has_word(word))
    }
    new = {word for word in new if word.upper() not in initials}
    if len(bag) < 2 or not new:
        return set()
    best = pair.aligned[each.number][0]
    sources = pair.given.compose(each, best) if best is not None else []
    held = frozenset().union(*(one.bag for one in sources))
    share = pair.given.weigh(bag & held) / pair.given.weigh(bag)
    if len(new) >= max(LEAST_NEW, NEW_PART * len(bag)) and share < MIXED and len(new) > len(each.digits):
        return new
    if share < STRANGE and len(new) > len(each.digits) and (len(bag) >= LEAST_NEW or len(new) >= 2):
        return new
    return new if _has_run(words, new) else set()


_COUNTED = frozenset(UNITS) | frozenset(WORDS) | frozenset(PARTS) | frozenset(MULTIPLES) | {"halved", "halve"}


def _has_run(words: list[str], new: set[str]) -> bool:
    """Whether words that the parent does not have follow each other."""
    at = [word in new for word in words]
    return any(all(at[n : n + LEAST_NEW]) for n in range(len(at) - LEAST_NEW + 1))


def find_forms(parent: str, rewrite: str) -> Found:
    """Marks that a rewrite is none, each as it stands, by kind."""
    found: Found = {kind: [] for kind in ("chat_marks", "refusals", "remnants", "loops", "cut_off")}
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
