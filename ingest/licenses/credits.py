"""What a bare mark is of: the page where nothing else is named before it, else what is named.

A mark that no words give to the text counts where the words before it are those of licences, of an owner, or
names that the page goes by. Any other word there, in any language, names something else: a picture, a song, a
font, a person's work. So a label that nobody has listed errs towards closed.
"""

# ruff: noqa: RUF001, E501 - words of many languages

import re
from html import unescape

from winnow.ingest.licenses.patterns import POINTS
from winnow.ingest.licenses.reservations import SOME, find_kept
from winnow.ingest.licenses.subjects import (
    DOCUMENT,
    ENGINE,
    EXCEPT,
    LABEL,
    LICENSE_WORD,
    OWN,
    SENTENCE,
    SUBJECT,
    THIS,
    UNDER,
)

# The owner of a page, up to what ends a name; a line break does ("\x1e").
OWNER = re.compile(
    r"(?:©|\(c\)|copyright|copyleft|℗)(?:[^.|:：;\x1e\x02]|(?<=\b[A-ZÀ-ÞА-Я])\.|\.(?=,)){0,90}", re.IGNORECASE
)
_BY = re.compile(r"\b(?:[Bb]y|von|par|por|di|door|av|af) [A-ZÀ-Þ][^\d:]{1,50}$")
# "Ann has waived all rights to River"
_WAIVED = re.compile(
    r"\bwaived? all\b|verzichtet auf alle|renunci\w+ a todos|a renoncé à tous", re.IGNORECASE
)
_SUBJECT_TO = re.compile(r"\buse of [^.]{0,90}\b(?:is|are) subject to\b|\byour\b", re.IGNORECASE)
_ALPHABET = r"[^\W\d_\u0e00-\u0e7f\u3040-\u9fff\uac00-\ud7af]*"
_OF_LICENSES = re.compile(
    rf"{_ALPHABET}(?:{UNDER.pattern}|{LICENSE_WORD.pattern}|{LABEL.pattern}|{OWN.pattern}|协议|協議|声明|聲明|方式|"
    rf"autoris|concess|second|gemäß|selon|según|enligt|według|podle|conform|согласн|соответств|mukais|spdx|identifier|otherwise|describ|\bitem|permalink|\bgilt\b|\bgelten|geldt|gjelder|gäller|appl(?:ies|y)\b|\bvale\b|\buses?\b|\bcc[ -]by\b){_ALPHABET}",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    r"[\u30a0-\u30ff\u4e00-\u9fff]+|[\uac00-\ud7af]{2,}|[^\W\d_\u3040-\u9fff\uac00-\ud7af]+"
)
# "the pictograms of this" before a site, "のアイコン" behind one, "artikkelin kaavio", "bu sitedeki simgeler"
_WHOLE = re.compile(
    r"\b(?!gilt\b|gelten\b|geldt|gelder|gjelder|gäller|vale\b|valen\b|valgono|appl|(?:re)?us(?:e|age)\b|uso\b|utilis|utiliz|nutzung|\w*verwendung|gebruik|использован|auth?or|auteur|autor|parts?\b|rest\b|reste\b|"
    r"versions?\b|copy\b|majority\b|reader)(\w{4,})\s(of|on|in|for|de|du|des|dels?|dell[ae’']|dei|degli|d[aeo]s?|nel(?:la)?|d?[ne]?est[aeo]s?|di|van|op|von|im|"
    r"auf|til|på|av|för|for|z|ze|na|do|w|v|для|на|к|в|у|из)\W{1,2}(?:[\w]{1,6}\W{1,2}){0,2}$",
    re.IGNORECASE,
)
_DUTCH = re.compile(r"tekst|inhoud|artikel|pagina|website|foto", re.IGNORECASE)  # where "de" is the article
_GERMAN = re.compile(r"(?:von|im|auf|für)$")  # before which a noun has a capital
_NEUTRAL = re.compile(
    r"\W*(?:note|notice|hinweis|remarque|nota|important|attention|info|legal|rights|terms|disclaimer|mentions|avis|aviso|avviso)",
    re.IGNORECASE,
)
_PART = re.compile(r"(?:上|内|中|に|で)?[の的]([\u30a0-\u30ff\u4e00-\u9fff]{2,})")
_OWNED_PART = re.compile(
    r"(?:(?:sivu|artikkeli|kirjoituks|juttu)\w*n|(?:site|sayfa|yazı|makale|blog)\w*(?:nın|nin|nun|nün|daki|deki)) (\w{4,})",
    re.IGNORECASE,
)
_USES = re.compile(
    r"\b(?:uses?|using|contains?|includes?|features?|displays?|shows?|illustrat\w+|illustr[ée]\w*|ilustr\w+|bebildert|utilise|contient|comporte|affiche|"
    r"verwendet|nutzt|benutzt|enthält|zeigt|usa|utiliza|contiene|incluye|utilizza|contém|inclui|gebruikt|bevat|używa|wykorzystuje|zawiera|"
    r"использует\w*|содержит|використовує|містить|använder|innehåller|bruger|indeholder|bruker|inneholder|käyttää|käytetään|sisältää|"
    r"používá|obsahuje|používa|kullan\w+|içer\w+|"
    r"summari[sz]es?|draws|quotes|résume|s['’]appuie|reprend|cite|est tirée?|fasst|beruht|zitiert|resume|se basa|cita|riassume|si basa|baseia|citeert|"
    r"streszcza|cytuje|пересказывает|цитирует|переказує|цитує|sammanfattar|bygger|citerar|opsummerer|citerer|tiivistää|perustuu|lainaa|shrnuje|"
    r"vychází|cituje|özetl\w+)\b|使用|采用|を(?:使用|利用|使っ|お借り|掲載)",
    re.IGNORECASE,
)
_SHOWN = re.compile(rb"<(?:img|picture|svg|video|audio|iframe|object|embed|canvas)\b|background")
_FIGURE = re.compile(rb"<figure\b.{0,20000}?</figure>", re.DOTALL)  # which says itself whose it is
_HEADING = re.compile(rb"<h1\b[^<>]*>(.{1,400}?)</h1>", re.DOTALL)
_MAX_TITLE, _HOME = (
    2_000,
    re.compile(rb'<a\b[^<>]{0,200}\shref="(?:/|\./|index\.html?)"[^<>]{0,200}>([^<>]{2,60})<'),
)


def list_foreign(clause: str) -> tuple[str, ...]:
    """The words before a mark that are none of licences, nor of the page or its owner; short ones in lower case
    are of grammar. Before a name behind "by" stands "" first."""
    if _WAIVED.search(clause):
        return ()
    clause = clause.lstrip()
    words = _list_words(clause[:1].lower() + clause[1:])  # a sentence's first capital says nothing
    return ("", *words) if words and ":" not in clause and _BY.search(clause.rstrip(" ,.|-–—(")) else words


def _list_words(clause: str) -> tuple[str, ...]:
    plain = EXCEPT.sub(" ", OWNER.sub(" ", _SUBJECT_TO.sub(" ", clause)))
    for match in (*SOME.finditer(plain), *find_kept(plain)):
        plain = plain.replace(match[0], " ")
    plain = THIS.sub(" ", _OF_LICENSES.sub(" ", plain)).strip(" ,.|-–—(\x1e")
    words = _LETTERS.findall(_BY.sub(" ", plain))
    return tuple(
        dict.fromkeys(
            each.lower() for each in words if len(each) > 3 or not each.islower() or each > "\u0e00"
        )
    )


def _is_label_of_part(clause: str) -> bool:
    """Whether a clause begins with a label that names a part: "Photos: this site"."""
    label, colon, rest = clause.partition(":")
    if not colon or len(label) >= 40 or not _list_words(label.lower()):
        return False
    return not (POINTS.search(rest) or _NEUTRAL.match(label))


def _is_whole_of_part(before: str, own: str) -> bool:
    """Whether a part stands before the page as what is of it: "the pictograms of this site"."""
    whole = _WHOLE.search(before)
    if not whole or not _list_words(whole[1].lower()):
        return False
    if _GERMAN.match(whole[2]) and whole[1].islower():
        return False
    return not (whole[2] == "de" and _DUTCH.match(own))


def is_of_part(clause: str) -> bool:
    """Whether a license is of something that the page has: "the pictograms of this site", "this site uses"."""
    plain = EXCEPT.sub(" ", clause)
    first = OWN.search(plain)
    if first is None or _WAIVED.search(plain) or DOCUMENT.search(plain):
        return False
    before, behind = plain[: first.start()], plain[first.end() :]
    if _is_label_of_part(clause) or _is_whole_of_part(before, first[0]):
        return True
    if (part := _PART.match(behind) or _OWNED_PART.match(plain, first.start())) and not OWN.match(part[1]):
        return bool(_list_words(part[1].lower()))
    used = _USES.search(behind)
    return bool(
        used and ("を" in used[0] or list_foreign(behind[used.end() :]) or SUBJECT.search(behind, used.end()))
    )


def detect_before(text: str, line: str) -> str:
    """What the sentence before a bare mark is of, or the label that is the line before: "picture" for
    "Photo by Ann. Licensed under", else ""."""
    pieces = SENTENCE.split(text)
    ended = len(pieces) > 1 and text[: len(text) - len(pieces[-1])].rstrip(" \x1e\x02").endswith(
        (*".!?。！？",)
    )
    before = pieces[-2] if ended else line if line.endswith((":", "：")) else ""
    kinds = [one.lastgroup or "" for one in SUBJECT.finditer(OWNER.sub(" ", before))]
    if "content" in kinds or ENGINE.search(before):
        return ""
    return kinds[0] if kinds else "other" if _list_words(before) else ""


def is_own_name(names: tuple[str, ...], own: set[str]) -> bool:
    """Whether the page goes by the names before a mark: all are its own, or it shows nothing else that is somebody's."""
    return ("" in names and "" in own) or own.issuperset(set(names) - {""})


def read_names(data: bytes) -> set[str]:
    """The words of a page's title, its first heading, and its links to the site's front page; "" where all that
    a page shows is text, so that what has an author can be no picture."""
    title = data[: data.find(b"</title>", 0, _MAX_TITLE)]
    names = b" ".join([title, *_HEADING.findall(data), *(match[1] for match in _HOME.finditer(data))]).decode(
        "utf-8", "ignore"
    )
    own = set(re.findall(r"[^\W\d_]+", unescape(names).lower()))
    return own if _SHOWN.search(_FIGURE.sub(b"", data)) else own | {""}
