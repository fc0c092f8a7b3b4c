"""Of what a licence is said: words for content, software and pictures before its name, in many languages."""

# ruff: noqa: RUF001, E501 - words of many languages

import re

from winnow.ingest.licenses.names import LicenseName
from winnow.ingest.licenses.regions import Context
from winnow.ingest.licenses.subjects import (
    CONTENT,
    DOCUMENT,
    EXCEPT,
    JOINED,
    LICENSE_WORD,
    MENTIONED,
    SENTENCE,
    SUBJECT,
    TAKEN_OUT,
    THIS,
    UNDER,
)

_EXCEPT_END = re.compile(r"(?:except|unless|sauf|salvo|excepto)\b[^.;]{0,100}$", re.IGNORECASE)
# "All posts are CC BY"
_IS = re.compile(
    r"\b(?:is|are|ist|sind|est|sont|es|son|è|sono|é|são|er|är|is|zijn|jest|są|je|jsou|on|ovat)(?: (?:all|now|alle|tous))?\W{1,3}$",
    re.IGNORECASE,
)
# "Code licensed MIT, docs CC BY"
_BESIDE = re.compile(rf"\w[^.]{{4,80}}[,;|·]\s*(?:and )?(?:the )?(?:{CONTENT})\s*[:：]?\s*$", re.IGNORECASE)
# "© 2020 The Foo Software Foundation. " before what is no capital, as in scripts that have none.
_OWNER = re.compile(r"^\W*(?:©|\(c\)|copyright)[^.|]{0,90}\.\s+(?=$|[^\x00-\x7f])", re.IGNORECASE)
_OWNER_NAME = re.compile(
    r"(?:©|\([cC]\)|[Cc]opyright|COPYRIGHT)(?:[\W\d]*(?:©|\([cC]\)|[Cc]opyright|by))?[\W\d]*(?:[A-ZÀ-Þ][\w'’&]*\W{1,2}){0,6}"
)
_OWNED_LINE = re.compile(r"^\W*(?:©|\(c\)|copyright)[^\x1e]{0,90}\x1e", re.IGNORECASE)
_ENDS = re.compile(r"(?<!\d)\.(?!\d)|\d\.(?=\s+[A-ZÀ-Þ])|[;|。\n]")
# "In line with", right before a name, or behind it.
_ACCORDING = re.compile(
    r"\b(?:enligt|podle|podľa|dle|gemäß|nach|unterliegt|selon|suivant|secondo|según|segundo|conforme|volgens|согласно|згідно|"
    r"în acord|według|zgodnie|i henhold|i overensstemmelse|jf|σύμφωνα)\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r".{0,40}?(?:szerint|に従|に準|を따|을 따|를 따|따릅|따르|göre)")
# "This manual is free software." before the sentence that gives.
_IS_FREE = re.compile(
    r"フリーソフトウェアです|자유 ?소프트웨어입니다|是自由[软軟][件體]|\bis free (?:software|documentation)\W*$",
    re.IGNORECASE,
)
# Chinese names it last: "on these terms one may modify this document".
_LAST = re.compile(
    r"[^。；;|]{0,60}?(?:复制|複製|分发|散布|修改)[^。；;|]{0,20}?本(?:文[档檔件]|手[册冊]|[书書])|"
    r"[^。；;|]{0,12}?(?:放弃|放棄)[^。；;|]{0,8}?本(?:文|站|作品)|[^。]{0,12}?(?:この|本)(?:文章|記事|作品|ページ|サイト)[^。]{0,24}?(?:放棄|許諾|公開|提供)|"
    r"[^。]{0,40}?(?:本書|この(?:文書|マニュアル|ドキュメント|文章|説明書))を[^。]{0,12}?(?:再頒布|再配布|複製|改変|配布|変更)"
)
# Its name is of no software.
_FOUNDATION = re.compile(
    r"free software foundation|自由软件基金会|自由軟體基金會|フリーソフトウェア財団|자유 ?소프트웨어 ?재단|"
    r"fundaci\w+ para el software libre",
    re.IGNORECASE,
)
# "Tài liệu này": what points stands behind.
_THIS_BEHIND = re.compile(r"\s(?:này|ini|hau)\b", re.IGNORECASE)


def _find_behind(text: str) -> str:
    """The subject behind a license's name: "CC BY for all pictures"."""
    after = re.match(r"[^.;]{0,60}?\b(?:for|applies to|gilt für|pour)\b ([^.;]{0,60})", text)
    later = SUBJECT.search(after[1]) if after else None
    return "page" if later and later["content"] else later.lastgroup or "" if later else ""


def _find_kind(first: re.Match[str], rest: str) -> str:
    """What a subject is, with the word that is joined to it."""
    kind = first.lastgroup or ""
    if kind != "content" and (joined := JOINED.match(rest)):
        second = SUBJECT.match(rest[joined.end() :])
        return "content" if second and second["content"] else kind
    if kind == "content" and (second := SUBJECT.match(rest.lstrip())) and second["picture"]:
        return "picture"  # "the article image", "artikkelin kansikuva"
    return kind


def detect_subject(
    text: str, name: LicenseName, names: list[LicenseName], context: Context, previous: str | None
) -> tuple[str, str, bool]:
    """What a name is said of ("page", "software", "picture", ""), the words before it, whether these say
    so."""
    begun = max([one.end for one in names if one.end <= name.start and one is not name] or [0])
    pieces = SENTENCE.split(text[max(begun, name.start - 320) : name.start])
    clause = pieces[-1] or ""
    if begun and len(pieces) == 1:
        clause = re.split(r"[;,]\s(?=.{12})", clause)[-1] if SUBJECT.search(clause) else clause
    clause = _OWNED_LINE.sub("", _OWNER.sub("", clause))
    if TAKEN_OUT.search(clause) or _BESIDE.search(clause):
        return "page", clause, True
    plain = _FOUNDATION.sub("", _EXCEPT_END.sub("", EXCEPT.sub(" all ", clause)))
    unowned = _OWNER_NAME.sub(" ", plain)  # "© 2010 Fen Notes Header photo by Ann": of the photo
    plain = unowned if SUBJECT.search(unowned) else plain
    first = SUBJECT.search(plain)
    if (
        first is None and len(pieces) > 1 and (DOCUMENT.search(plain) or _IS_FREE.search(pieces[-2] or ""))
    ):  # "You may copy it": of what stands before
        clause = plain = f"{pieces[-2]} {plain}"
        first = SUBJECT.search(plain)
    if first is None and (last := _LAST.match(text, name.end)):
        return "page", last[0], True
    if first is None:
        if begun and len(pieces) == 1 and previous is not None:
            return previous, clause, False
        return _find_behind(text[name.end :]), clause, False
    kind = _find_kind(first, plain[first.end() :])
    behind = _ENDS.split(text[name.end - 1 : name.end + 120])[0][1:]  # many languages end with the verb
    said = f"{plain[first.end() :]} {behind}"
    according = _ACCORDING.search(plain[-60:]) or _FOLLOWS.match(behind)
    ends = (
        according or re.search(r"[:：]\s*$", plain) or (_IS.search(plain) and not LICENSE_WORD.search(plain))
    )
    firm = bool(kind == "content" and (UNDER.search(said) or ends))
    return ("page" if kind == "content" else kind), clause, firm


def is_quoted(before: str) -> bool:
    """Whether what stands before a name is within marks of quotation, opened by more than the name's own."""
    for opened in ("“", "„", "«", '"', "「", "『", "”", "»"):
        at = before.rfind(opened)
        if at < 0 or len(before) - at < 12 or re.search(r"[”“»«\"」』]", before[at + 1 :]):
            continue
        if opened in '"”»' and (before.count(opened) % 2 == 0 or re.search(r"[“„«]", before)):
            continue  # ”so”, »so«
        return True
    return False


def is_spoken_of(before: str, after: str) -> bool:
    """Whether a formula stands in marks of its own, or behind "the words"."""
    in_marks = re.search(r"[\"“„«'‘「『]\s?$", before) and re.match(r"[.!]?\s?[\"”“»'’」』]", after)
    return bool(in_marks or MENTIONED.search(before))


def is_own_block(text: str, clause: str) -> bool:
    """Whether a short block begins with what a licence is of: "Text under CC BY"."""
    subject = SUBJECT.search(EXCEPT.sub(" all ", clause))
    begins = text.strip().startswith(clause.strip()[:20])
    return bool(subject and subject["content"] and subject.start() < 30 and begins and len(text) < 260)


def opens(clause: str) -> bool:
    """Whether the words before a name are no more than "Licensed under the", or speak of "this"."""
    plain = re.sub(r"(?:©|\(c\)|copyright)[^.,|]{0,60}[.,|]?", "", clause, flags=re.IGNORECASE).strip()
    named = re.match(r"[A-Za-z]+ (?:is|are) ", plain)  # of something by its name
    return (len(plain) <= 28 and not named) or bool(
        re.match(r"(?:this|dies\w*|cet\w*|est[ea]|quest\w*|deze|dit|эт\w+)\b", plain, re.IGNORECASE)
    )


def is_own(clause: str) -> bool:
    """Whether words in the body begin with what they are of: "This article is", "All content on"."""
    plain = EXCEPT.sub(" all ", clause)
    subject = SUBJECT.search(plain)
    return bool(
        subject
        and (
            THIS.search(plain[max(0, subject.start() - 40) : subject.end()])
            or _THIS_BEHIND.match(plain, subject.end())
        )
    )
