import gzip
from pathlib import Path

import polars as pl

from winnow.ingest.books import dictionary


def number(value: int) -> str:
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return (number(value // 64) if value >= 64 else "") + digits[value % 64]


def make_dictionary(folder: Path, entries: list[tuple[list[str], bytes]], *more: str) -> str:
    text, index = b"", []
    for headwords, entry in entries:
        index += [f"{word}\t{number(len(text))}\t{number(len(entry))}" for word in headwords]
        text += entry
    (folder / "d.dict.dz").write_bytes(gzip.compress(text))
    (folder / "d.index").write_text("\n".join(sorted([*index, *more])))
    return str(folder / "d.dict.dz")


def test_dictionary_entries_are_joined_and_counted_once(tmp_path: Path) -> None:
    long = "   <thing> A {cross\n   reference} in a text that is long enough to be wrapped\n   here.\n\n"
    long += "   (2001-01-01)\n\n"
    uri = make_dictionary(
        tmp_path,
        [
            (["00-database-info"], b"about\n\n   words\n"),
            (["zeta", "zed"], f"Zed\nzeta\n\n{long}".encode()),
            (["b"], b"b\n\n   if (x) { return; }\n"),
        ],
    )
    [frame] = dictionary.read(uri)
    assert frame["drop_reason"].to_list() == ["dictionary.about_the_dictionary", None, None]
    assert frame["text"][1] == (
        "Zed\nzeta\n\n<thing> A cross\nreference in a text that is long enough to be wrapped here."
        "\n\n(2001-01-01)"
    )
    assert frame["text"][2] == "b\n\nif (x) { return; }"


def test_damage_in_a_dictionary_is_named(tmp_path: Path) -> None:
    uri = make_dictionary(
        tmp_path, [(["good"], b"good\n\n   text\n"), (["bad"], b"\xff\xfe")], "far\tZZZZ\tB", "junk"
    )
    frame = pl.concat(dictionary.read(uri))
    errors = dict(zip(frame["key"], frame["error"], strict=True))
    assert errors.pop("good") is None
    assert set(errors) == {"bad", "far", "index line 4"}
    assert all(errors.values())
    Path(uri).write_bytes(Path(uri).read_bytes()[:25])
    [frame] = dictionary.read(uri)
    assert "d.dict.dz is damaged" in frame["error"][0]


def test_a_file_beyond_the_bound_is_one_row_that_says_what_to_do(tmp_path: Path) -> None:
    uri = make_dictionary(tmp_path, [(["a"], b"a" * 100_000)])
    [frame] = dictionary.read(uri, max_bytes=100)
    assert frame.height == 1 and "more than max_bytes (100); raise it" in frame["error"][0]
