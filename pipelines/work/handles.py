"""How many files a run, and each of its workers, may have open at once."""

import resource

from pipelines.recipe import RecipeError

LEAST = 256
"""A worker opens some 25, and one for each bucket of a group: up to 64, where the recipe says no more."""
MOST = 65_536


def take() -> None:
    """Take as many as this process may have, as workers inherit. RecipeError where they are too few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    able = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if able < LEAST:
        raise RecipeError(
            f"a process may have {able} files open here, and a run needs {LEAST} at least: `ulimit -n 4096`"
            " in a new shell, or a higher limit from who administers this machine"
        )
    if soft != resource.RLIM_INFINITY and soft < able:
        resource.setrlimit(resource.RLIMIT_NOFILE, (able, hard))
