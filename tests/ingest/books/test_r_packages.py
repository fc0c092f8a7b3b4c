import bz2
import json
import lzma
import struct
import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import rdata
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest.books import r_packages

NOVEL = ["A NOVEL", "", "by Nobody", "", "VOLUME I", "", "CHAPTER I", "", "It began.", "", "Then more.", "",
         "Chapter 2", "", "It ended."]  # fmt: skip


def novel_rows(frame: pl.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["key"], frame["text"], strict=True))


EXPECTED = [
    ("front", "A NOVEL\n\nby Nobody"),
    ("chapter 1", "VOLUME I\nCHAPTER I\n\nIt began.\n\nThen more."),
    ("chapter 2", "Chapter 2\n\nIt ended."),
]


def read(path: Path) -> pl.DataFrame:
    return pl.concat(r_packages.read(str(path)))


def pack(value: object, how: str, folder: Path) -> bytes:
    """An object as R's lazy-load database stores it."""
    path = folder / "object.rds"
    rdata.write_rds(path, value, compression=None)
    plain = path.read_bytes()
    data = {"zlib": zlib.compress, "bz2": bz2.compress, "xz": lzma.compress}[how](plain)
    return struct.pack(">I", len(plain)) + {"zlib": b"", "bz2": b"2", "xz": b"Z"}[how] + data


def database(folder: Path, objects: dict[str, bytes]) -> Path:
    stored, places = b"", {}
    for name, chunk in objects.items():
        places[name] = np.array([len(stored), len(chunk)], dtype=np.int32)
        stored += chunk
    (folder / "Rdata.rdb").write_bytes(stored)
    rdata.write_rds(folder / "Rdata.rdx", {"variables": places})
    return folder / "Rdata.rdb"


@pytest.mark.parametrize("how", ["zlib", "bz2", "xz"])
def test_a_lazy_load_database_gives_a_document_for_each_chapter(how: str, tmp_path: Path) -> None:
    frame = read(database(tmp_path, {"novel": pack(np.array(NOVEL), how, tmp_path)}))
    assert novel_rows(frame) == [(f"novel, {key}", text) for key, text in EXPECTED]
    assert json.loads(frame["metadata"][1]) == {"book": "novel", "chapter": "VOLUME I CHAPTER I"}


def test_a_damaged_object_costs_no_other(tmp_path: Path) -> None:
    good = pack(np.array(NOVEL), "zlib", tmp_path)
    bad = good[:30] + bytes(20) + good[50:]
    numbers = pack(np.array([1.5, 2.5]), "zlib", tmp_path)
    frame = read(database(tmp_path, {"bad": bad, "good": good, "numbers": numbers}))
    assert frame["key"].to_list() == ["bad", *[f"good, {key}" for key, _ in EXPECTED], "numbers"]
    assert frame["error"][0].startswith("bad cannot be read")
    assert frame["error"].null_count() == frame.height - 1
    assert frame["drop_reason"][-1] == "books.not_text"


def test_data_files_and_plain_text_give_the_same(tmp_path: Path) -> None:
    rdata.write_rda(tmp_path / "x.rda", {"novel": np.array(NOVEL)})
    rdata.write_rds(tmp_path / "novel.rds", np.array(NOVEL))
    (tmp_path / "novel.txt").write_text("\n".join(NOVEL))
    expected = [(f"novel, {key}", text) for key, text in EXPECTED]
    for name in ("x.rda", "novel.rds", "novel.txt"):
        assert novel_rows(read(tmp_path / name)) == expected, name


def test_a_sentence_that_begins_like_a_heading_is_none(tmp_path: Path) -> None:
    text = "Chapter 1\n\nPart of the trouble was hers.\n\nBook in hand, she left.\n"
    (tmp_path / "b.txt").write_text(text)
    assert read(tmp_path / "b.txt")["text"].to_list() == [text.strip()]


@pytest.mark.filterwarnings("ignore::UserWarning:rdata")
@pytest.mark.parametrize("name", ["x.rda", "x.rds", "x.txt"])
@pytest.mark.parametrize("stored", [b"", b"\xff\xfe\xfa\x00"])
def test_an_unreadable_file_is_one_row_that_says_so(name: str, stored: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(stored)
    frame = read(tmp_path / name)
    assert frame.height == 1
    assert frame["error"][0] or frame["drop_reason"][0] == "books.not_text"


def test_a_file_that_is_not_there_raises(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.rda"):
        read(tmp_path / "gone.rda")


@pytest.mark.filterwarnings("ignore::UserWarning:rdata")
@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, 10_000), new=st.binary(min_size=1, max_size=6), cut=st.integers(1, 10_000))
def test_no_damage_escapes_as_an_error(
    at: int, new: bytes, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damage")
    path = folder / "x.rds"
    rdata.write_rds(path, np.array(NOVEL), compression=None)
    whole = path.read_bytes()
    at %= len(whole)
    path.write_bytes(
        (whole[:at] + new + whole[at + len(new) :])[: cut % len(whole) + 1 if cut % 3 == 0 else None]
    )
    assert read(path).height >= 1


def test_what_unpacks_beyond_the_bound_says_so(tmp_path: Path) -> None:
    long = np.array(["word " * 5_000])
    stored = database(
        tmp_path, {"long": pack(long, "xz", tmp_path), "novel": pack(np.array(NOVEL), "bz2", tmp_path)}
    )
    frame = pl.concat(r_packages.read(str(stored), max_bytes=10_000))
    assert "more than max_bytes (10000)" in frame["error"][0]
    assert frame["error"].null_count() == len(EXPECTED)
    lying = bytearray(pack(long, "bz2", tmp_path))
    lying[:4] = struct.pack(">I", 10)
    frame = read(database(tmp_path, {"lying": bytes(lying)}))
    assert "not as long as it says" in frame["error"][0]
    rdata.write_rds(tmp_path / "long.rds", long)
    frame = pl.concat(r_packages.read(str(tmp_path / "long.rds"), max_bytes=10_000))
    assert frame.height == 1 and "unpacks to more than max_bytes (10000)" in frame["error"][0]
