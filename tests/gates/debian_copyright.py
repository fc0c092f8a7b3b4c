"""Source packages of Debian, and what `debian/copyright` in DEP-5's form says of the license of each file.

Names of DEP-5 are made SPDX's; a paragraph whose licenses have no such name (`other`, `permissive`, a
package's own) judges nothing. What is compared are the sets of identifiers, without the words between them.
"""

# ruff: noqa: SIM905 - names of packages
import io
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

from debian.copyright import Copyright, NotMachineReadableError
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

# Chosen before any license was read: small, of many languages, and what the mirror gave.
NAMES_OF_PACKAGES = tuple(
    """bzip2 catch2 cjson click commons-io dash fmtlib golang-github-pkg-errors golang-github-spf13-cobra
    golang-golang-x-text googletest gzip hiredis iniparser jansson junit4 less libarchive libffi libuv1
    libxml2 libyaml libzstd lua5.4 lz4 make-dfsg mtd-utils ncurses spdlog tar tinyxml2 tmux""".split()
)
_APT = """Types: deb-src
URIs: http://deb.debian.org/debian
Suites: stable
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp
"""
NAMES = {
    "expat": "MIT", "x11": "X11", "zlib": "Zlib", "zlib/libpng": "Zlib", "isc": "ISC", "psf": "PSF-2.0",
    "psf-2": "PSF-2.0", "apache-2": "Apache-2.0", "apache-2.0": "Apache-2.0", "artistic":
    "Artistic-1.0-Perl", "bsd-2-clause": "BSD-2-Clause", "bsd-3-clause": "BSD-3-Clause", "bsd-4-clause":
    "BSD-4-Clause", "cc0": "CC0-1.0", "cc0-1.0": "CC0-1.0", "fsfullr": "FSFULLR", "fsful": "FSFUL",
    "fsfullrwd": "FSFULLRWD", "mpl-2.0": "MPL-2.0", "boost-1.0": "BSL-1.0", "unlicense": "Unlicense",
    "0bsd": "0BSD",
}  # fmt: skip
_GNU = re.compile(r"(?i)^(a?gpl|lgpl|gfdl)-?v?(\d)(?:\.(\d))?(\+|-or-later|-only)?(?:-niv|-no-invariants)?$")


# Names that DEP-5 itself calls many licenses: any of these is right.
FAMILIES = {
    "mit": {"MIT", "X11", "X11-distribute-modifications-variant", "HPND", "MIT-CMU"},
    "mit/x11": {"MIT", "X11", "X11-distribute-modifications-variant", "HPND"},
    "isc": {"ISC", "ISC-Veillard"},
}
_OWN = re.compile(
    r"(?i)gnu (lesser |library |affero |free documentation )?(?:general public )?license"
    r"[^.]{0,80}?version (\d)(?:\.(\d))?"
)
_FREE = re.compile(r"(?i)gives unlimited permission to copy and/or distribute it")


def to_spdx(name: str) -> str | None:
    """One name of DEP-5 as an SPDX identifier; None where it has none."""
    name = re.split(r"(?i)\s+with\s+", name.strip())[0].strip().rstrip(",")
    if match := _GNU.match(name):
        end = "-or-later" if match[4] in ("+", "-or-later") else "-only"
        return f"{match[1].upper()}-{match[2]}.{match[3] or 0}{end}"
    if name.lower() in NAMES:
        return NAMES[name.lower()]
    try:
        return str(canonicalize_license_expression(name))
    except (InvalidLicenseExpression, SyntaxError, ValueError):
        return None


def agree(license: str, synopsis: str) -> bool | None:
    """Whether an SPDX expression names what a paragraph does; None where that has no SPDX name."""
    told = of_expression(license)
    if family := FAMILIES.get(synopsis.strip().lower()):
        return len(told) == 1 and told <= family
    truth = to_names(synopsis)
    return None if truth is None else told == truth


def to_names(synopsis: str) -> frozenset[str] | None:
    """The identifiers of a paragraph, or None where one of them is no SPDX identifier."""
    parts = re.split(r"(?i)\s*,?\s+(?:or|and/or|and)\s+|\s*,\s*", synopsis.strip())
    found = [to_spdx(part) for part in parts if part]
    return None if not found or None in found else frozenset(name for name in found if name)


def of_expression(license: str) -> frozenset[str]:
    """The identifiers of an SPDX expression, without exceptions; what a bare GPL leaves open stays open."""
    words = re.sub(r"(?i)\bWITH\s+\S+", "", license.replace("(", " ").replace(")", " "))
    return frozenset(re.split(r"\s+(?:AND|OR)\s+", words.strip()))


def load(control: Path) -> Callable[[str], str | None] | None:
    """The synopsis of the license by path, from the packed `debian/` of a source package; None if not
    DEP-5's."""
    with tarfile.open(control) as tar:
        member = next((m for m in tar if m.name.removeprefix("./") == "debian/copyright"), None)
        file = member and tar.extractfile(member)
        text = file.read().decode("utf-8", "replace") if file else ""
    try:
        table = Copyright(io.StringIO(text), strict=False)
    except (NotMachineReadableError, ValueError):
        return None

    def find(path: str) -> str | None:
        found = table.find_files_paragraph(path)
        return found.license.synopsis if found is not None and found.license else None

    return find


def is_contested(head: str, truth: frozenset[str]) -> bool:
    """Whether a file's own head names, in words, what `debian/copyright` does not: an SPDX tag, the FSF's
    permission, or a GNU license of another kind or version.

    Paragraphs like `Files: *` say what holds for most files of a package. This looks at words alone, and
    shares nothing with what is judged.
    """
    plain = " ".join(re.sub(r"(?m)^[\s*#/;%!<>|.\\\"'-]+|\bdnl\b", " ", head).split())
    if tag := re.search(r"SPDX-License-Identifier: *([^\r\n]+)", head):
        return not of_expression(tag[1].strip(" */#-<>")) & truth
    if _FREE.search(plain) and not any(name.startswith("FSF") for name in truth):
        return True
    kinds = {"lesser": "LGPL", "library": "LGPL", "affero": "AGPL", "free documentation": "GFDL", "": "GPL"}
    for kind, major, minor in _OWN.findall(plain):
        named = f"{kinds[kind.strip().lower()]}-{major}.{minor or 0}"
        end = "-or-later" if re.search(r"(?i)any later version|or later", plain) else "-only"
        if named + end not in truth:
            return True
    return False


def fetch(folder: Path) -> None:
    """Download source packages by apt, with lists of its own: nothing of the machine's changes."""
    missing = [name for name in NAMES_OF_PACKAGES if not list(folder.glob(f"{name}_*.dsc"))]
    if not missing:
        return
    for part in ("lists/partial", "cache/archives/partial", "etc"):
        (folder / "apt" / part).mkdir(parents=True, exist_ok=True)
    apt = (folder / "apt").resolve()
    (apt / "etc/src.sources").write_text(_APT)
    options = [
        word
        for key, value in (
            ("Dir::Etc::sourcelist", "/dev/null"),
            ("Dir::Etc::sourceparts", apt / "etc"),
            ("Dir::State::lists", apt / "lists"),
            ("Dir::Cache", apt / "cache"),
        )
        for word in ("-o", f"{key}={value}")
    ]
    subprocess.run(["apt-get", *options, "-q", "update"], check=True)
    for name in missing:
        subprocess.run(
            ["apt-get", *options, "-q", "source", "--download-only", name], cwd=folder, check=False
        )


def list_packages(folder: Path) -> list[tuple[str, Path, Path]]:
    """Name, upstream's archive and the packed `debian/` of each source package that is here whole."""
    found = []
    for dsc in sorted(folder.glob("*.dsc")):
        files = re.findall(r"^ [0-9a-f]{64} \d+ (\S+)$", dsc.read_text(errors="replace"), re.M)
        control = [folder / file for file in files if ".debian.tar" in file]
        upstream = [folder / file for file in files if re.search(r"\.orig\.tar\.\w+$", file)]
        name = dsc.name.partition("_")[0]
        if (
            name in NAMES_OF_PACKAGES
            and control
            and upstream
            and control[0].exists()
            and upstream[0].exists()
        ):
            found.append((name, upstream[0], control[0]))
    return found
