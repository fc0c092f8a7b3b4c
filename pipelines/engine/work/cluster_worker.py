"""What a worker of a cluster says of itself to the run that it works for, and how it leaves before its time
is over."""

import asyncio
import hashlib
import os
import random
import shutil
import socket
import sys
import tempfile
import time
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import winnow
from winnow.extras import read_requirements

ENDS = "WINNOW_ENDS"
"""The variable that says when a worker will be ended, in seconds since 1970."""
DRAIN_SHARE, DRAIN_SECONDS = 0.1, (30.0, 600.0)
"""A worker takes no new task in the last tenth of its time, between half a minute and ten minutes."""
LEAST_FREE = 1_000_000_000
"""Bytes for temporary files, below which a worker is told of."""
_SHOWN = 3


def describe() -> dict[str, Any]:
    """Host and versions, digests of our modules by their files, and where temporary files go, with the bytes
    that are free there.

    Nothing of the engine is imported for it: it is asked beside the task that a worker may be at.
    """
    folder = tempfile.gettempdir()
    return {
        "host": socket.gethostname(),
        "versions": {"Python": f"{sys.version_info[0]}.{sys.version_info[1]}", **_list_versions()},
        "files": _digest_files(Path(winnow.__file__).parent),
        "temporary": folder,
        "free": shutil.disk_usage(folder).free,
    }


def find_difference(ours: dict[str, Any], theirs: dict[str, Any]) -> str | None:
    """How the code of a worker is another than the run's, in a line; None where it is the same."""
    told = [
        f"{name} {there or 'is absent'}, and here {here or 'is absent'}"
        for name in sorted({*ours["versions"], *theirs["versions"]})
        if (here := ours["versions"].get(name)) != (there := theirs["versions"].get(name))
    ]
    names = sorted({*ours["files"], *theirs["files"]})
    other = [name for name in names if ours["files"].get(name) != theirs["files"].get(name)]
    if other:
        more = f" and {len(other) - _SHOWN} more" if len(other) > _SHOWN else ""
        told.append(f"winnow/{', winnow/'.join(other[:_SHOWN])}{more} are other files there")
    return "; ".join(told) or None


def _list_versions() -> dict[str, str]:
    """Of Winnow and of the packages that every run needs."""
    found = {"winnow": winnow.__version__}
    for name, (extra, _) in read_requirements().items():
        if not extra:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:  # of another Python than this
                continue
    return found


def _digest_files(root: Path) -> dict[str, str]:
    found = {}
    for folder, _, names in os.walk(root, followlinks=True):  # in a checkout the leaves are links
        for name in names:
            if name.endswith(".py"):
                path = Path(folder, name)
                digest = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
                found[str(path.relative_to(root))] = digest
    return found


def dask_setup(worker: Any) -> None:
    """What Dask calls where a worker is started with `--preload` of this module."""
    from winnow.pipelines.engine import corpus, shard  # noqa: F401  # before there are tasks

    if not (ends := os.environ.get(ENDS)):
        return
    left = float(ends) - time.time()
    least, most = DRAIN_SECONDS
    drain = min(max(left * DRAIN_SHARE, least), most, left / 2)
    # Not all of those that began together, which would leave the run without any.
    begin = left - drain * (1 + random.random() / 2)
    worker.io_loop.call_later(max(begin, 0), leave, worker, drain * 0.7)


async def leave(worker: Any, seconds: float) -> None:
    """Take no new task, let those at work come to their end within `seconds`, hand over what is done, and
    end: what was not done is done elsewhere."""
    retire = partial(worker.scheduler.retire_workers, workers=[worker.address], close_workers=False)
    until = time.monotonic() + seconds
    await retire(remove=False, stimulus_id=f"winnow-drain-{time.time()}")
    while (worker.state.executing_count or worker.data) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    await retire(remove=True, stimulus_id=f"winnow-leave-{time.time()}")
    await worker.close(nanny=True, reason="its time is over")
