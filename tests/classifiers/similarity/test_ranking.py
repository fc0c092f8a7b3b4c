"""How like the items of evals documents are."""

import numpy as np
import polars as pl

from winnow.classifiers.similarity.ranking import rank

ITEMS = pl.DataFrame(
    {
        "eval": ["sums"] * 2 + ["nature"] * 2,
        "text": [
            "how many apples are left",
            "what is the total cost",
            "which rock is oldest",
            "where do cells live",
        ],
    }
)


def test_places_are_the_best_over_evals_and_name_the_item() -> None:
    texts = pl.Series(
        [
            "a contract of law",
            "which rock is oldest then",
            "say how many apples are left",
            "of cells and rock",
        ]
        + ["law"] * 9
    )
    found = rank(texts, ITEMS)
    assert found.place[[1, 2]].tolist() == [0, 0]
    assert found.eval[[1, 2]].tolist() == [0, 1]  # in the order of the names
    assert found.item[[1, 2]].tolist() == [2, 0]
    assert found.place[3] == 1
    assert found.likeness[1] > found.likeness[3] > 0
    assert found.likeness[0] == 0


def test_of_equals_the_first_comes_first_and_text_without_words_is_like_nothing() -> None:
    found = rank(pl.Series(["how many apples", "how many apples", "", "law", "court"]), ITEMS[:2])
    assert found.place.tolist() == [0, 1, 2, 3, 4]
    assert found.likeness[2] == 0


def test_a_word_that_all_documents_share_says_nothing() -> None:
    texts = pl.Series(["many law", "many apples", "many court"])
    found = rank(texts, ITEMS[:1])
    assert np.flatnonzero(found.likeness).tolist() == [1]


def test_likeness_is_the_mean_of_the_nearest_tenth() -> None:
    """Of twenty items two count: a document near one of them is less like them than one near two."""
    asked = [f"about thing{number} alone" for number in range(20)]
    texts = pl.Series(["about thing3 alone", "about thing3 alone about thing4 alone", *["law"] * 8])
    items = pl.DataFrame({"eval": "e", "text": asked})
    found = rank(texts, items)
    assert found.likeness[1] > found.likeness[0] > 0


def test_ties_go_to_the_first_eval_and_the_first_document() -> None:
    texts = pl.Series(["which rock is oldest, and how many apples are left", *["law", "court of law"] * 500])
    found = rank(texts, ITEMS)
    assert (found.place[0], found.eval[0]) == (0, 0)
    assert found.place.tolist() == list(range(1001))
