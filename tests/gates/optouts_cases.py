"""Cases of what is said of use, with what the specifications make of it: written before any answer was seen.

Of robots.txt RFC 9309; of Content-Usage IETF aipref's drafts of August 2026 (RFC 9651 for values); of
Content-Signal contentsignals.org; of reservations the TDM Reservation Protocol; of noai the convention of
`X-Robots-Tag`. `N` is disallowed, `Y` allowed, `-` unknown; the agent is GPTBot unless another is named.
The signal `all` is across signals: any disallow, else any allow, else unknown. In
`golds/optouts_cases.jsonl` a file that is no UTF-8 stands in hexadecimal digits, a long one by what of it
comes how many times.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple


class Case(NamedTuple):
    """What a site's files and a page's header and metas say, and what holds by one signal for one agent."""

    signal: str
    value: str
    robots: str | bytes | None = None
    header: tuple[tuple[str, str], ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    tdmrep: str | None = None
    ai_txt: str | None = None
    path: str = "/a/b.html"
    agent: str = "gptbot"


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(tuple, value))
    if not isinstance(value, dict):
        return value
    if "hex" in value:
        return bytes.fromhex(value["hex"])
    return value["before"] + value["times"] * value["of"] + value["then"]


def read_cases() -> list[Case]:
    text = (Path(__file__).parent / "golds/optouts_cases.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    return [Case(**{name: _read(value) for name, value in row.items()}) for row in rows]


CASES = read_cases()
