"""Wikitext to Markdown, over the nodes that mwparserfromhell parses.

Prose, headings and lists keep their marks; links show their text; formulas stay LaTeX, in dollars; code is
fenced; tables become Markdown or go. References, images, categories and templates go, except those that hold
words of a sentence (`ingest.wikis.templates`); of an infobox the fields are told. A section that is left
empty goes with its heading, and so do those at the end of a page that are nothing but links.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import mwparserfromhell
from mwparserfromhell import nodes
from mwparserfromhell.wikicode import Wikicode

from winnow.ingest.markdown.cells import set_beside
from winnow.ingest.wikis.layout import BREAK, MARKS, close_block, lay_out
from winnow.ingest.wikis.marks import drop_marks
from winnow.ingest.wikis.tables import cut_tables, render
from winnow.ingest.wikis.templates import name_template, show
from winnow.ingest.wikis.variants import choose_variant

_HEADING_LINE = re.compile(r"^=.*$", re.MULTILINE)
_MAX_LEVEL = 6
_NO_TEXT = frozenset(
    {"ref", "references", "gallery", "table", "timeline", "imagemap", "templatedata", "score"}
    | {"templatestyles", "mapframe", "maplink", "graph", "inputbox", "categorytree", "includeonly", "hiero"}
    | {"indicator", "section", "style", "script"}
)
_CODE = frozenset({"pre", "syntaxhighlight", "source"})
_MATHS = frozenset({"math", "chem", "ce"})
_APART = frozenset({"p", "div", "blockquote", "center", "poem"})
_OTHER_WIKI = re.compile(r"[a-z]{2,3}(?:-[a-z]+)*:\S")  # the same page in another language
_WORDS = re.compile(r"[^\W_]?(?:[^\W_]|[ ,.()\n\ufdd7])*")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")
_TAG = re.compile(
    r"</?(?:table|caption|colgroup|col|tbody|thead|tr|td|th|div|span|font|center|small|big|br|hr|p|b|i|u|s|tt|em"
    r"|strong|strike|del|ins|sub|sup|ul|ol|li|dl|dt|dd|blockquote|abbr|cite|var|kbd|samp|ref|references|gallery|noinclude"
    r"|includeonly|onlyinclude|nowiki|poem|section)\b[^<>]{0,500}>",
    re.IGNORECASE,
)
_LINK_ITEM = re.compile(
    r"[*#:; ]*['\"]*(?:\[\[[^\[\]]*\]\]|\[[^\[\]]*\]|\{\{[^{}]*\}\}|<ref[^<>]*/>|['\"\s,.:;()|–-])+$"  # noqa: RUF001
)
_RESERVED = {ord(sign): "\ufffd" for sign in map(chr, range(0xFDD0, 0xFDF0))}
_RESERVED_SIGN = re.compile("[\ufdd0-\ufdef]")
_MIN_FIELDS = 3  # of a template at the head of a page that is an infobox
_MAX_FIELD_CHARS = 1_000
_MAX_LINK_LISTS = 2  # "See also" and the like; a page of more, and nothing else, is one of lists


@dataclass
class Page:
    """What a page is read with, and what is found in it besides its text."""

    hidden: frozenset[str]  # lower-case prefixes of links that show no text (`file`, `category`)
    language: str = ""
    title: str = ""
    tables: bool = True
    templates: set[str] = field(default_factory=set)  # names of those that stand in the text
    infobox: dict[str, str] = field(default_factory=dict)
    blocks: list[str] = field(default_factory=list)  # of code and tables, which nothing tidies


def plain_text(wikitext: str, page: Page) -> str:
    """The text of a page; what else is told of it goes into `page`."""
    if _RESERVED_SIGN.search(wikitext):
        wikitext = wikitext.translate(_RESERVED)
    wikitext = choose_variant(drop_marks(wikitext), page.language)
    tables, between = cut_tables(wikitext)
    shown = between[0]
    for table, behind in zip(tables, between[1:], strict=True):
        shown += f"\n{_keep_table(table, page)}{behind}" if page.tables else behind
    kept = [
        (level, lay_out(_parse(heading, page), page.blocks), lay_out(_parse(body, page), page.blocks), body)
        for level, heading, body in _cut_sections(shown)
    ]
    kept = kept[: len(kept) - _count_link_lists([(text, body) for _, _, text, body in kept])]
    sections = [(level, heading, text) for level, heading, text, _ in kept]
    parts: list[str] = []
    for i, (level, heading, text) in enumerate(sections):
        if level and heading and (text or _has_text_below(sections, i)):
            parts.append(f"{'#' * level} {heading}")
        if text:
            parts.append(text)
    return "\n\n".join(parts)


def _keep_table(table: str, page: Page) -> str:
    text = render(table, lambda source: lay_out(_parse(source, page), page.blocks, joined=False))
    return close_block(text, page.blocks) if text else ""


def _cut_sections(wikitext: str) -> Iterator[tuple[int, str, str]]:
    """Level, heading and body; before the first heading: level 0."""
    level, heading, start = 0, "", 0
    for line in _HEADING_LINE.finditer(wikitext):
        found, words = _read_heading(line.group())
        if found:
            yield level, heading, wikitext[start : line.start()]
            level, heading, start = found, words, line.end()
    yield level, heading, wikitext[start:]


def _read_heading(line: str) -> tuple[int, str]:
    """Level and words of a line with as many signs of equality at both ends; level 0 where it has none."""
    line = line.rstrip(" \t")
    left, right = len(line) - len(line.lstrip("=")), len(line) - len(line.rstrip("="))
    for level in range(min(left, right, _MAX_LEVEL, (len(line) - 1) // 2), 0, -1):
        words = line[level:-level].strip(" \t")
        if words and not words[0].isspace():
            return level, words
    return 0, ""


def _has_text_below(sections: list[tuple[int, str, str]], at: int) -> bool:
    level = sections[at][0]
    for place in range(at + 1, len(sections)):  # a slice would be a copy for each heading
        below, _, text = sections[place]
        if below <= level:
            return False
        if text:
            return True
    return False


def _count_link_lists(sections: list[tuple[str, str]]) -> int:
    """How many sections at the end of a page only lead away; of a page of lists, those out of the wiki."""
    listing = [not text or _is_link_list(body) for text, body in sections]
    inner = [bool(text) and "[[" in body for text, body in sections]
    if all(listing[1:]) and sum(inner[1:]) > _MAX_LINK_LISTS:
        listing = [lists and not within for lists, within in zip(listing, inner, strict=True)]
    return next((count for count, lists in enumerate(reversed(listing)) if not lists), len(listing))


def _is_link_list(body: str) -> bool:
    """Whether a section is a list of nothing but links: the last of a page lead away from it."""
    lines = [line for line in body.splitlines() if line.strip()]
    return any(line.startswith(("*", "#")) for line in lines) and all(map(_is_link_item, lines))


def _is_link_item(line: str) -> bool:
    return line.startswith(("{{", "}}", "|", "[[")) or bool(len(line) < 2_000 and _LINK_ITEM.match(line))


def _parse(wikitext: str, page: Page) -> str:
    """The text of a section's body or heading; the parser is not asked for words alone."""
    if _WORDS.fullmatch(wikitext):
        return wikitext
    return _read_text(mwparserfromhell.parse(wikitext), page)


def _read_text(code: Wikicode, page: Page) -> str:
    return "".join([_read_node(node, page) for node in code.nodes])


def _read_node(node: nodes.Node, page: Page) -> str:
    match node:
        case nodes.Text():
            text = str(node.value)
            return _clean_tags(text) if "&" in text or "<" in text else text
        case nodes.Wikilink():
            return _read_link(node, page)
        case nodes.ExternalLink():
            return _read_text(node.title, page) if node.title else ("" if node.brackets else str(node.url))
        case nodes.HTMLEntity():
            return str(node.normalize())
        case nodes.Tag():
            return _read_tag(node, page)
        case nodes.Template():
            return _read_template(node, page)
        case nodes.Heading():
            return f"\n\n{_read_text(node.title, page).strip()}\n\n"
    return ""


def _clean_tags(text: str) -> str:
    """Text without tags that the parser could not pair, and with what its entities stand for."""
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), _TAG.sub(" ", text))


def _read_template(node: nodes.Template, page: Page) -> str:
    name = name_template(node)
    page.templates.add(name)
    if name in ("pagename", "fullpagename", "subpagename"):
        return page.title
    text = show(node, name, page.language, lambda code: _read_text(code, page))
    if not text and not page.infobox and "\n" in str(node):
        page.infobox = _read_fields(node, name, page)
    return text


def _read_fields(node: nodes.Template, name: str, page: Page) -> dict[str, str]:
    """The fields of an infobox: the first template of a page that gives named ones a line each."""
    named = [each for each in node.params if each.showkey and "\n" in str(each.value)]
    if len(named) < _MIN_FIELDS or name.startswith(("cite", "citation")):
        return {}
    fields = {"name": name}
    for each in named:
        text = lay_out(_read_text(each.value, page), page.blocks)
        if text and len(text) <= _MAX_FIELD_CHARS:
            fields[str(each.name).strip()] = text
    return fields


def _read_link(node: nodes.Wikilink, page: Page) -> str:
    title = str(node.title).strip()
    if title.partition(":")[0].strip().lower() in page.hidden:
        return ""
    if node.text is None and _OTHER_WIKI.match(title):
        return ""
    return _read_text(node.text, page) if node.text is not None else _clean_tags(title.lstrip(":"))


def _read_tag(node: nodes.Tag, page: Page) -> str:
    name = str(node.tag).strip().lower()
    if name in _NO_TEXT:
        return ""
    if node.wiki_markup and str(node.wiki_markup) in MARKS:
        return MARKS[str(node.wiki_markup)]
    if name in ("br", "hr"):
        return BREAK
    if node.contents is None:
        return ""
    if name in _MATHS:
        return _read_formula(node, name)
    if name in _CODE:
        return _keep_code(node, page)
    if name == "nowiki":
        return str(node.contents)
    text = _read_text(node.contents, page)
    if name in ("sup", "sub"):
        return set_beside(text, name) + text
    if name == "poem":
        text = text.strip("\n").replace("\n", BREAK)
    return f"\n\n{text}\n\n" if name in _APART else text


def _read_formula(node: nodes.Tag, name: str) -> str:
    tex = str(node.contents).strip()
    if not tex:
        return ""
    fence = "$$" if any(str(a.value).strip() == "block" for a in node.attributes if a.value) else "$"
    tex = " ".join(tex.split()) if fence == "$" else tex.replace("\n", BREAK)
    return f"{fence}{tex}{fence}" if name == "math" else f"{fence}\\ce{{{tex}}}{fence}"


def _keep_code(node: nodes.Tag, page: Page) -> str:
    code = str(node.contents).strip("\n").rstrip()
    code = (
        mwparserfromhell.parse(code).strip_code() if str(node.tag).strip() == "pre" and "&" in code else code
    )
    language = next((str(a.value).strip() for a in node.attributes if str(a.name).strip() == "lang"), "")
    return close_block(f"```{language}\n{code}\n```", page.blocks) if code.strip() else ""
