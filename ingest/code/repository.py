"""Repositories of code: tarballs, zip archives and git bundles, a file a document.

Stack-like Parquet (a row a file) is read by `ingest.parquet:read` with a mapping of fields, commits, issues
and pull requests by `ingest.code.github`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Annotated, Any, BinaryIO

import polars as pl
from pydantic import PositiveInt

from winnow.ingest.archive.members import ZIP, Member, walk_tar, walk_zip
from winnow.ingest.code.bundles import BUNDLE, open_bundle
from winnow.ingest.code.languages import detect_language
from winnow.ingest.code.licenses import MAX_FILE_BYTES, VOTES, Licenses, is_evidence
from winnow.ingest.code.notebooks import read_notebook
from winnow.ingest.code.notices import HEAD_CHARS
from winnow.ingest.files import decode_file, find_binary
from winnow.ingest.io.batches import PLACED, SourceRow, Unreadable, frames, read_record
from winnow.ingest.io.mapping import write_notes
from winnow.ingest.io.uris import name_file, open_uri

TELLS = {"content": ["source code"]}

_NOTEBOOK = ".ipynb"
_MAX_PATH = 4_096  # as of Linux
_BOM = b"\xef\xbb\xbf"
_KNOWN = dict.fromkeys(("license", "thread"), pl.String())
_CODE: dict[str, pl.DataType] = {"code_path": pl.String(), "code_language": pl.String()}
_OUTPUTS: dict[str, pl.DataType] = {"code_outputs": pl.String()}
# What a package's archive is called beyond its name: codecs, `.orig` of Debian, `.crate`, `.whl`.
_SUFFIX = re.compile(
    r"(?i)(?:\.orig(?:-[\w-]+)?)?\.(?:t(?:gz|xz|bz2|zst)|tar(?:\.\w{1,4})?|zip|whl|jar|crate|bundle|gem)$"
)


class CodeRow(SourceRow, total=False):
    """A file of a repository."""

    code_path: str
    code_language: str | None
    code_outputs: str | None


def name_columns(settings: Mapping[str, Any]) -> dict[str, pl.DataType]:
    """`code_path` and `code_language`; `code_outputs` where `keep_outputs` is set."""
    return {**_CODE, **(_OUTPUTS if settings["keep_outputs"] else {})}


def can_split(name: str) -> bool:
    """Whether ranges of the file can be read by themselves: of a plain tar and of a zip."""
    return name.lower().endswith((".tar", ".zip", ".whl", ".jar"))


def read(
    uri: str,
    *,
    repository: str | None = None,
    license: str | None = None,
    keep_outputs: bool = False,
    max_file_bytes: PositiveInt = 1_000_000,
    max_notebook_bytes: PositiveInt = 32_000_000,
    start: int = 0,
    stop: int | None = None,
) -> Annotated[Iterator[pl.DataFrame], "text", "date", "license", "thread", "metadata", name_columns]:
    """Files of a repository: of a tar (any codec), a zip, or a git bundle (the tree of HEAD), in their order.

    `text` is the file to the byte; where it is not, `metadata` names the change: `bom` (a mark left out),
    `charset` (what it was decoded from), `mended` (bytes that are no text in any charset, now U+FFFD),
    `notebook` (cells as text, see `ingest.code.notebooks`; the text of outputs goes into `code_outputs`, or
    away). `code_path` is the path below an archive's one top folder, `code_language` as GitHub's Linguist
    names it, `thread` the `repository` (else the archive's name). `license` is what the file's head says,
    else what lies nearest up the tree (`ingest.code.licenses`), else the setting, but for a file whose head
    reserves all rights or has a notice that is not known; `metadata` says by what, and which were candidates.
    `date` is the file's in an archive, the commit's in a bundle.

    Dropped: `repository.` `link`, `special` (devices), `submodule`, `unsafe_path` (leads out of the
    repository, or has more than 4,096 characters), `too_large` (more than `max_file_bytes`, a notebook than
    `max_notebook_bytes`), `binary`, `empty`. Errors: what cannot be unpacked; damage; archives that expand
    200 times beyond 1 GiB. Folders are no rows. Between the bytes `start` and `stop` of a plain tar or a zip:
    files whose headers begin there; licenses are looked for in all of it. Raises FileNotFoundError.
    """
    about = repository or _SUFFIX.sub("", name_file(uri)) or uri
    bounds = (max_file_bytes, max_notebook_bytes)
    schema = pl.Schema({**PLACED, **_KNOWN, **name_columns({"keep_outputs": keep_outputs})})
    with open_uri(uri) as raw:
        rows = _read_rows(raw, about, license, bounds, start, stop)
        yield from frames(rows, schema=schema)


def _read_rows(
    raw: BinaryIO, about: str, license: str | None, bounds: tuple[int, int], start: int, stop: int | None
) -> Iterator[CodeRow]:
    head = raw.read(len(BUNDLE[0]))
    raw.seek(0)
    try:
        if head.startswith(BUNDLE):
            yield from _read_bundle(raw, about, license, bounds) if start == 0 else ()
            return
        walk = walk_zip if head.startswith(ZIP) else walk_tar
        survey = _Survey(license)
        try:
            for member in walk(raw, survey.accepts):
                survey.look_at(member)
        except Unreadable:
            if start == 0:
                raise
            return  # each range meets it; it is one row
        if not survey.files and start == 0:
            yield {"key": "file", "place": 0, "error": "the archive holds no files"}
        for member in walk(raw, partial(_accepts, bounds), start, stop):
            yield _make_row(member, survey, about, bounds)
    except Unreadable as lost:
        yield {"key": "file", "place": -1 - start, "error": str(lost)}


def _read_bundle(
    raw: BinaryIO, about: str, license: str | None, bounds: tuple[int, int]
) -> Iterator[CodeRow]:
    with open_bundle(raw) as git:
        tree = git.find_tree()
        survey = _Survey(license)
        for member in git.walk(tree, survey.accepts):
            survey.look_at(member)
        if not survey.files:
            yield {
                "key": "file",
                "place": 0,
                "error": f"the commit {tree.commit} of {tree.ref} holds no files",
            }
        survey.top = ""  # the tree is the repository itself
        for member in git.walk(tree, partial(_accepts, bounds)):
            yield _make_row(member, survey, about, bounds, {"commit": tree.commit, "ref": tree.ref})


class _Survey:
    """What is known of a repository before its files are read: its licenses and its top folder."""

    def __init__(self, license: str | None) -> None:
        self.license, self.licenses = license, Licenses()
        self.files, self.top = 0, ""

    def accepts(self, path: str, size: int) -> bool:
        asked = is_evidence(path) or self.licenses.asked < VOTES
        return asked and size <= MAX_FILE_BYTES and not _is_unsafe(path)

    def look_at(self, member: Member) -> None:
        top = member.path.partition("/")[0] + "/" if "/" in member.path else ""
        self.top = top if not self.files or top == self.top else ""
        self.files += 1
        if member.data is None:
            return
        if is_evidence(member.path):
            self.licenses.add(member.path, member.data)
        else:
            self.licenses.vote(member.data[:HEAD_CHARS].decode("utf-8", "replace"))


def _accepts(bounds: tuple[int, int], path: str, size: int) -> bool:
    return size <= bounds[path.lower().endswith(_NOTEBOOK)] and not _is_unsafe(path)


def _is_unsafe(path: str) -> bool:
    leads_out = path.startswith(("/", "\\")) or path[1:3] == ":\\" or ".." in re.split(r"[/\\]", path)
    return leads_out or len(path) > _MAX_PATH or "\0" in path


def _make_row(
    member: Member, survey: _Survey, about: str, bounds: tuple[int, int], of: Mapping[str, str] | None = None
) -> CodeRow:
    row = CodeRow(key=member.path, place=member.place, date=member.date, thread=about)
    row["code_path"] = member.path.removeprefix(survey.top)
    if member.error:
        return row | CodeRow(error=member.error)
    notes: dict[str, Any] = {"repository": about, "path": member.path, **(of or {})}
    reason = member.kind or ("unsafe_path" if _is_unsafe(member.path) else None)
    reason = reason or (None if _accepts(bounds, member.path, member.size) else "too_large")
    if reason or member.data is None:
        row["metadata"] = write_notes(notes | {"bytes": member.size})
        return row | CodeRow(drop_reason=f"repository.{reason}")
    return row | read_record(_read_file, member, member.data, survey, notes)


def _read_file(member: Member, data: bytes, survey: _Survey, notes: dict[str, Any]) -> CodeRow:
    if find_binary(data):
        return CodeRow(metadata=write_notes(notes | {"bytes": len(data)}), drop_reason="repository.binary")
    text, charset = decode_file(member.path, data)
    row = CodeRow(code_language=detect_language(member.path, data))
    if not text.strip():
        return row | CodeRow(metadata=write_notes(notes), drop_reason="repository.empty")
    notes |= _name_changes(text, charset, data)
    found = survey.licenses.find(member.path, text[: 2 * HEAD_CHARS])
    notes |= {"license_by": found.by, "license_candidates": list(found.candidates)}
    row["license"] = found.license or (survey.license if found.by != "head" else None)
    if PurePosixPath(member.path).suffix.lower() == _NOTEBOOK:
        book = read_notebook(text)
        text, row["code_outputs"] = book.text, book.outputs or None
        notes["notebook"] = book.about
        if not text.strip():
            return row | CodeRow(metadata=write_notes(notes), drop_reason="repository.empty")
    row["metadata"] = write_notes(notes)
    return row | CodeRow(text=text)


def _name_changes(text: str, charset: str, data: bytes) -> dict[str, Any]:
    """How the text differs from the bytes: nothing, where it is them in UTF-8."""
    if text.encode() == data:
        return {}
    if charset == "utf-8" and _BOM + text.encode() == data:
        return {"bom": True}
    notes: dict[str, Any] = {"charset": charset}
    if mended := text.count("\ufffd"):
        notes["mended"] = mended
    return notes
