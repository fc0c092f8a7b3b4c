"""Gate: all of the mixer's gates, one after another; what each printed, and which fell short.

`make gate NAME=mix`. Needs `make data`, a finished run of the demo (OUT) and RegMix's tables (WINNOW_DATA).
ONLY ("planted_mix mix_ends") runs some of them.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

GATES = (
    "planted_mix",
    "planted_proxies",
    "calibration",
    "mix_adaptive",
    "mix_evidence",
    "mix_realised",
    "mix_changes",
    "mix_ends",
)


def main() -> int:
    short = []
    for name in os.environ.get("ONLY", " ".join(GATES)).split():
        print(f"\n== {name}", flush=True)
        begun = time.monotonic()
        code = subprocess.run(
            [sys.executable, Path(__file__).with_name(f"{name}.py")], check=False
        ).returncode
        print(f"== {name}: {'ok' if code == 0 else 'SHORT'}, {time.monotonic() - begun:.0f} s", flush=True)
        short += [name] if code else []
    print(f"\nshort: {', '.join(short) or 'none'}")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
