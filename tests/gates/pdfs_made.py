"""Gate: PDFs by another hand, in eight languages, and damaged ones.

`make gate NAME=pdfs_made`, on tests/gates/golds/pdfs_made, whose maker had seen no output of ours; its README
tells how it was made. `HALF` is open or held; `ONLY` is scripts or damaged.

- scripts: words and order of texts set by XeLaTeX, a word processor and a browser, by the maker's own judge:
  F1 of words, and the share of neighbours that are neighbours in what was read. Text layers alone are read.
  Files whose fonts leave more than a tenth of the glyphs without a letter are not counted.
- damaged: 308 files of 22 sound ones, made again byte for byte from Debian's packages (DEBS: a folder with
  them, else `apt-get download`). Each file ends in documents or in an error; of the pages that another reader
  (poppler, MuPDF or PDFium) still reads, the share that we do: four fifths of the words of a page.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from types import SimpleNamespace
from typing import Any

import sections
from figures import Figures

from winnow.ocr.layout.assembly import build_page
from winnow.ocr.pdf import read
from winnow.ocr.process.pages import read_pages

GOLDS = Path("tests/gates/golds/pdfs_made").resolve()
FOLDER = Path("out/gates/pdfs_made")
HALF = os.environ.get("HALF", "open")
FLOORS = {"ar": 0.98, "fa": 0.98, "he": 0.98, "ur": 0.98, "uk": 0.96, "vi": 0.96, "ko": 0.96, "ru": 0.96}
MOST_UNMAPPED = 0.1
FEW_WORDS = 5
Row = Mapping[str, Any]


def load_judge() -> SimpleNamespace:
    """The gold's own judge, as its maker froze it."""
    names: dict[str, Any] = {"__name__": "judge"}
    exec((GOLDS / "judge.txt").read_text(encoding="utf-8"), names)
    return SimpleNamespace(**names)


def list_rows(name: str) -> list[Any]:
    return [json.loads(line) for line in (GOLDS / name).open(encoding="utf-8")]


def list_half(name: str) -> list[Any]:
    return [row for row in list_rows(name) if row["half"] == HALF]


def read_text(path: Path) -> str:
    return "\n\n".join(text for frame in read(str(path), ocr=False) for text in frame["text"] if text)


def judge_scripts(figures: Figures, judge: SimpleNamespace) -> None:
    with tarfile.open(GOLDS / "scripts.tar.xz") as packed:
        packed.extractall(FOLDER / "scripts", filter="data")
    paths = {path.name: path for path in (FOLDER / "scripts").rglob("*.pdf")}
    scores: defaultdict[str, list[Row]] = defaultdict(list)
    for row in list_half("scripts.jsonl"):
        score = judge.score(read_text(paths[row["file"]]), row["text"])
        print(f"{row['file']} {row['maker']}, {row['font']}: {score['f1']:.4f}, order {score['order']:.4f}")
        if row.get("unmapped", 0) < MOST_UNMAPPED:
            scores[row["language"]].append(score)
    for language, floor in FLOORS.items():
        for name in ("f1", "order"):
            share = mean(score[name] for score in scores[language])
            figures.add(f"{language}: {name} of {len(scores[language])} files", round(share, 4), floor)


def make_damaged() -> Path:
    """The folder of the damaged files."""
    debs, made = Path(os.environ.get("DEBS", FOLDER / "debs")).resolve(), FOLDER / "damaged"
    debs.mkdir(parents=True, exist_ok=True)
    wanted = {row["package"]: row["version"] for row in list_rows("originals.jsonl")}
    missing = [f"{name}={version}" for name, version in wanted.items() if not [*debs.glob(f"{name}_*.deb")]]
    if missing and "DEBS" not in os.environ:
        subprocess.run(["apt-get", "download", *missing], cwd=debs, check=True)
    with tempfile.TemporaryDirectory() as folder:  # the maker's script finds the gold beside itself
        for file in GOLDS.iterdir():
            (
                Path(folder) / file.with_suffix(".py" if file.suffix == ".txt" else file.suffix).name
            ).symlink_to(file)
        script = Path(folder) / "make_damaged.py"
        subprocess.run([sys.executable, "-P", script, made.resolve(), debs], check=True)
    return made


def read_pages_of(path: Path, passwords: list[str]) -> Iterator[tuple[int, str]]:
    answers = read_pages(
        str(path),
        page_seconds=20,
        max_memory_mb=2048,
        max_pages=5000,
        languages=[],
        ocr=False,
        passwords=passwords,
    )
    for answer in answers:
        if "lines" in answer:
            yield answer["page"], " ".join(line.text for line in build_page(answer).lines)


def count_read(judge: SimpleNamespace, row: Row, sound: Row, found: dict[int, str]) -> dict[int, bool]:
    """Of each page of the sound file that another reader still reads: whether we do. A page of ours counts
    for one of the sound, the one of its number first."""
    words = {number: judge.words(text) for number, text in found.items()}
    others = sorted({page for pages in row["read_by"].values() for page in pages})
    read: dict[int, bool] = {}
    for page in others:
        wanted = sound["page_words"][str(page)].split()
        if len(wanted) < FEW_WORDS:
            continue
        order = sorted(words, key=lambda number: (number != page - 1, number))
        hit = next((number for number in order if judge.page_read(words[number], wanted)), None)
        read[page] = hit is not None
        if hit is not None:
            del words[hit]
    return read


def judge_damaged(figures: Figures, judge: SimpleNamespace) -> None:
    folder = make_damaged()
    sound = {row["id"]: row for row in list_rows("originals.jsonl")}
    rows = list_half("damaged.jsonl")
    passwords = sorted({row["password"] for row in rows if row["password"]})
    listed = FOLDER / "passwords.txt"
    listed.write_text("\n".join(passwords) + "\n", encoding="utf-8")
    silent, pages = [], defaultdict(list)
    for row in rows:
        path = next(folder.rglob(row["file"]))
        frames = list(read(str(path), ocr=False, passwords=listed))
        if not sum(frame.height for frame in frames):
            silent.append(row["file"])
        read_of = count_read(judge, row, sound[row["original"]], dict(read_pages_of(path, passwords)))
        pages[row["damage"]] += read_of.values()
    for damage, read_of in sorted(pages.items()):
        print(f"{damage}: {sum(read_of)} of {len(read_of)} pages that another reads")
    every = [page for read_of in pages.values() for page in read_of]
    figures.add(f"files of {len(rows)} without a verdict", len(silent), 0, most=True)
    figures.add(f"pages of {len(every)} that another reads", round(sum(every) / len(every), 4), 0.96)


def main() -> None:
    figures = Figures("pdfs_made", FOLDER)
    judge = load_judge()
    parts = {"scripts": judge_scripts, "damaged": judge_damaged}
    for name in sections.choose(list(parts)):
        parts[name](figures, judge)
    figures.close()


if __name__ == "__main__":
    main()
