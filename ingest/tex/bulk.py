"""The papers in a bulk tar of arXiv (`arXiv_src_YYMM_NNN.tar`), by their headers."""

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lxml import etree

from ingest.io.uris import name_file

BLOCK = 512
_SCAN_BYTES = 1 << 20
_PAPER = re.compile(r"(?:\d{4}/)?[\w.\-]+\.(?:gz|pdf)")
_OLD = re.compile(r"([a-z\-]+?)(\d{7})(v\d+)?")


class Entry(NamedTuple):
    """A member of a tar, or (`damage`) bytes that are none."""

    name: str
    header: int  # where its header begins
    start: int
    size: int
    damage: str | None = None


def is_bulk(raw: BinaryIO) -> bool:
    """Whether it is a tar whose first file is a paper."""
    first = next((entry for entry in walk(raw, 0, None)), None)
    return first is not None and not first.damage and bool(_PAPER.fullmatch(first.name))


def walk(raw: BinaryIO, start: int, stop: int | None) -> Iterator[Entry]:
    """The files whose headers begin between two bytes, found by the sizes from the tar's beginning on.

    So a range finds what the whole file has, whatever stands inside of a paper. Behind a damaged header the
    next one is searched.
    """
    at = 0
    while stop is None or at < stop:
        header = _read_header(raw, at)
        if header is None:
            found = _search(raw, at)
            if found is None:
                if _read_at(raw, at).strip(b"\0") and at >= start:
                    yield Entry("", at, at, 0, f"no tar header at byte {at}; the rest of the file is lost")
                return
            if _read_at(raw, at).strip(b"\0") and at >= start:
                yield Entry("", at, at, 0, f"no tar header at byte {at}; went on at byte {found}")
            at = found
            continue
        if header.isfile() and at >= start:
            yield Entry(header.name, at, at + BLOCK, header.size)
        size = header.size if header.size >= 0 else 0
        at += BLOCK + -(-size // BLOCK) * BLOCK


def _read_at(raw: BinaryIO, at: int) -> bytes:
    raw.seek(at)
    return raw.read(BLOCK)


def _read_header(raw: BinaryIO, at: int) -> tarfile.TarInfo | None:
    return _parse(_read_at(raw, at))


def _parse(block: bytes) -> tarfile.TarInfo | None:
    if len(block) < BLOCK:
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "replace")
    except (tarfile.HeaderError, ValueError):
        return None


def _search(raw: BinaryIO, at: int) -> int | None:
    """The next header of a paper behind a place."""
    at += BLOCK
    while True:
        raw.seek(at)
        data = raw.read(_SCAN_BYTES)
        for offset in range(0, len(data) - BLOCK + 1, BLOCK):
            if data[offset + 257 : offset + 262] == b"ustar":
                header = _parse(data[offset : offset + BLOCK])
                if header and header.isfile() and _PAPER.fullmatch(header.name):
                    return at + offset
        if len(data) < _SCAN_BYTES:
            return None
        at += len(data)


def name_paper(name: str) -> str:
    """arXiv's identifier: `2301.00001`, or `hep-th/9901001` of what was before 2007."""
    stem = name.rsplit("/", 1)[-1]
    for ending in (".tar.gz", ".tgz", ".gz", ".pdf", ".tex", ".tar", ".zip"):
        stem = stem.removesuffix(ending)
    old = _OLD.fullmatch(stem)
    return f"{old[1]}/{old[2]}{old[3] or ''}" if old else stem


# ---- the manifest ------------------------------------------------------------------------------------------


def read_manifest(path: Path, uri: str) -> dict[str, int] | None:
    """`num_items` and `size` that arXiv's manifest gives of a tar; None where it does not name it."""
    wanted = name_file(uri)
    for _, node in etree.iterparse(str(path), tag="file", resolve_entities=False, no_network=True):
        if (node.findtext("filename") or "").rsplit("/", 1)[-1] == wanted:
            said = {name: node.findtext(name) or "" for name in ("num_items", "size")}
            return {name: int(value) for name, value in said.items() if value.isascii() and value.isdigit()}
        node.clear()
    return None
