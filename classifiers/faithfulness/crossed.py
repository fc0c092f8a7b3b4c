"""Two numbers or names that have changed places in a free paraphrase: each stands among the words among
which the parent has the other one."""

from collections import Counter
from itertools import combinations

from winnow.classifiers.faithfulness.lists import read_familiar
from winnow.classifiers.faithfulness.names import list_names
from winnow.classifiers.faithfulness.pair import Pair
from winnow.classifiers.faithfulness.sentences import STOP, Sentence, stem

REACH = 6  # words on each side of one that are those it stands among
MOST = 24  # numbers and names of a text that are compared two by two
Places = dict[str, set[str]]


def list_crossed(pair: Pair) -> list[tuple[str, str]]:
    """Each two that have changed places: their kind, and both."""
    mine, theirs = (_read(pair, sentences) for sentences in (pair.said, pair.given.sentences))
    shared = [one for one in mine if one in theirs][:MOST]
    told = []
    for one, other in combinations(shared, 2):
        if one[0].isdigit() != other[0].isdigit():
            continue
        both = {stem(one), stem(other)}
        a, b = theirs[one] - theirs[other] - both, theirs[other] - theirs[one] - both
        straight = len(mine[one] & a) + len(mine[other] & b)
        turned = (len(mine[one] & b), len(mine[other] & a))
        if min(turned) >= 1 and sum(turned) >= 3 and not straight:
            told.append(
                ("numbers" if one[0].isdigit() else "names", f"{one} and {other} have changed places")
            )
    return told


def _read(pair: Pair, sentences: list[Sentence]) -> Places:
    """The numbers and names that a text has once, each with the stems of the words about it."""
    found: Places = {}
    seen: Counter[str] = Counter()
    for each in sentences:
        names = {name.lower() for name in list_names(each, read_familiar(), pair.given.vocabulary)}
        items = {word for word in each.lower if (word[0].isdigit() and len(word) > 1) or word in names}
        for at, word in enumerate(each.lower):
            if word not in items:
                continue
            seen[word] += 1
            sides = each.lower[max(0, at - REACH) : at][::-1], each.lower[at + 1 : at + 1 + REACH]
            found[word] = {stem(near) for side in sides for near in _cut(side, items)}
    return {word: near for word, near in found.items() if seen[word] == 1}


def _cut(side: list[str], items: set[str]) -> list[str]:
    """The words up to the next number or name."""
    end = next((n for n, word in enumerate(side) if word in items), len(side))
    return [word for word in side[:end] if word not in STOP and word.isalpha()]
