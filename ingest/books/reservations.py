"""What the package of an EPUB says of mining it: the TDM Reservation Protocol of a W3C community group."""

from lxml import etree

_PLACES = ("http://www.w3.org/ns/tdmrep", "https://www.w3.org/ns/tdmrep")
_NAMES = ("reservation", "policy")
_USUAL = "tdm"  # the prefix that the protocol gives; some books do not declare it
_MAX, _MAX_CHARS = 20, 500


def find_reservations(package: etree._Element) -> list[dict[str, str]]:
    """`in` ("epub"), `name` (`tdm-reservation`, `tdm-policy`) and `value` of each, in the package's order.

    EPUB 2 has `<meta name="tdm:reservation" content="1"/>`, EPUB 3 `<meta property="tdm:reservation">`, by a
    prefix that the package declares. What refines another entry is not about the book.
    """
    prefixes = _read_prefixes(package.get("prefix") or "")
    found = []
    for node in package.iterfind("{*}metadata//{*}meta"):
        if node.get("refines"):
            continue
        said = {
            _find_name(node.get("name") or "", {_USUAL}): node.get("content"),
            _find_name(node.get("property") or "", prefixes): "".join(map(str, node.itertext())),
        }
        for name, value in said.items():
            text = " ".join((value or "").split())[:_MAX_CHARS]
            if name and text:
                found.append({"in": "epub", "name": f"tdm-{name}", "value": text})
    return found[:_MAX]


def _find_name(said: str, prefixes: set[str]) -> str:
    prefix, _, name = said.strip().replace("tdm-", "tdm:", 1).partition(":")
    return name if prefix in prefixes and name in _NAMES else ""


def _read_prefixes(said: str) -> set[str]:
    """Those that stand for the protocol: `tdm: http://www.w3.org/ns/tdmrep#`."""
    words = said.split()
    declared = {
        prefix.removesuffix(":"): place for prefix, place in zip(words[::2], words[1::2], strict=False)
    }
    declared.setdefault(_USUAL, _PLACES[0])
    return {prefix for prefix, place in declared.items() if place.rstrip("#/") in _PLACES}
