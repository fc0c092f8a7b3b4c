"""Masks on ordinary texts that were read one by one: which are false.

`golds/privacy_read.jsonl` has a line for each mask: the SHA-256 (24 digits) of the mask with 80 characters
before and behind, its kind, the verdicts of two readings, the one that counts, the class of what is false,
and the page. Mail is not read: its form proves it. The rules:

- `true`: an IPv4 or IPv6 address of the public net, or the base of a net, that stands as that of a machine
  or net that exists (logs, pings, names of real hosts); a phone number that can be dialled by its plan and
  stands as somebody's, a firm's too; a postal address of somebody, of an office too; a card's number.
- `example`: such an address or number that was made up for a manual, or is said of a firm that is none, but
  that could be routed or dialled. It counts as false.
- `false`: private, reserved and computed addresses, masks of nets, versions, sections, dates, seconds.

The first reading went by kind and page, the second by groups of the same mask in a page in a drawn order,
with less around them; both were made by one language model, the second after the first. Where they differ,
the harder verdict counts.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

AROUND = 80


class Verdicts(NamedTuple):
    """Masks that are false as read (of these, not read), true ones, and classes of the false."""

    false: int
    unread: int
    true: int
    classes: Counter[str]
    agreed: int
    read: int


def key(text: str, start: int, end: int) -> str:
    """What a mask is known by, also where its page changes elsewhere."""
    return hashlib.sha256(text[max(0, start - AROUND) : end + AROUND].encode()).hexdigest()[:24]


def judge(masks: Iterable[tuple[str, str, int, int]]) -> Verdicts:
    """Counts of `masks` (text, kind, start, end) by the verdicts; one that was not read is false."""
    path = Path(__file__).parent / "golds/privacy_read.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    known = {(row[0], row[1]): row for row in rows}
    classes: Counter[str] = Counter()
    true = read = agreed = 0
    for text, kind, start, end in masks:
        row = known.get((key(text, start, end), kind))
        read += row is not None
        agreed += row is not None and row[2] == row[3]
        if row is not None and row[4] == "true":
            true += 1
        else:
            classes[row[5] if row else "not read"] += 1
    return Verdicts(sum(classes.values()), classes["not read"], true, classes, agreed, read)
