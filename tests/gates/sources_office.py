"""Office documents of packages: are the words found, in order, and the cells of tables; beside other tools.

    WINNOW_DATA=... make gate NAME=sources_office

What a document says is counted by other code than ours: words of .docx and OpenDocument by the standard
library's XML, cells of a .docx by python-docx; slides by python-pptx; sheets by openpyxl's ordinary mode.
Beside: pandoc, markitdown, docx2txt, docx2python and mammoth.
"""

import json
import re
import resource
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import environments
import inputs
import polars as pl
import source_table
from figures import Figures
from rapidfuzz.distance import LCSseq
from source_table import run

from winnow.pipelines.demo.archives import FetchError
from winnow.pipelines.demo.packages import fetch_deb, fetch_pip

CACHE = Path("out/packages/office")
KINDS = ("docx", "pptx", "xlsx", "odt", "ods", "odp")
MEMBERS = r"\.(docx|docm|pptx|xlsx|xlsm|odt|ods|odp|fodt|rtf)$"
SDISTS = ("python-docx", "python-pptx", "odfpy", "pydocx", "ezodf", "xlsx2csv", "tablib", "docxcompose")
DEBS = ("live-manual-odf", "r-cran-officer", "r-cran-openxlsx", "r-cran-readxl", "python-odf-doc")
NPMS = ("mammoth", "docx4js", "officeparser")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
URN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
T, TABLE, OFFICE = (URN % name for name in ("text", "table", "office"))
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_OURS = """
import resource
from winnow.ingest.office import documents as office
from winnow.sandbox import stop_all
files = json.loads(open(sys.argv[1]).read())
begun, out = time.process_time(), {}
for file in files:
    row = next(iter(office.read(file))).row(0, named=True)
    out[file] = [row["text"], row["drop_reason"], row["error"], row["date"], row["author"]]
stop_all()
child = resource.getrusage(resource.RUSAGE_CHILDREN)
told["seconds"] = time.process_time() - begun + child.ru_utime + child.ru_stime
open(sys.argv[2], "w").write(json.dumps(out))
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
told["peak_mb"] = peak / 1024
"""
_PEERS = {
    "markitdown": "from markitdown import MarkItDown as M; m = M(); f = lambda p: m.convert(p).text_content",
    "docx2txt": "import docx2txt; f = docx2txt.process",
    "docx2python": "from docx2python import docx2python; f = lambda p: docx2python(p).text",
    "mammoth": "import mammoth; f = lambda p: mammoth.convert_to_markdown(open(p, 'rb')).value",
}
_PEER = """
import warnings
warnings.simplefilter("ignore")
%s
begun, out = time.process_time(), {}
for file in json.loads(open(sys.argv[1]).read()):
    try:
        out[file] = [f(file)]
    except Exception as error:
        out[file] = [None]
open(sys.argv[2], "w").write(json.dumps(out))
"""
_READS = {
    "markitdown": ("docx", "pptx", "xlsx"),
    "docx2txt": ("docx",),
    "docx2python": ("docx",),
    "mammoth": ("docx",),
    "pandoc": ("docx", "odt"),
}


def fetch() -> list[Path]:
    """Files of packages, the same bytes once."""
    for name in SDISTS:
        fetch_pip(name, name, CACHE, sdist=True, members=MEMBERS)
    for name in DEBS:
        fetch_deb(name, name, CACHE)
    for name in NPMS:
        inputs.fetch_npm(name, CACHE, MEMBERS)
    seen: dict[bytes, Path] = {}
    for path in sorted(CACHE.rglob("*")):
        if re.search(MEMBERS, path.name) and path.is_file():
            seen.setdefault(path.read_bytes(), path)
    return sorted(seen.values())


def words_of(text: str) -> list[str]:
    """Words as the figures count them."""
    return re.findall(r"\w+", text.lower())


def list_cells(rows: list[list[str]]) -> list[str]:
    """Cells of a table; one with a single column that says something is none."""
    said = {at for row in rows for at, text in enumerate(row) if text.strip()}
    return [cell for row in rows for cell in row] if len(said) > 1 else []


# ---- what a document says, by other code -------------------------------------------------------------------


def say(path: Path) -> tuple[list[str], list[str]] | None:
    """Words in order and cells of tables; None where that code cannot read the file."""
    try:
        return _SAY[path.suffix[1:]](path)
    except Exception as error:
        print(f"# {path.name}: {type(error).__name__}", file=sys.stderr)
        return None


def _say_docx(path: Path) -> tuple[list[str], list[str]]:
    import docx

    body = ElementTree.fromstring(zipfile.ZipFile(path).read("word/document.xml")).find(W + "body")
    assert body is not None
    cells: list[str] = []
    for table in docx.Document(str(path)).tables:
        if not any(cell.tables for row in table.rows for cell in row.cells):
            cells += list_cells([[cell.text for cell in row.cells] for row in table.rows])
    return words_of("".join(_walk_docx(body))), cells


def _walk_docx(element: ElementTree.Element) -> Iterator[str]:
    for child in element:
        gallery = child.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
        hidden = child.find(f"{W}rPr/{W}vanish") is not None
        if child.tag in (W + "del", W + "moveFrom", MC + "Fallback") or hidden:
            continue
        if gallery is not None and gallery.get(W + "val") == "Table of Contents":
            continue
        if child.tag == W + "t":
            yield child.text or ""
        elif child.tag in (W + "tab", W + "br"):
            yield " "
        else:
            yield from _walk_docx(child)
            yield "\n" if child.tag == W + "p" else ""


def _say_pptx(path: Path) -> tuple[list[str], list[str]]:
    import pptx

    said: list[str] = []
    cells: list[str] = []
    for slide in pptx.Presentation(str(path)).slides:
        if slide.element.get("show") == "0":
            continue
        shapes = sorted(slide.shapes, key=lambda shape: shape != slide.shapes.title)
        for shape in shapes:
            _say_shape(shape, said, cells)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame:
            said.append(slide.notes_slide.notes_text_frame.text)
    return words_of("\n".join(said)), cells


def _say_shape(shape: object, said: list[str], cells: list[str]) -> None:
    inside = getattr(shape, "shapes", None)
    for one in inside or ():
        _say_shape(one, said, cells)
    if getattr(shape, "is_placeholder", False) and shape.placeholder_format.type in (13, 15, 16):  # type: ignore[attr-defined]
        return
    if getattr(shape, "has_table", False):
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]  # type: ignore[attr-defined]
        cells += list_cells(rows)
        said += [text for row in rows for text in row]
    elif getattr(shape, "has_text_frame", False):
        said.append(shape.text_frame.text)  # type: ignore[attr-defined]


def _say_xlsx(path: Path) -> tuple[list[str], list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(path, data_only=True)
    cells = [
        cell
        for sheet in book.worksheets
        if sheet.sheet_state == "visible"
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if isinstance(cell, str | int) and not isinstance(cell, bool)
    ]
    return words_of("\n".join(map(str, cells))), [str(cell) for cell in cells]


def _say_odf(path: Path) -> tuple[list[str], list[str]]:
    root = ElementTree.fromstring(zipfile.ZipFile(path).read("content.xml"))
    body = root.find("{*}body")
    assert body is not None
    cells: list[str] = []
    for table in body.iter(TABLE + "table"):
        rows = [
            [_join_odf(cell) for cell in row.iter(TABLE + "table-cell")]
            for row in table.iter(TABLE + "table-row")
        ]
        cells += list_cells(rows)
    return words_of("".join(_walk_odf(body))), cells


def _join_odf(cell: ElementTree.Element) -> str:
    return " ".join("".join(p.itertext()) for p in cell.iter(T + "p")).strip()


def _walk_odf(element: ElementTree.Element, inside: bool = False) -> Iterator[str]:
    if element.tag in (T + "tracked-changes", T + "table-of-content", OFFICE + "annotation"):
        return
    inside = inside or element.tag in (T + "p", T + "h")
    yield (element.text or "") if inside else ""
    for child in element:
        yield " " if child.tag in (T + "s", T + "tab", T + "line-break") else ""
        yield from _walk_odf(child, inside)
        yield (child.tail or "") if inside else ""
    yield "\n" if element.tag in (T + "p", T + "h") else ""


_SAY: dict[str, Callable[[Path], tuple[list[str], list[str]]]] = {
    "docx": _say_docx, "pptx": _say_pptx, "xlsx": _say_xlsx, "odt": _say_odf, "ods": _say_odf, "odp": _say_odf
}  # fmt: skip


# ---- figures -----------------------------------------------------------------------------------------------


def measure(said: tuple[list[str], list[str]], text: str) -> Counter[str]:
    """Words and cells that are there, and how many are found; words in the document's order."""
    words, cells = said
    have = words_of(text)
    found = sum((Counter(words) & Counter(have)).values())
    rows = "\n".join(line for line in text.split("\n") if "|" in line)
    row_words = " ".join(words_of(rows))
    wanted = [" ".join(words_of(cell)) for cell in cells]
    wanted = [cell for cell in wanted if cell]
    return Counter(
        words=len(words),
        found=found,
        given=len(have),
        ordered=count_in_order(words, have),
        cells=len(wanted),
        cells_found=sum(f" {cell} " in f" {row_words} " for cell in wanted),
    )


def count_in_order(words: list[str], have: list[str]) -> int:
    """Words in the longest common subsequence of the two: what stands in between disturbs no order."""
    return int(LCSseq.similarity(words, have))


def read_pandoc(files: list[str], out: Path) -> dict[str, object]:
    """What pandoc makes of each file."""
    import pypandoc

    pandoc, texts = pypandoc.get_pandoc_path(), {}
    begun = resource.getrusage(resource.RUSAGE_CHILDREN)
    for file in files:
        command = [pandoc, "-t", "gfm", "--wrap=none", file]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        texts[file] = [None if done.returncode else done.stdout]
    out.write_text(json.dumps(texts))
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": ended.ru_utime + ended.ru_stime - begun.ru_utime - begun.ru_stime}


def run_tool(
    tool: str, files: list[str], folder: Path
) -> tuple[dict[str, list[str | None]], dict[str, float]]:
    """Texts by file and what it cost."""
    names, out = folder / "files.json", folder / f"{tool}.json"
    names.write_text(json.dumps(files))
    if tool == "pandoc":
        cost = read_pandoc(files, out)
    elif tool == "ours":
        cost = run(_OURS, str(names), str(out))
    else:
        cost = run(_PEER % _PEERS[tool], str(names), str(out))
    return json.loads(out.read_text()), cost  # type: ignore[return-value]


def compare(tools: list[str], files: dict[str, list[Path]], folder: Path) -> list[dict[str, object]]:
    """A row a kind and tool."""
    table: list[dict[str, object]] = []
    for kind, paths in files.items():
        said = {str(path): found for path in paths if (found := say(path)) is not None}
        for tool in tools:
            if tool != "ours" and kind not in _READS[tool]:
                continue
            try:
                texts, cost = run_tool(tool, list(said), folder)
            except (RuntimeError, ImportError, OSError) as error:
                print(f"# {tool} is not there: {str(error)[-100:]}", file=sys.stderr)
                continue
            total: Counter[str] = Counter()
            for file, found in said.items():
                total += measure(found, texts[file][0] or "")
            failed = sum(text[0] is None for text in texts.values())
            megabytes = sum(Path(file).stat().st_size for file in said) / 1e6
            table.append(
                {
                    "kind": kind, "tool": tool, "files": len(said), "no_text": failed,
                    "words": total["words"], "words_found": round(total["found"] / max(total["words"], 1), 4),
                    "words_added": round(1 - total["found"] / max(total["given"], 1), 4),
                    "in_order": round(total["ordered"] / max(total["words"], 1), 4),
                    "cells": total["cells"],
                    "cells_found": round(total["cells_found"] / max(total["cells"], 1), 4),
                    "mb_per_s": round(megabytes / cost["seconds"], 2),
                    "peak_mb": round(cost.get("peak_mb", 0)),
                }
            )  # fmt: skip
            print(json.dumps(table[-1]), flush=True)
    return table


def count_fates(paths: list[Path], folder: Path) -> dict[str, object]:
    """Every file of every kind: one row, kept, dropped with its reason, or failed."""
    texts, cost = run_tool("ours", [str(path) for path in paths], folder)
    rows = list(texts.values())
    reasons = Counter(row[1] for row in rows if row[1])
    failed = [f"{Path(file).name}: {row[2]}" for file, row in texts.items() if row[2]]
    kept = [row for row in rows if not row[1] and not row[2]]
    told = {"date": sum(bool(row[3]) for row in kept), "author": sum(bool(row[4]) for row in kept)}
    return {
        "files": len(paths), "rows": len(rows), "kept": len(kept), "dropped": dict(reasons), "failed": failed,
        **told, "peak_mb": round(cost["peak_mb"]), "largest": max(p.stat().st_size for p in paths),
    }  # fmt: skip


def read_forms(folder: Path) -> list[dict[str, object]]:
    """Patents and decisions made from the formats' documentation, no true dump being at hand."""
    sys.path.insert(0, "tests/ingest/decisions")
    from test_caselaw import CLUSTER, HARVARD
    from test_patents import grant

    patents, cases = folder / "grants.xml", folder / "cases.jsonl"
    patents.write_text("".join(grant(str(at)) for at in range(20_000)))
    cases.write_text(
        "".join(json.dumps(one | {"id": at}) + "\n" for at in range(20_000) for one in (HARVARD, CLUSTER))
    )
    counts = {
        patents: patents.read_bytes().count(b"</us-patent-grant>"),
        cases: cases.read_bytes().count(b"\n"),
    }
    out: list[dict[str, object]] = []
    for step, path in {
        "ingest.decisions.patents:read": patents,
        "ingest.decisions.caselaw:read": cases,
    }.items():
        found = source_table.read(step, str(path))
        speed = path.stat().st_size / 1e6 / found["seconds"]
        out.append({"step": step, "records": counts[path], **found, "mb_per_s": round(speed, 1)})
        print(json.dumps(out[-1]), flush=True)
    return out


def main() -> None:
    """Fetch, read, compare."""
    environments.enter("peers")
    figures = Figures("sources_office")
    try:
        paths = fetch()
    except FetchError as error:
        sys.exit(f"the packages cannot be had: {error}")
    folder = CACHE.parent / "office.work"
    folder.mkdir(parents=True, exist_ok=True)
    fates = count_fates(paths, folder)
    print(json.dumps(fates, indent=1, ensure_ascii=False))
    kinds = {kind: [path for path in paths if path.suffix == f".{kind}"] for kind in KINDS}
    table = compare(["ours", "pandoc", *_PEERS], kinds, folder)
    pl.Config.set_tbl_rows(50)
    forms = read_forms(folder)
    figures.rows += [{"fates": fates}, *table, *forms]
    figures.add("files with a row", fates["rows"] / fates["files"], 1.0)
    for made in forms:
        figures.add(f"{made['step']}: records with a row", made["rows"] / made["records"], 1.0)  # type: ignore[operator]
    for row in table:
        if row["tool"] == "ours":
            figures.add(f"{row['kind']}: words found", row["words_found"], 0.99)
            figures.add(f"{row['kind']}: words in order", row["in_order"], 0.95)
            figures.add(f"{row['kind']}: cells found", row["cells_found"], 0.98) if row["cells"] else None
    figures.rows = [{"verdict": "ok", **row} for row in figures.rows]
    figures.close()


if __name__ == "__main__":
    main()
