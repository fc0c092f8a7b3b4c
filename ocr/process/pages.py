"""Pages of one PDF, read in a child process that may die or hang: each such end costs one page.

A child stays for the next file (`ocr.process.child`), until it has read so many or grown so large.
"""

import json
import signal
from collections.abc import Iterator, Sequence
from typing import Any

from winnow import sandbox
from winnow.ocr.process.rescue import is_doubtful, open_other, read_other
from winnow.ocr.reader.page import find_other
from winnow.sandbox import Death, borrow

MAX_DEATHS = 20
KEPT = "the pages around it are kept"
BOUNDS = ("shell", "time", "deadline", "hang", "flood")  # ends of a child that another reader may not prolong
MAX_FILE_BYTES = 1_000_000_000  # of what the child says; the text of a large book is 10 MB


class ChildEnd(Exception):
    """The child gives no further line; the message says how it ended, `bound` whether the shell ended it."""

    def __init__(self, told: str, bound: str = "", kind: str = "") -> None:
        super().__init__(told)
        self.bound, self.kind = bound, kind


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
        return ChildEnd(told[death.kind], death.bound, death.kind)


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
    passwords: Sequence[str] = (),
) -> Iterator[dict[str, Any]]:
    """What the child says of the file (see `ocr.process.child`): the head, then each page in order; behind
    them those with errors or damage, as the other reader (`ocr.process.rescue`) has them if it has more.

    A page that crashes the child, or takes longer than `page_seconds`, comes as `{"page", "error"}`, and
    a new child goes on behind it. After `MAX_DEATHS` of them the rest is given up: `{"page", "lost"}`.
    """
    asked = {"path": path, "max_pages": max_pages, "page_seconds": page_seconds, "passwords": list(passwords)}
    asked |= {"languages": list(languages), "ocr": ocr, "pictures": pictures, "engine": engine}
    other = find_other(reader)
    answers = _read_by(asked, max_memory_mb, reader)
    head = next(answers)
    if other and is_doubtful(head):
        yield from open_other(head, lambda only: _read_by(asked, max_memory_mb, other, only), other)
        return
    yield head
    doubtful = []
    for answer in answers:
        if other and is_doubtful(answer):
            doubtful.append(answer)
        else:
            yield answer
    if doubtful:
        count = min(head["pages"], max_pages)
        yield from read_other(
            doubtful, count, lambda only: _read_by(asked, max_memory_mb, other, only), other
        )


def _read_by(
    asked: dict[str, Any], max_memory_mb: int, reader: str, only: Sequence[int] | None = None
) -> Iterator[dict[str, Any]]:
    """The head and the pages, all or `only` some, by one reader."""
    head: dict[str, Any] | None = None
    left: Sequence[int] = only or ()
    deaths = 0
    while head is None or left:
        before = left
        with borrow(Child, max_memory_mb, reader) as child:
            try:
                answers = child.ask(asked | {"only": only if head is None else list(left)})
                opened = next(answers)
                if "error" in opened:
                    list(answers)  # before it is told: who hears of an error asks for nothing more
                    yield opened if head is None else {"page": left[0], "lost": opened["error"]}
                    return
                if head is None:
                    head, left = opened, _list_pages(opened, asked, only)
                    before = left
                    yield head
                for page in answers:
                    left = left[1:]
                    yield page
            except ChildEnd as end:
                if end.bound and (child.jobs > 1 or left != before):
                    continue  # it spent the shell's time on other files and pages
                if head is None or not left:
                    yield from () if head else [_name_opening(end)]
                    return
                deaths += 1
                yield {"page": left[0], "bound": end.kind in BOUNDS, "error": f"the page {end}; {KEPT}"}
                left = left[1:]
                if deaths >= MAX_DEATHS and left:
                    bound = end.kind in BOUNDS  # asked of another, as many pages may take as long again
                    yield {"page": left[0], "bound": bound, "lost": f"{deaths} pages stopped the reader"}
                    return


def _list_pages(head: dict[str, Any], asked: dict[str, Any], only: Sequence[int] | None) -> Sequence[int]:
    count = min(head["pages"], asked["max_pages"])
    return range(count) if only is None else [number for number in only if number < count]


def _name_opening(end: ChildEnd) -> dict[str, Any]:
    hint = "raise that" if end.bound else "leave it out, or repair it with `qpdf`"
    return {"error": f"opening it {end}: {hint}", "bound": end.kind in BOUNDS}
