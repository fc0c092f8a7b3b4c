"""Reading a file in ranges: wherever it is cut, they give the rows of the whole, with the same places."""

import contextlib
import itertools
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from winnow.ingest.io import byte_range, splits

Read = Callable[..., Iterator[pl.DataFrame]]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One path for all examples of a module."""
    return tmp_path_factory.mktemp("ranges") / "file"


@pytest.fixture(scope="session")
def read_ranges() -> Callable[..., list[pl.DataFrame]]:
    return _read_ranges


@pytest.fixture(scope="session")
def check_ranges() -> Callable[..., pl.DataFrame]:
    return _check_ranges


@pytest.fixture(scope="session")
def small_blocks() -> Callable[..., contextlib.AbstractContextManager[None]]:
    return _small_blocks


def _read_ranges(read: Read, path: Path, cuts: Sequence[int], **options: Any) -> list[pl.DataFrame]:
    """What each range between two cuts gives, from the first byte to the last."""
    edges = sorted({*cuts, path.stat().st_size} - {0}) or [0]
    empty = pl.concat(read(str(path), **options)).clear()
    return [
        pl.concat([empty, *read(str(path), start=start, stop=stop, **options)])
        for start, stop in itertools.pairwise([0, *edges])
    ]


def _check_ranges(read: Read, path: Path, cuts: Sequence[int], **options: Any) -> pl.DataFrame:
    """The rows of the whole file, after all has been checked."""
    whole = pl.concat(read(str(path), **options))
    assert whole["place"].n_unique() == whole.height and whole["place"].null_count() == 0
    assert_frame_equal(pl.concat(_read_ranges(read, path, cuts, **options)), whole)
    return whole


@contextlib.contextmanager
def _small_blocks(block: int, chain: int = 1_000) -> Iterator[None]:
    """Sections as large files have them, in a small one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_range, "BLOCK_BYTES", block)
        patch.setattr(splits, "CHAIN_BYTES", chain)
        yield


@pytest.fixture
def ends() -> Iterator[None]:
    """The test fails where it runs for a minute: what takes the square of its input would take many."""

    def fail(*_: object) -> None:
        raise TimeoutError("it does not end in time")

    held = signal.signal(signal.SIGALRM, fail)
    signal.alarm(60)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, held)
