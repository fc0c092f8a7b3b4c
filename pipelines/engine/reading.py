"""One file of a source, by its reader: batches of rows, and one row more for what could not be read."""

import time
from collections.abc import Iterator

import polars as pl

from winnow.pipelines.engine.ledger import timings
from winnow.pipelines.engine.ledger.row_counts import Tally
from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.engine.work import cpu_limit, panics, retryable_errors
from winnow.pipelines.engine.work.child import Child, StepFailed
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.spec import schema
from winnow.pipelines.spec.recipe import Step


def read_file(
    source: str, file: File, read: Step, child: Child | None, tally: Tally
) -> Iterator[pl.DataFrame]:
    """Batches of one file, or of a range of it. What ends the reading is one failed row more, after the rows
    that were read; a file without any is one, too. A range may have none: what holds for the whole file, its
    reader says in the first. Lost are all bytes, or those behind the place in the file that the error's
    `bytes_read` says. What is no file is not opened."""
    if file.refused:
        yield _tell_loss(source, file, f"it is {file.refused}")
        return
    first, started = 0, time.perf_counter()
    settings = read.settings if file.whole else {**read.settings, "start": file.start, "stop": file.stop}
    try:
        length = file.length if file.sized else cpu_limit.READ_BYTES
        if child:
            frames = child.read(read.use, settings, file.uri, length)
        else:
            frames = cpu_limit.each(read.function(file.uri, **settings), cpu_limit.of_file(length))
        with panics.as_errors():
            for frame in frames:
                tally.steps[read.use]["seconds"] += time.perf_counter() - started
                tally.steps[read.use]["documents_in"] += frame.height
                frame = timings.take(frame, read.use, tally.work, source)
                yield schema.from_reader(frame, source, file.name, first)
                first += frame.height
                started = time.perf_counter()
        if not first and file.whole:
            yield _tell_loss(source, file, "the file holds no record")
    except schema.ContractError:
        raise
    except Exception as error:
        retryable_errors.refuse(error)
        behind = file.start + file.length - (getattr(error, "bytes_read", None) or 0)
        unread = min(max(behind, 0), file.length)
        tally.leave(source, file, unread)
        where = f" after record {first}; the rest of the file is lost" if first else ""
        size = f" ({unread:,} bytes were not read)" if unread else ""
        yield _tell_loss(source, file, f"{describe_error(error)}{where}{size}")


def _tell_loss(source: str, file: File, error: str) -> pl.DataFrame:
    """One row for a file, or the rest of it or of a range, that could not be read; no record has its id."""
    row = pl.DataFrame({"text": [None], "error": [error]}, schema={"text": pl.String, "error": pl.String})
    return schema.from_reader(row, source, file.name, -1 - file.start)


def describe_error(error: BaseException) -> str:
    """An error in a line that names nobody's password, of bounded length."""
    told = str(error) if isinstance(error, StepFailed) else f"{type(error).__name__}: {error}"
    return redact_text(told)[:1000]
