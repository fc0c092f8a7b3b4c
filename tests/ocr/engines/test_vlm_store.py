"""What is kept of the attempts at a page."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ocr.engines import vlm_store
from winnow.ocr.engines.vlm_store import Attempt, append, find_file, read

ATTEMPTS = st.builds(
    Attempt,
    temperature=st.floats(0, 1),
    max_tokens=st.integers(1, 10**6),
    seconds=st.floats(0, 10**4),
    fault=st.none() | st.text(),
    answer=st.text(st.characters()),
    finish_reason=st.none() | st.text(),
    tokens=st.none() | st.integers(0, 10**6),
    said=st.text(),
)


@settings(max_examples=20)
@given(st.lists(ATTEMPTS, max_size=3), st.integers(1, 400))
def test_what_is_added_is_read_and_a_cut_costs_the_attempts_that_it_meets(tmp_path_factory, attempts, cut):
    path = tmp_path_factory.mktemp("store") / "ab" / "page.jsonl"
    assert read(path) == []
    for attempt in attempts:
        append(path, attempt)
    assert read(path) == attempts
    if attempts:
        whole = path.read_bytes()
        path.write_bytes(whole[:-cut])
        left = read(path)
        assert left == attempts[: len(left)] and len(left) >= whole[:-cut].count(b"\n")
        append(path, attempts[0])
        assert read(path) == [*left, attempts[0]]


def test_a_page_is_found_by_picture_model_and_prompt(tmp_path):
    files = {
        find_file(tmp_path, *asked)
        for asked in [(b"a", "b", "c"), (b"ab", "", "c"), (b"a", "bc", ""), (b"", "ab", "c")]
    }
    assert len(files) == 4
    assert find_file(tmp_path, b"a", "b", "c") in files
    (file,) = {path for path in files if path == find_file(tmp_path, b"a", "b", "c")}
    assert file.parent.parent == tmp_path and file.suffix == ".jsonl"


def test_lines_of_something_else_are_no_attempts(tmp_path):
    path = tmp_path / "page.jsonl"
    good = Attempt(0.0, 10, answer="text")
    lines = [
        '{"temperature": 0}',
        "[]",
        "null",
        "3",
        '{"other": 1}',
        '{"temperature": "x", "max_tokens": 1}',
        "\udcff",
        json.dumps(good._asdict()),
    ]
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogateescape"))
    assert vlm_store.read(path) == [good]


@pytest.mark.parametrize("change", [("the page says", "the page lies"), ('"tokens":7', '"tokens":8')])
def test_what_is_not_as_it_was_written_is_named_and_given_to_nobody(tmp_path, change):
    path, other = tmp_path / "page.jsonl", tmp_path / "other.jsonl"
    append(path, Attempt(0.0, 10, answer="the page says", tokens=7))
    other.write_bytes(path.read_bytes())
    path.write_text(path.read_text().replace(*change))
    for file in (path, other):
        with pytest.raises(ValueError, match=r"\.jsonl:1 is not what was written: mend the line"):
            read(file)


def test_nothing_is_added_through_a_link(tmp_path):
    (tmp_path / "other").write_text("theirs")
    (tmp_path / "page.jsonl").symlink_to(tmp_path / "other")
    with pytest.raises(OSError):
        append(tmp_path / "page.jsonl", Attempt(0.0, 10))
    assert (tmp_path / "other").read_text() == "theirs"
