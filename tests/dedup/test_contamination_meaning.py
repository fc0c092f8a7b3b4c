"""Eval items in other words: found, marked, and dropped only if told."""

import json

import polars as pl
import pytest
from marked_stage import Stage

from winnow.dedup import contamination_meaning as meaning

QUESTIONS = [
    "A baker sells 24 loaves in the morning and half as many in the afternoon. How many does he sell a day?",
    "Which of these processes lets a plant turn the energy of sunlight into sugar that it can store?",
    "A rope of 18 metres is cut into pieces of 3 metres each. How many cuts are needed for that?",
    "Why does a metal spoon feel colder than a wooden one when both lie in the same room?",
    "A tank holds 900 litres of water and loses 15 litres an hour. After how many hours is it empty?",
    "What do bees carry from one flower to another while they gather nectar for their hive?",
    "Why do ships float although they are built of steel, which is heavier than water is?",
    "Too short to be told from others, is it not?",
]
GERMAN = (
    "Ein Bäcker verkauft am Vormittag 24 Brote und am Nachmittag halb so viele. "
    "Wie viele Brote verkauft er an diesem Tag?"
)
PROSE = "The harbour was rebuilt in 1921 and again in 1954; since then 3 ferries a day call there."


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("meaning")
    rows = [
        {"eval": "sums", "item": str(k), "question": each}
        for k, each in enumerate([*QUESTIONS, QUESTIONS[0]])
    ]
    pl.DataFrame(rows).write_parquet(folder / "items.parquet")
    (folder / "index").mkdir()
    meaning.index([folder / "items.parquet"], folder / "index")
    return folder / "index"


def test_the_index_has_each_question_once_and_none_that_says_too_little(index):
    assert pl.read_parquet(index / "items.parquet")["item"].to_list() == [str(number) for number in range(7)]
    told = json.loads((index / "messages.json").read_text())
    assert "1 of 8 questions are too short" in str(told)


def test_a_translation_is_marked_with_its_item_and_place(index):
    text = f"{PROSE}\n\nÜbung.\n{GERMAN}\n\n{PROSE}"
    found = meaning.check(pl.DataFrame({"text": [PROSE, text]}), index=index)
    assert "drop_reason" not in found.columns
    assert found["contamination_meaning_score"][0] == 0 and found["contamination_meaning_item"][0] is None
    row = found.row(1, named=True)
    assert row["contamination_meaning_score"] >= meaning.MIN_SCORE
    assert (row["contamination_meaning_eval"], row["contamination_meaning_item"]) == ("sums", "0")
    span = slice(row["contamination_meaning_start"], row["contamination_meaning_end"])
    assert text.encode()[span].decode().strip() == GERMAN


def test_it_goes_where_the_recipe_says_so_and_earlier_reasons_stay(index):
    docs = pl.DataFrame({"text": [PROSE, GERMAN, GERMAN], "drop_reason": [None, None, "rule.earlier"]})
    found = meaning.check(docs, index=index, action="drop")
    assert found["drop_reason"].to_list() == [None, "contamination_meaning.reworded_item", "rule.earlier"]


def test_batches_are_those_of_one_document_each(index):
    text = pl.Series([PROSE, "", GERMAN, None, QUESTIONS[3]])
    whole = meaning.find_items(text, index=index, min_score=0.0)
    single = [
        meaning.find_items(text[row : row + 1], index=index, min_score=0.0).with_columns(
            document=pl.lit(row, pl.Int64)
        )
        for row in range(len(text))
    ]
    columns = ["document", "item", "start", "end"]
    assert whole.select(columns).equals(pl.concat(single).select(columns))


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no index of dedup\.contamination_meaning:index"):
        meaning.check(pl.DataFrame({"text": [GERMAN]}), index=tmp_path)


def test_an_index_of_few_items_is_refused(tmp_path):
    pl.DataFrame({"eval": ["e"], "item": ["1"], "question": [QUESTIONS[0]]}).write_parquet(
        tmp_path / "items.parquet"
    )
    with pytest.raises(ValueError, match="1 items say enough to be told by what they mean; 6 are needed"):
        meaning.index([tmp_path / "items.parquet"], tmp_path)


def test_the_report_counts_them_without_an_alarm(index):
    docs = pl.DataFrame({"id": ["a", "b"], "source": ["web"] * 2, "text": [PROSE, GERMAN]})
    step = {"use": "dedup.contamination_meaning:check", "settings": {"min_score": 0.8}}
    shown = meaning.panel(Stage(meaning.check(docs, index=index).drop("text"), step))
    assert shown["note"] == "1 documents hold what may be eval items in other words"
    assert shown["figures"]["table"][0]["contamination_meaning_eval"] == "sums"
    assert shown["alarms"] == []
    assert meaning.panel(Stage(docs)) is None
    nothing = meaning.panel(Stage(meaning.check(docs[:1], index=index).drop("text")))
    assert nothing["show"] == ["No document holds what may be eval items in other words."]
