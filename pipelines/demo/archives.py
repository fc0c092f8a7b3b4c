"""What is inside a package: its files, unpacked so that none lands elsewhere, and the licence that it
states."""

import re
import tarfile
import zipfile
from pathlib import Path

_ABOUT = re.compile(r"(^|/)(METADATA|PKG-INFO|LICEN[CS]E[^/]*|COPYING[^/]*)$")


_PHRASES = (
    (r"GNU Free Documentation\s+License", "GFDL"),
    (r"Python License|PSF LICENSE AGREEMENT", "PSF-2.0"),
    (r"GNU General Public\s+License.{0,200}?version (\d).{0,60}?any later", "GPL-{}+"),
    (r"GNU General Public\s+License", "GPL"),
    (r"^ *License: *(\S[^\n]{0,50})$", "{}"),  # of an older copyright file
    (r"public domain", "public-domain"),
    (r"verbatim copies", "permissive (verbatim copies)"),
)


class FetchError(RuntimeError):
    """A package could not be had; the message says which, why, and what to do."""


def unpack(archive: Path, out: Path, *, members: str = ".") -> None:
    """Unpack a wheel, zip or tar after testing it whole; nothing may land outside `out`.

    Members whose name does not contain the pattern `members` are left out, metadata is not.
    Raises `FetchError` for a damaged archive and for a member that points outside.
    """
    wanted = re.compile(members)
    out.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(archive):
            _unzip(archive, out, wanted)
        else:
            with tarfile.open(archive) as tar:
                for member in tar:
                    if wanted.search(member.name) or _ABOUT.search(member.name):
                        tar.extract(member, out, filter="data")
    except tarfile.FilterError as error:
        raise FetchError(f"{archive.name}: unsafe member: {error}") from error
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise FetchError(f"{archive.name}: damaged archive: {error}") from error


def read_deb_license(files: Path, name: str) -> str:
    """Licence as the package's own `copyright` file says it: its first `License:` field, or its phrases."""
    copyright_file = files / "usr/share/doc" / name / "copyright"
    folder = copyright_file.parent
    if folder.is_symlink() and not copyright_file.exists():
        return f"as {folder.readlink().name}"
    if not copyright_file.exists():
        return "not stated"
    text = copyright_file.read_text("utf-8", errors="replace")
    if field := re.search(r"^License: *(\S.{0,50})$", text, re.M) if text.startswith("Format:") else None:
        return field[1].strip()
    for phrase, licence in _PHRASES:
        if found := re.search(phrase, text, re.S | re.I | re.M):
            return licence.format(*found.groups())
    return "see its copyright file"


def read_pip_metadata(files: Path) -> tuple[str, str]:
    """Version and licence as a Python package's metadata says them."""
    found = sorted([*files.glob("*.dist-info/METADATA"), *files.glob("*/PKG-INFO")])
    if not found:
        return "?", "not stated"
    head = found[0].read_text("utf-8", errors="replace").split("\n\n")[0]
    fields = dict(re.findall(r"^(Version|License-Expression|License): *(\S.{0,60})$", head, re.M))
    trove = re.findall(r"^Classifier: License :: (?:.*:: )?(.+)$", head, re.M)
    said = [fields.get("License-Expression"), *trove[:1], fields.get("License"), "not stated"]
    licence = next(text for text in said if text)
    return fields.get("Version", "?"), licence


def _unzip(archive: Path, out: Path, wanted: re.Pattern[str]) -> None:
    with zipfile.ZipFile(archive) as bundle:
        if damaged := bundle.testzip():
            raise zipfile.BadZipFile(f"wrong checksum of {damaged}")
        root = out.resolve()
        for info in bundle.infolist():
            if not (root / info.filename).resolve().is_relative_to(root):
                raise FetchError(f"{archive.name}: unsafe member: {info.filename} lies outside the folder")
            if wanted.search(info.filename) or _ABOUT.search(info.filename):
                bundle.extract(info, root)
