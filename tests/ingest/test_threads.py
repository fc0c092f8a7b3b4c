from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow import shuffle
from winnow.ingest import threads

SCHEMA = {
    "id": pl.String,
    "source": pl.String,
    "thread": pl.String,
    "threads_post": pl.String,
    "threads_parent": pl.String,
    "threads_accepts": pl.String,
    "score_votes": pl.Float32,
    "date": pl.String,
    "license": pl.String,
    "author": pl.String,
    "text": pl.String,
}


def post(name: str, parent: str | None = None, thread: str = "q", **more: Any) -> dict[str, Any]:
    row = {"id": f"id-{name}", "thread": thread, "threads_post": name, "threads_parent": parent}
    return dict.fromkeys(SCHEMA) | {"text": f"text of {name}"} | row | more


def read(file: Path, columns: Sequence[str], rows: Any = None) -> Iterator[pl.DataFrame]:
    frame = pl.read_parquet(file, glob=False)
    yield frame.select(name for name in columns if name in frame.columns)


def write(folder: Path, *parts: list[dict[str, Any]]) -> list[Path]:
    files = []
    for number, rows in enumerate(parts):
        folder.mkdir(parents=True, exist_ok=True)
        files.append(folder / f"part-{number:05d}.parquet")
        pl.DataFrame(rows, schema=SCHEMA).write_parquet(files[-1])
    return files


def arrange(
    folder: Path, *parts: list[dict[str, Any]], buckets: int = 4, link: bool = False, **how: Any
) -> Path:
    """The folder that `order` writes, a bucket's below it, as the engine has it."""
    scattered: list[Path] = []
    files = write(folder / "in", *parts)
    if link:
        threads.link(files, folder, read=read)
    for file in files:
        out = folder / "scattered" / file.stem
        out.mkdir(parents=True)
        threads.scatter([file], out, read=read, linked=folder if link else None)
        scattered += sorted(out.iterdir())
    for bucket in range(buckets):
        out = folder / f"ordered/bucket={bucket:04d}"
        out.mkdir(parents=True)
        threads.order(scattered, out, read_bucket=shuffle.Reader(bucket, buckets), **how)
    return folder / "ordered"


def table(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("*/joined.parquet"))
    return pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in files]).to_dicts()


def test_answers_are_accepted_first_then_by_score_then_by_date(tmp_path: Path) -> None:
    answers = [
        post("late", "q", score_votes=3.0, date="2020-02-01"),
        post("low", "q", score_votes=1.0, date="2020-01-01"),
        post("accepted", "q", score_votes=0.0, date="2020-03-01"),
        post("unknown", "q"),
        post("early", "q", score_votes=3.0, date="2020-01-01"),
    ]
    [row] = table(
        arrange(tmp_path, answers[:2], [*answers[2:], post("q", threads_accepts="accepted")], between="|")
    )
    expected = ["q", "accepted", "early", "late", "low", "unknown"]
    assert row["id"] == "id-q" and row["members"] == [f"id-{name}" for name in expected]
    assert row["text"] == "|".join(f"text of {name}" for name in expected)


def test_join_gives_the_first_the_whole_and_drops_the_others(tmp_path: Path) -> None:
    rows = [
        post("q", license="CC-BY-SA-3.0", author="Ann"),
        post("a", "q", license="CC-BY-SA-4.0", author="Bob", date="2020"),
        post("a", "q", id="id-again", date="2021"),
        post("c", "lost", thread="other", author="Eve"),
        post("z", thread=None, author="Zed"),
    ]
    docs = pl.DataFrame(rows, schema=SCHEMA)
    found = threads.join(docs, joined=arrange(tmp_path, rows[2:], rows[:2], between="|"))
    assert found["text"].to_list()[:1] == ["text of q|text of a"]
    assert found["text"].to_list()[3:] == ["text of c", "text of z"]
    assert found["drop_reason"].to_list() == [None, "threads.joined", "threads.copy", None, None]
    assert found["license"][0] == "CC-BY-SA-3.0 AND CC-BY-SA-4.0"
    assert found["author"].to_list()[0] == "Ann; Bob" and found["author"].to_list()[3:] == ["Eve", "Zed"]
    assert found["threads_posts"].to_list() == [2, None, None, 1, None]
    assert found["threads_lost_parents"].to_list() == [0, None, None, 1, None]


def test_threads_of_one_name_in_two_sources_are_two(tmp_path: Path) -> None:
    rows = [
        post(name, parent, id=f"{source}-{name}", source=source, **more)
        for source in ("a", "b")
        for name, parent, more in (
            ("q", None, {"threads_accepts": "low"} if source == "b" else {}),
            ("high", "q", {"score_votes": 2.0}),
            ("low", "q", {"score_votes": 1.0}),
        )
    ]
    found = {row["id"]: row["members"] for row in table(arrange(tmp_path, rows))}
    assert found == {"a-q": ["a-q", "a-high", "a-low"], "b-q": ["b-q", "b-low", "b-high"]}


def test_what_a_chain_of_answers_connects_is_one_thread(tmp_path: Path) -> None:
    rows = [
        post("q", thread="q"),
        post("a", "q", thread="q"),
        post("b", "a", thread="a"),  # knows no more than what it answers
        post("c", "lost", thread="lost2"),
        post("d", "lost", thread="lost"),
        post("e", "a", thread="a", source="other"),
        post("x", thread="x"),
        post("z", thread=None),
    ]
    for number, cut in enumerate((1, 3, 8)):
        found = table(arrange(tmp_path / str(number), rows[:cut], rows[cut:], link=True))
        members = sorted([one.removeprefix("id-") for one in row["members"]] for row in found)
        assert members == [["c", "d"], ["e"], ["q", "a", "b"], ["x"]]
    assert len(table(arrange(tmp_path / "not", rows))) == 6
    assert table(arrange(tmp_path / "none", [], link=True)) == []
    threads.link([], tmp_path, read=read)
    assert pl.read_parquet(tmp_path / "links.parquet").columns == ["source", "thread", "whole"]


@pytest.mark.parametrize("blank", ["", " \n"])
def test_a_blank_name_is_none(blank: str, tmp_path: Path) -> None:
    rows = [post("x", thread=blank), post("y", thread=blank)]
    rows += [post(blank, id=f"id-{n}", threads_parent=blank, threads_accepts=blank) for n in range(2)]
    [row] = table(arrange(tmp_path, rows))
    assert row["members"] == ["id-0", "id-1"] and row["lost_parents"] == 0 and not row["copies"]


def test_circles_are_told_and_end(tmp_path: Path) -> None:
    rows = [post("x", "y", date="2"), post("y", "x", date="1"), post("me", "me", date="3")]
    [row] = table(arrange(tmp_path, rows))
    assert row["members"] == ["id-y", "id-x", "id-me"] and row["cycles"] == 2


def test_a_thread_without_its_first_post_goes_where_that_is_asked(tmp_path: Path) -> None:
    rows = [post("a", "q"), post("b", "a"), post("r", thread="r")]
    docs = pl.DataFrame(rows, schema=SCHEMA)
    found = threads.join(docs, joined=arrange(tmp_path, rows, rootless="drop"))
    assert found["drop_reason"].to_list() == ["threads.no_root", "threads.no_root", None]
    assert found["text"].to_list() == docs["text"].to_list()


def test_what_would_make_a_thread_too_long_is_left_out_and_told(tmp_path: Path) -> None:
    rows = [post("q"), post("a", "q", score_votes=2.0), post("b", "q", score_votes=1.0)]
    docs = pl.DataFrame(rows, schema=SCHEMA)
    found = threads.join(docs, joined=arrange(tmp_path, rows, between="", max_bytes=18))
    assert found["text"][0] == "text of qtext of a"
    assert found["drop_reason"].to_list() == [None, "threads.joined", "threads.too_long"]
    alone = threads.join(docs, joined=arrange(tmp_path / "b", rows, max_bytes=1))
    assert alone["text"][0] == "text of q" and alone["threads_posts"][0] == 1


def test_a_table_of_another_step_with_three_columns_will_do(tmp_path: Path) -> None:
    three = pl.DataFrame({"id": ["id-q"], "members": [["id-a", "id-q"]], "text": ["a, q"]})
    three.write_parquet(tmp_path / "joined.parquet")
    docs = pl.DataFrame([post("q", license="MIT"), post("a"), post("b")], schema=SCHEMA)
    found = threads.join(docs, joined=tmp_path)
    assert found["text"].to_list() == ["a, q", "text of a", "text of b"]
    assert found["drop_reason"].to_list() == [None, "threads.joined", None]
    assert found["license"][0] == "MIT"


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    docs = pl.DataFrame([post("q")], schema=SCHEMA)
    with pytest.raises(ValueError, match=r"no joined\.parquet"):
        threads.join(docs, joined=tmp_path)
    pl.DataFrame({"id": ["a"]}).write_parquet(tmp_path / "joined.parquet")
    with pytest.raises(ValueError, match="no table of what was joined"):
        threads.join(docs, joined=tmp_path)


def test_nothing_gives_a_table_of_nothing(tmp_path: Path) -> None:
    folder = arrange(tmp_path, [], [post("z", thread=None)])
    assert table(folder) == []
    docs = pl.DataFrame([post("q")], schema=SCHEMA)
    assert threads.join(docs, joined=folder)["drop_reason"].to_list() == [None]
    assert threads.join(docs.clear(), joined=folder).height == 0


@settings(max_examples=30, deadline=None)
@given(
    posts=st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(0, 2), st.booleans()), max_size=15
    ),
    cut=st.integers(0, 15),
)
def test_every_document_stays_is_joined_or_told(
    tmp_path_factory: pytest.TempPathFactory, posts: list[tuple[int, int, int, bool]], cut: int
) -> None:
    rows = [
        post(f"n{name}", None if begins else f"n{parent}", f"t{thread}", id=f"id-{number}")
        for number, (name, parent, thread, begins) in enumerate(posts)
    ]
    folder = arrange(tmp_path_factory.mktemp("threads"), rows[:cut], rows[cut:])
    docs = pl.DataFrame(rows, schema=SCHEMA)
    found = threads.join(docs, joined=folder)
    halves = [threads.join(half, joined=folder) for half in (docs[:cut], docs[cut:])]
    assert pl.concat(halves).equals(found)
    kept = found.filter(pl.col("drop_reason").is_null())
    assert kept["threads_posts"].sum() == (found["drop_reason"] != "threads.copy").fill_null(True).sum()
    assert kept["thread"].n_unique() == kept.height == docs["thread"].n_unique()
    assert set(found["drop_reason"].drop_nulls()) <= {"threads.joined", "threads.copy"}
