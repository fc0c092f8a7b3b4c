import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.dedup import takedowns
from winnow.dedup.takedown import lists, marks
from winnow.pipelines.spec import schema

WORDS = (Path(__file__).parent.parent.parent / "docs/architecture.md").read_text().split()
LONG = " ".join(WORDS[:200])
NEAR = " ".join([*WORDS[:100], "another", *WORDS[101:200]])
FAR = " ".join(WORDS[300:500])
QUOTING = f"{' '.join(WORDS[600:2600])} {LONG} {' '.join(WORDS[2600:3400])}"
EXCERPT = " ".join(WORDS[40:120])
SHORT = "thank you very much indeed"


def make_docs(*texts: str, url: str = "https://a.example/{n}") -> pl.DataFrame:
    urls = [url.format(n=n) for n in range(len(texts))]
    return pl.DataFrame({"id": [f"{n:032x}" for n in range(len(texts))], "text": list(texts), "url": urls})


def write_list(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "list.txt"
    path.write_text("\n".join(lines))
    return path


def find_reasons(docs: pl.DataFrame, **settings: Path) -> list[str | None]:
    return takedowns.drop(docs, **settings)["drop_reason"].to_list()


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("http://www.a.example/1/?utm_source=x", [1]),
        ("https://a.example/", []),
        ("a.example", [0, 1, 2]),
        ("domain:b.a.example", []),
        (f"id:{2:032x}", [2]),
        (f"{2:032X}", [2]),
        (f"id:{0:08x}", [0, 1, 2]),
        ("text:" + json.dumps("  ".join(WORDS[300:320]).upper()), [2]),
        ("text:" + json.dumps(LONG), [0, 1]),
    ],
)
def test_what_a_line_means(tmp_path, line, taken):
    found = find_reasons(make_docs(LONG, NEAR, FAR), list=write_list(tmp_path, "# for people", "", line))
    assert [n for n, reason in enumerate(found) if reason] == taken


def test_a_subdomain_is_of_its_domain_and_a_like_name_is_not(tmp_path):
    docs = make_docs(LONG, FAR, NEAR).with_columns(
        url=pl.Series(["https://b.a.example/", "https://xa.example/", None]),
        canonical_url=pl.Series([None, None, "https://a.example/x"]),
    )
    found = find_reasons(docs, list=write_list(tmp_path, "a.example"))
    assert found == ["takedowns.listed", None, "takedowns.listed"]


def test_near_duplicates_of_a_marked_text_go(tmp_path):
    path = tmp_path / "marks.parquet"
    given = pl.DataFrame({"id": ["x", "y"], "text": [LONG, SHORT]})
    marks.make_rows(given, [("id", f"{6:032x}")]).write_parquet(path)
    docs = make_docs(LONG, NEAR, FAR, QUOTING, EXCERPT, f"well, {SHORT}, he said", FAR, SHORT.upper())
    rows = takedowns.drop(docs, marks=path)
    near = "takedowns.near_duplicate"
    assert rows["drop_reason"].to_list() == [near, near, None, near, near, None, "takedowns.listed", near]
    assert rows["takedowns_similarity"][0] == 1 and 0.75 < rows["takedowns_similarity"][1] < 1
    assert rows["takedowns_similarity"][3] < 0.75 and rows["takedowns_containment"][3] > 0.95
    assert rows["takedowns_similarity"][2] is None
    assert rows["drop_reason"].equals(takedowns.drop(docs, marks=tmp_path)["drop_reason"])
    assert LONG.split()[7] not in path.read_bytes().decode("latin-1")


def test_similarity_is_exact(tmp_path):
    def shingles(text: str) -> set[tuple[str, ...]]:
        words = [word.strip(".,:;`*()|").lower() for word in text.split()]
        return {tuple(words[n : n + 5]) for n in range(len(words) - 4)}

    a, b = (" ".join(f"word{n}" for n in range(start, start + 90)) for start in (0, 10))
    path = tmp_path / "marks.parquet"
    marks.make_rows(pl.DataFrame({"id": ["x"], "text": [a]}), ()).write_parquet(path)
    found = takedowns.drop(make_docs(b), marks=path, min_similarity=0.1)["takedowns_similarity"][0]
    assert found == pytest.approx(len(shingles(a) & shingles(b)) / len(shingles(a) | shingles(b)))


@given(st.integers(0, 6))
def test_each_row_is_judged_by_itself(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("x")
    path = write_list(folder, "https://a.example/2", "text:" + json.dumps(LONG))
    docs = make_docs(LONG, NEAR, FAR, QUOTING, EXCERPT, "", SHORT)
    whole = takedowns.drop(docs, list=path)
    parts = pl.concat([takedowns.drop(docs[:cut], list=path), takedowns.drop(docs[cut:], list=path)])
    assert whole.equals(parts)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("what is this", "none of"),
        ("id:12", "no id"),
        ("domain:no domain", "no domain"),
        ("domain:example", "no domain"),
        ("url:", "no URL"),
        ("https://a.example/with space", "no URL"),
        ("text:plain", "JSON"),
        ("text:7", "JSON"),
        ('text:"four words of it"', "fewer than 5"),
        ("file:not-there.txt", "cannot be read"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path, line, said):
    with pytest.raises(ValueError, match=f"line 2: .*{said}"):
        lists.read(write_list(tmp_path, "# first", line))


def test_nothing_given_is_refused(tmp_path):
    with pytest.raises(ValueError, match="needs a `list`"):
        takedowns.drop(make_docs(LONG))
    with pytest.raises(ValueError, match="names nothing"):
        lists.read(write_list(tmp_path, "# nothing"))


def test_a_text_may_stand_in_a_file(tmp_path):
    (tmp_path / "letter.txt").write_text(LONG)
    (entry,) = lists.read(write_list(tmp_path, "file:letter.txt"))
    assert entry == (1, "text", LONG)


def test_the_ledger_keeps_neither_id_nor_address_of_what_was_taken_down(tmp_path):
    docs = make_docs(LONG, FAR).with_columns(
        source=pl.lit("web"),
        uri=pl.lit("a"),
        key=pl.lit("k"),
        language=pl.lit("en"),
        token_count=pl.lit(1),
        language_score=pl.lit(0.5),
        filters_word=pl.lit("secret"),
        digest=pl.lit("0123456789abcdef"),
    )
    rows = schema.to_dropped(takedowns.drop(docs, list=write_list(tmp_path, "a.example")), "x")
    assert rows["id"].to_list() == [schema.hide(one) for one in docs["id"]]
    assert rows.select("uri", "key", "url", "filters_word", "digest").null_count().row(0) == (2,) * 5
    assert rows["source"].to_list() == ["web", "web"]
    plain = schema.to_dropped(docs.with_columns(drop_reason=pl.lit("other.reason")), "x")
    assert plain["id"].equals(docs["id"]) and plain["url"].equals(docs["url"])


def test_ids_are_hidden_alike_on_both_sides():
    assert schema.hide("abc") == marks.digest("id", "abc")
