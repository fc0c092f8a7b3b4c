"""What the XMP packet of a PDF says of rights: the license, and whether mining is reserved (TDMRep)."""

import re
from html import unescape

_MAX_CHARS = 1_000_000  # of a packet that are read
_LICENSE = re.compile(
    r"(?:cc:license|xmpRights:WebStatement)\b[^>]*?>?[\"'\s]*(https?://[^\"'<>\s]+)"
)  # as element, as attribute, or as resource
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PREFIX = re.compile(r"\bxmlns:([\w.-]{1,50})\s{0,9}=\s{0,9}([\"'])https?://www\.w3\.org/ns/tdmrep[/#]?\2")
_NAMES = ("reservation", "policy")
_MAX_SAID, _MAX_VALUE_CHARS = 20, 500


def find_license(packet: str) -> str:
    """The address of a license (`cc:license`, `xmpRights:WebStatement`), or ""."""
    found = _LICENSE.search(packet)
    return found[1] if found else ""


def find_reservations(packet: str) -> list[dict[str, str]]:
    """`in` ("xmp"), `name` (`tdm-reservation`, `tdm-policy`) and `value` of what is said of mining.

    By the TDM Reservation Protocol of a W3C community group: properties `reservation` and `policy` of the
    namespace http://www.w3.org/ns/tdmrep/, as attributes or elements, under any prefix declared for it.
    """
    plain = _COMMENT.sub(" ", packet[:_MAX_CHARS])
    found = []
    for prefix in dict.fromkeys(each[1] for each in _PREFIX.finditer(plain)):
        said = re.compile(
            rf"(?<![\w:./-]){re.escape(prefix)}:({'|'.join(_NAMES)})(?![\w:.-])"
            r"(?:\s{0,9}=\s{0,9}\"([^\"<]*)\"|\s{0,9}=\s{0,9}'([^'<]*)'|[^<>]{0,200}(?<!/)>([^<]*))"
        )
        for name, *values in said.findall(plain):
            value = " ".join(unescape("".join(values)).split())[:_MAX_VALUE_CHARS]
            if value:
                found.append({"in": "xmp", "name": f"tdm-{name}", "value": value})
    return found[:_MAX_SAID]
