"""For all tests: no deadlines of hypothesis, which a first compilation or a busy machine would break, and
the same examples every time: a run that fails can be run again. `HYPOTHESIS_PROFILE=explore` draws others.
"""

import os
from typing import Any

from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_make_parametrize_id(config: Any, val: Any, argname: str) -> str | None:
    """Long bytes name no test: those that hold a clock's time would be other tests in another process."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) and len(val) > 40 else None
