import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from interrupted import interrupt

ROOT = Path(__file__).parent.parent.parent.parent
KEPT = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [ { use = "toy:short" } ]\n'
TOLD = ["interrupted; the same command goes on from here"]
# What a run says before it is interrupted: more of it the slower the machine.
PROGRESS = re.compile(r" elapsed, |1 worker|^ +stage \w+: ")


@pytest.fixture
def command(make_recipe, tmp_path):
    """A run of a minute, with so many workers."""

    def make(workers, step='"toy:shout", seconds = 60.0'):
        path = make_recipe({"a.txt": "one two"}, KEPT.replace('"toy:short"', step))
        return [
            sys.executable,
            "-m",
            "winnow",
            "run",
            str(path),
            str(tmp_path / "out"),
            f"--workers={workers}",
        ]

    return make


def test_at_any_moment_of_the_start_it_is_one_line(command):
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    for delay in (0.0, draw.uniform(0, 1), draw.uniform(1, 6)):
        ending = interrupt(command(1), delay, times=draw.choice((1, 2)), cwd=ROOT)
        ours = [line for line in ending.lines if not PROGRESS.search(line)]
        assert (ending.code, ours, ending.left) == (130, TOLD, []), f"seed {seed}, after {delay} s"


@pytest.mark.parametrize("workers", [0, 1])
def test_what_runs_ends_at_once_and_the_same_command_goes_on(command, tmp_path, workers):
    stage = tmp_path / "out/kept/stage.json"
    ending = interrupt(command(workers), 0.5, until=stage.exists, cwd=ROOT)
    assert ending.code == 130 and ending.lines[-1:] == TOLD and not ending.left and ending.seconds < 5
    assert (tmp_path / "out/run.log").read_text().splitlines()[-1].endswith(TOLD[0])
    again = subprocess.run(
        [*command(0, '"toy:short"'), "--redo", "kept"], cwd=ROOT, capture_output=True, text=True
    )
    assert again.returncode == 0 and "a run ended in it" not in again.stdout


def test_a_step_in_a_child_process_ends_too(command, tmp_path):
    kept = tmp_path / "out/kept"
    kept.mkdir(parents=True)
    (kept / ".part-00000.running.tmp").touch()  # as a step leaves it that killed its process
    ending = interrupt(command(0), 1.5, until=(kept / "stage.json").exists, cwd=ROOT)
    assert ending.code == 130 and ending.lines[-1:] == TOLD and not ending.left
