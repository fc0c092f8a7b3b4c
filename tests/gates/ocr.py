"""Gate: what engines of OCR read wrong, on scanned books and worn pages, and what `ocr_quality` is worth.

`make gate NAME=ocr`. The scanned pages of old books come from WINNOW_DATA (ocr/oldbooks; `a015` is left out:
its text has a paragraph that is not on the page). Born-digital are PAGES (60): half from the manuals in
data/pdf, half set in one, two and three columns; each is drawn, worn in two of seven ways, put into a PDF
of its own and read as any other (the cascade reads one of the two, bare RapidOCR every fourth page).
Errors are edits by characters of the truth, after NFKC, with quotes and dashes of one kind, white space
folded, and Markdown's marks and rows of dots before page numbers left out. The truth of a manual's page is
its text layer, read by the same layout. Bare are Tesseract and RapidOCR as they come. Order: the longest
common subsequence of words, by the words that both have. Of `ocr_quality`: Spearman's correlation of
predicted and real accuracy, over all readings and within each degradation.

Writes out/gates/ocr_quality.csv, a row for each page as read by default: what wore it, the error expected and
the real one. The copy that is committed, which the report of a run shows, is made by
`make gate NAME=ocr && cp out/gates/ocr_quality.csv ocr/panel/`.
"""

import csv
import os
import re
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}

import numpy as np
import tesserocr
from figures import Figures
from PIL import Image
from rapidfuzz.distance import LCSseq, Levenshtein
from rapidocr import RapidOCR
from scipy.stats import spearmanr
from worn import DAMAGES, list_born, wear, wrap

from winnow.ocr.engines.tesseract import list_languages
from winnow.ocr.pdf import read

BOOKS = Path(os.environ.get("WINNOW_DATA", "data")) / "ocr" / "oldbooks"
PAGES = int(os.environ.get("PAGES", "60"))
LEFT_OUT = ("a015",)
TABLE = Path("out/gates/ocr_quality.csv")
MARKS = re.compile(r"^(#+ |- |\d+\. |```.*$|\|[-| ]+\|$)|[|]", re.M)
LEADERS = re.compile(r"(?:[.\u2026\u00b7] ?){5,}")
QUOTES = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
PLAIN = str.maketrans(QUOTES | dict.fromkeys("\u2010\u2013\u2014", "-") | {"\u2022": ""})
Judged = tuple[str, str, float, float]  # what wore the page, its name, its quality and its error
ENGINES = ("tesseract", "cascade")
RAPID_EVERY = 4
LEAST_FOUND = 0.05  # of a page's words, that an order is told from


class Reading(NamedTuple):
    """One page, worn in one way, read by one engine."""

    page: str
    damage: str
    columns: int
    error: float
    quality: float
    found: float  # words of the truth, in whatever order
    order: float  # of these, those in order


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", MARKS.sub("", LEADERS.sub(" ", text))).translate(PLAIN)
    return " ".join(re.sub(r"-+", "-", plain).split())


def measure(truth: str, text: str) -> float:
    return Levenshtein.distance(fold(truth), fold(text)) / max(len(fold(truth)), 1)


def measure_order(truth: str, text: str) -> tuple[float, float]:
    """The share of the truth's words that are there, and of these the share in order."""
    ours, theirs = fold(text).split(), fold(truth).split()
    both = sum((Counter(ours) & Counter(theirs)).values())
    return both / max(len(theirs), 1), LCSseq.similarity(ours, theirs) / max(both, 1)


def read_text(path: str, engine: Any = "tesseract") -> tuple[str, float]:
    """What is read of a PDF of one page, and its expected accuracy."""
    (row,) = (row for frame in read(path, page_seconds=300, engine=engine) for row in frame.to_dicts())
    return row["text"] or "", row["ocr_quality"] or 0.0


def open_rapid() -> RapidOCR:
    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    return RapidOCR(params={**threads, "Global.log_level": "critical"})


def read_bare(rapid: RapidOCR, image: Image.Image) -> str:
    return "\n".join(rapid(np.asarray(image.convert("RGB"))).txts or ())


def list_books() -> Iterator[tuple[str, Image.Image, int, str]]:
    for file in sorted(BOOKS.glob("*.tif")):
        if file.stem not in LEFT_OUT:
            truth = file.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
            yield file.stem, Image.open(file).convert("L"), 300, truth


def judge_books(folder: Path, rapid: RapidOCR, report: Figures) -> list[Judged]:
    errors: defaultdict[str, list[float]] = defaultdict(list)
    judged = []
    with tesserocr.PyTessBaseAPI(path=list_languages()["eng"], lang="eng", psm=tesserocr.PSM.AUTO) as engine:
        for name, image, dpi, truth in list_books():
            engine.SetImage(image)
            engine.SetSourceResolution(dpi)
            errors["bare Tesseract"].append(measure(truth, engine.GetUTF8Text()))
            errors["bare RapidOCR"].append(measure(truth, read_bare(rapid, image)))
            for ours in ENGINES:
                text, quality = read_text(wrap(image, dpi, folder / "book.pdf"), ours)
                errors[ours].append(measure(truth, text))
                if ours == "tesseract":
                    judged.append(("book scan", name, quality, errors[ours][-1]))
            print(name, {by: round(rows[-1], 4) for by, rows in errors.items()}, f"{quality:.3f}", flush=True)
    print(f"{len(errors['tesseract'])} book pages ({', '.join(LEFT_OUT)} left out)")
    for by in ("bare Tesseract", "bare RapidOCR"):
        print(f"book pages: mean character error, {by} {np.mean(errors[by]):.4f}")
    for ours, most in zip(ENGINES, (0.009, 0.007), strict=True):
        report.add(f"book pages: mean character error, {ours}", float(np.mean(errors[ours])), most, most=True)
    return judged


def read_worn(folder: Path, rapid: RapidOCR) -> dict[str, list[Reading]]:
    rng, names = np.random.default_rng(4), list(DAMAGES)
    readings: defaultdict[str, list[Reading]] = defaultdict(list)
    for index, born in enumerate(list_born(PAGES)):
        born.page.parent.save(folder / "born.pdf")
        truth = born.text or read_text(str(folder / "born.pdf"))[0]
        for turn, damage in enumerate((names[2 * index % 7], names[(2 * index + 1) % 7])):
            image, dpi = wear(born.page, damage, rng)
            texts = {"tesseract": read_text(wrap(image, dpi, folder / "worn.pdf"))}
            if turn == 0:
                texts["cascade"] = read_text(str(folder / "worn.pdf"), "cascade")
                if index % RAPID_EVERY == 0:
                    texts["bare RapidOCR"] = (read_bare(rapid, image), 0.0)
            for by, (text, quality) in texts.items():
                found, order = measure_order(truth, text)
                readings[by].append(
                    Reading(born.name, damage, born.columns, measure(truth, text), quality, found, order)
                )
            print(
                born.name, damage, {by: round(readings[by][-1].error, 4) for by in texts},
                f"order {readings['tesseract'][-1].order:.3f}", f"quality {texts['tesseract'][1]:.4f}",
                flush=True,
            )  # fmt: skip
    return readings


def correlate(readings: list[Reading]) -> float:
    """Spearman's, of expected and real accuracy."""
    return -float(spearmanr([one.quality for one in readings], [one.error for one in readings]).statistic)


def report_damages(by: str, readings: list[Reading]) -> dict[str, float]:
    """Print what is read under each degradation; the rank correlations within them."""
    within = {}
    for damage in DAMAGES:
        some = [one for one in readings if one.damage == damage]
        if len(some) < 4:
            continue
        errors = [one.error for one in some]
        low, middle, high = np.quantile(errors, [0.1, 0.5, 0.9])
        off = np.mean([abs(1 - one.quality - one.error) for one in some])
        within[damage] = correlate(some)
        print(f"{by}, {damage}: {len(some)} pages, error {np.mean(errors):.4f} (10% {low:.4f},", end=" ")
        print(f"half {middle:.4f}, 90% {high:.4f}); rank {within[damage]:.2f}, off by {off:.4f}")
    return within


def judge_worn(readings: dict[str, list[Reading]], report: Figures) -> None:
    for by in ENGINES:
        within = report_damages(by, readings[by])
        report.add(f"{by}: rank correlation of quality, over all", correlate(readings[by]), 0.8)
        report.add(
            f"{by}: rank correlation of quality, within a degradation, mean",
            float(np.mean(list(within.values()))),
            0.5,
        )
        for columns in (1, 2, 3):
            some = [one for one in readings[by] if one.columns == columns]
            words = np.mean([one.found * one.order for one in some])
            told = [one for one in some if one.found >= LEAST_FOUND]
            print(
                f"{by}, {columns} columns: {len(some)} readings, words of the page in order {words:.4f};",
                end=" ",
            )
            print(f"{len(some) - len(told)} of which next to nothing is read have no order")
            order = float(np.mean([one.order for one in told]))
            report.add(f"{by}, {columns} columns: words read that are in order", order, 0.97)
    for damage in ("200 dpi", "skew", "quarter turn"):
        errors = [one.error for one in readings["tesseract"] if one.damage == damage]
        report.add(f"{damage}: median character error", float(np.median(errors)), 0.02, most=True)
    bare = readings["bare RapidOCR"]
    print(f"bare RapidOCR: {len(bare)} readings, error {np.mean([one.error for one in bare]):.4f}")


def write_table(judged: list[Judged]) -> None:
    """What the report of a run draws `ocr_quality` against."""
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("worn", "page", "expected", "error"))
        rows.writerows(
            (worn, page, f"{1 - quality:.4f}", f"{error:.4f}") for worn, page, quality, error in judged
        )


def main() -> None:
    report, rapid = Figures("ocr"), open_rapid()
    judged: list[Judged] = []
    with tempfile.TemporaryDirectory() as folder:
        if BOOKS.exists():
            judged += judge_books(Path(folder), rapid, report)
        else:
            print(f"no {BOOKS}: set WINNOW_DATA; the scanned books are not judged")
        readings = read_worn(Path(folder), rapid)
    judged += [(one.damage, one.page, one.quality, one.error) for one in readings["tesseract"]]
    write_table(judged)
    judge_worn(readings, report)
    report.close()


if __name__ == "__main__":
    main()
