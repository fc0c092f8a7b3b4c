"""Eval items written here, planted in Python's own documentation, and what must not be taken for them."""

import random
import re
import textwrap
import unicodedata
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import contamination

PROSE = [text for text in topics.values() if len(text) > 2000]

ITEMS = {
    "boats/nets": (
        "Marisol mends fishing nets in a harbour shed. She finishes 6 nets every morning and 9 nets every "
        "afternoon, and a trader pays her 14 dollars for each. How many dollars does Marisol earn in 5 days?",
        "Marisol finishes 6 + 9 = 15 nets a day. In 5 days she mends 75 nets and earns $1050.",
    ),
    "boats/ropes": (
        "A rigger cuts a rope of 84 metres into pieces of 7 metres and throws every third piece overboard. "
        "How many pieces of rope are left on deck when he has finished his work?",
        "There are 84 / 7 = 12 pieces. 4 go overboard, so 8 are left.",
    ),
    "boats/café": (
        "Zoë\u2019s café beside the quay sells 18 éclairs before noon and doesn\u2019t open after lunch on "
        "Mondays. How many éclairs leave the counter in a week of six open mornings?",
        "108 éclairs",
    ),
    "birds/short": ("Which seabird spears herring from forty metres?", "northern gannet"),
    "birds/tiny": ("Gannets eat", "live herring and mackerel"),
    "birds/long answer": (
        "Clean muddy binoculars",
        "Rinse both lenses under lukewarm water, then wipe them in circles with a soft chamois cloth.",
    ),
    "birds/vague": ("What is it?", "a bird"),
    "numbers/row": ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "21"),
}
PASSAGE = (
    "The northern gannet breeds on steep cliffs and dives on shoals from a great height, its wings folded."
)
STRONG = ["boats/nets", "boats/ropes", "boats/café"]


def table(items: dict[str, tuple[str, str]]) -> pl.DataFrame:
    names = [name.split("/") for name in items]
    columns = {"eval": [name[0] for name in names], "item": [name[1] for name in names]}
    columns |= {"question": [q for q, _ in items.values()], "answer": [a for _, a in items.values()]}
    return pl.DataFrame(columns).with_columns(context=pl.lit(PASSAGE))


def build(folder: Path, *tables: pl.DataFrame, **settings) -> Path:
    (folder / "index").mkdir(parents=True)
    files = []
    for number, items in enumerate(tables):
        files.append(folder / f"items{number}.parquet")
        items.write_parquet(files[-1])
    contamination.index(files, folder / "index", **settings)
    return folder / "index"


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("evals"), table(ITEMS))


def check(index: Path, *texts: str, **settings) -> pl.DataFrame:
    return contamination.check(
        pl.DataFrame({"text": texts}, schema={"text": pl.String}), index=index, **settings
    )


def planted(text: str, seed: int = 0) -> str:
    """The text between two stretches of documentation."""
    draw = random.Random(seed)
    prose = [draw.choice(PROSE) for _ in range(2)]
    return f"{prose[0][:900]}\n\n{text}\n\n{prose[1][:900]}"


def question(name: str) -> str:
    return ITEMS[name][0]


def both(name: str, between: str = "\nAnswer: ") -> str:
    return between.join(ITEMS[name])


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
    hits = contamination.hits(pl.Series([PROSE[1], text]), index=index)
    assert hits["item"].to_list() == ["nets", "ropes", "short"]
    assert hits["document"].to_list() == [1, 1, 1]
    spans = [text.encode()[a:b].decode() for a, b in hits.select("start", "end").rows()]
    assert spans == [question("boats/nets").rstrip("?"), half, both("birds/short")]
    assert check(index, text)["contamination_item"].to_list() == ["nets"]


def test_mark_keeps_and_threshold_decides(index):
    text = planted(question("boats/nets"))
    assert "drop_reason" not in check(index, text, action="mark").columns
    marked = check(index, text, action="mark").drop("text")
    assert marked.equals(check(index, text).drop("text", "drop_reason"))
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
        "drop_reason": pl.String,
    }
    assert check(index).schema == rows.schema
    assert rows.row(0)[1:] == (0, None, None, None, None, None, None)


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


NUMBERS = {"6": "31", "9": "44", "14": "270", "5": "12"}


def graded(index: Path, text: str, seed: int = 0) -> tuple[str | None, str | None, bool]:
    """Item, class, and whether the document is dropped."""
    row = check(index, planted(text, seed)).row(0, named=True)
    return row["contamination_item"], row["contamination_class"], row["drop_reason"] is not None


@pytest.mark.parametrize(
    "change, kind",
    [
        (lambda text: text, "verbatim"),
        (str.upper, "reformatted"),
        (lambda text: text.replace(" 6 ", " six "), "reformatted"),
        (lambda text: text.replace(" 6 ", " 8 "), "numbers_changed"),
        (lambda text: re.sub(r"\d+", lambda found: NUMBERS[found[0]], text), "numbers_changed"),
        (lambda text: text.replace("Marisol", "Ifeoma"), "renamed"),
        (lambda text: re.sub(r"\d+", "77", text.replace("Marisol", "Ifeoma")), "renamed"),
        (lambda text: text.replace("harbour ", "").replace("trader ", ""), "partial"),
        (lambda text: text.replace("fishing", "fisliing").replace("harbour", "harbcur"), "partial"),
    ],
)
def test_class_says_what_was_changed(index, change, kind):
    assert graded(index, change(question("boats/nets"))) == ("nets", kind, True)


def test_same_template_with_other_content_is_no_hit(index):
    other = (
        "Ruben bakes rye loaves in a village mill. He finishes 6 loaves every morning and 9 every evening, "
        "a grocer pays him 3 dollars for each. How many dollars does Ruben earn in 5 weeks?"
    )
    _, kind, dropped = graded(index, other)
    assert not dropped and kind in (None, "template")


FUNCTION = '''from typing import List

def sift_pebbles(pebbles: List[int], mesh: int) -> List[int]:
    """Sift a heap of pebbles through a sieve whose mesh is given in millimetres, and
    return the ones that stay behind, the heaviest first.
    >>> sift_pebbles([3, 9, 5], 4)
    [9, 5]
    """
'''


@pytest.fixture(scope="module")
def code(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("code"), table({"code/sift": (FUNCTION, "    return []\n")}))


def test_function_is_found_under_other_names(code):
    text = FUNCTION.replace("sift_pebbles", "f").replace("mesh", "k").replace("pebbles: List", "xs: List")
    assert graded(code, text)[::2] == ("sift", True)


def test_function_is_found_in_the_comment_of_another_language(code):
    prose = FUNCTION.split('"""')[1].split(">>>")[0]
    text = "\n".join(f"    // {line.strip()}" for line in prose.splitlines()) + "\nint[] sift(int[] stones) {"
    assert graded(code, text)[::2] == ("sift", True)


def test_source_that_a_question_quotes_is_no_hit(tmp_path):
    ask = "Which of the following events did the writer of this letter most likely witness in his youth?"
    items = {"history/letter": (f"This question refers to a letter.\n{PROSE[0][:1500]}\n{ask}", "a flood")}
    index = build(tmp_path, table(items))
    assert check(index, PROSE[0])["drop_reason"].to_list() == [None]
    assert graded(index, items["history/letter"][0])[::2] == ("letter", True)


def test_question_of_words_in_a_row_of_its_own_passage_needs_more_than_the_passage(tmp_path):
    asks = "The northern gannet breeds on steep cliffs and dives on shoals from a great"
    index = build(tmp_path, table({"birds/where": (asks, "height")}))
    assert check(index, planted(PASSAGE))["drop_reason"].to_list() == [None]


@pytest.mark.parametrize(
    "text", ["a" * 200_000, "\u200b" * 50_000, "&#" * 50_000, "\\" * 50_000, "-\n" * 50_000]
)
def test_hostile_texts_are_read(index, text):
    assert check(index, text)["contamination_score"].to_list() == [0]


def test_an_item_many_times_over_is_one_hit(index):
    rows = contamination.hits(pl.Series([f"{question('boats/nets')}\n\n" * 500]), index=index)
    assert rows["item"].to_list() == ["nets"]


def test_cut_takes_out_the_item_alone(index):
    text = planted(question("boats/nets")) + "\n" + planted(question("boats/ropes"), 1)
    row = check(index, text, action="cut").row(0, named=True)
    left = text.replace(question("boats/nets").rstrip("?"), "").replace(
        question("boats/ropes").rstrip("?"), ""
    )
    assert row["text"] == left
    assert row["contamination_item"] in ("nets", "ropes")


def test_classes_and_evals_say_what_is_acted_on(index):
    text = planted(question("boats/nets").upper())
    dropped = [
        check(index, text, **settings)["drop_reason"][0] is not None
        for settings in (
            {"classes": ["reformatted"]},
            {"classes": ["verbatim"]},
            {"evals": ["boats"]},
            {"evals": ["birds"]},
        )
    ]
    assert dropped == [True, False, True, False]
    with pytest.raises(ValueError, match="no class verbatm; there are verbatim, reformatted"):
        check(index, text, classes=["verbatm"])


SHORT = {
    "eval": ["sea"] * 3,
    "item": ["support", "ph", "list"],
    "question": [
        "What are sheet bends?",
        "What pH has unsalted distilled seawater?",
        "How many numbers are in the list 25, 26, 27, 99, 100?",
    ],
    "answer": ["Knots that join two ropes of different thickness.", "7", "76"],
    "choices": [
        [
            "Turns that a sailcloth takes around its yard.",
            "Knots that join two ropes of different thickness.",
            "Planks that are steamed before they meet the stem.",
        ],
        ["7", "9"],
        ["75", "76"],
    ],
}


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("short"), pl.DataFrame(SHORT))


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_short_question_with_its_choices_in_any_order(short, order):
    choices = "\n".join(f"{letter}) {SHORT['choices'][0][k]}" for letter, k in zip("ABC", order, strict=True))
    (row,) = check(short, planted(f"What are sheet bends?\n{choices}\n")).rows(named=True)
    assert (row["contamination_item"], row["drop_reason"]) == ("support", "contamination.eval_overlap")
    alone = check(short, planted("What are sheet bends?\n"))
    assert alone["drop_reason"].to_list() == [None]


@pytest.mark.parametrize(
    ("tail", "found"), [("\nAnswer: 7\n", True), (" 7\n", True), ("\nAnswer: 8\n", False)]
)
def test_common_answer_counts_where_it_follows_at_once(short, tail, found):
    (reason,) = check(short, planted(f"What pH has unsalted distilled seawater?{tail}"))["drop_reason"]
    assert (reason is not None) == found


def test_numbers_tell_a_question_that_is_whole(short):
    texts = [f"How many numbers are in the list 25, 26, 27, 99, {last}?\n" for last in (100, 101)]
    same, other = check(short, *map(planted, texts))["contamination_score"]
    assert same > other + 0.2
