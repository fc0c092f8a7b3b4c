"""Gate: what `make tune` chooses on two corpora, whether it holds, and whether the recipe does what was said.

`make gate NAME=tune`, after `make data`. The corpora, both under FineWeb's rules: manuals and the standard
library, with HumanEval and MBPP as targets; threads of Stack Exchange (WINNOW_DATA), with answers of held-out
threads. The recipe that it writes is run, and must keep what the replay said.
"""

import gzip
import hashlib
import html
import json
import os
import re
import shutil
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from figures import Figures
from recipe_text import RULES, source, stage, step, write

from winnow.pipelines.commands import run, tune
from winnow.pipelines.engine.disk import documents

FOLDER = Path("out/gates/tune")
TOKENS, SEEDS = 300_000, 8
PAGES = (
    source("web", "data/web/*.warc.gz", "ingest.warc:read", part_bytes=4_000_000),
    source("code", "data/code/**/*.py", "ingest.files:read", part_bytes=4_000_000),
    source("items", "data/evals/*.whl"),
    stage("asked", "items", step("ingest.evals:read", evals=["humaneval", "mbpp"])),
    stage("extracted", "web", "ingest.html:extract"),
    stage("read", ["extracted", "code"], "classifiers.language:identify"),
)
THREADS = (
    source("threads", FOLDER / "threads/threads/*.jsonl", step("ingest.jsonl:read", fields={"url": "url"})),
    source("items", FOLDER / "threads/items/*.jsonl"),
    stage("asked", "items", "ingest.evals:records"),
    stage("read", "threads", "classifiers.language:identify"),
)
Thread = tuple[str, str, str, list[str]]


def read_threads(folder: Path) -> Iterator[Thread]:
    """Threads: the site, a name, the question, the answers, the best first."""
    for site in ("beer", "coffee"):
        with gzip.open(folder / f"{site}.stackexchange_Posts.xml.gz") as file:
            rows = [row.attrib for row in ET.parse(file).getroot()]
        answers: dict[str, list[tuple[int, str]]] = {}
        for row in rows:
            if row["PostTypeId"] == "2":
                answer = int(row.get("Score", 0)), strip(row["Body"])
                answers.setdefault(row["ParentId"], []).append(answer)
        for row in rows:
            if row["PostTypeId"] == "1":
                best = [text for _, text in sorted(answers.get(row["Id"], []), reverse=True)]
                yield site, f"{site}-{row['Id']}", f"{row['Title']}\n\n{strip(row['Body'])}", best
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for told in map(json.loads, lines):
                best = [a["body_text"] for a in sorted(told["answers"], key=lambda a: -a["score"])]
                asked = told["question"]
                yield "maths", str(told["thread_id"]), f"{asked['title']}\n\n{asked['body_text']}", best


def strip(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text)).strip()


def write_threads(threads: list[Thread], place: Path) -> None:
    """Four fifths of the threads as documents, of the others the best answers as items."""
    for name in ("threads", "items"):
        (place / name).mkdir(parents=True)
    docs, items = [], []
    for site, name, question, answers in threads:
        if hashlib.blake2b(name.encode(), digest_size=1).digest()[0] % 5:
            docs.append({"url": name, "text": "\n\n".join([question, *answers])})
        elif answers:
            items.append({"question": question[-600:].strip(), "answer": answers[0][:300], "task_name": site})
    for path, rows in ((place / "threads/all.jsonl", docs), (place / "items/all.jsonl", items)):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def execute(recipe: Path, out: Path) -> set[str]:
    """Run; the ids that the rules keep."""
    if code := run.execute(recipe, out, 2, None, "auto", ()):
        sys.exit(f"{recipe}: ended with {code}")
    return set(documents.read(out / "filtered", ["id"])["id"])


def try_corpus(name: str, blocks: tuple[str, ...], gates: Figures) -> None:
    """Run, tune, run what was chosen."""
    place = FOLDER / name
    recipe = place / "recipe.toml"
    write(
        recipe,
        *blocks,
        stage("filtered", "read", *RULES, replayable=True, may_be_empty=True),
        max_failed=0.05,
    )
    before = execute(recipe, place / "run")
    begun = time.monotonic()
    told = tune.ask(place / "run", "filtered", tokens=TOKENS, seeds=SEEDS, write=None, workers=2, say=print)
    print((place / "run/tune/tune.md").read_text())
    print(f"{name}: {time.monotonic() - begun:.0f} s")
    after = execute(place / "run/tune/tuned.toml", place / "again")
    said = told["amounts"]
    print(f"{name}: {len(before)} documents were kept, {len(after)} are, {said['kept_now']} were said")
    gates.add(f"{name}_held", float(told["verdict"]["held"]), 1)
    gates.add(f"{name}_told_as_rerun", float(said["kept_now"] == len(after)), 1)


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    gates = Figures("tune")
    (FOLDER / "manuals").mkdir(parents=True)
    try_corpus("manuals", PAGES, gates)
    if "WINNOW_DATA" in os.environ:
        folder = Path(os.environ["WINNOW_DATA"]) / "sources/stackexchange"
        write_threads(list(read_threads(folder)), FOLDER / "threads")
        try_corpus("threads", THREADS, gates)
    gates.close()


if __name__ == "__main__":
    main()
