"""Header fields of WARC records and HTTP responses, as they come: folded, repeated, in any charset."""

import re
from typing import NamedTuple

_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"\s{0,4}HTTP(?:/\d(?:\.\d)?)?[ \t]+(\d{3})\b", re.IGNORECASE)
_FOLD = re.compile(r"\r?\n[ \t]+")


# By which servers say what their pages may be used for.
_PREFERENCE = re.compile(
    rb"^(X-Robots-Tag|Content-Usage|Content-Signal|TDM-Reservation|TDM-Policy)[ \t]*:"
    rb"((?:.|\r?\n[ \t])*)",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_HEAD_BYTES = 100_000  # where the header has no end, the block is all of it
MAX_PREFERENCES = 20
MAX_PREFERENCE_CHARS = 500


class Response(NamedTuple):
    """An HTTP response as it stands in a record's block; `status` None where the block is none."""

    status: int | None
    fields: dict[str, str]
    body: bytes
    preferences: list[dict[str, str]]


def find_preferences(head: bytes) -> list[dict[str, str]]:
    """`in` ("header"), `name` (in lower case) and `value` of each field on what a page may be used for.

    In order, the first 20, of each value the first 500 characters.
    """
    found = []
    for name, value in _PREFERENCE.findall(head[:_MAX_HEAD_BYTES])[:MAX_PREFERENCES]:
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            text = value.decode("latin-1")
        text = " ".join(text.split())[:MAX_PREFERENCE_CHARS]
        found.append({"in": "header", "name": name.decode("ascii").lower(), "value": text})
    return found


def parse_fields(head: bytes) -> dict[str, str]:
    """Values by names in lower case, those of a repeated name joined by a comma."""
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    found: dict[str, list[str]] = {}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return {name: ", ".join(values) for name, values in found.items()}


def parse_response(block: bytes) -> Response:
    """Status, header fields, body and preferences; a header without an end takes the whole block.

    Of a header the first 100,000 bytes are read.
    """
    status = _STATUS.match(block)
    end = _END.search(block)
    head, body = (block[: end.start()], block[end.end() :]) if end else (block, b"")
    code = int(status.group(1)) if status else None
    head = head[:_MAX_HEAD_BYTES]
    return Response(code, parse_fields(head), body, find_preferences(head))


def charset(content_type: str) -> str | None:
    """The charset that a content type names."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    return found.group(1) if found else None


def media_type(content_type: str) -> str:
    """The type without its parameters, in lower case, "" where there is none."""
    return re.split("[;,]", content_type, maxsplit=1)[0].strip().lower()
