"""Names of a rewrite beside those of its parent."""

import re

from winnow.classifiers.faithfulness import names
from winnow.classifiers.faithfulness.lists import read_classes, read_familiar
from winnow.classifiers.faithfulness.pair import ALIGNED, CLOSE, Found, Pair
from winnow.classifiers.faithfulness.sentences import STOP, Sentence, stem


def compare_names(pair: Pair, found: Found) -> None:
    """Enter names that the parent does not have, and those in the place of another one."""
    found["names"] += list_other_initials(pair) + list_other_references(pair) + list_other_kinds(pair)
    familiar = read_familiar()
    initials = names.list_initials(pair.parent)
    spelling = names.list_initials(pair.rewrite)
    spelt = {short for short in re.findall(r"\b[A-Z]{2,7}\b", pair.parent) if short in spelling}
    for each, (best, share, _) in zip(pair.said, pair.aligned, strict=True):
        if each.plain in pair.verbatim:
            continue
        mine = names.list_names(each, familiar, pair.given.vocabulary)
        for name in mine:
            if not _has_name(pair, name, initials) and not _spells(each, spelt, name):
                found["names"].append(f"{name} is not in the parent")
        if best is None or each.is_row or "?" in each.text or each.plain in pair.verbatim:
            continue
        if share >= CLOSE and (other := _find_displaced(pair, each, best, mine, familiar)):
            found["names"].append(other)


def _has_name(pair: Pair, name: str, initials: names.Initials) -> bool:
    return name in pair.parent or names.is_known(
        name, pair.given.vocabulary, pair.given.stems, initials, stem(name)
    )


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
        and not any(names.is_kin(name, word) for word in pair.given.vocabulary)
        and not any(part in near for part in re.split(r"[-.'\u2019]", name.lower()))
    ]
    rest = each.bag - {stem(name) for name in mine}
    if gone and new and len(rest) >= 2 and len(rest & best.bag) / len(rest) >= 0.75:
        return f"{new[0]} for {gone[0]}"
    if sorted(each.lower) == sorted(best.lower) and len(set(mine)) > 1 and mine != theirs:
        kept = [word for word in each.words if word not in mine]
        if kept == [word for word in best.words if word not in theirs] and sorted(mine) == sorted(theirs):
            return f"{mine[0]} and {theirs[0]} have changed places"
    return None


_KINDS = read_classes("kinds.txt")
_INITIAL = re.compile(r"(?<![\w.])((?:[A-Z]\.\s?)+)(?=([A-Z][a-z]+))")
_REFERENCE = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*[a-z_])`?\s?(\(\d[a-z]?\)|\(\))")


def list_other_initials(pair: Pair) -> list[str]:
    """`J. Smith` where the parent's Smith has other initials, and no name with a J before."""
    told = []
    for each in _INITIAL.finditer(pair.rewrite):
        name = each[2]
        known = set()
        for found in re.finditer(rf"((?:[A-Z][\w.'\u2019-]*\s?){{1,4}})\b{name}\b", pair.parent):
            known |= set(re.findall(r"\b[A-Z]", found[1]))
        given = {one[1] for one in re.findall(rf"((?:[A-Z]\.\s?)+)({name})\b", pair.parent)}
        new = set(re.findall(r"[A-Z]", each[1])) - known
        if given and new:
            told.append(f"{each[0].strip()} {name} is not in the parent")
    return told


def list_other_references(pair: Pair) -> list[str]:
    """Functions, and pages of a manual (`fork(2)`), that the parent does not speak of, where it has some."""
    low = pair.parent.lower()
    given = {mark for _, mark in _REFERENCE.findall(pair.parent)}
    return [
        f"{name}{mark} is not in the parent"
        for name, mark in _REFERENCE.findall(pair.rewrite)
        if mark in given and name.lower() not in low and name.lower().rpartition(".")[2] not in low
    ]


def list_other_kinds(pair: Pair) -> list[str]:
    """A member of a closed class (elements, animals, offices) in the place of another one, which the parent
    nowhere has; the word for all of them may stand for each."""
    told = []
    for each, (best, share, _) in zip(pair.said, pair.aligned, strict=True):
        if best is None or share < ALIGNED or each.plain in pair.verbatim:
            continue
        for kind, words in _KINDS.items():
            if kind.endswith("-any"):
                continue
            mine = {word for word in each.lower if _find_member(word, words) and not pair.has_word(word)}
            gone = words | _KINDS.get(f"{kind}-any", frozenset())
            theirs = {word for word in best.lower if _find_member(word, gone)} - set(each.lower)
            theirs = {word for word in theirs if word.rstrip("s") not in {one.rstrip("s") for one in mine}}
            if mine and theirs and len(mine) <= len(theirs):
                told.append(f"{min(mine)} for {min(theirs)}")
    return told


def _find_member(word: str, words: frozenset[str]) -> bool:
    return word in words or word.removesuffix("s") in words or word.removesuffix("es") in words
