import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io import values
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.values import Value, read_values

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\[]{},: \n'))
RECORDS = st.lists(
    st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=2) | st.dictionaries(TEXTS, TEXTS, max_size=2)),
    max_size=6,
)


def read(data: bytes, *, size: int = 1 << 20, max_bytes: int = 10_000) -> list[Value]:
    pieces = (Piece(data[at : at + size]) for at in range(0, len(data), size))
    return list(read_values(pieces, max_bytes))


@given(records=RECORDS, indent=st.sampled_from([None, 1]), size=st.integers(1, 40), array=st.booleans())
def test_all_items_come_back_with_the_byte_where_they_begin(
    records: list[dict[str, Any]], indent: int | None, size: int, array: bool
) -> None:
    items = [json.dumps(record, indent=indent, ensure_ascii=False).encode() for record in records]
    data = b"[" + b", ".join(items) + b"]\n" if array else b"\n".join(items)
    found = read(data, size=size)
    assert [value.record for value in found] == records
    assert all(value.error is None for value in found)
    assert [data[value.place : value.place + 1] for value in found] == [b"{"] * len(items)
    assert sorted({value.place for value in found}) == [value.place for value in found]


GOOD = [{"text": f"number {n}"} for n in range(3)]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"text": "a " quote"}', "quote is missing"),
        ('{"text": {"a": "b"}', "invalid JSON"),  # a brace is missing: it ends with the next item
        ('{"text": nul}', "invalid JSON"),
        ('{"text": "' + "y" * 200 + '"}', "max_record_bytes"),
        ('"a string"', "no object"),
        ("[1, 2]", "not an object"),
        ('{"a": ' + "[" * 90, "max_record_bytes"),
    ],
)
def test_a_bad_item_is_one_error_and_the_next_ones_are_read(bad: str, said: str) -> None:
    first, *rest = map(json.dumps, GOOD)
    data = "[" + ", ".join([first, bad, *rest]) + "]"
    found = read(data.encode(), max_bytes=100)
    assert [value.record for value in found if value.record] == GOOD
    (wrong,) = [value for value in found if value.error]
    assert said in str(wrong.error) and len(first) <= wrong.place <= len(first) + 4 + len(bad)


def test_an_item_that_is_cut_off_is_told() -> None:
    data = json.dumps(GOOD).encode()[:-5]
    found = read(data)
    assert [value.record for value in found] == [*GOOD[:2], None]
    assert "cut off" in str(found[-1].error)


@pytest.mark.parametrize("damaged", [None, 12, 25, 33])
@pytest.mark.parametrize(
    "bad", ['{"a":"x\xff"}', '{"a":nul}', '{"a":{"b":[1}', '{"a":[{"b":2},{"c":"\xff"}]}']
)
def test_what_is_lost_is_the_same_however_the_file_is_cut(bad: str, damaged: int | None) -> None:
    data = f'[{{"a":1}},{bad},{{"a":3}},{{"a":4}},{bad},{{"a":6}}, {{"a":7}}]'.encode("latin-1")
    parts = [data] if damaged is None else [data[:damaged], data[damaged + 5 :]]

    def read_cut(size: int) -> list[dict[str, Any] | None]:
        cut = [[Piece(part[at : at + size]) for at in range(0, len(part), size)] for part in parts]
        pieces = cut[0] if damaged is None else [*cut[0], Piece(damage="damaged here"), *cut[1]]
        return [value.record for value in read_values(iter(pieces), 10_000)]

    whole = read_cut(1_000)
    assert {"a": 7} in whole
    assert {size: read_cut(size) for size in range(1, len(data))} == dict.fromkeys(range(1, len(data)), whole)


def test_damage_of_the_file_costs_the_item_that_it_is_in() -> None:
    data = json.dumps(GOOD).encode()
    pieces = [Piece(data[:30]), Piece(damage="damaged here"), Piece(data[40:])]
    found = list(read_values(iter(pieces), 1_000))
    assert [value.error for value in found if value.error] == ["damaged here"]
    assert {str(value.record) for value in found if value.record} >= {str(GOOD[0]), str(GOOD[2])}


def test_a_string_without_an_end_is_one_error_and_little_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    forget = values._Cutter._forget

    def count(self: Any) -> None:
        held.append(len(self.data))
        forget(self)

    monkeypatch.setattr(values._Cutter, "_forget", count)
    data = b'[{"text": "a"}, {"text": "' + b"x" * 3_000_000 + b'"}, {"text": "b"}]'
    found = read(data, size=1_000, max_bytes=20_000)
    assert [value.record for value in found] == [{"text": "a"}, None, {"text": "b"}]
    assert "max_record_bytes" in str(found[1].error) and max(held) < 50_000


def test_what_opens_inside_itself_costs_no_more_than_its_bytes() -> None:
    begun = time.process_time()
    found = read(b'[{"a": 1}, ' + b'{"a": ' * 300_000, max_bytes=100_000)
    assert found[0].record == {"a": 1} and all(value.error for value in found[1:])
    assert time.process_time() - begun < 60  # hours, where each is followed to the end
