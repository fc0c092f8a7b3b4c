"""How much memory a worker may take, as the command line says it."""

import re
from collections.abc import Callable

from winnow.pipelines.spec.recipe import RecipeError

LEAST = 500_000_000
"""Bytes that a worker needs: idle it takes 135 MB, with the models and loops of `groups/prose.toml` it is
lost at 320 MB and works at 400."""
_UNITS = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(|[kmgt]i?)b?", re.IGNORECASE)


def parse(memory: str, workers: int = 0) -> int | None:
    """`4GB` to bytes; None for `auto`. `workers` share it, as a cluster's file says; else it is each one's.
    RecipeError where it is no size, or too little for a worker."""
    if memory == "auto":
        return None
    said = f"memory: {memory}" if workers else f"--memory {memory}"
    if not (found := _SIZE.fullmatch(memory.strip())):
        raise RecipeError(f"{said}: write it like 4GB")
    size = int(float(found[1]) * _UNITS[found[2].lower()]) // max(workers, 1)
    if size < LEAST:
        told = f"{said} is {size / 1e6:,.0f} MB for each worker, which needs {LEAST / 1e6:.0f} MB at least"
        mend = "--memory 1GB, and fewer --workers where that is too much (make: MEMORY= WORKERS=)"
        raise RecipeError(told if workers else f"{told}: {mend}")
    return size


def share(size: int | None, workers: int, say: Callable[[str], None]) -> int:
    """The bytes of each worker: `size`, else an even share of the machine; says where all of them are more
    than that has. RecipeError where fewer workers would have what they need."""
    import distributed.system  # what the machine has, or this process of it

    has = int(distributed.system.MEMORY_LIMIT)
    workers = max(workers, 1)
    each = size or has // workers
    fit = max(has // LEAST, 1)
    if each < LEAST and workers > fit:
        raise RecipeError(
            f"--workers {workers}: of the machine's {has / 1e9:.1f} GB each would have {each / 1e6:,.0f} MB,"
            f" and needs {LEAST / 1e6:.0f} MB at least: --workers {fit} (make: WORKERS={fit})"
        )
    if each < LEAST:
        say(f"warning: this machine has {each / 1e6:,.0f} MB; most stages need {LEAST / 1e6:.0f} MB")
    if each * workers > has:
        all_of_them = f"{workers} workers may take {each * workers / 1e9:.1f} GB together (--memory)"
        say(f"warning: {all_of_them}, and the machine has {has / 1e9:.1f} GB")
    return each
