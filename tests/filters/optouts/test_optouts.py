"""What is said of use, case by case and as Google's parser has it; the table of captures; what is refused."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from optouts_cases import CASES
from optouts_judged import DATE, judge_cases, make_table, write_answers
from optouts_made import AGENTS, make
from polars.testing import assert_frame_equal

from winnow.filters import optouts
from winnow.filters.optouts import evidence, histories
from winnow.filters.optouts.lines import DISALLOW
from winnow.filters.optouts.match import decide
from winnow.filters.optouts.paths import split_urls
from winnow.filters.optouts.rules import name_agents, read_rules
from winnow.words.split import utf8

# Of each made file the line that disallows; 0: allowed.
GOOGLE = Path(__file__).parent.parent / "optouts_google.txt"
OPEN, CLOSED = b"User-agent: *\nDisallow: /x\n", b"User-agent: GPTBot\nDisallow: /\n"


def test_every_case_is_read_as_its_specification_says(tmp_path: Path) -> None:
    found = judge_cases(CASES, tmp_path)
    wrong = [(case, value) for case, value in zip(CASES, found, strict=True) if value != case.value]
    assert not wrong, f"{len(wrong)} of {len(CASES)}: {wrong[:5]}"
    assert len(CASES) >= 200


def test_made_files_are_read_as_googles_parser_reads_them() -> None:
    wanted = GOOGLE.read_text().split()
    made = [make(seed) for seed in range(len(wanted))]
    body, where = b"".join(each[0] for each in made), np.cumsum([0, *(len(each[0]) for each in made)])
    asked = name_agents(list(AGENTS))
    rules = read_rules(np.frombuffer(body, np.uint8), where, asked)
    paths, offsets = utf8(split_urls(pl.Series([each[2] for each in made]))["path"])
    rule = decide(rules, np.arange(len(made)), paths, offsets, asked)
    found = []
    for row, (_, agent, _) in zip(rule, made, strict=True):
        at = int(row[asked.names.index(agent.lower())])
        found.append(str(rules.line[at]) if at >= 0 and rules.kind[at] == DISALLOW else "0")
    assert found == wanted
    assert len(wanted) - wanted.count("0") > len(wanted) // 10


ANSWERS = [
    ("https://a.example/robots.txt", "2024-01-01T00:00:00Z", 200, OPEN, {}),
    ("https://a.example/robots.txt", "2024-02-01T00:00:00Z", 200, OPEN, {}),
    ("https://a.example/robots.txt", "2024-03-01T00:00:00Z", 200, CLOSED, {}),
    ("http://b.example:80/robots.txt", "2024-03-01T00:00:00Z", 200, CLOSED, {}),
    ("https://c.example/robots.txt", "2024-03-01T00:00:00Z", 403, b"no", {}),
    ("https://d.example/robots.txt", "2024-03-01T00:00:00Z", 503, b"no", {}),
    ("https://e.example/robots.txt", "2024-03-01T00:00:00Z", 200, b"nothing of the kind\n", {}),
    ("https://f.example/robots.txt", "2024-03-01T00:00:00Z", 302, b"", {"Location": "/r"}),
    ("https://f.example/r", "2024-03-01T00:00:00Z", 200, CLOSED, {}),
    ("https://g.example/robots.txt", "2024-03-01T00:00:00Z", 302, b"", {"Location": "/robots.txt"}),
    ("https://h.example/robots.txt", "2024-03-01T00:00:00Z", 404, b"no", {}),
    ("https://h.example/.well-known/tdmrep.json", "2024-03-01T00:00:00Z", 200, b"<html>", {}),
    ("https://i.example/robots.txt", "2024-03-01T00:00:00Z", 301, b"", {"Location": "http://[x/"}),
]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    write_answers(folder / "a.warc.gz", ANSWERS)
    return make_table(folder / "a.warc.gz", folder / "made")


def pages(*rows: tuple[str | None, str | None]) -> pl.DataFrame:
    schema = {"url": pl.String, "date": pl.String, "preferences": pl.String}
    return pl.DataFrame([(url, date, None) for url, date in rows], schema=schema, orient="row")


@pytest.mark.parametrize(
    ("url", "date", "state", "gptbot"),
    [
        ("https://a.example/", "2024-02-15T00:00:00Z", "found", -1),
        ("https://a.example/x", "2024-02-15T00:00:00Z", "found", 1),
        ("https://a.example/", "2024-03-01T00:00:00Z", "found", 1),
        ("https://a.example/", "2024-03-01", "found", 1),  # some time of that day
        ("https://a.example/", "2024-03-01T00:30:00+01:00", "found", -1),
        ("https://a.example/", "2023-12-31", "before_first", 0),
        ("https://a.example/", None, "no_date", 0),
        ("https://A.example.:443/", "2024-03-02", "found", 1),
        ("http://a.example/", "2024-03-02", "found", 1),  # of the other scheme, which alone was asked
        ("https://b.example/", "2024-03-02", "found", 1),
        ("https://www.a.example/", "2024-03-02", "no_capture", 0),
        ("https://a.example:8443/", "2024-03-02", "no_capture", 0),
        ("https://c.example/", "2024-03-02", "refused", 0),
        ("https://d.example/", "2024-03-02", "unreachable", 0),
        ("https://e.example/", "2024-03-02", "unparsable", 0),
        ("https://f.example/", "2024-03-02", "found", 1),
        ("https://g.example/", "2024-03-02", "moved", 0),
        ("https://h.example/", "2024-03-02", "missing", 0),
        ("https://i.example/", "2024-03-02", "moved", 0),
        ("mailto:a@a.example", "2024-03-02", "no_url", 0),
        (None, "2024-03-02", "no_url", 0),
    ],
)
def test_the_capture_that_held_is_found(
    table: Path, url: str | None, date: str | None, state: str, gptbot: int
) -> None:
    [row] = optouts.judge(pages((url, date)), captures=table).iter_rows(named=True)
    assert (row["optouts_state"], row["optouts_agent_gptbot"]) == (state, gptbot)
    assert row["optouts_disallowed"] + row["optouts_allowed"] + row["optouts_unknown"] == len(optouts.AGENTS)


def test_a_reservation_that_is_a_page_of_html_is_told(table: Path) -> None:
    [row] = optouts.judge(pages(("https://h.example/", DATE)), captures=table).iter_rows(named=True)
    assert row["optouts_tdm_state"] == "unparsable" and row["optouts_tdm"] == 0


@pytest.mark.parametrize(
    ("settings", "host", "value"),
    [
        ({"missing": "allowed"}, "c", -1),
        ({"missing": "allowed"}, "h", -1),
        ({"unreachable": "disallowed"}, "d", 1),
        ({"unparsable": "allowed"}, "e", -1),
        ({"unparsable": "allowed", "missing": "allowed"}, "d", 0),
    ],
)
def test_what_no_file_means_is_a_policy(table: Path, settings: dict[str, str], host: str, value: int) -> None:
    found = optouts.judge(pages((f"https://{host}.example/", DATE)), captures=table, **settings)  # type: ignore[arg-type]
    assert found["optouts_agent_gptbot"][0] == value


def test_a_policy_names_a_date(table: Path) -> None:
    docs = pages(("https://a.example/", "2024-02-15"))
    values = {
        as_of: optouts.judge(docs, captures=table, as_of=as_of).row(0, named=True)
        for as_of in ("fetch", "latest", "2024-02-29", "2024-03")
    }
    assert [row["optouts_agent_gptbot"] for row in values.values()] == [-1, 1, -1, 1]
    assert {row["optouts_by_fetch"] for row in values.values()} == {0}
    assert {row["optouts_by_latest"] for row in values.values()} == {1}
    entry = json.loads(values["2024-02-29"]["optouts_evidence"])[0]
    assert entry["date"] == "2024-01-01T00:00:00Z"  # the second capture said the same


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"as_of": "2019-06-30"},
            "as_of = '2019-06-30' lies before all captures, of which the first is of 2024-01-01",
        ),
        ({"as_of": "soon"}, "as_of = 'soon' is neither a date"),
        ({"agents": ["GPTBot", ""]}, "none may be empty"),
    ],
)
def test_settings_that_mean_nothing_are_refused(table: Path, settings: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        optouts.judge(pages(), captures=table, **settings)  # type: ignore[arg-type]


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no captures\.arrow"):
        optouts.judge(pages(), captures=tmp_path)
    (tmp_path / "captures.arrow").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"not what `filters\.optouts:merge` writes"):
        optouts.judge(pages(), captures=tmp_path)


def test_pages_are_judged_one_by_one_as_together(table: Path) -> None:
    rows = [(url.replace("robots.txt", "a"), date) for url, date, *_ in ANSWERS] + [(None, None)]
    docs = pages(*rows).with_columns(
        preferences=pl.lit('[{"in":"meta","name":"robots","value":"ccbot: noai"}]')
    )
    for as_of in ("fetch", "latest"):
        whole = optouts.judge(docs, captures=table, as_of=as_of)
        parts = [optouts.judge(docs[k : k + 1], captures=table, as_of=as_of) for k in range(docs.height)]
        assert_frame_equal(whole, pl.concat([optouts.judge(docs[:0], captures=table, as_of=as_of), *parts]))


def test_the_table_is_the_same_for_any_buckets(table: Path, tmp_path: Path) -> None:
    write_answers(tmp_path / "a.warc.gz", ANSWERS[::-1])
    other = make_table(tmp_path / "a.warc.gz", tmp_path / "made", buckets=1)
    docs = pages(*[(url.replace("robots.txt", "a"), date) for url, date, *_ in ANSWERS])
    assert_frame_equal(optouts.judge(docs, captures=table), optouts.judge(docs, captures=other))


def test_what_may_not_be_used_is_dropped_by_the_first_signal(table: Path) -> None:
    said = '[{"in": "header", "name": "tdm-reservation", "value": "1"}]'
    docs = pages(("https://a.example/", "2024-02-15"), ("https://a.example/", "2024-04-01"), (None, None))
    docs = docs.with_columns(preferences=pl.Series([None, said, None]))
    judged = optouts.judge(docs, captures=table)
    assert optouts.keep(judged)["drop_reason"].to_list() == [None, "optouts.robots", None]
    assert optouts.keep(judged, drop_robots=False)["drop_reason"].to_list() == [None, "optouts.tdm", None]
    unknown = optouts.keep(judged, drop_unknown=True)["drop_reason"].to_list()
    assert unknown == [None, "optouts.robots", "optouts.unknown"]


def test_answers_are_told_apart() -> None:
    docs = pl.DataFrame(
        {
            "url": [
                "https://a/robots.txt",
                "https://a/x",
                "https://a/.well-known/tdmrep.json",
                "https://a/y",
                None,
            ],
            "text": ["User-agent: *", "text", "<html>", "<html>", ""],
            "robots_status": [200, None, 200, 500, None],
        }
    )
    found = optouts.answers(docs)
    assert found["optouts_answer"].to_list()[0::2][:2] == ["found", "unparsable"]
    assert found["optouts_answer"][3] == "unreachable"
    assert found["drop_reason"].to_list() == [None, "optouts.no_answer", None, None, "optouts.no_answer"]


@pytest.mark.parametrize("place", ["epub", "xmp", "meta"])
@pytest.mark.parametrize(("own", "value"), [("1", 1), ("0", -1)])
def test_what_a_book_or_pdf_reserves_stands_before_its_server(place: str, own: str, value: int) -> None:
    said = [
        {"in": "header", "name": "tdm-reservation", "value": "0" if own == "1" else "1"},
        {"in": place, "name": "tdm-reservation", "value": own},
    ]
    docs = pages((None, None)).with_columns(preferences=pl.lit(json.dumps(said)))
    row = optouts.judge(docs).row(0, named=True)
    assert row["optouts_agent_gptbot"] == value
    [entry] = json.loads(row["optouts_evidence"])
    assert (entry["signal"], entry["in"], entry["text"]) == ("tdm", place, own)


def test_many_ways_of_one_file_are_told_apart(tmp_path: Path) -> None:
    body = "User-agent: *\n" + "".join(f"Disallow: /p{n}x\n" for n in range(40))
    write_answers(tmp_path / "a.warc.gz", [("https://a.example/robots.txt", DATE, 200, body.encode(), {})])
    made = make_table(tmp_path / "a.warc.gz", tmp_path / "made")
    docs = pages(*[(f"https://a.example/p{n}x", DATE) for _ in range(2) for n in range(41)])
    found = optouts.judge(docs, captures=made)
    lines = [json.loads(each)[0]["line"] for each in found["optouts_evidence"]]
    assert lines == [*range(2, 42), None] * 2
    assert found["optouts_agent_gptbot"].to_list() == ([1] * 40 + [-1]) * 2


def test_what_was_moved_is_followed_five_times(tmp_path: Path) -> None:
    answers: list[tuple[str, str, int, bytes, dict[str, str]]] = [
        (
            f"https://m{n}.example/robots.txt",
            DATE,
            301,
            b"",
            {"Location": f"https://m{n + 1}.example/robots.txt"},
        )
        for n in range(7)
    ]
    write_answers(
        tmp_path / "a.warc.gz", [*answers, ("https://m7.example/robots.txt", DATE, 200, CLOSED, {})]
    )
    made = make_table(tmp_path / "a.warc.gz", tmp_path / "made")
    docs = pages(*[(f"https://m{n}.example/", DATE) for n in range(8)])
    found = optouts.judge(docs, captures=made)["optouts_state"].to_list()
    assert found == ["moved"] * 2 + ["found"] * 6


def test_what_is_known_of_sites_may_be_forgotten(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = pages(*[(url.replace("robots.txt", "a"), date) for url, date, *_ in ANSWERS])
    whole = optouts.judge(docs, captures=table, as_of="latest")
    monkeypatch.setattr(histories, "_MOST", 0)
    monkeypatch.setattr(evidence, "_MOST_WRITTEN", 0)
    for _ in range(2):
        assert_frame_equal(whole, optouts.judge(docs, captures=table, as_of="latest"))


def test_odd_lines_are_quoted_as_json(tmp_path: Path) -> None:
    odd = '/"b\x01\u2028\U0001f600'
    body = f"User-agent: *\r\nDisallow: {odd}\rDisallow: /".encode()
    write_answers(tmp_path / "a.warc.gz", [("https://a.example/robots.txt", DATE, 200, body, {})])
    made = make_table(tmp_path / "a.warc.gz", tmp_path / "made")
    docs = pages((f"https://a.example{odd}", DATE), ("https://a.example/b", DATE))
    found = optouts.judge(docs, captures=made)["optouts_evidence"].to_list()
    entries = [json.loads(each)[0] for each in found]
    assert [(each["line"], each["text"]) for each in entries] == [(2, f"Disallow: {odd}"), (3, "Disallow: /")]
    assert found[0] == json.dumps(json.loads(found[0]), ensure_ascii=False)
    assert entries[0]["url"] == "https://a.example/robots.txt"
