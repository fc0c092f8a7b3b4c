"""Blocks of a document as Markdown: what stands apart, what a line each, tables."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from winnow.ingest.markdown import cells

MAX_REPEATED_CHARS = 80  # of a merged cell that is written in each row that it spans
_MAX_COLUMNS = 1_000
_NOTE = re.compile(r"\[\^e?\d+\]: ")


class Block(NamedTuple):
    """A paragraph, heading, list item or table; `tight` ones of a kind in a row are a line each."""

    text: str
    tight: bool = False
    heading: bool = False


class Cell(NamedTuple):
    """What stands in a table; `down`: it goes on from the row above."""

    text: str = ""
    columns: int = 1
    down: bool = False


def write(blocks: Sequence[Block]) -> str:
    """The text of blocks that say something; items of a list stand together, all else apart."""
    out: list[str] = []
    last = Block("")
    for block in blocks:
        if not block.text.strip():
            continue
        if out:
            out.append("\n" if block.tight and last.tight else "\n\n")
        out.append(block.text.strip("\n").rstrip())
        last = block
    return "".join(out)


def write_heading(text: str, level: int) -> Block:
    """A heading on one line, of level 1 to 6."""
    line = f"{'#' * min(max(level, 1), 6)} {' '.join(text.split())}" if text.strip() else ""
    return Block(line, heading=True)


def write_item(text: str, label: str, level: int) -> Block:
    """An item of a list, its further lines set in."""
    indent = "  " * min(level, 10)
    lines = [line.strip() for line in text.strip().split("\n")]
    inner = "\n".join([lines[0], *(f"{indent}  {line}" for line in lines[1:] if line)])
    return Block(f"{indent}{label} {inner}" if lines[0] else "", tight=True)


def is_note(block: Block) -> bool:
    """Whether it is a footnote or endnote, and not a text that begins with the mark of one."""
    return bool(_NOTE.match(block.text))


def read_cell(blocks: Sequence[Block]) -> str:
    """What a cell of these says: without notes, which stand behind the table, headings without marks."""
    said = [block for block in blocks if not is_note(block)]
    return "\n".join(block.text.partition(" ")[2] if block.heading else block.text for block in said)


def write_table(rows: Sequence[Sequence[Cell]]) -> str:
    """A table as GitHub's Markdown, its first row the head; empty rows and columns are left out; of one
    column that is left each row is a line.

    A cell over several columns stands in the first of them. One over several rows stands in each of them if
    it is one line of at most `MAX_REPEATED_CHARS`, so that each row can be read by itself, else in the first.
    """
    grid = _fill([_spread(row) for row in rows])
    grid = [row for row in grid if any(row)]
    width = max((len(row) for row in grid), default=0)
    used = [at for at in range(width) if any(at < len(row) and row[at] for row in grid)]
    if len(used) < 2:  # a list
        return "\n".join(row[at] for row in grid for at in used if at < len(row))
    return cells.write_table([[row[at] if at < len(row) else "" for at in used] for row in grid])


def _spread(row: Sequence[Cell]) -> list[str | None]:
    """The texts of a row, column by column; None where the cell above goes on."""
    out: list[str | None] = []
    for cell in row:
        out.append(None if cell.down else " ".join(cell.text.split()))
        more = min(cell.columns, _MAX_COLUMNS) - 1
        out += [None if cell.down else ""] * more
    return out


def _fill(grid: list[list[str | None]]) -> list[list[str]]:
    filled: list[list[str]] = []
    above: list[str] = []
    for row in grid:
        texts = []
        for at, text in enumerate(row):
            over = above[at] if at < len(above) else ""
            texts.append((over if len(over) <= MAX_REPEATED_CHARS else "") if text is None else text)
        filled.append(texts)
        above = texts
    return filled
