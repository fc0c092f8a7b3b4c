"""`OUT/events.jsonl`: what happens in a run, a JSON object a line, for programs that watch it."""

import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from winnow.files import open_plain

FILE, EARLIER = "events.jsonl", "events.1.jsonl"
MOST_BYTES = 2**24
"""A file of so many becomes the earlier one, and the one that was so goes: a run keeps at most twice that."""
TOLD = (
    "rows_in",
    "kept",
    "dropped",
    "failed",
    "bytes_in",
    "bytes_out",
    "seconds",
    "cpu_seconds",
    "peak_bytes",
)
"""What an event tells of the receipt of a part."""


class Events:
    """The file in the folder of a run, of which a line is there as soon as it is told."""

    def __init__(self, out: Path) -> None:
        self.path = out / FILE
        self.file = open_plain(self.path, "ab")

    def tell(self, event: str, **told: Any) -> None:
        """Add a line: when (ISO 8601), what happened, and what belongs to that."""
        line = {
            "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "event": event,
            **told,
        }
        # Where the disk is full the run ends of that, and says so; no line of this shall hide it.
        with contextlib.suppress(OSError, ValueError):  # which a file raises that was closed by that
            self.file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self.file.flush()
            if self.file.tell() >= MOST_BYTES:
                self.close()
                self.path.replace(self.path.with_name(EARLIER))
                self.file = open_plain(self.path, "ab")

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):
            self.file.close()


def list_files(out: Path) -> list[Path]:
    """The files of events that a run may have."""
    return [out / FILE, out / EARLIER]


def describe_part(receipt: dict[str, Any]) -> dict[str, Any]:
    """What an event tells of a part that is done."""
    return {name: receipt[name] for name in TOLD if name in receipt}
