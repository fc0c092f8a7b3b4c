"""arXiv's papers from their TeX sources: bulk tars, single sources, folders."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import fsspec
import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import SOURCED, SourceRow, Unreadable, frames, read_record
from winnow.ingest.io.byte_range import ByteRange, Source
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.tars import Entry, walk
from winnow.ingest.io.uris import is_local, is_web, name_file, open_uri, options
from winnow.ingest.papers.arxiv_bulk import PAPER, is_bulk, name_paper, read_manifest
from winnow.ingest.papers.arxiv_catalog import Catalog, describe, load, look_up
from winnow.ingest.papers.arxiv_sources import is_text, read_source
from winnow.ingest.papers.tex.convert import Paper, convert
from winnow.ingest.papers.tex.files import find_main
from winnow.ingest.papers.tex.stream import TexError

TELLS = {"kind": "public", "content": ["scientific"]}

REFERENCES = "## References"  # as `ocr.papers:drop_references` looks for it
_MAX_FOLDER_FILES = 2_000


class _Options(NamedTuple):
    catalog: Catalog | None
    references: bool
    max_bytes: int


def name_told(settings: Mapping[str, Any]) -> list[str]:
    """`date` and `license` where `metadata` gives them."""
    return ["date", "license"] if settings["metadata"] else []


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is a tar, by its name."""
    return name.lower().endswith(".tar")


def read(
    uri: str,
    *,
    metadata: Path | None = None,
    manifest: Path | None = None,
    references: bool = False,
    max_paper_bytes: PositiveInt = 300_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", name_told, "author", "metadata"]:
    """Papers of `arXiv_src_YYMM_NNN.tar`, of one source (`.tar.gz`, `.gz`, `.tar`, `.tex`) or of a folder.

    A bulk tar has one row a paper; of a bulk tar, those whose headers begin between the bytes `start` and
    `stop`. A `.tex` is read with its folder (not on the web). The text is Markdown: `# title`, the authors,
    `## Abstract`, the sections under their headings; formulas as LaTeX between `$` and `$$`, with the
    paper's macros expanded; citations as `[@key]`. `references` puts `## References` last, and the character
    where they start into `references_at` of the metadata (`ocr.papers:drop_references` cuts them off); else
    they are `references` of the metadata, as pairs of key and text.

    `metadata` is a file of JSON lines as arXiv's on Kaggle (`id`, `license`, `versions`,
    `authors_parsed`, `categories`, ...), not packed: it gives `license` (SPDX where it is one), `date`,
    `author`. `manifest` is arXiv's: a bulk tar of another size or number of papers has an error row
    more. In the JSON of `metadata` also stand `arxiv_id`, `title`, `authors`, `affiliations`, `notes`
    (the rest of the front), `keywords`, `main_file` and what is `missing`, `outside`, `recursive` of
    the files that the paper asks for.

    Dropped: `arxiv.pdf`, `arxiv.postscript`, `arxiv.no_tex`, `arxiv.withdrawn`, `arxiv.no_main` (no main
    file), `arxiv.no_text`. Errors: what is damaged, unpacks to more than `max_paper_bytes`, has macros that
    never end or nests too deep. Raises FileNotFoundError.
    """
    wanted = _Options(load(Path(metadata)) if metadata else None, references, max_paper_bytes)
    with open_uri(uri) as raw:
        if is_bulk(raw):
            rows = _read_bulk(raw, uri, manifest, wanted, start, stop)
        elif start:
            return
        else:
            rows = iter([_read_single(raw, uri, wanted)])
        for frame in frames(rows, schema=SOURCED):
            yield frame.drop("score_votes")


def _read_bulk(
    raw: BinaryIO, uri: str, manifest: Path | None, wanted: _Options, start: int, stop: int | None
) -> Iterator[SourceRow]:
    size = raw.seek(0, os.SEEK_END)
    for entry in walk(raw, PAPER, start, stop):
        row = _read_entry(raw, entry, size, wanted)
        yield {"key": entry.name or f"byte {entry.header}", "place": entry.header, **row}
    if manifest and (stop is None or stop >= size):
        wrong = _compare(raw, read_manifest(manifest, uri), size)
        if wrong:
            yield {"key": "manifest", "place": size, "error": wrong}


def _compare(raw: BinaryIO, said: Mapping[str, int] | None, size: int) -> str | None:
    if said is None:
        return "the manifest does not name this tar; give the manifest of the same month, or none"
    if said.get("size", size) != size:
        return f"the tar has {size} bytes, its manifest says {said['size']}; fetch it again"
    count = sum(not entry.damage for entry in walk(raw, PAPER))
    if said.get("num_items", count) != count:
        return f"the tar has {count} papers, its manifest says {said['num_items']}; fetch it again"
    return None


def _read_entry(raw: BinaryIO, entry: Entry, size: int, wanted: _Options) -> SourceRow:
    if entry.damage:
        return {"error": entry.damage}
    name = name_paper(entry.name)
    if entry.start + entry.size > size:
        return {"error": f"cut off: the paper has {entry.size} bytes, the file {size - entry.start} of them"}
    source = ByteRange(raw, entry.start, entry.start + entry.size)
    return _read_paper(source, name, wanted)


def _read_paper(source: Source, name: str, wanted: _Options) -> SourceRow:
    try:
        texts, told, other = read_source(source, wanted.max_bytes)
    except Unreadable as error:
        return {**_start_row(name, wanted)[0], "error": str(error)}
    if other:
        return {**_start_row(name, wanted)[0], "drop_reason": f"arxiv.{other}"}
    return _convert(texts, "", name, told, wanted)


def _convert(
    texts: Mapping[str, bytes], main: str, name: str, told: dict[str, Any], wanted: _Options
) -> SourceRow:
    row, known = _start_row(name, wanted)
    main = main or find_main(texts)
    if not main and told.get("damaged"):
        return {**row, "error": f"damaged, and no main file is left of it: {told['damaged'][0]}"}
    if not main:
        return {**row, "drop_reason": "arxiv.no_main"}
    made: SourceRow = read_record(_make_row, texts, main, row, known | told, wanted.references)
    return made if "key" in made or "error" not in made else {**row, "error": made["error"]}


def _make_row(
    texts: Mapping[str, bytes], main: str, row: SourceRow, told: dict[str, Any], references: bool
) -> SourceRow:
    try:
        paper = convert(texts, main)
    except TexError as error:
        return {**row, "error": f"broken source: {error}"}
    except RecursionError:
        return {**row, "error": "broken source: it nests too deep"}
    text, at = write_markdown(paper, told, references)
    about = {**told, **paper.told, "title": paper.title or told.get("title"), "authors": paper.authors}
    about |= {"references_at": at, "references": None if references else paper.references}
    about.pop("abstract", None)
    row = {**row, "metadata": write_notes(about)}
    if not row.get("author"):
        row["author"] = "; ".join(paper.authors) or None
    return {**row, "text": text} if paper.body.strip() else {**row, "drop_reason": "arxiv.no_text"}


def write_markdown(paper: Paper, told: Mapping[str, Any], references: bool) -> tuple[str, int | None]:
    """The paper as Markdown, and the character where its references start, if they are kept."""
    title, abstract = paper.title or told.get("title"), paper.abstract or told.get("abstract")
    parts = [f"# {title}"] if title else []
    parts += [", ".join(paper.authors)] if paper.authors else []
    parts += [f"## Abstract\n\n{abstract}"] if abstract else []
    text = "\n\n".join([*parts, paper.body])
    if not references or not paper.references:
        return text, None
    entries = "\n\n".join(f"[@{key}] {entry}" if key else entry for key, entry in paper.references)
    return f"{text}\n\n{REFERENCES}\n\n{entries}", len(text) + 2


def _start_row(name: str, wanted: _Options) -> tuple[SourceRow, dict[str, Any]]:
    """What is known of a paper by its identifier."""
    said = describe(look_up(wanted.catalog, name) if wanted.catalog else {})
    known = {"arxiv_id": name, **said["told"]}
    row: SourceRow = {"metadata": write_notes(known), "license": said["license"], "date": said["date"]}
    row["author"] = said["author"]
    if name[:4].isdigit() or "/" in name:
        row["url"] = f"https://arxiv.org/abs/{name}"
    return row, known


# ---- single sources ----------------------------------------------------------------------------------------


def _read_single(raw: BinaryIO, uri: str, wanted: _Options) -> SourceRow:
    own = name_file(uri)
    name = name_paper(own)
    row: SourceRow = {"key": "file", "place": 0}
    if not own.lower().endswith((".tex", ".ltx")):
        return row | _read_paper(raw, name, wanted)
    raw.seek(0)
    data = raw.read(wanted.max_bytes + 1)
    if len(data) > wanted.max_bytes:
        return {**row, "error": "the file has more than max_paper_bytes; raise it"}
    if find_main({own: data}) != own:
        return {**row, **_start_row(name, wanted)[0], "drop_reason": "arxiv.no_main"}
    texts, told = _read_folder(uri, own, wanted.max_bytes - len(data))
    return row | _convert({**texts, own: data}, own, name, told, wanted)


def _read_folder(uri: str, own: str, max_bytes: int) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The texts in the folder of a file, and in those below; the web has links to anywhere for folders."""
    if is_web(uri):
        return {}, {"left_out": ["the other files of its folder: the web does not list them"]}
    if is_local(uri):
        store, path = fsspec.filesystem("file"), str(Path(uri).absolute())
    else:
        store, path = fsspec.core.url_to_fs(uri, **options(uri))
    folder = posixpath.dirname(path)
    texts: dict[str, bytes] = {}
    for count, (at, about) in enumerate(sorted(store.find(folder, maxdepth=4, detail=True).items())):
        name = posixpath.relpath(at, folder or ".")
        if name == own or not is_text(name) or about.get("islink") or about.get("type") != "file":
            continue
        max_bytes -= about.get("size") or 0
        if max_bytes < 0 or count > _MAX_FOLDER_FILES:
            return texts, {"left_out": [f"{name} and those behind it: the folder is too large"]}
        with store.open(at, "rb") as file:
            texts[name] = file.read(about.get("size") or 0)
    return texts, {}
