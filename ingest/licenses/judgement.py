"""Of what a license is that words name, and how sure that is: by the clause, the region and the words behind."""

# ruff: noqa: RUF001, E501 - words of many languages

import re
from typing import NamedTuple

from winnow.ingest.licenses.credits import detect_before, is_of_part, list_foreign
from winnow.ingest.licenses.hints import CLOSED, OPENED
from winnow.ingest.licenses.mentions import is_beside, is_mention
from winnow.ingest.licenses.names import PUBLIC, LicenseName
from winnow.ingest.licenses.patterns import ABOUT, ANOTHERS, GRANTED, GRANTED_AFTER, POINTS
from winnow.ingest.licenses.regions import Context
from winnow.ingest.licenses.reservations import SOME
from winnow.ingest.licenses.scope import is_own, is_own_block, is_quoted, opens
from winnow.ingest.licenses.subjects import (
    ASKED,
    DERIVED,
    DOCUMENT,
    ENGINE,
    GENERAL,
    LABEL,
    LICENSE_WORD,
    NOT,
    OTHERS_OWN,
    OWNED,
    SUBJECT,
    THIS,
    TOLD,
    UNDER,
)

MAX_TEXT = 200
ARTICLE = re.compile(
    r"\b(?:this|the present|diese[rsmn]?|ce|cet|cette|est[ea]|quest[oa']|deze|dit|эт\w+|den här|denne|detta|ten|to|tento)"
    r" (?:article|essay|post|text|page|document|work|story|paper|chapter|piece|entry|translation|artikel|beitrag|"
    r"aufsatz|texte?|artículo|texto|articolo|testo|artigo|tekst|artykuł|стать\w+|текст\w*|book|manual|interview|"
    r"poem|column)\b|本文|この記事|这篇文章",
    re.IGNORECASE,
)
_OF_CONTENT = (
    "CC", "GFDL", "OGL", "etalab", "LAL", "OPUBL", "LicenseRef-DSL", "DL-DE", "NLOD", "ODC-By", "PDDL",
)  # fmt: skip
_LABELED = re.compile(
    r"\W*(?:(?:text )?(?:licen[cs]\w*|licenza|licença|lizenz\w*|lisens\w*|lisans\w*|лицензи\w*|ліцензі\w*|许可\S{0,3}|許可\S{0,3}|"
    r"授权\S{0,3}|授權\S{0,3}|ライセンス|라이선스|الترخيص|رخصة|רישיון|άδεια|giấy phép|rights|copyright)[^:：\x02]{0,20}[:：]|"
    r"(?:by|von|par|por|di|door|av|af) [A-ZÀ-Þ][^\d:]{1,40}$|(?:by|von|par|por|di|door|av|af) [A-ZÀ-Þ][^\d:]{1,36}[.,|·–—-]+\W{0,3}(?=\x02|cc\b))",
    re.IGNORECASE,
)
_ITEM_OF = re.compile(
    r"e-?books?|\bbooks?\b|guides?|courses?|download|handbook|newsletter|podcast|album|report\b|"
    r"buch|livre|libro|livro|boek|\bbok|\bbog|kirja|knih|książk|книг|kitap|könyv",
    re.IGNORECASE,
)
# What was given out, by whom: a report that the page tells of.
_GIVEN_OUT = re.compile(
    r"\bmay (?:republish|relicen[cs]e)|\b(?:was|were|had been) (?:\w+ )?(?:publish|releas|licen|made|issu)|\bwurden? [^.]{0,80}(?:veröffentlicht|lizenziert|freigegeben)|"
    r"\b(?:a|ont) été (?:publié|diffusé|mis)|\bfue(?:ron)? (?:public|difund|licenci)|\b(?:è stat[oa]|sono stat[ie]) (?:pubblic|rilasci|diffus)|"
    r"\bfo(?:i|ram) (?:public|divulg|licenci)|\bwerd(?:en)? [^.]{0,80}(?:gepubliceerd|uitgebracht)|został[aoy]? (?:opublik|udostęp|wydan)|"
    r"\bбыл[аио]? (?:опубликован|выпущен)|\bбул[аио] (?:опубліко|оприлюдн)|\b(?:publicerades|släpptes|julkaistiin|udgivet af|udgav|vydal[ao]?)\b",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"(?:^|\b(?:the|l['’]|le|la|el|il|lo|o|a|der|das|die|het|de|den|det) ?(?:\w+ )?)original\w*|原文|元の?記事|原著|оригинал\w*|oryginał\w*",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    rf"\W*(?:our|my|unser\w*|mein\w*|notre|mon|nuestr[ao]|mi|il nostro|la nostra|o nosso|a nossa|ons|onze|mijn|nasz\w*|наш\w*|vår\w*|vores|meidän|náš|naše|"
    rf"new|neu\w*|nouve\w+|nuev[ao]|nuov[ao]|nov[aoéýi]|nieuwe?|now[yae]|нов\w+|ny[ta]?|uusi)\b[^.:]{{0,40}}(?:{_ITEM_OF.pattern})",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"\b(?:this|site|website|blog|page|pages|content|texts?|wiki|diese[rsmn]?|ce|cet|este)\b", re.IGNORECASE
)


class Claim(NamedTuple):
    """What is said of a license: which, in what (`link`, `text` ...), where on the page, of what, how
    sure."""

    license: str
    place: str
    region: str
    text: str
    of: str
    confidence: float
    firm: bool = False  # the words say that it is of the content
    own: bool = False  # of this article by name, in its text: it stands over what is said of the site
    choice: tuple[str, ...] = ()  # the licences of which this is one at choice
    names: tuple[str, ...] = ()  # what is named before a bare mark: the page's if the page goes by that


def judge_name(
    text: str, name: LicenseName, subject: str, clause: str, firm: bool, context: Context
) -> Claim:
    """How sure it is that a license that is named is the page's."""
    of = _detect_scope(text, name, subject, clause, firm, context)
    confidence = _weigh(text, name, subject, clause, firm, context)
    if context.kept and confidence < 0.8:
        confidence = min(confidence, 0.3)
    if context.noticed and not context.kept and text[name.start : name.end].startswith("Permission is"):
        firm, confidence = True, 0.8  # the terms themselves, in a book's own notice
    if confidence <= 0.7 and context.region == "body" and _heads_thing(context.before):
        confidence = 0.3
    if name.license in (PUBLIC, "CC-PDM-1.0"):
        frame = context.region != "body"
        said = clause if name.linked else clause + text[name.start : name.end]
        told = SUBJECT.search(said)
        own = told is not None and told["content"] and not ABOUT.search(said[told.end() :])
        firm = bool(own and (THIS if frame else POINTS).search(said) and (frame or is_own(said)))
        confidence = 0.8 if firm else confidence if frame and name.linked and of == "page" else 0.3
    words = text[max(0, name.start - 120) : name.end + 60]
    place = "link" if name.linked else "text"
    own = firm and confidence >= 0.8 and context.region == "body" and bool(ARTICLE.search(clause))
    names = list_foreign(clause) if of == "page" and not firm else ()
    if of == "page" and not firm and not names:
        of = detect_before(text[max(0, name.start - 320) : name.start], context.before) or of
        if SOME.search(text[max(0, name.start - 60) : name.end + 60]):
            confidence = max(confidence, 0.9 if context.region != "body" else 0.8 if context.late else 0.3)
    return Claim(name.license, place, context.region, clean(words), of, confidence, firm, own, names=names)


def _heads_thing(before: str) -> bool:
    """Whether a short line before, as a heading, names software, data or a picture."""
    subject = SUBJECT.search(before) if len(before) < 40 else None
    return subject is not None and subject.lastgroup != "content"


def _detect_scope(
    text: str, name: LicenseName, subject: str, clause: str, firm: bool, context: Context
) -> str:
    """What a license that is named is of: the page, or something on it."""
    of, frame, this = context.of, context.region != "body", THIS.search(clause)
    if of == "page" and subject in ("software", "picture"):
        of = subject
    elif of == "page" and ENGINE.search(clause) and not name.license.startswith(_OF_CONTENT):
        of = "software"
    elif (
        of in ("picture", "teaser")
        and subject == "page"
        and firm
        and (POINTS if not frame else THIS).search(clause)
    ):
        of = "page"
    elif (
        of == "quotation"
        and subject == "page"
        and this
        and (DOCUMENT.search(clause) or name.license == PUBLIC)
    ):
        of = "page"  # manuals set their terms so
    if of == "page" and (DERIVED.search(clause) or (not frame and _is_told(text[name.end :], firm))):
        return "other"
    if of == "page" and is_quoted(text[: name.start]):
        return "quotation"
    if of == "page" and not name.license.startswith(_OF_CONTENT) and is_beside(clause, text[name.end :]):
        return "other"
    if of == "page" and _is_no_grant(text[name.end :], clause, frame):
        return "other"
    if of == "page" and _is_offered(clause, firm, context):
        return "teaser"
    foreign = OTHERS_OWN.search(clause) and not (frame and firm and this)
    return "other" if of == "page" and foreign else of


def _is_offered(clause: str, firm: bool, context: Context) -> bool:
    """Whether it is of a book beside the text, or of what the body offers: "Our new guide is out, under"."""
    if context.region == "sidebar":
        return bool(_ITEM_OF.search(f"{context.before} {clause}")) and not _SITE.search(clause)
    return (
        firm and context.region == "body" and bool(_OFFERED.match(clause)) and not POINTS.search(clause[3:])
    )


def _is_no_grant(after: str, clause: str, frame: bool) -> bool:
    """Whether the words deny a license, ask for it, tell of any text under it, or of another's."""
    if not POINTS.search(clause) and (
        _GIVEN_OUT.search(f"{clause} {after[:60]}") or _ORIGINAL.search(clause)
    ):
        return True
    if (
        is_of_part(clause)
        or NOT.search(clause)
        or is_mention(clause)
        or (not frame and ANOTHERS.search(clause))
    ):
        return True
    if not POINTS.search(clause) and GENERAL.search(after):
        return True
    return bool(ASKED.search(clause) or re.match(r"(?:[^.!?|]|\d\.\d){0,80}?\?", after))


def _is_told(after: str, firm: bool) -> bool:
    """Whether what follows makes it a report of a license, not a grant."""
    reported = re.match(r"[^.;|]{0,40}\b(?:said|says|announced|wrote|writes|explained|explains)\b", after)
    return bool(reported or (not firm and TOLD.search(after)))


def _weigh(text: str, name: LicenseName, subject: str, clause: str, firm: bool, context: Context) -> float:
    """How sure a name is, by the words before it, its region and its family."""
    commons = name.license.startswith(_OF_CONTENT)
    gnu = name.license.startswith(("GFDL", "GPL", "LGPL", "AGPL")) and not name.linked
    frame, this = context.region != "body", THIS.search(clause)
    said = UNDER.search(clause) or LABEL.search(context.before[-40:])
    alone = len(text) - name.end + name.start < 30
    if subject == "page" and firm and (this or frame):
        return 0.9 if frame else 0.8 if is_own(clause) or is_own_block(text, clause) else 0.4
    if subject == "page" and firm and is_own_block(text, clause):
        return 0.8
    if DOCUMENT.search(clause):
        return 0.8 if subject == "page" else 0.4
    if gnu and alone and not said and context.region != "footer":
        return 0.3  # the name of a chapter
    if context.region in ("header", "sidebar") and not alone and not _is_mark(text, name, clause):
        return 0.3  # of a menu, of news
    short = alone if context.region == "sidebar" else len(text) < 160
    if commons and frame and (said or name.linked or short):
        return 0.8 if said or name.linked else 0.7
    if commons and alone and not context.pictured and subject != "picture" and _LABELED.match(text):
        return 0.6  # "License: CC BY 4.0", "By Ann. CC BY 4.0"
    if frame and subject == "" and _is_granted(text, name, clause, context):
        return 0.7
    if commons and context.late and ((alone and not (gnu and not said)) or (said and opens(clause))):
        return 0.6 if len(text) < 260 else 0.4
    return 0.3


def _is_granted(text: str, name: LicenseName, clause: str, context: Context) -> bool:
    """Whether an owner's words are "licensed under" and a name, the verb before or behind it."""
    told = SUBJECT.search(
        re.sub(r"(?:©|\(c\)|copyright)[^.|]{0,90}", "", text[: name.start], flags=re.IGNORECASE)
    )
    if told is not None and told["software"]:
        return False  # "Foo is free software. Licensed under ..."
    owned = OWNED.search(text[: name.start]) or OWNED.search(context.before)
    if GRANTED.search(clause) or (owned and name.license == "BSL-1.0" and UNDER.search(clause)):
        return True
    return bool(owned and opens(clause) and GRANTED_AFTER.search(text[name.end :]))


def _is_mark(text: str, name: LicenseName, clause: str) -> bool:
    """Whether words in a menu or beside the text give a license, and do not tell of one."""
    after = SUBJECT.search(text[name.end : name.end + 120])
    if UNDER.search(clause) or _LABELED.match(text):
        return True
    of_other = after is not None and after.lastgroup != "content"
    return not of_other and bool(LICENSE_WORD.search(text[name.end :] if name.linked else text))


def clean(text: str) -> str:
    """Words for the evidence: bounded, without control characters, addresses of licences by name."""
    words = re.sub(f"{OPENED}([^{CLOSED}]*){CLOSED}", r"[\1] ", text)
    words = re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+", " ", words)
    return " ".join(words.split())[:MAX_TEXT]
