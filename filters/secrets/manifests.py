"""Values in Kubernetes' manifests of secrets: Base64, so that nothing in them looks like what it is."""

import base64
import binascii
import re
from collections.abc import Iterator

_KIND = re.compile(rb"(?m)^[ \t\"']*kind[\"']?[ \t]*:[ \t]*[\"']?Secret[\"']?[ \t]*,?[ \t]*\r?$")
_VALUE = re.compile(
    rb"(?m)^[ \t]+[\"']?[\w.-]+[\"']?[ \t]*:[ \t]*[\"']?([A-Za-z0-9+/]{8,}={0,2})[\"']?[ \t]*,?[ \t]*\r?$"
)


def find_values(text: bytes) -> Iterator[tuple[int, int, str]]:
    """Where values stand that decode to text, in the documents of `text` that are of the kind Secret."""
    if b"Secret" not in text or b"kind" not in text:
        return
    start = 0
    for part in re.split(rb"(?m)^(?=---)", text):
        for match in _VALUE.finditer(part) if _KIND.search(part) else ():
            if _decodes(match[1]):
                yield start + match.start(1), start + match.end(1), "kubernetes-secret"
        start += len(part)


def _decodes(value: bytes) -> bool:
    try:
        return base64.b64decode(value, validate=True).decode().isprintable()
    except (binascii.Error, UnicodeDecodeError):
        return False
