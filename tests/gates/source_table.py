"""A reader of a source on one true input, on one core: what came of its records, and what that cost.

Each is read in a process of its own, so that its peak of memory is its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# What stands before and behind every program, which sets `begun` and counts into `told`.
_BEFORE = "import json, sys, time\nfrom collections import Counter\ntold = Counter()\n"
_BEHIND = """
told.setdefault("seconds", time.process_time() - begun)
status = open("/proc/self/status").read()  # a process inherits ru_maxrss from the one that started it
told.setdefault("peak_mb", int(status.partition("VmHWM:")[2].split()[0]) / 1024)
print(json.dumps(told))
"""
_READ = """
from winnow.pipelines.spec.address import resolve
step, uri, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
read = resolve(step)
told["reasons"] = Counter()
begun = time.process_time()
for frame in read(uri, **settings):
    told["rows"] += frame.height
    bad, gone = frame["error"].is_not_null(), frame["drop_reason"].is_not_null()
    kept = frame.filter(~bad & ~gone)
    told["failed"] += int(bad.sum())
    told["dropped"] += int((gone & ~bad).sum())
    told["kept"] += kept.height
    told["text_bytes"] += int(kept["text"].str.len_bytes().sum())
    for name in ("license", "author", "thread", "date"):
        if name in kept.columns:
            told[name] += kept.height - kept[name].null_count()
    told["reasons"].update(frame.filter(gone & ~bad)["drop_reason"].to_list())
"""


def read(step: str, uri: str, **settings: Any) -> dict[str, Any]:
    """What a source step makes of a file: `rows`, `kept`, `dropped` (with `reasons`), `failed`, of those kept
    how many have a `license`, `author`, `thread`, `date`, `text_bytes`; CPU `seconds` and `peak_mb`."""
    return run(_READ, step, uri, json.dumps(settings))


def run(program: str, *arguments: str) -> dict[str, Any]:
    """What a program in Python counts into `told`, with the CPU `seconds` since it set `begun` and `peak_mb`.

    In a process of its own, on one core.
    """
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _BEFORE + program + _BEHIND, *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{arguments}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
