"""Names through Presidio and a spaCy pipeline on disk; run where Presidio is installed."""

import importlib.util

import polars as pl
import pytest

from winnow.filters import persons


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    spacy = pytest.importorskip("spacy")
    pytest.importorskip("presidio_analyzer")
    nlp = spacy.blank("en")
    names = [[{"LOWER": "anna"}, {"LOWER": "berg"}], [{"LOWER": "blake"}]]
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": each} for each in names])
    folder = tmp_path_factory.mktemp("model")
    nlp.to_disk(folder)
    return str(folder)


def test_names_are_masked_and_counted(model):
    texts = ["Anna Berg met Blake in Köln.", "", None, "Nobody."]
    found = persons.mask(pl.DataFrame({"text": texts}), model=model)
    assert found["text"].to_list() == ["<PERSON> met <PERSON> in Köln.", "", "", "Nobody."]
    assert found["pii_name"].to_list() == [2, 0, 0, 0]


def test_long_texts_are_read_in_pieces(model, monkeypatch):
    monkeypatch.setattr(persons, "_PIECE", 40)
    text = "A line of some words.\n" * 5 + "Anna Berg was here.\n" + "x" * 100 + " Blake"
    found = persons.mask(pl.DataFrame({"text": [text]}), model=model)
    assert found["text"][0] == text.replace("Anna Berg", "<PERSON>").replace("Blake", "<PERSON>")
    assert "".join(persons._cut(text)) == text


def test_a_model_that_is_not_there_is_not_fetched(model):
    with pytest.raises(ValueError, match="neither an installed package nor a folder"):
        persons.mask(pl.DataFrame({"text": ["x"]}), model="en_core_web_none")


@pytest.mark.skipif(importlib.util.find_spec("presidio_analyzer") is not None, reason="Presidio is installed")
def test_it_says_what_it_needs():
    with pytest.raises(ModuleNotFoundError, match="presidio-analyzer"):
        persons.mask(pl.DataFrame({"text": ["Anna"]}))
