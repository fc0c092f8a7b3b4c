"""Gate: the main text of pages, beside Resiliparse and Trafilatura. `make gate NAME=extraction`.

1. Scrapinghub's benchmark, under $WINNOW_DATA: shingle F1, and process CPU time, the least of some rounds in
   which the extractors take turns. Each has gone through all pages once before, so that neither side pays for
   compiling, loading or first use. The trees that are shipped have seen these pages; `python -m
   ingest.page.content.train` gives the figure out of fold.
2. Pages that nothing was learnt from, out of packages' tests.
3. Structure: code lines, table rows, list items and TeX in the main element of manuals.
4. MathML in LaTeX and back.

Names of parts as arguments run only these (benchmark others manuals formulas).

Packages are kept in data/cache. Where something is absent, the gate says so and its figures are left out.
"""

import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

import golds
import polars as pl
import structure
import templates
import trafilatura
from figures import Figures
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from winnow.ingest import html
from winnow.ingest.latex.mathml import translate

CACHE = Path(os.environ.get("CACHE", "data/cache"))
FLOORS = {"code": 0.98, "rows": 0.80, "items": 0.90, "tex": 0.95}
Extractor = Callable[[list[str]], list[str]]


def ours(pages: list[str]) -> list[str]:
    """`ingest.html:extract` as a recipe calls it, with its defaults, metadata and signals included."""
    return [text or "" for text in html.extract(pl.DataFrame({"text": pages}))["text"]]


def resiliparse(pages: list[str]) -> list[str]:
    """At its best on the benchmark: with line breaks, without the words for pictures."""
    extract = partial(extract_plain_text, main_content=True, preserve_formatting=True, alt_texts=False)
    return [extract(HTMLTree.parse(page)) for page in pages]


def reference(pages: list[str]) -> list[str]:
    return [trafilatura.extract(page, include_comments=False) or "" for page in pages]


def cpu_seconds(extractors: dict[str, tuple[Extractor, int]], pages: list[str]) -> dict[str, float]:
    """Least process CPU time of so many runs of each, in turns: a busy machine slows all of them."""
    taken: dict[str, list[float]] = defaultdict(list)
    for turn in range(max(times for _, times in extractors.values())):
        for name, (extract, times) in extractors.items():
            if turn < times:
                begun = time.process_time()
                extract(pages)
                taken[name].append(time.process_time() - begun)
    return {name: min(seconds) for name, seconds in taken.items()}


def benchmark(figures: Figures) -> None:
    archive = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / "extraction/scrapinghub.tar.xz"
    if not archive.exists():
        print("no extraction/scrapinghub.tar.xz under $WINNOW_DATA: the benchmark is left out")
        return
    pages = list(golds.scrapinghub(archive))
    sources, wanted = [page.html for page in pages], [page.text or "" for page in pages]
    size = sum(map(len, sources)) / 1e6
    print(f"\nScrapinghub's benchmark, {len(pages)} pages, {size:.1f}M characters (the trees have seen them)")
    extractors = {"winnow": (ours, 5), "resiliparse": (resiliparse, 5), "trafilatura": (reference, 1)}
    outputs = {name: extract(sources) for name, (extract, _) in extractors.items()}
    seconds = cpu_seconds(extractors, sources)
    for name, output in outputs.items():
        told = golds.shingle_scores(wanted, output)
        print(
            f"{name:12} F1 {told.f1:.3f} precision {told.precision:.3f} recall {told.recall:.3f}"
            f" {seconds[name]:.2f} CPU s",
            flush=True,
        )
        if name == "winnow":
            f1 = told.f1
    figures.add("f1", round(f1, 4), 0.95)
    figures.add(
        "cpu_ratio_to_resiliparse", round(seconds["winnow"] / seconds["resiliparse"], 2), 2, most=True
    )


def others(figures: Figures) -> None:
    missing: list[str] = []
    pages = list(golds.packaged(CACHE, missing, held_out=True))
    texts = [page for page in pages if page.text is not None]
    sentences = [page for page in pages if page.text is None]
    print(
        f"\nPages not learnt from: {len(texts)} with their text, {len(sentences)} with sentences of it",
        *missing,
        sep="\n",
    )
    for name, extract in (("winnow", ours), ("resiliparse", resiliparse), ("trafilatura", reference)):
        if texts:
            told = golds.shingle_scores(
                [page.text or "" for page in texts], extract([page.html for page in texts])
            )
            print(f"{name:12} F1 {told.f1:.3f} precision {told.precision:.3f} recall {told.recall:.3f}")
            if name == "winnow":
                figures.add("other_pages_f1", round(told.f1, 4), 0.9)
        if sentences:
            kept, left = golds.sentence_scores(sentences, extract([page.html for page in sentences]))
            print(f"{name:12} of what must stay {kept:.2f}, of what must go {left:.2f}")
            if name == "winnow":
                figures.add("other_pages_stays", round(kept, 4), 0.85)
                figures.add("other_pages_goes", round(left, 4), 0.15, most=True)


def manuals(figures: Figures) -> None:
    extractors = {"winnow": ours, "resiliparse": resiliparse, "trafilatura": reference}
    total: dict[str, dict[str, Counter[str]]] = {name: defaultdict(Counter) for name in extractors}
    missing: list[str] = []
    pages = list(templates.pages(CACHE, missing))
    texts = [templates.text_of(page.main) for page in pages]
    for name, extract in extractors.items():
        outputs = extract([page.html for page in pages])
        for page, output in zip(pages, outputs, strict=True):
            scores = structure.score(page.main, output)
            total[name][page.family].update(scores)
            total[name]["all"].update(scores)
            if page.family in templates.UNSEEN:
                total[name]["unseen"].update(scores)
        for which in ("manuals", "unseen"):
            at = [i for i, page in enumerate(pages) if which != "unseen" or page.family in templates.UNSEEN]
            told = golds.shingle_scores([texts[i] for i in at], [outputs[i] for i in at])
            print(
                f"{name:12} {which}: F1 {told.f1:.3f} precision {told.precision:.3f} recall {told.recall:.3f}"
            )
            if name == "winnow":
                figures.add(f"{which}_f1", round(told.f1, 4), 0.9)
    print("\nManuals: kept of code lines, table rows, list items, TeX", *missing, sep="\n")
    for family in total["winnow"]:
        for name in extractors:
            print(f"{family:26} {name:12}", *(_share(total[name][family], mark) for mark in FLOORS))
    for mark, floor in FLOORS.items():
        scores = total["winnow"]["all"]
        if scores[mark]:
            figures.add(f"{mark}_kept", round(scores[f"{mark}.kept"] / scores[mark], 4), floor)


def formulas(figures: Figures) -> None:
    """Formulas of manuals, rendered by KaTeX, out of its MathML into LaTeX, and rendered again: the same?"""
    missing: list[str] = []
    found = {formula for page in templates.pages(CACHE, missing) for formula in structure.formulas(page.main)}
    wanted = sorted(formula for formula in found if 3 < len(formula) < 300)
    first = [(tex, made) for tex, made in zip(wanted, templates.katex(wanted, missing), strict=False) if made]
    print(f"\nMathML: {len(first)} formulas that KaTeX reads", *missing, sep="\n")
    if first:
        again = templates.katex([translate(_mathml(made)) for _, made in first], missing)
        same = [_bare(made) == _bare(back) for (_, made), back in zip(first, again, strict=True)]
        figures.add("mathml_there_and_back", round(sum(same) / len(same), 4), 0.95)


def _mathml(made: str) -> str:
    """KaTeX's `math` element without the TeX that it was made of."""
    end = made.find("</math>")
    return (
        re.sub(r"<annotation.*?</annotation>", "", made[made.find("<math") : end], flags=re.DOTALL)
        + "</math>"
    )


def _bare(made: str) -> str:
    """Without attributes, white space, and the elements that only group or move."""
    names = re.sub(r"<(/?[a-z]+)[^>]*>", r"<\1>", _mathml(made))
    plain = re.sub(r"</?(?:mrow|mstyle|math|semantics|mpadded)>|<mspace></mspace>|<mspace>|\s", "", names)
    return re.sub("<mo>[\u2061-\u2063]?</mo>", "", plain)


def _share(scores: Counter[str], mark: str) -> str:
    there = scores[mark]
    return (
        f"{mark} {scores[f'{mark}.kept'] / there:.3f} of {there:<6}" if there else f"{mark} none" + " " * 11
    )


def main() -> None:
    figures = Figures("extraction")
    for part in (benchmark, others, manuals, formulas):
        if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
            part(figures)
    figures.close()


if __name__ == "__main__":
    main()
