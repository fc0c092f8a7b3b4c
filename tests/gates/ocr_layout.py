"""Gate: what is read of born-digital PDFs, against the same documents as text, and against pages drawn here.

`make gate NAME=ocr_layout`. Documents: manuals of Debian packages that ship each also as plain text (made
from its XML or RST, not from the PDF); fetched with apt-get, or the gate says so and stops. The code was
written beside some of them (`SEEN` of `manuals.py`), `unseen` figures are of others. Pages in columns, and
tables: `drawn_columns.py` and `drawn_tables.py`. With READER=pdfium in the environment all is read by PDFium.
"""

import gzip
import json
import os
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from drawn_columns import clean_paragraphs, draw_columns
from drawn_tables import draw_tables, read_rows
from figures import Figures
from manuals import LABELS, RULES, SEEN, UNSEEN, Manual, compare, fetch, split_words
from rapidfuzz.distance import LCSseq

from winnow.ocr.pdf import read

HYPHENED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
PAGES, TABLES = 75, 84
READER = os.environ.get("READER", "mupdf")


def main() -> None:
    figures = Figures("ocr_layout" if READER == "mupdf" else f"ocr_layout_{READER}")
    print(RULES)
    compare_documents(figures, SEEN)
    compare_documents(figures, UNSEEN, "unseen_")
    compare_columns(figures)
    compare_tables(figures)
    figures.close()


def convert(path: Path) -> tuple[str, int]:
    """The text of a PDF, chapters in order, and its number of pages."""
    body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(body)
        file.flush()
        frame = pl.concat(list(read(file.name, reader=READER)))
    texts, notes = frame["text"].drop_nulls().to_list(), frame["metadata"].drop_nulls()
    return "\n\n".join(texts), json.loads(notes[0])["page_count"]


def compare_documents(figures: Figures, manuals: Sequence[Manual], half: str = "") -> None:
    """Words found, words that are there, and their order, for each language; marks and hyphens of all."""
    sums: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for language, package, pdf, txt in manuals:
        folder = fetch(package)
        theirs = gzip.decompress((folder / txt).read_bytes()).decode()
        ours = convert(folder / pdf)[0]
        check_words(ours, theirs, sums[language])
        score = compare(ours, theirs, language)
        print(
            f"{package} {Path(pdf).name}: {score.theirs} words, found {score.both / score.theirs:.4f}, "
            f"there {score.both / score.ours:.4f}, in order {score.order / score.theirs:.4f}",
            flush=True,
        )
        sums[language] += Counter(score._asdict())
    for language, count in sums.items():
        figures.add(f"{half}words_found_{language}", round(count["both"] / count["theirs"], 4), 0.99)
        figures.add(f"{half}words_there_{language}", round(count["both"] / count["ours"], 4), 0.99)
        figures.add(f"{half}words_in_order_{language}", round(count["order"] / count["theirs"], 4), 0.98)
    total = sum(count["ours"] for language, count in sums.items() if language != "ja")
    hyphens = sum(count["hyphen"] for count in sums.values())
    figures.add(f"{half}hyphens_wrong", round(hyphens / total, 5), 0.001, most=True)
    figures.add(f"{half}running_heads_left", sum(count["heads"] for count in sums.values()), 20, most=True)


def check_words(ours: str, theirs: str, count: Counter[str]) -> None:
    """Hyphens of line ends resolved wrongly, and lines that stand on page after page but not in the text."""
    known = set(HYPHENED.findall(theirs.lower()))
    bare = {word.replace("-", "") for word in known if "-" in word}
    for word in HYPHENED.findall(ours.lower()):
        if word not in known:
            count["hyphen"] += word in bare if "-" not in word else word.replace("-", "") in known
    text = " ".join(split_words(theirs))
    lines = Counter(
        " ".join(split_words(line)) for line in ours.split("\n") if 6 < len(line) < 90 and line[0] != "|"
    )
    count["heads"] += sum(
        n - text.count(line) for line, n in lines.items() if n > text.count(line) + 2 and line not in LABELS
    )


def compare_columns(figures: Figures) -> None:
    """Words in order on pages set here."""
    scores: defaultdict[str, list[float]] = defaultdict(list)
    tables = 0
    for drawn in draw_columns(read_paragraphs() * 3, PAGES):
        text = read_bytes(drawn.body)
        ours, theirs = split_words(text), split_words(" ".join(drawn.words))
        scores[drawn.style].append(LCSseq.similarity(ours, theirs) / max(len(ours), len(theirs)))
        tables += text.count("\n|---")
    for style, values in sorted(scores.items()):
        print(f"columns {style}: {len(values)} pages, {sum(values) / len(values):.4f}")
    for columns in "123":
        values = [value for style, some in scores.items() if style[0] == columns for value in some]
        figures.add(f"order_{columns}_columns", round(sum(values) / len(values), 4), 0.97)
    figures.add("tables_found_in_columns", tables / PAGES, 0.01, most=True)


def compare_tables(figures: Figures) -> None:
    """Rows of drawn tables that come back whole, by style; tables found in manuals that have none."""
    scores: defaultdict[str, list[bool]] = defaultdict(list)
    for table in draw_tables(read_paragraphs(), TABLES):
        rows = read_rows(read_bytes(table.body))
        found = [row in rows for row in table.cells]
        scores[table.style] += found
        scores[f"with {table.content}"] += found
    for style, values in sorted(scores.items()):
        print(f"tables {style}: {len(values)} rows, whole {sum(values) / len(values):.4f}")
    styles = [value for name, values in scores.items() if not name.startswith("with") for value in values]
    figures.add("table_rows_whole", round(sum(styles) / len(styles), 4), 0.85)
    pages = wrong = 0
    for _, package, pdf, _ in SEEN:
        if package.startswith("debian-faq"):  # their HTML has tables for navigation alone
            text, count = convert(fetch(package) / pdf)
            pages += count
            wrong += text.count("\n|---")
    figures.add("tables_found_in_prose", round(wrong / pages, 4), 0.01, most=True)
    figures.add("prose_pages", pages, 100)


def read_paragraphs() -> list[str]:
    """Paragraphs of the policy manual."""
    path = fetch("debian-policy") / "usr/share/doc/debian-policy/policy.txt.gz"
    return clean_paragraphs(gzip.decompress(path.read_bytes()).decode())


def read_bytes(body: bytes) -> str:
    """The text of a PDF of few pages."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(body)
        file.flush()
        return "\n\n".join(pl.concat(list(read(file.name, reader=READER)))["text"].drop_nulls().to_list())


if __name__ == "__main__":
    main()
