"""What the body of a page says of its licence: words, links and marks, each with its place and what it is of.

A licence beside a picture, in a comment, in a teaser, of the software that a page describes, or in an
example is told, and not taken for the page's.
"""

# ruff: noqa: RUF001, E501 - words of many languages

import functools
import re
from html import unescape

from winnow.ingest.licenses.credits import is_own_name, read_names
from winnow.ingest.licenses.hints import CLOSED
from winnow.ingest.licenses.judgement import MAX_TEXT, Claim, clean, judge_name
from winnow.ingest.licenses.kept_rights import judge_kept
from winnow.ingest.licenses.mentions import detect_behind
from winnow.ingest.licenses.names import LicenseName, find_names, is_same, mark_addresses, name_address
from winnow.ingest.licenses.patterns import FILE
from winnow.ingest.licenses.regions import TAG, Context, read_context, read_markup
from winnow.ingest.licenses.reservations import find_kept
from winnow.ingest.licenses.scope import detect_subject
from winnow.ingest.licenses.spans import find_places
from winnow.ingest.licenses.subjects import LICENSE_WORD, SENTENCE, SUBJECT
from winnow.ingest.page.blocks import PAD, Page

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
            judged = judge_name(text, name, subject, clause, firm, context)
            found.append(judged._replace(choice=_list_choice(text, name, names)))
    found += judge_kept(text, context)
    return found


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
    judged = judge_name(text, linked, subject, clause, firm, context)
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
