"""Gate: the main text of pages, beside Resiliparse and Trafilatura. `make gate NAME=extraction`.

1. Scrapinghub's benchmark and WCXB's development half, under $WINNOW_DATA: shingle F1, and process CPU time
   from decoding on, the least of some rounds in which the extractors take turns. Each has gone through all
   pages once before, so that neither side pays for compiling, loading or first use. The trees that are
   shipped have seen these pages: the gate `extraction_folds` gives the figures out of fold.
2. Structure: code lines, table rows, list items and TeX in the main element of manuals.
3. MathML in LaTeX and back.

Names of parts as arguments run only these (benchmark manuals formulas).

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
from resiliparse.parse.encoding import bytes_to_str
from resiliparse.parse.html import HTMLTree

from winnow.ingest import html
from winnow.ingest.latex.mathml import translate
from winnow.ingest.page.content import gold

CACHE = Path(os.environ.get("CACHE", "data/cache"))
BENCHMARKS = {
    "scrapinghub": ("extraction/scrapinghub.tar.xz", 0.95),
    "wcxb": ("web/wcxb-dev.tar.xz", 0.85),
}
FASTER = {"scrapinghub": 0.75, "wcxb": 1.0}  # than Resiliparse, metadata and licences included
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


EXTRACTORS: dict[str, Extractor] = {"winnow": ours, "resiliparse": resiliparse, "trafilatura": reference}


def cpu_seconds(
    extractors: dict[str, tuple[Callable[[list[bytes]], list[str]], int]], pages: list[bytes]
) -> dict[str, float]:
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
    """Both benchmarks, from bytes: each side decodes, parses and extracts."""
    for name, (archive, floor) in BENCHMARKS.items():
        path = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / archive
        if not path.exists():
            print(f"no {archive} under $WINNOW_DATA: it is left out")
            continue
        pages = [page for page in gold.read(path) if page.text.strip()]
        sources = [page.html.encode() for page in pages]
        print(
            f"\n{name}, {len(pages)} pages, {sum(map(len, sources)) / 1e6:.1f} MB (the trees have seen them)"
        )
        extractors = {
            who: (partial(_decode_first, extract), 3 if who != "trafilatura" else 1)
            for who, extract in EXTRACTORS.items()
        }
        outputs = {who: extract(sources) for who, (extract, _) in extractors.items()}
        seconds = cpu_seconds(extractors, sources)
        for who, output in outputs.items():
            told = golds.shingle_scores([page.text for page in pages], output)
            print(
                f"{who:12} F1 {told.f1:.3f} precision {told.precision:.3f} recall {told.recall:.3f}"
                f" {seconds[who]:.2f} CPU s",
                flush=True,
            )
            if who == "winnow":
                figures.add(f"{name}_f1", round(told.f1, 4), floor)
        ratio = seconds["resiliparse"] / seconds["winnow"]
        figures.add(f"{name}_times_resiliparse", round(ratio, 3), FASTER[name])


def _decode_first(extract: Extractor, pages: list[bytes]) -> list[str]:
    return extract([bytes_to_str(page, "utf-8") for page in pages])


def manuals(figures: Figures) -> None:
    total: dict[str, dict[str, Counter[str]]] = {name: defaultdict(Counter) for name in EXTRACTORS}
    missing: list[str] = []
    pages = list(templates.pages(CACHE, missing))
    texts = [templates.text_of(page.main) for page in pages]
    for name, extract in EXTRACTORS.items():
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
        for name in EXTRACTORS:
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
    for part in (benchmark, manuals, formulas):
        if not sys.argv[1:] or part.__name__ in sys.argv[1:]:
            part(figures)
    figures.close()


if __name__ == "__main__":
    main()
