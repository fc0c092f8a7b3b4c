"""By what the header of a record is known, in WARC files (ISO 28500) and ARC files (versions 1 and 2)."""

import re

MAX_HEAD_BYTES = 65_536

# The line of an ARC record: URL, address, date, type, (of version 2) more, length. Crawlers wrote URLs as
# they found them, with blanks, and dates of fewer digits or none: an address and a date make a line.
_ARC_BEGIN = (
    rb"[A-Za-z][A-Za-z0-9.+-]*:[^\r\n]{0,3500}?"
    rb"[ \t](?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,41}|-|(?i:null))"
    rb"[ \t]+(?:\d{1,17}|(?i:null)|-)[ \t]"
)
_ARC_LINE = _ARC_BEGIN + rb"(?:[ \t]*[^ \t\r\n]{1,500}[ \t]){0,9}[ \t]*(\d{1,25})[ \t]*\r?\n"
WARC_VERSION = re.compile(rb"WARC/\d\.\d+\r?\n")
BLANK_LINE = re.compile(rb"\r?\n\r?\n")
ARC_HEAD = re.compile(_ARC_LINE)
_WARC_LINE = rb"WARC/\d\.\d+\r?\n(?=[A-Za-z-]+[ \t]*:)"
_ANY_LINE = _WARC_LINE + b"|" + _ARC_LINE
BEHIND_LINE_END = re.compile(rb"(?<=\n)(?:%b)" % _ANY_LINE)
# They begin with a character, which is searched for ten times as fast as looked for behind each place.
NEXT_WARC, NEXT_ARC, NEXT_ANY = (
    re.compile(rb"\n(?=%b)" % line) for line in (_WARC_LINE, _ARC_LINE, _ANY_LINE)
)
# In garbage, where a header need not begin a line.
GLUED_WARC = re.compile(rb"WARC/\d\.\d+\r\n(?i:WARC|Content)-[A-Za-z-]+[ \t]*:")
_LENGTH = re.compile(
    rb"^content-length[ \t]*:[ \t]*(?:\r?\n[ \t]+)?(\d+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_LENGTH_DIGITS = 19  # of more the first ones say enough: it is too long
_MAX_LENGTHS = 4
MAX_LENGTH = 10**12  # what says more is no length
AFTER_WARC = re.compile(rb"[\r\n\0]*(?:WARC/\d|\Z)")
AFTER_ARC = re.compile(rb"[\r\n\0]*(?:%b|\Z)" % _ARC_BEGIN)
LOOKAHEAD = 4_096
BOM = b"\xef\xbb\xbf"
OPENS = re.compile(rb"(?:%b)?(?:WARC/\d|filedesc:|%b)" % (BOM, _ARC_LINE))
FOLLOWS = re.compile(rb"[\r\n]*(?:WARC/\d|%b|\Z)" % _ARC_BEGIN)


def read_lengths(head: bytes) -> list[int]:
    """What the header of a WARC record, or of a response, says of its length: the different ones of the first
    four."""
    said = (int(digits[:_LENGTH_DIGITS]) for digits in _LENGTH.findall(head)[:_MAX_LENGTHS])
    return list(dict.fromkeys(length for length in said if length <= MAX_LENGTH))


def measure(data: bytes | bytearray, at: int) -> tuple[int, int] | None:
    """Where the block of a record begins whose header stands at `at`, and its length; None where no header
    stands there, or none that says so."""
    if found := ARC_HEAD.match(data, at):
        return None if (length := int(found[1])) > MAX_LENGTH else (found.end(), length)
    version = WARC_VERSION.match(data, at)
    blank = version and BLANK_LINE.search(data, version.end(), at + MAX_HEAD_BYTES)
    lengths = read_lengths(bytes(data[at : blank.end()])) if blank else []
    return (blank.end(), lengths[0]) if blank and lengths else None
