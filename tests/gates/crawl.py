"""Gate: Common Crawl by name and by index, from a server laid out as the crawl's that has bad days.

`make gate NAME=crawl`, with WINNOW_DATA. The crawl is made of true captures (the WARC files of `warc/`, read
by warcio, and every eighth page of `web/wcxb-dev`), a file for each 60. The server answers every 9th request
with 503, ends every 6th answer in its middle, is slow, changes two files while they are read, and answers who
has more than 10 connections with 403. Counted is what it saw. What is expected is counted by warcio and by
polars, not by our code. Writes under out/gates/crawl/.
"""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import crawl_server
import inputs
import polars as pl
import runs
from crawl_server import CRAWL, Page, Server, serve
from figures import Figures
from warcio.archiveiterator import ArchiveIterator

FOLDER = Path("out/gates/crawl").resolve()
BAD_DAYS: dict[str, Any] = {"busy": 9, "cut": 6, "slow": 0.003}
READ = 'read = { use = "ingest.warc:read" }'
INDEX = 'read = { use = "ingest.commoncrawl:select", languages = ["eng"], types = ["text/html"] }'
KINDS = {"warc": "warc", "wet": "wet", "robotstxt": "robotstxt", "non200": "crawldiagnostics", "index": ""}
STEPS = 'may_be_empty = true\nsteps = [ { use = "filters.text:nonempty" } ]\n'  # of answers that are no pages
STAGE = f'[[stage]]\nname = "kept"\nafter = {list(KINDS)}\n{STEPS}'
ASK = (
    "import sys; from winnow.ingest.io.uris import open_uri\n"
    "for url in sys.argv[1:]:\n"
    "    with open_uri(url) as file: print(len(file.read()))\n"
)
_RECORDS = ("response", "resource", "conversion", "revisit")


def find_pages(data: Path) -> Iterator[Page]:
    """True captures: of each its URL, HTTP header and body as they were stored."""
    for path in sorted((data / "warc").glob("*/*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type == "response" and record.http_headers is not None:
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    status = record.http_headers.get_statuscode()
                    kind = (record.http_headers.get_header("Content-Type") or "").partition(";")[0].strip()
                    body = record.raw_stream.read()
                    headers = tuple(record.http_headers.headers)
                    yield Page(url, body, int(status or 200), kind or "text/html", "fra,eng", headers)
    with tarfile.open(data / "web/wcxb-dev.tar.xz") as archive:
        for number, member in enumerate(archive):
            if member.name.endswith(".html") and number % 8 == 0:
                body = archive.extractfile(member).read()  # type: ignore[union-attr]
                name = Path(member.name).stem
                host = f"{'www.' if number % 2 else ''}site{number % 90}.{'de' if number % 5 else 'org'}"
                url = f"https://{host}/{name}"
                yield Page(url, body, 200, "text/html", ["eng", "deu", "eng,deu"][number // 8 % 3])


def count_captures(root: Path, folder: str) -> int:
    """Records that are captures in all files of a kind, by warcio."""
    total = 0
    for path in root.glob(f"crawl-data/{CRAWL}/segments/*/{folder}/*.gz"):
        with path.open("rb") as file:
            total += sum(record.rec_type in _RECORDS for record in ArchiveIterator(file))
    return total


def begin(name: str, sources: str, workers: int) -> runs.Process:
    """A run as a user starts it."""
    recipe = FOLDER / f"{name}.toml"
    recipe.write_text(f'name = "crawl"\nmax_failed = 1.0\n{sources}\n{STAGE}')
    return runs.begin(FOLDER / f"{name}.log", "run", recipe, FOLDER / name, "--workers", workers)


def run(name: str, sources: str, workers: int) -> int:
    return begin(name, sources, workers).wait()


def digest_rows(out: Path) -> tuple[str, Counter[tuple[str, str]]]:
    """A digest of all rows, kept, dropped and failed, whichever part they are in, and counts by source."""
    found, counts = [], Counter[tuple[str, str]]()
    for kind in ("kept", "dropped", "failed"):
        folder = out / "kept" if kind == "kept" else out / "kept" / kind
        for path in sorted(folder.glob("part-*.parquet")):
            frame = pl.read_parquet(path)
            counts.update((source, kind) for source in frame["source"])
            found += [f"{kind} {sorted(row.items())}" for row in frame.rows(named=True)]
    return hashlib.sha256("\n".join(sorted(found)).encode("utf-8", "replace")).hexdigest(), counts


def judge_server(figures: Figures, name: str, server: Server, root: Path, files: int, captures: int) -> None:
    """What the server saw: requests (as files, records and faults explain them), connections, the pace."""
    faults = server.count(503) + server.count(403) + server.cuts
    told = f"{server.count(503)} of 503, {server.count(403)} of 403, {server.cuts} cut"
    ranges = [asked for _, path, asked, _ in server.asked if "/segments/" in path]
    ranged = sum(re.fullmatch(r"bytes=\d+-\d+", asked) is not None for asked in ranges)
    index = sum(path.startswith("cc-index") for _, path, _, _ in server.asked)
    print(f"  {len(server.asked)} requests, {told}; {ranged} for records of {captures}, {index} of the index")
    figures.add(
        f"{name}_requests", len(server.asked), files + len(KINDS) + captures + index + faults, most=True
    )
    figures.add(f"{name}_requests_by_record", ranged / captures, 1, most=True)
    figures.add(f"{name}_faults_met", faults, 10)
    figures.add(f"{name}_connections", server.highest, 10, most=True)
    again, last = [], {}
    for at, path, asked, status in server.asked:
        if last.get((path, asked), 200) != 200:
            again.append(at)
        last[path, asked] = status
    gaps = [later - sooner for sooner, later in pairwise(again)]
    figures.add(f"{name}_least_seconds_between_repeats", min(gaps, default=1.0), 0.95)


def write_sources(root: str) -> str:
    """A source for each kind of file of the crawl, the index among them."""
    return "\n".join(
        f'[[source]]\nname = "{kind}"\ncrawl = "{CRAWL}"\nkind = "{kind}"\nroot = "{root}"\n'
        f"{INDEX if kind == 'index' else READ}\n"
        for kind in KINDS
    )


def run_on_bad_days(figures: Figures, root: Path, name: str, workers: int, expected: dict[str, int]) -> None:
    """All kinds by name and by index, over a server with faults: what came of each, and of the server."""
    with serve(root, **BAD_DAYS) as server:
        files = sorted(root.glob(f"crawl-data/{CRAWL}/segments/*/*/*.gz"))
        server.changed.update(str(path.relative_to(root)) for path in files[1:3])
        begun = time.monotonic()
        figures.add(f"{name}_exit_code", run(name, write_sources(server.url), workers), 0, most=True)
        print(f"  {time.monotonic() - begun:.0f} s", flush=True)
        figures.add(f"{name}_files_changed_meanwhile", 2 - len(server.changed), 2)
        judge_server(figures, name, server, root, len(files), expected["index"])
    counts = digest_rows(FOLDER / name)[1]
    for kind in KINDS:
        told = {what: count for (source, what), count in sorted(counts.items()) if source == kind}
        print(f"  {kind}: {told} of {expected[kind]}")
        figures.add(f"{name}_{kind}_captures_accounted", sum(told.values()) / expected[kind], 1)
        figures.add(f"{name}_{kind}_captures_beyond", sum(told.values()) - expected[kind], 0, most=True)


def try_kill(figures: Figures, root: Path, expected: dict[str, str]) -> None:
    """Killed with all it started, once some parts are done; then begun again."""
    with serve(root, **{**BAD_DAYS, "slow": 0.02}) as server:
        going = begin("killed", write_sources(server.url), 2)
        receipts = FOLDER / "killed/kept/receipts"
        while going.poll() is None and len(list(receipts.glob("part-*.json"))) < 8:
            time.sleep(0.05)
        done = len(list(receipts.glob("part-*.json")))
        figures.add("killed_met_a_run", runs.kill(going), 1)
        time.sleep(1)
        at = len(server.asked)
        files = len(list(root.glob(f"crawl-data/{CRAWL}/segments/*/*/*.gz")))
        figures.add("killed_exit_code_of_the_next", run("killed", write_sources(server.url), 2), 0, most=True)
        whole = [path for _, path, ranged, _ in server.asked[at:] if ".paths.gz" not in path and not ranged]
        print(f"  {done} parts were done, of {files} files and the index; {len(set(whole))} asked for after")
        figures.add("killed_files_asked_for_after", len(set(whole)), files - done + 2, most=True)
    figures.add("killed_same_bytes", runs.digest(FOLDER / "killed", "part-*.parquet") == expected, 1)


def try_connections(figures: Figures, root: Path) -> None:
    """Fourteen processes that ask at once, as the workers of one run."""
    paths = sorted(root.glob(f"crawl-data/{CRAWL}/segments/*/warc/*.gz"))[:3]
    env = {**os.environ, "PYTHONPATH": str(runs.ROOT), "WINNOW_CONNECTIONS": str(FOLDER / "connections")}
    with serve(root, slow=0.05) as server:
        urls = [f"{server.url}{path.relative_to(root)}" for path in paths]
        asking = [subprocess.Popen([sys.executable, "-c", ASK, *urls], env=env, stdout=-1) for _ in range(14)]
        sizes = [path.stat().st_size for path in paths]
        whole = sum([int(x) for x in one.communicate()[0].split()] == sizes for one in asking)
        print(f"connections: 14 processes, {server.highest} connections at once, {server.count(403)} of 403")
        figures.add("processes_that_got_all", whole, 14)
        figures.add("connections_of_14_processes", server.highest, 10, most=True)
        figures.add("refused_of_14_processes", server.count(403), 0, most=True)
        figures.add("connections_used", server.highest, 5)


def try_narrow(figures: Figures, root: Path) -> None:
    """A server that allows one connection, and four workers: 403 is heard as `slow down`."""
    with serve(root, most=1, slow=0.01) as server:
        figures.add("narrow_exit_code", run("narrow", write_sources(server.url), 4), 0, most=True)
        print(f"narrow: {server.count(403)} of 403 in {len(server.asked)} requests")
        figures.add("narrow_refused_with_403", server.count(403), 1)
    same = digest_rows(FOLDER / "narrow") == digest_rows(FOLDER / "local")
    figures.add("narrow_rows_as_local", same, 1)


def main() -> None:
    data = inputs.find_data("warc", "web/wcxb-dev.tar.xz")
    figures = Figures("crawl", FOLDER)
    root = FOLDER / "root"
    root.mkdir(parents=True)
    pages = list(find_pages(data))
    index = crawl_server.lay_out(root, pages, each=60, group=60)
    size = sum(path.stat().st_size for path in root.rglob("*.gz"))
    print(f"{len(pages)} captures, {size:,} bytes in {len(list(root.rglob('*.gz')))} files", flush=True)
    first = pl.col("content_languages").str.split(",").list.first()
    html = (pl.col("content_mime_detected") == "text/html") & (pl.col("fetch_status") == 200)
    expected = {kind: count_captures(root, folder) for kind, folder in KINDS.items() if folder}
    expected["index"] = index.filter((first == "eng") & html).height
    figures.add("local_exit_code", run("local", write_sources(str(root)), 0), 0, most=True)
    for workers in (2, 4):
        run_on_bad_days(figures, root, f"with_{workers}_workers", workers, expected)
    made = [runs.digest(FOLDER / f"with_{workers}_workers", "part-*.parquet") for workers in (2, 4)]
    figures.add("same_bytes_for_any_workers", made[0] == made[1], 1)
    rows = [digest_rows(FOLDER / name) for name in ("with_2_workers", "local")]
    figures.add("rows_as_local", rows[0] == rows[1], 1)
    try_kill(figures, root, made[0])
    try_connections(figures, root)
    try_narrow(figures, root)
    figures.close()


if __name__ == "__main__":
    main()
