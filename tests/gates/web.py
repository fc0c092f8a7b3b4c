"""Gate: web archives of other projects, the memory and the speed of reading, and two workers beside one.

`make gate NAME=web`. Reads data/web/*.warc.gz (`make data`), out of which it makes archives under
out/gates/web/, removed at the end. Environment: MEGABYTES (1000) of the largest; SCALING_MEGABYTES (900),
for two workers beside one: that needs a machine with two idle cores; WINNOW_DATA, a folder with
warc/*/* to read besides (left out, and said, where it is not set).
"""

import contextlib
import io
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import archives
import runs
from figures import Figures
from recipe_text import LANGUAGE, source, stage, step, write

FOLDER = Path("out/gates/web")
WARCS = Path("data/web")
MEGABYTES = int(os.environ.get("MEGABYTES", "1000"))
SCALING_MEGABYTES = int(os.environ.get("SCALING_MEGABYTES", "900"))
SCALING_FILES = 40
RULES = (
    "ingest.html:extract",
    *LANGUAGE,
    "filters.repetition:repetition",
    "filters.gopher:quality",
    step("filters.c4:lines", require_terminal_punctuation=False),
    "filters.c4:document",
    "filters.fineweb:quality",
)


def run(uris: str, name: str, workers: int) -> tuple[runs.Used, dict[str, int]]:
    """The web stages on files, through the engine as a user starts it; and its rows by fate."""
    out, path = FOLDER / name, FOLDER / f"{name}.toml"
    write(path, source("web", uris, "ingest.warc:read", part_bytes=1), stage("filtered", "web", *RULES))
    words = ("run", path, out, "--workers", workers, "--memory", "8GB")
    ran = runs.finish(FOLDER / f"{name}.log", *words)
    parts = json.loads((out / "filtered/stage.json").read_text())["parts"].values()
    counts = {fate: sum(part[fate] for part in parts) for fate in ("rows_in", "kept", "dropped", "failed")}
    print(f"  {name}: {ran.seconds:.1f} s, {counts}; the busiest worker: {ran.cpu:.1f} s of CPU, ", end="")
    print(f"{ran.peak:.2f} GB", flush=True)
    return ran, counts


def memory(figures: Figures, bodies: list[bytes], giant: bytes) -> None:
    """A worker's peak on a long file and on one a quarter as long, both with records of 40 MB."""
    peaks = []
    for name, size in (("long", MEGABYTES), ("short", MEGABYTES // 4)):
        path = FOLDER / f"{name}.warc.gz"
        made = archives.large(path, bodies, size * 1_000_000, giant, seed=size)
        ran, counts = run(str(path), name, 1)
        peaks.append(ran.peak)
        lost = sum(made.values()) - counts["kept"] - counts["dropped"] - counts["failed"]
        figures.add(f"records_lost_{name}", lost, 0, most=True)
        path.unlink()
        shutil.rmtree(FOLDER / name)
    figures.add("worker_peak_gb", round(peaks[0], 2), 1.5, most=True)
    figures.add("worker_peak_long_over_short", round(peaks[0] / peaks[1], 3), 1.1, most=True)


def scaling(figures: Figures, bodies: list[bytes]) -> None:
    """Two workers beside one, on the same files; start-up is in both."""
    folder = FOLDER / "many"
    folder.mkdir()
    for number in range(SCALING_FILES):
        size = SCALING_MEGABYTES * 1_000_000 // SCALING_FILES
        archives.large(folder / f"{number:02}.warc.gz", bodies, size, b"x", seed=number)
    one, two = (run(f"{folder}/*.warc.gz", f"workers{workers}", workers)[0] for workers in (1, 2))
    print(f"  load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ", end="")
    print(f"CPU of the worker over that of the busier of two: {one.cpu / two.cpu:.2f}", flush=True)
    figures.add("one_worker_over_two_seconds", round(one.seconds / two.seconds, 2), 1.8)


def speed(figures: Figures) -> None:  # noqa: C901 - three readers, side by side
    """Reading alone, beside FastWARC and warcio, in CPU-seconds on the same files."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from warcio.archiveiterator import ArchiveIterator as Warcio

    from winnow.ingest import warc

    files = sorted(WARCS.glob("*.warc.gz"))
    size = sum(path.stat().st_size for path in files)

    def fastwarc() -> None:
        for path in files:
            with path.open("rb") as file:
                for one in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
                    one.reader.read()

    def warcio() -> None:
        for path in files:
            with path.open("rb") as file:
                for one in Warcio(file):
                    if one.rec_type == "response":
                        one.content_stream().read()

    def ours() -> None:
        for path in files:
            for _ in warc.read(str(path)):
                pass

    took = {task.__name__: best(task) for task in (fastwarc, warcio, ours)}
    for name, seconds in took.items():
        print(f"  reading with {name}: {size / seconds / 1e6:.1f} MB/s packed", flush=True)
    figures.add("warcio_over_ours_cpu", round(took["warcio"] / took["ours"], 2), 0.7)
    figures.add("fastwarc_over_ours_cpu", round(took["fastwarc"] / took["ours"], 2), 0.25)


def best(task: Callable[[], None], times: int = 3) -> float:
    """The least CPU-seconds of some runs."""
    took = []
    for _ in range(times):
        begun = time.process_time()
        task()
        took.append(time.process_time() - begun)
    return min(took)


def read(data: bytes) -> list[dict[str, Any]]:
    """The rows of an archive, as the engine counts them."""
    import polars as pl

    from winnow.ingest import warc

    path = FOLDER / "one.warc"
    path.write_bytes(data)
    return pl.concat(warc.read(str(path))).rows(named=True)


def real(figures: Figures) -> None:
    """Real archives of other projects: no record that FastWARC or warcio sees is missing."""
    root = os.environ.get("WINNOW_DATA")
    if not root:
        print("WINNOW_DATA is not set: no archives of other projects read", flush=True)
        return
    missing = files = 0
    for path in sorted(Path(root).glob("warc/*/*")):
        rows = [row for row in read(path.read_bytes()) if row["key"] != "file"]
        files += 1
        if (theirs := seen(path)) > len(rows):
            missing += theirs - len(rows)
            print(f"  {path.name}: {theirs} records, {len(rows)} rows", flush=True)
    print(f"  {files} archives of other projects read", flush=True)
    figures.add("records_missing_in_real_archives", missing, 0, most=True)


def seen(path: Path) -> int:
    """Records with content that the other readers see in a file."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from warcio.archiveiterator import ArchiveIterator as Warcio

    kinds = ("response", "resource", "revisit", "conversion")
    counts = [0]
    with contextlib.suppress(Exception):
        wanted = WarcRecordType.response | WarcRecordType.resource
        wanted |= WarcRecordType.revisit | WarcRecordType.conversion
        counts.append(sum(1 for _ in ArchiveIterator(io.BytesIO(path.read_bytes()), record_types=wanted)))
    with contextlib.suppress(Exception):
        counts.append(sum(one.rec_type in kinds for one in Warcio(io.BytesIO(path.read_bytes()))))
    return max(counts)


def main() -> None:
    figures = Figures("web", FOLDER)
    real(figures)
    if not (bodies := archives.pages(WARCS)):
        raise SystemExit(f"no {WARCS}/*.warc.gz: run `make data`")
    speed(figures)
    if SCALING_MEGABYTES:
        scaling(figures, bodies)
    if MEGABYTES:
        # Text that the rules read to its end, in one record near the bound on records.
        memory(figures, bodies, (b" ".join(bodies) * 2)[:40_000_000])
    shutil.rmtree(FOLDER)
    figures.close()


if __name__ == "__main__":
    main()
