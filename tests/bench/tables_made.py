"""Bench: tables of PDFs whose cells are known, as we and three peers read them.

`make bench NAME=tables_made`, on tests/gates/golds/tables_made, which its maker judged by no output: files of
LaTeX, office programs and a browser, and pages without a table. `HALF` is open or held. Text layers alone are
read, without OCR. Figures are by the maker's own judge (`judge.txt`): F1 of (row, column, text), spanning
cells repeated, and TEDS; the sum over a file's tables is divided by the larger count of found and wanted, so
that a missed table costs, and a false one too. A peer that cannot be started is left out, and said to be.
"""

import json
import os
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from types import SimpleNamespace
from typing import Any

import numpy as np
import page_facts
import sides
from figures import say_figure

GOLDS = Path("tests/gates/golds/tables_made")
HALF = os.environ.get("HALF", "open")
FOLDER = Path("out/bench/tables_made")
PEERS = ("pdf_inspector", "pymupdf4llm", "pdfplumber")
FLOORS = {"f1": 0.8, "teds": 0.87, "no_table": 0.95}
Scores = dict[str, dict[str, float]]  # of each file
File = Mapping[str, Any]


def load_judge() -> SimpleNamespace:
    """The gold's own `parse` and `score`, as its maker froze them."""
    names: dict[str, Any] = {"__name__": "judge"}
    exec((GOLDS / "judge.txt").read_text(encoding="utf-8"), names)
    return SimpleNamespace(**names)


def sample() -> list[File]:
    with tarfile.open(GOLDS / "tables.tar.xz") as packed:
        packed.extractall(FOLDER, filter="data")
    lines = (GOLDS / "tables.jsonl").read_text(encoding="utf-8").splitlines()
    paths = {path.name: str(path) for path in FOLDER.rglob("*.pdf")}
    files = [json.loads(line) for line in lines]
    return [file | {"path": paths[file["file"]]} for file in files if file["half"] == HALF]


def group(files: Sequence[File]) -> dict[str, list[str]]:
    """The names of files with a table by maker, rules and trait; of those without; and of all."""
    kinds: dict[str, list[str]] = {}
    for file in files:
        tables = bool(file["tables"])
        named = (file["maker"], f"rules {file['rules']}", *file["traits"]) if tables else ("no table",)
        for kind in (*named, "all"):
            kinds.setdefault(kind, []).append(file["file"])
    return kinds


def compare(ours: Scores, theirs: Scores, name: str) -> tuple[float, float, float]:
    """Our mean less a peer's, with the 90% interval of 2,000 draws of files."""
    gaps = np.array([ours[file][name] - theirs[file][name] for file in ours])
    drawn = np.random.default_rng(1).choice(gaps, (2_000, len(gaps))).mean(axis=1)
    low, high = np.quantile(drawn, [0.05, 0.95])
    return float(gaps.mean()), float(low), float(high)


def read_all(paths: Sequence[str]) -> dict[str, dict[str, str]]:
    """The texts of each side, by the stem of the file."""
    texts = {"ours": page_facts.read_ours(paths)}
    for side in PEERS:
        if answer := page_facts.read_theirs(side, paths):
            texts[side] = answer[0]
            print(f"{side}: {answer[1]:.1f} CPU seconds")
    return texts


def judge(files: Sequence[File], texts: Mapping[str, str], score: Callable[[str, File], Any]) -> Scores:
    return {file["file"]: score(texts.get(Path(file["path"]).stem, ""), file) for file in files}


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    files = sample()
    judged = load_judge()
    print(f"{HALF}: {sum(len(file['tables']) for file in files)} tables in {len(files)} files; F1, TEDS")
    texts = read_all([file["path"] for file in files])
    (FOLDER / "texts.json").write_text(json.dumps(texts))
    scores = {
        side: judge(files, said, lambda text, file: judged.score(judged.parse(text), file["tables"]))
        for side, said in texts.items()
    }
    shares: dict[str, dict[str, list[float]]] = {}
    for kind, names in sorted(group(files).items()):
        of_kind = {
            side: [round(mean(by[file][name] for file in names), 3) for name in ("f1", "teds")]
            for side, by in scores.items()
        }
        shares[kind] = of_kind
        print(
            f"{kind} ({len(names)}):",
            *(f"{side} {f1:.3f} {teds:.3f}" for side, (f1, teds) in of_kind.items()),
        )
    holds = []
    for side in PEERS:
        for name in ("f1", "teds") if side in scores else ():
            gap, low, high = compare(scores["ours"], scores[side], name)
            print(f"{name} before {side}: {gap:+.3f}, 90% {low:+.3f} to {high:+.3f}")
            holds.append(say_figure(f"{name}_ahead_of_{side}", round(low, 3), 0.0))
    found = {"f1": shares["all"]["ours"][0], "teds": shares["all"]["ours"][1]}
    found["no_table"] = shares["no table"]["ours"][0]
    holds += [say_figure(name, found[name], floor) for name, floor in FLOORS.items()]
    sides.close("tables_made", {"half": HALF, "shares": shares}, "short" not in holds)


if __name__ == "__main__":
    main()
