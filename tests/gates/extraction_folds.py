"""Gate: the main text of kinds of pages, out of fold by site. `make gate NAME=extraction_folds`.

Trees are trained as the shipped ones are, on WCXB's development half and Scrapinghub's benchmark (under
$WINNOW_DATA) and manuals out of Debian's packages; each page is judged by trees that saw no page of its
site. The measure is WCXB's, the mean F1 of words. For each type of page the gain over Trafilatura and
Resiliparse has the interval of draws of sites, ours and theirs on the same pages: its lower end is held above
0. It takes 5 GB of memory.
"""

import os
from pathlib import Path

import learning
import numpy as np
from extraction import EXTRACTORS
from figures import Figures

from winnow.ingest.page.content import classifier, gold, train
from winnow.ingest.page.content.labels import MARK
from winnow.ingest.page.render import render
from winnow.ingest.page.tags import Array

ARCHIVES = ("extraction/scrapinghub.tar.xz", "web/wcxb-dev.tar.xz")
DRAWS = 1_000
FLOORS = {"wcxb": 0.85, "scrapinghub": 0.94}


def read_pages(data: Path) -> list[gold.Gold]:
    missing: list[str] = []
    pages = [page for name in ARCHIVES for page in gold.read(data / name)]
    pages += [
        gold.Gold("manuals", row["site"], row["html"], row["text"]) for row in learning.manuals(missing)
    ]
    print(*missing, sep="\n")
    return [page for page in pages if page.text.strip()]


def judge(pages: list[gold.Gold]) -> tuple[list[gold.Gold], list[str]]:
    """The pages that have content, and their texts by trees that saw no page of their sites."""
    pairs = [(page, example) for page in pages if (example := train.make_example(page))]
    examples = [example for _, example in pairs]
    likely = train.predict_out_of_fold(examples)
    texts = [
        render(example.page, classifier.select(example.page, chance))
        for example, chance in zip(examples, likely, strict=True)
    ]
    train.report("out of fold", examples, likely)
    return [page for page, _ in pairs], texts


def draw_sites(gains: Array, sites: list[str]) -> tuple[float, float]:
    """The middle 90% of the mean gain over draws of sites."""
    names, of = np.unique(sites, return_inverse=True)
    sums, counts = np.bincount(of, gains), np.bincount(of)
    drawn = np.random.default_rng(0).integers(len(names), size=(DRAWS, len(names)))
    low, high = np.quantile(sums[drawn].sum(1) / counts[drawn].sum(1), [0.05, 0.95])
    return float(low), float(high)


def compare(figures: Figures, pages: list[gold.Gold], texts: list[str]) -> None:
    """By type of page: all three extractors, and what ours gains."""
    wcxb = [at for at, page in enumerate(pages) if page.kind.startswith("wcxb")]
    htmls = [pages[at].html.replace(MARK, "") for at in wcxb]
    found = {name: extract(htmls) for name, extract in EXTRACTORS.items() if name != "winnow"}
    found = {"winnow": [texts[at] for at in wcxb], **found}
    wanted = [pages[at].text for at in wcxb]
    scores = {
        name: np.array([train.score_words(*each) for each in zip(wanted, own, strict=True)])
        for name, own in found.items()
    }
    for kind in ["wcxb", *sorted({pages[at].kind for at in wcxb})]:
        rows = [row for row, at in enumerate(wcxb) if kind in (pages[at].kind, "wcxb")]
        print(
            f"{kind}, {len(rows)} pages:", *(f"{name} {own[rows].mean():.4f}" for name, own in scores.items())
        )
        for peer in ("trafilatura", "resiliparse"):
            sites = [pages[wcxb[row]].site for row in rows]
            low, high = draw_sites(scores["winnow"][rows] - scores[peer][rows], sites)
            figures.add(f"{kind.replace(' ', '_')}_over_{peer}", round(low, 4), 0)
            print(f"  up to {high:.4f}")
    figures.add("wcxb_words_f1", round(float(scores["winnow"].mean()), 4), FLOORS["wcxb"])
    empty = sum(not text.strip() for text in found["winnow"])
    figures.add("wcxb_empty", empty, 0, most=True)
    news = [at for at, page in enumerate(pages) if page.kind == "scrapinghub"]
    rows = [train.judge(train.shingle(pages[at].text), train.shingle(texts[at])) for at in news]
    precision, recall = np.mean(rows, axis=0)
    figures.add(
        "scrapinghub_f1", round(2 * precision * recall / (precision + recall), 4), FLOORS["scrapinghub"]
    )


def main() -> None:
    figures = Figures("extraction_folds")
    compare(figures, *judge(read_pages(Path(os.environ["WINNOW_DATA"]))))
    figures.close()


if __name__ == "__main__":
    main()
