import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from winnow.ingest.talk import reddit


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
    [frame] = reddit.recorded(cassette(tmp_path / "c.json", interaction(first), interaction(second)))
    assert frame["key"].to_list() == ["t3_a", "t1_a", "t1_b"]
    assert frame["text"].to_list() == ["Title\n\nBody, edited", "a comment", "a reply"]
    [frame] = reddit.recorded(cassette(tmp_path / "d.json", interaction(first)))
    assert frame["date"][0] == "2001-09-09T01:46:40Z"
    assert frame["url"][0] == "https://www.reddit.com/r/cats/a/"
    assert json.loads(frame["metadata"][0]) == {"subreddit": "cats", "kind": "submission"}
    assert frame["score_votes"].to_list() == [3.0]


def test_what_is_no_text_is_dropped_with_its_reason(tmp_path: Path) -> None:
    things = [
        comment("t1_a", "[deleted]"),
        comment("t1_b", " [removed] "),
        post("t3_c", "Only a link", ""),
        post("t3_d", "x", "y", over_18=True),
        comment("t1_e", "stays"),
    ]
    [frame] = reddit.recorded(cassette(tmp_path / "c.json", interaction(listing(*things))))
    reasons = ["reddit.deleted", "reddit.removed", "reddit.no_text", "reddit.over_18", None]
    assert frame["drop_reason"].to_list() == reasons


def test_no_mention_and_no_private_message_comes_out(tmp_path: Path) -> None:
    message = {"kind": "t4", "data": {"name": "t4_a", "body": "private words", "author": "secret_writer"}}
    text = (
        "thanks u/secret_writer, /u/secret_writer and https://reddit.com/user/secret_writer/m/x; menu/not_me"
    )
    own = post("t3_b", "T", "B", subreddit="u_secret_writer", permalink="/r/u_secret_writer/b/")
    [frame] = reddit.recorded(
        cassette(tmp_path / "c.json", interaction(listing(message, comment("t1_a", text), own)))
    )
    assert frame["author"].to_list() == ["secret_writer", None]
    out = frame.drop("author").write_json()
    assert "secret_writer" not in out
    assert "private words" not in out
    assert frame["text"][0].startswith("thanks u/[name], /u/[name] and")
    assert frame["text"][0].endswith("menu/not_me")


def test_entities_are_undone_only_where_the_api_escaped(tmp_path: Path) -> None:
    answer = listing(comment("t1_a", "a &lt; b"))
    for uri, text in (("https://x.example/?raw_json=1", "a &lt; b"), ("https://x.example/", "a < b")):
        [frame] = reddit.recorded(cassette(tmp_path / "c.json", interaction(answer, uri)))
        assert frame["text"].to_list() == [text]


def test_a_damaged_answer_is_an_error_and_costs_no_other(tmp_path: Path) -> None:
    uri = cassette(
        tmp_path / "c.json",
        interaction('{"kind": "Lis'),
        interaction("<Error/>", kind="application/xml"),
        {"request": {}},
        interaction(listing(comment("t1_a", "good"))),
    )
    [frame] = reddit.recorded(uri)
    assert frame["key"].to_list() == ["interaction 0", "interaction 2", "t1_a"]
    assert frame["error"].is_null().to_list() == [False, False, True]


def test_a_session_without_posts_is_a_dropped_row(tmp_path: Path) -> None:
    uri = cassette(
        tmp_path / "c.json", interaction('{"access_token": "x"}'), interaction("", kind="text/xml")
    )
    [frame] = reddit.recorded(uri)
    assert frame.select("key", "drop_reason", "error", "text").rows() == [
        ("file", "reddit.no_post", None, None)
    ]


@pytest.mark.parametrize(
    "stored", ["", "not json", "[]", "{}", '{"interactions": 5}', '{"interactions": [7]}']
)
def test_a_file_that_is_no_cassette_is_an_error_row(stored: str, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text(stored)
    [frame] = reddit.recorded(str(tmp_path / "c.json"))
    assert frame.height == 1
    assert frame["error"][0]


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
        [frame] = reddit.recorded(cassette(tmp_path / "c.json", interaction(answer)))
        assert frame["error"].is_not_null().to_list() == [False, True, True, True, True, False]
        assert frame["key"].to_list()[:3] == ["t3_a", "t3_b", "t3_c"]


def test_an_answer_to_no_known_request_is_an_error(tmp_path: Path) -> None:
    answer = interaction(listing(comment("t1_a", "a")))
    del answer["request"]
    [frame] = reddit.recorded(
        cassette(tmp_path / "c.json", answer, interaction(listing(comment("t1_b", "b"))))
    )
    assert frame["key"].to_list() == ["interaction 0", "t1_b"]
    assert "KeyError: 'request'" in frame["error"][0]


def write_dump(path: Path, *posts: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(post) + "\n" for post in posts))
    return str(path)


SUBMISSION = {
    "id": "a", "title": "T", "selftext": "Is 1 &lt; 2?", "subreddit": "Cats", "score": 9, "author": "Ann",
    "created_utc": "1000000000", "permalink": "/r/Cats/comments/a/t/", "over_18": False,
}  # fmt: skip


def answer(number: str, to: str, body: str = "A comment", **more: Any) -> dict[str, Any]:
    about = {"id": number, "link_id": "t3_a", "parent_id": to, "body": body, "subreddit": "Cats", "score": 2}
    return about | {"author": "Bob", "created_utc": 1_000_000_100} | more


def dumped(path: str, **settings: Any) -> pl.DataFrame:
    return pl.concat(reddit.read(path, **settings))


def test_submissions_and_comments_of_a_dump_are_posts_of_a_thread(tmp_path: Path) -> None:
    path = write_dump(tmp_path / "RC.jsonl", SUBMISSION, answer("b", "t3_a"), answer("c", "t1_b", "&gt; q"))
    found = dumped(path)
    assert found["text"].to_list() == ["T\n\nIs 1 < 2?", "A comment", "> q"]
    assert found["thread"].to_list() == ["t3_a"] * 3
    assert found["threads_post"].to_list() == ["t3_a", "t1_b", "t1_c"]
    assert found["threads_parent"].to_list() == [None, "t3_a", "t1_b"]
    assert found["author"].to_list() == ["Ann", "Bob", "Bob"]
    assert found["score_votes"].to_list() == [9.0, 2.0, 2.0]
    assert found["date"].to_list()[:2] == ["2001-09-09T01:46:40Z", "2001-09-09T01:48:20Z"]


def test_what_is_gone_for_grown_ups_or_by_a_bot_is_dropped(tmp_path: Path) -> None:
    posts = [
        answer("b", "t3_a", "[deleted]", author="[deleted]"),
        answer("c", "t3_a", "[ Removed by reddit in response to a copyright notice. ]"),
        SUBMISSION | {"over_18": True},
        answer("d", "t3_a", author="AutoModerator"),
        SUBMISSION | {"id": "e", "selftext": ""},
        answer("f", "t3_a", "[deleted] was a word here"),
    ]
    path = write_dump(tmp_path / "RC.jsonl", *posts)
    reasons = ["deleted", "removed", "over_18", "bot", "no_text"]
    assert dumped(path)["drop_reason"].to_list() == [*(f"reddit.{why}" for why in reasons), None]
    assert dumped(path)["author"][0] is None
    kept = dumped(path, links="keep", bots=[])
    assert kept["drop_reason"].to_list()[3:] == [None, None, None] and kept["text"][4] == "T"


def test_subreddits_have_rules_in_a_file(tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    text = "[default]\nmin_score = 2\n[subreddit.CATS]\nmin_score = 5\n[subreddit.dogs]\nallow = false\n"
    rules.write_text(text)
    others = [answer("c", "t3_a", subreddit="Birds"), answer("d", "t3_a", subreddit="Birds", score=1)]
    posts = [SUBMISSION, answer("b", "t3_a"), *others, SUBMISSION | {"id": "e", "subreddit": "Dogs"}]
    path = write_dump(tmp_path / "RC.jsonl", *posts)
    expected = [None, "reddit.low_score", None, "reddit.low_score", "reddit.denied"]
    assert dumped(path, rules=rules)["drop_reason"].to_list() == expected
    rules.write_text("[default]\nallow = false\n[subreddit.dogs]\nallow = true\n# longer\n")
    assert dumped(path, rules=rules)["drop_reason"].to_list() == ["reddit.denied"] * 4 + [None]


@pytest.mark.parametrize(
    "text",
    ["[default", "[defaults]\n", "[subreddit.a]\nmin = 1\n", "subreddit.a = 1\n", "subreddit = 1\n"]
    + [f"[default]\n{wrong}\n" for wrong in ("min_score = 'x'", "min_score = [1]", "min_score = true")]
    + [f"[default]\n{wrong}\n" for wrong in ("min_score = nan", f"min_score = 1{'0' * 400}", "allow = 'no'")],
    ids=range(11),
)
def test_a_file_that_holds_no_rules_is_refused_by_name(text: str, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(text)
    with pytest.raises(ValueError, match=r"rules\.toml: (?:not TOML|(?:defaults?|subreddit|a): tables are)"):
        dumped(write_dump(tmp_path / "a.jsonl", SUBMISSION), rules=tmp_path / "rules.toml")


def test_a_bad_line_costs_itself(tmp_path: Path) -> None:
    bad = [SUBMISSION | {"id": None}, answer("c", "t3_a", body=["x"]), answer("d", "t3_a", score="many")]  # type: ignore[arg-type]
    found = dumped(write_dump(tmp_path / "a.jsonl", SUBMISSION, *bad, answer("e", "t3_a")))
    assert found["error"].is_null().to_list() == [True, False, False, False, True]


def test_a_dump_with_a_long_window_is_read(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    parameters = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=True)
    data = "".join(json.dumps(answer(str(n), "t3_a")) + "\n" for n in range(100)).encode()
    path = tmp_path / "RC_2020-01.zst"
    with path.open("wb") as out:
        packer = zstandard.ZstdCompressor(compression_params=parameters)
        with packer.stream_writer(out, closefd=False) as stream:
            stream.write(data)
    assert dumped(str(path))["text"].to_list() == ["A comment"] * 100
