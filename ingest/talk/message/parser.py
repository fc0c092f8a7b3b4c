"""Messages parsed by Python's own parser, but for those that it would take too long over."""

import re
from email import policy
from email.message import Message
from email.parser import BytesParser

_MULTIPART = re.compile(rb"^Content-Type:\s*(?:multipart|message)/", re.MULTILINE | re.IGNORECASE)
_MAX_MULTIPARTS, _MAX_LOOKS = 100, 5_000_000  # each line is looked at for each multipart around it
_ABOUT = re.compile(  # what Python's parser reads in time that grows with the square of its length
    rb"(?:^|\r)Content-(?:Type|Disposition):([^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*)",
    re.MULTILINE | re.IGNORECASE,
)
_MAX_ABOUT = 4_000


def parse(data: bytes) -> Message:
    """The message. ValueError where it has too many multiparts or too long headers of types."""
    multiparts = len(_MULTIPART.findall(data))
    if multiparts > _MAX_MULTIPARTS or multiparts * data.count(b"\n") > _MAX_LOOKS:
        raise ValueError(
            f"the message has {multiparts} multiparts, more than {_MAX_MULTIPARTS}, or too long ones"
        )
    if any(len(header[1]) > _MAX_ABOUT for header in _ABOUT.finditer(data)):
        raise ValueError(f"a header Content-Type or -Disposition has more than {_MAX_ABOUT:,} bytes")
    return BytesParser(policy=policy.compat32).parsebytes(data)
