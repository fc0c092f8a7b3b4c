"""Gate: whatever is killed, and when, the same bytes come out and no document is lost.

`make gate NAME=kills`. The demo's recipe on a small input of its shape; at random moments a driver with all
it started, a driver alone, a worker, a child in which a part runs, or Dask's helpers are killed with SIGKILL,
and the run goes on or is begun again. The first run has whoever works on one part killed, again and again.
Environment: KILLS (60) that meet a run, SEED (11). Writes under out/gates/kills/.
"""

import contextlib
import os
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import psutil
import runs
import small
from figures import Figures

FOLDER = Path("out/gates/kills")
KILLS = int(os.environ.get("KILLS", "60"))
EACH = 5  # in one run
ON_ONE_PART = 5
AGAIN = 5  # times that a run may be begun again after a kill


def begin(out: Path) -> runs.Process:
    """The small run as a user starts it."""
    return runs.begin(FOLDER / f"{out.name}.log", "run", FOLDER / "small.toml", out, "--workers", 2)


def list_processes(pid: int) -> dict[str, list[psutil.Process]]:
    """What a run has started, by what it is."""
    found: dict[str, list[psutil.Process]] = {"worker": [], "child": [], "tracker": []}
    for process in runs.list_processes(pid)[1:]:
        with contextlib.suppress(psutil.Error):
            line = " ".join(process.cmdline())
            kind = "tracker" if "tracker" in line and "spawn_main" not in line else "worker"
            kind = "child" if "winnow.pipelines.engine.work.child" in line or "_child" in line else kind
            found[kind].append(process)
    return found


def kill(going: runs.Process, what: str, drawn: random.Random) -> str:
    """Kill one thing of a run; returns what it was: where there is none of a kind, a worker."""
    if what == "all":
        runs.kill(going)
    elif what == "driver":
        going.kill()
    else:
        processes = list_processes(going.pid)
        what = what if processes[what] else "worker"
        if not processes[what]:
            return "nothing"
        with contextlib.suppress(psutil.Error):
            drawn.choice(processes[what]).kill()
    return what


def finish(out: Path, going: runs.Process) -> int:
    """Wait for a run; one that did not end well is begun again, as a user would. Gives the last exit code."""
    for _ in range(AGAIN):
        if going.wait() == 0:
            return 0
        time.sleep(0.5)  # workers that outlived their driver may still be about
        going = begin(out)
    return going.wait()


def wait_for_part(out: Path, going: runs.Process, part: str) -> bool:
    """Until a part is at work: its stage is begun, and it is not done."""
    stage, name = part.split("/")
    while going.poll() is None:
        if (out / stage / "stage.json").exists() and not (out / stage / f"receipts/{name}.json").exists():
            return True
        time.sleep(0.02)
    return False


def try_moments(
    out: Path, kinds: Sequence[str], within: float, drawn: random.Random
) -> tuple[list[str], int]:
    """One run, killed again and again: each time at a moment drawn from the next `within` seconds."""
    going, killed = begin(out), []
    for what in kinds:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if going.wait(drawn.uniform(1, within)) == 0:
                break
        if going.poll() is not None:  # the driver died of the kill before, or was it
            going = begin(out)
            time.sleep(drawn.uniform(1, within))
        killed.append("nothing" if going.poll() is not None else kill(going, what, drawn))
    return killed, finish(out, going)


def try_part(out: Path, part: str, drawn: random.Random) -> tuple[list[str], int]:
    """One run in which the workers die again and again while one part is at work."""
    going, count = begin(out), 0
    while count < ON_ONE_PART and wait_for_part(out, going, part):
        time.sleep(drawn.uniform(0.2, 1.0))
        count += kill(going, "worker", drawn) == "worker"
    return ["worker on one part"] * count, finish(out, going)


def main() -> None:
    figures = Figures("kills", FOLDER)
    small.lay_out((FOLDER / "data").resolve())
    text = small.recipe((FOLDER / "data").resolve())
    shuffled = r'(by    = "bucket"\n)(?=(?:until_stable = true\n)?steps = \[ \{ use = "dedup\.)'
    text, found = re.subn(shuffled, r"\1buckets = 8\n", text)  # merged once, and joined in rounds
    assert found, "no stage of the demo reads the shuffle"
    (FOLDER / "small.toml").write_text(text)
    for name in ("first", "whole"):  # the first compiles, which would count as time in which to kill
        begun = time.monotonic()
        if finish(FOLDER / name, begin(FOLDER / name)):
            raise SystemExit(f"the run without a kill did not end well; see {FOLDER}/{name}.log")
    whole, expected = time.monotonic() - begun, runs.digest(FOLDER / "whole")
    drawn = random.Random(int(os.environ.get("SEED", "11")))
    print(f"a run takes {whole:.1f} s", flush=True)
    kinds = ("all", "driver", "worker", "child", "tracker")
    attempts: Iterator[Callable[[Path], tuple[list[str], int]]] = chain(
        [partial(try_part, part="prose.identified/part-00000", drawn=drawn)],
        (
            partial(try_moments, kinds=drawn.sample(kinds, EACH), within=whole / EACH * 1.3, drawn=drawn)
            for _ in range(KILLS)
        ),
    )
    total: Counter[str] = Counter()
    for number, attempt in enumerate(attempts):
        if total.total() - total["nothing"] >= KILLS:
            break
        out = FOLDER / f"kill{number}"
        killed, code = attempt(out)
        same = code == 0 and runs.digest(out) == expected
        total.update(killed)
        figures.add(f"run_{number}_of_{len(killed)}_kills_same_bytes", same, 1)
        print(f"  {killed}", flush=True)
        if same:
            shutil.rmtree(out)
    print(dict(total), flush=True)
    figures.add("kills_that_met_a_run", total.total() - total["nothing"], KILLS)
    figures.add("kills_on_one_part", total["worker on one part"], ON_ONE_PART)
    figures.close()


if __name__ == "__main__":
    main()
