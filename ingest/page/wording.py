"""Words by which pages name licences and keep rights, in the languages of most pages."""

# ruff: noqa: RUF001 - words of many languages

import re
from typing import NamedTuple

from ingest.page.licenses import name_license

RESERVED = "LicenseRef-all-rights-reserved"
PUBLIC = "LicenseRef-public-domain"

# What an address of a license looks like; `ingest.page.statements` writes its name between these marks.
OPENED, CLOSED = "\x02", "\x03"

_COMMONS = (
    r"creative[\s-]{1,2}commons?|クリエイティブ[・\s]?コモンズ|知识共享|知識共享|創用\s?cc|"
    r"크리에이티브 커먼즈|креатив\w{0,4} коммонс"
)
_PARTS = {
    "BY": r"attribution|attribuzione|namensnennung|reconocimiento|atribuci[óo]n|atribui[çc][ãa]o|"
    r"naamsvermelding|uznanie autorstwa|атрибуци|с указанием авторства|表示|署名|姓名標示|저작자표시|"
    r"paternit[ée]",
    "NC": r"non[\s-]?commercial|nicht[\s-]?kommerziell|keine kommerzielle|pas d.utilisation commerciale|"
    r"non commerciale|no[\s-]?comercial|n[ãa]o[\s-]?comercial|niet[\s-]?commercieel|użycie niekomercyjne|"
    r"некоммерч|非営利|非商业|非商業|비영리",
    "ND": r"no[\s-]?deriv|keine bearbeitung|pas de modification|pas d.[œo]euvre d[ée]riv|"
    r"sin (?:obras? )?derivad|non opere derivate|sem deriva|geen afgeleide|bez utworów zależnych|"
    r"без производных|改変禁止|禁止演绎|禁止改作|변경금지",
    "SA": r"share[\s-]?alike|weitergabe unter gleichen|partage (?:dans les m[êe]mes|[àa] l.identique|"
    r"des conditions initiales)|compartir[\s-]?igual|condividi allo stesso modo|compartilha\w*[\s-]?igual|"
    r"gelijk\s?delen|na tych samych warunkach|на тех же условиях|с сохранением условий|継承|相同方式共享|"
    r"相同方式分享|동일조건변경허락",
}
_PART = {part: re.compile(pattern, re.IGNORECASE) for part, pattern in _PARTS.items()}
_COMMON = re.compile(_COMMONS, re.IGNORECASE)
_REACH, _NEAR = 170, 60  # characters behind the name of Creative Commons for all parts, and for the first
_STOP = re.compile(r"[;|\n\x02]|\. (?=[A-Z])|creative[\s-]commons|[。]", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.])[1-4]\.[05](?!\.?\d)")
_SHORT = re.compile(
    r"(?:(?<![A-Za-z0-9])cc|creative commons)(?: licen[cs]e| licen[cs]ed)?[\s:\-–—_/(]{0,3}"
    r"(?P<parts>by(?:[\s\-–—_/]{1,2}(?:nc|nd|sa)){0,2})(?![A-Za-z0-9])"
    r"(?:[\s\-–—_/(]{0,2}(?:v|ver\.?|version)?\s?(?P<version>[1-4]\.[05])(?!\.?\d))?",
    re.IGNORECASE,
)
_ZERO = re.compile(
    r"(?<![A-Za-z0-9])cc[\s-]?0(?![A-Za-z0-9])(?:[\s-]?(?:v|version )?1\.0)?|creative commons zero|"
    r"creative commons public domain dedication|cc zero\b",
    re.IGNORECASE,
)
_PORTS = {
    "US": "united states", "DE": "deutschland|germany", "FR": "france", "ES": "españa|spain",
    "NL": "nederland|netherlands", "IT": "italia|italy", "AU": "australia", "AT": "österreich|austria",
    "PL": "polska|poland", "JP": "日本|japan", "BR": "brasil|brazil", "CA": "canada", "IGO": r"igo\b",
    "UK": "uk: england|united kingdom", "CH": "schweiz|switzerland", "PT": "portugal",
    "NZ": "new zealand",
}  # fmt: skip
_PORT = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _PORTS.items()), re.IGNORECASE)
_FDL = re.compile(
    r"gnu free documentation licen[cs]e|gnu fdl\b|\bgfdl\b|licence de documentation libre gnu|"
    r"gnu[- ]freie dokumentation|gnu-lizenz für freie dokumentation|licencia de documentación libre|"
    r"gnu 自由文档|gnu自由文档",
    re.IGNORECASE,
)
_GPL = re.compile(
    r"(?:gnu )?(?P<kind>lesser|library|affero)?\s?general public licen[cs]e|\bgnu (?P<short>a?gpl|lgpl)\b|"
    r"\b(?P<bare>a?gpl|lgpl)[\s-]?v?(?=[23])",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?:version|v\.?|versión|versione|versie|версии)?\s{0,2}\(?(?P<number>[123](?:\.[0-3])?)\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"(?:or|and) (?:\(at your (?:option|choice)\)|at your (?:option|choice))?[, ]*any later|or later|"
    r"\d\+|ou ultérieure|oder (?:jede )?später|o posterior|o successiv|or newer",
    re.IGNORECASE,
)
_NO_PARTS = re.compile(r"(?:no|without(?: any)?) invariant sections?", re.IGNORECASE)
_OTHERS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"apache(?: software)? licen[cs]e[, ]*(?:\(?(?:v|version )?\.?2(?:\.0)?)|\bapache[- ]?2\.0",
         "Apache-2.0"),
        (r"\b(?:MIT|expat)(?:[- ]style)?[- ]?licen[cs]e|\blicen[cs]e:? mit\b|\bMIT licensed|licence mit\b",
         "MIT"),
        (r"\b(?:3|three)[- ]clause (?:new )?bsd|\bbsd[- ](?:3|three)[- ]clause|new bsd licen[cs]e",
         "BSD-3-Clause"),
        (r"\b(?:2|two)[- ]clause (?:simplified |freebsd )?bsd|\bbsd[- ](?:2|two)[- ]clause|"
         r"simplified bsd licen[cs]e|freebsd documentation licen[cs]e", "BSD-2-Clause"),
        (r"zero[- ]clause bsd|\b0bsd\b", "0BSD"),
        (r"mozilla public licen[cs]e[, ]*(?:v|version )?\.?2\.0|\bMPL[- ]?2\.0", "MPL-2.0"),
        (r"python software foundation licen[cs]e|\bPSF licen[cs]e", "PSF-2.0"),
        (r"postgresql licen[cs]e", "PostgreSQL"),
        (r"open government licen[cs]e(?:[ -]*(?:v|version )?(?P<v>[123])(?:\.0)?)?(?! ?[-–] ?canada)",
         "OGL-UK-{}.0"),
        (r"licence ouverte|\betalab[- ]?2\.0|open licen[cs]e etalab", "etalab-2.0"),
        (r"\bISC licen[cs]e", "ISC"),
        (r"open (?:data commons )?(?:open )?database licen[cs]e|\bODbL\b", "ODbL-1.0"),
        (r"free art licen[cs]e|licence art libre", "LAL-1.3"),
        (r"design science licen[cs]e", "LicenseRef-DSL"),
        (r"open publication licen[cs]e", "OPUBL-1.0"),
        (r"\bWTFPL\b", "WTFPL"),
        (r"\bunlicense\b", "Unlicense"),
    )
)  # fmt: skip
_PUBLIC = re.compile(
    r"\b(?:is|are|placed|released|put|dedicated)[^.;|]{0,40} (?:in|into|to) the public domain|"
    r"\bist gemeinfrei|dans le domaine public|en el dominio público|nel pubblico dominio|em domínio público",
    re.IGNORECASE,
)
# Stems of which one stands in the words, in lower case, and how these go on.
_KEPT = tuple(
    ([stem.replace("_", " ") for stem in stems.split()], re.compile(pattern, re.IGNORECASE))
    for stems, pattern in (
        (
            "reserved",
            r"all rights? (?:are |is )?(?:strictly )?reserved",
        ),
        (
            "vorbehalt",
            r"alle\s?rechte\s?(?:sind\s)?vorbehalten",
        ),
        (
            "réserv reserv interdite prohibited",
            r"tous (?:les )?droits (?:sont )?(?:strictement )?réservés|tous droits reserves|"
            r"reproduction (?:interdite|prohibited)",
        ),
        (
            "reservad derechos",
            r"todos los derechos (?:est[áa]n )?(?:reservados|protegidos)|reservados todos los derechos|"
            r"derechos reservados",
        ),
        (
            "riservat riservata",
            r"tutti i diritti (?:sono )?riservati|diritti riservati|riproduzione riservata",
        ),
        (
            "reservados",
            r"todos os direitos (?:s[ãa]o )?reservados|direitos reservados",
        ),
        (
            "voorbehouden",
            r"alle rechten (?:zijn )?voorbehouden",
        ),
        (
            "zastrze",
            r"wszelkie prawa (?:są )?zastrzeżone|wszystkie prawa zastrzeżone",
        ),
        (
            "прав",
            r"все права (?:на [\w\s]{1,30})?(?:защищены|сохранены|принадлежат)|права защищены",
        ),
        (
            "無断 転載",
            r"無断(?:転載|複製|使用|引用)[^。\n]{0,20}(?:禁|お断り|固く)|転載を禁|無断転載",
        ),
        (
            "版 保留 不得 禁止",
            r"版[权權]所有|保留(?:所有|一切)[权權]利|(?:未[经經](?:[^。]{0,8})(?:授[权權]|[许許]可)[^。]{0,12}(?:不得|禁止|严禁))|"
            r"不得[转轉][载載]|"
            r"禁止[转轉][载載]",
        ),
        (
            "모든 무단",
            r"모든 권리 보유|무단 ?전재|무단 ?복제",
        ),
        (
            "förbehåll rettighe oikeudet vyhrazen fenntartva drepturile "
            "saklı επιφύλαξη reservats права vyhraden pridržana "
            "reserverade",
            r"alla rättigheter (?:är )?(?:förbehållna|reserverade)|"
            r"alle rettigheter (?:er )?(?:forbeholdt|reservert)|"
            r"alle rettigheder forbeholdes|kaikki oikeudet pidätetään|všechna práva vyhrazena|"
            r"minden jog fenntartva|"
            r"toate drepturile (?:sunt )?rezervate|tüm hakları saklıdır|με επιφύλαξη παντός δικαιώματος|"
            r"tots els drets reservats|всі права захищен[іо]|všetky práva vyhradené|sva prava pridržana",
        ),
        (
            "no_part alle_rechte prohibited",
            r"no part of (?:this|these|the)[^.]{0,60}may be (?:reproduced|copied|used|distributed)|"
            r"alle rechte (?:bei|liegen)|any (?:unauthori[sz]ed )?(?:reproduction|"
            r"copying)[^.]{0,60}(?:is )?(?:strictly )?prohibited",
        ),
    )
)
_HOSTS = ("creativecommons", "gnu.org", "apache.org", "opensource.org", "opendatacommons", "nationalarchives")
# One of these stands in any words that name a license, in lower case.
_HINTS = (
    *(
        "creative",
        "cc-",
        "cc ",
        "cc0",
        "cc:",
        "cc/",
        "cc_",
        "cc\u2013",
        "licen",
        "lizenz",
        "gnu",
        "gpl",
        "gfdl",
        "domain",
        "domín",
        "domini",
        "gemeinfrei",
    ),
    *("bsd", "apache", "etalab", "ouverte", "odbl", "unlicense", "wtfpl", "mpl", "database", "expat"),
    *("知识共享", "知識共享", "創用", "コモンズ", "커먼즈", "коммонс", "自由文档", OPENED),
)
_LINKED = re.compile(f"{OPENED}([^{CLOSED}]*){CLOSED}")


class Named(NamedTuple):
    """A license named in a text, and where; `linked` by its address."""

    license: str
    start: int
    end: int
    linked: bool = False


def find_names(text: str) -> list[Named]:
    """The licences that a text names, by address or in words, in its order.

    A name in words beside an address of the same license is one with it.
    """
    plain = text.lower()
    if not any(hint in plain for hint in _HINTS):
        return []
    found = [
        Named(match[1], match.start(), match.end(), True) for match in _LINKED.finditer(text) if match[1]
    ]
    for named in sorted(_find_words(text), key=lambda each: (each.start, each.start - each.end)):
        if any(named.start < one.end and one.start < named.end for one in found):
            continue
        near = [one for one in found if one.linked and -2 <= named.start - one.end <= 60]
        if not any(is_same(one.license, named.license) for one in near):
            found.append(named)
    return sorted(found, key=lambda each: each.start)


def find_kept(text: str) -> list[re.Match[str]]:
    """Where a text says that rights are kept."""
    plain = text.lower()
    found = [
        match
        for stems, pattern in _KEPT
        if any(stem in plain for stem in stems)
        for match in pattern.finditer(text)
    ]
    return sorted(found, key=lambda match: match.start())


def is_same(one: str, other: str) -> bool:
    """Whether two names may mean one license: one of them says less of its version, or of its country."""
    one, other = (re.sub(r"-(?:only|or-later|no-invariants|invariants)\b", "", each) for each in (one, other))
    short, long = sorted((one, other), key=len)
    return long == short or bool(re.fullmatch(re.escape(short) + r"-(?:\d.*|[A-Z]{2,3})", long))


def _find_words(text: str) -> list[Named]:
    found = [Named("CC0-1.0", *match.span()) for match in _ZERO.finditer(text)]
    found += [_name_short(match, text) for match in _SHORT.finditer(text)]
    found += [_name_commons(match, text) for match in _COMMON.finditer(text)]
    found += [_name_gnu(match, text, "GFDL") for match in _FDL.finditer(text)]
    for match in _GPL.finditer(text):
        kinds = {"lesser": "LGPL", "library": "LGPL", "affero": "AGPL"}
        short = match["short"] or match["bare"]
        family = short.upper() if short else kinds.get((match["kind"] or "").lower(), "GPL")
        found.append(_name_gnu(match, text, family))
    for pattern, name in _OTHERS:
        for match in pattern.finditer(text):
            if "{}" in name and not match["v"]:
                continue
            found.append(Named(name.format(match["v"]) if "{}" in name else name, *match.span()))
    found += [Named(PUBLIC, *match.span()) for match in _PUBLIC.finditer(text)]
    return [each for each in found if each.license]


def _name_short(match: re.Match[str], text: str) -> Named:
    """`CC BY-SA 4.0`; not "Creative Commons by somebody"."""
    parts = re.findall(r"[a-z]+", match["parts"].lower())
    if (
        len(parts) == 1
        and not match["version"]
        and not (match["parts"].isupper() or match[0][:2].lower() == "cc")
    ):
        return Named("", 0, 0)
    return _join_parts([part.upper() for part in parts], match["version"], match.start(), match.end(), text)


def _name_commons(match: re.Match[str], text: str) -> Named:
    """`Creative Commons Attribution-ShareAlike 4.0 International` in words of many languages."""
    window = _STOP.split(text[match.end() : match.end() + _REACH])[0]
    places = {part: found for part, pattern in _PART.items() if (found := pattern.search(window))}
    if not places or min(found.start() for found in places.values()) > _NEAR:
        return Named("", 0, 0)
    version = _NUMBER.search(window)
    end = max([found.end() for found in places.values()] + ([version.end()] if version else []))
    return _join_parts(list(places), version[0] if version else None, match.start(), match.end() + end, text)


def _join_parts(parts: list[str], version: str | None, start: int, end: int, text: str) -> Named:
    order = ["BY", *(name for name in ("NC", "ND", "SA") if name in parts)]  # since version 2 all have BY
    port = None
    if version and version != "4.0":
        rest = text[end : end + 30].lstrip(" (-–")
        match = _PORT.match(rest)
        port = (
            match.lastgroup
            if match
            else rest[:2]
            if re.match(r"[A-Z]{2}\b", rest) and rest[:2] in _PORTS
            else None
        )
    return Named("-".join(filter(None, ("CC", *order, version, port))), start, end)


def _name_gnu(match: re.Match[str], text: str, family: str) -> Named:
    """With the version that follows, and whether a later one may be taken."""
    rest = text[match.end() : match.end() + 90]
    version = _VERSION.search(re.split(r"[;|\n]|\. [A-Z]", rest)[0])
    before = re.search(
        r"version (?P<number>[123](?:\.[0-3])?) of (?:the )?$", text[: match.start()], re.IGNORECASE
    )
    around = text[max(0, match.start() - 160) : match.end() + 160]
    chosen = before or version
    if not chosen:
        either = re.search(
            r"either version (?P<number>[123](?:\.[0-3])?)", text[match.end() : match.end() + 200]
        )
        chosen = either
        around = text[max(0, match.start() - 160) : match.end() + 260]
    if not chosen:
        return Named(family, *match.span())
    number = chosen["number"] if "." in chosen["number"] else f"{chosen['number']}.0"
    sections = "-no-invariants" if family == "GFDL" and _NO_PARTS.search(text) else ""
    return Named(
        f"{family}-{number}{sections}-{'or-later' if _LATER.search(around) else 'only'}", *match.span()
    )


def name_address(href: str) -> str | None:
    """The license that an address means; None where it is no known license's."""
    place = href[:2_000].lower()
    if not any(host in place for host in _HOSTS):
        return None
    found = name_license(href)
    known = found and re.match(r"(?:CC0?|GFDL|GPL|LGPL|AGPL|ODC|ODbL|PDDL|Apache|MIT|BSD|ISC|MPL)\b", found)
    if known and found != href:
        return found
    if "nationalarchives.gov.uk/doc/open-government-licence" in place:
        number = re.search(r"version/([123])", place)
        return f"OGL-UK-{number[1] if number else 3}.0"
    if "docs.python.org" in place and "license" in place:
        return None
    return None
