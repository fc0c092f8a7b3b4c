"""Tasks of a run whose folder stands in a store: a worker, wherever it is, reads and commits there."""

import functools
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from winnow.files import MESSAGES
from winnow.pipelines.engine.disk import mirror, proof
from winnow.pipelines.engine.disk.mirror import Mirror
from winnow.pipelines.engine.disk.stamps import place_empty
from winnow.pipelines.engine.work import connections
from winnow.pipelines.engine.work.pools import Done, Pool
from winnow.pipelines.spec.recipe import Needs

Function = Callable[[Any], dict[str, Any]]


class OnStore:
    """A pool whose tasks commit to a store, and whose driver sees here what they gave."""

    def __init__(self, pool: Pool, of_run: Mirror, hosts: Sequence[str]) -> None:
        self.pool, self.mirror = pool, of_run
        self.on_store = functools.cache(
            lambda function: partial(run, function, of_run.store.url, tuple(hosts))
        )

    def capacity(self, needs: Needs = ()) -> int:
        """As the pool's own."""
        return self.pool.capacity(needs)

    def submit(self, function: Function, task: Any) -> None:
        """Begin a task."""
        self.pool.submit(self.on_store(function), task)

    def drop(self, task: Any) -> None:
        """As the pool's own."""
        self.pool.drop(task)

    def wait(self) -> Done | None:
        """As the pool's own; BlockingIOError where another driver took over."""
        done = self.pool.wait()
        self.mirror.check_held()
        if done and isinstance(done.outcome, dict):
            _note(self.mirror, done.task, done.outcome)
        return done


def reach(pool: Pool, out: Path, hosts: Sequence[str]) -> Pool:
    """The pool for a run in `out`: where that stands for a folder in a store, one that commits there."""
    found = mirror.find(out)
    return pool if found is None else OnStore(pool, found, hosts)


def run(function: Function, url: str, hosts: Sequence[str], task: Any) -> dict[str, Any]:
    """Run a task on a worker, in a folder of the name that the driver's has; the receipt that counts."""
    from winnow.pipelines.engine.disk import commit  # few runs need obstore

    out = task.folder.parent
    with mirror.work(out, url, task.run) as found:
        connections.write_hosts(out, hosts)
        receipt = commit.commit(found, task.folder, task.name, function(task))
        found.evict()
    return receipt


def _note(of_run: Mirror, task: Any, receipt: dict[str, Any]) -> None:
    """Show the part of a worker elsewhere, and have here what its step says on the screen."""
    from winnow.pipelines.engine.disk import commit

    place: Path = task.folder / "receipts" / f"{task.name}.json"
    if not place.exists():
        commit.show(of_run, task.folder, receipt)
        place_empty(place, len(proof.encode(place, receipt)), "")
    for inner in receipt["files"]:
        if inner.endswith(f"/{MESSAGES}"):
            mirror.fetch(task.folder / inner)
