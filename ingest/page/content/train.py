"""Train the trees of `ingest.page.content.classifier`.

`python -m winnow.ingest.page.content.train GOLD... [--out content.npz]` writes them. GOLD is an archive of
Scrapinghub's article extraction benchmark or of WCXB's development half, or a JSON list of pages
(`ingest.page.content.gold`). What of a page is content is told by the words of its text; where `MARK` of
`ingest.page.content.labels` stands in the `html`, by its place.

The figures that count are those printed first: out of fold, each page judged by trees that saw no page of its
site. The shipped trees saw them all; what they reach on these pages says little.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from resiliparse.parse.html import HTMLTree
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from winnow.ingest.page import columns as col
from winnow.ingest.page.blocks import Page
from winnow.ingest.page.content import classifier, features, gold
from winnow.ingest.page.content.context import gather
from winnow.ingest.page.content.labels import MARK, drop_repeats, find_marks, measure_coverage, shingle
from winnow.ingest.page.reader import blocks_of
from winnow.ingest.page.render import render
from winnow.ingest.page.tags import Array
from winnow.trees import flatten

_MARK = re.compile(r"^\s*(?:-|\d+\.) ")
_WORD = re.compile(r"\w+")
_FOLDS = 5

# What a marked page counts: many of them (manuals) share few templates.
FEW_TEMPLATES = 0.15
SETTINGS: dict[str, Any] = {
    "max_iter": 120,
    "max_leaf_nodes": 16,
    "max_depth": 5,
    "learning_rate": 0.08,
    "min_samples_leaf": 30,
    "l2_regularization": 5.0,
    "max_features": 0.25,
    "max_bins": 63,
    "early_stopping": False,
    "random_state": 0,
}


class Example(NamedTuple):
    """A page with its features and, block by block, whether it is content."""

    kind: str
    site: str
    page: Page
    text: str
    features: Array
    labels: Array
    weight: float


@click.command(help=__doc__)
@click.argument(
    "files", nargs=-1, required=True, metavar="GOLD...", type=click.Path(path_type=Path, exists=True)
)
@click.option("--out", type=click.Path(path_type=Path), default=Path(__file__).with_name("content.npz"))
def main(files: tuple[Path, ...], out: Path) -> None:
    """Cross-validate, train on all pages, write the trees."""
    examples = [example for file in files for page in gold.read(file) if (example := make_example(page))]
    print(f"{len(examples)} pages, {sum(len(each.labels) for each in examples)} blocks")
    report("out of fold", examples, predict_out_of_fold(examples))
    model = fit(examples)
    report("shipped", examples, predict(model, examples))
    np.savez_compressed(out, **export(model))  # type: ignore[arg-type]
    print(f"{out}: {out.stat().st_size} bytes")


def make_example(page: gold.Gold) -> Example | None:
    """None where nothing of the page is content: there is nothing to tell apart."""
    scanned = blocks_of(HTMLTree.parse(page.html.replace(MARK, "")))
    texts = [_render_block(scanned, block) for block in range(len(scanned.blocks))]
    rows = np.zeros((len(texts), features.COUNT), np.float32)
    features.fill(0, len(texts), scanned.blocks, scanned.elements, gather(scanned), rows)
    if MARK in page.html:
        labels, weight = find_marks(page.html), FEW_TEMPLATES
    else:
        labels, weight = drop_repeats(texts, measure_coverage(texts, page.text), page.text) >= 0.5, 1.0
    return Example(page.kind, page.site, scanned, page.text, rows, labels, weight) if labels.any() else None


def _render_block(page: Page, block: int) -> str:
    keep = np.zeros(len(page.blocks), np.bool_)
    keep[block] = True
    return _MARK.sub("", render(page, keep))


# ---- trees -------------------------------------------------------------------------------------------


def weigh(examples: list[Example]) -> Array:
    """Of blocks: the root of their words, so that a page's blocks sum to its weight."""
    parts = []
    for each in examples:
        weight = np.sqrt(np.maximum(each.page.blocks[:, col.WORDS], 1).astype(np.float64))
        parts.append(weight / max(weight.sum(), 1) * 30 * each.weight)
    return np.concatenate(parts)


def fit(examples: list[Example]) -> HistGradientBoostingClassifier:
    """Small trees, each split choosing from a part of the features: pages of other sites look different."""
    rows = np.concatenate([each.features for each in examples])
    labels = np.concatenate([each.labels for each in examples])
    return HistGradientBoostingClassifier(**SETTINGS).fit(rows, labels, sample_weight=weigh(examples))


def predict(model: HistGradientBoostingClassifier, examples: list[Example]) -> list[Array]:
    """How likely each block is content, by page."""
    return [model.predict_proba(each.features)[:, 1] for each in examples]


def predict_out_of_fold(examples: list[Example]) -> list[Array]:
    """The same, by trees that saw no page of the page's site."""
    found: dict[int, Array] = {}
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(examples, groups=[each.site for each in examples]):
        model = fit([examples[i] for i in train])
        found.update(zip(test, predict(model, [examples[i] for i in test]), strict=True))
    return [found[i] for i in range(len(examples))]


def export(model: HistGradientBoostingClassifier) -> dict[str, Array]:
    """The arrays that `ingest.page.content.classifier` reads."""
    return flatten([model]) | {"layout": np.array(features.layout())}


# ---- judgement ---------------------------------------------------------------------------------------


def report(title: str, examples: list[Example], likely: list[Array]) -> None:
    """Print for each kind of page mean precision and recall of four-word shingles, their F1, and the mean F1
    of words."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for each, chance in zip(examples, likely, strict=True):
        text = render(each.page, classifier.select(each.page, chance))
        told = (*judge(shingle(each.text), shingle(text)), score_words(each.text, text))
        for kind in {each.kind, each.kind.split()[0]}:
            found.setdefault(kind, []).append(told)
    for kind, rows in sorted(found.items()):
        precision, recall, words = np.mean(rows, axis=0)
        f1 = 2 * precision * recall / (precision + recall)
        print(
            f"{title}: {kind}: {len(rows)} pages, precision {precision:.4f}, recall {recall:.4f}, "
            f"F1 {f1:.4f}, of words {words:.4f}"
        )


def judge(true: list[Any], given: list[Any]) -> tuple[float, float]:
    """Precision and recall of what a page gives, counted with repeats."""
    hits = (Counter(true) & Counter(given)).total()
    return (
        hits / len(given) if given else float(not true),
        hits / len(true) if true else float(not given),
    )


def score_words(gold_text: str, text: str) -> float:
    """F1 of the words (WCXB's measure)."""
    precision, recall = judge(*(_WORD.findall(each.lower()) for each in (gold_text, text)))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


if __name__ == "__main__":
    main()
