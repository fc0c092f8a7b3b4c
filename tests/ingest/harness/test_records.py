"""Records of evals as harnesses and publishers write them; what they say is written here."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from winnow.ingest import evals

ARC = {
    "id": "tide-1",
    "question": "Which body pulls most at the sea?",
    "choices": {"text": ["the moon", "Mars", "a comet"], "label": ["A", "B", "C"]},
    "answerKey": "A",
}
SHOTS = "Question: Which wind is wet?\nAnswer: the sea breeze\n\n"
PASSAGE = "Tides follow the moon. They come twice a day."


def read(tmp_path: Path, records: list[dict], name: str = "tides.jsonl", **settings) -> list[dict]:
    path = tmp_path / name
    data = "\n".join(json.dumps(record) for record in records).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (tmp_path / "out").mkdir(exist_ok=True)
    evals.records([path], tmp_path / "out", **settings)
    items = pl.read_parquet(tmp_path / "out/items.parquet")
    assert items.schema == pl.Schema(evals.SCHEMA)
    return items.to_dicts()


def sample(doc: dict, prompt: str, continuations: list, target, *, old: bool = False) -> dict:
    """A line of lm-evaluation-harness; older versions write `arguments` as a list."""
    pairs = [[prompt, continuation] for continuation in continuations]
    new = {
        f"gen_args_{k}": {f"arg_{place}": value for place, value in enumerate(pair)}
        for k, pair in enumerate(pairs)
    }
    line = {"doc_id": 3, "doc": doc, "target": target, "arguments": pairs if old else new}
    return line | {"resps": [], "filtered_resps": [], "filter": "none", "doc_hash": "0", "acc": 1.0}


@pytest.mark.parametrize("old", [False, True])
def test_samples_of_the_harness_without_their_examples(tmp_path, old):
    prompt = f"{SHOTS}Question: {ARC['question']}\nAnswer:"
    line = sample(ARC, prompt, [" the moon", " Mars", " a comet"], "0", old=old)
    (item,) = read(tmp_path, [line], "samples_arc_easy_2024-05-01T10-00-00.000000.jsonl")
    assert (item["eval"], item["item"], item["kind"]) == ("arc_easy", "tide-1", "choice")
    assert (item["question"], item["answer"], item["answer_index"]) == (ARC["question"], "the moon", 0)
    assert item["choices"] == ARC["choices"]["text"]


def test_choices_of_a_sample_are_what_is_scored_where_the_document_has_none(tmp_path):
    doc = {"question": "does the moon move the sea", "passage": PASSAGE, "idx": 8, "label": 1}
    prompt = f"{PASSAGE}\nQuestion: {doc['question']}?\nAnswer:"
    (item,) = read(tmp_path, [sample(doc, prompt, [" no", " yes"], 1)])
    assert (item["choices"], item["answer"], item["context"]) == (["no", "yes"], "yes", PASSAGE)
    assert item["question"] == doc["question"]


def test_generated_answers_of_a_sample(tmp_path):
    doc = {"question": "Ada mends 3 nets and then 4. How many?", "answer": "3 + 4 = <<3+4=7>>7\n#### 7"}
    line = sample(doc, f"{SHOTS}Question: {doc['question']}\nAnswer:", [{"until": ["Question:"]}], "7")
    (item,) = read(tmp_path, [line])
    assert (item["item"], item["kind"], item["answer"]) == ("3", "generate", doc["answer"])


def test_request_files_of_olmes_have_a_line_for_each_choice(tmp_path):
    doc = {
        "id": "w-1",
        "query": "Question: Which wind is wet?\nAnswer:",
        "choices": ["one", "two"],
        "gold": 1,
    }
    lines = []
    for shift in (0, 1_000_000):
        for idx, text in enumerate(doc["choices"]):
            context = SHOTS + doc["query"] if not shift else "Answer:"
            request = {"context": context, "continuation": f" {text}"}
            line = {"request_type": "loglikelihood", "doc": doc, "request": request, "idx": idx}
            lines.append(line | {"task_name": "winds", "doc_id": shift, "native_id": "w-1", "label": 1})
    (item,) = read(tmp_path, lines, "requests.jsonl.gz")
    assert (item["eval"], item["item"], item["question"]) == ("winds", "w-1", "Which wind is wet?")
    assert (item["answer"], item["prompt"]) == ("two", doc["query"] + " ")


GAUNTLET = [
    ({"context": "SEA BIRDS: It dives from a great height", "continuation": "gannet"},
     ("SEA BIRDS: It dives from a great height", "gannet", None, [])),
    ({"query": "Question: Which wind is wet?\nAnswer:", "choices": ["sea", "land"], "gold": 0},
     ("Which wind is wet?", "sea", None, ["sea", "land"])),
    ({"query": f"Passage: {PASSAGE}\nQuestion: do tides come daily?\n", "choices": ["no", "yes"], "gold": 1},
     ("do tides come daily?", "yes", PASSAGE, ["no", "yes"])),
    ({"context": f"Context: {PASSAGE}\nQuestion: How often?\nAnswer:", "continuation": "twice a day"},
     ("How often?", "twice a day", PASSAGE, [])),
    ({"context": "Who wrote of tides?", "answer": "Pytheas", "aliases": ["Pytheas", "Pytheas of Massalia"]},
     ("Who wrote of tides?", "Pytheas", None, [])),
    ({"context_options": ["The boat", "The rock"], "continuation": "was adrift.", "gold": 0},
     ("The boat was adrift.", "was adrift.", None, ["The boat", "The rock"])),
]  # fmt: skip


@pytest.mark.parametrize(("line", "wanted"), GAUNTLET)
def test_lines_of_the_gauntlet(tmp_path, line, wanted):
    (item,) = read(tmp_path, [line], eval="gauntlet")
    assert (item["question"], item["answer"], item["context"], item["choices"]) == wanted
    assert (item["eval"], item["item"]) == ("gauntlet", "1")


ROWS = [
    (ARC, ("Which body pulls most at the sea?", "the moon", None)),
    ({"goal": "Dry a net", "sol1": "Hang it up", "sol2": "Fold it", "label": 0},
     ("Dry a net", "Hang it up", None)),
    ({"context": "Ada dives.", "question": "Why?", "answerA": "to fish", "answerB": "to sleep",
      "answerC": "to sing", "label": "2"}, ("Why?", "to sleep", "Ada dives.")),
    ({"question": "Which bird?", "support": PASSAGE, "correct_answer": "gannet", "distractor1": "dove",
      "distractor2": "owl", "distractor3": "rook"}, ("Which bird?", "gannet", PASSAGE)),
    ({"ctx": "A man mends a net. He", "endings": ["ties it.", "eats it."], "label": "0"},
     ("A man mends a net. He", "ties it.", None)),
    ({"context": PASSAGE, "question": "How often?", "answers": {"text": ["twice a day", "twice"]}, "id": "s"},
     ("How often?", "twice a day", PASSAGE)),
    ({"question": "Who?", "answer": {"value": "Pytheas", "aliases": ["Pytheas"]}}, ("Who?", "Pytheas", None)),
    ({"question": "Which?", "options": {"A": "ebb", "B": "flow"}, "answer_idx": "B", "answer": "flow"},
     ("Which?", "flow", None)),
    ({"problem": "Add 3 and 4.", "solution": "It is 7.", "level": 1}, ("Add 3 and 4.", "It is 7.", None)),
    ({"input": "Turn left. Where?", "target": "west"}, ("Turn left. Where?", "west", None)),
    ({"question": "Is it wet?", "passage": PASSAGE, "answer": True}, ("Is it wet?", "yes", PASSAGE)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "wanted"), ROWS)
@pytest.mark.parametrize("parquet", [False, True])
def test_data_sets_under_their_own_names(tmp_path, line, wanted, parquet):
    if parquet:
        pl.DataFrame([line]).write_parquet(tmp_path / "rows.parquet")
        evals.records([tmp_path / "rows.parquet"], tmp_path)
        (item,) = pl.read_parquet(tmp_path / "items.parquet").to_dicts()
        assert item["eval"] == "rows"
    else:
        (item,) = read(tmp_path, [line])
    assert (item["question"], item["answer"], item["context"]) == wanted


def test_code_keeps_its_prompt(tmp_path):
    line = {"task_id": "HumanEval/9", "prompt": "def twice(x):\n", "canonical_solution": "    return 2 * x\n"}
    (item,) = read(tmp_path, [sample(line, line["prompt"], [{"until": ["\ndef"]}], "")])
    assert (item["item"], item["kind"], item["question"]) == ("HumanEval/9", "code", line["prompt"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"doc": {"words": 1}, "arguments": {}}, r"tides.jsonl line 2: no question among the fields words"),
        (ARC | {"answerKey": "F"}, r"tides.jsonl line 2: answer 'F' is none of the 3 choices"),
        ({"question": "Which?", "choices": ["a", "b"]}, r"tides.jsonl line 2: choices, but none is said"),
        (
            {"sentence": "The _ rose.", "option1": "tide", "option2": "moon", "answer": "0"},
            r"line 2: answer -1 is none of the 2 choices",
        ),
        ({"prompt": None, "canonical_solution": "pass"}, r"tides.jsonl line 2: no question"),
        (
            {"question": "Which?", "choices": {"text": None}, "answer": 0},
            r"tides.jsonl line 2: fields of no known form: TypeError",
        ),
        (
            {"question": "Which?", "answer": {"gloss": "the moon"}},
            r"tides.jsonl line 2: an answer of no known form: {'gloss': 'the moon'}",
        ),
        (
            {"question": "Which?", "choices": "['the moon', 'the sun']", "answer_index": 0},
            r"tides.jsonl line 2: the choices are no list but a text",
        ),
        ({"doc": ARC, "arguments": 5}, r"tides.jsonl line 2: fields of no known form: TypeError"),
        ({"code": "pass", "test_list": []}, r"tides.jsonl line 2: fields of no known form: KeyError"),
    ],
)
def test_what_is_not_understood_is_named(tmp_path, line, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, [ARC, line])


def test_fields_of_parquet_are_named_as_those_of_json_lines(tmp_path):
    pl.DataFrame([ARC]).write_parquet(tmp_path / "arc.parquet")
    names = {
        "question": "question",
        "choices": "choices.text",
        "labels": "choices.label",
        "answer": "answerKey",
    }
    evals.jsonl([tmp_path / "arc.parquet"], tmp_path, eval="arc", **names)
    (item,) = pl.read_parquet(tmp_path / "items.parquet").to_dicts()
    assert (item["eval"], item["answer"]) == ("arc", "the moon")


@pytest.mark.parametrize(
    ("fields", "read_as"),
    [
        ({"best_answer": "the moon", "correct_answers": ["the moon", "it"]}, "the moon"),
        ({"answer": None, "answer_number": 18}, "18"),
        ({"answers_spans": {"spans": ["spring tide"], "types": ["span"]}}, "spring tide"),
        ({"answers": {"input_text": ["the moon"], "span_start": [0]}}, "the moon"),
        ({"choices": ["the sun", "the moon"], "gold": [1]}, "the moon"),
    ],
)
def test_answers_under_other_names(tmp_path, fields, read_as):
    (item,) = read(tmp_path, [{"question": "What pulls at the sea?", **fields}])
    assert item["answer"] == read_as


@pytest.mark.parametrize(
    ("answer", "read_as"),
    [
        ({"number": "", "date": {"day": "5", "month": "May", "year": ""}, "spans": []}, "5 May"),
        ({"number": "3", "date": {"day": "", "month": "", "year": ""}, "spans": []}, "3"),
        ({"text": [], "answer_start": []}, ""),
        ({"value": None, "aliases": ["Luna"]}, "Luna"),
        (True, "yes"),
        (2.5, "2.5"),
    ],
)
def test_answers_of_several_forms(tmp_path, answer, read_as):
    (item,) = read(tmp_path, [{"question": "When does the tide turn?", "answers": answer}])
    assert item["answer"] == read_as


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 100_000,
        "x" + "\n \t" * 50_000 + "x",
        "Question: " * 20_000,
        "\nQuestion: a" * 20_000,
        "Q:\n" * 50_000,
    ],
)
def test_hostile_questions_are_read(tmp_path, text):
    line = {"doc": {"query": f"a{text}b", "choices": ["c", "d"], "gold": 0}, "request": {"context": ""}}
    read(tmp_path, [line, {"passage": "p", "question": f"a{text}b", "answer": "c"}])


def test_choices_in_a_text_are_taken_from_what_is_scored(tmp_path):
    doc = {"problem": "What does the banker gain?", "options": "a ) 400 , b ) 300", "correct": "a"}
    (item,) = read(tmp_path, [{"doc": doc, "arguments": [["Q", "400"], ["Q", "300"]], "target": 0}])
    assert (item["choices"], item["answer"]) == (["400", "300"], "400")
