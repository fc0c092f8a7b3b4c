"""The folder of this machine that stands for a run in a store of objects (`OUT=s3://bucket/folder`).

All that works on a run works on its mirror: each object has its name and its size there, and its bytes from
the moment when somebody is about to read them (`fetch`). What a part gave is committed by its worker
(`disk.commit`); what else a run writes goes to the store as it is written, and what it removes by `push`.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from winnow.pipelines.engine.disk.stamps import ABSENT, is_stamp, make_stamp, mark, name_beside, place_empty
from winnow.pipelines.screen import terminal

if TYPE_CHECKING:
    from winnow.pipelines.engine.disk.object_store import Object, Store

SCHEMES = ("s3", "gs", "az")

TAKEDOWNS, STAGED, JOURNAL = "takedowns", "takedowns/.staged.tmp/", "takedowns/journal.json"
LEAST_FREE, ENOUGH_FREE, IDLE_SECONDS = 0.10, 0.20, 900.0
"""Below the first share of a disk, files go that nobody touched for so long, until the second is free."""

AT_ONCE = 16

_mirrors: dict[Path, "Mirror"] = {}  # of this process


class Mirror:
    """A run's folder here, and its objects there."""

    def __init__(self, folder: Path, store: "Store") -> None:
        self.folder, self.store = folder, store
        self.lease: Any = None  # of a driver (`disk.lease`)
        self.run = ""  # the run of which this process is a worker now; else it is the driver
        self.known = ""  # the run of which a worker knows what follows
        self.met: set[Path] = set()  # files that are what the store has
        self.shown: set[str] = set()  # folders
        self.logged: dict[Path, int] = {}
        self.sizes: dict[Path, int] = {}

    def name(self, path: Path) -> str:
        """The object that a file stands for."""
        return path.relative_to(self.folder).as_posix()

    def fetch(self, path: Path) -> None:
        """Have the bytes of a file here, if there is such an object; a worker has those of today."""
        if self.has(path):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with name_beside(path) as beside:
            try:
                mark(beside, self.store.download(self.name(path), beside))
                beside.replace(path)
                self.met |= {path} if self.run else set()
            except FileNotFoundError:
                path.unlink(missing_ok=True)

    def has(self, path: Path) -> bool:
        """Whether the bytes of a file are here; for a worker, those of today."""
        if path in self.met:
            return True
        about = path.stat() if path.is_file() else None
        if about is None or about.st_mtime_ns == ABSENT or self._is_stale(path, about.st_mtime_ns):
            return False
        self.met |= {path} if self.run else set()
        return True

    def find_size(self, path: Path) -> int:
        """The bytes of an object; FileNotFoundError where there is none."""
        if path not in self.sizes:
            if (found := self.store.head(self.name(path))) is None:
                raise FileNotFoundError(f"{self.store.url}/{self.name(path)}: no such object")
            self.sizes[path] = found.size
        return self.sizes[path]

    def _is_stale(self, path: Path, changed: int) -> bool:
        """Whether a worker's file is of a version that the store has no more; what a worker is about to
        commit is of none."""
        if not self.run or not is_stamp(changed):
            return False
        found = self.store.head(self.name(path))
        return found is None or make_stamp(found.tag) != changed

    def pull(self) -> None:
        """Show here what is there. What is here alone goes: no receipt is of it."""
        folders, beside = self.store.list_folders()
        here = {path.name for path in self.folder.glob("[!.]*") if path.is_dir()}
        self._show(beside, [path for path in self.folder.glob("[!.]*") if path.is_file()])
        for name in here.difference(folders):
            shutil.rmtree(self.folder / name)
        for name in folders:
            self.show(name)
        self.fetch_all([*self.folder.glob("[!.]*"), *(self.folder / TAKEDOWNS).rglob("*")])

    def fetch_all(self, paths: Iterable[Path]) -> None:
        """Have the bytes of files here that are read without a question."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self.fetch, [path for path in paths if path.is_file()]))

    def show(self, name: str) -> None:
        """As `pull`, of one folder."""
        local = [path for path in (self.folder / name).rglob("*") if path.is_file()]
        self._show(list(self.store.list_objects(name)), local)

    def _show(self, there: list["Object"], here: list[Path]) -> None:
        names = {each.name for each in there}
        for path in here:
            if self.name(path) not in names:
                path.unlink(missing_ok=True)
        for each in there:
            if _is_of_run(each.name) or each.name.startswith(STAGED):
                place_empty(self.folder / each.name, each.size, each.tag)

    def check_held(self) -> None:
        """BlockingIOError where another driver took over: what this one writes is nobody's any more."""
        if self.lease and self.lease.lost:
            raise BlockingIOError(self.lease.lost)

    def push(self, inner: str = "") -> None:
        """Have the store hold what is here, and nothing else, of a folder or of all. Of a take-down that is
        half done nothing: who finds its journal goes on with it, from what the journal names."""
        self.check_held()
        if (self.folder / JOURNAL).exists():
            return
        there = {each.name: each.tag for each in self.store.list_objects(inner)}
        here: set[str] = set()
        for path in sorted((self.folder / inner).rglob("*")):
            name = self.name(path)
            if _is_of_run(name) and path.is_file():
                here.add(name)
                changed = path.stat().st_mtime_ns
                if changed != ABSENT and (name not in there or make_stamp(there[name]) != changed):
                    self.put(path)
        gone = [name for name in there if name not in here and (_is_of_run(name) or name.startswith(STAGED))]
        self.store.delete(sorted(gone, key=lambda name: (name == JOURNAL, name)))

    def put(self, path: Path) -> None:
        """Write a file to the store, whatever stands there."""
        mark(path, self.store.put(self.name(path), path))

    def show_log(self, path: Path) -> None:
        """Write a file that grows to the store, as far as it is, where it has grown."""
        if path.is_file() and (size := path.stat().st_size) != self.logged.get(path, 0):
            self.store.put(self.name(path), path.read_bytes())
            self.logged[path] = size

    def put_staged(self) -> None:
        """Write to the store what a take-down has laid out, before there is a journal of it."""
        for path in sorted((self.folder / STAGED).rglob("*")):
            if path.is_file():
                self.put(path)

    def evict(self) -> None:
        """Where the disk is nearly full, files go that the store has and nobody touched for long."""
        usage = shutil.disk_usage(self.folder)
        free, before = usage.free, time.time() - IDLE_SECONDS
        if free > LEAST_FREE * usage.total:
            return
        known = [(path.stat(), path) for path in self.folder.rglob("[!.]*") if path.is_file()]
        for about, path in sorted(known, key=lambda one: one[0].st_atime):
            if free > ENOUGH_FREE * usage.total or about.st_atime > before:
                return
            if is_stamp(about.st_mtime_ns):
                path.unlink(missing_ok=True)
                place_empty(path, about.st_size, "")
                self.met.discard(path)
                free += about.st_size


def _is_of_run(name: str) -> bool:
    """Whether a name is one that a run keeps; others are of one machine, half written or lead elsewhere."""
    return bool(name) and not any(part.startswith(".") or not part for part in name.split("/"))


def is_address(text: str) -> bool:
    """Whether this names a folder in a store of objects."""
    return text.partition("://")[0] in SCHEMES and "://" in text


def open_folder(url: str, beside: bool = False) -> Path:
    """The folder for the run at an address, in TMPDIR, which shows what is there, or one `beside` it.
    StoreError where the store refuses."""
    url = url.rstrip("/")
    name = f"winnow-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
    mirror = enter(Path(tempfile.gettempdir()).resolve() / (f"{name}-beside" if beside else name), url)
    mirror.pull()
    return mirror.folder


def enter(folder: Path, url: str) -> Mirror:
    """The mirror in this process, made where there is none."""
    if folder not in _mirrors:
        from winnow.pipelines.engine.disk.object_store import Store, StoreError  # few runs need obstore

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.getuid():
            raise StoreError(f"{folder} is somebody else's: set TMPDIR to a folder of your own")
        _mirrors[folder] = Mirror(folder, Store(url))
        terminal.shown[str(folder)] = url
    return _mirrors[folder]


@contextmanager
def work(folder: Path, url: str, run: str) -> Iterator[Mirror]:
    """The mirror of a run in a process that works for it: from another host, or beside the driver."""
    mirror = enter(folder, url)
    mirror.run = run
    try:
        if mirror.known != run:
            mirror.met, mirror.shown, mirror.sizes, mirror.known = set(), set(), {}, run
            mirror.show(TAKEDOWNS)
            mirror.fetch_all((folder / TAKEDOWNS).rglob("*"))
        yield mirror
    finally:
        mirror.run = ""


def find(path: Path) -> Mirror | None:
    """The mirror that a path lies in; None of a run on this machine."""
    for folder, mirror in _mirrors.items():
        if folder == path or folder in path.parents:
            return mirror
    return None


def find_absent(path: Path) -> Mirror | None:
    """The mirror in which a worker has no bytes of a file that it may read in pieces."""
    if not _mirrors or (mirror := find(path)) is None or not mirror.run or mirror.has(path):
        return None
    return mirror


def fetch(path: Path) -> Path:
    """The path, whose bytes are here from now on, if there are any."""
    if _mirrors and (mirror := find(path)) and mirror.folder != path:
        mirror.fetch(path)
    return path


def fetch_all(folder: Path) -> None:
    """All bytes of a run, or of a folder of it, are here: many at once come sooner than one by one."""
    if _mirrors and (mirror := find(folder)):
        mirror.fetch_all(folder.rglob("[!.]*"))


def renew(path: Path) -> None:
    """As `fetch`, of a file that another host may have written anew meanwhile."""
    if _mirrors and (mirror := find(path)):
        mirror.met.discard(path)
        mirror.fetch(path)


def show(path: Path) -> None:
    """Have a worker see the folder of a stage that is whole, whoever made it."""
    if _mirrors and (mirror := find(path)) and mirror.run:
        stage = path.relative_to(mirror.folder).parts[0]
        if stage not in mirror.shown:
            mirror.show(stage)
            mirror.shown.add(stage)


def write_through(path: Path) -> None:
    """What the driver has written goes to the store, what a worker has when its part is whole."""
    if _mirrors and (mirror := find(path)) and not mirror.run and _is_of_run(mirror.name(path)):
        mirror.check_held()
        mirror.put(path)


def put_staged(out: Path) -> None:
    """What a take-down has laid out is in the store, before its journal is."""
    if _mirrors and (mirror := find(out)):
        mirror.put_staged()


def push(folder: Path) -> None:
    """What the driver changed or removed in a folder is so in the store."""
    if _mirrors and (mirror := find(folder)):
        mirror.push(folder.relative_to(mirror.folder).as_posix().removeprefix("."))
