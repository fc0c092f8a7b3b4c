"""How many files may be open."""

import errno
import resource
import subprocess
import sys

import pytest

from pipelines.work import faults, handles


def take(soft, hard, which="NOFILE"):
    """The limits afterwards, or what is said, in a process of its own: a hard limit is never raised again."""
    script = (
        "import resource; from pipelines import recipe; from pipelines.work import handles\n"
        f"resource.setrlimit(resource.RLIMIT_{which}, ({soft}, {hard}))\n"
        f"try: handles.take(); print(resource.getrlimit(resource.RLIMIT_{which}))\n"
        "except recipe.RecipeError as error: print(error)"
    )
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout.strip()


def test_a_run_takes_what_it_may_have():
    own = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    hard = handles.LEAST * 2
    assert own == resource.RLIM_INFINITY or own >= hard
    assert take(32, hard) == f"({hard}, {hard})"
    assert take(hard, hard) == f"({hard}, {hard})"


def test_too_few_are_refused_with_the_command():
    told = take(32, 64)
    assert told.startswith("a process may have 64 files open here") and "ulimit -n 4096" in told


def test_too_little_memory_is_refused_with_the_command_before_a_library_is_loaded():
    told = take(300_000_000, 300_000_000, "DATA")
    assert told.startswith("a process may have 300 MB of data here (ulimit -d 292968)")
    assert take(10**10, 10**10, "DATA") == "(10000000000, 10000000000)"


@pytest.mark.parametrize(
    "error",
    [
        OSError("Too many open files (os error 24): a.parquet"),
        FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"),
    ],
)
def test_what_a_library_in_rust_says_of_the_machine_and_a_lack_of_temporary_files_stop_a_run(error):
    with pytest.raises(OSError):
        faults.refuse(error)
    assert "ulimit -n 4096" in faults.tell(error) or "set TMPDIR" in faults.tell(error)


def test_the_systems_number_is_found_in_words():
    assert faults.find_number(OSError("No space left on device (os error 28)")) == errno.ENOSPC
    assert faults.find_number(ValueError("nothing")) == 0
