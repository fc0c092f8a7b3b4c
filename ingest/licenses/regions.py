"""Where on a page words stand, and of what they are, by the elements around them."""

import re
from html import unescape
from typing import NamedTuple

from winnow.ingest.licenses.hints import CLOSED, OPENED
from winnow.ingest.licenses.names import name_address

_SPAN = 600  # bytes on either side of a place that are read

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>?")
_BREAKS = frozenset(
    [
        *("p", "div", "section", "article", "aside", "header", "footer", "nav", "main", "li", "ul", "ol"),
        *("dl", "dt", "dd", "table", "tr", "td", "th", "tbody", "thead", "h1", "h2", "h3", "h4", "h5"),
        *("h6", "pre", "blockquote", "figure", "figcaption", "form", "fieldset", "address", "body", "html"),
        *("hr", "caption", "details", "summary"),
    ]
)
_OWNED_LINE = re.compile(
    r"((?:©|\(c\)|copyright)[^\x1e\n]{0,90})\x1e|\x1e(?=\s*(?:©|\(c\)|copyright))", re.IGNORECASE
)
_LINE = re.compile(r" *\x1e *")
# A row of labels and what they are of is read as a line.
_LABELED = re.compile(
    r"</(?:dt|th)>\s*<(?:dd|td)\b[^>]*>|(?P<first><tr\b[^>]*>\s*<td\b[^>]*>[^<>]{1,40})</td>\s*<td\b[^>]*>"
)
_HREF = re.compile(r'\shref="([^"]*)"')
_ALT = re.compile(r'\s(?:alt|title)="([^"]{1,120})"')
_MARK = re.compile(
    r"creative commons|free documentation|\bcc\b|licen[cs]e|lizenz|public domain", re.IGNORECASE
)
_NAMES = re.compile(r'\s(?:class|id|role|itemprop|data-component|typeof|itemtype)="([^"]*)"')

_NOT_PAGES = (
    ("picture", re.compile(
        r"(?<![a-z])(?:wp-caption|caption|image-?credit|photo-?credit|img-?credit|credits?|credit-?line|"
        r"gallery|slideshow|"
        r"carousel|lightbox|thumb(?:nail)?|image|img|photo|picture|figure|video|media-?(?:caption|credit|"
        r"info)|ImageObject|leaflet|ol-attribution|"
        r"map|mapboxgl-ctrl-attrib)(?![a-z])", re.IGNORECASE)),
    ("comment", re.compile(
        r"(?<![a-z])(?:comments?|comment-?(?:list|body|content|text|area|section)|commentlist|"
        r"disqus(?:_thread)?|respond|"
        r"replies|reply-?(?:body|content))(?![a-z])", re.IGNORECASE)),
    ("teaser", re.compile(
        r"(?<![a-z])(?:teasers?|related(?:-?(?:posts?|articles?|content))?|recommend\w*|card|feed-?item|"
        r"search-?results?|"
        r"list-?item|product-?(?:card|item)|more-?(?:stories|articles)|popular-?posts?|latest-?posts?|"
        r"recent-?posts?|"
        r"advert\w*|sponsored|promo|quiz|embed(?:ded)?|iframe)(?![a-z])", re.IGNORECASE)),
)  # fmt: skip
_OF_TAG = {
    "figure": "picture", "figcaption": "picture", "blockquote": "quotation", "code": "example",
    "samp": "example", "kbd": "example", "q": "quotation", "cite": "quotation", "textarea": "example",
    "option": "example",
}  # fmt: skip
_REGIONS = (
    ("footer", re.compile(
        r"(?<![a-z])(?:\w*footer\w*|foot|bottom\w*|copyrights?|copy|contentinfo|colophon|legal(?:notice)?|"
        r"imprint|impressum|licen[cs]e\w*|"
        r"rights|creative-?commons|cc|siteinfo|site-info|credits-?site|smallprint|subfooter|pagefoot\w*|"
        r"fineprint|disclaimer)(?![a-z])", re.IGNORECASE)),
    ("sidebar", re.compile(
        r"(?<![a-z])(?:\w*sidebar\w*|side-?bar|side|aside|widgets?|widget-?area|rail|complementary|"
        r"right-?col\w*|left-?col\w*|"
        r"secondary|sphinxsidebar\w*|panel|infobox)(?![a-z])", re.IGNORECASE)),
    ("header", re.compile(
        r"(?<![a-z])(?:masthead|site-?header|page-?header|top-?bar|banner|header)(?![a-z])", re.IGNORECASE)),
)  # fmt: skip
_REGION_TAGS = {"footer": "footer", "aside": "sidebar", "header": "header", "nav": "sidebar"}
_LIKE_ARTICLE = re.compile(
    r"(?<![a-z])(?:article|entry|post|story)[-_]?(?:body|content|text)?(?![a-z])", re.IGNORECASE
)


class Context(NamedTuple):
    """Words around a place, up to the blocks beside; what stands before them; the region; what it is of."""

    before: str
    left: str
    right: str
    region: str
    of: str
    late: bool
    kept: bool  # verbatim, in a `pre`
    drawn: bool  # in a figure, and not by the name of a class alone
    pictured: bool  # a picture stands a little before
    noticed: bool  # in the notice of a book's front matter, as DocBook writes it


class MarkupContext(NamedTuple):
    """Markup on either side of a place, the place itself, and the words up to the blocks beside."""

    markup: str
    place: int
    left: str
    right: str


def read_markup(data: bytes, size: int, place: int) -> MarkupContext:
    """The words around a place in a page of `size` bytes."""
    start = max(place - _SPAN, 0)
    while place > start and data[place] & 0xC0 == 0x80:  # within a character
        place -= 1
    left = _cut_hidden(data[start:place]).decode("utf-8", "ignore")
    if start and "<" in left and -1 < left.find(">") < left.find("<"):
        left = left[left.find(">") + 1 :]
    right = _cut_hidden(data[place : min(place + _SPAN, size)]).decode("utf-8", "ignore")
    left, right = _join_labels(left), _join_labels(right)
    if right.count("<") and right.rfind("<") > right.rfind(">"):
        right = right[: right.rfind("<")]
    last = 0
    for match in TAG.finditer(left):
        if match[2].lower() in _BREAKS:
            last = match.end()
    first = next((match.start() for match in TAG.finditer(right) if match[2].lower() in _BREAKS), len(right))
    words = _write_text(left[last:]).split("\n")[-1], _write_text(right[:first]).split("\n")[0]
    return MarkupContext(left, place, *words)


def read_context(data: bytes, size: int, around: MarkupContext, begins: list[int]) -> Context:
    """What stands around a place; `begins`: where the tags around it begin."""
    region, of, kept, drawn, noticed = _detect_region(data, begins)
    lines = _write_text(around.markup).split("\n")
    before = next((line.strip() for line in reversed(lines[:-1]) if line.strip()), "")
    place = around.place
    return Context(
        before[-80:],
        around.left,
        around.right,
        region,
        of,
        place > 0.75 * size,
        kept,
        drawn,
        _follows_picture(data[max(place - 400, 0) : place]),
        noticed,
    )


def _follows_picture(data: bytes) -> bool:
    """Whether a picture stands before, and neither its figure nor a paragraph ended since."""
    picture = max(data.rfind(b"<img"), data.rfind(b"<picture"))
    return picture > max(data.rfind(b"</p>"), data.rfind(b"</figure>"), -1)


def _cut_hidden(data: bytes) -> bytes:
    """Without what the scan marked as hidden."""
    at = data.find(b"\x01")
    while at >= 0 and at + 5 <= len(data):
        length = max(int.from_bytes(data[at + 1 : at + 5], "little"), 5)
        data = data[:at] + data[at + length :]
        at = data.find(b"\x01", at)
    return data if at < 0 else data[:at]


def _join_labels(markup: str) -> str:
    """A row of labels and what they are of as a line."""
    if "<td" in markup or "<dd" in markup:
        return _LABELED.sub(lambda match: f"{match['first'] or ''}: ", markup)
    return markup


def _write_text(markup: str) -> str:
    """As text, a line a block; addresses of licences by name between marks.

    A line break is a blank, and "\\x1e" where an owner stands in the line before or behind it.
    """
    text = re.sub(r"[^\S\n\x1e]+", " ", unescape(TAG.sub(_write_tag, markup.replace("\n", " "))))
    return (
        _LINE.sub(" ", _OWNED_LINE.sub("\\1\x1f", text)).replace("\x1f", "\x1e") if "\x1e" in text else text
    )


def _write_tag(match: re.Match[str]) -> str:
    closing, name, attributes = match.groups()
    name = name.lower()
    if name in _BREAKS:
        return "\n"
    if name == "a" and not closing and (href := _HREF.search(attributes)):
        named = name_address(unescape(href[1]))
        return f" {OPENED}{named}{CLOSED}" if named else ""
    if name == "img" and (alt := _ALT.search(attributes)) and _MARK.search(alt[1]):
        return f" {unescape(alt[1])} "
    return "\x1e" if name == "br" else " " if name in ("img", "td") else ""


def _detect_region(data: bytes, begins: list[int]) -> tuple[str, str, bool, bool, bool]:
    """In which region of the page, of what, whether verbatim, in a figure, in a notice, by the elements."""
    region, of, verbatim, article, drawn, noticed = "", "page", False, False, False, False
    for begun in reversed(begins):  # the nearest speaks first
        tag = data[begun : min(begun + 400, data.find(b">", begun) + 1 or begun + 400)].decode(
            "utf-8", "ignore"
        )
        match = TAG.match(tag)
        if not match:
            continue
        name, attributes = match[2].lower(), match[3]
        words = " ".join(_NAMES.findall(attributes)) if name not in ("body", "html") else ""
        noticed = noticed or words == "legalnotice"
        if of == "page":
            of = _OF_TAG.get(name, of)
            if of == "page" and not region:
                of = next((what for what, pattern in _NOT_PAGES if words and pattern.search(words)), of)
        if not region:
            article = article or name in ("article", "main") or bool(words and _LIKE_ARTICLE.search(words))
            region = _REGION_TAGS.get(name, "")
            if region == "header" and article:
                region = ""
            region = region or next((one for one, pattern in _REGIONS if words and pattern.search(words)), "")
        verbatim, drawn = verbatim or name == "pre", drawn or name in ("figure", "figcaption")
    return region or "body", of, verbatim, drawn, noticed
