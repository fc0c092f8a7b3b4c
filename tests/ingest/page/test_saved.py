import json
from pathlib import Path
from typing import Any

import pytest

from winnow.ingest import html

PAGE = "<html><head><title>T</title></head><body><p>Größe of a page that was saved.</p></body></html>"
MHTML = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/x\r\nSubject: T\r\n"
    "Date: Mon, 3 Feb 2020 04:05:06 -0000\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/css\r\n\r\np {}\r\n"
    "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
    "Content-Location: https://a.example/x\r\n\r\n<p>Gr=C3=B6=C3=9Fe=20of=\r\n it</p>\r\n--b--\r\n"
)


def read(path: Path, data: bytes, **settings: Any) -> dict[str, Any]:
    path.write_bytes(data)
    (frame,) = html.read(str(path), **settings)
    return frame.row(0, named=True)


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16"])
def test_a_saved_page_is_a_row_for_the_extraction(charset: str, tmp_path: Path) -> None:
    head = f'<meta charset="{charset}">' if charset != "utf-16" else ""
    data = f"<!-- saved from url=(0021)https://a.example/y -->{head}{PAGE}".encode(charset)
    row = read(tmp_path / "a.html", data, license="CC0-1.0")
    assert PAGE in row["text"] and row["media_type"] == "text/html"
    assert (row["url"], row["license"]) == ("https://a.example/y", "CC0-1.0")
    assert json.loads(row["metadata"])["file"] == "a.html"
    (frame,) = html.read(str(tmp_path / "a.html"))
    assert "Größe of a page" in html.extract(frame, main_content=False)["text"][0]


def test_of_mhtml_the_page_is_read(tmp_path: Path) -> None:
    row = read(tmp_path / "a.mhtml", MHTML.encode())
    assert row["text"].strip() == "<p>Größe of it</p>"
    assert (row["url"], row["date"]) == ("https://a.example/x", "2020-02-03T04:05:06")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b" \n", "html.no_text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "html.media_type"),
        (b"x" * 101, "html.too_large"),
    ],
)
def test_what_is_no_page_is_dropped(data: bytes, reason: str, tmp_path: Path) -> None:
    assert (
        read(tmp_path / "a.html", data, max_bytes=110 if reason != "html.too_large" else 100)["drop_reason"]
        == reason
    )
