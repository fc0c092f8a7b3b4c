"""From a recipe's sources to numbered parts.

A part is a run of input files of one source, together about `part_bytes` large. Its number is given
once, over all sources in the recipe's order, and survives every stage of shard steps: a dropped id
is traced back to its text by the number alone.
"""

from dataclasses import dataclass
from typing import Any

import fsspec
from fsspec.utils import get_protocol

from pipelines.recipe import Recipe, RecipeError, Source


@dataclass(frozen=True)
class File:
    """One input file: its name as the recipe's pattern gives it, the place to read it, and its state."""

    name: str
    uri: str
    size: int
    state: str


@dataclass(frozen=True)
class Part:
    """Files that are read together and stay together."""

    number: int
    source: str
    files: tuple[File, ...]


def part_name(number: int) -> str:
    """`part-00017`."""
    return f"part-{number:05d}"


def parts(recipe: Recipe) -> dict[str, list[Part]]:
    """The parts of each source, numbered over all sources; RecipeError where a pattern matches nothing."""
    planned: dict[str, list[Part]] = {}
    number = 0
    seen: dict[tuple[str, str], str] = {}
    for source in recipe.sources.values():
        planned[source.name] = []
        found = files(source)
        for file in found:
            if (other := seen.setdefault((source.domain, file.name), source.name)) != source.name:
                raise RecipeError(f"source {source.name!r}: {file.name} is read by {other!r} already")
        for group in _groups(found, source.part_bytes):
            planned[source.name].append(Part(number, source.name, tuple(group)))
            number += 1
    return planned


def files(source: Source) -> list[File]:
    """All files of a source, each once, patterns in the recipe's order, names sorted within a pattern.

    A name without wildcards that is not there is kept: reading it fails, and the failure is recorded.
    """
    found: dict[str, File] = {}
    for pattern in source.uris:
        try:
            matches = _expand(pattern)
        except Exception as error:  # each store has exceptions of its own
            raise RecipeError(f"source {source.name!r}: {pattern!r} cannot be listed: {error}") from error
        if not matches and not source.optional:
            raise RecipeError(
                f"source {source.name!r}: {pattern!r} matches no file; mend the pattern, or say"
                " `optional = true` if the source may be absent"
            )
        for file in matches:
            found.setdefault(file.name, file)
    return list(found.values())


def _expand(pattern: str) -> list[File]:
    system, path = fsspec.core.url_to_fs(pattern)
    local = get_protocol(pattern) == "file"
    if any(mark in path for mark in "*?["):
        details: dict[str, dict[str, Any]] = system.glob(path, detail=True)
        details = {name: info for name, info in details.items() if info["type"] == "file"}
    else:
        try:
            details = {path: system.info(path)}
        except FileNotFoundError:
            details = {path: {"size": 0, "missing": True}}
    result = []
    for name in sorted(details):
        info = details[name]
        uri = name if local else system.unstrip_protocol(name)
        shown = _shown(pattern, path, name, local).encode("utf-8", "surrogateescape")
        result.append(
            File(shown.decode("utf-8", "backslashreplace"), uri, int(info.get("size") or 0), _state(info))
        )
    return result


def _shown(pattern: str, path: str, name: str, local: bool) -> str:
    """A local file is named as the pattern is written: ids do not depend on where a checkout lies."""
    if not local or pattern.startswith("/"):
        return name
    bare = pattern.removeprefix("file://")
    root = path[: len(path) - len(bare)] if path.endswith(bare) else ""
    return name.removeprefix(root)


def _state(info: dict[str, Any]) -> str:
    """What changes when a file's content does, as far as its store tells without reading it."""
    for name in ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime"):
        if info.get(name):
            return str(info[name])
    return "missing" if info.get("missing") else ""


def _groups(found: list[File], part_bytes: int) -> list[list[File]]:
    groups: list[list[File]] = []
    filled = 0
    for file in found:
        if not groups or filled + file.size > part_bytes:
            groups.append([])
            filled = 0
        groups[-1].append(file)
        filled += file.size
    return groups
