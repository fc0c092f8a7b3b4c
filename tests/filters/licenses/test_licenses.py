"""Licences judged by policies: expressions, lists, reasons, costs."""

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.filters import licenses
from winnow.filters.licenses import costs, policies
from winnow.filters.licenses.expressions import allows, is_known, normalize

SHIPPED = ("open_definition", "common_pile")


def judge(*given: str | None, evidence: list[str | None] | None = None, **settings):
    docs = pl.DataFrame({"license": given}, schema={"license": pl.String})
    if evidence:
        docs = docs.with_columns(license_evidence=pl.Series(evidence, dtype=pl.String))
    return licenses.keep(licenses.judge(docs, **settings))


@pytest.mark.parametrize(
    ("license", "open_", "pile"),
    [
        ("CC-BY-4.0", True, True),
        ("cc-by-4.0", True, True),
        ("CC-BY-3.0-US", True, True),
        ("CC-BY-SA-3.0-EE", True, True),  # a port that SPDX does not list
        ("CC-BY-SA", True, True),
        ("CC0-1.0", True, True),
        ("CC-PDM", True, True),
        ("CC-BY-NC-4.0", False, False),
        ("CC-BY-NC-ND-3.0-US", False, False),
        ("CC-BY-ND-4.0", False, False),
        ("CC-BY-NC", False, False),
        ("GPL-2.0-or-later", True, False),
        ("GPL-2.0+", True, False),
        ("GPL-3.0-only WITH Classpath-exception-2.0", True, False),
        ("GFDL-1.3-no-invariants-or-later", True, False),
        ("GFDL-1.3-invariants-only", False, False),
        ("MIT AND Apache-2.0", True, True),
        ("MIT AND CC-BY-NC-4.0", False, False),
        ("MIT OR CC-BY-NC-4.0", True, True),
        ("(MIT OR GPL-3.0-only) AND BSD-3-Clause", True, True),
        ("MIT AND (Apache-2.0 OR LicenseRef-foo)", True, True),
        ("LicenseRef-foo", False, False),
        ("https://x.example/terms", False, False),
        ("Public domain in the USA", False, False),
        ("MIT AND", False, False),
        ("((((", False, False),
    ],
)
def test_expressions_by_both_policies(license, open_, pile):
    found = [judge(license, policy=policy)["drop_reason"][0] for policy in SHIPPED]
    assert found == [None if allowed else "licenses.not_open" for allowed in (open_, pile)]


def test_reasons():
    odd = json.dumps([{"license": one, "conflict": True} for one in ("CC-BY-4.0", "CC-BY-NC-4.0")])
    even = json.dumps([{"license": one, "conflict": True} for one in ("CC-BY-4.0", "CC-BY-SA-4.0")])
    given = [
        "CC-BY-4.0",
        None,
        " ",
        "CC-BY-NC-4.0",
        "LicenseRef-all-rights-reserved",
        "CC-BY-4.0",
        "CC-BY-4.0",
    ]
    found = judge(*given, evidence=[None, None, None, None, '[{"license": "x", "in": "meta"}]', odd, even])
    assert found["drop_reason"].to_list() == [
        None,
        "licenses.none",
        "licenses.none",
        "licenses.not_open",
        "licenses.rights_reserved",
        "licenses.conflict",
        None,
    ]
    assert found["licenses_by"].to_list() == ["source", None, None, "source", "meta", "source", "source"]
    assert found["licenses_name"].to_list()[:2] == ["CC-BY-4.0", None]


def test_each_reason_is_a_switch():
    given = licenses.judge(
        pl.DataFrame({"license": [None, "CC-BY-NC-4.0", "LicenseRef-all-rights-reserved"]})
    )
    switches = ("drop_none", "drop_not_open", "drop_rights_reserved")
    for place, switch in enumerate(switches):
        assert licenses.keep(given, **{switch: False})["drop_reason"].is_null().arg_true().to_list() == [
            place
        ]


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_policies_name_known_ids_once_and_are_open(name):
    lines = [
        line.partition("#")[0].strip() for line in (policies.FOLDER / f"{name}.txt").read_text().splitlines()
    ]
    names = [line for line in lines if line]
    assert len(names) == len(set(names)) and all(map(is_known, names))
    permit = policies.load(name, None)
    assert (
        all(map(permit, names))
        and not permit("CC-BY-NC-4.0")
        and not permit("LicenseRef-all-rights-reserved")
    )


def test_the_common_pile_takes_nothing_that_is_not_open():
    permit = policies.load("open_definition", None)
    assert all(map(permit, policies._read(policies.FOLDER / "common_pile.txt")[0]))


def test_a_list_of_one_s_own(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\ufeff# mine\nCC-BY-4.0  # only this\nLicenseRef-house\n")
    found = judge("CC-BY-4.0", "CC0-1.0", "LicenseRef-house", policy_file=path)
    assert found["drop_reason"].to_list() == [None, "licenses.not_open", None]
    path.write_text("MIT-0\nCC-BY-4.0")
    assert judge("MIT", "CC-BY", policy_file=path)["drop_reason"].to_list() == ["licenses.not_open", None]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "CC-BY-4\n",
            r"mine.txt: line 1: 'CC-BY-4' is no id of SPDX, did you mean 'CC-BY-4.0'\?; a license that",
        ),
        ("MIT\nApache 2\n", r"line 2: 'Apache 2' is no id of SPDX, did you mean 'Apache-2.0'\?"),
        ("\n".join(f"no-{n}" for n in range(9)), "and 4 more"),
        ("# nothing\n", "an empty list: a policy names an SPDX id a line"),
        ("MIT\0", "not in UTF-8"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path, text, message):
    (tmp_path / "mine.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        judge("MIT", policy_file=tmp_path / "mine.txt")


def test_a_policy_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="no policy 'opne': `policy` is one of common_pile, open_definition"):
        judge("MIT", policy="opne")
    with pytest.raises(ValueError, match=r"no policy .*nowhere\.txt"):
        judge("MIT", policy_file=tmp_path / "nowhere.txt")


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(["MIT", "AND", "OR", "WITH", "(", ")", "CC-BY-4.0", "+"]), max_size=9).map(
        " ".join
    )
)
def test_any_words_get_an_answer(text):
    assert isinstance(normalize(text), str)
    assert allows(text, lambda _: False) is False


def test_long_expressions_are_not_read():
    assert not allows(" OR ".join(["MIT"] * 5_000), lambda _: True)


def test_costs_are_sums_by_source_and_license(tmp_path):
    docs = pl.DataFrame(
        {
            "source": ["web", "web", "code"],
            "license": ["CC-BY-4.0", None, "MIT"],
            "text": ["12345678", "1234", "1"],
            "token_count": [None, 7, None],
        },
        schema_overrides={"token_count": pl.Int64},
    )
    judged = licenses.judge(docs)
    for number in range(2):
        (tmp_path / f"{number}").mkdir()
        licenses.count(
            [Path("any")],
            tmp_path / f"{number}",
            read=lambda file, columns, at=number: iter([judged[at * 2 :][: 2 - at]]),
        )
    licenses.total([tmp_path / f"{number}/bucket=0.parquet" for number in range(2)], tmp_path)
    rows = pl.read_parquet(tmp_path / "licenses.parquet")
    assert rows.select("source", "verdict", "license", "tokens", "bytes").rows() == [
        ("code", "open", "MIT", 1, 1),
        ("web", "licenses.none", "", 7, 4),
        ("web", "open", "CC-BY-4.0", 2, 8),
    ]
    page = (tmp_path / "licenses.md").read_text()
    assert (
        "| licenses.none | 1 | 7 | 70.00% |" in page
        and "| web | licenses.none | none | 1 | 7 | 70.00% |" in page
    )
    assert json.loads((tmp_path / "licenses.json").read_text())[0]["source"] == "code"
    assert costs.add([]).schema == pl.Schema(costs.TABLE)


def test_documents_of_readers_that_name_no_license_have_none() -> None:
    found = licenses.judge(pl.DataFrame({"text": ["a", "b"]}))
    assert found.select("licenses_none", "licenses_name", "licenses_by").rows() == [(1, None, None)] * 2
