"""What settings and groups of an earlier version are now, so that an old recipe is told by its own words."""

import functools
from pathlib import Path

import winnow


@functools.cache
def _read() -> dict[tuple[str, str], str]:
    lines = (Path(winnow.__file__).parent / "earlier_settings.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return {(use, setting): now for use, setting, now in rows}


def tell(use: str, setting: str = "") -> str:
    """Of a step or a group (`use`) what its `setting` is now, or of a group itself what it is called; else
    ""."""
    now = _read().get((use, setting), "")
    return f"{now} (docs/migration.md)" if now else ""
