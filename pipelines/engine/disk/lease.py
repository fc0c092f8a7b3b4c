"""One driver at a time for a run in a store of objects: who wrote the lease there, and renews it, holds it.

A lease that nobody renews for `PATIENCE_SECONDS`, by the clock of who waits, is taken over; one of a process
of this machine that is no more at once. A driver whose lease was taken over stops.
"""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import psutil

from winnow.pipelines.engine.disk.mirror import Mirror
from winnow.pipelines.engine.disk.object_store import Store, StoreError, Taken, abort_uploads

NAME = ".lock"
BEAT_SECONDS, PATIENCE_SECONDS, LOOK_SECONDS = 10.0, 60.0, 1.0
LOG, LOG_BEATS = "run.log", 6
"""What is shown to who asks how a run stands, each so many beats: a bucket may keep all versions of it."""


class Lease:
    """A lease that this process holds."""

    def __init__(self, store: Store) -> None:
        self.store, self.beats, self.lost = store, 0, ""
        self.about = {
            "host": socket.gethostname(),
            "process": os.getpid(),
            "began": psutil.Process().create_time(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
            "token": uuid.uuid4().hex,
        }
        self.tag = ""

    def acquire(self) -> None:
        """BlockingIOError where another driver holds it, StoreError where the store cannot tell two apart."""
        try:
            self.tag = self.store.put_new(NAME, self._encode())
        except Taken:
            self._take_over()
        try:
            self.store.put_new(NAME, self._encode())
        except Taken:
            return
        self.release()
        told = "it lets a second object take the place of the first, though asked not to (If-None-Match)"
        raise StoreError(f"{self.store.url}: this store cannot hold a run: {told}")

    def _take_over(self) -> None:
        found = self.store.read(NAME)
        if found is None:  # it was let go just now
            raise BlockingIOError(f"another run is under way in {self.store.url}, or has just ended")
        holder, tag = _read_holder(found[0]), found[1]
        waited = time.monotonic() + (0.0 if _is_gone(holder) else PATIENCE_SECONDS)
        while time.monotonic() < waited:
            time.sleep(LOOK_SECONDS)
            now = self.store.head(NAME)
            if now is None or now.tag != tag:
                raise BlockingIOError(f"another run is under way in {self.store.url}: {describe(holder)}")
        try:
            self.tag = self.store.put_same(NAME, self._encode(), tag)
        except Taken:
            raise BlockingIOError(f"another run is under way in {self.store.url}") from None

    def renew(self) -> None:
        """Say that this driver lives; where another one took over, `lost` says so from then on."""
        self.beats += 1
        try:
            self.tag = self.store.put_same(NAME, self._encode(), self.tag)
        except Taken:
            found = self.store.read(NAME)
            if found and _read_holder(found[0]).get("token") == self.about["token"]:
                self.tag = found[1]  # the answer to a beat was lost on its way
            else:
                holder = f": {describe(_read_holder(found[0]))}" if found else ""
                self.lost = f"another run took over {self.store.url}{holder}"
        except OSError:
            return  # there may be an answer at the next beat

    def release(self) -> None:
        """Let go, unless another one holds it."""
        if not self.lost:
            self.store.delete([NAME])

    def _encode(self) -> bytes:
        return json.dumps({**self.about, "beats": self.beats}).encode()


def _read_holder(data: bytes) -> dict[str, Any]:
    """What a lease says of who holds it; of what is none, nothing."""
    with suppress(ValueError):
        if isinstance(told := json.loads(data), dict):
            return told
    return {}


def describe(holder: dict[str, Any]) -> str:
    """Who holds a lease, in words."""
    process, host, since = (holder.get(name, "?") for name in ("process", "host", "since"))
    return f"process {process} on {host}, since {since}"


def _is_gone(holder: dict[str, Any]) -> bool:
    """Whether it is a process of this machine that is no more."""
    if holder.get("host") != socket.gethostname() or not isinstance(holder.get("process"), int):
        return False
    with suppress(psutil.NoSuchProcess, ValueError):
        return bool(psutil.Process(holder["process"]).create_time() != holder.get("began"))
    return True


@contextmanager
def hold(mirror: Mirror) -> Iterator[None]:
    """Hold the lease of a run, and have the store hold in the end what the mirror does."""
    lease, over = Lease(mirror.store), threading.Event()
    lease.acquire()
    try:
        abort_uploads(mirror.store.url)
    except OSError:
        lease.release()
        raise

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            lease.renew()
            if lease.beats % LOG_BEATS == 0:
                with suppress(OSError):
                    mirror.show_log(mirror.folder / LOG)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    mirror.lease = lease
    try:
        yield
    finally:
        over.set()
        thread.join()
        mirror.lease = None
        if not lease.lost:
            try:
                mirror.push()
            finally:
                lease.release()


def is_at_work_here(store: Store) -> bool:
    """Whether another process of this machine holds the lease: its folder here has what is not in the store
    yet."""
    found = store.read(NAME)
    holder = _read_holder(found[0]) if found else {}
    here = holder.get("host") == socket.gethostname() and holder.get("process") != os.getpid()
    return here and not _is_gone(holder)


def is_held(store: Store) -> bool:
    """Whether a driver holds the lease: it was renewed not long ago, by the clock of this machine."""
    found = store.head(NAME)
    return found is not None and (datetime.now(UTC) - found.changed).total_seconds() < 2 * PATIENCE_SECONDS
