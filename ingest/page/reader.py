"""What a page says: its text, what it declares of itself, and of its use."""

import re

import numpy as np
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from winnow.ingest.latex.formulas import rewrite
from winnow.ingest.page.blocks import Page, markup_of, scan
from winnow.ingest.page.columns import WORDS
from winnow.ingest.page.content.classifier import choose
from winnow.ingest.page.heads import read_head
from winnow.ingest.page.metadata import describe
from winnow.ingest.page.optouts import find_preferences
from winnow.ingest.page.render import render
from winnow.ingest.page.self_closing import close_empty

# A page that a script fills, as forums are, has few words; what it shows without one is more than a note.
_FEW_WORDS, _NOTE_WORDS = 200, 50
# What builders of WordPress pages leave in a page when they are gone: WPBakery, Divi, Avada, Enfold.
_SHORTCODE = re.compile(r"\[/?(?:vc|et_pb|fusion|av)_[a-z_]+(?:\s[^\[\]\n]{0,2000})?\]\n*")


def read_page(
    html: str, extractor: str, main_content: bool
) -> tuple[str, dict[str, str | None], list[dict[str, str]]]:
    """A page's text, what it says of itself, and of its use."""
    html = close_empty(html)
    tree = HTMLTree.parse(html)
    head = read_head(tree)
    page = blocks_of(tree) if extractor == "blocks" else scan(markup_of(tree))
    if extractor == "blocks":
        text = render(page, choose(page) if main_content else np.ones(len(page.blocks), np.bool_))
        text = _SHORTCODE.sub("", text).strip("\n ") if "[/" in text else text
    else:
        text = _extract_by(extractor, html, tree, main_content).replace("\0", "")
    declared = describe(tree, head, page, dated=page.dated)
    return text, declared, find_preferences(tree, head, in_body=page.directed)


def blocks_of(tree: HTMLTree) -> Page:
    """The blocks of a page, its formulas as LaTeX; of one that a script fills those that it shows without."""
    written, unscripted = markup_of(tree), False
    page = scan(written)
    words = int(page.blocks[:, WORDS].sum())
    if words < _FEW_WORDS and "<noscript" in written:
        other = scan(written, unscripted=True)
        unscripted = bool(other.blocks[:, WORDS].sum() > 2 * words + _NOTE_WORDS)
        page = other if unscripted else page
    return scan(rewrite(written), unscripted=unscripted) if page.formulas else page


def _extract_by(extractor: str, html: str, tree: HTMLTree, main_content: bool) -> str:
    if extractor == "trafilatura":
        import trafilatura  # slow to import, and asked for by few

        return trafilatura.extract(html, include_comments=False) or ""
    # Without image descriptions and bylines: on the 181 news pages of Scrapinghub's benchmark they cost
    # precision (.87 to .85, .90 to .89) and bring no recall.
    text: str = extract_plain_text(
        tree,
        preserve_formatting=True,
        main_content=main_content,
        comments=not main_content,
        alt_texts=not main_content,
        post_meta=not main_content,
    )
    return text
