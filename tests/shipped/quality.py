"""Train the quality heads that come with Winnow: `python -m tests.shipped.quality DATA FOLDER`.

DATA is the folder of the project's real data: read are DCLM's 218 documents on which raters disagreed, the
pages of WCXB (its development half) and the English pages of TurkuNLP. FOLDER is where packages of known
origin are fetched to. `quality_grades.jsonl` beside this file has the grades (0 to 5, by the rubric in
`tests/gates/golds/quality_rubric.md`, by a language model that read each text) of texts that are known by
the hash of how they start. Texts that are no longer found are said.
"""

import gzip
import json
import shutil
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import click
import numpy as np
import polars as pl
from resiliparse.extract.html2text import extract_plain_text

from tests.shipped import origins
from tests.shipped.graded import read_grades
from winnow.classifiers import quality
from winnow.classifiers.head import card, stack, store
from winnow.ingest import html

MODEL = Path("classifiers/models/quality")
GRADES = Path(__file__).with_name("quality_grades.jsonl")
MEMBERS = ("shape", "trees", "ngrams")
TOP = 5.0  # the best grade
OWN = ("code", "maths")  # types with heads beside that of all; the look of their lines counts, too


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
def main(data: Path, folder: Path) -> None:
    """Train, and write the heads and their card."""
    taught = read(data, folder)
    print(taught.group_by("type").len().sort("type"))
    shutil.rmtree(MODEL, ignore_errors=True)
    write(taught, MODEL)
    print((MODEL / "card.md").read_text())


def read(data: Path, folder: Path) -> pl.DataFrame:
    """All that is learnt from: text, source, good, type."""
    return pl.concat([read_dclm(data), read_graded(data, folder)])


def write(taught: pl.DataFrame, out: Path) -> None:
    """Train the heads on what was read, and write them and their card."""
    heads, cards = {}, {}
    for name in ("all", *OWN):
        rows = rank(taught.filter(type=name)) if name in OWN else taught
        head, shares = fit(rows, layout=name in OWN)
        (out / name).mkdir(parents=True)
        store.save(head, out / name, {"by": "text_type"})
        heads[name], cards[name] = head.told, card.measure(rows, shares[:, 1], "type")
    (out / "quality.json").write_text(json.dumps({"by": "text_type", "heads": list(heads)}) + "\n")
    settings = {"members": list(MEMBERS), "grades": GRADES.name}
    card.write(out, "Quality classifier", {"settings": settings, "heads": heads}, cards)


def rank(rows: pl.DataFrame) -> pl.DataFrame:
    """How good a text is among its type: the share of graded ones that it is better than, ties half.

    Grades of code lie close together, and so would scores: what is asked of a type is an order.
    """
    return rows.with_columns(good=(pl.col("good").rank() - 0.5) / pl.len())


def fit(rows: pl.DataFrame, *, layout: bool) -> tuple[stack.Head, np.ndarray]:
    """A head and its shares out of fold: what the gate repeats on each fold of DCLM's documents."""
    wanted = np.column_stack([1 - rows["good"], rows["good"]])
    groups = rows["source"].to_numpy()
    one = pl.Series(groups).is_in(["dclm", "turku"]).to_numpy()  # of these each text is a site of its own
    groups = np.where(one, np.arange(len(groups)).astype(str), groups)
    return stack.fit(rows["text"], wanted, quality.CLASSES, groups=groups, names=MEMBERS, layout=layout)


def read_dclm(data: Path) -> pl.DataFrame:
    """DCLM's documents: text, source, good, type."""
    with gzip.open(data / "quality/dclm_human_quality_dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    texts = pl.DataFrame(
        {"text": [row["text"] for row in rows], "good": [float(row["label"]) for row in rows]}
    )
    return texts.select("text", pl.lit("dclm").alias("source"), "good", pl.lit("web").alias("type"))


def read_graded(data: Path, folder: Path) -> pl.DataFrame:
    """The graded texts that are found again: text, source, good, type."""
    known = read_origins(data, folder).select("text", "source")
    found = read_grades(GRADES, pl.concat([read_turku(data), read_pages(data), known]))
    return found.select("text", "source", good=pl.col("grade") / TOP, type="type")


def read_origins(data: Path, folder: Path) -> pl.DataFrame:
    """Documents of packages of known origin, kept in the folder once they were read."""
    kept = folder / "origins.parquet"
    if not kept.exists():
        origins.documents(folder, data).write_parquet(kept)
    return pl.read_parquet(kept)


def read_pages(data: Path) -> pl.DataFrame:
    """WCXB's pages, each as two extractors give it: text, source (the site)."""
    with tarfile.open(data / "web/wcxb-dev.tar.xz") as archive:
        files = {Path(member.name): archive.extractfile(member) for member in archive if member.isfile()}
        read = {path: file.read() for path, file in files.items() if file}
    pages = {
        path.stem: data.decode("utf-8", "replace") for path, data in read.items() if path.suffix == ".html"
    }
    sites = {
        path.stem: json.loads(data).get("url") or ""
        for path, data in read.items()
        if path.suffix == ".json" and path.parent.name == "ground-truth"
    }
    docs = pl.DataFrame(
        {"text": pages.values(), "source": [urlsplit(sites[name]).hostname or name for name in pages]}
    )
    ours = html.extract(docs.with_columns(metadata=pl.lit(None, pl.String))).select("text", "source")
    others = [extract_plain_text(page, main_content=True, alt_texts=False) for page in pages.values()]
    return pl.concat([ours, docs.with_columns(text=pl.Series(others))]).drop_nulls()


def read_turku(data: Path) -> pl.DataFrame:
    """TurkuNLP's English pages, all their lines: text, source."""
    with gzip.open(data / "quality/turku/en/train.json.gz", "rt", encoding="utf-8") as file:
        pages = json.load(file)
    texts = ["\n".join(page["text"]) for page in pages]
    return pl.DataFrame({"text": texts}).with_columns(source=pl.lit("turku"))


if __name__ == "__main__":
    main()
