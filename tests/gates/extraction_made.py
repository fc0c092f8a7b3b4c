"""Gate: the main text of made pages, beside Resiliparse and Trafilatura. `make gate NAME=extraction_made`.

The pages were made by another hand, without our code or output, and digests of them committed before the
first run (`golds/reading.sha256`): 128 pages in eight classes of what goes wrong on pages that are no
articles, and 638 of site generators' themes filled with texts in seven languages (CC0 but for the templates,
of which index.tsv names the licences; of those that were made, the ones whose licences allow it are here).

The figure is the mean F1 of words over pages, Chinese and Japanese by the character. What is `optional` of a
page (title, date, byline, comments) counts neither for nor against. An empty text for an empty truth is 1.
"""

import csv
import io
import re
import tarfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np
from extraction import EXTRACTORS
from figures import Figures

GOLDS = Path(__file__).parent / "golds"
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")
FLOORS = {"classes": 0.82, "themes": 0.975}


class Page(NamedTuple):
    about: dict[str, str]
    html: str
    truth: str
    optional: str


def read(archive: Path) -> list[Page]:
    """The pages that index.tsv names."""
    with tarfile.open(archive) as files:
        held = {m.name.split("/", 1)[1]: files.extractfile(m) for m in files if m.isfile()}
        texts = {name: file.read().decode() for name, file in held.items() if file}
    found = []
    for row in csv.DictReader(io.StringIO(texts["index.tsv"]), delimiter="\t"):
        name = row.get("id") or Path(row["page"]).stem
        told = (texts.get(f"{kind}/{name}.txt", "") for kind in ("truth", "optional"))
        found.append(Page(row, texts[f"pages/{name}.html"], *told))
    return found


def score(page: Page, text: str) -> float:
    """F1 of the words, without what is optional."""
    wanted, optional, got = (
        Counter(WORD.findall(each.lower())) for each in (page.truth, page.optional, text)
    )
    hits = (wanted & got).total()
    more = (got - wanted - optional).total()
    return 2 * hits / (wanted.total() + hits + more) if wanted.total() + hits + more else 1.0


def judge(figures: Figures, name: str, by: tuple[str, ...]) -> None:
    """Means over all pages and by some columns of the index, and how many with a text came out empty."""
    pages = read(GOLDS / f"reading_{name}.tar.xz")
    outputs = {who: extract([page.html for page in pages]) for who, extract in EXTRACTORS.items()}
    scores = {
        who: [score(*each) for each in zip(pages, texts, strict=True)] for who, texts in outputs.items()
    }
    print(f"\n{name}: {len(pages)} pages; F1 of words of {', '.join(EXTRACTORS)}")
    for column in by:
        groups: dict[str, list[int]] = defaultdict(list)
        for at, page in enumerate(pages):
            groups[page.about[column]].append(at)
        for group, rows in sorted(groups.items()):
            means = [np.mean([own[row] for row in rows]) for own in scores.values()]
            print(f"  {column} {group:12} {len(rows):4} pages", *(f"{mean:.3f}" for mean in means))
    for who, own in scores.items():
        print(f"  {who} {np.mean(own):.4f}")
    empty = sum(
        bool(page.truth.strip()) and not text.strip()
        for page, text in zip(pages, outputs["winnow"], strict=True)
    )
    figures.add(f"{name}_words_f1", round(float(np.mean(scores["winnow"])), 4), FLOORS[name])
    figures.add(f"{name}_empty", empty, 0, most=True)


def main() -> None:
    figures = Figures("extraction_made")
    judge(figures, "classes", ("class", "language"))
    judge(figures, "themes", ("kind", "language"))
    figures.close()


if __name__ == "__main__":
    main()
