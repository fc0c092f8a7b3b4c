"""For all tests: no deadlines of hypothesis, which a first compilation or a busy machine would break."""

from hypothesis import settings

settings.register_profile("winnow", deadline=None)
settings.load_profile("winnow")
