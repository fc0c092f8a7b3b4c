"""Settings of steps against their signatures: every number has a range, shown and told."""

import typing
from pathlib import Path
from typing import Annotated, Any

import pydantic
import pytest

from winnow.pipelines.commands import steps
from winnow.pipelines.spec import settings
from winnow.pipelines.spec.address import find_steps, options
from winnow.ranges import Ratio

FREE = {  # numbers without a range, and why
    "min_question_score": "votes may be below 0",
    "min_answer_score": "votes may be below 0",
    "namespaces": "MediaWiki has some below 0",
    "edges": "of a column of whatever numbers",
    "cut": "of a score of whatever range",
    "vlm": "a table of several kinds, which the step checks",
}
ALL = [(use, function, p.name) for use, _, function in find_steps() for p in options(function)]


def find_open(hint: Any) -> bool:
    """Whether a type has a number without a range."""
    if typing.get_origin(hint) is Annotated:
        return not settings._describe_range(hint.__metadata__) and find_open(hint.__origin__)
    return hint in (int, float) or any(map(find_open, typing.get_args(hint)))


def hint_of(function: Any, name: str) -> Any:
    return typing.get_type_hints(function, include_extras=True)[name]


def test_every_number_that_a_recipe_sets_has_a_range():
    found = {(use, name) for use, function, name in ALL if find_open(hint_of(function, name))}
    assert {(use, name) for use, name in found if name not in FREE} == set()
    assert {name for _, name in found} == FREE.keys(), "an exception that is none any more"


def test_every_default_is_in_its_range():
    config = pydantic.ConfigDict(strict=True, arbitrary_types_allowed=True)
    for use, function, name in ALL:
        default = next(p.default for p in options(function) if p.name == name)
        hint = settings._plain(hint_of(function, name))
        if isinstance(default, int | float | dict) and not isinstance(default, bool):
            model = pydantic.create_model("one", __config__=config, one=(hint, ...))
            assert model.model_validate({"one": default}), f"{use} {name}"


@pytest.mark.parametrize(
    ("use", "function", "name"),
    [
        (use, function, name)
        for use, function, name in ALL
        if hint_of(function, name) in (Ratio, Ratio | None)
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_share_in_percent_is_refused_with_its_range_and_what_is_meant(use, function, name):
    with pytest.raises(settings.SettingError) as error:
        settings.check(function, {name: 60})
    assert f"{name}: 60 is outside its range, from 0 to 1; 60% is written 0.6" in str(error.value)
    assert error.value.path == (name,)


NO_CODES = {  # settings of languages that are in no table of codes, and why
    *("data_languages", "markup_languages", "listing_languages", "digit_languages"),  # of programming
    "max_languages",  # a number
    "language",  # what a model of names is called by; any name does
}


def test_every_code_of_a_language_is_held_to_a_table():
    """Each step with such a setting refuses what is no code, and takes what it may be called by."""
    found = [(use, f, name) for use, f, name in ALL if "language" in name and name not in NO_CODES]
    assert len(found) == 5
    for use, function, name in found:
        with pytest.raises(
            settings.SettingError, match=f"{name}: there is no language 'english': write"
        ) as error:
            settings.check(
                function, {name: ["eng", "english"] if "language:" not in use else ["en", "english"]}
            )
        assert error.value.path == (name, 1)
        meant = str(error.value).rpartition("write ")[2].strip("'")
        assert settings.check(function, {name: [meant]})[0][name] == [meant]
        assert "a language of " in settings.describe_type(hint_of(function, name))


def toy(
    docs: Any,
    *,
    min_words: pydantic.NonNegativeInt = 5,
    max_words: pydantic.PositiveInt | None = 9,
    share: Ratio | dict[str, Ratio] | None = None,
    model: Path | None = None,
) -> Any:
    """A step."""


@pytest.mark.parametrize(
    ("given", "told", "path"),
    [
        ({"min_words": 10}, "min_words = 10 is above max_words = 9", ("min_words",)),
        ({"max_words": 4}, "min_words = 5 is above max_words = 4", ("max_words",)),
        ({"min_words": -1}, "min_words: -1 is outside its range, 0 or more", ("min_words",)),
        ({"min_words": "5"}, "min_words: Input should be a valid integer, not '5'", ("min_words",)),
        ({"min_words": True}, "min_words: Input should be a valid integer, not True", ("min_words",)),
        ({"share": {"a": 0.5, "b": 2}}, "share: 2 is outside its range, from 0 to 1", ("share", "b")),
        ({"share": float("nan")}, "share: nan is outside its range", ("share",)),
        ({"model": 3}, "model: Input should be a valid string, not 3", ("model",)),
        (
            {"min_word": 3},
            "min_word: no such setting; its settings: .*; did you mean 'min_words'",
            ("min_word",),
        ),
    ],
)
def test_what_is_refused_is_told_with_its_place(given, told, path):
    with pytest.raises(settings.SettingError, match=told) as error:
        settings.check(toy, given)
    assert error.value.path == path


def test_the_page_of_steps_shows_ranges():
    page = steps.render()
    assert r"| `min_score` | `float from 0 to 1` | `0.65` |" in page
    assert r"| `max_loop_ratio` | `float from 0 to 1 \| None` | `0.3` |" in page
    assert "| `bands` | `int above 0` | `14` |" in page and "Annotated" not in page
