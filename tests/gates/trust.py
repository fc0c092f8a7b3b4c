"""Gate: every record of hostile and of damaged files is kept, dropped or failed by name, and neighbours stay.

`make gate NAME=trust` (needs `make data`). Dear records stand in made files (hostile.py), real files are
damaged by script (damaged.py), and a run as a user starts it reads all; the counts are not ours but those of
the files' makers. Writes under out/gates/trust/.
"""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import damaged
import hostile
import polars as pl
import runs
from figures import Figures
from recipe_text import source, stage, step, write

FOLDER = Path("out/gates/trust")
READERS = {
    "jsonl": ("ingest.jsonl:read", {"fields": {"url": "url?"}}),
    "parquet": ("ingest.parquet:read", {}),
    "warc": ("ingest.warc:read", {}),
    "mediawiki": ("ingest.wikis.mediawiki:read", {}),
    "reddit": ("ingest.talk.reddit:recorded", {}),
    "mail": ("ingest.talk.mail:read", {}),
    "files": ("ingest.files:read", {}),
    "pdf": ("ocr.pdf:read", {}),
}
TOLD = 20
# Plain text, and strings within JSON: a stretch of it that is gone leaves no trace in what is left.
UNFRAMED = ("mail", "files", "reddit")


def write_recipe(kinds: set[str]) -> Path:
    """One source and one stage a format; a file is a part, so each has its own seconds."""
    blocks = []
    for kind in sorted(kinds):
        use, settings = READERS[kind]
        done = "ingest.html:extract" if kind == "warc" else "dedup.exact:hash"
        blocks += [
            source(kind, FOLDER.resolve() / "in" / kind / "*", step(use, **settings), part_bytes=1),
            stage(f"{kind}.read", kind, done),
        ]
    return write(FOLDER / "recipe.toml", *blocks)


def write_file(kind: str, name: str, data: bytes) -> str:
    """Put a file where the recipe finds it; returns the name that its rows say."""
    path = FOLDER.resolve() / "in" / kind / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def run(recipe: Path) -> runs.Used:
    words = ("run", recipe, FOLDER / "out", "--workers", "2", "--memory", "4GB")
    return runs.watch(runs.begin(FOLDER / "run.log", *words))


def read_fates(kinds: set[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The rows on disk by file and fate."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for kind in kinds:
        folder = FOLDER / "out" / f"{kind}.read"
        for fate, columns in (
            ("kept", ["uri", "key", "text"]),
            ("dropped", ["uri", "key"]),
            ("failed", ["uri", "error"]),
        ):
            for path in sorted((folder if fate == "kept" else folder / fate).glob("part-*.parquet")):
                for row in pl.read_parquet(path, columns=columns, glob=False).iter_rows(named=True):
                    found[row["uri"]][fate].append(row)
    return found


def read_seconds(kinds: set[str]) -> float:
    """The longest that a file took."""
    receipts = [path for kind in kinds for path in (FOLDER / "out" / f"{kind}.read/receipts").glob("*.json")]
    return float(max(json.loads(path.read_text())["seconds"] for path in receipts))


def judge_hostile(
    cases: dict[str, hostile.Case], fates: dict[str, dict[str, list[dict[str, Any]]]]
) -> list[str]:
    """What is wrong with the rows of each hostile file, in lines."""
    wrong = []
    for uri, case in cases.items():
        rows = fates.get(uri, {})
        texts = [row["text"] or "" for row in rows.get("kept", [])]
        held = "\n".join(texts)
        lost = [text for text in case.neighbours if text not in held]
        if lost:
            errors = "; ".join(str(row["error"])[:100] for row in rows.get("failed", [])[:2])
            wrong.append(f"{case.kind}: {case.name}: {len(lost)} neighbours lost ({errors})")
        count = sum(len(rows.get(fate, [])) for fate in ("kept", "dropped", "failed"))
        if count < len(case.neighbours) - len(lost) + case.odd:
            wrong.append(
                f"{case.kind}: {case.name}: {count} rows, {len(case.neighbours)} + {case.odd} records"
            )
    return wrong


def find_unhurt(case: damaged.Damaged, whole: bytes, rows: list[dict[str, Any]]) -> list[str]:
    """Texts of the whole file whose records the damage did not touch."""
    if case.kind not in damaged.RECORDS:
        return []
    unhurt = {
        start
        for start, stop in damaged.RECORDS[case.kind](whole)
        if stop <= case.at[0] or (start >= case.at[1] and case.kind in ("warc", "jsonl"))
    }
    found = []
    for row in rows:
        place = re.search(r"byte (\d+)", row["key"] or "")
        if place and int(place[1]) in unhurt:
            found.append(row["text"])
    return found


def judge_damaged(
    cases: dict[str, damaged.Damaged],
    whole: dict[str, tuple[str, bytes]],
    fates: dict[str, dict[str, list[dict[str, Any]]]],
) -> list[str]:
    """Unhurt records that are not kept, and rows that are gone without a failed or another one."""
    wrong = []
    for uri, case in cases.items():
        other, data = whole[case.whole]
        before, after = fates.get(other, {}), fates.get(uri, {})
        texts = {row["text"] for row in after.get("kept", [])}
        lost = [text for text in find_unhurt(case, data, before.get("kept", [])) if text not in texts]
        if lost:
            errors = "; ".join(str(row["error"])[:100] for row in after.get("failed", [])[:2])
            wrong.append(
                f"damaged {case.kind}: {case.name}: {len(lost)} records that are whole are lost ({errors})"
            )
        gone = {row["text"] for row in before.get("kept", [])} - texts
        fresh = texts - {row["text"] for row in before.get("kept", [])}
        told = any(len(after.get(fate, [])) > len(before.get(fate, [])) for fate in ("dropped", "failed"))
        if case.kind not in UNFRAMED and len(gone) > len(fresh) and not told:
            wrong.append(
                f"damaged {case.kind}: {case.name}: {len(gone)} texts gone, nothing dropped or failed"
            )
        if not after:
            wrong.append(f"damaged {case.kind}: {case.name}: no row at all")
    return wrong


def main() -> None:
    figures = Figures("trust", FOLDER)
    cases = {write_file(case.kind, case.name, case.data): case for case in hostile.every()}
    taken = list(damaged.take_whole())
    whole = {name: (write_file(kind, f"whole-{name}", data), data) for kind, name, data in taken}
    hurt = {write_file(case.kind, case.name, case.data): case for case in damaged.every(taken)}
    kinds = {case.kind for case in (*cases.values(), *hurt.values())}
    print(f"{len(cases)} hostile files, {len(hurt)} damaged ones of {len(whole)}", flush=True)
    ran = run(write_recipe(kinds))
    print((FOLDER / "run.log").read_text()[-1500:], flush=True)
    figures.add("hostile_files", len(cases), 25)
    figures.add("damaged_real_files", len(hurt), 100)
    figures.add("exit_code", ran.code, 0, most=True)
    if ran.code == 0:
        fates = read_fates(kinds)
        wrong = judge_hostile(cases, fates) + judge_damaged(hurt, whole, fates)
        print("\n".join(wrong[:TOLD]), flush=True)
        figures.add("files_with_a_record_untold", len(wrong), 0, most=True)
        figures.add("most_seconds_for_a_file", read_seconds(kinds), 60, most=True)
    figures.add("worker_peak_gb", round(ran.peak, 2), 1.5, most=True)
    figures.close()


if __name__ == "__main__":
    main()
