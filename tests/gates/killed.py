"""Gate: a run that is killed inside a dump of a wiki of 1 GB goes on from where it was, with the same bytes.

`make gate NAME=killed`. The dump is made of the true pages in data/wikipedia/enwiki-articles.xml.bz2 (`make
data`), over and over, each with a title, an id and a last line of its own; as in a dump of all pages, two of
three are no articles, which are read and dropped. It is read plain and as bzip2 of many streams, each with
two workers: once to the end, and once killed with all that it started when a third of the parts are done, and
begun again. Environment: MEGABYTES of XML (1000), FORMS ("xml xml.bz2"). Writes under out/gates/killed/, and
removes it at the end.
"""

import bz2
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import runs
from figures import Figures
from large import kill_at, list_done, run

FOLDER = Path("out/gates/killed").resolve()
PAGES = Path("data/wikipedia/enwiki-articles.xml.bz2")
BYTES = int(os.environ.get("MEGABYTES", "1000")) * 1_000_000
PART_BYTES = {"xml": 1 << 25, "xml.bz2": 1 << 23}
A_STREAM = 100  # pages, as Wikimedia packs them
RECIPE = """name = "killed"
[[source]]
name = "wiki"
uris = ["{uri}"]
read = {{ use = "ingest.mediawiki:read", license = "CC-BY-SA-4.0" }}
part_bytes = {part_bytes}
[[stage]]
name = "filtered"
after = "wiki"
steps = [ {{ use = "filters.text:nonempty" }} ]
"""
_PAGE = re.compile(
    r"(?P<head><page>.*?<title>)(?P<title>[^<]*)(?P<to_space></title>.*?<ns>)\d+(?P<to_id></ns>.*?<id>)\d+"
    r"(?P<rest></id>.*?)(?P<end></text>.*?</page>)",
    re.DOTALL,
)


def make_pages() -> Iterator[bytes]:
    """The head of the dump, and pages without an end."""
    text = bz2.decompress(PAGES.read_bytes()).decode()
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
        while written < BYTES:
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


def measure(figures: Figures, form: str) -> None:
    """All figures of one form of the dump."""
    dump, recipe = FOLDER / f"dump.{form}", FOLDER / f"{form}.toml"
    pages = write_dump(dump)
    recipe.write_text(RECIPE.format(uri=dump, part_bytes=PART_BYTES[form]))
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
    figures.add(f"{form}_megabytes", dump.stat().st_size / 1e6, BYTES / 1e6 if form == "xml" else 1)
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
    figures = Figures("killed", FOLDER)
    for form in os.environ.get("FORMS", "xml xml.bz2").split():
        measure(figures, form)
    shutil.rmtree(FOLDER)
    figures.close()


if __name__ == "__main__":
    main()
