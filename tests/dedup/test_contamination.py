"""Eval items are found where they stand, however they are laid out; what only looks like them stays."""

import textwrap
import unicodedata
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from leaks import ITEMS, PASSAGE, PROSE, STRONG, both, build, check, planted, question, table

from winnow.dedup import contamination


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("evals"), table(ITEMS))


def found(row: dict) -> tuple[str | None, str | None]:
    """Eval and item, and the bytes of the text that its span covers."""
    if row["contamination_item"] is None:
        return None, None
    span = row["text"].encode()[row["contamination_start"] : row["contamination_end"]].decode()
    return f"{row['contamination_eval']}/{row['contamination_item']}", span


@pytest.mark.parametrize("name", STRONG)
@pytest.mark.parametrize("seed", range(4))
def test_question_is_found_without_its_answer_and_its_span_is_exact(index, name, seed):
    row = check(index, planted(question(name), seed)).row(0, named=True)
    assert row["drop_reason"] == "contamination.eval_overlap"
    assert row["contamination_score"] == 1
    assert found(row) == (name, question(name).rstrip("?"))


CHANGED = {
    "upper case": str.upper,
    "wrapped": lambda text: textwrap.fill(text, 24, initial_indent="  ", subsequent_indent="  "),
    "quoted": lambda text: textwrap.indent(textwrap.fill(text, 40), "> "),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "zero width": lambda text: "\u200b".join(text),
    "soft hyphens": lambda text: text.replace("n", "n\u00ad"),
    "full width": lambda text: "".join(
        chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in text
    ),
    "plain apostrophes": lambda text: text.replace("\u2019", "'"),
    "no punctuation": lambda text: "".join(c for c in text if c.isalnum() or c in " \u2019"),
    "bold words": lambda text: text.replace("every", "**every**").replace("How many", "*How many*"),
}


@pytest.mark.parametrize("name", STRONG)
@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_layout_case_and_code_points_hide_nothing(index, name, change):
    text = change(question(name))
    row = check(index, planted(text)).row(0, named=True)
    item, span = found(row)
    assert (row["drop_reason"], item) == ("contamination.eval_overlap", name)
    assert span in text and len(span) >= len(text) - 5


@pytest.mark.parametrize("name", ["boats/nets", "boats/ropes", "birds/short", "birds/long answer"])
def test_span_takes_in_the_answer(index, name):
    row = check(index, planted(both(name))).row(0, named=True)
    assert found(row) == (name, both(name).rstrip("."))
    assert row["contamination_score"] == 1


def test_short_question_needs_its_answer_close_by(index):
    far = question("birds/short") + "\n\n" + " ".join(PROSE[0].split()[:200]) + " northern gannet"
    options = "\nA. cormorant\nB. razorbill\nC. northern gannet\nD. puffin\n"
    rows = check(index, *map(planted, [question("birds/short"), far, question("birds/short") + options]))
    assert rows["contamination_score"].to_list() == [0.5, 0.5, 1]
    assert rows["drop_reason"].is_null().to_list() == [True, True, False]


@pytest.mark.parametrize("between", [" ", "\n", "\nAnswer: ", " answer - "])
def test_item_of_few_words_is_found_as_a_whole(index, between):
    row = check(index, planted(both("birds/tiny", between))).row(0, named=True)
    assert found(row) == ("birds/tiny", both("birds/tiny", between))
    assert row["drop_reason"] is not None


def test_answer_before_its_question(index):
    text = "The northern gannet. " + question("birds/short")
    assert check(index, planted(text))["contamination_score"].to_list() == [1]


@pytest.mark.parametrize(
    "text",
    [
        PASSAGE,
        "What is it? It is a bird. What is it? A bird.",
        " ".join(map(str, range(200))),
        "How many dollars does she earn in a week? How many pieces are left on deck?",
        "Rinse both pans under lukewarm water, then dry them.",
        "",
    ],
)
def test_innocent_texts_stay(index, text):
    row = check(index, planted(text)).row(0, named=True)
    assert row["drop_reason"] is None
    assert row["contamination_score"] < 0.5


def test_documentation_holds_no_item(index):
    rows = check(index, *topics.values())
    assert rows["contamination_score"].max() == 0
    assert rows["contamination_item"].null_count() == rows.height == len(topics)


def test_words_shared_by_many_items_are_no_evidence(tmp_path):
    task = "Read the following sentence with care and then choose the word that completes it best"
    nouns = PROSE[0].split()
    items = {f"cloze/{k}": (f"{task}: {' '.join(nouns[9 * k : 9 * k + 8])}", "word") for k in range(40)}
    index = build(tmp_path, table(items))
    rows = check(index, planted(task + ": the harbour master was asleep"), planted(items["cloze/7"][0]))
    assert rows["contamination_score"][0] < 0.5
    assert rows["drop_reason"].to_list() == [None, "contamination.eval_overlap"]
    assert rows["contamination_item"][1] == "7"


def test_pieces_of_a_question_far_apart_are_not_added_up(index):
    words = question("boats/nets").split()
    pieces = [" ".join(words[k : k + 9]) for k in range(0, len(words) - 8, 9)]
    spread = "\n\n".join(f"{piece}\n\n{PROSE[k][:1500]}" for k, piece in enumerate(pieces))
    together, apart = check(index, " and so ".join(pieces), spread)["contamination_score"]
    assert together > 0.4 and apart < 0.25


def test_words_left_out_lower_the_score_and_leave_the_item(index):
    words = question("boats/nets").split()
    scores = []
    for gap in (30, 18, 12):
        row = check(index, planted(" ".join(w for k, w in enumerate(words) if k % gap != gap - 1)))
        scores.append(row["contamination_score"][0])
        assert row["contamination_item"][0] == "nets"
    assert 1 > max(scores) >= min(scores) > 0.6


def test_every_item_of_a_document_is_a_hit_and_the_best_is_recorded(index):
    half = " ".join(question("boats/ropes").split()[:20])
    text = planted(f"{half}\n\n{question('boats/nets')}\n\n{both('birds/short')}")
    hits = contamination.find_hits(pl.Series([PROSE[1], text]), index=index)
    assert hits["item"].to_list() == ["nets", "ropes", "short"]
    assert hits["document"].to_list() == [1, 1, 1]
    spans = [text.encode()[a:b].decode() for a, b in hits.select("start", "end").rows()]
    assert spans == [question("boats/nets").rstrip("?"), half, both("birds/short")]
    assert check(index, text)["contamination_item"].to_list() == ["nets"]


def test_mark_keeps_and_threshold_decides(index):
    text = planted(question("boats/nets"))
    assert "drop_reason" not in check(index, text, action="mark").columns
    marked = check(index, text, action="mark").drop("text", "contamination_left")
    assert marked.equals(check(index, text).drop("text", "drop_reason", "contamination_left"))
    half = planted(" ".join(question("boats/ropes").split()[:20]))
    score = check(index, half)["contamination_score"][0]
    assert check(index, half, min_score=score)["drop_reason"].null_count() == 0
    assert check(index, half, min_score=score + 0.01)["drop_reason"].null_count() == 1


def test_earlier_reason_stays(index):
    docs = pl.DataFrame(
        {"text": [planted(question("boats/nets"))] * 2, "drop_reason": ["other.reason", None]}
    )
    rows = contamination.check(docs, index=index)
    assert rows["drop_reason"].to_list() == ["other.reason", "contamination.eval_overlap"]


def test_columns_and_types(index):
    rows = check(index, "no item here", question("boats/nets"))
    assert rows.schema == {
        "text": pl.String,
        "contamination_score": pl.Float32,
        "contamination_class": pl.String,
        "contamination_eval": pl.String,
        "contamination_item": pl.String,
        "contamination_start": pl.Int64,
        "contamination_end": pl.Int64,
        "contamination_left": pl.List(pl.String),
        "drop_reason": pl.String,
    }
    assert check(index).schema == rows.schema
    assert rows.row(0)[1:] == (0, None, None, None, None, None, None, None)


POOL = [
    "",
    "no item here",
    "\u200b",
    "ﬁne caf\u0065\u0301",
    *(planted(question(name)) for name in STRONG),
    *(planted(CHANGED["zero width"](both(name))) for name in ("boats/café", "birds/short")),
    question("birds/short"),
    PROSE[0],
]


@given(texts=st.lists(st.sampled_from(POOL), max_size=8), cut=st.integers(0, 8))
def test_law_of_shard_steps(index, texts, cut):
    parts = [check(index, *texts[:cut]), check(index, *texts[cut:])]
    assert pl.concat(parts).equals(check(index, *texts))


def test_same_items_give_the_same_bytes_also_in_two_files(tmp_path):
    items = table(ITEMS)
    one = build(tmp_path / "one", items)
    two = build(tmp_path / "two", items[:3], items[2:])  # one item stands in both
    names = sorted(file.name for file in one.iterdir())
    assert names == sorted(file.name for file in two.iterdir())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_index_says_what_it_cannot_find(index):
    items = pl.read_parquet(index / "items.parquet")
    lost = items.group_by("item").agg(pl.col("findable").any()).filter(~pl.col("findable"))
    assert sorted(lost["item"]) == ["row", "vague"]


def test_index_of_no_items_finds_nothing(tmp_path):
    index = build(tmp_path, table(ITEMS)[:0])
    assert check(index, *POOL)["contamination_score"].to_list() == [0] * len(POOL)


def test_index_built_anew_at_the_same_place_is_read_anew(tmp_path):
    index = build(tmp_path, table(ITEMS)[:1])
    assert check(index, question("boats/ropes"))["contamination_score"].to_list() == [0]
    for file in index.iterdir():
        file.unlink()
    table(ITEMS)[1:].write_parquet(tmp_path / "items0.parquet")
    contamination.index([tmp_path / "items0.parquet"], index)
    assert check(index, question("boats/ropes"))["contamination_score"].to_list() == [1]


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "\u200b" * 50_000, "&#" * 50_000, "\\" * 50_000, "-\n" * 50_000]
)
def test_hostile_texts_are_read(index, text):
    assert check(index, text)["contamination_score"].to_list() == [0]


def test_an_item_many_times_over_is_one_hit(index):
    rows = contamination.find_hits(pl.Series([f"{question('boats/nets')}\n\n" * 500]), index=index)
    assert rows["item"].to_list() == ["nets"]
