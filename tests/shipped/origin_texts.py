"""How the text of a file of known origin is read: as an extraction of a web page would give it.

Every reader takes a file and yields texts; a text is one page, play, log or program. `cut_windows` makes
documents of a text.
"""

import bz2
import csv
import gzip
import hashlib
import html
import io
import json
import math
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path

import polars as pl

from winnow.ingest import html as pages
from winnow.ingest.io.charset import decode

SHORTEST, LONGEST = 300, 6_000  # characters of a document
_COMMENT = re.compile(
    r"\A\s*(?:<\?php\s*)?(?:/\*.*?\*/|(?:[ \t]*(?://|#(?!!|include|define)|;;|--|%%)[^\n]*\n)+)\s*", re.S
)
_LEGAL = re.compile(r"licen[cs]e|copyright|warranty", re.I)
_FORMULA = re.compile(
    r"\\(?!code|pkg|cite|ref|label|emph|text|sec|sub|item|begin|end|prog|fct|class|it\b|em\b|tt\b|bf\b|R)[a-zA-Z]+"
    r"|\$[^$\n]+\$|(?<![=<>!-])=(?![=>])|[\u00d7≤≥≠∑∏∫√∈⊂∀∃→↦⇒⇔±·≡∞αβγδεθλμπσφω^]|_\{|:math:"
)
_NO_TEXT = (  # of sources: comments, chunks of R, heads, directives
    re.compile(r"(?m)^[ \t]*%.*\n"),
    re.compile(r"(?m)^<<.*>>=\n(?:.*\n)*?@.*(?:\n|\Z)"),
    re.compile(r"\\begin\{(Schunk|Sinput|Soutput)\}(?:.*\n)*?\\end\{\1\}\n"),
    re.compile(r"(?m)^```\{r.*\n(?:.*\n)*?```.*(?:\n|\Z)"),
    re.compile(r"\A\s*---\n(?:.*\n)*?---\n"),
    re.compile(r"(?m)^\\(?:author|Plain|Short|usepackage|bibl|address|Address|Key|new|def).*\n"),
    re.compile(r"(?m)^\.\. (?!math).*\n(?:[ \t]+:.*\n)*"),
)


def hash_to_int(text: str) -> int:
    """A number that is the same on every machine."""
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:6], "big")


def cut_windows(text: str, name: str, *, most: int = 3) -> Iterator[str]:
    """Up to `most` documents of 300 to 6,000 characters, cut at blank lines or, without these, at line ends.

    The lengths are drawn by `name`, evenly on a log scale.
    """
    text = text.replace("\r\n", "\n").strip("\n")
    spread = math.log(LONGEST / 500)
    for turn in range(most):
        size = int(500 * math.exp(spread * (hash_to_int(f"{name} {turn}") % 1000) / 1000))
        piece, text = _split(text, size)
        if len(piece) >= SHORTEST:
            yield piece
        if len(text) < SHORTEST:
            return


def _split(text: str, size: int) -> tuple[str, str]:
    """The beginning of a text, at most `size` characters to the end of a paragraph or line, and the rest."""
    if len(text) <= size:
        return text.strip("\n"), ""
    for mark in ("\n\n", "\n", " "):
        at = text.rfind(mark, size // 2, size)
        if at > 0:
            return text[:at].strip("\n"), text[at:].strip("\n")
    return text[:size], text[size:]


def read_bytes(file: Path) -> bytes:
    """What a file holds, unpacked."""
    data = file.read_bytes()
    if file.suffix == ".gz":
        return gzip.decompress(data)
    return bz2.decompress(data) if file.suffix == ".bz2" else data


def plain(file: Path) -> Iterator[str]:
    """The text as it is."""
    yield decode(read_bytes(file))[0]


def code(file: Path) -> Iterator[str]:
    """A program less the licence at its head."""
    text = decode(read_bytes(file))[0]
    while (head := _COMMENT.match(text)) and _LEGAL.search(head[0]):
        text = text[head.end() :]
    yield text


def page(file: Path) -> Iterator[str]:
    """The main content of an HTML page."""
    yield from extract([read_bytes(file)])


def whole_page(file: Path) -> Iterator[str]:
    """All of an HTML page's text, its navigation too."""
    yield from extract([read_bytes(file)], main_content=False)


def chrome(file: Path) -> Iterator[str]:
    """What stands around the main content of an HTML page: menus, links, footers."""
    yield from chrome_of(read_bytes(file))


def chrome_of(data: bytes) -> Iterator[str]:
    """The lines of a page that are short and no line of its main content, if they are many."""
    both = [next(extract([data], main_content=main), "") for main in (False, True)]
    main = {" ".join(line.split()) for line in both[1].splitlines()}
    lines = [line for line in both[0].splitlines() if " ".join(line.split()) not in main]
    if len(lines) >= 12 and sorted(map(len, lines))[len(lines) * 9 // 10] < 90:
        yield "\n".join(lines)


def extract(found: list[bytes], *, main_content: bool = True) -> Iterator[str]:
    """The texts of HTML pages, those without any left out."""
    docs = pl.DataFrame({"text": [decode(data)[0] for data in found]}).with_columns(
        pl.lit(None, dtype=pl.String).alias(name)
        for name in ("media_type", "metadata", "license", "canonical_url", "drop_reason", "preferences")
    )
    done = pages.extract(docs, main_content=main_content)
    yield from (text for text in done.filter(pl.col("drop_reason").is_null())["text"])


def formulas(file: Path) -> Iterator[str]:
    """The windows of a text, page, TeX, R Markdown or reStructuredText source that have formulas in them."""
    text = next(page(file), "") if re.search(r"\.html?$", file.name) else decode(read_bytes(file))[0]
    text = text.partition("\\begin{document}")[2] or text
    for pattern in _NO_TEXT:
        text = pattern.sub("", text)
    text = re.sub(r":math:`([^`]+)`", r"$\1$", text)
    text = re.sub(r":[\w:]+:`~?(.+?)(?: <.*?>)?`", r"\1", text)
    for piece in cut_windows(re.sub(r"\n{3,}", "\n\n", text), file.name, most=12):
        if len(_FORMULA.findall(piece)) * 120 > len(piece):
            yield piece


def manual(file: Path) -> Iterator[str]:
    """A page of troff as plain text."""
    text = decode(read_bytes(file))[0]
    if ".so man" in text[:200]:
        return
    text = re.sub(r'^\.?\\".*\n|^\.(?:de|ie|el|if).*\n|^\.\..*\n', "", text, flags=re.M)
    text = re.sub(r"\\f(?:\[.*?\]|\(..|.)|\\s[-+]?\d|\\[&|^/,:]", "", text)
    text = re.sub(r"\\\((?:co|aq|dq|bu|em|en|lq|rq|oq|cq|ha|ti)|\\\[.*?\]", "-", text)
    text = re.sub(r"^\.(?:S[Hhs]|SS)\s+(.*)$", r"\n\1", text, flags=re.M)
    text = re.sub(r"^\.(?:TP|PP|P|LP|IP|It|Pp|sp|HP)\b.*$", "", text, flags=re.M)
    text = re.sub(r"^\.[BIRSM]{1,2}\s+|^\.(?:Nm|Op|Fl|Ar|Xr|Nd|Em|Sy|Cm)\s+", "", text, flags=re.M)
    text = re.sub(r"^\.\s*[A-Za-z]{1,3}\b.*\n", "", text, flags=re.M)
    yield re.sub(r"\n{3,}", "\n\n", text.replace("\\-", "-").replace("\\e", "\\").replace('"', ""))


def table(file: Path) -> Iterator[str]:
    """A table of comma-separated values."""
    yield from laid_out(decode(read_bytes(file))[0][:20_000], file.name)


def laid_out(text: str, name: str) -> Iterator[str]:
    """A table, by its name as it is, in columns, or with bars between; some with their first rows only."""
    rows = [row for row in csv.reader(io.StringIO(text)) if row][:60]
    mark = (None, " | ", "\t", "  ")[hash_to_int(name) % 4]
    yield text if mark is None else "\n".join(mark.join(row) for row in rows)


def indented(file: Path) -> Iterator[str]:
    """A JSON file as people lay it out."""
    try:
        yield json.dumps(json.loads(read_bytes(file)), indent=hash_to_int(file.name) % 3 + 1)[:20_000]
    except ValueError:
        return


def html_text(marked: str) -> str:
    """Text of a piece of HTML, without tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", marked))


def mail(file: Path) -> tuple[str, str]:
    """Subject and plain text of a mail without parts, else empty."""
    message = message_from_bytes(read_bytes(file), policy=compat32)
    if message.get_content_type() != "text/plain":
        return "", ""
    body = message.get_payload(decode=True)
    return str(message.get("Subject", "")), decode(body if isinstance(body, bytes) else b"")[0]
