"""Articles of PubMed Central and of publishers in JATS XML: single files, and packages of many."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import polars as pl
from lxml import etree
from pydantic import PositiveInt

from winnow.files import cache_by_stamp
from winnow.ingest.archive.members import Member, walk_tar
from winnow.ingest.io.batches import SOURCED, SourceRow, Unreadable, describe, frames, is_of_data, read_record
from winnow.ingest.io.compression import find_unpacker
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.tars import BLOCK, parse
from winnow.ingest.io.uris import open_uri
from winnow.ingest.licenses.links import name_license
from winnow.ingest.papers.article.body import write_blocks
from winnow.ingest.papers.article.front import Front, read_front, read_references
from winnow.ingest.papers.article.inline import Element, TooDeep, name, words

TELLS = {"kind": "public", "content": ["scientific"]}

REFERENCES = "## References"  # as `ocr.papers:drop_references` looks for it
_ARTICLE = re.compile(r".+\.(?:xml|nxml)", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_NAMESPACE = re.compile(r"\{https?://(?:jats|dtd)\.nlm\.nih\.gov/[^}]*\}")
_NO_LICENSE = ("", "NO-CC CODE", "none")


class _Options(NamedTuple):
    licenses: Mapping[str, tuple[str, str]]
    references: bool
    max_bytes: int

    @property
    def too_large(self) -> str:
        return f"the article has more than max_article_bytes ({self.max_bytes}); raise it"


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: it is a tar that is not packed, by its name."""
    return name.lower().endswith(".tar")


def read(
    uri: str,
    *,
    filelist: Path | None = None,
    references: bool = False,
    max_article_bytes: PositiveInt = 50_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "url", "date", "license", "author", "metadata"]:
    """Articles of a JATS file (`.xml`, `.nxml`, packed or not) or of a package (`.tar.gz`, `.tar`), a
    row each; a set of articles (`pmc-articleset`) has one for each.

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
    wanted = _Options(_load_list(Path(filelist)) if filelist else {}, references, max_article_bytes)
    with open_uri(uri) as raw:
        for frame in frames(_read_rows(raw, wanted, start, stop), schema=SOURCED):
            yield frame.drop("score_votes")


def _read_rows(raw: BinaryIO, wanted: _Options, start: int, stop: int | None) -> Iterator[SourceRow]:
    _, unpack = find_unpacker(raw)
    data = bytearray()
    for piece in unpack(raw):
        data += piece.data
        if parse(bytes(data[:BLOCK])) is not None:
            yield from _read_package(raw, wanted, start, stop)
            return
        if start:
            return
        if piece.damage:
            yield {"key": "file", "place": 0, "error": f"the file is damaged: {piece.damage}; fetch it again"}
            return
        if len(data) > wanted.max_bytes:
            break
    row = SourceRow(key="file", place=0)
    yield from _read_articles(row, bytes(data), "", wanted)


def _read_package(raw: BinaryIO, wanted: _Options, start: int, stop: int | None) -> Iterator[SourceRow]:
    def accepts(path: str, size: int) -> bool:
        return bool(_ARTICLE.fullmatch(path)) and size <= wanted.max_bytes

    place = -1
    try:
        for member in walk_tar(raw, accepts, start, stop):
            if member.error or _ARTICLE.fullmatch(member.path):
                for row in _read_member(member, wanted):
                    place = row["place"]
                    yield row
    except Unreadable as lost:
        yield {"key": "file", "place": place + 1, "error": str(lost)}


def _read_member(member: Member, wanted: _Options) -> Iterator[SourceRow]:
    row = SourceRow(key=member.path, place=member.place)
    if member.error:
        yield {**row, "error": member.error}
    elif member.kind:
        yield {**row, "drop_reason": f"jats.{member.kind}"}
    elif member.data is None:
        yield {**row, "error": wanted.too_large}
    else:
        yield from _read_articles(row, member.data, member.path, wanted)


# ---- articles of a file ------------------------------------------------------------------------------------


def _read_articles(row: SourceRow, data: bytes, file: str, wanted: _Options) -> Iterator[SourceRow]:
    """A row for each article that is in no other; their places are fewer than the file has bytes."""
    if len(data) > wanted.max_bytes:
        yield {**row, "error": wanted.too_large}
        return
    if not data.strip():
        yield {**row, "error": "the file is empty"}
        return
    try:
        articles = _find_articles(_parse(data).getroot())
    except Exception as error:
        if not is_of_data(error):
            raise
        yield {**row, "error": f"invalid XML: {error if isinstance(error, TooDeep) else describe(error)}"}
        return
    if not articles:
        yield {**row, "drop_reason": "jats.no_article"}
    for number, article in enumerate(articles):
        key = f"{row['key']}, article {number + 1}" if number else row["key"]
        made = read_record(_describe, article, file, wanted)
        yield {**row, "key": key, "place": row["place"] + number, **made}


def _find_articles(root: Element) -> list[Element]:
    """The top-most articles, by names without JATS's namespace."""
    for each in root.iter("{*}*"):
        each.tag = _NAMESPACE.sub("", each.tag)
    found = (each for each in root.iter() if name(each) == "article")
    return [each for each in found if not any(name(above) == "article" for above in each.iterancestors())]


def _parse(data: bytes) -> Any:
    """The tree, nothing fetched and nothing expanded; XML that declares entities is refused."""
    if _ENTITY.search(data[: data.find(b"<article") if b"<article" in data else None]):
        raise TooDeep("it declares entities; no article needs them")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    tree = etree.parse(io.BytesIO(data), parser)
    if tree.docinfo.internalDTD is not None and any(tree.docinfo.internalDTD.iterentities()):
        raise TooDeep("it declares entities; no article needs them")
    return tree


def _describe(article: Element, file: str, wanted: _Options) -> SourceRow:
    front = read_front(article)
    cited = read_references(article)
    text, at, any_text = _write(article, front, cited if wanted.references else [])
    listed, retracted = wanted.licenses.get(
        front.told.get("pmcid") or "", wanted.licenses.get(file, ("", ""))
    )
    about = {**front.told, "title": front.title, "authors": front.authors, "references_at": at}
    about["references"] = None if wanted.references else cited
    about["sub_articles"] = sum(1 for each in article if name(each) in ("sub-article", "response"))
    about["retracted"] = retracted == "yes" or article.get("article-type") == "retraction" or None
    row: SourceRow = {
        "date": front.date,
        "license": front.license or (name_license(listed) if listed not in _NO_LICENSE else None),
        "author": "; ".join(front.authors) or None,
        "url": _find_address(front.told),
        "metadata": write_notes(about),
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
