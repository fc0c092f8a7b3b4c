import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest import forum


def interaction(
    answer: Any, uri: str = "https://x.example/r/a?raw_json=1", kind: str = "application/json"
) -> dict:
    return {
        "request": {"uri": uri},
        "response": {"headers": {"Content-Type": [kind]}, "body": {"string": answer}},
    }


def comment(name: str, body: str, **more: Any) -> dict[str, Any]:
    return {"kind": "t1", "data": {"name": name, "body": body, "author": "secret_writer", **more}}


def post(name: str, title: str, selftext: str, **more: Any) -> dict[str, Any]:
    return {"kind": "t3", "data": {"name": name, "title": title, "selftext": selftext, **more}}


def cassette(path: Path, *interactions: dict) -> str:
    path.write_text(json.dumps({"interactions": list(interactions), "version": 1}))
    return str(path)


def listing(*things: dict[str, Any]) -> str:
    return json.dumps({"kind": "Listing", "data": {"children": list(things)}})


def test_posts_comments_and_replies_are_read_once_in_order(tmp_path: Path) -> None:
    reply = comment("t1_b", "a reply")
    replies = {"kind": "Listing", "data": {"children": [reply]}}
    first = listing(
        post("t3_a", "Title", "Body", subreddit="cats", score=3, created_utc=1e9, permalink="/r/cats/a/")
    )
    second = listing(comment("t1_a", "a comment", replies=replies), post("t3_a", "Title", "Body, edited"))
    [frame] = forum.reddit(cassette(tmp_path / "c.json", interaction(first), interaction(second)))
    assert frame["key"].to_list() == ["t3_a", "t1_a", "t1_b"]
    assert frame["text"].to_list() == ["Title\n\nBody, edited", "a comment", "a reply"]
    [frame] = forum.reddit(cassette(tmp_path / "d.json", interaction(first)))
    assert frame["date"][0] == "2001-09-09T01:46:40Z"
    assert frame["url"][0] == "https://www.reddit.com/r/cats/a/"
    assert json.loads(frame["metadata"][0]) == {"subreddit": "cats", "score": 3}


def test_what_is_no_text_is_dropped_with_its_reason(tmp_path: Path) -> None:
    things = [
        comment("t1_a", "[deleted]"),
        comment("t1_b", " [removed] "),
        post("t3_c", "Only a link", ""),
        post("t3_d", "x", "y", over_18=True),
        comment("t1_e", "stays"),
    ]
    [frame] = forum.reddit(cassette(tmp_path / "c.json", interaction(listing(*things))))
    reasons = ["forum.deleted", "forum.removed", "forum.no_text", "forum.over_18", None]
    assert frame["drop_reason"].to_list() == reasons


def test_no_name_and_no_private_message_comes_out(tmp_path: Path) -> None:
    message = {"kind": "t4", "data": {"name": "t4_a", "body": "private words", "author": "secret_writer"}}
    text = (
        "thanks u/secret_writer, /u/secret_writer and https://reddit.com/user/secret_writer/m/x; menu/not_me"
    )
    own = post("t3_b", "T", "B", subreddit="u_secret_writer", permalink="/r/u_secret_writer/b/")
    [frame] = forum.reddit(
        cassette(tmp_path / "c.json", interaction(listing(message, comment("t1_a", text), own)))
    )
    out = frame.write_json()
    assert "secret_writer" not in out
    assert "private words" not in out
    assert frame["text"][0].startswith("thanks u/[name], /u/[name] and")
    assert frame["text"][0].endswith("menu/not_me")


def test_entities_are_undone_only_where_the_api_escaped(tmp_path: Path) -> None:
    answer = listing(comment("t1_a", "a &lt; b"))
    for uri, text in (("https://x.example/?raw_json=1", "a &lt; b"), ("https://x.example/", "a < b")):
        [frame] = forum.reddit(cassette(tmp_path / "c.json", interaction(answer, uri)))
        assert frame["text"].to_list() == [text]


def test_a_damaged_answer_is_an_error_and_costs_no_other(tmp_path: Path) -> None:
    uri = cassette(
        tmp_path / "c.json",
        interaction('{"kind": "Lis'),
        interaction("<Error/>", kind="application/xml"),
        {"request": {}},
        interaction(listing(comment("t1_a", "good"))),
    )
    [frame] = forum.reddit(uri)
    assert frame["key"].to_list() == ["interaction 0", "interaction 2", "t1_a"]
    assert frame["error"].is_null().to_list() == [False, False, True]


def test_a_session_without_posts_is_a_dropped_row(tmp_path: Path) -> None:
    uri = cassette(
        tmp_path / "c.json", interaction('{"access_token": "x"}'), interaction("", kind="text/xml")
    )
    [frame] = forum.reddit(uri)
    assert frame.select("key", "drop_reason", "error", "text").rows() == [
        ("file", "forum.no_post", None, None)
    ]


@pytest.mark.parametrize(
    "stored", ["", "not json", "[]", "{}", '{"interactions": 5}', '{"interactions": [7]}']
)
def test_a_file_that_is_no_cassette_is_an_error_row(stored: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(stored)
    [frame] = forum.reddit(str(tmp_path / "c.json"))
    assert frame.height == 1
    assert frame["error"][0]


def test_fortunes_are_parted_at_percent_lines(tmp_path: Path) -> None:
    stored = (
        b"One.\n\t-- A\n%\n100% sure\n% not a mark\n%\n%\n_\x08b_\x08o_\x08l_\x08d\n%\n"
        + b"\xff bad\n%\nlast"
    )
    (tmp_path / "f.txt").write_bytes(stored)
    [frame] = forum.fortunes(str(tmp_path / "f.txt"))
    assert frame["text"].to_list() == ["One.\n\t-- A", "100% sure\n% not a mark", "bold", None, "last"]
    assert [key for key, error in zip(frame["key"], frame["error"], strict=True) if error] == ["saying 4"]


def number(value: int) -> str:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return (number(value // 64) if value >= 64 else "") + digits[value % 64]


def make_dictionary(folder: Path, entries: list[tuple[list[str], bytes]], *more: str) -> str:
    text, index = b"", []
    for headwords, entry in entries:
        index += [f"{word}\t{number(len(text))}\t{number(len(entry))}" for word in headwords]
        text += entry
    (folder / "d.dict.dz").write_bytes(gzip.compress(text))
    (folder / "d.index").write_text("\n".join(sorted([*index, *more])))
    return str(folder / "d.dict.dz")


def test_dictionary_entries_are_joined_and_counted_once(tmp_path: Path) -> None:
    long = "   <thing> A {cross\n   reference} in a text that is long enough to be wrapped\n   here.\n\n"
    long += "   (2001-01-01)\n\n"
    uri = make_dictionary(
        tmp_path,
        [
            (["00-database-info"], b"about\n\n   words\n"),
            (["zeta", "zed"], f"Zed\nzeta\n\n{long}".encode()),
            (["b"], b"b\n\n   if (x) { return; }\n"),
        ],
    )
    [frame] = forum.dictionary(uri)
    assert frame["drop_reason"].to_list() == ["forum.about_the_dictionary", None, None]
    assert frame["text"][1] == (
        "Zed\nzeta\n\n<thing> A cross\nreference in a text that is long enough to be wrapped here."
        "\n\n(2001-01-01)"
    )
    assert frame["text"][2] == "b\n\nif (x) { return; }"


def test_damage_in_a_dictionary_is_named(tmp_path: Path) -> None:
    uri = make_dictionary(
        tmp_path, [(["good"], b"good\n\n   text\n"), (["bad"], b"\xff\xfe")], "far\tZZZZ\tB", "junk"
    )
    frame = pl.concat(forum.dictionary(uri))
    errors = dict(zip(frame["key"], frame["error"], strict=True))
    assert errors.pop("good") is None
    assert set(errors) == {"bad", "far", "index line 4"}
    assert all(errors.values())
    Path(uri).write_bytes(Path(uri).read_bytes()[:25])
    [frame] = forum.dictionary(uri)
    assert "d.dict.dz is damaged" in frame["error"][0]


@pytest.mark.parametrize("reader", [forum.reddit, forum.fortunes, forum.dictionary])
def test_a_file_beyond_the_bound_is_one_row_that_says_what_to_do(reader: Any, tmp_path: Path) -> None:
    uri = make_dictionary(tmp_path, [(["a"], b"a" * 100_000)])
    [frame] = reader(uri, max_bytes=100)
    assert frame.height == 1 and "more than max_bytes (100); raise it" in frame["error"][0]


def test_a_post_that_cannot_be_one_is_named_and_costs_no_other(tmp_path: Path) -> None:
    things = [
        post("t3_a", "good", "body"),
        post("t3_b", "x", "body", created_utc=1e300),
        post("t3_c", {"a": 1}, "body"),  # type: ignore[arg-type]
        {"kind": "t1", "data": {"body": "who am I?"}},
        {"kind": "t1", "data": None},
        comment("t1_d", "good"),
    ]
    digits = listing(*things).replace("1e+300", "1" * 9_999)
    for answer in (listing(*things), digits):
        [frame] = forum.reddit(cassette(tmp_path / "c.json", interaction(answer)))
        assert frame["error"].is_not_null().to_list() == [False, True, True, True, True, False]
        assert frame["key"].to_list()[:3] == ["t3_a", "t3_b", "t3_c"]


def test_an_answer_to_no_known_request_is_an_error(tmp_path: Path) -> None:
    answer = interaction(listing(comment("t1_a", "a")))
    del answer["request"]
    [frame] = forum.reddit(cassette(tmp_path / "c.json", answer, interaction(listing(comment("t1_b", "b")))))
    assert frame["key"].to_list() == ["interaction 0", "t1_b"]
    assert "KeyError: 'request'" in frame["error"][0]
