"""Header fields as servers and crawlers write them."""

from ingest.archive.headers import charset, fields, media_type, response


def test_repeated_folded_and_foreign_fields() -> None:
    head = "WARC/1.0\r\nA: one\r\n  two\r\nB : x: y\r\na: three\r\nno field\r\nÜ: ö\r\n\r\n"
    expected = {"a": "one two, three", "b": "x: y", "ü": "ö"}
    assert fields(head.encode()) == expected
    assert fields(head.replace("\r\n", "\n").encode("latin-1")) == expected


def test_responses_with_either_line_end_or_none() -> None:
    for end in (b"\r\n", b"\n"):
        found = response(end.join([b"HTTP/1.1 200 OK", b"Content-Type: text/html", b"", b"a\r\n\r\nb"]))
        assert found == (200, {"content-type": "text/html"}, b"a\r\n\r\nb")
    assert response(b"HTTP/1.0 404") == (404, {}, b"")
    assert response(b"HTTP/2 200\r\nA: b") == (200, {"a": "b"}, b"")
    assert response(b"<html>200").status is None and response(b"").status is None


def test_content_types() -> None:
    assert charset("text/html; Charset = 'ISO-8859-1'") == "ISO-8859-1"
    assert charset("text/html") is None
    assert media_type(" Text/HTML;charset=x") == media_type("text/html, text/plain") == "text/html"
    assert media_type("") == ""
