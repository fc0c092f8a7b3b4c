"""Workers of this machine, and a scheduler in this process."""

import logging
import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any

import dask
import distributed

from winnow.pipelines.engine.work import heartbeat, tls
from winnow.pipelines.engine.work.cluster import OnDask, configure
from winnow.pipelines.engine.work.cluster_file import Local


@contextmanager
def end(cluster: distributed.LocalCluster, say: Callable[[str], None]) -> Iterator[distributed.LocalCluster]:
    """The cluster, closed in the end; workers that do not end in time are killed: their work is done."""
    done = False
    try:
        with cluster:
            yield cluster
            done = True
    except TimeoutError:
        if not done:
            raise
        say("workers did not end in time and were killed; what they did is whole")
        for process in multiprocessing.active_children():
            process.kill()


@contextmanager
def open_workers(
    asked: Local,
    say: Callable[[str], None],
    sign: heartbeat.Tell,
    dashboard: int | None,
    at_once: int = 1,
) -> Iterator[OnDask]:
    """Workers on this machine, for as long as it is open: some at once, the others when they have work.

    ConnectionError where they do not start.
    """
    workers, memory = asked.workers, str(asked.share(lambda _: None))
    with (
        dask.config.set(configure(asked.offer())),
        tls.make_keys(say) as keys,
        end(start(min(at_once, workers), memory, keys, dashboard), say) as cluster,
        distributed.Client(cluster) as client,
    ):
        shown = f", dashboard {client.dashboard_link}" if dashboard else ""
        say(f"{workers} workers{shown}" if workers > 1 else f"1 worker{shown}")
        yield OnDask(client, sign, say, (lambda: cluster.scale(workers)) if workers > at_once else None)


def _start_tracker() -> None:
    """Start the process that takes back what workers leave in shared memory: without its warnings of what it
    finds, and so that signals which are blocked stay so: Python lets them through to start it."""
    blocked, given = signal.pthread_sigmask(signal.SIG_BLOCK, ()), os.environ.get("PYTHONWARNINGS")
    os.environ["PYTHONWARNINGS"] = "ignore"
    try:
        resource_tracker.ensure_running()
    finally:
        os.environ.pop("PYTHONWARNINGS") if given is None else os.environ.update(PYTHONWARNINGS=given)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def start(
    workers: int, memory: str, keys: dict[str, Any], dashboard: int | None, host: str = "127.0.0.1"
) -> distributed.LocalCluster:
    """A scheduler in this process, which listens at an address of `host`, and workers of this machine.
    ConnectionError where they do not start, or where the port of the dashboard is taken."""
    if dashboard is not None:
        with socket.socket() as probe:  # Dask itself would take another port, and only warn
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", dashboard))
            except OSError as error:
                raise ConnectionError(f"--dashboard {dashboard}: {error.strerror}") from None
    _start_tracker()
    try:
        return distributed.LocalCluster(
            **keys,
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=memory,
            host=host,
            dashboard_address=f"127.0.0.1:{dashboard}" if dashboard else None,
            # Without a dashboard its server is there all the same, and warns where a second one is.
            scheduler_kwargs={} if dashboard else {"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        )
    except RuntimeError as error:
        raise ConnectionError(f"the workers did not start: {error.__cause__ or error}") from error
