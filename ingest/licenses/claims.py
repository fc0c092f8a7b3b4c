"""What the body of a page says of its licence: words, links and marks, each with its place and what it is of.

A licence beside a picture, in a comment, in a teaser, of the software that a page describes, or in an
example is told, and not taken for the page's.
"""

# ruff: noqa: RUF001, E501 - words of many languages

import functools
import re
from html import unescape
from typing import NamedTuple

from winnow.ingest.licenses.credits import detect_before, is_of_part, is_own_name, list_foreign, read_names
from winnow.ingest.licenses.mentions import detect_behind, is_beside, is_mention
from winnow.ingest.licenses.names import (
    CLOSED,
    OPENED,
    PUBLIC,
    RESERVED,
    LicenseName,
    find_names,
    is_same,
    mark_addresses,
    name_address,
)
from winnow.ingest.licenses.patterns import ABOUT, ANOTHERS, FILE, GRANTED, GRANTED_AFTER, POINTS
from winnow.ingest.licenses.regions import TAG, Context, read_context, read_markup
from winnow.ingest.licenses.reservations import SOME, find_kept
from winnow.ingest.licenses.scope import (
    ASKED,
    BSD,
    DERIVED,
    DOCUMENT,
    ENGINE,
    GENERAL,
    LABEL,
    LICENSE_WORD,
    NOT,
    OTHERS_OWN,
    OWNED,
    SENTENCE,
    SUBJECT,
    THIS,
    TOLD,
    UNDER,
    detect_subject,
    is_own,
    is_own_block,
    is_quoted,
    is_spoken_of,
    opens,
)
from winnow.ingest.licenses.spans import find_places
from winnow.ingest.page.blocks import PAD, Page

MAX_TEXT = 200
_TEXTS = 2_000  # whose reading is kept: pages of a site end alike, and words around near places are the same
_ADDRESS = re.compile(r'\s(?:href|data-url|resource|content)="([^"]*)"')
_ALT = re.compile(r'\s(?:alt|title)="([^"]{1,120})"')
_SOURCE = re.compile(r'\s(?:src|data-src|data-lazy-src)="([^"]*)"')
_PROPERTY = re.compile(
    r'\s(?:property|rel|itemprop|typeof)="[^"]*(?<![\w-])(?:(?:cc|dct|dcterms|dc|schema|xhv|og):)?licen[cs]e\b',
    re.IGNORECASE,
)
_OR = re.compile(
    r"\b(?:or|oder|ou|o|of|lub|albo|или|або|eller|tai|nebo|vagy|sau|veya|ili|ή)\b(?! (?:any |at your )?(?:later|newer))[^.;]{0,60}$|(?:または|又は|或|또는)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"\b(?:this|the present|diese[rsmn]?|ce|cet|cette|est[ea]|quest[oa']|deze|dit|эт\w+|den här|denne|detta|ten|to|tento)"
    r" (?:article|essay|post|text|page|document|work|story|paper|chapter|piece|entry|translation|artikel|beitrag|"
    r"aufsatz|texte?|artículo|texto|articolo|testo|artigo|tekst|artykuł|стать\w+|текст\w*|book|manual|interview|"
    r"poem|column)\b|本文|この記事|这篇文章",
    re.IGNORECASE,
)
_APART = re.compile(
    r"does not apply|not (?:covered|included|under|licensed|part of)|by (?:kind )?permission|with (?:the )?permission|"
    r"excluded|is exempt|exception|reprinted|gilt nicht|ausgenommen|mit genehmigung|ne s.applique pas|no se aplica|"
    r"con permiso|avec l.autorisation|non si applica",
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


def list_claims(page: Page) -> list[Claim]:
    """The statements in a page's body, in its order, each once."""
    rows, markup = find_places(page.data, page.blocks, linked=page.licensed)
    if not len(rows):
        return []
    data = page.data.tobytes()
    found: dict[tuple[str, str, str, str], Claim] = {}
    size = len(data) - PAD
    for (place, is_tag, depth), begins in zip(rows.tolist(), markup.tolist(), strict=True):
        words = read_markup(data, size, place)
        if not is_tag and not speaks(mark_addresses(words.left + words.right)):
            continue
        context = read_context(data, size, words, begins[:depth])
        for statement in _read_tag(data, place, context) if is_tag else _read_words(context):
            key = statement.license, statement.place, statement.region, statement.text
            found.setdefault(key, statement)
    own = read_names(data) if any(one.names for one in found.values()) else set()
    return [one if is_own_name(one.names, own) else one._replace(of="other") for one in found.values()]


@functools.lru_cache(_TEXTS)
def speaks(text: str) -> bool:
    """Whether a text names a license or says that rights are kept."""
    return bool(find_names(text) or find_kept(text))


@functools.lru_cache(_TEXTS)
def _read_words(context: Context) -> list[Claim]:
    """The statements in the words around a place."""
    text = mark_addresses(f"{context.left}{context.right}")
    found = []
    names = find_names(text)
    reach = len(context.left)
    previous = None
    for name in names:
        subject, clause, firm = detect_subject(text, name, names, context, previous)
        previous = subject
        if abs(name.start - reach) < 500:
            judged = _judge_name(text, name, subject, clause, firm, context)
            found.append(judged._replace(choice=_list_choice(text, name, names)))
    found += _judge_kept(text, context)
    return found


def _judge_name(
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
    own = firm and confidence >= 0.8 and context.region == "body" and bool(_ARTICLE.search(clause))
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


def _list_choice(text: str, name: LicenseName, names: list[LicenseName]) -> tuple[str, ...]:
    """The licences beside a name with no more than "or" between: one may choose."""
    places = sorted(names, key=lambda one: one.start)
    at = places.index(name)
    chosen = []
    for left, right in ((at - 1, at), (at, at + 1)):
        if left < 0 or right >= len(places):
            continue
        between = text[places[left].end : places[right].start]
        if len(between) < 150 and _OR.search(between) and not SENTENCE.search(between):
            chosen.append(places[left if right == at else right].license)
    return tuple(chosen)


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


def _judge_kept(text: str, context: Context) -> list[Claim]:
    """Whether all rights are kept, by a formula that is the page's."""
    found = []
    for match in find_kept(text):
        sentence = SENTENCE.split(text[max(0, match.start() - 160) : match.start()])[-1] or ""
        if BSD.search(text[match.end() : match.end() + 120]):
            continue
        of, frame = context.of, context.region in ("footer", "sidebar", "header")
        subject = SUBJECT.search(sentence)
        kinds = {one.lastgroup for one in SUBJECT.finditer(sentence)}
        if (
            of == "page"
            and subject
            and kinds <= {"picture"}
            and not OWNED.search(sentence[: subject.start()])
        ):
            of = "picture"
        owned = OWNED.search(text[max(0, match.start() - 160) : match.end() + 120]) or OWNED.search(
            context.before
        )
        alone = len(text) < 220
        opening = alone and len(SENTENCE.split(text[: match.start()])) <= 2  # a block of no more than that
        confidence = 0.9 if frame and owned else 0.8 if frame or (owned and (alone or context.late)) else 0.3
        confidence = max(confidence, 0.6 if owned or opening or len(text.strip()) < 60 else 0.3)
        if context.kept:
            of = "example"
        elif of == "page" and (
            is_quoted(text[: match.start()])
            or is_spoken_of(text[max(0, match.start() - 40) : match.start()], text[match.end() :])
        ):
            of = "quotation"
        elif context.of == "quotation" and owned and (frame or context.late):
            of = "page"  # `cite` around the owner
        elif (
            of == context.of
            and of in ("picture", "teaser")
            and not context.drawn
            and owned
            and context.region == "footer"
        ):
            of = "page"  # a class of that name stands around the foot of many a page
        words = text[max(0, match.start() - 110) : match.end() + 60]
        apart = bool(_APART.search(text[match.end() : match.end() + 240])) or bool(_ARTICLE.search(sentence))
        given = DOCUMENT.search(text[match.end() : match.end() + 160])  # "You may distribute it under ..."
        own = of == "page" and context.region == "body" and confidence >= 0.6 and apart and not given
        found.append(Claim(RESERVED, "text", context.region, clean(words), of, confidence, own=own))
        break
    return found


def _read_tag(data: bytes, place: int, context: Context) -> list[Claim]:
    """The statement of a tag with a license's address."""
    end = data.find(b">", place)
    match = TAG.match(data[place : min(end + 1, place + 4_000)].decode("utf-8", "ignore"))
    if not match:
        return []
    name, attributes = match[2].lower(), match[3]
    address = _ADDRESS.search(attributes)
    license_name = name_address(unescape(address[1])) if address else None
    marked = bool(_PROPERTY.search(attributes))
    if name == "img":
        return _read_badge(attributes, context)
    if address and marked and not license_name and re.match(r"https?://[^\s\x00-\x1f]+$", address[1]):
        other = unescape(address[1])[:MAX_TEXT]  # terms of one's own
        return [
            Claim(
                other, "rel", context.region, clean(context.left[-100:] + context.right[:60]), context.of, 0.4
            )
        ]
    if not license_name or name not in ("a", "link", "area", "meta", "button", "span", "div"):
        return []
    tag_end = context.right.find(CLOSED) + 1
    left = context.left
    text = f"{left}{context.right}"
    linked = LicenseName(license_name, len(left), len(left) + tag_end, True)
    names = [one for one in find_names(text) if one.end <= linked.start] + [linked]
    subject, clause, firm = detect_subject(text, linked, names, context, None)
    judged = _judge_name(text, linked, subject, clause, firm, context)
    if judged.of == "page" and not clause.strip() and detect_behind(context.right[tag_end:]):
        return [judged._replace(of="picture")]
    if judged.of == "page" and marked and subject != "software":
        place_name, sure = "rel", max(judged.confidence, 0.9 if context.region != "body" else 0.8)
        return [judged._replace(place=place_name, confidence=sure)]
    if judged.of == "page" and license_name.startswith("CC") and not context.left.strip() and context.late:
        return [judged._replace(confidence=max(judged.confidence, 0.6))]  # a badge
    return [judged]


def _read_badge(attributes: str, context: Context) -> list[Claim]:
    """A badge that Creative Commons draws, or another that its own words name, without a link around it."""
    source, words = _SOURCE.search(attributes), " ".join(_ALT.findall(attributes))
    license = (name_address(unescape(source[1])) or _name_file(source[1], words)) if source else None
    named = find_names(unescape(words))
    if named and (not license or is_same(named[0].license, license)):
        license = max(named[0].license, license or "", key=len)
    if not license or (named and not source) or len(words) > 120 or CLOSED in context.left + context.right:
        return []
    subject = SUBJECT.search(context.left)
    of = "picture" if subject and subject["picture"] else context.of
    drawn = name_address(unescape(source[1])) is not None if source else False
    alone = len(f"{context.left}{context.right}".strip()) < 130
    sure = (
        0.7
        if alone and context.region in ("footer", "sidebar")
        else 0.6
        if alone and (drawn or context.late)
        else 0.3
    )
    return [Claim(license, "link", context.region, clean(f"{license} {words}"), of, sure)]


def _name_file(source: str, words: str) -> str | None:
    """The license by the name of a badge's file: `cc-by-sa.png`, `by-nc.eu.svg`, `by.png` with words."""
    match = FILE.search(source[-80:])
    if not match or not (
        match["cc"] or "-" in match["parts"] or "_" in match["parts"] or LICENSE_WORD.search(words)
    ):
        return None
    parts = re.split(r"[-_]", match["parts"].upper())
    order = ["BY", *(part for part in ("NC", "ND", "SA") if part in parts)]
    version = f"{match['version'][0]}.{match['version'][-1]}" if match["version"] else None
    return "-".join(filter(None, ("CC", *order, version)))


def clean(text: str) -> str:
    """Words for the evidence: bounded, without control characters, addresses of licences by name."""
    words = re.sub(f"{OPENED}([^{CLOSED}]*){CLOSED}", r"[\1] ", text)
    words = re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+", " ", words)
    return " ".join(words.split())[:MAX_TEXT]
