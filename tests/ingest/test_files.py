import codecs
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from winnow.ingest import files

CYRILLIC = "# -*- coding: koi8-r -*-\nимя = 'Ёжик в тумане'\n"


def read(path: Path, data: bytes, **options: Any) -> dict[str, str | None]:
    path.write_bytes(data)
    frame = pl.concat(files.read(str(path), **options))
    assert frame.height == 1, "one file is one row"
    return frame.row(0, named=True)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
@example("\\def\\x{\\frac{1}{2}}%\r\n  \tindented\r\n")
def test_any_text_in_utf8_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    row = read(tmp_path_factory.mktemp("files") / "notes.tex", b"\xef\xbb\xbf" + text.encode())
    assert row["error"] is None
    assert row["text"] == (text if text.strip() else None)
    assert row["drop_reason"] == (None if text.strip() else "files.empty")


def test_name_and_license_are_entered_and_the_url_is_not_known(tmp_path: Path) -> None:
    row = read(tmp_path / "a.py", b"x = 1\n", license="PSF-2.0")
    assert (row["license"], row["url"], row["key"]) == ("PSF-2.0", None, "file")
    assert json.loads(row["metadata"] or "") == {"file": "a.py"}
    assert read(tmp_path / "b.py", b"x = 1\n")["license"] is None


def test_python_source_is_read_by_its_coding_line(tmp_path: Path) -> None:
    row = read(tmp_path / "hedgehog.py", CYRILLIC.encode("koi8-r"))
    assert row["text"] == CYRILLIC
    assert json.loads(row["metadata"] or "")["charset"] == "koi8-r"


def test_valid_utf8_wins_over_a_lying_coding_line(tmp_path: Path) -> None:
    row = read(tmp_path / "hedgehog.py", CYRILLIC.encode())
    assert row["text"] == CYRILLIC
    assert "charset" not in json.loads(row["metadata"] or "")


@pytest.mark.parametrize("line", ["coding: no-such-codec", "coding: rot13", "coding: ascii"])
def test_an_unusable_coding_line_falls_back_to_detection(line: str, tmp_path: Path) -> None:
    body = "Größe und Maß für Straßen, schön übersät mit Umlauten: äöü.\n" * 5
    row = read(tmp_path / "a.py", f"# {line}\n{body}".encode("latin-1"))
    assert body in (row["text"] or "")


def test_half_a_surrogate_pair_is_no_text(tmp_path: Path) -> None:
    row = read(tmp_path / "a.py", b"# coding: unicode_escape\ns = '\\ud800 caf\xe9'\n")
    assert "café" in (row["text"] or "")


def test_utf16_with_its_mark_is_text(tmp_path: Path) -> None:
    row = read(tmp_path / "a.txt", codecs.BOM_UTF16_LE + "Notizen\n".encode("utf-16-le"))
    assert row["text"] == "Notizen\n"


@pytest.mark.parametrize("data", [b"\x7fELF\x02\x01\x00\x00", bytes(range(1, 32)) * 20, b"text, then\0"])
def test_a_binary_file_is_an_error_with_advice(data: bytes, tmp_path: Path) -> None:
    row = read(tmp_path / "a.txt", data)
    assert row["text"] is None and row["drop_reason"] is None
    assert "a.txt is no text" in (row["error"] or "") and "uris" in (row["error"] or "")


@pytest.mark.parametrize("data", [b"", b"\n \t\r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_dropped(data: bytes, tmp_path: Path) -> None:
    row = read(tmp_path / "__init__.py", data)
    assert (row["drop_reason"], row["error"]) == ("files.empty", None)


def test_the_bound_on_size_is_inclusive(tmp_path: Path) -> None:
    assert read(tmp_path / "a.txt", b"12345", max_bytes=5)["text"] == "12345"
    assert read(tmp_path / "a.txt", b"123456", max_bytes=5)["drop_reason"] == "files.too_large"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.py"):
        list(files.read(str(tmp_path / "gone.py")))
