"""Gate: no input may cost more than its size. `make gate NAME=pathological`.

Of each class of pathological input (`bombs.py`: files; `tangles.py`: pages, wikitext, URLs, texts) two are
made, one four times as large as the other, and read in a process of their own. A class falls short where
a decoded megabyte of it takes over 20 times the CPU time of an ordinary one of its kind, where the
larger takes over 6 times as long as the smaller, or where the process holds over 1.5 GB; times below
0.05 s are not judged.
Environment: ONLY (words; classes that have one of them in their names), SHARE (1; of the sizes).
"""

import gc
import os
import resource
import signal
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import bombs
import polars as pl
import sections
import tangles
from figures import Figures

from winnow.filters import boilerplate, c4, dclm, fineweb, gopher, madlad, repetition, sites, urls
from winnow.filters import text as filters_text
from winnow.ingest import html, warc
from winnow.ingest.wikis import mediawiki

SHARE = float(os.environ.get("SHARE", "1"))
SIZES = {
    "warc": 1_000_000,
    "dump": 250_000,
}  # of the smaller one, where an ordinary megabyte is cheap or dear
SIZE = 60_000
GROWTH, MAX_DEAR, MAX_SUPERLINEAR, MAX_GB = 4, 20, 1.5, 1.5
FLOOR = 0.05  # seconds
LIMIT = 20  # seconds of CPU: beyond 20 times the ordinary for the largest of the dearest kind
ROW_BYTES = 1_000  # what a row counts as, where a few bytes are a record
ORDINARY = {"warc": 4_000_000}  # bytes, of kinds whose megabyte is cheap
ORDINARY_SIZE = 400_000
# Classes whose bytes are mostly rows, or unpack far: smaller ones tell as much.
DIVIDED = {
    "warc:gzip_members_of_lines": 10,
    "warc:gzip_bomb_of_records": 4,
    "warc:zstd_skippable": 2,
    **dict.fromkeys(("warc:gzip_bomb", "warc:bzip2_bomb", "warc:xz_bomb", "dump:pages_begun"), 2),
}
FILTERS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "boilerplate_tidy": boilerplate.tidy,
    "boilerplate_lines": boilerplate.lines,
    "c4_lines": c4.lines,
    "c4_document": c4.document,
    "dclm_quality": dclm.quality,
    "fineweb_quality": fineweb.quality,
    "gopher_quality": gopher.quality,
    "madlad_sentences": madlad.sentences,
    "repetition": repetition.repetition,
    "sites_repeated": sites.repeated,
    "text_nonempty": filters_text.nonempty,
}
Data = bytes | str


class Case(NamedTuple):
    """One class: what runs it (giving the rows that came of it), what makes it, what the ordinary is."""

    kind: str
    run: Callable[[Data], int]
    make: Callable[[int], Data]
    ordinary: Callable[[int], Data]
    expands: int = 1


def read(reader: Callable[[str], object], data: Data) -> int:
    """Rows that a reader gives of a file."""
    with tempfile.NamedTemporaryFile(dir=os.environ.get("TMPDIR", "/tmp"), suffix=".bin") as file:
        Path(file.name).write_bytes(data if isinstance(data, bytes) else data.encode())
        return sum(frame.height for frame in reader(file.name))  # type: ignore[attr-defined]


def step(function: Callable[[pl.DataFrame], pl.DataFrame], column: str, data: Data) -> int:
    """Run a shard step on one document."""
    row = {"url": "http://a.com/", "text": "", "language": "en", "metadata": None, column: data}
    function(pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)))
    return 1


def block(docs: pl.DataFrame) -> pl.DataFrame:
    lists = Path(tempfile.gettempdir()) / f"pathological-{os.getppid()}.txt"
    if not lists.exists():
        lists.write_text("porn\na\na.com\nexample.com\n")
    return urls.block(docs, domains=lists, urls=lists, hard_words=lists, soft_words=lists, substrings=lists)


def ordinary_url(size: int) -> str:
    return "http://www.example.org/news/2024/a-bridge-of-stone?id=1&" + "part=2&" * (size // 7)


def list_cases() -> dict[str, Case]:
    cases = {}
    for name, make in bombs.ARCHIVES.items():
        run, expands = partial(read, warc.read), bombs.EXPANDS.get(name, 1)
        cases[f"warc:{name}"] = Case("warc", run, make, bombs.archive, expands)
    for name, make in bombs.DUMPS.items():
        cases[f"dump:{name}"] = Case("dump", partial(read, mediawiki.read), make, bombs.wiki)
    for name, text in tangles.PAGES.items():
        cases[f"page:{name}"] = Case("page", partial(step, html.extract, "text"), text, tangles.page)
    for name, text in tangles.WIKITEXT.items():
        one = partial(make_dump, text)
        cases[f"wikitext:{name}"] = Case("dump", partial(read, mediawiki.read), one, bombs.wiki)
    for name, text in tangles.URLS.items():
        cases[f"url:{name}"] = Case("url", partial(step, block, "url"), text, ordinary_url)
    for name, text in tangles.TEXTS.items():
        for which, function in FILTERS.items():
            run = partial(step, function, "text")
            cases[f"{which}:{name}"] = Case(which, run, text, tangles.TEXTS["ordinary"])
    words = sections.read_words()
    sections.refuse((word for word in words if not any(word in name for name in cases)), cases)
    return {name: case for name, case in cases.items() if not words or any(word in name for word in words)}


def make_dump(text: Callable[[int], str], size: int) -> bytes:
    return bombs.dump([text(size)])


class Cost(NamedTuple):
    seconds: float
    megabytes: float  # decoded
    rows: int


def measure_ordinary(case: Case) -> float:
    """Seconds a MB of what is ordinary of a kind, the least of three times."""
    size = ORDINARY.get(case.kind, ORDINARY_SIZE)
    costs, _ = run_child(case, ((case.ordinary, size),) * 3)
    best = min(cost.seconds for cost in costs)
    print(f"| ordinary {case.kind}: {best * 1e6 / size:.4f} s a MB | {best:.3f} | | | | {costs[0].rows} |")
    return best * 1e6 / size


def measure(case: Case, make: Callable[[int], Data], size: int) -> Cost:
    data = make(size)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)  # which kills
    begun = time.process_time()
    rows = case.run(data)
    signal.setitimer(signal.ITIMER_PROF, 0)
    seconds = time.process_time() - begun
    return Cost(seconds, max(len(data), case.expands * size, ROW_BYTES * rows) / 1e6, rows)


def run_child(case: Case, sizes: tuple[tuple[Callable[[int], Data], int], ...]) -> tuple[list[Cost], float]:
    """What each size costs, and the GB that the process ever held; fewer costs where it took too long."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        case.run(case.ordinary(50_000))  # loads what is compiled
        gc.collect()
        gc.freeze()  # going through what is loaded is no cost of an input
        for make, size in sizes:
            cost = measure(case, make, size)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            os.write(writing, (" ".join(map(str, (*cost, peak))) + "\n").encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        said = [line.split() for line in file]
    _, _, used = os.wait4(child, 0)
    costs = [Cost(float(seconds), float(size), int(rows)) for seconds, size, rows, _ in said]
    return costs, max([used.ru_maxrss / 1e6, *(float(each[3]) for each in said)])


def judge(figures: Figures, name: str, case: Case, usual: float) -> None:
    """Print a line of the table and add the figures of a class that fell short."""
    size = round(SIZES.get(case.kind, SIZE) * SHARE / DIVIDED.get(name, 1))
    costs, peak = run_child(case, ((case.make, size), (case.make, GROWTH * size)))
    if len(costs) < 2:
        print(
            f"| {name} | over {LIMIT} s or ended by itself at size {GROWTH ** len(costs)} | | | {peak:.2f} |"
        )
        figures.add(f"{name}_ended", 0, 1)
        return
    small, large = costs
    dear = large.seconds / large.megabytes / usual if large.seconds > FLOOR else 0
    growth = (large.seconds / max(small.seconds, FLOOR / GROWTH)) / GROWTH
    growth = growth if large.seconds > FLOOR else 0
    line = f"| {name} | {large.seconds:.3f} | {dear:.1f} | {growth:.2f} | {peak:.2f} | {large.rows} |"
    print(line, flush=True)
    for what, value, most in (
        ("times_ordinary", dear, MAX_DEAR),
        ("superlinear", growth, MAX_SUPERLINEAR),
        ("gb", peak, MAX_GB),
    ):
        if value > most:
            figures.add(f"{name}_{what}", round(value, 2), most, most=True)


def main() -> None:
    figures = Figures("pathological")
    cases = list_cases()
    usual: dict[str, float] = {}
    print("| class | s of the larger | times an ordinary MB | s a MB, over that of a quarter | GB | rows |")
    print("|---|---|---|---|---|---|")
    for name, case in cases.items():
        if case.kind not in usual:
            usual[case.kind] = measure_ordinary(case)
        judge(figures, name, case, usual[case.kind])
    figures.add("classes", len(cases), 1 if sections.read_words() else 400)
    figures.close()


if __name__ == "__main__":
    main()
