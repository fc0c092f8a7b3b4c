"""Shapes of slides and drawings (DrawingML, ISO 29500-1, 20 and 21): paragraphs, tables, diagrams."""

from collections import Counter

from lxml import etree

from winnow.ingest.markdown.blocks import Cell, write_table
from winnow.ingest.office.namespaces import MC, A, M
from winnow.ingest.office.numbering import read_int
from winnow.ingest.office.omml import to_latex
from winnow.ingest.office.package import Package


def read_paragraph(paragraph: etree._Element, counts: Counter[str]) -> str:
    """The words of a paragraph, its breaks as line breaks and its formulas as LaTeX."""
    out: list[str] = []
    _walk(paragraph, out, counts, 0)
    return "".join(out).strip()


def _walk(parent: etree._Element, out: list[str], counts: Counter[str], depth: int) -> None:
    for child in parent:
        if child.tag == A + "t":
            out.append(child.text or "")
        elif child.tag == A + "br":
            out.append("\n")
        elif child.tag == A + "tab":
            out.append("\t")
        elif child.tag == M + "oMath":
            counts["formulas"] += 1
            out.append(f"${tex}$" if (tex := to_latex(child)) else "")
        elif child.tag == MC + "AlternateContent" and len(child):
            _walk(child[0], out, counts, depth + 1)
        elif isinstance(child.tag, str) and depth < 20:
            _walk(child, out, counts, depth + 1)


def find_table(table: etree._Element, counts: Counter[str]) -> str:
    """An `a:tbl` as Markdown."""
    counts["tables"] += 1
    grid = []
    for row in table.findall(A + "tr"):
        cells = []
        for cell in row.findall(A + "tc"):
            if cell.get("hMerge") in ("1", "true"):
                continue
            texts = [read_paragraph(p, counts) for p in cell.iter(A + "p")]
            down = cell.get("vMerge") in ("1", "true")
            cells.append(Cell("\n".join(texts), max(read_int(cell.get("gridSpan"), 1), 1), down))
        grid.append(cells)
    return write_table(grid)


def read_diagram(package: Package, name: str, counts: Counter[str]) -> list[str]:
    """The texts of a diagram (SmartArt) in the order of its points."""
    root = package.try_parse(name)
    if root is None:
        return []
    counts["diagrams"] += 1
    points = (pt for pt in root.iter("{*}pt") if pt.get("type", "node") in ("node", "asst"))
    texts = [" ".join(read_paragraph(p, counts) for p in pt.iter(A + "p")) for pt in points]
    return [text for text in texts if text.strip()]
