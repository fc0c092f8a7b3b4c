"""Pages of one PDF, read in a child process that may die or hang: each such end costs one page.

A child stays for the next file (`ocr.process.child`), until it has read so many or grown so large.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from typing import Any

from winnow import sandbox
from winnow.sandbox import Death, borrow

MAX_DEATHS = 20
MAX_FILE_BYTES = 1_000_000_000  # of what the child says; the text of a large book is 10 MB


class ChildEnd(Exception):
    """The child gives no further line; the message says how it ended, `bound` whether the shell ended it."""

    def __init__(self, told: str, bound: str = "") -> None:
        super().__init__(told)
        self.bound = bound


class Child(sandbox.Child):
    """A process that reads PDFs, one after the other."""

    def __init__(self, max_memory_mb: int, reader: str) -> None:
        self.max_memory_mb, module = max_memory_mb, "winnow.ocr.process.child"
        super().__init__(module, max_memory_mb, reader, OMP_THREAD_LIMIT="1", OMP_NUM_THREADS="1")

    def ask(self, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """What the child says to a request, up to its end; ChildEnd where an answer does not come in time, or
        the child is dead. ImportError where it cannot even start."""
        left, seconds = MAX_FILE_BYTES, request["page_seconds"]
        try:
            self.send(json.dumps(request).encode())
            while "end" not in (answer := json.loads(message := self.receive(seconds, left))):
                left -= len(message)
                yield answer
        except Death as death:
            raise self._name_end(death, seconds) from None
        self.busy = False
        if answer["end"] > self.max_memory_mb / 2:
            self.jobs = sandbox.MAX_JOBS  # a large file leaves a large process

    def _name_end(self, death: Death, seconds: float) -> Exception:
        ended = death.kind in ("exit", "signal", "shell")
        if self.fresh and ended and death.code != -signal.SIGXCPU:
            return ImportError(f"the reader of PDFs cannot start ({death})")
        allowed = seconds + (sandbox.START_SECONDS if self.fresh else 0)
        told = {
            "shell": f"was ended by {death.bound}",
            "time": "took too much processor time",
            "deadline": f"took longer than {allowed:g} s of processor time",
            "hang": f"did nothing for {sandbox.HANG_SECONDS:g} s",
            "flood": f"gave more than {MAX_FILE_BYTES:,} bytes of text and places",
            "signal": f"crashed the reader ({death})",
            "exit": f"ended the reader ({death})",
        }
        return ChildEnd(told[death.kind], death.bound)


def read_pages(
    path: str,
    *,
    page_seconds: float,
    max_memory_mb: int,
    max_pages: int,
    languages: Sequence[str] = ("eng",),
    ocr: bool = True,
    pictures: str = "",
    engine: str = "tesseract",
    reader: str = "mupdf",
) -> Iterator[dict[str, Any]]:
    """What the child says of the file (see `ocr.process.child`): the head, then each page in order.

    A page that crashes the child, or takes longer than `page_seconds`, comes as `{"page", "error"}`, and
    a new child goes on behind it. After `MAX_DEATHS` of them the rest is given up: `{"page", "lost"}`.
    """
    asked = {"path": path, "max_pages": max_pages, "page_seconds": page_seconds}
    asked |= {"languages": list(languages), "ocr": ocr, "pictures": pictures, "engine": engine}
    head: dict[str, Any] | None = None
    following, deaths = 0, 0
    while head is None or following < min(head["pages"], max_pages):
        first = following
        with borrow(Child, max_memory_mb, reader) as child:
            try:
                answers = child.ask(asked | {"first": following})
                opened = next(answers)
                if "error" in opened:
                    list(answers)  # before it is told: who hears of an error asks for nothing more
                    yield opened if head is None else {"page": following, "lost": opened["error"]}
                    return
                if head is None:
                    head = opened
                    yield head
                for page in answers:
                    following += 1
                    yield page
            except ChildEnd as end:
                if end.bound and (child.jobs > 1 or following > first):
                    continue  # it spent the shell's time on other files and pages
                if head is None:
                    hint = "raise that" if end.bound else "leave it out, or repair it with `qpdf`"
                    yield {"error": f"opening it {end}: {hint}"}
                    return
                deaths += 1
                yield {"page": following, "error": f"the page {end}; the pages around it are kept"}
                following += 1
                if deaths >= MAX_DEATHS and following < min(head["pages"], max_pages):
                    yield {"page": following, "lost": f"{deaths} pages stopped the reader"}
                    return
