"""What reading a source of PDFs would take, told from a few pages of a few of its files.

The sample is in two stages, files and pages of them, and always the same for the same files. The interval is
that of such a sample (Cochran, Sampling Techniques, 3rd edition, 1977, equation 11.24), by Student's t on the
logarithm of the sum: files are of very different length, so that sums of a sample are skewed.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import exp, sqrt
from statistics import fmean, variance
from typing import Any, NamedTuple

from winnow.pipelines.engine.parts.listing import File
from winnow.pipelines.spec.address import load
from winnow.pipelines.spec.recipe import Source

FILES, PAGES = 40, 3
SURE = 0.9
HOUR = 3600
WAYS = {
    "pages read from their layer": ("text: ", "blank: "),
    "pages recognized": ("ocr: ",),
    "pages that fail": ("failed: ",),
}
Measure = Callable[[str, float], float]


class Estimate(NamedTuple):
    """A sum over a whole source, and the interval that holds it in `SURE` of all samples, if one is known."""

    value: float
    lower: float | None
    upper: float | None


class SampledFile(NamedTuple):
    """A file of a sample: its pages, route and seconds of each that was tried, seconds once a file."""

    pages: int
    tried: Sequence[tuple[str, float]]
    file_seconds: float


def can_try(source: Source) -> bool:
    """Whether the reader of a source says how to try some pages."""
    return source.read is not None and hasattr(load(source.read.use), "try_pages")


def describe(source: Source, files: Sequence[File], pages_per_hour: float | None) -> Iterator[str]:
    """What a run would read of the source and how long that takes, in lines. `pages_per_hour`: of the user's
    own server of a model."""
    assert source.read
    try_pages = load(source.read.use).try_pages
    files = [file for file in files if not file.refused]
    if not (chosen := choose(files, FILES)):
        yield f"source {source.name}: no forecast, it has no file"
        return
    yield f"source {source.name}: trying {PAGES} pages each of {len(chosen):,} of {len(files):,} files"
    started, found, wrong, attempts = time.monotonic(), [], [], 0
    for file in chosen:
        told = _try(try_pages, file, source.read.settings)
        if "error" in told:
            wrong.append(f"{file.name}: {told['error']}")
        attempts = max(attempts, told.get("attempts", 0))
        pages = told.get("pages", 0) if told.get("tried") else 0
        found.append(SampledFile(pages, told.get("tried", ()), told.get("file_seconds", 0.0)))
    tried = sum(len(file.tried) for file in found)
    spent = time.monotonic() - started
    yield f"  {tried:,} pages were tried in {spent:.0f} s; in brackets: what {SURE:.0%} of such samples hold"
    if wrong:
        yield f"  {len(wrong):,} of these files cannot be read, such as {wrong[0]}"
    if tried:
        yield from _describe_pages(found, len(files))
        yield from _describe_seconds(found, len(files))
    if attempts:
        yield _describe_requests(found, len(files), attempts, pages_per_hour)


def choose(files: Sequence[File], most: int) -> list[File]:
    """At most so many files, by size from each stretch of as many files: small and large ones."""
    ordered = sorted(files, key=lambda file: (file.size, file.name))
    count = min(most, len(ordered))
    return [ordered[(2 * place + 1) * len(ordered) // (2 * count)] for place in range(count)]


def estimate(files: Sequence[SampledFile], count: int, page: Measure, once: bool = False) -> Estimate:
    """The sum of `page(route, seconds)` over all pages of `count` files, and of the seconds `once` a file."""
    totals, within, seen = [], 0.0, 0.0
    for file in files:
        values = [page(route, seconds) for route, seconds in file.tried]
        fixed = file.file_seconds if once else 0.0
        totals.append(file.pages * fmean(values) + fixed if values else fixed)
        seen += sum(values) + fixed
        if len(values) > 1:
            within += file.pages * (file.pages - len(values)) * variance(values) / len(values)
    tried, value = len(files), count * fmean(totals)
    # Where all files were tried, it is their pages alone that were drawn.
    drawn = tried - 1 if tried < count else sum(len(file.tried) for file in files) - tried
    if drawn < 1:
        whole = tried == count and all(file.pages == len(file.tried) for file in files)
        return Estimate(value, value if whole else None, value if whole else None)
    from scipy.stats import t as student  # takes a second to load

    between = count * (count - tried) * variance(totals) / tried if tried > 1 else 0.0
    half = float(student.ppf((1 + SURE) / 2, drawn)) * sqrt(between + count / tried * within)
    factor = exp(half / value) if value else 1.0
    return Estimate(value, min(max(value / factor, seen), value), value * factor)


def _try(try_pages: Callable[..., dict[str, Any]], file: File, settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return try_pages(file.uri, PAGES, settings)
    except Exception as error:  # whatever it is, a run would tell it of the file, too
        return {"error": f"{type(error).__name__}: {error}"}


def _describe_pages(found: Sequence[SampledFile], count: int) -> Iterator[str]:
    """A line for each route, the most frequent first."""
    routes = {route for file in found for route, _ in file.tried}
    of_route = [(name, estimate(found, count, _count_pages(name))) for name in routes]
    of_route.sort(key=lambda line: (-line[1].value, line[0]))
    lines = [("all", estimate(found, count, _count_pages(""))), *of_route]
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        yield f"  pages  {name:<{width}}  {_show(value, '{:,.0f}')}"


def _describe_seconds(found: Sequence[SampledFile], count: int) -> Iterator[str]:
    """A line for each of the ways to read a page, and for what comes once a file."""
    lines = [("all", estimate(found, count, _add_seconds([""]), once=True))]
    lines += [(name, estimate(found, count, _add_seconds(routes))) for name, routes in WAYS.items()]
    lines.append(("files opened, fonts checked", estimate(found, count, _add_seconds([]), once=True)))
    for name, value in lines:
        if value.value:
            yield f"  CPU hours  {name:<27}  {_show(_scale(value, 1 / HOUR), '{:,.3g}')}"


def _count_pages(start: str) -> Measure:
    """1 for a page of a route that starts so."""
    return lambda route, _: float(route.startswith(start))


def _add_seconds(starts: Sequence[str]) -> Measure:
    """The seconds of a page of a route that starts like one of these."""
    return lambda route, seconds: seconds * route.startswith(tuple(starts))


def _describe_requests(
    found: Sequence[SampledFile], count: int, attempts: int, pages_per_hour: float | None
) -> str:
    asked = estimate(found, count, _count_pages("ocr: "))
    told = f"  requests to the model: {_show(asked, '{:,.0f}')}, where it errs up to {attempts} times as many"
    if pages_per_hour is None:
        return f"{told}; GPU hours: unknown, say --vlm-pages-per-hour as your server reads them"
    return f"{told}; GPU hours, by your rate: {_show(_scale(asked, 1 / pages_per_hour), '{:,.3g}')}"


def _scale(value: Estimate, factor: float) -> Estimate:
    lower, upper = (None if end is None else factor * end for end in value[1:])
    return Estimate(factor * value.value, lower, upper)


def _show(value: Estimate, form: str) -> str:
    if value.lower is None or value.upper is None:
        return f"{form.format(value.value)} (too little was tried for an interval)"
    if value.lower == value.upper:
        return form.format(value.value)
    return f"{form.format(value.value)} ({form.format(value.lower)} to {form.format(value.upper)})"
