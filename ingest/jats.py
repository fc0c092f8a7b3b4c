"""Articles of PubMed Central and of publishers in JATS XML: single files, and packages of many."""

import csv
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import polars as pl
from lxml import etree

from filters.words.files import cache_by_stamp
from ingest.article.body import write_blocks
from ingest.article.front import Front, read_front, read_references
from ingest.article.inline import Element, TooDeep, name, words
from ingest.io.batches import SOURCED, SourceRow, frames, read_record
from ingest.io.compression import find_unpacker
from ingest.io.stretches import Piece, Source, Stretch
from ingest.io.tars import Entry, parse, walk
from ingest.io.uris import open_uri
from ingest.page.licenses import name_license

REFERENCES = "## References"  # as `ocr.papers:drop_references` looks for it
_ARTICLE = re.compile(r".+\.(?:xml|nxml)", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_NO_LICENSE = ("", "NO-CC CODE", "none")


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is a tar that is not packed, by its name."""
    return name.lower().endswith(".tar")


def read(
    uri: str,
    *,
    filelist: Path | None = None,
    references: bool = False,
    max_article_bytes: int = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "license", "author", "metadata"]:
    """Articles of a JATS file (`.xml`, `.nxml`, packed or not) or of a package (`.tar.gz`, `.tar`), a
    row each.

    Of a `.tar` those whose headers begin between the bytes `start` and `stop`; of packages the files
    `.xml` and `.nxml`. The text is Markdown: `# title`, the authors, `## Abstract`, the sections under
    their headings, formulas as LaTeX between `$` and `$$` (from `tex-math` or MathML), tables as
    Markdown, captions in their places. `references` puts `## References` last, and the character where
    they start into `references_at` of the metadata (`ocr.papers:drop_references` cuts them off); else
    they are `references` of the metadata, as pairs of id and text. `license` is from `ali:license_ref`
    or `license` (SPDX where it is Creative Commons), or from `filelist`, PubMed Central's CSV of a
    package (`Article File`, `AccessionID`, `License`, `Retracted`). In the JSON of `metadata` also
    stand `pmcid`, `pmid`, `doi`, `journal`, `article_type`, `subjects`, `keywords`, `authors`,
    `retracted`, and `sub_articles`: how many letters, reviews or translations follow the article, which
    are no part of the text.

    Dropped: `jats.no_article` (XML of another kind), `jats.no_text` (neither abstract nor text). Errors: XML
    that is not well-formed, declares entities, nests too deep or is larger than `max_article_bytes`, and
    damage of a package. Nothing is fetched. Raises FileNotFoundError.
    """
    licenses = _load_list(Path(filelist)) if filelist else {}
    with open_uri(uri) as raw:
        rows = _read_rows(raw, licenses, references, max_article_bytes, start, stop)
        for frame in frames(rows, schema=SOURCED):
            yield frame.drop("score_votes")


def _read_rows(
    raw: BinaryIO,
    licenses: Mapping[str, tuple[str, str]],
    references: bool,
    max_bytes: int,
    start: int,
    stop: int | None,
) -> Iterator[SourceRow]:
    packing, unpack = find_unpacker(raw)
    plain_tar = packing == "plain" and parse(raw.read(512)) is not None
    if plain_tar:
        for entry in walk(raw, _ARTICLE, start, stop):
            if entry.damage or _ARTICLE.fullmatch(entry.name):
                row = _read_entry(raw, entry, licenses, references, max_bytes)
                yield {"key": entry.name or f"byte {entry.header}", "place": entry.header, **row}
        return
    if start:
        return
    raw.seek(0)
    file: Any = io.BufferedReader(_Unpacked(unpack(raw)), 1 << 16)
    if parse(file.peek(512)[:512]) is not None:
        yield from _read_packed(file, licenses, references, max_bytes)
        return
    data = file.read(max_bytes + 1)
    yield {"key": "file", "place": 0, **_read_article(data, "", licenses, references, max_bytes)}


class _Unpacked(io.RawIOBase):
    """What is unpacked, as a file; damage ends it with an OSError without a number."""

    def __init__(self, pieces: Iterator[Piece]) -> None:
        self.pieces, self.rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self.rest:
            piece = next(self.pieces, None)
            if piece is None:
                return 0
            if piece.damage:
                raise EOFError(piece.damage)
            self.rest = piece.data
        count = min(len(buffer), len(self.rest))
        buffer[:count], self.rest = self.rest[:count], self.rest[count:]
        return count


def _read_packed(
    file: BinaryIO, licenses: Mapping[str, tuple[str, str]], references: bool, max_bytes: int
) -> Iterator[SourceRow]:
    count = 0
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            for member in tar:
                tar.members = []  # type: ignore[attr-defined]  # of a stream tarfile keeps all that it has read
                if not member.isfile() or not _ARTICLE.fullmatch(member.name):
                    continue
                found = tar.extractfile(member)
                data = found.read(max_bytes + 1) if found else b""
                row = _read_article(data, member.name, licenses, references, max_bytes)
                yield {"key": member.name, "place": count, **row}
                count += 1
    except (tarfile.TarError, EOFError) as error:
        yield {
            "key": "file",
            "place": count,
            "error": f"the rest of the package is lost, it is damaged: {error}",
        }


def _read_entry(
    raw: BinaryIO, entry: Entry, licenses: Mapping[str, tuple[str, str]], references: bool, max_bytes: int
) -> SourceRow:
    if entry.damage:
        return {"error": entry.damage}
    source: Source = Stretch(raw, entry.start, entry.start + entry.size)
    data = source.read(max_bytes + 1)
    if len(data) < min(entry.size, max_bytes + 1):
        return {"error": f"cut off: the article has {entry.size} bytes, the file {len(data)} of them"}
    return _read_article(data, entry.name, licenses, references, max_bytes)


# ---- one article -------------------------------------------------------------------------------------------


def _read_article(
    data: bytes, file: str, licenses: Mapping[str, tuple[str, str]], references: bool, max_bytes: int
) -> SourceRow:
    if len(data) > max_bytes:
        return {"error": f"the article has more than max_article_bytes ({max_bytes}); raise it"}
    if not data.strip():
        return {"error": "the file is empty"}
    return read_record(_make_row, data, file, licenses, references)


def _make_row(data: bytes, file: str, licenses: Mapping[str, tuple[str, str]], references: bool) -> SourceRow:
    try:
        tree = _parse(data)
        article = tree.getroot()
        if name(article) != "article":
            article = next((each for each in article.iter() if name(each) == "article"), None)
        if article is None:
            return {"drop_reason": "jats.no_article"}
        return _describe(article, file, licenses, references)
    except etree.XMLSyntaxError as error:
        return {"error": f"invalid XML: {error}"}
    except (TooDeep, RecursionError) as error:
        return {"error": f"invalid JATS: {error}"}


def _parse(data: bytes) -> Any:
    """The tree, nothing fetched and nothing expanded; XML that declares entities is refused."""
    if _ENTITY.search(data[: data.find(b"<article") if b"<article" in data else None]):
        raise TooDeep("it declares entities; no article needs them")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree = etree.parse(io.BytesIO(data), parser)
    if tree.docinfo.internalDTD is not None and any(tree.docinfo.internalDTD.iterentities()):
        raise TooDeep("it declares entities; no article needs them")
    return tree


def _describe(
    article: Element, file: str, licenses: Mapping[str, tuple[str, str]], references: bool
) -> SourceRow:
    front = read_front(article)
    cited = read_references(article)
    text, at, any_text = _write(article, front, cited if references else [])
    listed, retracted = licenses.get(front.told.get("pmcid") or "", licenses.get(file, ("", "")))
    about = {**front.told, "title": front.title, "authors": front.authors, "references_at": at}
    about["references"] = None if references else cited
    about["sub_articles"] = sum(1 for each in article if name(each) in ("sub-article", "response"))
    about["retracted"] = retracted == "yes" or article.get("article-type") == "retraction" or None
    kept = {key: value for key, value in about.items() if value not in (None, "", [], 0)}
    row: SourceRow = {
        "date": front.date,
        "license": front.license or (name_license(listed) if listed not in _NO_LICENSE else None),
        "author": "; ".join(front.authors) or None,
        "url": _find_address(front.told),
        "metadata": json.dumps(kept, ensure_ascii=False),
    }
    return {**row, "text": text} if any_text else {**row, "drop_reason": "jats.no_text"}


def _find_address(told: Mapping[str, Any]) -> str | None:
    if told.get("pmcid"):
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{told['pmcid']}/"
    return f"https://doi.org/{told['doi']}" if told.get("doi") else None


def _write(article: Element, front: Front, cited: list[tuple[str, str]]) -> tuple[str, int | None, bool]:
    """The article as Markdown, where its references start, and whether there is text in it."""
    parts = [f"# {front.title}"] if front.title else []
    parts += [", ".join(front.authors)] if front.authors else []
    head = len(parts)
    for abstract in article.iterfind("front/article-meta/abstract"):
        title = words(abstract.find("title"))
        blocks = [block for block in write_blocks(abstract, 3) if block != title]
        if blocks:
            parts += [f"## {title or 'Abstract'}", *blocks]
    for place in ("body", "floats-group", "back"):
        for each in article.iterfind(place):
            parts += write_blocks(each, 2)
    text = "\n\n".join(parts)
    if not cited:
        return text, None, len(parts) > head
    entries = "\n\n".join(entry for _, entry in cited)
    return f"{text}\n\n{REFERENCES}\n\n{entries}", len(text) + 2, len(parts) > head


# ---- file lists --------------------------------------------------------------------------------------------


@cache_by_stamp(4)
def _load_list(path: Path) -> dict[str, tuple[str, str]]:
    """License and retraction by PMC id and by file. Raises ValueError where it is no file list."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        id_field = next(
            (field for field in ("AccessionID", "Accession ID") if field in (rows.fieldnames or ())), None
        )
        if id_field is None or "License" not in (rows.fieldnames or ()):
            raise ValueError(
                f"{path}: no file list of PubMed Central: it has no columns AccessionID and License"
            )
        found: dict[str, tuple[str, str]] = {}
        for row in rows:
            said = (row["License"] or "", row.get("Retracted") or "")
            found[row[id_field]] = said
            found[row.get("Article File") or row[id_field]] = said
        return found
