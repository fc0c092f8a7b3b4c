"""Gate: is a text good, judged by what people and two raters said, not by where it comes from?

`WINNOW_DATA=... make gate NAME=quality`. DCLM's 218 documents on which raters disagreed, out of fold by the
procedure that the shipped head was trained by (`tests/shipped/quality.py`); 305 texts of three types from
sources that no head has seen, graded by two readings of a language model before any head scored them
(`golds/quality_grades.jsonl`, by `golds/quality_rubric.md`); the same texts laid out otherwise. Texts that
are no longer found are said. Pages that other extractors test with are none of them any more: with these 351
texts were found, and the rank correlation of prose was .763.
"""

import os
import time
from pathlib import Path

import numpy as np
import polars as pl
from figures import Figures
from quality_origins import held_out
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedKFold

from tests.shipped import quality as shipped
from tests.shipped.graded import read_grades
from winnow.classifiers import quality
from winnow.classifiers.head import stack
from winnow.classifiers.head.card import measure_auc
from winnow.classifiers.reading.reformat import WAYS

FOLDER = Path("out/gates/quality")
GRADES = Path(__file__).parent / "golds/quality_grades.jsonl"
LEAST = {"prose": 0.65, "code": 0.5, "maths": 0.4}
REPEATS = 3


def judge_dclm(figures: Figures, data: Path) -> None:
    """Each tenth of DCLM's documents by a head that learnt from the other nine and from all graded texts."""
    dclm, graded = shipped.read_dclm(data), shipped.read_graded(data, FOLDER)
    answer = dclm["good"].to_numpy() > 0.5
    scores = np.zeros((REPEATS, len(answer)))
    for seed in range(REPEATS):
        folds = StratifiedKFold(10, shuffle=True, random_state=seed)
        for taught, asked in folds.split(answer, answer):
            head, _ = shipped.fit(pl.concat([dclm[taught], graded]), layout=False)
            scores[seed, asked] = stack.predict(head, dclm["text"].gather(asked))[:, 1]
    aucs = [measure_auc(answer, row)["auc"] for row in scores]
    figures.add("AUC on DCLM's 218 documents, out of fold", round(float(np.mean(aucs)), 4), 0.76)
    mean = scores.mean(axis=0)
    order = np.argsort(dclm["text"].str.len_chars().to_numpy(), kind="stable")
    for name, rows in zip(("short", "middle", "long"), np.array_split(order, 3), strict=True):
        found = measure_auc(answer[rows], mean[rows])
        print(f"  {name} third: {found['auc']:.3f} ({found['low']:.3f} to {found['high']:.3f})")


def judge_grades(figures: Figures) -> pl.DataFrame:
    """Rank correlation within types with the mean grade; the texts."""
    found = read_grades(GRADES, held_out(FOLDER).select("text", "source"))
    figures.add("graded texts that are found", found.height, 290)
    scored = quality.score(found.with_columns(text_type="type"), by="text_type")
    for kind, least in LEAST.items():
        rows = scored.filter(type=kind)
        one, two = (rows["grades"].list.get(k) for k in (0, 1))
        kappa = cohen_kappa_score((one * 2).cast(int), (two * 2).cast(int), weights="quadratic")
        rho = spearmanr(rows["score_quality"], rows["grade"])[0]
        print(
            f"  {kind}: {rows.height} texts; raters: rho {spearmanr(one, two)[0]:.3f}, "
            f"weighted kappa {kappa:.3f}"
        )
        figures.add(f"rank correlation with grades, {kind}", round(float(rho), 3), least)
        fullest = (
            np.bincount((rows["score_quality"].to_numpy() * 5).astype(int).clip(0, 4)).max() / rows.height
        )
        figures.add(f"share of the fullest of five buckets, {kind}", round(float(fullest), 3), 0.5, most=True)
    for (source,), rows in sorted(scored.group_by("source")):
        answer = rows["grade"].to_numpy() > rows["grade"].median()
        if (auc := measure_auc(answer, rows["score_quality"].to_numpy()))[
            "auc"
        ] is not None and rows.height > 8:
            print(
                f"  within {source}: AUC {auc['auc']:.3f} ({auc['low']:.3f} to {auc['high']:.3f}), "
                f"{rows.height} texts"
            )
    return found


def judge_formats(figures: Figures, texts: pl.Series) -> None:
    """How many documents change sides of a cut when they are laid out otherwise, at worst of three cuts."""
    docs = pl.DataFrame({"text": texts})
    before = quality.score(docs)["score_quality"].to_numpy()
    for name, change in WAYS.items():
        changed = docs.select(pl.col("text").map_elements(change, return_dtype=pl.String))
        after = quality.score(changed)["score_quality"].to_numpy()
        cuts = [np.quantile(before, part) for part in (0.3, 0.5, 0.7)]
        flips = max(float(((before >= cut) != (after >= cut)).mean()) for cut in cuts)
        figures.add(f"share of verdicts that change: {name}", round(flips, 4), 0.02, most=True)


def judge_speed(figures: Figures, texts: pl.Series) -> None:
    """Documents a second of one CPU."""
    docs = pl.DataFrame({"text": pl.concat([texts] * max(1, 6000 // len(texts)))})
    quality.score(docs.head(10))
    begun = time.process_time()
    quality.score(docs)
    speed = docs.height / (time.process_time() - begun)
    print(f"  documents of {docs['text'].str.len_bytes().mean():.0f} bytes")
    figures.add("documents a CPU second", round(speed), 2500)


def main() -> None:
    """Measure, print, write."""
    data = os.environ.get("WINNOW_DATA")
    if not data or not (Path(data) / "quality/dclm_human_quality_dev.jsonl.gz").exists():
        raise SystemExit(
            "set WINNOW_DATA to the folder with quality/dclm_human_quality_dev.jsonl.gz, web and turku"
        )
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures = Figures("quality")
    found = judge_grades(figures)
    pages = shipped.read_pages(Path(data))["text"].str.slice(0, 6000)
    texts = pl.concat([found["text"], pages.filter(pages.str.len_chars() > 100)])
    judge_speed(figures, texts)
    judge_formats(figures, texts)
    judge_dclm(figures, Path(data))
    figures.close()


if __name__ == "__main__":
    main()
