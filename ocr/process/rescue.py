"""What one reader cannot open or read, asked of the other, in a child with the same bounds.

A page of which the other reads no text does not take the place of one that failed: it may be blank because
it is damaged. What failed for a bound (time, memory, pixels) is not asked again.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Answer = dict[str, Any]
Ask = Callable[[Sequence[int] | None], Iterator[Answer]]
MORE = 1.2  # letters of a damaged page: less is by how readers set spaces and hyphens


def is_doubtful(answer: Answer) -> bool:
    """Whether another reader may have more of a page, or of a file."""
    failed = "error" in answer or "lost" in answer
    return not answer.get("bound") and (failed or "damage" in answer.get("about", {}))


def open_other(first: Answer, ask: Ask, reader: str) -> list[Answer]:
    """A file that was not opened as the other reader has it: head and pages; or `first`, its error, alone."""
    answers = ask(None)
    head = next(answers)
    if "error" in head:
        return [first]
    found = [_mark(each, reader, first["error"]) if _count(each) else each for each in answers]
    empty = {"error": f"{first['error']}; {reader} reads nothing of it"}
    pages = [each if _count(each) or "lost" in each else {"page": each["page"], **empty} for each in found]
    return [head | {"repaired": True}, *pages] if any(map(_count, found)) else [first]


def read_other(doubtful: Sequence[Answer], count: int, ask: Ask, reader: str) -> Iterator[Answer]:
    """Each doubtful page of `count`, as that reader has it who reads more."""
    pages: dict[int, Answer] = {}
    for each in doubtful:
        given_up = range(each["page"], count) if "lost" in each else (each["page"],)
        pages |= dict.fromkeys(given_up, each)
    answers = ask(sorted(pages))
    if "error" not in next(answers):
        for answer in answers:
            first = pages.get(answer["page"])
            if first is not None and _count(answer) > MORE * _count(first):
                why = first.get("error") or first.get("lost") or first["about"]["damage"]
                pages[answer["page"]] = _mark(answer, reader, why)
    told = [page for page in pages.values() if "lost" not in page]
    left = [number for number, page in pages.items() if "lost" in page]
    if left and len(left) == count - left[0]:
        told.append(pages[left[0]] | {"page": left[0]})
    else:
        told += [{"page": number, "error": pages[number]["lost"]} for number in left]
    yield from sorted(told, key=lambda page: int(page["page"]))


def _count(answer: Answer) -> float:
    """Letters of a page, by how much they look like a language's."""
    letters = sum(len(line[8]) for line in answer.get("lines", ()))
    return letters * float(answer.get("about", {}).get("quality", 1.0))


def _mark(answer: Answer, reader: str, why: str) -> Answer:
    return answer | {"about": answer["about"] | {"rescued": f"read by {reader}", "damage": why}}
