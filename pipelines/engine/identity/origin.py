"""Who made a run: when, where, by which command and which state of our code."""

import shlex
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from winnow import __version__
from winnow.pipelines.screen.redact import redact_text

ROOT = Path(__file__).resolve().parents[3]


def describe(seconds: float = 0.0) -> dict[str, Any]:
    """What `run.json` says of a run that began so many seconds ago: `started` (UTC, ISO 8601), `host`,
    `command`, `version`, `commit` (null where the code stands in no clone; `+` behind it: with changes)."""
    began = datetime.now(UTC) - timedelta(seconds=seconds)
    command = shlex.join(sys.orig_argv).encode("utf-8", "backslashreplace").decode()
    return {
        "started": began.isoformat(timespec="seconds"),
        "host": socket.gethostname(),
        "command": redact_text(command),
        "version": __version__,
        "commit": find_commit(),
    }


def find_commit(root: Path = ROOT) -> str | None:
    """The commit of the clone that a folder is the root of, `+` behind it where files of it were changed."""

    def ask(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(root), *words], capture_output=True, text=True, check=True, timeout=10
        ).stdout.strip()

    if not (root / ".git").exists():
        return None
    try:
        return ask("rev-parse", "HEAD") + "+" * bool(ask("status", "--porcelain", "--untracked-files=no"))
    except (OSError, subprocess.SubprocessError):
        return None
