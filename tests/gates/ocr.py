"""Gate: characters that OCR reads wrong, on scanned books and on worn pages, and what `ocr_quality` is worth.

`make gate NAME=ocr`. The scanned pages of old books come from WINNOW_DATA (ocr/oldbooks; `a015` is left out:
its text has a paragraph that is not on the page), the born-digital ones from data/pdf: of each of PAGES (20)
pages of English manuals a picture, worn in seven ways, is put into a PDF of its own and read as any other.
Errors are edits by characters of the truth, after NFKC, with quotes and dashes of one kind, white space
folded, and Markdown's marks left out. The truth of a born-digital page is its text layer, read by the same
layout. Beside it in the same run, on the books: Tesseract as it comes. Of `ocr_quality`: Spearman's
correlation of predicted and real accuracy, over all pages and within each degradation.

Writes out/gates/ocr_quality.csv, a row for each page: what wore it, the error expected and the real one. The
copy that is committed, which the report of a run shows, is made by
`make gate NAME=ocr && cp out/gates/ocr_quality.csv pipelines/report/`.
"""

import csv
import io
import os
import re
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ |= {"OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
sys.path.sort(key=str(Path(__file__).resolve().parent).__eq__)  # no gate shadows a package

import numpy as np
import pymupdf
import tesserocr
from figures import Figures
from PIL import Image, ImageFilter
from rapidfuzz.distance import Levenshtein
from scipy.stats import spearmanr

from ocr.engines.tesseract import list_languages
from ocr.pdf import read
from ocr.picture.level import turn

BOOKS = Path(os.environ.get("WINNOW_DATA", "data")) / "ocr" / "oldbooks"
MANUALS = ("project-history.en", "debian-faq.en", "developers-reference", "maint-guide.en", "policy")
PAGES = int(os.environ.get("PAGES", "20"))
LEFT_OUT = ("a015",)
LEAST_CHARS = 800
TABLE = Path("out/gates/ocr_quality.csv")
MARKS = re.compile(r"^(#+ |- |\d+\. |```.*$|\|[-| ]+\|$)|[|]", re.M)
QUOTES = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
PLAIN = str.maketrans(QUOTES | dict.fromkeys("\u2010\u2013\u2014", "-") | {"\u2022": ""})
Judged = tuple[str, str, float, float]  # what wore the page, its name, its quality and its error
Damage = Callable[[Image.Image, np.random.Generator], Image.Image]


def speckle(image: Image.Image, rng: np.random.Generator, spread: float) -> Image.Image:
    pixels = np.asarray(image, dtype=float) + rng.normal(0, spread, (image.height, image.width))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def press(image: Image.Image, quality: int) -> Image.Image:
    stored = io.BytesIO()
    image.save(stored, "JPEG", quality=quality)
    return Image.open(stored).convert("L")


DAMAGES: dict[str, tuple[int, Damage]] = {
    "200 dpi": (200, lambda image, rng: image),
    "150 dpi": (150, lambda image, rng: image),
    "noise": (200, lambda image, rng: speckle(image, rng, rng.uniform(20, 45))),
    "skew": (200, lambda image, rng: turn(image, rng.uniform(1, 5) * rng.choice([-1, 1]))),
    "quarter turn": (200, lambda image, rng: turn(image, rng.choice([90, 180, 270]))),
    "jpeg": (150, lambda image, rng: press(image, int(rng.integers(8, 25)))),
    "blur": (150, lambda image, rng: image.filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 1.8)))),
}


def fold(text: str) -> str:
    plain = unicodedata.normalize("NFKC", MARKS.sub("", text)).translate(PLAIN)
    return " ".join(re.sub(r"-+", "-", plain).split())


def measure(truth: str, text: str) -> float:
    return Levenshtein.distance(fold(truth), fold(text)) / max(len(fold(truth)), 1)


def wrap(image: Image.Image, dpi: float, path: Path) -> str:
    """A PDF of one page that is this picture."""
    document, stored = pymupdf.open(), io.BytesIO()
    image.save(stored, "PNG")
    page = document.new_page(width=72 * image.width / dpi, height=72 * image.height / dpi)
    page.insert_image(page.rect, stream=stored.getvalue())
    document.save(path)
    return str(path)


def read_text(path: str) -> tuple[str, float]:
    """What is read of a PDF of one page, and its expected accuracy."""
    (row,) = (row for frame in read(path, page_seconds=600) for row in frame.to_dicts())
    return row["text"] or "", row["ocr_quality"] or 0.0


def list_books() -> Iterator[tuple[str, Image.Image, int, str]]:
    for file in sorted(BOOKS.glob("*.tif")):
        if file.stem not in LEFT_OUT:
            truth = file.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
            yield file.stem, Image.open(file).convert("L"), 300, truth


def list_manuals(folder: Path) -> Iterator[tuple[str, pymupdf.Page, str]]:
    """Pages of manuals that are mostly prose, each alone in a PDF, and what its text layer says."""
    rng = np.random.default_rng(3)
    for name in MANUALS:
        born, found = pymupdf.open(Path("data/pdf") / f"{name}.pdf"), 0
        for number in rng.permutation(len(born)).tolist():
            if len(born[number].get_text()) < LEAST_CHARS or ". . . ." in born[number].get_text():
                continue
            alone = pymupdf.open()
            alone.insert_pdf(born, from_page=number, to_page=number)
            alone.save(folder / "born.pdf")
            yield f"{name} {number}", alone[0], read_text(str(folder / "born.pdf"))[0]
            found += 1
            if found == -(-PAGES // len(MANUALS)):
                break


def judge_books(folder: Path, report: Figures) -> list[Judged]:
    folder_of_models = list_languages()["eng"]
    ours, bare, judged = [], [], []
    with tesserocr.PyTessBaseAPI(path=folder_of_models, lang="eng", psm=tesserocr.PSM.AUTO) as engine:
        for name, image, dpi, truth in list_books():
            engine.SetImage(image)
            engine.SetSourceResolution(dpi)
            bare.append(measure(truth, engine.GetUTF8Text()))
            text, quality = read_text(wrap(image, dpi, folder / "book.pdf"))
            ours.append(measure(truth, text))
            judged.append(("book scan", name, quality, ours[-1]))
            print(f"{name}: {ours[-1]:.4f}, bare {bare[-1]:.4f}, quality {quality:.3f}", flush=True)
    print(f"{len(ours)} book pages ({', '.join(LEFT_OUT)} left out): bare Tesseract {np.mean(bare):.4f}")
    report.add("book pages: mean character error", float(np.mean(ours)), 0.009, most=True)
    return judged


def judge_manuals(folder: Path, report: Figures) -> list[Judged]:
    rng = np.random.default_rng(4)
    errors: dict[str, list[float]] = {name: [] for name in DAMAGES}
    expected: dict[str, list[float]] = {name: [] for name in DAMAGES}
    judged = []
    for name, page, truth in list_manuals(folder):
        for damage, (dpi, wear) in DAMAGES.items():
            drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
            image = wear(Image.frombytes("L", (drawn.width, drawn.height), drawn.samples), rng)
            text, quality = read_text(wrap(image, dpi, folder / "worn.pdf"))
            errors[damage].append(measure(truth, text))
            expected[damage].append(quality)
            judged.append((damage, name, quality, errors[damage][-1]))
        print(name, {damage: round(rows[-1], 4) for damage, rows in errors.items()}, flush=True)
    within = {}
    for damage, rows in errors.items():
        within[damage] = -float(spearmanr(expected[damage], rows).statistic)
        low, middle, high = np.quantile(rows, [0.1, 0.5, 0.9])
        off = np.mean(np.abs(1 - np.array(expected[damage]) - rows))
        print(
            f"{damage}: {len(rows)} pages, error {np.mean(rows):.4f} (10% {low:.4f}, half {middle:.4f}, 90%"
        )
        print(f"  {high:.4f}); quality: rank correlation {within[damage]:.2f}, off by {off:.4f}")
    both = (np.concatenate(list(found.values())) for found in (expected, errors))
    report.add("quality: rank correlation over all", -float(spearmanr(*both).statistic), 0.8)
    report.add(
        "quality: rank correlation within a degradation, mean", float(np.mean(list(within.values()))), 0.5
    )
    for damage in ("200 dpi", "skew", "quarter turn"):
        report.add(f"{damage}: median character error", float(np.median(errors[damage])), 0.02, most=True)
    return judged


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
    report = Figures("ocr")
    judged: list[Judged] = []
    with tempfile.TemporaryDirectory() as folder:
        if BOOKS.exists():
            judged += judge_books(Path(folder), report)
        else:
            print(f"no {BOOKS}: set WINNOW_DATA; the scanned books are not judged")
        judged += judge_manuals(Path(folder), report)
    write_table(judged)
    report.close()


if __name__ == "__main__":
    main()
