"""Words by which a document tells of what a licence is of, and is not under it itself, in many languages."""

# ruff: noqa: RUF001, E501 - words of many languages

import re

from winnow.ingest.licenses.subjects import JOINED, SUBJECT

# Words of history, and of who is known for a license.
_TELLS = re.compile(
    r"\b(?:founded by|associated with|verbunden ist|gegründet(?:e|en)? von|associée? à la|associat[aoie] (?:alla|con)|asociad[ao] (?:a|con)|"
    r"associad[ao] (?:à|com)|zwi[aą]zan\w+ z|связанн\w+ с)\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"(?:^|[,;]\s)\W*(?:in|on|dans|en|sur|nel|nella|no|na|neste|nesta|в|во|у|w|v|ve|i|op|på|im)"
    r" (?:this|the|ce|cet|cette|est[ea]|diese[mr]|questo|questa|quest|dit|deze|этом|этой|niniejszym|tym|této|tomto|denna|detta|dette)"
    r"\W{1,2}(?:\w+ )?$",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\w[^,]*, (?:[^,]*, )*?(?:which|that|who|qui|che|die|der|das|dat|som|amely\w*|kter\w+|któr\w+|котор\w+|як(?:ий|а|е|і)|"
    r"que|an?|une?|un|una|eine?n?|een|ett|um|uma) [^,;]*$",
    re.IGNORECASE,
)
_TOLD_LAST = re.compile(
    r"[^.。;|]{0,80}?(?:anlat[ıi]|açıklar|tanıt[ıi]r|leírja|ismerteti|설명합니다|설명한다|소개합니다|を説明|を解説|を紹介)"
)
_NO_CONTENT = re.compile(r"pubb?lica[dt]", re.IGNORECASE)  # a verb
# What a document tells of: its license, behind, is of that.
_DESCRIBES = re.compile(
    r"\b(?:describes?|details|covers|explains?|documents|discusses|introduces|lists?|is (?:for|about|intended for)|deals with|beschreibt|handelt von|behandelt|erklärt|erläutert|"
    r"décrit|explique|présente|traite|concerne|describe|explica|presenta|descrive|illustra|spiega|descreve|explica|apresenta|beschrijft|"
    r"opisuje|popisuje|описывает|описує|описва|beskriver|kuvaa|anlat\w+|açıkla\w+|leírja|írja le|ismerteti|trata de|documenta|presenta|handlar om|handler om|gaat over|dotyczy|mô tả)\b|"
    r"について(?:説明|述べ)|を説明|介绍|介紹|描述|설명(?:하|합)",
    re.IGNORECASE,
)


def is_mention(clause: str) -> bool:
    """Whether a document tells of what the license is of: "This manual describes Foo, an editor under"."""
    if _TELLS.search(clause):
        return True
    described = _DESCRIBES.search(clause)
    if not described or not SUBJECT.search(clause[: described.start()]):
        return False
    behind = [one for one in SUBJECT.finditer(clause, described.end()) if one.lastgroup == "content"]
    return all(_NO_CONTENT.match(clause, one.start()) or _in_name(clause, one.start()) for one in behind)


def is_beside(clause: str, after: str) -> bool:
    """Whether a program's license stands in a clause of its own: "This article is by Ann of Foo, a tool under",
    or the page is only where it is told: "In this chapter we look at Foo, under"."""
    subject = SUBJECT.search(clause)
    if subject is None or subject.lastgroup != "content":
        return False
    behind = clause[subject.end() :]
    if any(one.lastgroup == "content" for one in SUBJECT.finditer(behind)):
        return False
    return bool(
        _WITHIN.search(clause[: subject.start()]) or _RELATIVE.search(behind) or _TOLD_LAST.match(after)
    )


def _in_name(text: str, at: int) -> bool:
    """Whether a word is one of a name's: "Geographic Resources Analysis"."""
    return text[at].isupper() and bool(re.search(r"[A-Z][\w-]* $", text[:at]))


def detect_behind(after: str) -> str:
    """What words behind a mark say that it is of: "picture" for "[CC BY] The pictures in this blog are"."""
    first = SUBJECT.search(after[:90])
    if first is None or first.lastgroup != "picture" or re.search(r"[.:;|]", after[: first.start()]):
        return ""
    joined = JOINED.match(after[first.end() :])
    second = SUBJECT.match(after[first.end() + joined.end() :]) if joined else None
    return "" if second and second["content"] else "picture"
