import json
from pathlib import Path
from typing import Any

import polars as pl

from winnow.ingest.code import github

USER = {"login": "ann", "type": "User"}
ISSUE = {
    "number": 7,
    "title": "It breaks",
    "body": "When I run it.\r\n",
    "user": USER,
    "created_at": "2024-01-02T03:04:05Z",
    "html_url": "https://github.com/o/r/issues/7",
    "repository_url": "https://api.github.com/repos/o/r",
    "reactions": {"+1": 3, "-1": 1},
    "state": "open",
}
COMMENT = {
    "id": 99,
    "body": "Me too",
    "user": {"login": "helper[bot]", "type": "Bot"},
    "created_at": "2024-01-03T03:04:05Z",
    "html_url": "https://github.com/o/r/issues/7#issuecomment-99",
    "issue_url": "https://api.github.com/repos/o/r/issues/7",
}
REVIEW = {
    "id": 5,
    "in_reply_to_id": 4,
    "body": "Why?",
    "path": "a.c",
    "user": USER,
    "pull_request_url": "https://api.github.com/repos/o/r/pulls/8",
}


def event(kind: str, **payload: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "repo": {"name": "o/r"},
        "actor": USER,
        "created_at": "2024-05-06T00:00:00Z",
        "payload": payload,
    }


def read(path: Path, *records: Any, **options: Any) -> list[dict[str, Any]]:
    path.write_text(
        "".join(f"{record if isinstance(record, str) else json.dumps(record)}\n" for record in records)
    )
    return pl.concat(github.read(str(path), **options)).to_dicts()


def test_issues_and_comments_of_the_api(tmp_path: Path) -> None:
    issue, comment, review = read(tmp_path / "a.jsonl", ISSUE, COMMENT, REVIEW, keep_bots=True)
    assert issue["text"] == "It breaks\n\nWhen I run it."
    assert (issue["thread"], issue["threads_post"], issue["threads_parent"]) == ("o/r#7", "o/r#7", None)
    assert (issue["author"], issue["date"], issue["score_votes"]) == ("ann", "2024-01-02T03:04:05Z", 2.0)
    assert (comment["thread"], comment["threads_post"], comment["threads_parent"]) == (
        "o/r#7",
        "o/r#7 99",
        "o/r#7",
    )
    assert (review["thread"], review["threads_parent"]) == ("o/r#8", "o/r#8 4")
    assert json.loads(review["metadata"])["path"] == "a.c"


def test_events_of_the_archive(tmp_path: Path) -> None:
    pull = {**ISSUE, "number": 8, "base": {}, "html_url": "https://github.com/o/r/pull/8"}
    found = read(
        tmp_path / "a.jsonl",
        event("IssuesEvent", action="opened", issue=ISSUE),
        event("IssuesEvent", action="closed", issue=ISSUE),
        event("IssueCommentEvent", action="created", issue=ISSUE, comment={**COMMENT, "user": USER}),
        event("IssueCommentEvent", action="created", issue=ISSUE, comment=COMMENT),
        event("PullRequestEvent", action="opened", pull_request={**pull, "body": None, "title": " "}),
        event("WatchEvent", action="started"),
    )
    assert [row["drop_reason"] for row in found] == [
        *(None, "github.repeated", None, "github.bot", "github.no_text", "github.other_event")
    ]
    assert [row["thread"] for row in found] == ["o/r#7"] * 4 + ["o/r#8", "o/r"]
    assert all(row["text"] is None for row in found if row["drop_reason"])


def test_a_push_is_a_row_a_commit_and_no_address_is_kept(tmp_path: Path) -> None:
    commits = [
        {"sha": c * 40, "message": f"Mend {c}", "author": {"name": "Ann", "email": "a@b.c"}} for c in "abc"
    ]
    found = read(tmp_path / "a.jsonl", event("PushEvent", commits=commits), ISSUE)
    assert [row["text"] for row in found[:3]] == ["Mend a", "Mend b", "Mend c"]
    assert [row["author"] for row in found[:3]] == ["Ann"] * 3
    assert len({row["place"] for row in found}) == 4
    assert "a@b.c" not in json.dumps(found)


def test_commits_of_git_log_and_of_the_api(tmp_path: Path) -> None:
    log = {
        "commit": "a" * 40,
        "author": "Ann <a@b.c>",
        "date": "2024-01-01",
        "subject": "One",
        "body": "Two\n",
        "parents": "b c",
    }
    api = {
        "sha": "d" * 40,
        "html_url": "https://github.com/o/r/commit/d",
        "commit": {"message": "Three", "author": {"name": "Bob", "date": "2024-02-02"}},
        "author": {"login": "bob"},
        "parents": [{"sha": "a" * 40}],
    }
    first, second = read(tmp_path / "a.jsonl", log, api, repository="o/r")
    assert (first["text"], first["author"], first["thread"], first["threads_parent"]) == (
        "One\n\nTwo",
        "Ann",
        "o/r",
        "b",
    )
    assert (second["text"], second["author"], second["date"], second["threads_parent"]) == (
        "Three",
        "Bob",
        "2024-02-02",
        "a" * 40,
    )


def test_a_bad_line_costs_itself(tmp_path: Path) -> None:
    found = read(
        tmp_path / "a.jsonl",
        "{",
        ISSUE,
        "[1]",
        {"x": 1},
        "",
        {"type": "PushEvent", "payload": {"commits": [3]}},
    )
    assert [row["error"] is not None for row in found] == [True, False, True, True, False]
    assert found[4]["drop_reason"] == "github.no_text"


def test_a_record_of_another_shape_costs_itself(tmp_path: Path) -> None:
    shapes: list[Any] = [7, True, "ab", {"a": 1}, [7, None, "x", []]]
    events = [event("PushEvent", commits=shape) for shape in shapes]
    others = [
        {**event("IssuesEvent"), "payload": {"issue": 7, "action": []}},
        {**event("IssuesEvent"), "payload": [], "repo": 7},
        {**ISSUE, "title": 7, "user": [], "reactions": {"+1": "x"}},
        {"message": ["x"], "parents": 7},
    ]
    found = read(tmp_path / "a.jsonl", *events, *others, ISSUE)
    assert found[-1]["text"] == "It breaks\n\nWhen I run it."
    assert [bool(row["error"]) for row in found[:4]] == [True] * 4
    assert all(row["error"] or row["drop_reason"] for row in found[:-1])


def test_events_that_tell_a_text_again_or_take_it_away_are_dropped_and_told(tmp_path: Path) -> None:
    comment = {**COMMENT, "user": USER}
    found = read(
        tmp_path / "a.jsonl",
        event("IssuesEvent", action="reopened", issue=ISSUE),
        event("IssueCommentEvent", action="created", issue=ISSUE, comment=comment),
        event("IssueCommentEvent", action="edited", issue=ISSUE, comment={**comment, "body": "Me three"}),
        event("IssueCommentEvent", action="deleted", issue=ISSUE, comment=comment),
        event("PullRequestReviewEvent", action="submitted", pull_request=ISSUE, review=REVIEW),
    )
    assert [row["drop_reason"] for row in found] == [
        *("github.repeated", None, "github.repeated", "github.deleted", None)
    ]
    told = [json.loads(row["metadata"]).get("action") for row in found]
    assert told == ["reopened", None, "edited", "deleted", None]


def test_ranges_give_what_the_whole_does(file: Path, check_ranges: Any) -> None:
    lines = [
        event("PushEvent", commits=[{"sha": str(n), "message": f"m{n}"} for n in range(4)]),
        ISSUE,
        COMMENT,
        ISSUE,
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert check_ranges(github.read, file, [10, 300, 301, 700, 1200]).height == 7
