"""The pairs of parent and rewrite that are kept: every kind of error, made again from their places."""

from collections import Counter

from rewrite_pairs import apply, complete, key, read_rows

ERRORS = {"number", "unit", "name", "negation", "hedge", "date", "order", "invented"}


def test_edits_are_own_words_and_pieces_of_the_text() -> None:
    assert apply("a bridge of 1934", [[0, 12], "1935"]) == "a bridge of 1935"
    assert apply("one two", ["", [4, 7], " ", [0, 3]]) == "two one"


def test_rows_are_completed_by_their_parents_and_twins() -> None:
    twin = {"id": "t", "parent": key("It is old."), "twin": None, "error": None, "rewrite": ["So: ", [0, 10]]}
    planted = {**twin, "id": "p", "twin": "t", "error": "hedge", "rewrite": [[0, 10], "very ", [10, 14]]}
    made = list(complete([twin, planted, {**twin, "parent": key("x")}], {key("It is old."): "It is old."}))
    assert [row["rewrite"] for row in made] == ["So: It is old.", "So: It is very old."]
    assert [row["label"] for row in made] == ["faithful", "planted"]
    assert {row["parent"] for row in made} == {"It is old."}


def test_kept_rows_have_every_kind_of_error() -> None:
    rows = read_rows()
    ids = {row["id"] for row in rows}
    assert len(ids) == len(rows) == 4782
    counts = Counter((row["set"], row["error"]) for row in rows)
    assert all(counts["first", error] == 140 and counts["second", error] > 140 for error in ERRORS)
    assert counts["first", None] == 750 and counts["second", None] > 800
    by_hand = [row for row in rows if row["kind"].startswith("by hand")]
    assert min(Counter(row["error"] for row in by_hand if row["error"]).values()) > 70
    assert sum(row["error"] is None for row in by_hand) == 70
    assert all(row["twin"] in ids for row in rows if row["set"] == "second" and row["error"])
