"""Under which license a file of a repository is: by its own head, else by what lies nearest up the tree.

What is not sure is not said: a head with a notice that nobody recognizes, or a folder with several licenses
and nothing that joins them, gives no license but the `candidates`.
"""

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from winnow.ingest.code.notices import Notice, join_names, judge_text, read_expression, read_head

MAX_FILE_BYTES = 1 << 20  # of a license file; the GPL has 35 KB
MAX_FILES = 100_000
VOTES = 400  # heads that are asked which version of the GPL a repository means
_LICENSE_FILE = re.compile(r"(?i)^(?:[\w+-]*[._-])?(?:licen[cs]es?|copying|unlicen[cs]e)(?:[._-][\w.+-]*)?$")
_PLAIN = re.compile(
    r"(?i)^(?:licen[cs]e|unlicen[cs]e|copying(?:[.-](?:lesser|lib|lgpl))?)(?:\.(?:txt|md|rst))?$"
)
_SUFFIX = re.compile(r"[._-]([A-Za-z][\w]*)(?:\.(?:txt|md|rst))?$")
_NO_TEXT_ENDINGS = """
c cc cpp h hpp py js ts go rs java rb pl sh cs php m4 in html xml png svg json po yml yaml
"""
_NO_TEXT = set(_NO_TEXT_ENDINGS.split())
_PACKAGE_FILES = "package.json pyproject.toml Cargo.toml composer.json PKG-INFO METADATA pom.xml"
_PACKAGES = set(_PACKAGE_FILES.split())
_BARE = re.compile(r"^(?:A?GPL|LGPL|GFDL)-\d\.\d$")
_ENDS = ("-only", "-or-later")
_SURE = 4  # times as many heads must say one version as the other


class FoundLicense(NamedTuple):
    """A license and what says so: `tag`, `head`, `file:PATH`, `package:PATH`; or the candidates."""

    license: str | None
    by: str | None = None
    candidates: tuple[str, ...] = ()


def is_evidence(path: str) -> bool:
    """Whether a file may say under what a folder is."""
    name = PurePosixPath(path).name
    if name in _PACKAGES:
        return True
    return bool(_LICENSE_FILE.match(name)) and name.rpartition(".")[2].lower() not in _NO_TEXT


class Licenses:
    """What a repository says of the licenses of its files, folder by folder."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, tuple[str, ...]]] = {}
        self.packages: dict[str, tuple[str, str]] = {}
        self.votes: Counter[str] = Counter()
        self.taken = self.asked = 0

    def add(self, path: str, data: bytes) -> None:
        """Take in a license file or the metadata of a package."""
        if self.taken >= MAX_FILES:
            return
        self.taken += 1
        place = PurePosixPath(path)
        folder, text = _find_folder(place), data[:MAX_FILE_BYTES].decode("utf-8", "replace")
        if place.name in _PACKAGES:
            if said := _read_package(place.name, text):
                self.packages.setdefault(folder, (said, path))
        else:
            self.files.setdefault(folder, {})[place.name] = judge_text(text)

    def vote(self, text: str) -> None:
        """Let a file's head say which version of the GPL is meant."""
        self.asked += 1
        self.votes.update(read_head(text).names)

    def find(self, path: str, text: str) -> FoundLicense:
        """The license of a file."""
        notice = read_head(text)
        if notice.names:
            return FoundLicense(notice.join(), "tag" if notice.tagged else "head")
        parents = [str(parent) for parent in PurePosixPath(path).parents]
        if notice.points:
            for folder in parents:
                if found := self._follow(folder, notice):
                    return found
        if notice.stated and not notice.points:
            return FoundLicense(None, "head")
        for folder in parents:
            if (found := self._judge_folder(folder, path)) is not None:
                return found
        return FoundLicense(None, "head" if notice.reserved else None)

    def _follow(self, folder: str, notice: Notice) -> FoundLicense | None:
        """What the files are that a head points to, if they are in this folder and known."""
        files = self.files.get(folder, {})
        wanted = {point.lower() for point in notice.points}
        chosen = [
            name for name in files if name.lower() in wanted or PurePosixPath(name).stem.lower() in wanted
        ]
        names = self._choose([name for file in chosen for name in files[file]])
        if not names or (len(names) > 1 and not notice.choice) or any(map(_BARE.match, names)):
            return None
        return FoundLicense(join_names(names, " OR "), f"file:{_join(folder, chosen[0])}")

    def _judge_folder(self, folder: str, path: str) -> FoundLicense | None:
        files, said = self.files.get(folder, {}), self.packages.get(folder)
        chosen = _choose_files(files, path[len(folder) + 1 :] if folder != "." else path)
        names = self._choose([name for file in chosen for name in files[file]])
        by = f"package:{said[1]}" if said else None
        if said and (not names or all(_strip(name) in said[0] for name in names)):
            return FoundLicense(said[0], by)
        if not chosen:
            return None
        if len(names) == 1 and not _BARE.match(names[0]):
            file = next(file for file in chosen if files[file])
            return FoundLicense(names[0], f"file:{_join(folder, file)}")
        open_ends = [name + end for name in names if _BARE.match(name) for end in _ENDS]
        return FoundLicense(
            None, "file", tuple(name for name in names if not _BARE.match(name)) + tuple(open_ends)
        )

    def _choose(self, names: Sequence[str]) -> list[str]:
        """Each license once; a bare GPL by version, the LGPL without the GPL that it adds permissions to."""
        known = list(dict.fromkeys(self._choose_version(name) for name in names))
        if any(name.startswith("LGPL") for name in known):
            return [name for name in known if not name.startswith("GPL")]
        return known

    def _choose_version(self, name: str) -> str:
        """A text of the GPL says no `-only` and no `-or-later`: the heads of other files do."""
        if not _BARE.match(name):
            return name
        counts = sorted((self.votes[name + end], name + end) for end in _ENDS)
        return counts[1][1] if counts[1][0] > _SURE * counts[0][0] else name


def _choose_files(files: Mapping[str, object], below: str) -> list[str]:
    """Of a folder's license files those that speak for a path below it.

    `LICENSE-docs` is for the folder `docs`; beside a plain `LICENSE`, other names (`LICENSE.zlib`) are for
    something else.
    """
    first = below.partition("/")[0].lower().rstrip("s") if "/" in below else None
    ends = {name: end[1].lower().rstrip("s") for name in files if (end := _SUFFIX.search(name))}
    own = [name for name in files if first and ends.get(name) == first]
    plain = [name for name in files if _PLAIN.match(name)]
    return own or plain or list(files)


def _find_folder(place: PurePosixPath) -> str:
    """The folder that a file speaks for: of a package's metadata (`.dist-info`) the one that these lie in."""
    about = [each for each in place.parents if each.suffix in (".dist-info", ".egg-info")]
    return str(about[0].parent if about else place.parent)


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _strip(name: str) -> str:
    return name.removesuffix("-only").removesuffix("-or-later")


def _read_package(name: str, text: str) -> str | None:
    """The license that a package's metadata name, if it is an expression of SPDX's."""
    try:
        said = _READERS.get(name, _read_header)(text)
    except (ValueError, RecursionError, AttributeError, TypeError):
        return None
    return read_expression(said) if isinstance(said, str) and len(said) < 200 else None


def _read_json(text: str) -> object:
    found = json.loads(text).get("license")
    if isinstance(found, list):
        return " OR ".join(found)
    return found.get("type") if isinstance(found, dict) else found


def _read_toml(text: str) -> object:
    table = tomllib.loads(text)
    about = table.get("project") or table.get("package") or table.get("tool", {}).get("poetry") or {}
    found = about.get("license")
    return found.get("text") if isinstance(found, dict) else found


def _read_header(text: str) -> object:
    head = text.split("\n\n", 1)[0]
    found = re.search(r"(?mi)^License-Expression: *(.+)$", head) or re.search(r"(?mi)^License: *(.+)$", head)
    return found[1] if found else None


def _read_pom(text: str) -> object:
    found = re.findall(r"<license>\s*<name>([^<]{1,200})</name>", text)
    return found[0] if len(found) == 1 else None


_READERS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(("package.json", "composer.json"), _read_json),
    **dict.fromkeys(("pyproject.toml", "Cargo.toml"), _read_toml),
    "pom.xml": _read_pom,
}
