"""A line of a list as people write it: what it names, or why that is not clear.

Marks around an address, labels before it and words after it are for people; words that change what is asked
make the line unclear, and so does a second address.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from winnow.dedup.address import canonical

FORMS = 'a URL, URL/*, domain:NAME, id:DIGITS, text:"..." or file:PATH'
LEAST_DIGITS = 8
_ID = re.compile(rf"[0-9a-f]{{{LEAST_DIGITS},32}}", re.I)
_KIND = re.compile(r"(url|domain|id|text|file)\s*:(?!//)\s*", re.I)
_LABEL = re.compile(r"[^\W\d_][\w ]{0,30}:(?!/)\s*", re.I)
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")\s+#.*')  # a JSON string, and what is for people
_FILE = re.compile(r"(.*?)\s#.*")
_BULLET = re.compile(r"(?:[-*\u2022\u00b7\u2013\u2014\u2023\u25aa\u25cf+>]|\(?\d{1,3}[.)]|[a-z]\))\s+")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_MARKUP = [
    re.compile(form, re.I)
    for form in (
        r"!?\[[^\]]*\]\(\s*<?([^\s>]+?)>?(?:\s+[\"'][^\"']*[\"'])?\s*\)",  # Markdown
        r"<a\s[^>]*?href\s*=\s*[\"']?([^\"'>\s]+)[^>]*>.*?</a>",  # HTML
        r"\[url=?\s*([^\]]*)\].*?\[/url\]",  # BBCode, with the address before the text or as the text
        r"\[\[([^\]\s|]+)(?:\]\[|\|)[^\]]*\]\]",  # Org, wikis
        r"\[([a-z]+://[^\s\]|]+)\s[^\]]*\]",  # MediaWiki
        r"\\(?:href|url)\s*\{([^}]*)\}(?:\{[^}]*\})?",  # LaTeX
        r"`[^`<]*<([^>]+)>`__?",  # reStructuredText
        r"\"[^\"]+\":([a-z]+://\S+)",  # Textile
    )
]
_INNER = re.compile(r"\[url\](.*?)\[/url\]", re.I)
_ENTITY = re.compile(r"&(?:amp|#38|#x26|quot|lt|gt|#39|#x27|#x2f|#47);", re.I)
_DOT = re.compile(r"\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\))\s?", re.I)
_SCHEME = re.compile(r"(?:h[tx*]{2}p|ht?tp|h+t+p|tt?p)(s?)(?:\[:\]|[:;])*(?:[/\\\u2215\u2044]+)", re.I)
_SLIP = re.compile(r"(https?):(?=[^/\\])", re.I)
_OPEN, _CLOSE = (
    "<\"'`\u201c\u201e\u2018\u201a\u00ab\u2039([{*_|\u300c\u3010\uff1c",
    ">\"'`\u201d\u201c\u2019\u2018\u00bb\u203a)]}*_|\u300d\u3011\uff1e",
)
_TRAILING = ".,;:!?\u2026\u3002\uff0c\u3001" + _CLOSE.replace("*", "").replace("_", "")
_JOINED = re.compile(r"[,;|]https?://", re.I)
_WIDENING = re.compile(
    r"^(?:and|or|und|oder|et|ou|y|o|\u0438)\b|\b(?:all|every\w*|whole|entire|below|beneath|under\s+it|sub\w+|also"
    r"|too|plus|both|as\s+well|pages|posts|articles|others|alle[sn]?|ganze\w*|auch|unter\w*|tou[ts]|toutes?|aussi|tod[oa]s?"
    r"|tambi\u00e9n|\u0432\u0441[\u0435\u0451]|\u0442\u0430\u043a\u0436\u0435)\b|\u3059\u3079\u3066|\u5168\u3066|\u5168\u90e8",
    re.I,
)
_NARROWING = re.compile(
    r"\b(?:except|not|but|only|without|au\u00dfer|nur|nicht|ohne|sauf|excepto|salvo|solo|\u043a\u0440\u043e\u043c\u0435)\b",
    re.I,
)
_KEEPING = re.compile(
    r"\b(?:do not|don.t|never|not|nicht|ne pas|no)\s+(?:be\s+|to\s+)?"
    r"(?:remov|delet|tak|entfern|l\u00f6sch|supprim|quit|elimin)"
    r"|\b(?:keep|leave)\b",
    re.I,
)
_APART = re.compile(r"[-\u2013\u2014(\[,;:|=>/\u2192]")  # how what is for people begins behind an address
_INSIDE = (  # addresses of archives, caches and redirects, with that of a page inside
    re.compile(r"web\.archive\.org/(?:web|save)/(?:[\d*]+[a-z_]*/)?(.+)", re.I),
    re.compile(r"archive\.(?:today|ph|is|li|md|fo|vn)/(?:.*?/)?(https?:/.+)", re.I),
    re.compile(r"(?:www\.)?google\.[a-z.]+/amp/s?/?(.+)", re.I),
    re.compile(r"[\w-]+\.cdn\.ampproject\.org/[civ]/(?:s/)?(.+)", re.I),
)
_CACHE = re.compile(r"cache:(?:[\w-]+:(?!//))?(\S+)", re.I)
_REDIRECTS = re.compile(
    r"(?:www\.)?(?:google\.[a-z.]+/url|l\.facebook\.com/l\.php|lm?\.facebook\.com/l\.php|l\.instagram\.com/"
    r"|out\.reddit\.com/|vk\.com/away\.php|t\.umblr\.com/redirect|duckduckgo\.com/l/|youtube\.com/redirect"
    r"|slack-redir\.net/link|[\w.]+\.safelinks\.protection\.outlook\.com/|translate\.google\.[a-z.]+/translate"
    r"|bing\.com/ck/|steamcommunity\.com/linkfilter/|linkedin\.com/redir/redirect)",
    re.I,
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_ESCAPED = re.compile(r"https?%3a%2f%2f", re.I)
_NO_PAGE = {
    "mailto",
    "javascript",
    "data",
    "file",
    "about",
    "tel",
    "chrome",
    "blob",
    "sms",
    "magnet",
    "news",
    "urn",
}


class Named(NamedTuple):
    """What a line names: a `kind` (`url`, `section`, `domain`, `id`, `text`, `file`), and its value."""

    kind: str
    value: str


def read(line: str) -> list[Named]:
    """What a line names: one thing, or an address without and with the stop that ends it. ValueError, with
    why, where that is not clear."""
    plain = _UNSEEN.sub("", line).replace("\u00a0", " ").strip()
    if bullet := _BULLET.match(plain):
        plain = plain[bullet.end() :].strip()
    kind = _KIND.match(plain)
    name = kind[1].lower() if kind else ""
    if kind and name in ("text", "file"):
        value = plain[kind.end() :].strip()
        noted = (_QUOTED if name == "text" else _FILE).fullmatch(value)
        return [Named(name, noted[1].rstrip() if noted else value)]
    plain = re.sub(r"\s#.*", "", plain).strip()
    value = plain[kind.end() :] if kind else plain
    if name == "id" or (not kind and _ID.fullmatch(_strip(value))):
        return [Named("id", _read_id(_strip(value)))]
    address = _find_address(value)
    named = _read_domain(address) if name == "domain" else _read_address(address)
    has_stop = named.kind == "url" and f"{address}." in value
    return [named, *([named._replace(value=f"{named.value}.")] if has_stop else [])]


def _read_id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(f"{value[:80]!r} is no id: {LEAST_DIGITS} to 32 hexadecimal digits")
    return value.lower()


def _strip(word: str) -> str:
    """A word without what stands around it: quotes, brackets, marks, a stop at its end."""
    while True:
        before = word
        word = word.strip().lstrip(_OPEN if not word.startswith("*.") else "")
        while word and word[-1] in _TRAILING and not _is_own(word):
            word = word[:-1]
        if word.count("**") or before == word:
            word = word.removesuffix("**")
        if word == before:
            return word


def _is_own(word: str) -> bool:
    """Whether the bracket at the end of a word closes one that opens within it."""
    pairs = {")": "(", "]": "[", "}": "{"}
    opened = pairs.get(word[-1])
    return opened is not None and word.count(opened) >= word.count(word[-1])


def _find_address(value: str) -> str:
    """The one address in what a line says."""
    value = _INNER.sub(r"\1", value.translate(_WIDE))
    for form in _MARKUP:
        if len(form.findall(value)) == 1:
            value = form.sub(lambda match: str(match[1]), value)
    if _ESCAPED.match(value):
        value = unquote(value)
    value = _DOT.sub(".", value)
    while _ENTITY.search(value):
        value = _ENTITY.sub(lambda match: html.unescape(match[0]), value)
    while (label := _LABEL.match(value)) and not _is_address(value.split()[0]):
        value = value[label.end() :]
    raw = value.split()
    words = [_strip(word) for word in raw]
    places = [place for place, word in enumerate(words) if _is_address(word)]
    if any(_JOINED.search(word) for word in words):
        raise ValueError(f"{value[:80]!r} names several: write a line each")
    if len(words) < 2:
        return words[0] if words else ""
    if not places:
        raise ValueError(f"{value[:80]!r} is none of {FORMS}")
    if len(places) > 1:
        raise ValueError(f"{value[:80]!r} names several: write a line each")
    address, before, after = words[places[0]], raw[: places[0]], raw[places[0] + 1 :]
    _refuse_unclear(value, address, before, after)
    return address


def _refuse_unclear(value: str, address: str, before: list[str], after: list[str]) -> None:
    """ValueError where the words about an address may change what is meant, or be a part of it."""
    rest, narrow = " ".join(after), "*" in address or _KIND.match(value)
    for words in (" ".join(before), rest):
        if (
            found := _KEEPING.search(words)
            or _WIDENING.search(words.strip(" -\u2013\u2014(,;:"))
            or (_NARROWING.search(words) if narrow else None)
        ):
            raise ValueError(
                f"{value[:80]!r}: does {found[0]!r} change what is meant? Write the address alone, URL/* for"
                " all below it, or domain:NAME"
            )
    own = not _APART.match(rest) and (len(after) == 1 or re.search(r"[/?=&%]|\.\w{2,5}$", rest))
    if after and own and not (before and before[-1].endswith(":")):
        raise ValueError(f"{value[:80]!r} is no URL: white space in it is written %20")


def _is_address(word: str) -> bool:
    """Whether a word can be an address: it has a scheme, or begins with the name of a host that can be."""
    word = _strip(word)
    if re.match(r"[a-z][a-z0-9+.-]*:/", word, re.I) or _SCHEME.match(word):
        return True
    host = re.split(r"[/?#:]", word.removeprefix("*."), maxsplit=1)[0]
    return "." in host and "@" not in host and canonical.is_known(canonical.name_host(host))


def _read_address(word: str) -> Named:
    """A page, a section or a site."""
    if not word:
        raise ValueError(f"it has no URL: write {FORMS}")
    url = _unwrap(_mend(word))
    scheme, _, rest = url.partition("://")
    if not rest:
        scheme, rest = "", url.removeprefix("//")
    host, slash, path = rest.partition("/")
    if host.startswith("*."):
        if path.strip("*/"):
            raise ValueError(
                f"{word[:80]!r}: a star stands for all sites below a name, or for the end of a path"
            )
        return _read_domain(host)
    if not scheme and not slash and not re.search(r"[?#]", host):
        return _read_domain(host)
    _check_host(word, url if scheme else f"https://{rest}", named=bool(scheme))
    if "*" not in url:
        return Named("url", url if scheme else f"https://{rest}")
    if not re.fullmatch(r"[^*]*/\*+", rest):
        raise ValueError(
            f"{word[:80]!r}: a star stands for all sites below a name, or for the end of a path: URL/*"
        )
    return Named("section", (url if scheme else f"https://{rest}").rstrip("*"))


def _check_host(word: str, url: str, *, named: bool) -> None:
    scheme = url.partition(":")[0].lower()
    try:
        parts = urlsplit(url)
        host = canonical.name_host(parts.hostname or "")
        parts.port  # noqa: B018 - it raises
    except ValueError:
        host = ""
    known = named or canonical.is_known(host)
    if scheme in _NO_PAGE or not host or not known or not re.fullmatch(r"[\w.:[\]-]+", host) or ".." in host:
        raise ValueError(f"{word[:80]!r} is no URL of a page: write {FORMS}")


def _mend(word: str) -> str:
    """An address with its scheme as it should be written."""
    word = word.removeprefix("view-source:").replace("\\", "/")
    if match := _SCHEME.match(word):
        return f"http{match[1].lower()}://{word[match.end() :]}"
    return _SLIP.sub(r"\1://", word, count=1) if _SLIP.match(word) else word


def _unwrap(url: str) -> str:
    """The address of the page that an archive, a cache or a redirect leads to."""
    bare = re.sub(r"^[a-z]+://", "", url, flags=re.I)
    for form in _INSIDE:
        if match := form.fullmatch(bare):
            return _unwrap(_mend(_add_scheme(match[1])))
    if match := _CACHE.search(unquote(bare)) if "webcache" in bare or bare.startswith("cache:") else None:
        return _unwrap(_mend(_add_scheme(match[1].partition("+")[0])))
    if _REDIRECTS.match(bare):
        for values in parse_qs(urlsplit(f"https://{bare}").query).values():
            if re.match(r"https?://", values[0]):
                return _unwrap(values[0])
    return url


def _add_scheme(rest: str) -> str:
    return rest if re.match(r"[a-z]+:/", rest, re.I) else f"https://{rest}"


def _read_domain(word: str) -> Named:
    """A site: its name alone, whatever scheme, star or slash stands at it."""
    rest = re.sub(r"^(?:[a-z]+:)?//", "", _mend(word), flags=re.I).removeprefix("*.")
    host = re.sub(r"(?::(?:80|443))?/?\*?$", "", rest)
    if re.fullmatch(r"[^:\[\]]+:\d+", host):
        raise ValueError(f"{word[:80]!r} is no domain's name: write it without a port, or URL/* for one")
    name = canonical.name_host(host)
    labels = name.split(".")
    whole = all(re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", label) for label in labels)
    if not canonical.is_machine(name.strip("[]")) and not (
        whole and len(labels) > 1 and len(name) <= 253 and not labels[-1].isdigit()
    ):
        raise ValueError(f"{word[:80]!r} is no domain's name")
    if canonical.is_suffix(name):
        raise ValueError(f"{word[:80]!r} is a public suffix, below which are sites of many")
    if not canonical.is_known(name):
        raise ValueError(f"{word[:80]!r} is no domain's name: there is no {labels[-1]!r}")
    return Named("domain", name)
