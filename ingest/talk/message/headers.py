"""Headers of a message: decoded, names, dates, and what it answers."""

import re
from datetime import UTC
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from winnow.ingest.io.charset import decode

_MAX_CHARS = 20_000  # of a header: a thread of 200 messages has as many in `References`
_NAME = re.compile(r"<\s?([^<>\s]{1,500})\s?>")
_REPLY = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:re|aw|sv|antw|ref|rif|odp|vs|回复|答复)\s*(?:\[\d+\])?\s*[:\uff1a]\s*",
    re.I,
)
_SPACE = re.compile(r"\s+")
_PIPERMAIL = re.compile(r"^[\w.+-]+ at [\w.-]+\s+\((.*)\)$")


def read_header(message: Message, name: str) -> str:
    """The first header of a name in one line, encoded words decoded, whatever charset they claim; or ""."""
    return _decode_words(_get_raw(message, name))


def decode_words(value: str) -> str:
    """A value of a header in one line, encoded words decoded, whatever charset they claim."""
    return _decode_words(value[:_MAX_CHARS].encode("utf-8", "surrogateescape").decode("latin-1"))


def _decode_words(value: str) -> str:
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        pieces = [(value, None)]
    text = "".join(_decode(piece, charset) for piece, charset in pieces)
    return _SPACE.sub(" ", text).strip()


def _get_raw(message: Message, name: str) -> str:
    """The first header of a name as it stands, a character a byte; or "". `message.get` loses such bytes."""
    values = (str(value) for key, value in message.raw_items() if key.lower() == name.lower())
    return next(values, "")[:_MAX_CHARS].encode("utf-8", "surrogateescape").decode("latin-1")


def _decode(piece: str | bytes, charset: str | None) -> str:
    if isinstance(piece, str):
        piece = piece.encode("latin-1")
    return decode(piece, charset)[0]


def list_names(message: Message, header: str) -> list[str]:
    """Names of messages (`Message-ID`s without brackets) in a header, in order, each once."""
    value = _SPACE.sub(" ", _get_raw(message, header))
    found = _NAME.findall(value)
    if not found and header == "Message-ID" and value.strip():
        return [value.strip()[:500]]
    return list(dict.fromkeys(found))


def read_date(message: Message) -> str | None:
    """When it was sent, in UTC, or None where nobody can tell."""
    try:
        date = parsedate_to_datetime(_get_raw(message, "Date"))
        date = date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date.strftime("%Y-%m-%dT%H:%M:%SZ") if date.year >= 1970 else None


def read_author(message: Message) -> str | None:
    """The name of who wrote it, else the address."""
    value = read_header(message, "From")
    if found := _PIPERMAIL.match(value):
        return found[1].strip() or None
    name, address = parseaddr(value)
    return name.strip(" '\"") or address or value or None


def read_subject(message: Message, list_name: str | None) -> tuple[str, bool]:
    """The subject without marks of replies and without the list's name, and whether it is a reply's."""
    subject, is_reply = read_header(message, "Subject"), False
    tag = re.compile(rf"^\[{re.escape(list_name)}\]\s*", re.I) if list_name else None
    while True:
        before = subject
        subject = tag.sub("", subject) if tag else subject
        if found := _REPLY.match(subject):
            subject, is_reply = subject[found.end() :], True
        if subject == before:
            return subject.strip(), is_reply


def read_list(message: Message) -> str | None:
    """The name of the mailing list by which it came."""
    found = re.search(r"<([\w-]+)[.@>]", read_header(message, "List-Id"))
    if not found:
        found = re.search(r"mailto:([\w-]+)@", read_header(message, "List-Post"))
    return found[1] if found else None
