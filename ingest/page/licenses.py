"""Names of licences, from the links by which pages declare them."""

import re

_MAX_LENGTH = 200
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses/(?P<parts>(?:by|nc|nd|sa|sampling)(?:[-+](?:by|nc|nd|sa))*)"
    r"|publicdomain/(?P<domain>zero|mark))(?:/(?P<version>\d\.\d)(?:/(?P<country>[a-z]{2,3})(?=[/?#\s]|$))?)?",
    re.IGNORECASE,
)
_LINKS = (
    (
        re.compile(
            r"gnu\.org/(?:licenses|copyleft)/(?:old-licenses/)?(fdl|gpl|lgpl|agpl)-(\d\.\d)", re.IGNORECASE
        ),
        "{}-{}",
    ),
    (re.compile(r"gnu\.org/(?:licenses|copyleft)/(fdl|gpl|lgpl|agpl)\b", re.IGNORECASE), "{}"),
    (re.compile(r"apache\.org/licenses/LICENSE-(2\.0)", re.IGNORECASE), "Apache-{}"),
    (
        re.compile(
            r"opensource\.org/licen[sc]es?/(?:.*/)?(MIT|Apache-2\.0|BSD-[23]-Clause|ISC|MPL-2\.0)\b",
            re.IGNORECASE,
        ),
        "{}",
    ),
    (re.compile(r"opendatacommons\.org/licenses/(odbl|by|pddl)\b", re.IGNORECASE), "ODC-{}"),
)
_WORDS = re.compile(
    r"\bCC[ -]?(BY(?:[ -](?:NC|ND|SA)){0,2})(?:[ -]v?(\d\.\d))?(?!\w|\.\d)|\bCC[ -]?(0)\b", re.IGNORECASE
)


def name_license(text: str | None) -> str | None:
    """The SPDX name of the licence that a link or a few words name, else those words, bounded; None for none.

    Creative Commons in all its versions and countries (`CC-BY-SA-3.0-US`, `CC0-1.0`), the GNU licences, and a
    few more by their addresses. A link that says neither is handed on as it is.
    """
    words = " ".join((text or "")[: 4 * _MAX_LENGTH].split())
    if found := _CREATIVE_COMMONS.search(words):
        return _name_creative_commons(found)
    for pattern, name in _LINKS:
        if found := pattern.search(words):
            return _spell(name.format(*found.groups()))
    if found := _WORDS.search(words):
        parts = "CC0" if found[3] else "CC-" + found[1].upper().replace(" ", "-")
        return f"{parts}-{found[2]}" if found[2] else parts
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in words):
        return None
    return words[:_MAX_LENGTH] or None


def _name_creative_commons(found: re.Match[str]) -> str:
    names = {"zero": "CC0", "mark": "CC-PDM"}
    domain = (found["domain"] or "").lower()
    parts = names[domain] if domain else "CC-" + found["parts"].upper()
    return "-".join(filter(None, (parts, found["version"], (found["country"] or "").upper())))


def _spell(name: str) -> str:
    known = {"fdl": "GFDL", "ODC-odbl": "ODbL-1.0", "ODC-by": "ODC-By-1.0", "ODC-pddl": "PDDL-1.0"}
    head, _, version = name.partition("-")
    if head.lower() in ("fdl", "gpl", "lgpl", "agpl"):
        return "-".join(filter(None, (known.get(head.lower(), head.upper()), version)))
    return known.get(name, name)
