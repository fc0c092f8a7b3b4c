"""For all tests: no deadlines of hypothesis, which a first compilation or a busy machine would break, and
the same examples every time: a run that fails can be run again. `HYPOTHESIS_PROFILE=explore` draws others.

And what hundreds of small runs would do over and over is done once or not at all: templates of pages are
compiled once, the versions of packages are read once, and nothing is forced down to the disk. Libraries take
one thread each, as in a run: `winnow.pipelines` sees to it, if it is imported before them.
"""

import functools
import gc
import importlib.metadata
import os
import sys
from types import CodeType
from typing import Any

import jinja2
from hypothesis import settings

import winnow.pipelines  # noqa: F401

settings.register_profile("fixed", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

COMPILED: dict[tuple[Any, ...], CodeType] = {}
compile_template: Any = jinja2.Environment.compile


def _compile_once(environment: jinja2.Environment, source: Any, *named: Any, **options: Any) -> CodeType:
    """Each report compiles its templates anew: more than a quarter of what a small run costs."""
    syntax = (environment.autoescape, environment.trim_blocks, environment.lstrip_blocks)
    key = (source, named, *sorted(options.items()), syntax)
    if key not in COMPILED:
        COMPILED[key] = compile_template(environment, source, *named, **options)
    return COMPILED[key]


# Modules and tests stay: to look for garbage among them took two fifths of the time of collecting tests.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """The engine's tests come first: they are the longest, and none of them shall be the last to end."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/pipelines"))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since many tests wait for a process to end or for a clock."""
    return (os.cpu_count() or 1) + 1


# Still of an open file only. What it waits for, only a machine that loses its power can show.
os.fsync = lambda file: os.fstat(file) and None  # type: ignore[assignment]
importlib.metadata.version = functools.cache(importlib.metadata.version)
jinja2.Environment.compile = _compile_once  # type: ignore[assignment, method-assign]


def pytest_runtest_teardown() -> None:
    """What lists files keeps its process from all hosts that the recipe does not name, until a run ends."""
    if addresses := sys.modules.get("winnow.pipelines.engine.work.addresses"):
        addresses.forget_hosts()


def pytest_make_parametrize_id(config: Any, val: Any, argname: str) -> str | None:
    """Long bytes name no test: those that hold a clock's time would be other tests in another process."""
    return f"{argname} of {len(val)} bytes" if isinstance(val, bytes) and len(val) > 40 else None
