"""Tables with known cells, drawn in many styles: by hand, and by MuPDF's layout of HTML."""

import html
import io
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pymupdf

STYLES = ("ruled", "header_rules", "row_rules", "no_rules", "shaded", "html_ruled", "html_plain")
CONTENTS = ("words", "numbers", "long")
CSS = "table {border-collapse: collapse} td, th {padding: 3px 8px; text-align: left}"
Cells = list[list[str]]


class Table(NamedTuple):
    """A PDF of one page with text, a table and text, and the table's cells."""

    style: str
    content: str
    body: bytes
    cells: Cells


def draw_tables(paragraphs: Sequence[str], count: int, seed: int = 11) -> Iterator[Table]:
    """Tables of each style in turn: of words, of numbers set to the right, of cells of several lines."""
    chance = random.Random(seed)
    words = sorted({word.strip(".,;:()") for part in paragraphs for word in part.split() if word.isascii()})
    words = [word for word in words if word.isalpha() and 3 < len(word) < 11]
    for index in range(count):
        style = STYLES[index % len(STYLES)]
        content = CONTENTS[index // len(STYLES) % len(CONTENTS)]
        cells = _invent(words, content, chance)
        before, after = chance.choice(paragraphs), chance.choice(paragraphs)
        draw = _draw_html if style.startswith("html") else _draw_by_hand
        yield Table(style, content, draw(style, cells, content, before, after, chance), cells)


def _invent(words: Sequence[str], content: str, chance: random.Random) -> Cells:
    columns, rows = chance.randint(2 if content == "words" else 3, 5), chance.randint(3, 9)
    table = [[chance.choice(words).capitalize() for _ in range(columns)]]
    for _ in range(rows):
        row = [" ".join(chance.choices(words, k=chance.randint(1, 2))) for _ in range(columns)]
        if content == "numbers":
            row[1:] = [f"{chance.uniform(0, 9000):,.{chance.choice((0, 2))}f}" for _ in row[1:]]
        if content == "long":
            row[-1] = " ".join(chance.choices(words, k=chance.randint(3, 14)))
        table.append(row)
    return table


def _draw_html(
    style: str, cells: Cells, content: str, before: str, after: str, chance: random.Random
) -> bytes:
    border = ' border="1" style="border: 1px solid black"' if style == "html_ruled" else ""
    rows = [
        "<tr>" + "".join(f"<{tag}{border}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"
        for tag, row in zip(["th", *["td"] * (len(cells) - 1)], cells, strict=True)
    ]
    text = f"<p>{html.escape(before)}</p><table>{''.join(rows)}</table><p>{html.escape(after)}</p>"
    story = pymupdf.Story(text, user_css=CSS + f" body {{font-size: {chance.choice((9, 10, 11))}px}}")
    out = io.BytesIO()
    writer = pymupdf.DocumentWriter(out)
    more = 1
    while more:
        device = writer.begin_page(pymupdf.paper_rect("a4"))
        more, _ = story.place(pymupdf.Rect(60, 60, 535, 782))
        story.draw(device)
        writer.end_page()
    writer.close()
    return out.getvalue()


def _draw_by_hand(
    style: str, cells: Cells, content: str, before: str, after: str, chance: random.Random
) -> bytes:
    document = pymupdf.open()
    page = document.new_page()
    font, size = chance.choice((("helv", "hebo"), ("tiro", "tibo"))), chance.choice((8, 9.5, 11))
    pad = chance.choice((3, 5, 8))
    y = 72 + 1.3 * size * _set(page, 72, 72, before, 450, font[0], size) + 20
    widths = [450 / len(cells[0])] * len(cells[0])
    if content == "long":
        widths = [70.0] * (len(widths) - 1) + [450 - 70.0 * (len(widths) - 1)]
        if widths[-1] > 200:
            widths[-1] = 200.0
    edges = [72 + sum(widths[:index]) for index in range(len(widths) + 1)]
    heights = [y]
    for number, row in enumerate(cells):
        lines = 1
        if style == "shaded" and number % 2 == 0:
            tall = max(
                _count(cell, width - 8, font[0], size) for cell, width in zip(row, widths, strict=True)
            )
            box = (edges[0], heights[-1], edges[-1], heights[-1] + 1.25 * size * tall + pad)
            page.draw_rect(box, color=None, fill=(0.9, 0.92, 0.95))
        for column, cell in enumerate(row):
            face = font[1] if number == 0 else font[0]
            x = edges[column] + 4
            if content == "numbers" and column:
                x = edges[column + 1] - 4 - pymupdf.get_text_length(cell, face, size)
            top = heights[-1] + size + pad / 2
            lines = max(
                lines,
                _set(
                    page, x, top, cell, max(widths[column] - 8, 1) if content == "long" else 999, face, size
                ),
            )
        heights.append(heights[-1] + 1.25 * size * lines + pad)
    _rule(page, style, edges, heights)
    _set(page, 72, heights[-1] + 2.5 * size, after, 450, font[0], size)
    return bytes(document.tobytes())


def _rule(page: pymupdf.Page, style: str, edges: Sequence[float], heights: Sequence[float]) -> None:
    across = {"ruled": heights, "row_rules": heights, "header_rules": [*heights[:2], heights[-1]]}
    for y in across.get(style, []):
        page.draw_line((edges[0], y), (edges[-1], y), width=0.6)
    for x in edges if style == "ruled" else []:
        page.draw_line((x, heights[0]), (x, heights[-1]), width=0.6)


def _wrap(text: str, width: float, font: str, size: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pymupdf.get_text_length(longer, font, size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _count(text: str, width: float, font: str, size: float) -> int:
    return len(_wrap(text, width, font, size)) if width > 60 else 1


def _set(page: pymupdf.Page, x: float, y: float, text: str, width: float, font: str, size: float) -> int:
    """Sets text in lines of a width; how many they are."""
    lines = _wrap(text, width, font, size)
    for number, line in enumerate(lines):
        page.insert_text((x, y + 1.25 * size * number), line, fontsize=size, fontname=font)
    return len(lines)


def read_rows(text: str) -> list[list[str]]:
    """Rows of cells of Markdown tables in a text."""
    rows = []
    for line in text.split("\n"):
        if line.startswith("|") and not line.startswith("|---"):
            cells = line.strip().strip("|").replace("\\|", "\0").split("|")
            rows.append([" ".join(cell.replace("\0", "|").split()) for cell in cells])
    return rows
