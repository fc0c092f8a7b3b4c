"""Header fields as servers and crawlers write them."""

from winnow.ingest.archive.headers import charset, find_preferences, media_type, parse_fields, parse_response


def test_repeated_folded_and_foreign_fields() -> None:
    head = "WARC/1.0\r\nA: one\r\n  two\r\nB : x: y\r\na: three\r\nno field\r\nÜ: ö\r\n\r\n"
    expected = {"a": "one two, three", "b": "x: y", "ü": "ö"}
    assert parse_fields(head.encode()) == expected
    assert parse_fields(head.replace("\r\n", "\n").encode("latin-1")) == expected


def test_responses_with_either_line_end_or_none() -> None:
    for end in (b"\r\n", b"\n"):
        found = parse_response(end.join([b"HTTP/1.1 200 OK", b"Content-Type: text/html", b"", b"a\r\n\r\nb"]))
        assert found == (200, {"content-type": "text/html"}, b"a\r\n\r\nb", [])
    assert parse_response(b"HTTP/1.0 404") == (404, {}, b"", [])
    assert parse_response(b"HTTP/2 200\r\nA: b") == (200, {"a": "b"}, b"", [])
    assert parse_response(b"<html>200").status is None and parse_response(b"").status is None


def test_content_types() -> None:
    assert charset("text/html; Charset = 'ISO-8859-1'") == "ISO-8859-1"
    assert charset("text/html") is None
    assert media_type(" Text/HTML;charset=x") == media_type("text/html, text/plain") == "text/html"
    assert media_type("") == ""


HEAD = """HTTP/1.1 200 OK
Content-Type: text/html
X-Robots-Tag: noindex, noai
x-robots-tag: otherbot: noai,
\tnoimageai
Content-Usage: train-ai=n, search=y
X-Not-Content-Signal: no
Content-Signal: search=yes, ai-train=no
TDM-Reservation: 1
tdm-policy: https://example.org/policy.json
Set-Cookie: a=Content-Signal: b
"""


def test_preferences_are_all_occurrences_in_order() -> None:
    for end in ("\n", "\r\n"):
        found = parse_response(
            f"{HEAD}\n<p>Content-Usage: train-ai=y".replace("\n", end).encode()
        ).preferences
        assert {said["in"] for said in found} == {"header"}
        assert [(said["name"], said["value"]) for said in found] == [
            ("x-robots-tag", "noindex, noai"),
            ("x-robots-tag", "otherbot: noai, noimageai"),
            ("content-usage", "train-ai=n, search=y"),
            ("content-signal", "search=yes, ai-train=no"),
            ("tdm-reservation", "1"),
            ("tdm-policy", "https://example.org/policy.json"),
        ]


def test_preferences_of_hostile_servers_are_bounded() -> None:
    head = b"HTTP/1.1 200 OK\r\n" + b"X-Robots-Tag: no\xe9 " + b"a" * 900 + b"\r\n"
    found = find_preferences(head * 100)
    assert len(found) == 20 and {len(said["value"]) for said in found} == {500}
    assert found[0]["value"].startswith("noé a")
    assert find_preferences(b"a" * 50_000_000 + b"\r\nX-Robots-Tag: noai\r\n") == []
