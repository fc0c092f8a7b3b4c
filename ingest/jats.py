"""Articles of PubMed Central and of publishers in JATS XML: single files, and packages of many."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import polars as pl
from lxml import etree

from filters.words.files import cache_by_stamp
from ingest.archive.members import Member, walk_tar
from ingest.article.body import write_blocks
from ingest.article.front import Front, read_front, read_references
from ingest.article.inline import Element, TooDeep, name, words
from ingest.io.batches import SOURCED, SourceRow, Unreadable, frames, read_record
from ingest.io.compression import find_unpacker
from ingest.io.tars import BLOCK, parse
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

    Dropped: `jats.no_article` (XML of another kind), `jats.no_text` (neither abstract nor text), `jats.link`,
    `jats.special` (what a package has under an article's name that is no file). Errors: XML
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
    _, unpack = find_unpacker(raw)
    data = bytearray()
    for piece in unpack(raw):
        data += piece.data
        if parse(bytes(data[:BLOCK])) is not None:
            yield from _read_package(raw, licenses, references, max_bytes, start, stop)
            return
        if start:
            return
        if piece.damage:
            yield {"key": "file", "place": 0, "error": f"the file is damaged: {piece.damage}; fetch it again"}
            return
        if len(data) > max_bytes:
            break
    yield {"key": "file", "place": 0, **_read_article(bytes(data), "", licenses, references, max_bytes)}


def _read_package(
    raw: BinaryIO,
    licenses: Mapping[str, tuple[str, str]],
    references: bool,
    max_bytes: int,
    start: int,
    stop: int | None,
) -> Iterator[SourceRow]:
    def wants(path: str, size: int) -> bool:
        return bool(_ARTICLE.fullmatch(path)) and size <= max_bytes

    place = -1
    try:
        for member in walk_tar(raw, wants, start, stop):
            if member.error or _ARTICLE.fullmatch(member.path):
                place = member.place
                row = _read_member(member, licenses, references, max_bytes)
                yield {"key": member.path, "place": place, **row}
    except Unreadable as lost:
        yield {"key": "file", "place": place + 1, "error": str(lost)}


def _read_member(
    member: Member, licenses: Mapping[str, tuple[str, str]], references: bool, max_bytes: int
) -> SourceRow:
    if member.error:
        return {"error": member.error}
    if member.kind:
        return {"drop_reason": f"jats.{member.kind}"}
    if member.data is None:
        return {"error": _say_too_large(max_bytes)}
    return _read_article(member.data, member.path, licenses, references, max_bytes)


# ---- one article -------------------------------------------------------------------------------------------


def _read_article(
    data: bytes, file: str, licenses: Mapping[str, tuple[str, str]], references: bool, max_bytes: int
) -> SourceRow:
    if len(data) > max_bytes:
        return {"error": _say_too_large(max_bytes)}
    if not data.strip():
        return {"error": "the file is empty"}
    return read_record(_make_row, data, file, licenses, references)


def _say_too_large(max_bytes: int) -> str:
    return f"the article has more than max_article_bytes ({max_bytes}); raise it"


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
