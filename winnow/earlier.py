"""What an earlier version called otherwise, or let be set: modules of steps, groups, settings of both and
files, by `earlier.tsv`, which says what each is now."""

import functools
from pathlib import Path


@functools.cache
def _read() -> dict[tuple[str, str], str]:
    lines = (Path(__file__).parent / "earlier.tsv").read_text(encoding="utf-8").splitlines()
    return {(name, setting): now for name, setting, now in (line.split("\t") for line in lines)}


def find_name(name: str) -> str:
    """The name of today, also where an earlier version had another one."""
    return _read().get((name, ""), name)


def list_names(name: str) -> list[str]:
    """What earlier versions called what has this name today."""
    return [old for (old, setting), now in _read().items() if now == name and not setting]


def tell(name: str, setting: str = "") -> str:
    """What a `setting` of a step or a group is now, or a group or a file itself; else ""."""
    now = _read().get((name, setting), "")
    is_gone = now.startswith("always ")
    told = f"no setting any more, since nobody set it: it is {now}" if is_gone else f"`{now}` now"
    return f"is {told} (docs/migration.md)" if now else ""
