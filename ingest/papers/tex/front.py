"""The front of a paper (title, authors, abstract), and its references."""

import re
from collections.abc import Sequence

from winnow.ingest.papers.tex.page import (
    BREAK,
    COMMANDS,
    OpenEnvironment,
    Page,
    capture,
    flush,
    nested,
    raw_words,
    read,
    read_form,
)

_MAX_AUTHORS = 3_000
_MAX_FRONT = 5_000  # characters
_PARTS = re.compile(rf",|;|{BREAK}|\n|\band\b|\bund\b")
_MARKS = re.compile(r"\$[^$]*\$|\[[^\[\]]*\]|[\d*\u2020\u2021\u00a7\u00b6\u2217\u22c6]+|\{|\}")
_PLACES = re.compile(
    r"universit|institut|department|school|college|laborator|center|centre|faculty|@|street|academy|hospital"
    r"|\binc\b|\bltd\b|gmbh|research|division|\busa\b|member|fellow|ieee|society|corporation|email|e-mail|http",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][\w'\u2019.\- ]*", re.UNICODE)
_BETWEEN = ("\\and", "\\AND", "\\And", "\\\\", "\\newline", "\\qquad", "\\quad", "\\IEEEauthorblockA")
_DROPPED_NAMES = """
thanks footnote inst orcid email affiliation address fnref corref textsuperscript footnotemark
orcidlink altaffilmark authornote ead IEEEmembership tnoteref orcidID affmark authorrefmark
IEEEauthorrefmark
"""
_DROPPED = frozenset("\\" + name for name in _DROPPED_NAMES.split())


def read_front(page: Page, name: str) -> None:
    """A part of the front, kept apart from the text."""
    read_form(page.stream, "so")
    tokens = page.stream.read_argument()
    if name == "author":
        tokens = [each for token in tokens for each in ([token] if token != "\\and" else [" ", "\\and", " "])]
        page.front.setdefault("authors", []).extend(find_authors(page, tokens))
    if text := capture(page, tokens, COMMANDS, whole=name == "abstract"):
        page.front.setdefault(name, []).append(text)


def find_authors(page: Page, tokens: Sequence[str]) -> list[str]:
    """Names in an author field: what is no place, no mark and no address, and of two to six words."""
    kept = _leave_out(page, tokens)
    text = capture(page, [", " if token in _BETWEEN else token for token in kept], COMMANDS)
    names: list[str] = []
    for part in _PARTS.split(_MARKS.sub(" ", text)):
        name = " ".join(part.split()).strip(" .,;:")
        words = name.split()
        capitals = sum(word[:1].isupper() or not word.isascii() for word in words)
        shaped = 2 <= len(words) <= 6 and len(name) < 60 and capitals * 2 > len(words)
        if shaped and _NAME.fullmatch(name) and not _PLACES.search(name):
            names.append(name)
    return list(dict.fromkeys(names))[:_MAX_AUTHORS]


def _leave_out(page: Page, tokens: Sequence[str]) -> list[str]:
    """The tokens without commands whose arguments name no author."""
    kept: list[str] = []
    with page.stream.set_apart(tokens):
        while (token := page.stream.next()) is not None:
            if token in _DROPPED:
                read_form(page.stream, "om")
            elif token == "^":
                page.stream.read_argument()
            else:
                kept.append(token)
    return kept


# ---- references --------------------------------------------------------------------------------------------


def read_bibliography(page: Page) -> None:
    """`thebibliography`: each entry by its key."""
    page.stream.read_argument()
    flush(page)
    with nested(page, "blocks", "parts", "open"):
        page.references.append(("", ""))
        read(page, COMMANDS, stop="thebibliography")
        end_entry(page)
    page.references = [entry for entry in page.references if entry[1]]


def read_bibitem(page: Page) -> None:
    end_entry(page)
    page.stream.read_optional()
    page.references.append((raw_words(page.stream.read_argument()), ""))


def end_entry(page: Page) -> None:
    flush(page)
    if page.references:
        key, text = page.references[-1]
        page.references[-1] = (key, " ".join([text, *page.blocks]).replace("\n", " ").strip())
    page.blocks.clear()


def begin_document(page: Page) -> None:
    """What came before the text is no text; a document in a document is a container."""
    if page.begun:
        page.open.append(OpenEnvironment("document"))
        return
    page.begun = True
    for held in (page.blocks, page.parts, page.footnotes, page.open):
        held.clear()


def end_front(page: Page) -> None:
    """`\\maketitle`: what came before it in the document is affiliations, addresses and dates, no text."""
    flush(page)
    short = sum(map(len, page.blocks)) < _MAX_FRONT
    if short and not page.open and not any(block.startswith("#") for block in page.blocks):
        page.front.setdefault("notes", []).extend(page.blocks)
        page.blocks.clear()


def begin_frontmatter(page: Page) -> None:
    """elsarticle's `frontmatter` ends as others do at `\\maketitle`."""
    with nested(page):
        read(page, COMMANDS, stop="frontmatter")
    end_front(page)
