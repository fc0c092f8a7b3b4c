"""How many files may be open."""

import errno
import resource
import signal
import subprocess
import sys

import pytest
from shell import run_under

from winnow.pipelines.engine.work import handles, retryable_errors


def take(soft, hard, which="NOFILE"):
    """The limits afterwards, or what is said, in a process of its own: a hard limit is never raised again."""
    script = (
        "import resource; from winnow.pipelines.spec import recipe\n"
        "from winnow.pipelines.engine.work import handles\n"
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


def test_time_that_the_shell_bounds_ends_by_a_word_and_not_by_a_kill():
    done = run_under(
        {"CPU": 4}, "from winnow.pipelines.engine.work import handles\nhandles.watch_time()\nwhile True: pass"
    )
    assert done.returncode == 1 and "OSError" in done.stderr
    assert "this shell's bound on processor time (ulimit -t 4) is used up" in done.stderr


def test_the_clock_of_a_step_ends_its_process_all_the_same():
    program = (
        "from winnow.pipelines.engine.work import cpu_limit, handles\nhandles.watch_time()\n"
        "with cpu_limit.allow(1):\n    while True: pass"
    )
    assert run_under({"CPU": 60}, program).returncode == -signal.SIGXCPU


@pytest.mark.parametrize(
    "error",
    [
        OSError("Too many open files (os error 24): a.parquet"),
        FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"),
    ],
)
def test_what_a_library_in_rust_says_of_the_machine_and_a_lack_of_temporary_files_stop_a_run(error):
    with pytest.raises(OSError):
        retryable_errors.refuse(error)
    assert "ulimit -n 4096" in retryable_errors.tell(error) or "set TMPDIR" in retryable_errors.tell(error)


def test_the_systems_number_is_found_in_words():
    assert retryable_errors.find_number(OSError("No space left on device (os error 28)")) == errno.ENOSPC
    assert retryable_errors.find_number(ValueError("nothing")) == 0
