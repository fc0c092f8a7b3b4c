"""CLD2 first, lid.176 where it leaves a doubt: hostile texts, what is told, and what of it was right."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers import language, two_models

MODEL = language._load(language._find_lid176())
TEXTS = {
    "en": "The harbour lay quiet in the morning, and the boats had not yet gone out to sea.",
    "de": "Der Hafen lag am Morgen still, und die Boote waren noch nicht hinausgefahren.",
    "pl": "Rano w porcie było cicho, a łodzie jeszcze nie wypłynęły w morze.",
    "zh": "清晨的港口很安静。船只还没有出海。",
    "zu": "Ekuseni ichweba lalithule, futhi izikebhe zazingakaphumi ziye olwandle namanje.",
}


def predict(*texts: str) -> pl.DataFrame:
    return two_models.predict(pl.Series(texts, dtype=pl.String), MODEL)


def test_languages_of_either_model_are_told() -> None:
    """Zulu is CLD2's alone."""
    found = predict(*TEXTS.values())
    assert found["language"].to_list() == list(TEXTS)
    assert found["language_score"].is_between(0.5, 1).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=5))
def test_whatever_the_text_each_gets_an_answer_of_its_own(texts: list[str]) -> None:
    """A row for each, whatever stands beside it; a score within bounds; another label is another."""
    lines = [text.replace("\n", " ") for text in texts]
    found = predict(*lines)
    assert found.height == len(lines)
    assert found["language_score"].is_between(0, 1).all()
    assert not (found["language"] == found["language_other"]).any()
    alone = [predict(line) for line in lines]
    assert found.equals(pl.concat(alone)) if alone else not found.height


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ufffe", "\U0001ffff", "\ufdd0", "\x85"])
def test_characters_that_cld2_refuses_cost_nothing(bad: str) -> None:
    assert predict(f"{bad}{TEXTS['de']}{bad}")["language"].to_list() == ["de"]


def test_lid176_is_believed_where_cld2_knows_nothing() -> None:
    found = two_models.compare(pl.Series(["Dies Wort"]), MODEL).with_columns(
        first=pl.lit(None, pl.String), second=pl.lit("als"), reliable=False, asked=True, score=0.2
    )
    assert two_models._settle(found.drop("told"), ["als"])["told"].to_list() == ["als"]
