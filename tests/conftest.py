"""For all tests: no deadlines of hypothesis, which a first compilation or a busy machine would break, and
the same examples every time: a run that fails can be run again. `HYPOTHESIS_PROFILE=explore` draws others.
"""

import os

from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
