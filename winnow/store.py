"""Answers of served models that were paid for: an SQLite file in a folder, which grows by a row at a time.

Before a request is sent a row says what it may cost at most, and when it has ended another one what it did
cost and what came of it. A first row without the second is a request that was under way when its process
died. Rows are written in groups, and each group is on the disk before what waits for it goes on, so that a
thousand requests a second need a few writes. Processes of several machines may share a file.
"""

import asyncio
import errno
import fcntl
import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from winnow import older_answers
from winnow.budget import Attempt
from winnow.files import open_plain

NAME = "answers.sqlite3"
LOST = "lost"
WAIT_SECONDS = 600.0  # for other processes that write: one that takes over a large store of older code, too
CURE = "and what it says may be asked and paid for again"
_TABLES = """
CREATE TABLE IF NOT EXISTS attempts (
  number INTEGER PRIMARY KEY, key BLOB NOT NULL, is_sent INTEGER NOT NULL, record TEXT NOT NULL,
  digest TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS attempts_by_key ON attempts (key);
CREATE TABLE IF NOT EXISTS taken_over (digest TEXT PRIMARY KEY);
"""
_ADD = "INSERT INTO attempts (key, is_sent, record, digest) VALUES (?, ?, ?, ?)"
_FIND = "SELECT * FROM attempts WHERE key = ? ORDER BY number"
_TAKE_OVER = "INSERT OR IGNORE INTO taken_over VALUES (?)"
Row = tuple[bytes, bool, str, str]


def make_key(*parts: str | bytes) -> bytes:
    """The name of a question: a digest of all that makes it this question and no other."""
    whole = [part if isinstance(part, bytes) else part.encode(errors="replace") for part in parts]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in whole)).digest()


class Store:
    """The answers in a folder, as `open_store` opens them."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection
        self._known: set[bytes] | None = None  # where no other process adds keys: most are asked for first
        self._lock = threading.Lock()  # what has come is on the disk before the file is closed
        self._waiting: list[Row] = []
        self._written: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    def read(self, key: bytes) -> list[Attempt]:
        """The attempts at a question; one that was sent and never heard of again is `lost`, at its full
        price. ValueError, with the row, where one is not what was written."""
        found: list[Attempt] = []
        sent: Attempt | None = None
        if self._known is not None and key not in self._known:
            return []
        with _tell(self.path):
            rows = self._connection.execute(_FIND, (key,)).fetchall()
        for number, _, is_sent, record, digest in rows:
            if digest != _digest(key, is_sent, record):
                cure = f"remove it (DELETE FROM attempts WHERE number = {number}), {CURE}"
                raise ValueError(f"{self.path}: row {number} is not what was written: {cure}")
            attempt = Attempt(**json.loads(record))
            found += [sent] if sent and is_sent else []
            found += [] if is_sent else [attempt]
            sent = attempt._replace(fault=LOST) if is_sent else None
        return found + ([sent] if sent else [])

    async def announce(self, key: bytes, attempt: Attempt) -> None:
        """Say that a question is sent, and what it may cost; on return it is on the disk."""
        await self._write(_make_row(key, True, attempt))

    async def conclude(self, key: bytes, attempt: Attempt) -> None:
        """Say what came of a question; on return it is on the disk, and only then it counts."""
        await self._write(_make_row(key, False, attempt))

    async def _write(self, row: Row) -> None:
        if self._known is not None:
            self._known.add(row[0])
        self._waiting.append(row)
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        done = self._written
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())
        await asyncio.shield(done)

    async def _flush(self) -> None:
        """Write what waits, group by group, until nothing waits."""
        while self._waiting and self._written:
            count, done, self._written = len(self._waiting), self._written, None
            try:
                await asyncio.to_thread(self._save, count)  # a disk may take its time
            except (OSError, ValueError) as error:  # what has come is written with what is next
                self._waiting[:count] = [row for row in self._waiting[:count] if not row[1]]
                done.set_exception(error)
            else:
                done.set_result(None)

    def _save(self, count: int) -> None:
        with self._lock:
            with self._begin():
                self._connection.executemany(_ADD, self._waiting[:count])
            del self._waiting[:count]

    @contextmanager
    def _begin(self) -> Iterator[None]:
        """All or nothing of what is written, and no other process meanwhile."""
        with _tell(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            with self._connection:
                yield

    def know_keys(self) -> None:
        """Look no key up from now on that is not there: some 100 bytes of memory for each that is."""
        with _tell(self.path):
            self._known = {key for (key,) in self._connection.execute("SELECT DISTINCT key FROM attempts")}

    def list_records(self) -> Iterator[tuple[str, Any]]:
        """Each row: its digest and what it says."""
        with _tell(self.path):
            for digest, record in self._connection.execute("SELECT digest, record FROM attempts"):
                yield digest, json.loads(record)

    def remove(self, digests: Iterable[str]) -> None:
        """Take rows away: their place on the disk is overwritten. What requests may cost stays."""
        with self._lock, self._begin():
            named = json.dumps(list(digests))
            wanted = "digest IN (SELECT value FROM json_each(?))"
            self._connection.execute(f"DELETE FROM attempts WHERE {wanted}", (named,))

    def take_over(self) -> None:
        """Put in what older code kept in files of JSON lines, and then remove these."""
        if not older_answers.list_files(self.path.parent):
            return
        with self._lock:
            self._connection.execute("PRAGMA cache_size = -65536")  # KiB: a third of the time for a large one
            with self._begin():
                files = older_answers.list_files(self.path.parent)
                for file in files:
                    with suppress(FileNotFoundError):  # another process has taken it over
                        self._take_over(file)
            for file in files:
                file.unlink(missing_ok=True)
                with suppress(OSError):  # not empty, or the store itself
                    file.parent.rmdir()

    def _take_over(self, file: Path) -> None:
        with file.open("rb") as lines:
            whole = hashlib.file_digest(lines, "sha256").hexdigest() + file.name
        if self._connection.execute(_TAKE_OVER, (whole,)).rowcount:  # else it could not be removed
            self._connection.executemany(_ADD, (_make_row(*told) for told in older_answers.read(file)))

    def close(self) -> None:
        """When what has ended is on the disk, also where nobody waits for it any more."""
        with self._lock:
            ended = [row for row in self._waiting if not row[1]]
            self._waiting = []
            try:
                if ended:
                    with self._begin():
                        self._connection.executemany(_ADD, ended)
            finally:
                self._connection.close()


@contextmanager
def open_store(folder: Path, alone: bool, say: Callable[[str], None] | None = None) -> Iterator[Store]:
    """The store in a folder, which is made where there is none; where `alone`, no other process asks with it
    meanwhile: one that does is waited for, which `say` is told, or both would pay for the same.

    What a store of older code holds is taken over. Raises ValueError where a file there is no store, or is
    damaged, and OSError where one is a link, or for what the disk says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        if alone:
            lock = opened.enter_context(open_plain(folder / "lock", "ab"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (fcntl.LOCK_NB if say else 0))
            except BlockingIOError:
                assert say
                say(f"waiting for another process that asks with the store {folder}")
                fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / NAME
        for name in (path, path.with_name(f"{NAME}-journal")):
            if name == path or name.is_symlink():
                open_plain(name, "ab").close()
        with _tell(path):
            connection = sqlite3.connect(path, WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            store = Store(path, connection)
            opened.callback(store.close)
            for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}").fetchall()
            connection.executescript(_TABLES)
        store.take_over()
        if alone:
            store.know_keys()
        yield store


def holds_answers(folder: Path) -> bool:
    """Whether a folder is a store of answers, or one of older code."""
    return (folder / NAME).exists() or bool(older_answers.list_files(folder))


@contextmanager
def _tell(path: Path) -> Iterator[None]:
    """What SQLite raises, as what it means to who asks."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            cure = f"put a copy of it back, or move it away, {CURE}"
            raise ValueError(f"{path} is damaged, or no store of answers ({error}): {cure}") from None
        if name.startswith("SQLITE_BUSY"):
            raise TimeoutError(f"{path}: another process has held it for {WAIT_SECONDS:g} s") from None
        number = errno.ENOSPC if name.startswith("SQLITE_FULL") else errno.EIO
        raise OSError(number, f"{error} ({name})", str(path)) from None


def _make_row(key: bytes, is_sent: bool, attempt: Attempt) -> Row:
    defaults = Attempt._field_defaults
    told = {name: value for name, value in attempt._asdict().items() if value != defaults[name]}
    record = json.dumps(told, separators=(",", ":"))
    return key, is_sent, record, _digest(key, is_sent, record)


def _digest(key: bytes, is_sent: bool, record: str) -> str:
    """Of a row, and of the question that it is of."""
    return hashlib.sha256(key + bytes([is_sent]) + record.encode()).hexdigest()[:32]
