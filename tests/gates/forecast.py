"""Gate: what a recipe is told to take, from a hundredth of a corpus, beside what its run takes.

`make gate NAME=forecast`. Three corpora: a web archive of manuals' pages, in no order; manuals as files, in
folders; the Python code of the environment. Of each the forecast is divided by the run: CPU-seconds of all
parts, bytes written, and pairs of near duplicates. CPU-seconds are those of a machine that others use, too.
`ONLY=dump` prints what a dump of Common Crawl would take, from WCXB's pages (docs/dump.md). Environment: ONLY
("crawl manuals code"), SHARE (1): one page or file in so many is taken. Writes under out/gates/forecast/.
"""

import hashlib
import io
import os
import random
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import data_pages
import inputs
import near
import runs
import sections
from figures import Figures
from recipe_text import source, stage, step, write
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from winnow.pipelines.demo import archives, packages
from winnow.pipelines.engine.costs import forecast, meetings, sample, took
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.engine.parts.listing import list_sources
from winnow.pipelines.spec import toml

FOLDER = Path("out/gates/forecast").resolve()
SHARE = int(os.environ.get("SHARE", "1"))
SAMPLE, PAGES = 0.01, 10
DUMP_BYTES, DUMP_FILES = 70 * 2**40, 90_000
LEAST, MOST = 0.8, 1.2
CRAWLED = (
    "openjdk-21-doc",
    "openjdk-25-doc",
    "cppreference-doc-en-html",
    "postgresql-doc-17",
    "debian-handbook",
)
READ = ("php-doc", "ada-reference-manual-2012", "ada-reference-manual-2020", "debian-handbook")
GROUPS = Path(__file__).parents[2] / "pipelines/recipes/groups"


def list_pages(names: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Package and file of one in `SHARE` of the pages of manuals."""
    for name in names:
        try:
            folder = near.CACHE / packages.fetch_deb(name, name, near.CACHE).files
        except archives.FetchError as error:
            print(f"left out: {name}: {error}")
            continue
        yield from ((name, path.resolve()) for path in sorted(folder.rglob("*.htm*")) if take(path))


def take(path: Path) -> bool:
    """Whether a file is one of those in so many."""
    chosen = hashlib.md5(path.name.encode()).digest()[0] % SHARE == 0
    return chosen and path.is_file() and not path.is_symlink()


def make_crawl(folder: Path) -> list[str]:
    """Pages as a crawl finds them, in archives of `PAGES` each."""
    pages = list(list_pages(CRAWLED))
    random.Random(5).shuffle(pages)
    for first in range(0, len(pages), PAGES):
        with (folder / f"{first // PAGES:06d}.warc.gz").open("wb") as out:
            writer = WARCWriter(out, gzip=True)
            for package, path in pages[first : first + PAGES]:
                head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
                body = io.BytesIO(path.read_bytes())
                url = f"http://{package}.example{path}"
                writer.write_record(
                    writer.create_warc_record(url, "response", payload=body, http_headers=head)
                )
    reads = source("docs", f"{folder}/*.warc.gz", "ingest.warc:read")
    return [reads, stage("filtered", "docs", use=str(GROUPS / "winnow.toml"))]


def write_archive(path: Path, pages: list[tuple[str, bytes]]) -> None:
    """Pages, by their addresses, as a crawl keeps them."""
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=True)
        for url, html in pages:
            head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            record = writer.create_warc_record(url, "response", payload=io.BytesIO(html), http_headers=head)
            writer.write_record(record)


def make_manuals(folder: Path) -> list[str]:
    """Pages as files, in the folders of their packages."""
    link(folder, [path for _, path in list_pages(READ)])
    reads = source("docs", f"{folder}/**/*.html", "ingest.files:read")
    return [reads, stage("filtered", "docs", "ingest.html:extract", "filters.text:nonempty")]


def make_code(folder: Path) -> list[str]:
    """The modules of the packages that are installed."""
    packages = Path(sysconfig.get_path("purelib")).resolve()
    link(folder, sorted(path for path in packages.rglob("*.py") if take(path)))
    reads = source("docs", f"{folder}/**/*.py", "ingest.files:read")
    return [reads, stage("filtered", "docs", "filters.text:nonempty", "filters.repetition:repetition")]


def link(folder: Path, paths: list[Path]) -> None:
    """Links to files, in folders as theirs."""
    for path in paths:
        place = folder / path.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(path)


CORPORA = {"crawl": make_crawl, "manuals": make_manuals, "code": make_code}


def compare(figures: Figures, name: str) -> None:
    """The forecast of a corpus, its run, and one by the other."""
    (FOLDER / name).mkdir()
    path = write(
        FOLDER / f"{name}.toml",
        *CORPORA[name](FOLDER / name),
        stage("distinct", "filtered", use=str(GROUPS / "duplicates.toml")),
        stage("masked", "distinct", step("filters.pii:mask")),
        stage("shards", "masked", use=str(GROUPS / "shards.toml")),
    )
    loaded = toml.load(path)
    told = forecast.try_recipe(loaded, list_sources(loaded), SAMPLE, "auto")
    print("\n".join(forecast.describe(told)), flush=True)
    out = FOLDER / f"{name}-out"
    runs.finish(FOLDER / f"{name}.log", "run", path, out, "--workers", 1)
    each = {
        stage: took.add_up(storage.read_json(file) for file in (out / stage / "receipts").glob("*.json"))
        for stage in loaded.stages
    }
    for stage_name, one in each.items():
        cost = told.costs[stage_name]
        print(
            f"  {name}.{stage_name}: CPU {cost.cpu:.2f} told, {one.cpu:.2f} took;"
            f" bytes {cost.written:,.0f} told, {one.written:,.0f} written"
        )
    pairs = meetings.count(
        {one.name: [*one.glob("*.shuffle")] for one in (out / "distinct.paired").glob("b*=*")}
    )
    cpu, written = (sum(getattr(one, what) for one in each.values()) for what in ("cpu", "written"))
    ratios = {
        "cpu": (sum(cost.cpu for cost in told.costs.values()) + told.once) / cpu,
        "bytes": sum(cost.written for cost in told.costs.values()) / written,
        "pairs": told.costs["distinct.paired"].rows / max(pairs.rows, 1),
    }
    print(f"  {name}: {cpu:.1f} CPU-seconds, {written / 1e6:.1f} MB, {pairs.rows:,} pairs")
    for what, ratio in ratios.items():
        figures.add(f"{name}.{what}_told_of_taken", round(ratio, 3), LEAST)
        figures.add(f"{name}.{what}_told_of_taken.most", round(ratio, 3), MOST, most=True)
    shutil.rmtree(out)


def tell_dump() -> None:
    """What one dump of Common Crawl would take, from real pages of 1,295 sites: computed, never run."""
    folder = FOLDER / "dump"
    folder.mkdir()
    pages = list(data_pages.read_wcxb(inputs.find_data("web/wcxb-dev.tar.xz") / "web/wcxb-dev.tar.xz"))
    for first in range(0, len(pages), PAGES):
        write_archive(
            folder / f"{first // PAGES:06d}.warc.gz",
            [(page.url, page.html) for page in pages[first : first + PAGES]],
        )
    path = write(
        FOLDER / "dump.toml",
        source("web", f"{folder}/*.warc.gz", "ingest.warc:read"),
        stage("filtered", "web", use=str(GROUPS / "winnow.toml")),
        stage("distinct", "filtered", use=str(GROUPS / "duplicates.toml")),
        stage("masked", "distinct", use=str(GROUPS / "pii.toml")),
        stage("shards", "masked", use=str(GROUPS / "shards.toml")),
    )
    loaded = toml.load(path)
    files = list_sources(loaded)["web"]
    whole = sample.draw(loaded.sources["web"], files, 1.0)
    factor = DUMP_BYTES / whole.size
    print(f"{len(pages):,} pages, {whole.size:,} bytes packed: {factor * len(pages):,.0f} pages in the dump")
    parts = dict.fromkeys(loaded.stages, DUMP_FILES)
    told = forecast.try_samples(
        loaded, {"web": whole._replace(factor=factor)}, parts, {"web": DUMP_FILES}, "auto"
    )
    print("\n".join(forecast.describe(told)))


def main() -> None:
    """All corpora, or the dump."""
    figures = Figures("forecast", FOLDER)
    for name in sections.choose([*CORPORA, "dump"], CORPORA):
        if name == "dump":
            tell_dump()
        else:
            compare(figures, name)
    figures.close()


if __name__ == "__main__":
    main()
