"""What goes before the parser sees a page: comments, references, and marks of bold and italics.

Nothing of them is shown, and they are what most often does not close where it should; then the parser takes
the markup around them for text. A page without them also costs it less time.
"""

import re
from collections.abc import Iterator

_MARK = re.compile(
    r"<!--|-->|<(/?)(ref|references|math|chem|ce|nowiki|pre|syntaxhighlight|source)\b([^<>]{0,2000})>",
    re.IGNORECASE,
)
_AS_IS = frozenset({"math", "chem", "ce", "nowiki", "pre", "syntaxhighlight", "source"})
_GONE = frozenset({"<!--", "ref", "references"})
_QUOTES = re.compile(r"'{2,}|\n")
_BOLD, _BOTH = 3, 5


def drop_marks(wikitext: str) -> str:
    """The page without comments, references and quotes of bold and italics; code and formulas as they are."""
    parts = []
    for text, as_is in _cut(wikitext):
        parts.append(text if as_is or "''" not in text else "".join(_drop_quotes(text)))
    return "".join(parts)


def _cut(wikitext: str) -> Iterator[tuple[str, bool]]:
    """Pieces of the page and whether they are left as they are. What does not close is no tag."""
    tags = list(_MARK.finditer(wikitext)) if "<" in wikitext else []
    last = {_name_end(tag): tag.start() for tag in tags if tag[1] or tag.group() == "-->"}
    opened, begun, done = "", 0, 0
    for tag in tags:
        name = "<!--" if tag.group() == "<!--" else (tag[2] or "").lower()
        closes = _name_end(tag) if tag[1] or tag.group() == "-->" else ""
        if opened:
            if closes != opened:
                continue
            if opened in _AS_IS:
                yield wikitext[begun : tag.end()], True
            opened, done = "", tag.end()
        elif closes or not name or (tag[3] or "").endswith("/"):
            if name in _GONE:
                yield wikitext[done : tag.start()], False
                done = tag.end()
        elif last.get(name, -1) > tag.start():
            yield wikitext[done : tag.start()], False
            opened, begun, done = name, tag.start(), tag.start()
    yield wikitext[done:], False


def _name_end(tag: re.Match[str]) -> str:
    return (tag[2] or "<!--").lower()


def _drop_quotes(text: str) -> Iterator[str]:
    """As MediaWiki reads them: three between letters, if no bold is open, are an apostrophe and italics."""
    done, bold = 0, False
    for quotes in _QUOTES.finditer(text):
        yield text[done : quotes.start()]
        done, length = quotes.end(), quotes.end() - quotes.start()
        if text[quotes.start()] == "\n":
            yield "\n"
            bold = False
            continue
        if length == _BOLD and not bold and _is_apostrophe(text, quotes):
            yield "'"
            continue
        bold ^= length >= _BOLD
        yield "'" * (1 if length == _BOLD + 1 else max(0, length - _BOTH))
    yield text[done:]


def _is_apostrophe(text: str, quotes: re.Match[str]) -> bool:
    before, behind = text[max(0, quotes.start() - 1) : quotes.start()], text[quotes.end() : quotes.end() + 1]
    return before.isalpha() and (behind.isalpha() or behind in ("[", ""))
