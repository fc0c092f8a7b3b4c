"""How many files a run, and each of its workers, may have open at once, and what memory a shell leaves it."""

import errno
import resource
import signal
import threading
import time

from winnow.pipelines.spec.recipe import RecipeError

LEAST = 256
"""A worker opens some 25, and libraries some more."""
MOST = 65_536
SPARE_SECONDS = 2  # in which a run that the shell ends says so
LEAST_DATA = 700_000_000  # bytes that the kernel counts: libraries map more than they use


def watch_time() -> None:
    """Where the shell bounds this process's time, have that end it by an OSError that says so, and not by the
    kernel's SIGKILL, which says nothing."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or threading.current_thread() is not threading.main_thread():
        return

    def stop(*_: object) -> None:
        if time.process_time() < hard - SPARE_SECONDS - 1:  # the clock of a step in this process
            signal.signal(signal.SIGXCPU, signal.SIG_DFL)
            signal.raise_signal(signal.SIGXCPU)
        told = f"this shell's bound on processor time (ulimit -t {hard}) is used up: raise it in a new shell"
        raise OSError(errno.EAGAIN, told)

    signal.signal(signal.SIGXCPU, stop)
    resource.setrlimit(resource.RLIMIT_CPU, (max(hard - SPARE_SECONDS, 1), hard))


def take() -> None:
    """Take as many as this process may have, as workers inherit. RecipeError where they are too few, or where
    the shell leaves less memory than libraries need to be loaded: each would tell that in its own way."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[0]
    if hard != resource.RLIM_INFINITY and hard < LEAST_DATA:
        raise RecipeError(
            f"a process may have {hard / 1e6:,.0f} MB of data here (ulimit -d {hard // 1024}), and needs"
            f" {LEAST_DATA / 1e6:.0f} MB to load its libraries: `ulimit -d unlimited` in a new shell"
        )
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    able = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if able < LEAST:
        raise RecipeError(
            f"a process may have {able} files open here, and a run needs {LEAST} at least: `ulimit -n 4096`"
            " in a new shell, or a higher limit from who administers this machine"
        )
    if soft != resource.RLIM_INFINITY and soft < able:
        resource.setrlimit(resource.RLIMIT_NOFILE, (able, hard))
