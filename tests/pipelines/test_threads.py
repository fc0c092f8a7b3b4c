"""Libraries have one thread each: the engine says so before they are imported, in runs and in these tests."""

import os
import subprocess
import sys

import polars as pl
import pyarrow as pa

ASKED = "import winnow.pipelines, polars, pyarrow; print(polars.thread_pool_size(), pyarrow.cpu_count())"


def test_libraries_have_one_thread_in_these_tests():
    assert (pl.thread_pool_size(), pa.cpu_count()) == (1, 1)


def test_libraries_have_one_thread_behind_the_engine():
    env = {name: value for name, value in os.environ.items() if "THREAD" not in name}
    done = subprocess.run([sys.executable, "-c", ASKED], env=env, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "1"], done.stderr
