"""By what the header of a record is known, in WARC files (ISO 28500) and ARC files (versions 1 and 2)."""

import re

MAX_HEAD_BYTES = 65_536

# The line of an ARC record: URL, address, date, type, (of version 2) more, length. Crawlers wrote URLs as
# they found them, with blanks, and dates of fewer digits or none: an address and a date make a line.
_ARC_BEGIN = (
    rb"[a-z][a-z0-9.+-]*:[^\r\n]{0,3500}?"
    rb"[ \t](?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,41}|-|null)"
    rb"[ \t]+(?:\d{1,17}|null|-)[ \t]"
)
_ARC_LINE = _ARC_BEGIN + rb"(?:[ \t]*[^ \t\r\n]{1,500}[ \t]){0,9}[ \t]*(\d{1,18})[ \t]*\r?\n"
WARC_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
ARC_HEAD = re.compile(_ARC_LINE)
_WARC_LINE = rb"WARC/\d\.\d+\r?\n(?=[A-Za-z-]+:)"
_ANY_LINE = _WARC_LINE + b"|" + _ARC_LINE
BEHIND_LINE_END = re.compile(rb"(?<=\n)(?:%b)" % _ANY_LINE)
# They begin with a character, which is searched for ten times as fast as looked for behind each place.
NEXT_WARC, NEXT_ARC, NEXT_ANY = (
    re.compile(rb"\n(?=%b)" % line) for line in (_WARC_LINE, _ARC_LINE, _ANY_LINE)
)
_LENGTH = re.compile(rb"^content-length:[ \t]*(?:\r?\n[ \t]+)?(\d+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_LENGTH_DIGITS = 19  # of more the first ones say enough: it is too long
AFTER_WARC = re.compile(rb"\r?\n\r?\n|[\r\n]*(?:WARC/\d|\Z)")
AFTER_ARC = re.compile(rb"[\r\n]*(?:%b|\Z)" % _ARC_BEGIN)
LOOKAHEAD = 4_096
OPENS = re.compile(rb"WARC/\d|filedesc:|" + _ARC_LINE)
FOLLOWS = re.compile(rb"[\r\n]*(?:WARC/\d|%b|\Z)" % _ARC_BEGIN)


def read_length(head: bytes) -> int | None:
    """What the header of a WARC record says of its length."""
    found = _LENGTH.search(head)
    return int(found.group(1)[:_LENGTH_DIGITS]) if found else None


def measure(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Where the block of a record begins whose header stands at `at`, and its length; None where no header
    stands there, or none that says so."""
    if found := ARC_HEAD.match(data, at):
        return found.end(), int(found[1])
    version = WARC_VERSION.match(data, at)
    blank = version and BLANK_LINE.search(data, version.end(), at + MAX_HEAD_BYTES)
    length = read_length(bytes(data[at : blank.end()])) if blank else None
    return None if blank is None or length is None else (blank.end(), length)
