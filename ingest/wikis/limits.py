"""What would keep the parser of wikitext busy for longer than a page is worth."""

import re

_MAX_UNCLOSED = 1_000
_MAX_NESTED = 100  # MediaWiki itself expands templates of 100 levels at most ($wgMaxTemplateDepth)
_MAX_QUOTES, _CHARS_PER_QUOTE = 10_000, 8  # so many are allowed, or so few in as many characters
_MAX_MARKS, _CHARS_PER_MARK = 100, 4  # pages of the English Wikipedia have one in 11 characters at most
# A table's marks begin a line; elsewhere they are an empty argument's.
_MARK = re.compile(r"\{\{|\}\}|\[|\]|</|/>|<(?!br)|^[ \t:]*\{\||^[ \t:]*\|\}(?!\})", re.MULTILINE)
_QUOTES = re.compile(r"''+")
_LIST_MARKS = re.compile(r"^[*#:;]+", re.MULTILINE)
_DEFINED = re.compile(r"^[*#:;]*;[^\n:]*:", re.MULTILINE)
_OPENS = {"{{": 0, "[": 1, "<": 2, "{|": 3}
_CLOSES = {"}}": 0, "]": 1, "</": 2, "/>": 2, "|}": 3}


def find_broken(wikitext: str, without_tables: str) -> str | None:
    """What is wrong with a page; `without_tables` is the same, which the parser is given in one piece."""
    unclosed, deepest = measure_markup(wikitext)
    if unclosed > _MAX_UNCLOSED:
        return f"{unclosed} templates, links, tags or tables are never closed, more than {_MAX_UNCLOSED}"
    if deepest > _MAX_NESTED:
        return f"markup nests {deepest} deep, more than {_MAX_NESTED}"
    if is_dense(without_tables):
        marks = count_marks(without_tables)
        return f"{marks} marks of lists and arguments in {len(wikitext)} characters"
    quotes = count_quotes(wikitext)
    dense = quotes > _MAX_QUOTES and quotes * _CHARS_PER_QUOTE > len(wikitext)
    return f"{quotes} marks of bold and italics in {len(wikitext)} characters" if dense else None


def is_dense(wikitext: str) -> bool:
    """Whether a text is little but marks of lists and arguments."""
    marks = count_marks(wikitext)
    return marks > _MAX_MARKS and marks * _CHARS_PER_MARK > len(wikitext)


def measure_markup(wikitext: str) -> tuple[int, int]:
    """Templates, links, tags and tables that are never closed, and how deep those nest that are.

    The parser's time is quadratic in the former, and grows with the latter. What closes before anything is
    open closes nothing.
    """
    opened, deepest = [0, 0, 0, 0], [0, 0, 0, 0]
    for mark in map(_strip_mark, _MARK.findall(wikitext)):
        if (kind := _OPENS.get(mark)) is not None:
            opened[kind] += 1
            deepest[kind] = max(deepest[kind], opened[kind])
        elif opened[_CLOSES[mark]]:
            opened[_CLOSES[mark]] -= 1
    return sum(opened), max(most - left for most, left in zip(deepest, opened, strict=True))


def _strip_mark(mark: str) -> str:
    return mark.lstrip(" \t:")


def count_quotes(wikitext: str) -> int:
    """Marks of bold and italics, each of which is a node of the parser."""
    return sum(1 for _ in _QUOTES.finditer(wikitext))


def count_marks(wikitext: str) -> int:
    """Marks of lists and of arguments: the parser makes nodes of each, however close they stand."""
    lists = sum(len(marks) for marks in _LIST_MARKS.findall(wikitext))
    return lists + len(_DEFINED.findall(wikitext)) + wikitext.count("|")
