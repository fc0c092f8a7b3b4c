"""Long alternations of words, tried where one of their branches can match.

A pattern that ignores case and has many branches is tried by `re` at every character, branch after branch.
What must stand in any match of a branch is read off the pattern itself, so that a word added to it is found
without another list; only the branches of which that stands in a text are searched, in their order.
"""

import re
from collections.abc import Iterator
from re import _casefix, _constants, _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_MOST = 128  # subsets of a pattern's branches that are kept compiled; beyond, the whole is searched
# Letters that `re` takes for another without regard to case, and that `str.lower` keeps apart from it.
_FOLD = {
    letter: min(letter, *others) for letter, others in _casefix._EXTRA_CASES.items() if min(others) < letter
}
_ODD = re.compile(f"[\u0130{''.join(map(chr, _FOLD))}]")


Clause = tuple[str, ...]  # words, folded, of which one must stand in a text


class Branches(NamedTuple):
    """A pattern, the branches at its top, and what each needs: all of these clauses."""

    whole: re.Pattern[str]
    branches: tuple[str, ...]
    needs: tuple[tuple[Clause, ...], ...]
    known: dict[tuple[int, ...], re.Pattern[str]]


def cut(pattern: re.Pattern[str]) -> Branches:
    """The branches of a pattern, whose groups must have names."""
    branches = tuple(_split(pattern.pattern))
    needs = tuple(tuple(_list_needed(list(_parser.parse(each, pattern.flags)))) for each in branches)
    return Branches(pattern, branches, needs, {})


def find_all(words: Branches, text: str, folded: str) -> Iterator[re.Match[str]]:
    """What `finditer` of the whole pattern finds; `folded` is `fold(text)`.

    A named group that stands in none of the branches that were tried is not in the match.
    """
    live = tuple([k for k, clauses in enumerate(words.needs) if _has_all(clauses, folded)])
    if not live:
        return iter(())
    pattern = words.known.get(live)
    if pattern is None and len(words.known) < _MOST:
        pattern = re.compile("|".join(words.branches[k] for k in live), words.whole.flags)
        words.known[live] = pattern
    return (pattern or words.whole).finditer(text)


def _has_all(clauses: tuple[Clause, ...], folded: str) -> bool:
    for clause in clauses:
        for word in clause:
            if word in folded:
                break
        else:
            return False
    return True


def has_any(words: Clause, text: str) -> bool:
    """Whether one of the words stands in a text."""
    for word in words:  # noqa: SIM110 - a generator takes twice as long
        if word in text:
            return True
    return False


def fold(text: str) -> str:
    """A text in lower case, letters that `re` takes for one as one."""
    plain = text.lower()
    if text.isascii() or not (_ODD.search(text) or _ODD.search(plain)):
        return plain
    return text.replace("\u0130", "i").lower().translate(_FOLD)


def _split(pattern: str) -> list[str]:
    """Where a bar stands in no group and no class of characters."""
    found, begin, depth, i = [], 0, 0, 0
    while i < len(pattern):
        letter = pattern[i]
        if letter == "\\":
            i += 1
        elif letter == "[":
            i += 2 if pattern[i + 1] == "^" else 1
            i += 1  # a bracket that stands first is one of the class
            while pattern[i] != "]":
                i += 2 if pattern[i] == "\\" else 1
        elif letter == "|" and not depth:
            found.append(pattern[begin:i])
            begin = i + 1
        else:
            depth += (letter == "(") - (letter == ")")
        i += 1
    return [*found, pattern[begin:]]


def _list_needed(items: list[Any]) -> list[Clause]:
    """Words that stand in whatever these items match: one of each clause."""
    runs, clauses = [""], []
    for kind, value in items:
        if kind is _constants.LITERAL:
            runs[-1] += chr(value)
            continue
        runs.append("")
        if kind is _constants.SUBPATTERN:
            clauses += _list_needed(list(value[3]))
        elif kind is _constants.BRANCH:
            each = [_list_needed(list(branch)) for branch in value[1]]
            longest = [max(clauses, key=_weigh) for clauses in each if clauses]
            if len(longest) == len(each):
                clauses.append(tuple(dict.fromkeys(word for clause in longest for word in clause)))
        elif kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and value[0] > 0:
            clauses += _list_needed(list(value[2]))
    return [*((fold(run),) for run in runs if run.strip()), *clauses]


def _weigh(clause: Clause) -> tuple[int, int]:
    """How much a clause tells: by its shortest word."""
    return min(map(len, clause)), -len(clause)
