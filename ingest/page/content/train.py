"""Train the trees of `ingest.page.content.classifier`.

`python -m winnow.ingest.page.content.train GOLD... [--out content.npz]` writes them. GOLD is Scrapinghub's
article extraction benchmark (`scrapinghub.tar.xz`), or a JSON list of pages: `name`, `site`, `html`, and
`text`, the content. What of a page with `text` is content is told by its words; where `MARK` of
`ingest.page.content.labels` stands in the `html`, by its place. Where a page has only strings that must
(`with`) or must not (`without`) come out, or nothing at all, Trafilatura's extraction is the teacher for the
rest.

The figure that counts is the one printed first: out of fold, each page judged by trees that saw no page
of its site. The shipped trees saw them all; what they reach on these pages says little.
"""

import gzip
import json
import re
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlparse

import click
import numpy as np
from resiliparse.parse.html import HTMLTree
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from winnow.ingest.page import columns as col
from winnow.ingest.page.blocks import Page
from winnow.ingest.page.content import classifier, features
from winnow.ingest.page.content.context import gather
from winnow.ingest.page.content.labels import (
    MARK,
    drop_repeats,
    find_marks,
    label_by_teacher,
    measure_coverage,
    shingle,
)
from winnow.ingest.page.reader import blocks_of
from winnow.ingest.page.render import render
from winnow.ingest.page.tags import Array
from winnow.trees import flatten

_MARK = re.compile(r"^\s*(?:-|\d+\.) ")
_FOLDS = 5

# What a marked page counts: many of them (manuals) share few templates.
FEW_TEMPLATES = 0.08
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
    """A page with its features and, block by block, whether it is content (nan: nobody knows)."""

    kind: str
    site: str
    page: Page
    text: str | None
    features: Array
    labels: Array
    weight: float


@click.command(help=__doc__)
@click.argument("gold", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--out", type=click.Path(path_type=Path), default=Path(__file__).with_name("content.npz"))
@click.option("--per-site", default=4, help="Pages of a site that are used; of marked ones all.")
def main(gold: tuple[Path, ...], out: Path, per_site: int) -> None:
    """Cross-validate, train on all pages, write the trees."""
    examples = [each for path in gold for each in read(path, per_site)]
    print(f"{len(examples)} pages, {sum(len(each.labels) for each in examples)} blocks")
    report("out of fold", examples, predict_out_of_fold(examples))
    inside = [each for each in examples if each.kind == "scrapinghub"]
    sites = {each.site for each in inside}
    if others := [each for each in examples if inside and each.site not in sites]:
        report("trained without the benchmark", inside, predict(fit(others), inside))
    model = fit(examples)
    report("shipped", examples, predict(model, examples))
    trees = export(model)
    np.savez_compressed(out, **trees)  # type: ignore[arg-type]
    print(f"{out}: {out.stat().st_size} bytes")


# ---- pages -------------------------------------------------------------------------------------------


def read(path: Path, per_site: int) -> list[Example]:
    """The pages of a file, at most `per_site` of a site where they are not marked."""
    pages = _read_benchmark(path) if path.suffix == ".xz" else json.loads(path.read_text(encoding="utf-8"))
    seen: Counter[str] = Counter()
    found = []
    for page in pages:
        seen[page["site"]] += 1
        wanted = seen[page["site"]] <= per_site or MARK in page["html"]
        if wanted and (each := _make_example(path.stem.split(".")[0], page)):
            found.append(each)
    return found


def _read_benchmark(path: Path) -> list[dict[str, Any]]:
    with tarfile.open(path) as archive:
        files = {Path(each.name).name: each for each in archive if each.isfile()}

        def content_of(name: str) -> bytes:
            member = archive.extractfile(files[name])
            assert member is not None
            return member.read()

        truth = json.loads(content_of("ground-truth.json"))
        return [
            {
                "name": name,
                "site": urlparse(item.get("url", "")).netloc or name,
                "html": gzip.decompress(content_of(f"{name}.html.gz")).decode(),
                "text": item["articleBody"],
            }
            for name, item in truth.items()
        ]


def _make_example(kind: str, gold: dict[str, Any]) -> Example | None:
    page = blocks_of(HTMLTree.parse(gold["html"].replace(MARK, "")))
    texts = [_render_block(page, block) for block in range(len(page.blocks))]
    rows = np.zeros((len(texts), features.COUNT), np.float32)
    features.fill(0, len(texts), page.blocks, page.elements, gather(page), rows)
    if MARK in gold["html"]:
        labels, weight = find_marks(gold["html"]), FEW_TEMPLATES
    elif gold.get("text"):
        labels = drop_repeats(texts, measure_coverage(texts, gold["text"]), gold["text"]) >= 0.5
        weight = 1.0
    else:
        labels, weight = label_by_teacher(gold, texts), 0.6
    known = labels == 1
    return Example(kind, gold["site"], page, gold.get("text"), rows, labels, weight) if known.any() else None


def _render_block(page: Page, block: int) -> str:
    keep = np.zeros(len(page.blocks), np.bool_)
    keep[block] = True
    return _MARK.sub("", render(page, keep))


# ---- trees -------------------------------------------------------------------------------------------


def weigh(examples: list[Example]) -> Array:
    """Of blocks: the root of their words, so that a page's blocks sum to its weight; 0 where nobody knows."""
    parts = []
    for each in examples:
        weight = np.sqrt(np.maximum(each.page.blocks[:, col.WORDS], 1).astype(np.float64))
        weight[np.isnan(each.labels.astype(float))] = 0
        parts.append(weight / max(weight.sum(), 1) * 30 * each.weight)
    return np.concatenate(parts)


def fit(examples: list[Example]) -> HistGradientBoostingClassifier:
    """Small trees, each split choosing from a part of the features: pages of other sites look different."""
    weight = weigh(examples)
    known = weight > 0
    rows = np.concatenate([each.features for each in examples])[known]
    labels = np.concatenate([each.labels for each in examples])[known] == 1
    return HistGradientBoostingClassifier(**SETTINGS).fit(rows, labels, sample_weight=weight[known])


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
    """Print mean precision and recall of four-word shingles, and their F1, for each kind of page."""
    found: dict[str, list[tuple[float, float]]] = {}
    for each, chance in zip(examples, likely, strict=True):
        if each.text:
            keep = classifier.select(each.page, chance)
            found.setdefault(each.kind, []).append(judge(each.text, render(each.page, keep)))
    for kind, pairs in found.items():
        precision, recall = np.mean(pairs, axis=0)
        f1 = 2 * precision * recall / (precision + recall)
        print(
            f"{title}: {kind}: {len(pairs)} pages, "
            f"precision {precision:.4f}, recall {recall:.4f}, F1 {f1:.4f}"
        )


def judge(gold: str, text: str) -> tuple[float, float]:
    """Precision and recall of a page's four-word shingles, counted with repeats."""
    true, given = (Counter(shingle(each)) for each in (gold, text))
    hits = (true & given).total()
    return (
        hits / given.total() if given else float(not true),
        hits / true.total() if true else float(not given),
    )


if __name__ == "__main__":
    main()
