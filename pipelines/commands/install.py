"""Install what a lock file pins, and say how far it is.

`python -m winnow.pipelines.commands.install LOCK [pip's options]`. Each package of a lock is held against the
digests that stand there, of all files of its version. What is no lock is a requirement, such as torch's
range, of which no digest is known.

pip fetches for a minute and then unpacks for another without a word; here a line every few seconds says what
is at hand, and how many of how many are there. It runs before anything is installed, on Python alone.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections import deque
from importlib.metadata import distributions
from pathlib import Path

from winnow.extras import normalize

SAY_SECONDS = 5.0
HELP = (
    "What is there is kept, and the same command goes on. Behind a proxy: HTTPS_PROXY=http://host:port before"
    " it.\nWithout a network: WHEELS=dir behind it, a folder of wheels (docs/running.md: how to fill one)."
)
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off")
COMING = re.compile(r"\s*(?:Collecting|Requirement already satisfied:|Processing) (\S+)")


def main() -> None:
    """Install; exits with pip's code, and says what pip said last where that is none of success."""
    what, options = sys.argv[1], sys.argv[2:]
    locked = what.endswith(".lock")
    pins = read_lock(Path(what)) if locked else {normalize(what): ""}
    began = said = time.monotonic()
    last: deque[str] = deque(maxlen=12)
    coming: dict[str, None] = {}
    # A lock is whole: what pip would look for beside it has no digest.
    proven = ["--no-deps", "--require-hashes", "--requirement"] if locked else []
    pip = subprocess.Popen(
        [sys.executable, *PIP, *proven, what, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    listener = threading.Thread(target=_listen, args=(pip.stdout, last, coming), daemon=True)
    listener.start()
    try:
        while listener.is_alive():
            listener.join(0.2)
            if time.monotonic() - said >= SAY_SECONDS:
                said = time.monotonic()
                print(f"{describe(pins, coming, last)}, {said - began:.0f} s", flush=True)
        code = pip.wait()
    except KeyboardInterrupt:
        pip.wait()
        sys.exit("interrupted; the same command goes on from here")
    if code:
        print("\n".join([*last, HELP]), file=sys.stderr)
        sys.exit(code)
    name = Path(what).name if locked else what
    print(f"{name}: {len(pins)} packages are there, {time.monotonic() - began:.0f} s", flush=True)


def read_lock(path: Path) -> dict[str, str]:
    """Names and versions that a lock file pins for this Python on this machine."""
    from pip._vendor.packaging.requirements import Requirement  # nothing else is there to read marks with

    pins = [Requirement(line) for line in list_pins(path)]
    here = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    return {normalize(pin.name): str(pin.specifier).lstrip("=") for pin in here}


def list_pins(path: Path) -> list[str]:
    """The lines of a lock file without their digests."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.partition(" --hash=")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def find_installed() -> dict[str, str]:
    """Names and versions of what this environment has."""
    whole = (each for each in distributions() if "Name" in each.metadata)  # not half unpacked
    return {normalize(each.metadata["Name"]): each.version for each in whole}


def describe(pins: dict[str, str], coming: dict[str, None], last: deque[str]) -> str:
    """What pip is at, and how many of how many packages that makes."""
    if any(line.startswith("Installing") for line in last):
        there = len(pins.keys() & find_installed().keys())
        return f"unpacking packages: {there} of {len(pins)}"
    retry = next((line for line in reversed(last) if "Retrying" in line), None)
    if retry and last[-1] == retry:
        return f"fetching packages: {retry.strip()[:160]}"
    name = next(reversed(coming), "pip reads the list")
    return f"fetching packages: {len(coming)} of {max(len(pins), len(coming))}: {name}"


def _listen(lines: object, last: deque[str], coming: dict[str, None]) -> None:
    for line in lines:  # type: ignore[attr-defined]
        last.append(line.rstrip())
        if found := COMING.match(line):
            coming[Path(found[1]).name] = None


if __name__ == "__main__":
    main()
