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
# Others that documents name in words, beside Creative Commons.
_OTHERS = tuple(
    (re.compile(pattern, re.IGNORECASE), license)
    for pattern, license in (
        (r"open government licen[cs]e,?[ (]*v(?:ersion )?\.?3(?:\.0)?", "OGL-UK-3.0"),
        (r"open government licen[cs]e,?[ (]*v(?:ersion )?\.?2(?:\.0)?(?! ?[-–] ?canada)", "OGL-UK-2.0"),
        (r"(?:gnu free documentation licen[cs]e|\bGFDL),? (?:v(?:ersion )?\.?)?1\.3", "GFDL-1.3"),
        (r"(?:gnu free documentation licen[cs]e|\bGFDL),? (?:v(?:ersion )?\.?)?1\.2", "GFDL-1.2"),
        (r"licence ouverte[ /a-z]*(?:v|version )?2\.0|\betalab-2\.0", "etalab-2.0"),
        (r"datenlizenz deutschland[ ,–-]+namensnennung[ ,–-]+version 2\.0|dl-de/by-2-0", "DL-DE-BY-2.0"),
        (r"datenlizenz deutschland[ ,–-]+zero[ ,–-]+version 2\.0|dl-de/zero-2-0", "DL-DE-ZERO-2.0"),
    )
)
_KEPT = re.compile(
    r"all rights (?:are )?reserved|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos reservados|"
    r"tutti i diritti riservati|todos os direitos reservados|alle rechten voorbehouden|все права защищены|"
    r"wszelkie prawa zastrzeżone|版[权權]所有|保留所有[权權]利|無断転載|tots els drets reservats|"
    r"toate drepturile rezervate|"
    r"alla rättigheter förbehåll|alle rettigheter (?:forbeholdt|reserver)|alle rettigheder forbehold|"
    r"kaikki oikeudet pidätetään|všechna práva vyhrazena|všetky práva vyhradené|minden jog fenntartva|"
    r"(?:tüm|her) hakk?(?:ları|ı) saklıdır|sva prava pridržana|vse pravice pridržane|"
    r"всички права запазени|(?:у|в)сі права захищен|"
    r"με επιφύλαξη παντός δικαιώματος|כל הזכויות שמורות|جميع الحقوق محفوظة|모든 권리|"
    r"bảo lưu mọi quyền|hak cipta dilindungi|"
    r"สงวนลิขสิทธิ์|सर्वाधिकार सुरक्षित",
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
    for pattern, license in _OTHERS:
        if pattern.search(words):
            return license
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
    for pattern in (_LINK, _SHORT, _FULL, *(one for one, _ in _OTHERS)):
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
