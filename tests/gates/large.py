"""Gate: one large file is many parts; killed inside it a run goes on from there, with the same bytes.

`make gate NAME=large`. ONLY names forms, with commas between (`jsonl,warc`):

- `jsonl`, of JSONL_MEGABYTES (2000), and `warc`, of WARC_MEGABYTES (1000), made of data/web/*.warc.gz (`make
  data`): one worker, two beside it, which needs two idle cores, and one run killed at half;
- `xml` and `xml.bz2`, of MEGABYTES of XML (1000): a wiki's dump of the true pages in
  data/wikipedia/enwiki-articles.xml.bz2, over and over, each with a title, an id and a last line of its own;
  as in a dump of all pages, two of three are no articles, which are read and dropped. Plain, and as bzip2 of
  many streams: once to the end with two workers, and once killed at a third.

Writes under out/gates/large/, and removes it at the end.
"""

import bz2
import json
import os
import random
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import archives
import polars as pl
import runs
import sections
from figures import Figures
from recipe_text import LANGUAGE, RULES, source, stage, step, write
from web import WARCS

FOLDER = Path("out/gates/large").resolve()
DUMP_BYTES = int(os.environ.get("MEGABYTES", "1000")) * 1_000_000
PART_BYTES = {"xml": 1 << 25, "xml.bz2": 1 << 23}
A_STREAM = 100  # pages, as Wikimedia packs them
ARTICLES = Path("data/wikipedia/enwiki-articles.xml.bz2")
JSONL = int(os.environ.get("JSONL_MEGABYTES", "2000")) * 1_000_000
WARC = int(os.environ.get("WARC_MEGABYTES", "1000")) * 1_000_000
_PAGE = re.compile(
    r"(?P<head><page>.*?<title>)(?P<title>[^<]*)(?P<to_space></title>.*?<ns>)\d+(?P<to_id></ns>.*?<id>)\d+"
    r"(?P<rest></id>.*?)(?P<end></text>.*?</page>)",
    re.DOTALL,
)


def write_jsonl(path: Path) -> int:
    """Texts of real pages over and over, each line another; returns how many."""
    from winnow.ingest import html, warc

    files = sorted(WARCS.glob("*.warc.gz"))
    pages = [
        html.extract(frame.filter(pl.col("error").is_null())) for f in files for frame in warc.read(str(f))
    ]
    texts = [text for frame in pages for text in frame["text"].drop_nulls() if len(text) > 500]
    drawn, written, lines = random.Random(5), 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < JSONL:
            row = {"text": f"{drawn.choice(texts)}\nThis is copy {lines}.", "id": lines}
            written += file.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines += 1
    return lines


def run(recipe: Path, out: Path, workers: int) -> runs.Used:
    return runs.finish(out.with_suffix(".log"), "run", recipe, out, "--workers", workers)


def list_done(out: Path) -> dict[str, int]:
    """The parts that are done, with the time at which each was: their documents are written last."""
    return {path.stem: path.stat().st_mtime_ns for path in out.glob("filtered/part-*.parquet")}


def kill_at(recipe: Path, out: Path, count: int) -> dict[str, int]:
    """Begin with two workers and kill all of it when so many parts are done; returns those."""
    going = runs.begin(out.with_suffix(".log"), "run", recipe, out, "--workers", 2)
    while going.poll() is None and len(list_done(out)) < count:
        time.sleep(0.1)
    runs.kill(going)
    return list_done(out)


def measure(figures: Figures, kind: str, path: Path, records: int) -> None:
    """All figures of one large file."""
    recipe = FOLDER / f"{kind}.toml"
    read, first = ("warc", ["ingest.html:extract"]) if kind == "warc" else ("jsonl", [])
    filtered = stage("filtered", "large", *first, *LANGUAGE, *RULES)
    write(recipe, source("large", path, f"ingest.{read}:read"), filtered)
    outs = {name: FOLDER / f"{kind}-{name}" for name in ("one", "two", "killed")}
    one, two = run(recipe, outs["one"], 1), run(recipe, outs["two"], 2)
    parts = json.loads((outs["two"] / "filtered/stage.json").read_text())["parts"]
    came = sum(part["rows_in"] for part in parts.values())
    fates = sum(part[fate] for part in parts.values() for fate in ("kept", "dropped", "failed"))
    print(f"  {kind}: {path.stat().st_size / 1e9:.2f} GB, {len(parts)} parts, {came:,} rows;", end=" ")
    print(f"{one.seconds:.1f} s and {two.seconds:.1f} s", flush=True)
    figures.add(f"{kind}_parts", len(parts), 8)
    figures.add(f"{kind}_records_lost", abs(records - came) + abs(came - fates), 0, most=True)
    figures.add(f"{kind}_one_worker_over_two_seconds", round(one.seconds / two.seconds, 2), 1.8)
    figures.add(f"{kind}_worker_peak_gb", round(max(one.peak, two.peak), 2), 1.5, most=True)
    done = kill_at(recipe, outs["killed"], len(parts) // 2)
    rest = run(recipe, outs["killed"], 2)
    after = list_done(outs["killed"])
    print(
        f"  {kind}: killed with {len(done)} of {len(parts)} parts done; the rest took {rest.seconds:.1f} s",
        flush=True,
    )
    same = runs.digest(outs["one"] / "filtered")
    figures.add(f"{kind}_parts_left_at_kill", len(parts) - len(done), 1)
    figures.add(f"{kind}_parts_begun_again", sum(after[n] != at for n, at in done.items()), 0, most=True)
    figures.add(f"{kind}_same_bytes", all(runs.digest(out / "filtered") == same for out in outs.values()), 1)
    for out in outs.values():
        shutil.rmtree(out)
    path.unlink()


def make_pages() -> Iterator[bytes]:
    """The head of the dump, and pages without an end."""
    text = bz2.decompress(ARTICLES.read_bytes()).decode()
    yield text[: text.index("<page>")].encode()
    found = list(_PAGE.finditer(text))
    number = 0
    while True:
        for page in found:
            number += 1
            space = 0 if number % 3 == 0 else 1
            made = page.expand(rf"\g<head>\g<title> {number}\g<to_space>{space}\g<to_id>{number}\g<rest>")
            yield f"{made}\nThis is page {number}.{page['end']}\n".encode()


def write_dump(path: Path) -> int:
    """The dump, packed by the stream where its name says so; returns how many pages."""
    pack = bz2.compress if path.suffix == ".bz2" else bytes
    pages = make_pages()
    with path.open("wb") as file:
        head = next(pages)
        file.write(pack(head))
        written, count = len(head), 0
        while written < DUMP_BYTES:
            stream = b"".join(next(pages) for _ in range(A_STREAM))
            file.write(pack(stream))
            written += len(stream)
            count += A_STREAM
        file.write(pack(b"</mediawiki>"))
    return count


def list_files(out: Path, parts: set[str]) -> dict[str, tuple[int, int]]:
    """The files of some parts, documents and ledgers: of each its inode, and when it was written."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (out / "filtered").rglob("part-*.parquet")
        if path.stem in parts
    }


def measure_dump(figures: Figures, form: str) -> None:
    """All figures of one form of the dump."""
    dump, recipe = FOLDER / f"dump.{form}", FOLDER / f"{form}.toml"
    pages = write_dump(dump)
    read = step("ingest.wikis.mediawiki:read", license="CC-BY-SA-4.0")
    wiki = source("wiki", dump, read, part_bytes=PART_BYTES[form])
    write(recipe, wiki, stage("filtered", "wiki", "filters.text:nonempty"), max_failed=None)
    whole, killed = (FOLDER / f"{form.replace('.', '-')}-{name}" for name in ("whole", "killed"))
    first = run(recipe, whole, 2)
    parts = json.loads((whole / "filtered/stage.json").read_text())["parts"]
    fates = {fate: sum(part[fate] for part in parts.values()) for fate in ("kept", "dropped", "failed")}
    print(f"  {form}: {dump.stat().st_size / 1e6:.0f} MB, {pages:,} pages, {len(parts)} parts; {fates}")
    print(f"  to the end in {first.seconds:.0f} s, with {first.peak:.2f} GB at most in a process", flush=True)
    third = max(1, len(parts) // 3)
    done = set(kill_at(recipe, killed, third))
    before = list_files(killed, done)
    rest = run(recipe, killed, 2)
    after = list_files(killed, done)
    print(f"  killed with {len(done)} of {len(parts)} parts done; the rest took {rest.seconds:.0f} s")
    figures.add(f"{form}_megabytes", dump.stat().st_size / 1e6, DUMP_BYTES / 1e6 if form == "xml" else 1)
    figures.add(f"{form}_pages_lost", abs(pages - sum(fates.values())) + fates["failed"], 0, most=True)
    figures.add(f"{form}_parts_done_at_kill", len(done), third)
    figures.add(f"{form}_parts_left_at_kill", len(parts) - len(done), 1)
    figures.add(f"{form}_parts_at_the_end", len(list_done(killed)), len(parts))
    figures.add(f"{form}_files_made_again", sum(after[n] != was for n, was in before.items()), 0, most=True)
    figures.add(f"{form}_same_bytes", runs.digest(whole / "filtered") == runs.digest(killed / "filtered"), 1)
    figures.add(f"{form}_worker_peak_gb", round(max(first.peak, rest.peak), 2), 1.5, most=True)
    for out in (whole, killed):
        shutil.rmtree(out)
    dump.unlink()


def main() -> None:
    only = sections.choose(("jsonl", "warc", *PART_BYTES), ("jsonl", "warc"))
    figures = Figures("large", FOLDER)
    if "jsonl" in only:
        path = FOLDER / "large.jsonl"
        measure(figures, "jsonl", path, write_jsonl(path))
    if "warc" in only:
        path = FOLDER / "large.warc.gz"
        made = archives.large(path, archives.pages(WARCS), WARC, b"x", seed=1)
        measure(figures, "warc", path, sum(made.values()))
    for form in PART_BYTES:
        if form in only:
            measure_dump(figures, form)
    shutil.rmtree(FOLDER)
    figures.close()


if __name__ == "__main__":
    main()
