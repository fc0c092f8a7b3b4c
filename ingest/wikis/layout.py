"""Lines of a wiki's page as Markdown: paragraphs joined, lists with marks and depth, blocks left alone."""

import re
from collections.abc import Iterator

# Noncharacters of Unicode stand for what the parser has found, until lines are laid out.
MARKS = {"*": "\ufdd0", "#": "\ufdd1", ";": "\ufdd2", ":": "\ufdd3"}
BREAK = "\ufdd4"
_BLOCK = "\ufdd5{}\ufdd6"
_BLOCK_LINE = re.compile("\ufdd5(\\d+)\ufdd6")
_LINE = re.compile("[\ufdd0-\ufdd3]*")
_DEFINED = re.compile("(?<=[^\ufdd0-\ufdd3])\ufdd3")
_SPACES = re.compile(r"[ \t\u00a0\u2009\u202f]+")
_MAGIC_WORD = re.compile(r" ?__[A-Z]{3,20}__")
_EMPTY_BRACKETS = re.compile(r" ?[(\[（][\s,;:–]{0,40}[)\]）]")  # noqa: RUF001
_BRACKET_LEFT = re.compile(r"([(（])[\s,;:]{1,40}(?=\w)")  # noqa: RUF001
_BRACKET_RIGHT = re.compile(r"(?<=\w)[\s,;:]{1,40}\)")
_SPACE_BEFORE = re.compile(r"(?<! ) {1,40}([,;])(?=\s)")


def close_block(text: str, blocks: list[str]) -> str:
    """A place for a block that is to stay as it is."""
    blocks.append(text)
    return f"\n\n{_BLOCK.format(len(blocks) - 1)}\n\n"


def lay_out(text: str, blocks: list[str], *, joined: bool = True) -> str:
    """The text with its lines in order and its blocks in place; `joined`: lines of a paragraph become one."""
    text = _MAGIC_WORD.sub("", text)
    text = _BRACKET_LEFT.sub(r"\1", _EMPTY_BRACKETS.sub("", text))
    lines = list(_mark_lines(text))
    parts: list[str] = []
    kind = ""
    for now, line in lines:
        if now == "text" == kind and joined:
            parts[-1] += f" {line}"
        elif line or (parts and parts[-1]):
            parts.append(line)
        kind = now
    shown = "\n".join(parts).replace(BREAK, "\n").strip("\n")
    shown = _SPACE_BEFORE.sub(r"\1", re.sub(r"\n{3,}", "\n\n", shown))
    return _BLOCK_LINE.sub(lambda found: blocks[int(found[1])], shown).strip()


def _mark_lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line with its marks written out, and what it is: `text`, `item`, `code` (indented), `` (empty)."""
    counts: list[int] = []  # of items, by depth
    before = ""
    for raw in text.split("\n"):
        run = _LINE.match(raw)
        marks = run.group() if run else ""
        line = raw[len(marks) :]
        if not marks:
            if line.strip() and not line.startswith(" "):
                before = ""
            yield _tidy_line(line)
            continue
        alike = next(
            (at for at, (a, b) in enumerate(zip(marks, before, strict=False)) if a != b), len(before)
        )
        counts = [*counts[: min(alike, len(marks))], *[0] * (len(marks) - alike)]
        before = marks
        body = [_SPACES.sub(" ", part).strip() for part in _DEFINED.split(line)]
        if not any(body):
            continue
        counts[-1] += 1
        indent = "  " * sum(mark != MARKS[":"] for mark in marks[:-1])
        sign = {MARKS["*"]: "- ", MARKS["#"]: f"{counts[-1]}. "}.get(marks[-1], "")
        for at, part in enumerate(body if marks[-1] == MARKS[";"] else [" ".join(body)]):
            yield "item", f"{indent}{': ' if at else sign}{part}"


def _tidy_line(line: str) -> tuple[str, str]:
    if line.startswith(" ") and line.strip():
        return "code", line.rstrip()
    line = _SPACES.sub(" ", line).strip()
    return ("text", line) if line.strip("-* \ufdd4") else ("", "")
