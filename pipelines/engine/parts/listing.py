"""Which files a source has, as its store lists them.

What a pattern matches is read, or is a failed row that says what it is; folders are told. Links are followed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import fsspec
from fsspec.utils import get_protocol

from winnow.pipelines.engine.parts.lists import options, read_paths
from winnow.pipelines.engine.parts.local import LocalFiles
from winnow.pipelines.engine.work import addresses
from winnow.pipelines.screen.redact import redact
from winnow.pipelines.spec import stores
from winnow.pipelines.spec.lines import Lines
from winnow.pipelines.spec.recipe import Recipe, RecipeError, Source

SHOWN = 10  # names of files that are not there
_LATER = (408, 425, 429)  # a server that says these is to be asked again
Place = tuple[str | int, ...]


class Refused(RecipeError):
    """A source is refused; `place` leads to what is wrong in its table."""

    def __init__(self, told: str, place: Place) -> None:
        super().__init__(told)
        self.place = place


@dataclass(frozen=True)
class File:
    """One input file, or a range of it: its name as the pattern gives it, where to read it, and its state.

    Read are the records that begin in the bytes [start, stop); without `stop`, all from `start` on.
    `refused` says of what cannot be read as a file what it is; it is not opened. Where its store was not
    asked, it is not `sized`: it is read whole, in a part of its own.
    """

    name: str
    uri: str
    size: int
    state: str
    start: int = 0
    stop: int | None = None
    refused: str = ""
    sized: bool = True

    @property
    def whole(self) -> bool:
        """Whether it is not a range."""
        return self.start == 0 and self.stop is None

    @property
    def length(self) -> int:
        """Bytes that are read of it; none where it is not `sized`."""
        return (self.size if self.stop is None else min(self.stop, self.size)) - self.start

    def describe(self) -> tuple[str, int, str, int, int]:
        """What makes a part that reads it another one: name, size, state, and the range."""
        return self.name, self.size, self.state, self.start, -1 if self.stop is None else self.stop


def list_sources(recipe: Recipe, say: Callable[[str], None] = lambda line: None) -> dict[str, list[File]]:
    """The files of each source; `say` is told of folders that a pattern matches.

    RecipeError, with its line, where a pattern matches nothing or a file that is named is not there, where
    two sources read one file, or where what is to be given to a corpus step is no file.
    """
    listed: dict[str, list[File]] = {}
    seen: dict[tuple[str, str], str] = {}
    lines = Lines(Path(recipe.name), recipe.text, recipe.places)
    for number, source in enumerate(recipe.sources.values()):
        try:
            listed[source.name] = list_files(source, say)
        except Refused as error:
            raise RecipeError(f"{lines.of('source', number, *error.place)}: {error}") from error.__cause__
        for file in listed[source.name]:
            if (other := seen.setdefault((source.domain, file.name), source.name)) != source.name:
                raise RecipeError(f"source {source.name!r}: {file.name} is read by {other!r} already")
            if source.read is None and file.refused:
                raise RecipeError(f"source {source.name!r}: {file.name} is {file.refused}")
    return listed


def list_files(source: Source, say: Callable[[str], None] = lambda line: None) -> list[File]:
    """All files of a source, each once, by name; Refused says what is wrong with which of its addresses.

    What is there and no file, such as a FIFO or a link to nothing, is kept: reading it fails, and the failure
    is recorded.
    """
    addresses.guard(addresses.list_addresses(source))
    found: dict[str, File] = {}
    missing: list[int] = []
    for number, pattern in enumerate(source.uris):
        place = ("uris", number)
        try:
            matches, folders = _expand(pattern)
        except FileNotFoundError:
            missing.append(number)
            continue
        except Exception as error:  # each store has exceptions of its own
            told = f"source {source.name!r}: {redact(pattern)!r} cannot be listed: {error}"
            raise Refused(told, place) from (None if isinstance(error, OSError) else error)
        told = _describe_folders(folders)
        if not matches and not source.optional:
            raise Refused(
                f"source {source.name!r}: {pattern!r} matches no file{told and f', only {told}'}; mend the"
                " pattern, or say `optional = true` if the source may be absent",
                place,
            )
        if told:
            say(f"source {source.name}: {pattern!r} matches {told}: what is in them is not read")
        for file in matches:
            _enter(source, file, found, place)
    if missing:
        _tell_missing(source, [redact(source.uris[number]) for number in missing], ("uris", missing[0]), say)
    for file in _list_paths(source, say) if source.lists else ():
        _enter(source, file, found, ("lists",))
    return [found[name] for name in sorted(found)]


def _tell_missing(source: Source, names: list[str], place: Place, say: Callable[[str], None]) -> None:
    """Files that are named and not there: all are told at once; they refuse the source, or are left out."""
    shown = ", ".join(map(repr, names[:SHOWN]))
    shown += f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    told = f"{shown} {'is' if len(names) == 1 else 'are'} not there"
    if not source.optional:
        hint = f"mend `{place[0]}`, or say `optional = true` if files may be absent"
        raise Refused(f"source {source.name!r}: {told}; {hint}", place)
    say(f"source {source.name}: {told}; the source is optional")


def _enter(source: Source, file: File, found: dict[str, File], place: Place) -> None:
    if found.setdefault(file.name, file).uri != file.uri:
        raise Refused(
            f"source {source.name!r}: two of its addresses are {file.name} but for what is taken for"
            " their signatures; leave one out, or put the files where their addresses differ",
            place,
        )


def _list_paths(source: Source, say: Callable[[str], None]) -> list[File]:
    """The files whose paths stand in the lists of a source. They are named by these: whichever server gives
    the files, their records have the same ids."""
    assert source.lists is not None
    paths: list[str] = []
    missing: list[int] = []
    for number, uri in enumerate(source.lists.uris):
        try:
            paths += read_paths(replace(source.lists, uris=(uri,)))
        except FileNotFoundError:
            missing.append(number)
        except Exception as error:  # each store has exceptions of its own
            raise Refused(f"source {source.name!r}: {redact(uri)}: {error}", ("lists", number)) from error
    if missing:
        names = [redact(source.lists.uris[number]) for number in missing]
        _tell_missing(source, names, ("lists", missing[0]), say)
    lists = ", ".join(map(redact, source.lists.uris))
    if not paths and not source.optional:
        how = "raise `share`" if source.lists.share is not None else "the list is empty, or of another kind"
        raise Refused(f"source {source.name!r}: none of the paths in {lists} is taken; {how}", ("lists",))
    for protocol in sorted({get_protocol(f"{source.lists.root}{path}") for path in paths}):
        if needed := stores.find_absent(f"{protocol}://"):
            raise Refused(f"source {source.name!r}: {lists}: {needed}", ("lists",))
    say(f"source {source.name}: {len(paths):,} paths of {lists}")
    files = {path: _name_file(path, source.lists.root) for path in paths}
    if absent := [path for path, file in files.items() if file is None]:
        _tell_missing(source, absent, ("lists",), say)
    return [file for file in files.values() if file is not None]


def _name_file(path: str, root: str) -> File | None:
    """A file by its path in a list; None where it is a local one and not there. Another store is not
    asked for it before it is read."""
    uri = f"{root}{path}"
    if get_protocol(uri) != "file":
        return File(redact(path), uri, 0, "", sized=False)
    system, name = LocalFiles(), uri.removeprefix("file://")
    try:
        info = system.info(name)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if info.get("type") == "directory":
        info = {"refused": "a folder, which a list of files names: leave it out"}
    refused = info.get("refused", "")
    where = str(system._strip_protocol(name))
    return File(
        path, where, 0 if refused else int(info.get("size") or 0), refused or _state(info), refused=refused
    )


def _describe_folders(folders: list[str]) -> str:
    if len(folders) > 1:
        return f"{len(folders):,} folders, such as {folders[0]}"
    return f"the folder {folders[0]}" if folders else ""


def _expand(pattern: str) -> tuple[list[File], list[str]]:
    """The files that a pattern matches, and the names of folders, where `**` does not enter them.

    FileNotFoundError where one file is named, and its store says that it is not there.
    """
    system, path = fsspec.core.url_to_fs(pattern, **options(pattern))
    local = get_protocol(pattern) == "file"
    if local:
        system = LocalFiles()
    details: dict[str, dict[str, Any]]
    # On the web a question mark begins the query.
    if any(mark in path for mark in ("*[" if path.startswith(("http://", "https://")) else "*?[")):
        details = system.glob(path, detail=True)
    else:
        try:
            details = {path: {**system.info(path), "type": "file"}}
        except NotADirectoryError as error:
            raise FileNotFoundError from error
        except FileNotFoundError as error:
            if _is_gone(path, error):
                raise
            details = {path: {"size": 0}}  # reading it says what is wrong
    files, folders = [], []
    for name in sorted(details):
        info = details[name]
        shown = _name(pattern, path, name, local).encode("utf-8", "surrogateescape")
        shown_name = shown.decode("utf-8", "backslashreplace")
        if info.get("type") == "directory":
            folders.append(shown_name)
            continue
        uri = name if local else system.unstrip_protocol(name)
        refused = info.get("refused", "")
        size = 0 if refused else int(info.get("size") or 0)
        files.append(File(shown_name, uri, size, refused or _state(info), refused=refused))
    return files, [] if path.endswith("**") else folders


def _is_gone(path: str, error: FileNotFoundError) -> bool:
    """Whether a store says of a file that it is not there; of one on the web fsspec says so, too, where the
    server is not there or is busy."""
    cause = error.__cause__
    if not path.startswith(("http://", "https://")) or cause is None or isinstance(cause, FileNotFoundError):
        return True
    status = getattr(cause, "status", 0)
    return 400 <= status < 500 and status not in _LATER


def _name(pattern: str, path: str, name: str, local: bool) -> str:
    """A local file is named as the pattern is written: ids do not depend on where a checkout lies; no name
    has a password or a signature, which would make another file of it when it is renewed."""
    if not local:
        return redact(name)
    if pattern.startswith("/"):
        return name
    bare = pattern.removeprefix("file://")
    root = path[: len(path) - len(bare)] if path.endswith(bare) else ""
    return name.removeprefix(root)


def _state(info: dict[str, Any]) -> str:
    """What changes when a file's content does, as far as its store tells without reading it."""
    for name in ("ETag", "etag", "md5Hash", "blob_id", "LastModified", "last_modified", "mtime"):
        if info.get(name):
            return str(info[name])
    return ""
