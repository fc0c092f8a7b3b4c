"""What a PDF says of its licence: `cc:license` and `xmpRights` in its XMP packet, `dc:rights`, and, where
the words are plain, its first or last page.

The names are SPDX's; `LicenseRef-all-rights-reserved` where rights are kept. The evidence is as of web pages
(docs/licenses.md): `in` is `xmp` or `text`, `region` the field, or `first page` and `last page`.
"""

# ruff: noqa: RUF001 - words of many languages

import json
import re
from collections.abc import Sequence
from html import unescape

RESERVED = "LicenseRef-all-rights-reserved"
MAX_PACKET, MAX_VALUE, MAX_TEXT, MAX_PAGE = 200_000, 800, 200, 20_000
_FIELDS = ("cc:license", "dcterms:license", "xmpRights:WebStatement", "xmpRights:UsageTerms", "dc:rights")
_VALUE = {
    name: re.compile(
        rf"<{name}\b[^>]*?rdf:resource\s*=\s*[\"']([^\"']{{1,{MAX_VALUE}}})|"
        rf"<{name}\b[^>]*>(.{{1,{4 * MAX_VALUE}}}?)</{name}>"
        rf"|\b{name}\s*=\s*[\"']([^\"']{{1,{MAX_VALUE}}})",
        re.DOTALL,
    )
    for name in _FIELDS
}
_TAG = re.compile(r"<[^<>]*>")
_LINK = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-(?:nc|nd|sa)){0,2})|publicdomain/(zero|"
    r"mark))(?:/(\d\.\d))?(?:/([a-z]{2,3})(?![a-z]))?",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\bCC[ -](BY(?:[ -](?:NC|ND|SA)){0,2})\b(?:[ -]*(?:v|version )?([1-4]\.[05]))?|\bCC ?0\b", re.IGNORECASE
)
_FULL = re.compile(
    r"creative commons[\s:,(-]{1,4}(?:licen[cs]e[\s:,(-]{1,4})?attribution"
    r"((?:[\s\-–,/]{1,3}(?:and )?(?:non[- ]?commercial|"
    r"share[- ]?alike|"
    r"no[- ]?deriv\w*(?: works)?)){0,2})[^.;]{0,40}?(?:([1-4]\.[05])|licen[cs]e|[.;]|$)",
    re.IGNORECASE,
)
_KEPT = re.compile(
    r"all rights (?:are )?reserved|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos reservados|"
    r"tutti i diritti riservati|todos os direitos reservados|alle rechten voorbehouden|все права защищены|"
    r"wszelkie prawa zastrzeżone|版[权權]所有|保留所有[权權]利|無断転載",
    re.IGNORECASE,
)
# Words by which a page speaks of the document itself: "This is an open access article distributed under ...".
_OWN = re.compile(
    r"(?:\b(?:this|the present) (?:is an? )?(?:open[- ]access )?(?:\w+ )?(?:article|work|paper|document|"
    r"book|report|publication|thesis|chapter|"
    r"manual|guide|text)|open access(?: article)?[^.]{0,30}|\bdies(?:e|er|es) (?:werk|dokument|artikel|"
    r"publikation)|"
    r"\bcet(?:te)? (?:article|[œo]euvre|document|publication)|\besta? (?:obra|art[ií]culo|"
    r"documento))[^.]{0,80}?"
    r"(?:licen[cs]ed|distributed|published|made available|available|released|lizenziert|steht|sous|"
    r"bajo)[^.]{0,80}$",
    re.IGNORECASE,
)


def read_fields(packet: str) -> list[tuple[str, str]]:
    """The fields of an XMP packet that speak of rights, with their values, bounded."""
    found = []
    for name, pattern in _VALUE.items():
        for match in pattern.finditer(packet[:MAX_PACKET]):
            value = next((one for one in match.groups() if one), "")
            if words := " ".join(unescape(_TAG.sub(" ", value)).split()):
                found.append((name, words[:MAX_VALUE]))
    return found[:8]


def judge(fields: Sequence[Sequence[str]], first: str, last: str) -> tuple[str | None, str | None]:
    """The license and the evidence as JSON, by the fields of XMP, else by the words of two pages; or None."""
    told = []
    for field, value in fields:
        if license := name_license(value) or (RESERVED if _KEPT.search(value) else None):
            told.append(
                {
                    "license": license,
                    "in": "xmp",
                    "region": field,
                    "of": "page",
                    "confidence": 0.9,
                    "text": value[:MAX_TEXT],
                }
            )
    for region, text in (("first page", first), ("last page", last)):
        if found := _read_page(" ".join(text[:MAX_PAGE].split())):
            license, words = found
            told.append(
                {
                    "license": license,
                    "in": "text",
                    "region": region,
                    "of": "page",
                    "confidence": 0.7,
                    "text": words,
                }
            )
    if not told:
        return None, None
    named = [one for one in told if one["license"] != RESERVED] or told
    chosen = named[0]
    ordered = [chosen, *(one for one in told if one is not chosen)]
    if any(not _agree(str(one["license"]), str(chosen["license"])) for one in named):
        for one in named:
            one["conflict"] = True
    return str(chosen["license"]), json.dumps(ordered, ensure_ascii=False)


def name_license(words: str) -> str | None:
    """The Creative Commons licence that an address or words name."""
    if link := _LINK.search(words):
        parts, domain, version, country = link.groups()
        name = {"zero": "CC0", "mark": "CC-PDM"}[domain.lower()] if domain else f"CC-{parts.upper()}"
        return "-".join(filter(None, (name, version, (country or "").upper())))
    if short := _SHORT.search(words):
        if not short[1]:
            return "CC0-1.0"
        return "-".join(filter(None, ("CC", short[1].upper().replace(" ", "-"), short[2])))
    if full := _FULL.search(words):
        said = re.sub(r"[^a-z]", "", full[1].lower())
        parts = [
            part for part, word in (("NC", "commercial"), ("ND", "deriv"), ("SA", "alike")) if word in said
        ]
        return "-".join(filter(None, ("CC-BY", *parts, full[2])))
    return None


def _read_page(text: str) -> tuple[str, str] | None:
    """The license that a page says the document is under, with the words; kept rights beside a name and
    year."""
    for pattern in (_LINK, _SHORT, _FULL):
        for match in pattern.finditer(text):
            if _OWN.search(text[max(0, match.start() - 220) : match.start()]):
                words = text[max(0, match.start() - 100) : match.end() + 60]
                license = name_license(text[match.start() : match.end() + 160])
                return (license, words[:MAX_TEXT]) if license else None
    for match in _KEPT.finditer(text):
        around = text[max(0, match.start() - 100) : match.end() + 40]
        if re.search(r"©|\(c\)|copyright|\b(?:19|20)\d\d\b", around, re.IGNORECASE):
            return RESERVED, around[:MAX_TEXT]
    return None


def _agree(one: str, other: str) -> bool:
    """Whether one says no more than less of the other."""
    short, long = sorted((one, other), key=len)
    return long == short or bool(re.fullmatch(re.escape(short) + r"-(?:\d.*|[A-Z]{2,3})", long))
