"""Locked PDFs are opened by a file of passwords, which stands in nothing that is written."""

import json

import polars as pl
import pymupdf
import pytest

from winnow.ocr.pdf import PdfError, extract, read
from winnow.ocr.process.passwords import MAX_PASSWORDS, list_passwords
from winnow.ocr.process.work import COLUMN

WAYS = [getattr(pymupdf, f"PDF_ENCRYPT_{name}") for name in ("RC4_40", "RC4_128", "AES_128", "AES_256")]
WORDS = "The keeper of the archive wrote down every parcel that came in on the morning train."


def lock(way, **passwords):
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), WORDS)
    return document.tobytes(encryption=way, **passwords)


def read_rows(path, **settings):
    return [row for frame in read(str(path), ocr=False, **settings) for row in frame.to_dicts()]


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "passwords.txt"
    path.write_text("not this one\r\n\n zwölf Esel \nowner-7\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("known", ["user_pw", "owner_pw"])
def test_a_password_opens_a_file_by_either_reader(way, known, listed, tmp_path, reader):
    other = {"user_pw": "x7-secret", "owner_pw": "x8-secret"}
    (tmp_path / "a.pdf").write_bytes(lock(way, **other | {known: "owner-7"}))
    (row,) = read_rows(tmp_path / "a.pdf", reader=reader, passwords=listed)
    assert row["text"] == WORDS and json.loads(row["metadata"])["unlocked"] is True
    assert json.loads(row[COLUMN])["step"]["unlock"][0] == 1
    assert not any("owner-7" in str(value) for value in row.values())


def test_spaces_and_umlauts_are_a_part_of_it(listed, tmp_path, reader):
    (tmp_path / "a.pdf").write_bytes(lock(pymupdf.PDF_ENCRYPT_AES_256, user_pw=" zwölf Esel "))
    (row,) = read_rows(tmp_path / "a.pdf", reader=reader, passwords=listed)
    assert row["text"] == WORDS


def test_a_file_that_none_opens_fails_as_it_did(listed, tmp_path, reader):
    body = lock(pymupdf.PDF_ENCRYPT_AES_256, user_pw="another", owner_pw="o")
    (tmp_path / "a.pdf").write_bytes(body)
    (row,) = read_rows(tmp_path / "a.pdf", reader=reader, passwords=listed)
    assert ": encrypted: name a file of passwords" in row["error"] and "owner-7" not in row["error"]
    docs = pl.DataFrame({"media_type": ["application/pdf"], "body": [body]})
    docs = docs.with_columns(
        text=pl.lit(""), metadata=pl.lit(None, pl.String), license=pl.lit(None, pl.String)
    )
    with pytest.raises(PdfError, match="encrypted"):
        extract(docs, reader=reader, passwords=listed)
    listed.write_text("another\n")
    assert extract(docs, reader=reader, passwords=listed)["text"][0] == WORDS


def test_the_empty_password_needs_no_list(listed, tmp_path, reader):
    (tmp_path / "a.pdf").write_bytes(lock(pymupdf.PDF_ENCRYPT_AES_256, owner_pw="o"))
    (row,) = read_rows(tmp_path / "a.pdf", reader=reader, passwords=listed)
    assert row["text"] == WORDS and "unlocked" not in json.loads(row["metadata"])


@pytest.mark.parametrize("text", ["\n\n", "secret\n" * (MAX_PASSWORDS + 1), b"s\xe9cret\n"])
def test_a_list_of_no_use_is_refused_without_a_word_of_it(text, tmp_path):
    path = tmp_path / "list.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=r"list\.txt") as caught:
        list_passwords(path)
    assert "cret" not in str(caught.value)
