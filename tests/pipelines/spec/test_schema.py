"""Batches of readers: ids from places, and what breaks the contract."""

import polars as pl
import pytest

from winnow.pipelines.commands import steps
from winnow.pipelines.spec import recipe, schema, toml


def batch(places: list[int | None] | None) -> pl.DataFrame:
    frame = pl.DataFrame({"text": ["a", "b"], "key": ["1", "2"]})
    return frame if places is None else frame.with_columns(place=pl.Series(places, dtype=pl.Int64))


def test_ids_come_from_places_not_from_the_order_of_reading() -> None:
    whole = schema.from_reader(batch([7, 1 << 50]), "s", "u", 0)
    later = schema.from_reader(batch([1 << 50, 99]), "s", "u", 5)
    assert whole["id"][1] == later["id"][0] and whole["id"][0] != later["id"][1]
    assert "place" not in whole.columns


def test_rows_without_places_are_counted() -> None:
    first = schema.from_reader(batch(None), "s", "u", 0)
    second = schema.from_reader(batch(None), "s", "u", 1)
    assert first["id"][1] == second["id"][0]


@pytest.mark.parametrize("places", [[3, 3], [3, None]])
def test_a_place_twice_or_none_breaks_the_contract(places: list[int | None]) -> None:
    with pytest.raises(schema.ContractError, match="place"):
        schema.from_reader(batch(places), "s", "u", 0)


def test_a_range_is_no_setting_of_a_source_step(tmp_path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(
        'name = "r"\n[[source]]\nname = "s"\nuris = ["x"]\nread = { use = "ingest.jsonl:read", start = 5 }\n'
        '[[stage]]\nname = "a"\nafter = "s"\nsteps = [ { use = "filters.gopher:quality" } ]\n'
    )
    with pytest.raises(recipe.RecipeError, match=r"r\.toml:5: ingest\.jsonl:read: start: no such setting"):
        toml.load(path)
    _, found = steps.render().split("## `ingest.jsonl:read`")
    assert "`fields` |" in found.split("\n## ")[0] and "`start` |" not in found.split("\n## ")[0]


def test_rows_of_places_alone_have_no_text_and_say_so() -> None:
    found = schema.from_reader(pl.DataFrame({"place": [1, 2]}), "s", "u", 0)
    assert found["error"].to_list() == ["the reader gave no text"] * 2
