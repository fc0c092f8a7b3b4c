"""Fields of other people's records into columns, and what is said of those that do not fit."""

import json
import math
from decimal import Decimal
from typing import Any

import pytest

from winnow.ingest.io.mapping import complete, find_missing, map_record, name_columns


def row(record: dict[str, Any], **fields: str) -> dict[str, Any]:
    return dict(map_record(record, complete(fields)))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"lisence": "x"},
            r"no column 'lisence' can be filled; there are text, key, .* and score_<name>",
        ),
        ({"id": "id"}, "no column 'id'"),
        ({"Score_x": "x"}, "no column 'Score_x'"),
        ({"source": "s"}, "no column 'source'"),
        ({"url": "?"}, "no field is named for 'url'"),
    ],
)
def test_a_column_that_cannot_be_filled_is_refused(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        name_columns({"fields": fields})


def test_a_record_that_lacks_a_field_is_an_error_unless_it_may() -> None:
    record = {"text": "words", "n": 1, "meta": {}}
    assert row(dict(record), url="meta.url")["error"].startswith(
        "the field 'meta.url' is missing; there are: meta, n, text"
    )
    assert "error" not in row(dict(record), url="meta.url?") | row(dict(record), url="n.url?")
    assert "error" not in row({**record, "meta": {"url": None}}, url="meta.url")


@pytest.mark.parametrize(
    ("column", "value", "taken"),
    [
        ("url", "http://x", "http://x"),
        ("url", ["http://x"], "is a list, not a string"),
        ("url", "a\ud800", "a\ud800"),
        ("license", {"name": "x"}, "is a dict, not a string"),
        ("key", 12, "12"),
        ("score_a", 1, 1.0),
        ("score_a", "1", "is a str, not a number"),
        ("score_a", True, "is a bool, not a number"),
        ("language_score", 0.5, 0.5),
        ("token_count", 7.0, 7),
        ("token_count", 7.5, "is 7.5, not a whole number of 64 bits"),
        ("token_count", 2**63, "not a whole number of 64 bits"),
        ("token_count", math.inf, "not a whole number of 64 bits"),
        ("token_count", math.nan, "not a whole number of 64 bits"),
        ("score_a", 10**400, "the field 'x' int too large"),
        ("token_count", Decimal("NaN"), "the field 'x'"),
        ("text", 5, "is a int, not a string"),
        ("text", None, "'x' is missing or null; there are: text, x"),
    ],
)
def test_values_of_another_form_are_errors(column: str, value: Any, taken: Any) -> None:
    found = row({"x": value, "text": "words"}, **{column: "x"})
    if isinstance(taken, str) and " " in taken:
        assert taken in found["error"] and found["text"] is None
    else:
        assert found[column] == taken and "error" not in found


def test_one_field_may_fill_two_columns_and_the_own_id_stays_in_metadata() -> None:
    found = row({"text": "words", "id": "http://x"}, key="id", url="id")
    assert (found["key"], found["url"], found["metadata"]) == ("http://x", "http://x", None)
    found = row({"text": "words", "id": "a1"}, key="id")
    assert (found["key"], json.loads(found["metadata"])) == ("a1", {"id": "a1"})


def test_a_table_without_a_field_is_known_by_its_columns() -> None:
    fields = {"url": "meta.url", "date": "day?", "license": "a.b"}
    assert find_missing(fields, ["text", "meta", "a.b"]) == []
    assert find_missing(fields, ["meta"]) == ["text", "a.b"]


def test_numbers_that_json_has_not_are_null_in_metadata() -> None:
    record = {"text": "words", "a": math.nan, "b": [1, math.inf, {"c": -math.inf, "d": "NaN"}]}
    assert row(record)["metadata"] == '{"a": null, "b": [1, null, {"c": null, "d": "NaN"}]}'
