"""An item that stands in a document more than once: the best copy counts, and cutting leaves none."""

import random
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from leaks import ITEMS, PROSE, STRONG, both, build, check, planted, question, table

from winnow.dedup import contamination
from winnow.dedup.overlap import copies


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("evals"), table(ITEMS))


def best(index: Path, text: str) -> tuple[float, str]:
    """Score and span of the best copy."""
    row = check(index, text).row(0, named=True)
    return row["contamination_score"], text.encode()[
        row["contamination_start"] : row["contamination_end"]
    ].decode()


@pytest.mark.parametrize("before", [False, True])
def test_whole_copy_counts_wherever_its_question_also_stands_alone(index, before):
    alone, whole, far = question("birds/short"), both("birds/short"), f"\n\n{PROSE[1][:3000]}\n\n"
    text = planted(alone + far + whole if before else whole + far + alone)
    assert best(index, text) == (1, whole)


@pytest.mark.parametrize("gap", [6, 9])
def test_best_of_copies_is_told(index, gap):
    words = question("boats/nets").split()
    worse = " ".join(word for k, word in enumerate(words) if k % gap != gap - 1)
    text = planted(f"{worse}\n\n{question('boats/nets')}\n\n{worse}")
    assert best(index, text) == (1, question("boats/nets").rstrip("?"))


def cut(index: Path, *texts: str) -> pl.DataFrame:
    """What cutting leaves; a text that is dropped stands as it was."""
    return check(index, *texts, action="cut")


def test_cut_takes_out_the_item_alone(index):
    one, two = question("boats/nets").rstrip("?"), question("boats/ropes").rstrip("?")
    text = f"{planted(one)}\n{planted(two, 1)}"
    row = cut(index, text).row(0, named=True)
    assert row["text"] == text.replace(one, "").replace(two, "")
    assert row["contamination_item"] in ("nets", "ropes")


@pytest.mark.parametrize("between", ["\n\n", "\n\n" + PROSE[2][:2000]], ids=["near", "far"])
def test_cut_takes_out_every_copy(index, between):
    several = between.join([question("boats/nets")] * 9)
    row = cut(index, planted(several)).row(0, named=True)
    assert "Marisol" not in row["text"]
    assert (row["drop_reason"], row["text"].count("?")) == (None, planted("").count("?"))


def wrapped(text: str, times: int) -> str:
    """A question put into the middle of itself."""
    half = len(text) // 2
    return text if not times else f"{text[:half]} {wrapped(text, times - 1)} {text[half:]}"


def test_what_comes_together_by_cutting_is_cut_too(index):
    row = cut(index, planted(wrapped(question("boats/nets"), 1))).row(0, named=True)
    assert row["drop_reason"] is None
    assert check(index, row["text"])["contamination_score"][0] < contamination.MIN_SCORE


def test_what_cutting_cannot_clean_is_dropped_as_it_was(index):
    text = planted(wrapped(question("boats/nets"), 30))
    rows = cut(index, question("boats/ropes"), text, PROSE[0])
    assert rows["drop_reason"].to_list() == [None, "contamination.eval_overlap", None]
    assert rows["text"].to_list() == ["", text, PROSE[0]]


PIECES = st.sampled_from(
    [
        *map(question, STRONG),
        *map(both, STRONG),
        both("birds/short"),
        question("birds/short"),
        *(question(name).upper() for name in STRONG),
        *(" ".join(question(name).split()[3:-3]) for name in STRONG),
        *(" ".join(question(name).split()[:12]) for name in STRONG),
        *(prose[:400] for prose in PROSE[:4]),
    ]
)


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(PIECES, min_size=1, max_size=8))
def test_no_item_is_left_by_cutting_and_prose_stays(index, pieces):
    row = cut(index, "\n\n".join(pieces)).row(0, named=True)
    assert row["drop_reason"] is None
    assert check(index, row["text"])["contamination_score"][0] < contamination.MIN_SCORE
    for piece in pieces:
        if piece in {prose[:400] for prose in PROSE[:4]}:
            assert row["text"].count(piece) == pieces.count(piece)


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(PIECES, min_size=1, max_size=8))
def test_a_text_scores_no_less_than_any_piece_of_it(index, pieces):
    whole, *each = check(index, "\n\n".join(pieces), *pieces)["contamination_score"]
    assert whole >= max(each) - 0.01


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.lists(PIECES, max_size=5).map("\n".join), max_size=6))
def test_a_text_is_read_in_a_batch_as_alone(index, texts):
    for act in ({"action": "cut"}, {}):
        alone = [check(index, text, **act) for text in texts]
        assert check(index, *texts, **act).equals(pl.concat([check(index, **act), *alone]))


def test_very_many_copies_are_cut_or_the_text_is_dropped(index):
    for number in (200, 2000):
        text = f"{question('boats/nets')}\n\n" * number
        row = cut(index, text).row(0, named=True)
        clean = "Marisol" not in row["text"]
        assert clean == (row["drop_reason"] is None) and (clean or row["text"] == text)


def test_parts_of_a_long_question_again_and_again_are_read(tmp_path):
    numbers = " ".join(str(7919 * k % 1000) for k in range(480))
    tail = "compute the smallest missing positive integer"
    items = {f"arrays/{k}": (f"Given the array {k} {numbers} {tail}", str(k)) for k in range(10)}
    index = build(tmp_path, table(items))
    whole = items["arrays/3"][0]
    texts = [f"{tail}. " * 20_000, f"{tail}. " * 20 + whole, f"{whole}\n\n{tail}. " * 3]
    assert (check(index, *texts)["contamination_score"] > contamination.MIN_SCORE).to_list() == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("number", [8, 20])
def test_words_in_another_order_do_not_hide_a_copy(index, number):
    words = question("boats/nets").split()
    third = len(words) // 3
    mixed = " ".join(words[2 * third :] + words[third : 2 * third] + words[:third])
    copy = " ".join(word for k, word in enumerate(words) if k % 7 != 6)
    score = check(index, f"\n{PROSE[1][:600]}\n".join([mixed] * number + [copy]))["contamination_score"][0]
    assert score >= check(index, copy)["contamination_score"][0] > contamination.MIN_SCORE


@pytest.mark.parametrize("number", [9, 16, 40])
def test_short_questions_in_a_row_are_cut(index, number):
    row = cut(index, planted("\n".join([both("birds/short")] * number))).row(0, named=True)
    assert (row["drop_reason"], "seabird" in row["text"]) == (None, False)


def test_of_equal_hits_over_each_other_the_first_counts():
    draw = random.Random(1)
    rows = [
        {
            "document": d,
            "order": 0,
            "start": k,
            "end": k + 100,
            "class": "partial",
            "score": draw.choice([0.4, 0.7, 1.0]),
        }
        for d in range(300)
        for k in range(9)
    ]
    kept = copies._keep_apart(pl.DataFrame(rows).sample(fraction=1, shuffle=True, seed=1))
    wanted = [max(rows[9 * d : 9 * d + 9], key=lambda row: (row["score"], -row["start"])) for d in range(300)]
    assert kept.select(*rows[0]).to_dicts() == wanted
