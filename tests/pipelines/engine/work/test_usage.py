"""What a part costs, as its process finds it."""

import subprocess
import sys
import time

import pytest

from winnow.pipelines.engine.work import usage

SPIN = "import time\nwhile time.process_time() < {}: pass\n"


def test_the_work_of_the_process_counts():
    begun = usage.begin()
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    assert 0.2 <= usage.end(begun)["cpu_seconds"] < 2


@pytest.mark.parametrize("wait", [True, False])
def test_children_count_whether_waited_for_or_not(wait):
    begun = usage.begin()
    script = SPIN.format(0.3) + "print('done', flush=True)\ninput()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "done\n"
        if wait:
            child.communicate("\n")
        assert usage.end(begun)["cpu_seconds"] >= 0.25
        child.kill()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel has no peak that begins anew")
def test_the_peak_is_that_of_the_part_and_not_of_one_before():
    begun = usage.begin()
    large = bytearray(200_000_000)
    high = usage.end(begun)["peak_bytes"]
    del large
    again = usage.end(usage.begin())["peak_bytes"]
    assert high > again + 150_000_000
