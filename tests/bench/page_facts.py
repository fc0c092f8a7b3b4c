"""Bench: facts of single pages of PDFs that hold in our text and in that of six peers.

`make bench NAME=page_facts`, on tests/gates/golds/page_facts, whose README tells how the facts were made.
`HALF` is open (what the text route was mended on) or held, which no one who mended it looked at. Every page
is a PDF of its own, read without OCR: a running head or foot repeats nowhere.

All sides are read in one run and judged alike: Markdown's marks and escapes, tags and entities are taken off
the text and the fact, spaces, quotes and dashes made one; so many characters may differ as the fact allows.

- present: the words are found. absent: they are not, in the whole text or its first or last characters.
- order: both are found, the one before the other.
- table: a cell of a table in Markdown or HTML is the words, and what stands next to it (empty cells aside),
  or somewhere above or left of it for headings, is what the fact says.
- math: the formula is found, LaTeX's spaces and braces aside.

A peer that cannot be started is left out, and said to be.
"""

import html
import json
import os
import re
import shutil
import subprocess
import tarfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import lxml.html
import regex
import sides
from figures import say_figure

from winnow.ocr.pdf import read

GOLDS = Path("tests/gates/golds/page_facts")
HALF = os.environ.get("HALF", "open")
FOLDER = Path("out/bench/page_facts")
PEERS = ("pdf_inspector", "pymupdf4llm", "kreuzberg", "liteparse", "pdf_oxide", "pdftotext")
KINDS = ("present", "absent", "order", "table", "math")
FLOORS = {
    "present": 0.975,
    "absent": 0.85,
    "order": 0.95,
    "table": 0.75,
    "facts": 0.8,
    "ahead_of_best_peer": 0.05,
}
NEXT = {"left": (0, -1), "right": (0, 1), "up": (-1, 0), "down": (1, 0)}
ABOVE = {"top_heading": (-1, 0), "left_heading": (0, -1)}
SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u00b4", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", None)
)
TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->", re.DOTALL)
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\((?:https?:|mailto:|#)[^)]*\)")
FENCE = re.compile(r"^\s*(```|~~~).*$", re.MULTILINE)
LINE_MARK = re.compile(r"^\s*(#{1,6}|>|[-+*])\s+", re.MULTILINE)
RULE = re.compile(r"^\s*\|?(\s*:?-{3,}:?\s*\|?)+\s*$", re.MULTILINE)
ROW = re.compile(r"^\s*\|.*\|\s*$")
MARKS = re.compile(r"[*_`~#\\$|]")
BAR = re.compile(r"(?<!\\)\|")
Texts = dict[str, str]
Fact = Mapping[str, Any]
Table = list[list[str]]


def normalise(text: str) -> str:
    """Plain words of Markdown, however its maker marks, escapes and breaks them."""
    text = LINK.sub(r"\1", IMAGE.sub(" ", text))
    text = LINE_MARK.sub(" ", RULE.sub(" ", FENCE.sub(" ", text)))
    text = html.unescape(TAG.sub(lambda tag: " " if tag[0][1:3] == "br" else "", text))
    text = unicodedata.normalize("NFKC", text.translate(SAME)).translate(SAME)
    return " ".join(MARKS.sub(lambda mark: " " if mark[0] == "|" else "", text).split())


def find(words: str, text: str, most: int) -> list[tuple[int, int]]:
    """The first and the last place of words, of whose characters so many may differ."""
    first = text.find(words)
    if first >= 0:
        last = text.rfind(words)
        return [(first, first + len(words)), (last, last + len(words))]
    found = regex.search(rf"(?:{regex.escape(words)}){{e<={most}}}", text) if most and words else None
    return [found.span()] if found else []


def is_same(words: str, cell: str, most: int) -> bool:
    return cell == words or bool(most and regex.fullmatch(rf"(?:{regex.escape(words)}){{e<={most}}}", cell))


def list_tables(text: str) -> Iterator[Table]:
    """Tables in Markdown and in HTML, a cell that spans several places in its first."""
    rows: Table = []
    for line in [*text.splitlines(), ""]:
        if ROW.match(line):
            if not RULE.fullmatch(line):
                rows.append([normalise(cell) for cell in BAR.split(line.strip())[1:-1]])
        elif rows:
            yield rows
            rows = []
    if "<table" in text:
        for table in lxml.html.fromstring(f"<div>{text}</div>").iter("table"):
            yield list(_read_rows(table))


def _read_rows(table: Any) -> Iterator[list[str]]:
    kept: dict[int, int] = {}  # columns that a cell above goes on into, and over how many rows
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row.iter("td", "th"):
            while kept.get(len(cells), 0):
                kept[len(cells)] -= 1
                cells.append("")
            wide, high = int(cell.get("colspan", 1)), int(cell.get("rowspan", 1))
            kept |= dict.fromkeys(range(len(cells), len(cells) + wide), high - 1)
            cells += [normalise(cell.text_content())] + [""] * (wide - 1)
        yield cells


def look(table: Table, row: int, column: int, step: tuple[int, int]) -> Iterator[str]:
    """The cells that are not empty from a place on in one direction, nearest first."""
    while True:
        row, column = row + step[0], column + step[1]
        if not (0 <= row < len(table) and 0 <= column < max(map(len, table))):
            return
        if column < len(table[row]) and table[row][column]:
            yield table[row][column]


def has_cell(fact: Fact, tables: Sequence[Table]) -> bool:
    """Whether a table has the fact's cell where the fact says."""
    most = fact["max_diffs"]
    said = {name: normalise(fact[name]) for name in ("cell", *NEXT, *ABOVE) if name in fact}
    for table in tables:
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                if not is_same(said["cell"], cell, most):
                    continue
                near = [
                    (said[name], next(look(table, row, column, NEXT[name]), ""))
                    for name in NEXT
                    if name in said
                ]
                far = [
                    (said[name], list(look(table, row, column, ABOVE[name])))
                    for name in ABOVE
                    if name in said
                ]
                if all(is_same(words, other, most) for words, other in near) and all(
                    any(is_same(words, other, most) for other in others) for words, others in far
                ):
                    return True
    return False


def squeeze(latex: str) -> str:
    """LaTeX less what changes no formula: spaces, sizes of brackets, braces, styles of fractions."""
    text = re.sub(r"\\(left|right|displaystyle|limits|quad|qquad|,|;|:|!)(?![a-zA-Z])", "", latex)
    return re.sub(r"[\s{}$]|\\\\", "", re.sub(r"\\[dt]frac", r"\\frac", text))


def is_held(fact: Fact, text: str, plain: str, tables: Sequence[Table]) -> bool:
    """Whether a fact holds in a side's text: as it is, plain, and its tables."""
    most, kind = fact["max_diffs"], fact["kind"]
    if kind == "table":
        return has_cell(fact, tables)
    if kind == "math":
        return squeeze(fact["latex"]) in squeeze(text)
    if kind == "order":
        before, after = (find(normalise(fact[name]), plain, most) for name in ("before", "after"))
        return bool(before and after) and before[0][1] <= after[-1][0] + most
    plain = plain[: fact["first_n"]] if "first_n" in fact else plain
    plain = plain[-fact["last_n"] :] if "last_n" in fact else plain
    return bool(find(normalise(fact["text"]), plain, most)) == (kind == "present")


def judge(facts: Sequence[Fact], texts: Texts) -> dict[str, bool]:
    """Of each fact's id, whether it holds."""
    plain = {page: normalise(text) for page, text in texts.items()}
    tables = {page: list(list_tables(text)) for page, text in texts.items()}
    return {
        fact["id"]: is_held(fact, texts[page], plain[page], tables[page])
        for fact, page in ((fact, fact["page"]) for fact in facts)
    }


def sample() -> tuple[list[Fact], list[str]]:
    """The facts of the half, and the PDFs of its pages."""
    with tarfile.open(GOLDS / "pages.tar.xz") as packed:
        packed.extractall(FOLDER, filter="data")
    pages = [json.loads(line) for line in (GOLDS / "pages.jsonl").open()]
    mine = {page["page"] for page in pages if page["half"] == HALF}
    facts = [json.loads(line) for line in (GOLDS / "facts.jsonl").open()]
    paths = sorted(str(path) for path in FOLDER.rglob("*.pdf") if path.stem in mine)
    if not mine or len(paths) != len(mine):
        raise SystemExit(f"HALF={HALF}: {len(mine)} pages, {len(paths)} PDFs of them")
    return [fact for fact in facts if fact["page"] in mine], paths


def read_ours(paths: Sequence[str]) -> Texts:
    return {
        Path(path).stem: "\n\n".join(
            text for frame in read(path, ocr=False) for text in frame["text"] if text
        )
        for path in paths
    }


def read_theirs(side: str, paths: Sequence[str]) -> tuple[Texts, float] | None:
    """A peer's texts and CPU seconds; None where it cannot be started."""
    command = [sides.PEERS, "tests/bench/peers_facts.py", side, *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{side} is left out: {(done.stderr.splitlines() or ['no word'])[-1]}")
        return None
    answer = json.loads(done.stdout.splitlines()[-1])
    return {Path(path).stem: text for path, text in answer["texts"].items()}, answer["seconds"]


def count(facts: Sequence[Fact], right: Mapping[str, bool]) -> dict[str, float]:
    """The share that holds of each kind, and of all."""
    kinds: defaultdict[str, list[bool]] = defaultdict(list)
    for fact in facts:
        kinds[fact["kind"]].append(right[fact["id"]])
        kinds["facts"].append(right[fact["id"]])
    return {kind: sum(kinds[kind]) / len(kinds[kind]) for kind in (*KINDS, "facts")}


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    facts, paths = sample()
    print(f"{HALF}: {len(facts)} facts of {len(paths)} pages; shares that hold")
    texts = {"ours": read_ours(paths)}
    for side in PEERS:
        if answer := read_theirs(side, paths):
            texts[side] = answer[0]
            print(f"{side}: {answer[1]:.1f} CPU seconds")
    right = {side: judge(facts, said) for side, said in texts.items()}
    shares = {side: count(facts, one) for side, one in right.items()}
    for side, one in shares.items():
        print(f"{side:14}", *(f"{kind} {share:.3f}" for kind, share in one.items()))
    found = {kind: round(share, 3) for kind, share in shares["ours"].items()}
    peers = [one["facts"] for side, one in shares.items() if side != "ours"]
    if peers:
        found["ahead_of_best_peer"] = round(shares["ours"]["facts"] - max(peers), 3)
    (FOLDER / "texts.json").write_text(json.dumps(texts))
    holds = [say_figure(name, found[name], floor) for name, floor in FLOORS.items() if name in found]
    sides.close("page_facts", {"half": HALF, "shares": shares, "right": right}, "short" not in holds)


if __name__ == "__main__":
    main()
