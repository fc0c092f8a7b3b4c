"""Answers of models that were paid for and are kept in a `store`: those that say a stretch of what goes.

A store keeps a file for each question, or one file of all requests. A question's file goes whole; of the file
of requests the lines with such answers, so that what they did cost stays counted.
"""

import fcntl
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from winnow.pipelines.disk import lock, storage
from winnow.pipelines.forgotten import tables
from winnow.pipelines.report.figures import Account

_QUESTION = re.compile(r"[0-9a-f]{64}\.jsonl")  # the file of one question, as stores name it
REQUESTS = "requests.jsonl"  # the file of all
LINES = 1000  # that are looked at together


def find(account: Account, hits: tables.Hits, say: Callable[[str], None]) -> dict[str, list[str]]:
    """The files with such answers in all stores that the steps of a run name, with digests of their lines;
    says which store is not there from here."""
    steps = [step for stage in account.stages.values() for step in stage.steps]
    stores = sorted({Path(value).resolve() for step in steps for value in _list_stores(step["settings"])})
    found: dict[str, list[str]] = {}
    for store in stores:
        if not store.is_dir():
            say(f"the store {store} is not there from here: answers in it were not looked through")
        for path in sorted([*store.glob("??/*.jsonl"), *store.glob(REQUESTS)]):
            is_kept = path.name == REQUESTS or _QUESTION.fullmatch(path.name)
            found[str(path)] = _find_lines(path, hits) if is_kept else []
    return {path: lines for path, lines in found.items() if lines}


def remove(found: dict[str, list[str]], say: Callable[[str], None]) -> None:
    """Take answers out of their stores; what is done already is left. A run that asks with one is waited for:
    what it is told meanwhile would be written to a file that is gone."""
    for path, digests in ((Path(path), set(digests)) for path, digests in found.items()):
        if path.exists():
            with _hold(path.parent if path.name == REQUESTS else path.parent.parent, say):
                _remove(path, digests)


def _remove(path: Path, digests: set[str]) -> None:
    if path.name != REQUESTS:
        path.unlink(missing_ok=True)
        return
    with storage.replace(path) as beside, path.open("rb") as old, beside.open("wb") as new:
        new.writelines(line for line in old if _digest(line) not in digests)


@contextmanager
def _hold(store: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Be the one process that works with a store, by the file `lock` in it, as those that ask do."""
    with lock.open_plain(store / "lock", "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another process that asks with the store {store}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _find_lines(path: Path, hits: tables.Hits) -> list[str]:
    """Digests of the lines that say what goes."""
    found: list[str] = []
    with path.open("rb") as lines:
        while batch := list(itertools.islice(lines, LINES)):
            said = [list(_list_said(line)) for line in batch]
            told = iter(hits([text for texts in said for text in texts]))
            gone = [any(list(itertools.islice(told, len(texts)))) for texts in said]
            found += [_digest(line) for line, goes in zip(batch, gone, strict=True) if goes]
    return found


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _list_stores(settings: Any) -> Iterator[str]:
    for name, value in settings.items() if isinstance(settings, dict) else ():
        if isinstance(value, dict):
            yield from _list_stores(value)
        elif isinstance(value, str) and (name == "store" or name.endswith("_store")):
            yield value


def _list_said(line: bytes) -> Iterator[str]:
    try:
        yield from tables.list_strings(json.loads(line))
    except ValueError:  # empty, or the end of a write that the machine did not survive
        yield line.decode("utf-8", "replace")
