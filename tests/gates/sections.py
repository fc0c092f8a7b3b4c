"""Which sections of a gate or bench run: those that ONLY= names (environment; commas or spaces between)."""

import os
import re
import sys
from collections.abc import Iterable


def read_words() -> list[str]:
    return re.findall(r"[^\s,]+", os.environ.get("ONLY", ""))


def choose(names: Iterable[str], usual: Iterable[str] | None = None) -> list[str]:
    """Those of `names` that run, in their order: what ONLY= names, else `usual`, else all.

    A name that is none of them ends the program with 1 before anything is measured.
    """
    names = list(names)
    words = read_words()
    refuse((word for word in words if word not in names), names)
    wanted = words or (names if usual is None else list(usual))
    return [name for name in names if name in wanted]


def refuse(unknown: Iterable[str], known: Iterable[str]) -> None:
    """End with 1 where a word of ONLY= is unknown."""
    if told := ",".join(unknown):
        sys.exit(f"ONLY={told}: there is no such section; there are: {', '.join(known)}")
