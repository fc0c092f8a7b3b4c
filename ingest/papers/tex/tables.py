"""Tables of a paper as Markdown."""

from collections.abc import Sequence

from winnow.ingest.markdown import cells
from winnow.ingest.papers.tex.page import (
    COMMANDS,
    Page,
    add_block,
    capture,
    end_cell,
    flush,
    nested,
    read,
    read_form,
)

_MAX_COLUMNS = 200


def read_table(page: Page, name: str) -> None:
    """A table as Markdown; one of a single column is paragraphs."""
    plain = name.rstrip("*")
    wide = plain in ("tabularx", "tabulary") or name == "tabular*"
    read_form(page.stream, "mom" if wide else "om")
    with nested(page, "blocks", "parts", "open", "row", "rows", "footnotes"):
        page.row = []
        read(page, COMMANDS, stop=name)
        end_row(page)
        rows, blocks, notes = page.rows, page.blocks, page.footnotes
    page.footnotes += notes
    if page.row is not None:  # a table in a cell
        page.parts.append(" ".join(cell for row in rows for cell in row if cell))
        return
    flush(page)
    page.blocks += blocks
    if text := write_table(rows):
        add_block(page, text)


def end_row(page: Page) -> None:
    if page.blocks and page.row is not None:  # paragraphs in a cell
        page.parts.insert(0, " ".join(page.blocks) + " ")
        page.blocks.clear()
    end_cell(page)
    if page.row and any(page.row):
        page.rows.append(page.row[:_MAX_COLUMNS])
    page.row = []


def write_table(rows: Sequence[Sequence[str]]) -> str:
    width = max(map(len, rows), default=0)
    if width < 2:
        return "\n".join(" ".join(row) for row in rows)
    return cells.write_table(rows)


def read_multicolumn(page: Page) -> None:
    """A cell, and empty ones for the other columns that it is wide."""
    count, _, text = page.stream.read_name(), page.stream.read_argument(), page.stream.read_argument()
    page.parts.append(capture(page, text, COMMANDS))
    if page.row is not None and count.isascii() and count.isdigit():
        for _ in range(min(int(count[:3]), _MAX_COLUMNS) - 1):
            end_cell(page)
