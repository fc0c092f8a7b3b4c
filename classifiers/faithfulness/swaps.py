"""Words that have changed places with others of their sentence, so that it says who did what to whom, or
what came from where, the other way round."""

from collections import Counter
from itertools import pairwise

from winnow.classifiers.faithfulness.changed import Finding, is_content
from winnow.classifiers.faithfulness.edits import Difference, Edit, Token
from winnow.classifiers.faithfulness.lists import read_classes

_SMALL = read_classes("small.txt")
_EVEN, _BE = _SMALL["even"], _SMALL["be"]
_SYMMETRIC = ("marr", "meet", "met", "differ", "equal", "resembl", "match", "join", "combin", "connect")
LONGEST = 14


def find_swap(found: Difference) -> Finding | None:
    """Two parts of a sentence in each other's place; None where their order says nothing, or a passive
    says the same."""
    if turned := _find_voice(found):
        return "orders", turned
    edits = [each for each in found.edits if len(each.gone) <= LONGEST and len(each.new) <= LONGEST]
    for one in edits:
        for other in edits:
            if one is other:
                continue
            if said := _find_crossed(one, other, found) or _find_turned(one, other):
                return "orders", said
    return None


def _keys(tokens: list[Token]) -> list[str]:
    return [one.key for one in tokens]


def _format_tokens(tokens: list[Token]) -> str:
    return " ".join(one.said.strip() for one in tokens)


def _find_turned(one: Edit, other: Edit) -> str | None:
    """The same words in another order on the other side of what stays: `He beat` them, them `beat he`."""
    gone, new = _keys(one.gone), _keys(other.new)
    if len(gone) < 2 or gone == new or Counter(gone) != Counter(new):
        return None
    if not any(is_content(token) or token.quantity for token in one.gone):
        return None
    if [key for key in gone if key not in _EVEN] == [key for key in new if key not in _EVEN]:
        return None
    return f"{_format_tokens(other.new)!r} for {_format_tokens(one.gone)!r}"


def _find_crossed(one: Edit, other: Edit, found: Difference) -> str | None:
    """Two parts, each of which stands where the other one stood."""
    parts = [
        [token.key for token in side if token.key not in _EVEN]
        for side in (one.gone, one.new, other.gone, other.new)
    ]
    if not parts[0] or not parts[1] or parts[0] != parts[3] or parts[1] != parts[2]:
        return None
    if parts[0] == parts[1] or not _is_before(one, other, found):
        return None
    between = _list_between(one, other, found)
    if all(key in _EVEN for key in between) or any(key.startswith(_SYMMETRIC) for key in between):
        return None
    new = {token.key for each in found.edits for token in each.new}
    if "by" in new and new & _BE:
        return None
    return f"{_format_tokens(one.new)!r} and {_format_tokens(one.gone)!r} have changed places"


def _is_before(one: Edit, other: Edit, found: Difference) -> bool:
    return found.edits.index(one) < found.edits.index(other)


def _list_between(one: Edit, other: Edit, found: Difference) -> list[str]:
    start = found.mine.index(one.new[-1]) + 1
    return _keys(found.mine[start : found.mine.index(other.new[0])])


def _find_voice(found: Difference) -> str | None:
    """Active for passive, or the other way round, where both sides have stayed: A beat B, A was beaten by
    B."""
    for one, other in pairwise(found.edits):
        for first, second, bare in (
            (one.new, other.new, (one.gone, other.gone)),
            (one.gone, other.gone, (one.new, other.new)),
        ):
            is_passive = _keys(second) == ["by"] and set(_keys(first)) & _BE and len(first) <= 2
            if is_passive and not bare[1] and len(bare[0]) <= 1:
                return (
                    f"{_format_tokens(one.new + other.new)!r} for {_format_tokens(one.gone + other.gone)!r}"
                )
    for one in found.edits:
        for more, less in ((one.new, one.gone), (one.gone, one.new)):
            keys = _keys(more)
            is_passive = len(keys) in (2, 3) and keys[-1] == "by" and keys[0] in _BE and len(less) == 1
            if is_passive and (more[-2].stem[:4] == less[0].stem[:4] or len(keys) == 3):
                return f"{_format_tokens(one.new)!r} for {_format_tokens(one.gone)!r}"
    return None
