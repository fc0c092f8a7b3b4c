"""Names of licences, from the links by which pages declare them."""

import functools
import re

from license_expression import get_license_index

_MAX_LENGTH = 200
_CREATIVE_COMMONS = re.compile(
    r"(?:creativecommons\.org|licensebuttons\.net)/(?:licen[sc]es?/|l/|p/|presskit/buttons/[\w/]{1,20}?/)?"
    r"(?:(?P<parts>(?:by|nc|nd|sa|sampling)(?:[-+](?:by|nc|nd|sa))*)(?=[/.?#&\s\"')\]]|$)"
    r"|(?:publicdomain/)?(?P<domain>zero|mark|certification|publicdomain)\b)"
    r"(?:/(?P<version>\d\.\d)(?:/(?P<country>[a-z]{2,3})(?=[/?#\s\"')\]]|$))?)?",
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
    (re.compile(r"apache\.org/licenses/LICENSE-(2\.0|1\.1)", re.IGNORECASE), "Apache-{}"),
    (re.compile(r"opendatacommons\.org/(?:licenses/)?(odbl|by|pddl)\b", re.IGNORECASE), "ODC-{}"),
    (
        re.compile(
            r"opendefinition\.org/licen[cs]es/(cc-(?:by-sa|by|zero)|odc-odbl|odc-by|odc-pddl)\b",
            re.IGNORECASE,
        ),
        "{}",
    ),
    (
        re.compile(
            r"w3\.org/[\w/]*?(?:2015/doc-license|copyright-software-and-document)|w3\.org/[\w/]*?2015/(copyright-software)",
            re.IGNORECASE,
        ),
        "W3C-20150513",
    ),
    (re.compile(r"cdla\.(?:dev|io)/(permissive|sharing)-(\d)-(\d)", re.IGNORECASE), "CDLA-{}-{}.{}"),
    (re.compile(r"mozilla\.org/(?:[\w-]{2,5}/)?MPL/(\d\.\d)", re.IGNORECASE), "MPL-{}"),
    (re.compile(r"govdata\.de/dl-de/(by|zero)-2-0", re.IGNORECASE), "DL-DE-{}-2.0"),
    (re.compile(r"opencontent\.org/(openpub)", re.IGNORECASE), "OPUBL-1.0"),
    (re.compile(r"data\.norge\.no/nlod(?:/\w\w)?/([12])\.0", re.IGNORECASE), "NLOD-{}.0"),
    (re.compile(r"data\.norge\.no/(nlod)", re.IGNORECASE), "NLOD-2.0"),
    (re.compile(r"artlibre\.org/(lic)", re.IGNORECASE), "LAL-1.3"),
    (re.compile(r"(wtfpl)\.net|sam\.zoy\.org/wtfpl", re.IGNORECASE), "WTFPL"),
    (re.compile(r"//(unlicense)\.org", re.IGNORECASE), "Unlicense"),
    (re.compile(r"postgresql\.org/about/(licen)", re.IGNORECASE), "PostgreSQL"),
    (re.compile(r"etalab[\w./-]{0,60}(licence-ouverte|open-licen)", re.IGNORECASE), "etalab-2.0"),
    (re.compile(r"open\.canada\.ca/[\w/-]*(open-government-licence)", re.IGNORECASE), "OGL-Canada-2.0"),
    (re.compile(r"nationalarchives\.gov\.uk/doc/open-government-licence/version/([123])"), "OGL-UK-{}.0"),
    (re.compile(r"nationalarchives\.gov\.uk/doc/(open-government-licence)"), "OGL-UK-3.0"),
)
_LISTED = re.compile(
    r"(?:opensource\.org/licen[sc]es?|spdx\.org/licenses|choosealicense\.com/licenses)/(?:alphabetical/)?"
    r"(?P<id>[\w.+-]{2,40})",
    re.IGNORECASE,
)
_OLD_NAMES = {
    "mit-license": "MIT", "bsd-license": "BSD-2-Clause", "isc-license-txt": "ISC", "isc-license": "ISC",
    "apache2.0": "Apache-2.0", "gpl-license": "GPL", "lgpl-license": "LGPL", "bsd-3-clause": "BSD-3-Clause",
    "apache-2-0": "Apache-2.0", "mpl-2-0": "MPL-2.0", "gpl-3-0": "GPL-3.0", "gpl-2-0": "GPL-2.0",
    "lgpl-3-0": "LGPL-3.0", "lgpl-2-1": "LGPL-2.1", "agpl-v3": "AGPL-3.0", "agpl-3.0": "AGPL-3.0",
    "gpl-3.0": "GPL-3.0", "gpl-2.0": "GPL-2.0", "lgpl-3.0": "LGPL-3.0", "lgpl-2.1": "LGPL-2.1",
}  # fmt: skip
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
    if (found := _LISTED.search(words)) and (listed := _name_listed(found["id"])):
        return listed
    if found := _WORDS.search(words):
        parts = "CC0" if found[3] else "CC-" + found[1].upper().replace(" ", "-")
        return f"{parts}-{found[2]}" if found[2] else parts
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in words):
        return None
    return words[:_MAX_LENGTH] or None


def _name_creative_commons(found: re.Match[str]) -> str:
    names = {"zero": "CC0", "mark": "CC-PDM", "certification": "CC-PDDC", "publicdomain": "CC-PDDC"}
    domain = (found["domain"] or "").lower()
    if names.get(domain) == "CC-PDDC":
        return "CC-PDDC"
    version, parts = found["version"], (found["parts"] or "").lower().split("-")
    order = [part for part in ("by", "nc", "nd", "sa") if part in parts]
    spelled = order if len(order) == len(parts) else parts
    name = names[domain] if domain else "-".join(["CC", *(part.upper() for part in spelled)])
    # Since version 4 there are no ports: what follows is a language.
    country = "" if version == "4.0" or domain else (found["country"] or "").upper()
    return "-".join(filter(None, (name, version, country)))


def _name_listed(words: str) -> str | None:
    """An id that a list of licences has in its address."""
    words = re.sub(r"\.(?:php|html?|txt|json)$|/$", "", words).lower()
    return _OLD_NAMES.get(words) or list_ids().get(words)


@functools.cache
def list_ids() -> dict[str, str]:
    """SPDX's ids of licences, by their lower case."""
    names = (each.get("spdx_license_key") or "LicenseRef-" for each in get_license_index())
    return {name.lower(): name for name in names if not name.startswith("LicenseRef-")}


def _spell(name: str) -> str:
    known = {"fdl": "GFDL", "ODC-odbl": "ODbL-1.0", "ODC-by": "ODC-By-1.0", "ODC-pddl": "PDDL-1.0"}
    if name.startswith("DL-DE"):
        return name.upper()
    if name.startswith("CDLA-"):
        return f"CDLA-{name[5:].capitalize()}"
    if name.lower().startswith(("cc-", "odc-")):
        listed = {
            "cc-zero": "CC0-1.0",
            "odc-odbl": "ODbL-1.0",
            "odc-by": "ODC-By-1.0",
            "odc-pddl": "PDDL-1.0",
        }
        return listed.get(name.lower(), name.upper())
    head, _, version = name.partition("-")
    if head.lower() in ("fdl", "gpl", "lgpl", "agpl"):
        return "-".join(filter(None, (known.get(head.lower(), head.upper()), version)))
    return known.get(name, name)
