"""Pages in six languages, with what is known of them beforehand.

Manuals of Debian's packages; web pages that Formasaurus knows forms by; and TurkuNLP's pages, whose lines
people called text or noise (no HTML). No test page of an extractor is among them. What is a page of prose and
what an index is told by the HTML alone, with no code of this project; pages of the web are of no kind.
"""

import gzip
import hashlib
import json
import re
from pathlib import Path

import inputs
import lxml.html
import polars as pl

from winnow.classifiers.language import identify
from winnow.ingest.io.charset import decode
from winnow.pipelines.demo import archives, packages

MOST = 160  # pages of a package and language
HALVES = ("chosen", "judged")
CODES = {"de": "de", "es": "es", "fr": "fr", "ru": "ru", "ja": "ja", "zh": "zh-cn"}
MANUALS = {  # package (LANG: a package for each language): its pages, and the languages
    "debian-handbook": ("html/{}-[A-Z]*/*.html", "de es fr ru ja zh"),
    "installation-guide-amd64": ("/{}/*.html", "de es fr ru ja"),
    "live-manual-html": ("*.{}.html", "de es fr ja"),
    "libreoffice-help-LANG": ("*.html", "de es fr ru ja zh"),
    "debian-reference-LANG": ("*.html", "de es fr ja zh"),
    "debian-faq-LANG": ("*.html", "de fr ru ja zh"),
    "aptitude-doc-LANG": ("*.html", "es fr ru ja"),
    "developers-reference-LANG": ("*.html", "de fr ru ja"),
    "maint-guide-LANG": ("*.html", "de es fr ru ja zh"),
    "lilypond-doc-html-LANG": ("*.html", "de es fr ja"),
}
WEB = ("formasaurus==0.10.0",)
SENTENCE = re.compile(r"[^.!?。！？]{20,}[.!?。！？](?=\s|$|[^\x00-\x7f])")  # noqa: RUF001 - theirs
ENGLISH = re.compile(r"\b(?:the|of|and|to|is|that|with|for)\b")
SCRIPTS = {"ru": r"[\u0430-\u0451]", "ja": r"[ぁ-んァ-ヶ一-龥]", "zh": r"[一-龥]"}
SCHEMA = dict.fromkeys(("id", "language", "source", "kind", "html"), pl.String)


def find_half(name: str) -> str:
    """Which half a page is in: rules are chosen on one, and figures told of the other."""
    return HALVES[hashlib.blake2b(name.encode(), digest_size=1).digest()[0] % 2]


def read_manuals(cache: Path) -> pl.DataFrame:
    """`id`, `language`, `source`, `kind` (prose, index or other) and `html`; what is absent is said."""
    rows = []
    for package, (pattern, languages) in MANUALS.items():
        for language in languages.split():
            name = package.replace("LANG", CODES[language])
            try:
                files = cache / packages.fetch_deb(name, re.escape(name), cache).files
            except archives.FetchError as error:
                print(f"absent: {error}")
                continue
            for path in _choose(files, pattern.format(language)):
                html = decode(path.read_bytes(), markup=True)[0]
                rows.append(
                    (f"{name}/{path.relative_to(files)}", language, name, tell_kind(html, language), html)
                )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique("html", keep="first", maintain_order=True)


def _choose(files: Path, pattern: str) -> list[Path]:
    """The first pages in the order of a hash of their names."""
    found = [
        path
        for path in files.rglob("*.html")
        if path.match(pattern) or pattern in (f"/{path.parent.name}/*.html",)
    ]
    found = [path for path in found if path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: hashlib.sha256(path.name.encode()).digest())[:MOST]


def tell_kind(html: str, language: str) -> str:
    """`prose`: 500 characters of sentences or more in the language, half of what is outside code and links;
    `index`: three quarters of the characters are links, and hardly a sentence; else `other`."""
    body = parse(html)
    if body is None:
        return "other"
    text = " ".join(body.text_content().split())
    linked = sum(len(" ".join(link.text_content().split())) for link in body.iter("a"))
    if linked > 0.75 * max(1, len(text)):  # what a table of contents beside the text says is no prose
        for link in body.xpath(".//a"):
            link.drop_tree()
    parts = [
        " ".join(part.text_content().split())
        for part in body.iter("p", "dd", "td", "div")
        if not len(part.xpath(".//p | .//div"))
    ]
    sentences = sum(len(found[0]) for part in parts for found in SENTENCE.finditer(part))
    if sentences >= 500 and sentences >= 0.5 * (len(text) - linked):
        return "prose" if is_in("".join(parts), language) else "other"
    return "index" if linked > 0.75 * max(1, len(text)) and sentences < 200 else "other"


def is_in(text: str, language: str) -> bool:
    """Whether a text is mostly in the language of its manual, and not left in English."""
    if language in SCRIPTS:
        return len(re.findall(SCRIPTS[language], text.lower())) > 0.5 * len(re.findall(r"\w", text))
    return len(ENGLISH.findall(text)) < 0.02 * len(text.split())


def read_web(cache: Path) -> pl.DataFrame:
    """The same for pages of the web, whose kind is `web` and whose language that of all that they show."""
    rows = []
    for package in WEB:
        name = package.split("==")[0]
        try:
            files = inputs.fetch_sdist(package, cache)
        except archives.FetchError as error:
            print(f"absent: {error}")
            continue
        for path in sorted(files.rglob("*.html")):
            rows.append((f"{name}/{path.name}", "", name, "web", decode(path.read_bytes(), markup=True)[0]))
    found = pl.DataFrame(rows, schema=SCHEMA, orient="row").unique("html", keep="first", maintain_order=True)
    texts = found.select(text=pl.col("html").map_elements(read_text, pl.String))
    return found.with_columns(identify(texts)["language"]).filter(pl.col("language").is_in(list(CODES)))


def read_text(html: str) -> str:
    """All that a page shows."""
    body = parse(html)
    return "" if body is None else " ".join(body.text_content().split())


def parse(html: str) -> lxml.html.HtmlElement | None:
    """The body of a page, without code, scripts and navigation."""
    try:
        body = lxml.html.document_fromstring(
            html.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")
        ).find("body")
    except (ValueError, lxml.etree.LxmlError):
        return None
    for gone in body.xpath(".//script | .//style | .//pre | .//nav") if body is not None else ():
        gone.drop_tree()
    return body


def read_turku(data: Path) -> pl.DataFrame:
    """TurkuNLP's pages: `id`, `language`, `source`, `kind`, `text`, and by line `lines` and `noise`.

    The kind says how much of the characters is text: `good` from 80%, `bad` to 10%, else `mixed`;
    `other` where the page is in English."""
    rows = []
    for language in ("de", "es"):
        labelled = json.loads(
            gzip.decompress((data / f"quality/turku/{language}/train.json.gz").read_bytes())
        )
        for number, page in enumerate(labelled):
            lines, noise = page["text"], [label == "0" for label in page["labels"]]
            good = sum(len(line) for line, gone in zip(lines, noise, strict=True) if not gone)
            share = good / max(1, sum(map(len, lines)))
            kind = "good" if share >= 0.8 else "bad" if share <= 0.1 else "mixed"
            kind = kind if is_in(" ".join(lines), language) else "other"
            rows.append(
                (f"turku/{language}/{number}", language, "turku", kind, "\n".join(lines), lines, noise)
            )
    names = ["id", "language", "source", "kind", "text", "lines", "noise"]
    return pl.DataFrame(rows, schema=names, orient="row")
