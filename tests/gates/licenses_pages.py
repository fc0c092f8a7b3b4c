"""The labelled pages of the gate `licenses`: in lines of JSON, in files beside them, in archives."""

import gzip
import hashlib
import json
import lzma
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ingest.io.charset import utf8

GOLDS = Path(__file__).parent / "golds/licenses"


class Page(NamedTuple):
    """A page and its label."""

    name: str
    kind: str
    half: str
    license: str | None
    html: str
    group: str


def read_golds(folder: Path = GOLDS) -> Iterator[Page]:
    """The pages of all lists; one whose archive is not here is said and left out."""
    roots = [Path(each) for each in (os.environ.get("WINNOW_DATA"), "data") if each]
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        wanted: dict[str, set[str]] = {}
        for row in rows:
            if "archive" in row:
                wanted.setdefault(row["archive"], set()).add(row["member"])
        held = {name: _unpack(name, members, roots) for name, members in sorted(wanted.items())}
        for row in rows:
            data = _read_page(row, path, held)
            if data is None:
                print(f"absent: {row['id']}: {row.get('archive') or row.get('file')} {row.get('member', '')}")
                continue
            page = _open(str(row.get("member", "")), data)
            digests = {hashlib.sha256(each).hexdigest() for each in (data, page)}
            if row.get("sha256") and row["sha256"] not in digests:
                print(f"other bytes than were labelled: {row['id']}")
                continue
            text = (
                row["html"] if "html" in row else utf8(page, None, markup=True)[0].decode("utf-8", "replace")
            )
            yield Page(
                str(row["id"]),
                row.get("kind", ""),
                row.get("half", "judged"),
                row["license"],
                text,
                path.stem,
            )


def _read_page(row: dict[str, Any], path: Path, held: dict[str, dict[str, bytes]]) -> bytes | None:
    if "html" in row:
        return str(row["html"]).encode()
    if "archive" in row:
        return held[row["archive"]].get(row["member"])
    file = path.parent / row["file"]
    return file.read_bytes() if file.is_file() else None


def _unpack(name: str, members: set[str], roots: list[Path]) -> dict[str, bytes]:
    """The members of a tar, Debian package, zip or WARC (by URL); packed pages are unpacked."""
    path = next((root / name for root in roots if (root / name).is_file()), None)
    if path is None:
        return {}
    if path.suffix == ".deb":
        with tempfile.TemporaryDirectory() as folder:
            inner = Path(folder) / "data.tar"
            with inner.open("wb") as out:
                subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], stdout=out, check=True)
            return dict(_read_tar(inner, members))
    if ".warc" in path.suffixes:
        return dict(_read_warc(path, members))
    if path.suffix in (".zip", ".whl", ".epub"):
        import zipfile

        with zipfile.ZipFile(path) as archive:
            return {one: archive.read(one) for one in archive.namelist() if one in members}
    if tarfile.is_tarfile(path):
        return dict(_read_tar(path, members))
    return {one: path.read_bytes() for one in members}


def _read_tar(path: Path, members: set[str]) -> Iterator[tuple[str, bytes]]:
    plain = {one.removeprefix("./"): one for one in members}
    with tarfile.open(path) as archive:
        for member in archive:
            wanted = plain.get(member.name.removeprefix("./"))
            file = archive.extractfile(member) if wanted is not None and member.isfile() else None
            if wanted is not None and file:
                yield wanted, file.read()


def _open(name: str, data: bytes) -> bytes:
    if name.endswith(".gz"):
        return gzip.decompress(data)
    return lzma.decompress(data) if name.endswith(".xz") else data


def _read_warc(path: Path, members: set[str]) -> Iterator[tuple[str, bytes]]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as stream:
        for record in ArchiveIterator(stream, WarcRecordType.response):
            url = record.headers.get("WARC-Target-URI", "")
            if url in members:
                yield url, record.reader.read()
