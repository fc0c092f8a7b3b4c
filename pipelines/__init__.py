"""The engine: recipes, parts, stages, runs and reports.

Each Dask worker is one process with one thread of ours. A thread pool of its own under BLAS, polars
or torch in each worker would oversubscribe the cores, and these libraries read their limits when
they are imported: so they are set here, before anything else of the engine is.
"""

import os
import sys

if "." not in __name__:
    raise ImportError(f"{__name__} is a part of Winnow: import winnow.{__name__}")

for _name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_THREAD_LIMIT",
    "POLARS_MAX_THREADS",
    "NUMBA_NUM_THREADS",
):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

if sys.argv[:1] == ["-m"]:  # Python is about to start a command of ours
    from winnow.pipelines.screen import interrupt

    interrupt.watch()
