"""Gate: Common Crawl by name and by index, from a server laid out as the crawl's that has bad days.

`make gate NAME=crawl`, with WINNOW_DATA. The crawl is made of true captures (the WARC files of `warc/`, read
by warcio, and every third page of `web/wcxb-dev`), a file for each 40. The server answers every 9th request
with 503, ends every 6th answer in its middle, is slow, changes two files while they are read, and answers who
has more than 10 connections with 403. Counted is what it saw. What is expected is counted by warcio and polars,
not by our code. Writes under out/gates/crawl/.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
from figures import Figures
from warcio.archiveiterator import ArchiveIterator

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "pipelines"))

import crawl_server
from crawl_server import CRAWL, SEGMENTS, TABLE, Page, Server, serve

FOLDER = Path("out/gates/crawl").resolve()
BAD_DAYS: dict[str, Any] = {"busy": 9, "cut": 6, "slow": 0.003}
READ = 'read = { use = "ingest.warc:read" }'
WANTED = {"languages": ["eng"], "types": ["text/html"]}
INDEX = 'read = { use = "ingest.commoncrawl:select", languages = ["eng"], types = ["text/html"] }'
STAGE = '[[stage]]\nname = "kept"\nafter = "web"\nsteps = [ { use = "filters.text:nonempty" } ]\n'
PRINTED = re.compile(r"```toml\n(# Common Crawl.*?)```", re.DOTALL)
ASK = (
    "import sys; from ingest.io.uris import open_uri\n"
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
            if member.name.endswith(".html") and number % 3 == 0:
                body = archive.extractfile(member).read()  # type: ignore[union-attr]
                name = Path(member.name).stem
                host = f"{'www.' if number % 2 else ''}site{number % 90}.{'de' if number % 5 else 'org'}"
                url = f"https://{host}/{name}"
                yield Page(url, body, 200, "text/html", ["eng", "deu", "eng,deu"][number // 3 % 3])


def count_captures(root: Path, folder: str) -> int:
    """Records that are captures in all files of a kind, by warcio."""
    total = 0
    for path in root.glob(f"crawl-data/{CRAWL}/segments/*/{folder}/*.gz"):
        with path.open("rb") as file:
            total += sum(record.rec_type in _RECORDS for record in ArchiveIterator(file))
    return total


def begin(name: str, source: str, read: str, workers: int) -> subprocess.Popen[bytes]:
    """A run as a user starts it."""
    recipe = FOLDER / f"{name}.toml"
    recipe.write_text(
        f'name = "crawl"\nmax_failed = 1.0\n[[source]]\nname = "web"\n{source}\n{read}\n{STAGE}'
    )
    command = [
        sys.executable,
        "-m",
        "pipelines.run",
        str(recipe),
        str(FOLDER / name),
        "--workers",
        str(workers),
    ]
    with (FOLDER / f"{name}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


def run(name: str, source: str, read: str, workers: int) -> int:
    return begin(name, source, read, workers).wait()


def digest_rows(out: Path) -> tuple[str, Counter[str]]:
    """A digest of all rows, kept, dropped and failed, whichever part they are in, and how many there are."""
    found, counts = [], Counter[str]()
    for kind in ("kept", "dropped", "failed"):
        folder = out / "kept" if kind == "kept" else out / "kept" / kind
        for path in sorted(folder.glob("part-*.parquet")):
            frame = pl.read_parquet(path)
            counts[kind] += frame.height
            found += [f"{kind} {sorted(row.items())}" for row in frame.rows(named=True)]
    return hashlib.sha256("\n".join(sorted(found)).encode("utf-8", "replace")).hexdigest(), counts


def digest_files(out: Path) -> str:
    """Of the names and bytes of all documents and ledgers."""
    total = hashlib.sha256()
    for path in sorted(out.rglob("part-*.parquet")):
        total.update(str(path.relative_to(out)).encode() + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def judge_server(figures: Figures, name: str, server: Server, files: int) -> None:
    """What the server saw: requests within what `files` and the faults explain, connections, and the pace."""
    faults = server.count(503) + server.count(403) + server.cuts
    told = f"{server.count(503)} of 503, {server.count(403)} of 403, {server.cuts} cut"
    print(f"  {len(server.asked)} requests, {told}", flush=True)
    figures.add(f"{name}_requests", len(server.asked), files + faults, most=True)
    figures.add(f"{name}_faults_met", faults, 1)
    figures.add(f"{name}_connections", server.highest, 10, most=True)
    again, last = [], {}
    for at, path, _, status in server.asked:
        if path in last and last[path] != 200:
            again.append(at)
        last[path] = status
    gaps = [later - sooner for sooner, later in pairwise(again)]
    figures.add(f"{name}_least_seconds_between_repeats", min(gaps, default=1.0), 0.95)


def try_name(figures: Figures, root: Path, kind: str, folder: str, numbers: tuple[int, ...]) -> None:
    """By name, with so many workers, beside the local files."""
    expected, made = count_captures(root, folder), []
    run(f"{kind}-local", f'crawl = "{CRAWL}"\nkind = "{kind}"\nroot = "{root}"', READ, 2)
    local, counts = digest_rows(FOLDER / f"{kind}-local")
    files = len(list(root.glob(f"crawl-data/{CRAWL}/segments/*/{folder}/*.gz")))
    for workers in numbers:
        name = f"{kind}-{workers}"
        with serve(root, **BAD_DAYS) as server:
            paths = sorted(root.glob(f"crawl-data/{CRAWL}/segments/*/{folder}/*.gz"))
            server.changed.update(str(path.relative_to(root)) for path in paths[1:3])
            begun = time.monotonic()
            code = run(name, f'crawl = "{CRAWL}"\nkind = "{kind}"\nroot = "{server.url}"', READ, workers)
            print(f"{name}: {files} files, {time.monotonic() - begun:.1f} s")
            figures.add(f"{name}_exit_code", code, 0, most=True)
            figures.add(f"{name}_files_changed_meanwhile", 2 - len(server.changed), 2)
            judge_server(figures, name, server, files + 1)
        found, counts = digest_rows(FOLDER / name)
        print(f"  {dict(counts)} of {expected} captures")
        figures.add(f"{name}_captures_accounted", counts.total() / expected, 1)
        figures.add(f"{name}_captures_beyond", counts.total() - expected, 0, most=True)
        figures.add(f"{name}_rows_as_local", found == local, 1)
        made.append(digest_files(FOLDER / name))
    figures.add(f"{kind}_same_bytes_for_any_workers", len(set(made)) == 1, 1)


def try_index(figures: Figures, root: Path, index: pl.DataFrame) -> None:
    """By the columnar index, with 2 and 4 workers, beside the local files."""
    first = pl.col("content_languages").str.split(",").list.first()
    meant = index.filter(
        first.is_in(WANTED["languages"])
        & pl.col("content_mime_detected").is_in(WANTED["types"])
        & (pl.col("fetch_status") == 200)
    )
    made = []
    run("index-local", f'crawl = "{CRAWL}"\nkind = "index"\nroot = "{root}"', INDEX, 2)
    local, _ = digest_rows(FOLDER / "index-local")
    for workers in (2, 4):
        name = f"index-{workers}"
        with serve(root, **BAD_DAYS) as server:
            code = run(name, f'crawl = "{CRAWL}"\nkind = "index"\nroot = "{server.url}"', INDEX, workers)
            ranged = sum("/segments/" in path for _, path, _, _ in server.asked)
            print(f"{name}: {meant.height} of {index.height} captures meant, {ranged} requests for records")
            figures.add(f"{name}_exit_code", code, 0, most=True)
            figures.add(f"{name}_requests_for_each_record", ranged / meant.height, 1, most=True)
            judge_server(figures, name, server, len(server.asked))
        found, counts = digest_rows(FOLDER / name)
        print(f"  {dict(counts)}")
        figures.add(f"{name}_captures_accounted", counts.total() / meant.height, 1)
        figures.add(f"{name}_captures_beyond", counts.total() - meant.height, 0, most=True)
        figures.add(f"{name}_rows_as_local", found == local, 1)
        made.append(digest_files(FOLDER / name))
    figures.add("index_same_bytes_for_any_workers", len(set(made)) == 1, 1)


def try_kill(figures: Figures, root: Path, kind: str, read: str, expected: str) -> None:
    """Killed with all it started, once some parts are done; then begun again."""
    with serve(root, **{**BAD_DAYS, "slow": 0.03}) as server:
        name, source = f"{kind}-killed", f'crawl = "{CRAWL}"\nkind = "{kind}"\nroot = "{server.url}"'
        going = begin(name, source, read, 2)
        receipts = FOLDER / name / "kept/receipts"
        least = 1 if kind == "index" else 3
        while going.poll() is None and len(list(receipts.glob("part-*.json"))) < least:
            time.sleep(0.05)
        done = len(list(receipts.glob("part-*.json")))
        met = going.poll() is None
        os.killpg(going.pid, signal.SIGKILL)
        going.wait()
        time.sleep(1)
        before = {path for _, path, _, status in server.asked if status == 200 and "/segments/" in path}
        at = len(server.asked)
        figures.add(f"{name}_met_a_run", met, 1)
        figures.add(f"{name}_exit_code_of_the_next", run(name, source, read, 2), 0, most=True)
        again = {path for _, path, _, _ in server.asked[at:]} & before
    figures.add(f"{name}_same_bytes", digest_files(FOLDER / name) == expected, 1)
    if kind != "index":
        print(f"  {done} parts were done, {len(again)} of {len(before)} files were asked for again")
        figures.add(
            f"{name}_files_asked_for_again_that_were_done", len(again) - (len(before) - done), 0, most=True
        )


def try_connections(figures: Figures, root: Path) -> None:
    """Fourteen processes that ask at once, as the workers of one run."""
    paths = sorted(root.glob(f"crawl-data/{CRAWL}/segments/*/warc/*.gz"))[:3]
    env = {**os.environ, "PYTHONPATH": ".", "WINNOW_CONNECTIONS": str(FOLDER / "connections")}
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


def try_narrow(figures: Figures, root: Path, expected: str) -> None:
    """A server that allows one connection, and four workers: 403 is heard as `slow down`."""
    with serve(root, most=1, slow=0.01) as server:
        code = run(
            "narrow", f'crawl = "{CRAWL}"\nroot = "{server.url}"\nsegments = ["{SEGMENTS[0]}"]', READ, 4
        )
        print(f"narrow: {server.count(403)} of 403 in {len(server.asked)} requests")
        figures.add("narrow_exit_code", code, 0, most=True)
        figures.add("narrow_refused_with_403", server.count(403), 1)
    run("narrow-local", f'crawl = "{CRAWL}"\nroot = "{root}"\nsegments = ["{SEGMENTS[0]}"]', READ, 2)
    figures.add(
        "narrow_rows_as_local", digest_rows(FOLDER / "narrow") == digest_rows(FOLDER / "narrow-local"), 1
    )


def try_store(figures: Figures, root: Path) -> None:
    """The same files as objects of S3, asked for by nobody in particular (without credentials)."""
    bucket = FOLDER / "s3"
    bucket.mkdir()
    (bucket / "commoncrawl").symlink_to(root)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        os.environ.pop(name, None)
    with serve(bucket) as server:
        os.environ |= {"AWS_ENDPOINT_URL_S3": server.url.rstrip("/"), "AWS_EC2_METADATA_DISABLED": "true"}
        for kind, read, beside in (("warc", READ, "warc-local"), ("index", INDEX, "index-local")):
            source = f'crawl = "{CRAWL}"\nkind = "{kind}"\nroot = "s3://commoncrawl/"'
            figures.add(f"s3_{kind}_exit_code", run(f"s3-{kind}", source, read, 2), 0, most=True)
            same = digest_rows(FOLDER / f"s3-{kind}") == digest_rows(FOLDER / beside)
            figures.add(f"s3_{kind}_rows_as_local", same, 1)
        del os.environ["AWS_ENDPOINT_URL_S3"]


def try_printed(figures: Figures, root: Path) -> None:
    """The recipes that the docs print, which name the crawl, against this server: with its `root` in them and
    nothing else changed."""
    printed = PRINTED.findall(Path("docs/web-archives.md").read_text())
    figures.add("recipes_printed", len(printed), 2)
    for number, text in enumerate(printed):
        with serve(root) as server:
            assert f'crawl = "{CRAWL}"' in " ".join(text.split()), "the docs name another crawl than this one"
            text = re.sub(r"(?m)^(crawl *=.*)$", rf'\1\nroot = "{server.url}"', text)
            recipe, out = FOLDER / f"printed{number}.toml", FOLDER / f"printed{number}"
            recipe.write_text(text)
            command = [sys.executable, "-m", "pipelines.run", str(recipe), str(out), "--workers", "2"]
            with (FOLDER / f"printed{number}.log").open("wb") as log:
                code = subprocess.run(command, stdout=log, stderr=log).returncode
            figures.add(f"printed_recipe_{number}_exit_code", code, 0, most=True)


def main() -> None:
    data = os.environ.get("WINNOW_DATA")
    if not data:
        sys.exit("say where the data is: WINNOW_DATA=folder with warc/ and web/wcxb-dev.tar.xz")
    figures = Figures("crawl")
    shutil.rmtree(FOLDER, ignore_errors=True)
    root = FOLDER / "root"
    root.mkdir(parents=True)
    pages = list(find_pages(Path(data)))
    index = crawl_server.lay_out(root, pages, each=40, group=100)
    size = sum(path.stat().st_size for path in root.rglob("*.gz"))
    print(
        f"{len(pages)} captures, {size:,} bytes in {len(list(root.rglob('*.gz')))} files; {TABLE}", flush=True
    )
    try_name(figures, root, "warc", "warc", (2, 4))
    try_name(figures, root, "wet", "wet", (2,))
    try_name(figures, root, "robotstxt", "robotstxt", (2,))
    try_name(figures, root, "non200", "crawldiagnostics", (2,))
    try_index(figures, root, index)
    try_kill(figures, root, "warc", READ, digest_files(FOLDER / "warc-2"))
    try_kill(figures, root, "index", INDEX, digest_files(FOLDER / "index-2"))
    try_connections(figures, root)
    try_narrow(figures, root, "")
    try_store(figures, root)
    try_printed(figures, root)
    figures.close()


if __name__ == "__main__":
    main()
