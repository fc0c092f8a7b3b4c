"""Which files a source has, as its store lists them."""

from dataclasses import dataclass
from typing import Any

import fsspec
from fsspec.utils import get_protocol

from pipelines.recipe import Recipe, RecipeError, Source


@dataclass(frozen=True)
class File:
    """One input file, or a range of it: its name as the pattern gives it, where to read it, and its state.

    Read are the records that begin in the bytes [start, stop); without `stop`, all from `start` on.
    """

    name: str
    uri: str
    size: int
    state: str
    start: int = 0
    stop: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is not a range."""
        return self.start == 0 and self.stop is None

    @property
    def length(self) -> int:
        """Bytes that are read of it."""
        return (self.size if self.stop is None else min(self.stop, self.size)) - self.start

    def describe(self) -> tuple[str, int, str, int, int]:
        """What makes a part that reads it another one: name, size, state, and the range."""
        return self.name, self.size, self.state, self.start, -1 if self.stop is None else self.stop


def list_sources(recipe: Recipe) -> dict[str, list[File]]:
    """The files of each source; RecipeError where a pattern matches nothing, or two sources read one file."""
    listed: dict[str, list[File]] = {}
    seen: dict[tuple[str, str], str] = {}
    for source in recipe.sources.values():
        listed[source.name] = list_files(source)
        for file in listed[source.name]:
            if (other := seen.setdefault((source.domain, file.name), source.name)) != source.name:
                raise RecipeError(f"source {source.name!r}: {file.name} is read by {other!r} already")
    return listed


def list_files(source: Source) -> list[File]:
    """All files of a source, each once, by name.

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
    return [found[name] for name in sorted(found)]


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
        shown = _redact(pattern, path, name, local).encode("utf-8", "surrogateescape")
        result.append(
            File(shown.decode("utf-8", "backslashreplace"), uri, int(info.get("size") or 0), _state(info))
        )
    return result


def _redact(pattern: str, path: str, name: str, local: bool) -> str:
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
