import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from winnow.ingest import html
from winnow.ingest.decisions import caselaw

# The forms of the documentation: static.case.law (cases), courtlistener.com/help/api (clusters, opinions).
HARVARD = {
    "id": 1021505,
    "name": "Ann Smith v. Bo Jones",
    "name_abbreviation": "Smith v. Jones",
    "decision_date": "1894-03-02",
    "docket_number": "No. 7",
    "citations": [{"type": "official", "cite": "1 Ill. 17"}, {"type": "parallel", "cite": "2 N.E. 3"}],
    "court": {"name": "Ill.", "name_abbreviation": "Ill.", "slug": "ill", "id": 8837},
    "jurisdiction": {"id": 29, "name": "Ill.", "name_long": "Illinois"},
    "reporter": {"id": 1, "full_name": "Illinois Reports"},
    "frontend_url": "https://cite.case.law/ill/1/17/",
    "casebody": {
        "status": "ok",
        "data": {
            "head_matter": "Ann Smith v. Bo Jones.\nAppeal from Cook.",
            "opinions": [
                {"type": "majority", "author": "MR. JUSTICE LEE", "text": "Judgment affirmed."},
                {"type": "dissent", "author": "Mr. Justice Ray,", "text": "I cannot agree."},
            ],
            "corrections": "",
        },
    },
}
CLUSTER = {
    "id": 99,
    "absolute_url": "/opinion/99/smith-v-jones/",
    "case_name": "Smith v. Jones",
    "date_filed": "1999-05-06",
    "citations": [{"volume": 5, "reporter": "F.3d", "page": "12", "type": 1}],
    "sub_opinions": [
        {
            "id": 1,
            "type": "020lead",
            "author_str": "Lee",
            "plain_text": "",
            "html": "<p>We <i>affirm</i>.</p>",
        },
        {"id": 2, "type": "040dissent", "author_str": "Ray", "plain_text": "No & no."},
    ],
}
OPINION = {"id": 3, "cluster_id": 99, "type": "010combined", "plain_text": "By the court.", "html": ""}


def read(path: Path, *records: Any, **settings: Any) -> pl.DataFrame:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in records]
    path.write_text("\n".join(lines) + "\n")
    return pl.concat(caselaw.read(str(path), **settings))


def test_a_case_of_harvards_is_its_head_and_its_opinions_in_order(tmp_path: Path) -> None:
    row = read(tmp_path / "a.jsonl", HARVARD, license="CC0-1.0").row(0, named=True)
    assert row["text"] == (
        "# Smith v. Jones, 1 Ill. 17 (1894)\n\nAnn Smith v. Bo Jones.\nAppeal from Cook.\n\n"
        "## Majority opinion, MR. JUSTICE LEE\n\nJudgment affirmed.\n\n"
        "## Dissent, Mr. Justice Ray,\n\nI cannot agree."
    )
    assert (row["author"], row["date"]) == ("MR. JUSTICE LEE; Mr. Justice Ray", "1894-03-02")
    assert (row["license"], row["thread"], row["media_type"]) == ("CC0-1.0", "cap 1021505", "text/plain")
    about = json.loads(row["metadata"])
    assert (about["court"], about["jurisdiction"], about["opinions"]) == ("Ill.", "Illinois", 2)
    assert about["citations"] == ["1 Ill. 17", "2 N.E. 3"] and about["docket"] == "No. 7"


def test_newer_cases_have_no_status_and_whole_ones_are_markup(tmp_path: Path) -> None:
    newer = HARVARD | {"casebody": HARVARD["casebody"]["data"]}  # type: ignore[index]
    whole = HARVARD | {"casebody": {"status": "ok", "data": "<section><p>All of it.</p></section>"}}
    frame = read(tmp_path / "a.jsonl", newer, whole)
    assert "Judgment affirmed." in frame["text"][0]
    assert frame["media_type"].to_list() == ["text/plain", "text/html"]
    text = html.extract(frame.with_columns(source=pl.lit("s")), main_content=False)["text"]
    assert "Smith v. Jones, 1 Ill. 17 (1894)" in text[1] and "All of it." in text[1] and "<" not in text[1]
    assert text[0] == frame["text"][0]


def test_courtlistener_gives_clusters_and_opinions(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.jsonl", CLUSTER, OPINION)
    cluster, opinion = frame.rows(named=True)
    assert cluster["thread"] == opinion["thread"] == "courtlistener 99"
    assert (cluster["url"], cluster["date"]) == (
        "https://www.courtlistener.com/opinion/99/smith-v-jones/",
        "1999-05-06",
    )
    assert cluster["author"] == "Lee; Ray" and json.loads(cluster["metadata"])["citations"] == ["5 F.3d 12"]
    text = html.extract(frame, main_content=False)["text"]
    first = [line for line in text[0].split("\n") if line]
    assert [line.lstrip("# ") for line in first] == [
        "Smith v. Jones, 5 F.3d 12 (1999)", "Lead opinion, Lee", "We affirm.", "Dissent, Ray", "No & no."
    ]  # fmt: skip
    assert text[1] == "## Opinion\n\nBy the court."


def test_what_is_no_case_costs_its_line(tmp_path: Path) -> None:
    restricted = HARVARD | {"casebody": {"status": "error_limit_exceeded", "data": None}}
    empty = HARVARD | {"casebody": {"status": "ok", "data": {"opinions": [], "head_matter": ""}}}
    odd = HARVARD | {"casebody": {"status": "ok", "data": {"opinions": "x"}}, "citations": 3, "court": []}
    frame = read(tmp_path / "a.jsonl", restricted, empty, odd, "{broken", {"a": 1}, OPINION)
    assert frame["drop_reason"].to_list() == ["caselaw.restricted"] + ["caselaw.no_text"] * 2 + [None] * 3
    assert [bool(error) for error in frame["error"]] == [False] * 3 + [True, True, False]
    assert "there are: a" in frame["error"][4]


def test_ranges_give_the_rows_of_the_whole(
    file: Path, check_ranges: Callable[..., pl.DataFrame], tmp_path: Path
) -> None:
    data = "".join(json.dumps(HARVARD | {"id": at}) + "\n" for at in range(6)).encode()
    file.write_bytes(data)
    assert check_ranges(caselaw.read, file, [1, 700, len(data) - 1]).height == 6
    assert caselaw.can_split("a.jsonl") and not caselaw.can_split("a.jsonl.xz")
