"""All the text of a page as Markdown, where nothing is boilerplate: chapters of books, articles of wikis.

Headings, lists with their marks, tables, code and quotations keep their form; formulas become LaTeX; links
show their text; images, scripts and what is hidden show none. The tree is walked by events, so that its depth
costs no stack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from winnow.ingest.markdown.cells import (
    BLOCKS,
    GONE,
    is_hidden,
    join_text,
    local_name,
    set_beside,
    write_formula,
    write_html_table,
)

_SPACES = re.compile(r"[ \t\r\n\f\u00a0\u2009\u202f]+")
_CODE_LANGUAGE = re.compile(r"(?:lang(?:uage)?|highlight|sourceCode|src)-?\s*([a-z0-9+#]+)", re.IGNORECASE)


@dataclass
class _State:
    blocks: list[tuple[str, str, int]] = field(default_factory=list)  # parting, text, level of a heading
    inline: list[str] = field(default_factory=list)
    lists: list[list[object]] = field(default_factory=list)  # kind and count of each list that is open
    mark: str = ""  # of the list item that is next to be written
    quotes: int = 0
    heading: int = 0
    tight: bool = False  # the block before was an item of a list


def write_markdown(root: etree._Element, *, empty_headings: bool = True) -> str:
    """The text of a tree; if not `empty_headings`, without headings below which nothing stands."""
    state = _State()
    for event, node, name in _walk(root):
        if event == "text":
            state.inline.append(_SPACES.sub(" ", str(node)))
        elif event == "whole":
            _write_whole(state, node, name)
        elif event == "start":
            _open(state, node, name)
        else:
            _close(state, name)
    _flush(state)
    blocks = state.blocks if empty_headings else _drop_empty_headings(state.blocks)
    return "".join(parting + text for parting, text, _ in blocks).strip()


def _drop_empty_headings(blocks: list[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """The blocks without headings right behind which stands one of their level or above, or the end."""
    kept = []
    following = 0  # level of the heading that comes next, 7 for text
    for block in reversed(blocks):
        if block[2] and block[2] >= following:
            continue
        following = block[2] or 7
        kept.append(block)
    return kept[::-1]


def _walk(root: etree._Element) -> Iterator[tuple[str, object, str]]:
    """Starts and ends of elements, texts, and elements that are read whole (tables, code, formulas)."""
    stack: list[tuple[etree._Element, str, Iterator[etree._Element]]] = []

    def enter(node: etree._Element) -> Iterator[tuple[str, object, str]]:
        name = local_name(node)
        if not name or name in GONE or is_hidden(node):
            return
        if name in ("table", "pre", "math"):
            yield "whole", node, name
            return
        yield "start", node, name
        if node.text:
            yield "text", node.text, name
        stack.append((node, name, iter(node)))

    yield from enter(root)
    while stack:
        node, name, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield "end", node, name
            if stack and node.tail:
                yield "text", node.tail, name
            continue
        depth = len(stack)
        yield from enter(child)
        if len(stack) == depth and child.tail:
            yield "text", child.tail, name


def _open(state: _State, node: etree._Element, name: str) -> None:
    if name in ("ul", "ol"):
        _flush(state)
        start = node.get("start") or "1"
        state.lists.append([name, int(start) if start.isdigit() and len(start) < 7 else 1])
    elif name == "li":
        _flush(state)
        kind = state.lists[-1] if state.lists else ["ul", 1]
        state.mark = f"{kind[1]}. " if kind[0] == "ol" else "- "
        kind[1] = int(str(kind[1])) + 1
    elif name == "dd":
        _flush(state)
        state.mark = ": "
    elif name == "blockquote":
        _flush(state)
        state.quotes += 1
    elif name[0] == "h" and name[1:] in "123456" and len(name) == 2:
        _flush(state)
        state.heading = int(name[1])
    elif name in BLOCKS:
        _flush(state)
    elif name == "br":
        state.inline.append("\n")
    elif name in ("sup", "sub"):
        state.inline.append(set_beside(join_text(node), name))


def _close(state: _State, name: str) -> None:
    if name not in BLOCKS:
        return
    _flush(state)
    if name in ("ul", "ol") and state.lists:
        state.lists.pop()
        state.tight = bool(state.lists)
    elif name in ("li", "dd"):
        state.mark = ""
    elif name == "dt":
        state.tight = True
    elif name == "blockquote":
        state.quotes -= 1
    state.heading = 0 if name[0] == "h" else state.heading


def _flush(state: _State) -> None:
    """Write what stands in the line as a block of its own."""
    lines = [_SPACES.sub(" ", line).strip() for line in "".join(state.inline).split("\n")]
    state.inline = []
    text = "\n".join(lines).strip("\n")
    if not text.strip():
        return
    if state.heading:
        text = f"{'#' * state.heading} {' '.join(text.split())}"
    inside = state.lists or state.mark or state.quotes > 0
    _write(state, text, 0 if inside else state.heading)


def _write(state: _State, text: str, level: int = 0) -> None:
    """Write a block behind what was written, in the list item and quotation where it stands."""
    inside = bool(state.lists) or state.mark == ": "
    indent = "  " * (len(state.lists) - 1 if state.mark and state.lists else len(state.lists))
    tight = inside and state.tight and bool(state.mark)
    first, *others = text.split("\n")
    hanging = indent + "  " * bool(state.mark and state.mark != ": ")
    lines = [f"{indent}{state.mark}{first}", *(f"{hanging}{line}" for line in others)]
    if state.quotes > 0:
        lines = [f"{'> ' * min(state.quotes, 5)}{line}".rstrip() for line in lines]
    parting = "" if not state.blocks else "\n" if tight else "\n\n"
    state.blocks.append((parting, "\n".join(lines), level))
    state.tight, state.mark = inside or state.mark == ": ", ""


def _write_whole(state: _State, node: object, name: str) -> None:
    assert isinstance(node, etree._Element)
    if name == "math":
        state.inline.append(write_formula(node))
        return
    _flush(state)
    text = write_code(node) if name == "pre" else write_html_table(node)
    if text:
        _write(state, text)


def write_code(node: etree._Element) -> str:
    """A `pre` element as fenced code."""
    code = _join_text(node)
    classes = " ".join(filter(None, [node.get("class"), *(child.get("class") for child in node)]))
    language = _CODE_LANGUAGE.search(classes)
    fence = "````" if "```" in code else "```"
    code = code.strip("\n").rstrip()
    return f"{fence}{language[1] if language else ''}\n{code}\n{fence}" if code.strip() else ""


def _join_text(node: etree._Element) -> str:
    parts = []
    for event, part in etree.iterwalk(node, events=("start", "end")):
        if event == "start":
            parts.append("\n" if local_name(part) == "br" else part.text or "" if local_name(part) else "")
        elif part is not node:
            parts.append(part.tail or "")
    return "".join(parts)
