import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io.batches import Unreadable
from winnow.ingest.io.tables import Line, read_table

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n",;'), max_size=12)


def read(data: bytes, **options: Any) -> list[Line]:
    lines = ((at, line, None) for at, line in enumerate(data.split(b"\n")))
    return list(read_table(lines, **{"delimiter": ",", "max_bytes": 1_000, **options}))


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=6), delimiter=st.sampled_from(",\t"))
def test_what_csv_wrote_comes_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([("text", "id"), *rows])
    found = read(out.getvalue().encode(), delimiter=delimiter)
    assert [line.record for line in found] == [{"text": text, "id": one} for text, one in rows]
    assert [line.number for line in found] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"x,2,3", "3 columns, and the header has 2"),
        (b'"x"y,2', "no CSV"),
        (b"\xff,2", "invalid UTF-8 at byte 0"),
        (b'"' + b"x" * 2_000 + b'",2', "field limit"),
    ],
)
def test_a_bad_row_is_one_error_and_the_next_is_read(bad: bytes, said: str) -> None:
    found = read(b"# a comment\ntext,id\na,1\n" + bad + b"\n\nb,2\n")
    assert [line.record for line in found] == [{"text": "a", "id": "1"}, None, {"text": "b", "id": "2"}]
    assert said in str(found[1].error) and [line.number for line in found] == [1, 2, 3]


@pytest.mark.parametrize("head", [b'"x"y,id', b"te\xff,id", b'"' + b"x" * 2_000 + b'",id'])
def test_no_row_is_taken_for_a_header_that_is_damaged(head: bytes) -> None:
    for table in (b"# a comment\n" + head + b"\na,1\nb,2\n", head):
        with pytest.raises(Unreadable, match="damaged header"):
            read(table)
    with pytest.raises(Unreadable, match=r"damaged header \(gone\)"):
        list(read_table(iter([(0, b"", "gone"), (9, b"a,1", None)]), delimiter=",", max_bytes=1_000))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(Unreadable, match="two columns are named 'text'"):
        read(b"text,id,text\na,1,b\n")


def test_empty_lines_above_the_header_are_no_header() -> None:
    assert [line.record for line in read(b"\n\ntext,id\na,1\n")] == [{"text": "a", "id": "1"}]
