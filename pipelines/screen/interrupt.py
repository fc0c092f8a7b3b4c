"""Ctrl-C at any moment: one line, and nothing that was started is left behind.

What stands on disk is whole at any moment, so a command need not unwind, which would print what each library
has to say. One thread waits for the signal. All other threads, and all processes that they start, have it
blocked: workers and children do not hear of it, and are ended here.
"""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

CODE = 130
TOLD = "interrupted; the same command goes on from here"
PATIENCE_SECONDS = 2.0
WAKE = signal.SIGURG  # nothing comes of it where nobody handles it
CLOSED = bytes(1)

_actions: list[Callable[[], object]] = []


def watch() -> None:
    """Have Ctrl-C end this process so from now on, whatever its threads are at.

    Not where whoever started it ignores the signal (nohup) or has it blocked, and so sees to it.
    """
    ignored = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if ignored or signal.SIGINT in _block({signal.SIGINT}):
        return
    waiting = threading.Thread(target=_wait, name="ctrl-c", daemon=True)
    waiting.start()

    def stay(*_: object) -> None:
        """The main thread goes no further: else it would tell that its workers are gone."""
        signal.pthread_kill(waiting.ident or 0, signal.SIGINT)  # where another thread had it unblocked
        threading.Event().wait()

    signal.signal(signal.SIGINT, stay)


@contextlib.contextmanager
def catch() -> Iterator[None]:
    """Within it Ctrl-C raises KeyboardInterrupt in this thread alone, for who goes on after it, as a notebook
    does: processes that are started within do not hear of it. Only the main thread is interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    main, (reading, writing) = threading.get_ident(), os.pipe()
    os.set_blocking(writing, False)

    def listen() -> None:
        """The signal goes to this thread, or to one of a library; the main thread may wait for long."""
        while (heard := os.read(reading, 1)) != CLOSED:
            if heard[0] == signal.SIGINT:
                signal.pthread_kill(main, WAKE)

    handler = signal.signal(WAKE, lambda *_: None)
    place = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    listening = threading.Thread(target=listen, name="ctrl-c", daemon=True)
    listening.start()
    blocked = _block({signal.SIGINT})
    try:
        yield
    finally:
        os.write(writing, CLOSED)
        listening.join()
        signal.set_wakeup_fd(place)
        signal.signal(WAKE, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        os.close(reading)
        os.close(writing)


def _block(signals: set[signal.Signals]) -> set[int]:
    """Block signals in this thread and in those that it starts; those that were blocked before."""
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, signals))


@contextlib.contextmanager
def undo(action: Callable[[], object]) -> Iterator[None]:
    """Where Ctrl-C ends the process within this block, do this first."""
    _actions.append(action)
    try:
        yield
    finally:
        _actions.remove(action)


def _wait() -> None:
    signal.sigwait({signal.SIGINT})
    try:
        # Imported now, since no command shall wait for it, and not once the main thread stays in an import.
        import psutil  # noqa: F401

        _try(_undo)
        told = f"{os.linesep * sys.stderr.isatty()}{TOLD}{os.linesep}"
        os.write(2, told.encode())
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        _thread.interrupt_main()
        _try(_end_children)
    finally:
        os._exit(CODE)


def _try(action: Callable[[], object]) -> None:
    """Do it, or give it up: what it waits for may be held by a thread that stays where it is."""
    trying = threading.Thread(target=action, daemon=True)
    trying.start()
    trying.join(PATIENCE_SECONDS)


def _undo() -> None:
    for action in reversed(list(_actions)):
        with contextlib.suppress(Exception):
            action()


def _end_children() -> None:
    """Kill all that this process started, and what that started, until there is none: a nanny starts anew
    what it finds dead."""
    import psutil

    for _ in range(20):
        found = [one for one in psutil.Process().children(recursive=True) if _is_to_end(one)]
        if not found:
            return
        for one in found:
            with contextlib.suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(found, timeout=0.5)


def _is_to_end(process: Any) -> bool:
    """Not one that is dead, nor Python's own which takes back shared memory behind all the others."""
    import psutil

    try:
        own = any("resource_tracker" in word for word in process.cmdline())
        return process.status() != psutil.STATUS_ZOMBIE and not own
    except psutil.Error:
        return False
