"""`OUT/run.log`: each line that runs in a folder said, with its time, and what a terminal's board showed."""

import contextlib
from datetime import datetime
from pathlib import Path

from winnow.files import open_plain

FILE = "run.log"


def begin(out: Path) -> Path:
    """The log of a folder, which is there from now on; OSError where it is a link."""
    with open_plain(out / FILE, "ab"):
        return out / FILE


def write(path: Path, text: str) -> None:
    """Add lines, which are fit to be shown already, each with the time (ISO 8601)."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    lines = "".join(f"{now} {line}\n" for line in text.split("\n"))
    # Where the disk is full the run ends of that, and says so; no line of its log shall hide it.
    with contextlib.suppress(OSError), open_plain(path, "a", encoding="utf-8") as file:
        file.write(lines)


def read_end(path: Path, most: int) -> list[str]:
    """The last lines; none where there is no log."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - most * 1000, 0))
        return file.read().decode("utf-8", "replace").splitlines()[-most:]
