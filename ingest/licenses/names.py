"""Words by which pages name licences and keep rights, in the languages of most pages."""

# ruff: noqa: RUF001, E501 - words of many languages

import functools
import re
from typing import NamedTuple

from winnow.ingest.licenses.branches import cut, find_all, fold, has_any
from winnow.ingest.licenses.families import find_families
from winnow.ingest.licenses.hints import ANY, BY_STEMS, CLOSED, OPENED, PUBLIC_STEMS
from winnow.ingest.licenses.links import name_license

RESERVED = "LicenseRef-all-rights-reserved"
PUBLIC = "LicenseRef-public-domain"
_COMMONS = (
    r"creative[\s-]{1,2}commons?|krea komunaĵo|கிரியேட்டிவ் காமன்ஸ்|クリエイティブ[・\s]?コモンズ|知识共享|知識共享|創用\s?cc|创用\s?cc|"
    r"크리에이티브\s?커먼[즈스]|кре[аэ]тив\w{0,4} ко[м]+онс|криейтив ко[м]+ънс|المشاع الإبداعي|"
    r"קריאייטיב קומונס|ครีเอทีฟคอมมอนส์|क्रिएटिव कॉमन्स|क्रियेटिव कॉमन्स|کریتیو کامنز|ক্রিয়েটিভ কমন্স"
)
_PARTS = {
    "BY": r"attribution|attribuzione|namensnennung|reconocimiento|atribuci[óo]n|atribui[çc][ãa]o|reconeixement|"
    r"atribució|naamsvermelding|uznanie\s?autorstwa|[аa]тр[иі]буц|с указанием авторства|"
    r"[іи]з зазначенням авторства|зазначення авторства|признани\w+|признан\w+|навођење|"
    r"表示(?!する|され)|署名|姓名標示|저작자 ?표시|paternit[ée]|uveďte (?:původ|autora)|uvedenie autora|"
    r"erkännande|navngivels\w+|kreditering|nimeä|n[ie]meä|atıf|alıntı|nevezd meg|atribuire|imenovanje|"
    r"priznanje autorstva|autorství|αναφορά (?:δημιουργού|προέλευσης)|نَسب|ن[َُ]?سب المُ?صن[ّ]?ف|النسبة|"
    r"نسبة العمل|انتساب|ذکر منبع|ייחוס|ghi công|ghi nhận công|atribusi|แสดงที่มา|attributie|tunnustus|"
    r"priskyrimas|atsauce|attiecinājums|autorile viitamine|tilvísun|ауторство|atribuite|অ্যাট্রিবিউশন|höfundar getið|aitortu|recoñecemento|एट्रिब्यूशन|श्रेय",
    "NC": r"non[\s-]?commer[cz]i[ae]l|nicht[\s-]?kommerzi?ell|keine kommerzielle|"
    r"pas d.utilisation commerciale|utilisation non commerciale|usage non commercial|"
    r"non commerciale|no[\s-]?com[e]?rcial|n[ãa]o[\s-]?com[e]?rcial|sem fins comerciais|niet[\s-]?commercieel|"
    r"użycie\s?niekomercyjne|некоммерч|некоммерц|некомерц[іи]|некомерційн|非営利|非商业|非商業|비영리|"
    r"neužívejte|neu[zž]ívat[^.]{0,12}komer|nekomer[cč]|nepoužívaj|icke[\s-]?kommersiell|ikke[\s-]?kommerci?\w*|"
    r"ikkekommersiell|epäkaupallinen|eikaupallinen|ei[\s-]?kaupallinen|gayr[iı]\s?tic[aâ]ri|ne add el|"
    r"necomercial|no comercial|μη εμπορική|غير التجاري|غير تجاري|غیر ?تجاری|ללא שימוש מסחרי|לא מסחרי|"
    r"phi thương mại|non-?komersial|nonkomersial|ไม่ใช้เพื่อการค้า|ez[\s-]?komertziala|mitteäriline",
    "ND": r"no[\s-]?deriv|non?[\s-]?d[ée]riv|keine\s?bearbeitung|pas\s?de\s?modification|pas d.[œo]e?uvre d[ée]riv|"
    r"sin[\s-]?(?:obras? ?)?derivad|sense obra derivada|sense obres derivades|non\s?opere\s?derivate|"
    r"no opere derivate|sem deriva|sem obras derivadas|"
    r"geen\s?afgeleide|bez\s?utworów\s?zależnych|без производных|без похідних|改変禁止|禁止演绎|禁止演繹|禁止改作|변경 ?금지|"
    r"nezpracov|nespracov|bez derivata|brez predelav|inga\s?bearbetningar|ingen\s?bearbe[ij]d\w*|nezasahuj|bez odvoden|nav atvasin|jokių išvestin|"
    r"aðlaganir bannaðar|ei\s?muutoksia|ei muutettuja|türetilemez|ne változtasd|fără (?:modificări|opere)|"
    r"όχι παράγωγα|χωρίς παράγωγα|منع الاشتقاق|بدون اشتقاق|غیر ?اشتقاقی|بدون اقتباس|ללא יצירות נגזרות|"
    r"איסור יצירות נגזרות|không phái sinh|tanpa turunan|ไม่ดัดแปลง|без производни|ez[\s-]?eratorri",
    "SA": r"share[\s-]?a?like|weitergabe unter gleichen|partage (?:dans les m[êe]mes|[àa] l.identique|"
    r"des conditions initiales)|compartir?[\s-]?i?gual|compartir bajo la misma|condividi\s?allo\s?stesso\s?modo|stessa licenza|"
    r"compartil?ha\w*[\s-]?(?:pela mesma|igual)|partilha nos mesmos|partilha nos termos|"
    r"gelijk\s?delen|na\s?tych\s?samych\s?warunkach|на тех же условиях|на тих самих умовах|"
    r"поширення на|розповсюдження на|с сохранением условий|споделяне на споделеното|継承|相同方式共享|"
    r"相同方式分享|동일 ?조건 ?변경 ?허락|zachovejte licenci|zachovajte licenciu|rovnaké šírenie|"
    r"dela på samma|dela[\s-]?lika|lika villkor|"
    r"del på (?:samme|like) vil|delpåsammevilkår|jaasamoin|tarttuva|jaa samoin|aynı lisansla|aynılisansla|"
    r"benzer paylaşım|így add tovább|distribuire în condiții|partajare în condi|"
    r"dijeli pod istim|deli pod (?:istim|enakimi)|παρόμοια διανομή|διανομή με|"
    r"الترخيص بالمثل|المشاركة بالمثل|نشر بالمثل|همانند|שיתוף זהה|chia sẻ tương tự|berbagi ?serupa|"
    r"อนุญาตแบบเดียวกัน|partekatu\s?berdin|jagamine samadel|analogiškas platinimas|līdzīgi nosacījumi|deila\s?eins|samkondiĉe|"
    r"дели(?:ти)? под истим|শেয়ার[\s-]?অ্যালাইক|समान शेयर|शेयर-?अलाइक|delje(?:nje)? pod",
}
_PART = {part: re.compile(pattern, re.IGNORECASE) for part, pattern in _PARTS.items()}
_COMMON = re.compile(_COMMONS, re.IGNORECASE)
_COMMON_WORDS, _BY_WORDS = cut(_COMMON), cut(_PART["BY"])
_REACH, _NEAR = 170, 60  # characters behind the name of Creative Commons for all parts, and for the first
_STOP = re.compile(r"[;|\n\x02]|\. (?=[A-Z])|creative[\s-]commons|[。]", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.])[1-4]\.[05](?!\.?\d)")
_SHORT = re.compile(
    r"(?:(?<![A-Za-z0-9])cc|creative commons|コモンズ|知识共享|커먼즈)(?:[ -]licen[cs]\w*|[ -]lizenz)?"
    r"[\s:\-‐‑–—_/()«“\"]{0,3}(?P<parts>by(?:[\s\-‐‑–—_/]{1,2}(?:nc|nd|sa)){0,3})(?![A-Za-z0-9])"
    r"(?:[\s\-‐‑–—_/(]{0,2}(?:v|ver\.?|version)?\s?(?P<version>[1-4]\.[05]|(?<=_)[1-4](?:_[05])?)(?!\.?\d))?",
    re.IGNORECASE,
)
# "CC 3.0 BY-SA"
_TURNED = re.compile(
    r"(?<![A-Za-z0-9])cc[ -]?(?P<version>[1-4]\.[05])[ -](?P<parts>by(?:[ -](?:nc|nd|sa)){0,2})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w-])(?P<parts>BY(?:-(?:NC|ND|SA)){1,2})[ -](?P<version>[1-4]\.[05])(?!\.?\d)")
_ZERO = re.compile(
    r"(?<![A-Za-z0-9])cc[\s-]?0(?![A-Za-z0-9])(?:[\s-]?(?:v|version )?1\.0)?|creative commons zero|"
    r"creative commons public domain dedication|cc[- ]zero\b",
    re.IGNORECASE,
)
_PORTS = {
    "US": "united states|estados unidos", "DE": "deutschland|germany", "FR": "france|frankreich",
    "ES": "españa|spain|espanya", "NL": "nederland|netherlands", "IT": "italia|italy",
    "AU": "australia", "AT": "österreich|austria", "PL": "polska|poland", "JP": "日本|japan",
    "BR": "brasil|brazil", "CA": "canada", "IGO": r"igo\b", "UK": "uk: england|united kingdom",
    "CH": "schweiz|switzerland|suisse|svizzera", "PT": "portugal", "NZ": "new zealand",
    "TW": "台灣|臺灣|台湾|taiwan", "CN": "中国大陆|中國大陸|china mainland|mainland china",
    "HK": "香港|hong kong", "KR": "대한민국|south korea|korea", "CZ": "česk|czech", "SE": "sverige|sweden",
    "DK": "danmark|denmark", "NO": "norge|norway", "FI": "suomi|finland", "IE": "ireland", "IN": "india",
    "BE": "belgi", "IL": "ישראל|israel", "GR": "ελλάδα|greece", "HU": "magyarország|hungary",
    "RO": "românia|romania", "HR": "hrvatska|croatia", "RS": "srbija|србија|serbia",
    "SI": "slovenija|slovenia", "UA": "україна|ukraine", "MX": "méxico|mexico", "AR": "argentina",
    "CL": "chile", "CO": "colombia", "PE": r"per[uú]\b", "EC": "ecuador", "CR": "costa rica",
    "VE": "venezuela", "PR": "puerto rico", "PH": "philippines", "SG": "singapore",
    "TH": "ประเทศไทย|ไทย|thailand", "VN": "việt nam|vietnam", "ZA": "south africa", "EE": "eesti|estonia",
    "LU": "lu?xembourg", "MK": "macedonia", "BG": "българия|bulgaria", "EG": "egypt", "GT": "guatemala",
}  # fmt: skip
_PORT = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _PORTS.items()), re.IGNORECASE)
_PUBLIC = re.compile(
    r"\b(?:is|are|placed|released|put|dedicated)[^.;|]{0,40} (?:in|into|to) the public domain|"
    r"\b(?:ist|sind) gemeinfrei|dans le domaine public|(?:en|al|de) (?:el )?dominio público|"
    r"(?:nel|di) pubblico dominio|em domínio público|public domain mark|в общественном достоянии|"
    r"является общественным достоянием|w domenie publicznej|属于公有领域|屬於公有領域|パブリックドメインです|"
    r"in het publieke domein|works? of the (?:u\.? ?s\.?|united states|federal) (?:federal )?government"
    r"[^|]{0,60}(?:public domain|not (?:subject to|protected by)(?: \w+){0,2} copyright|not copyrighted)|"
    r"\b(?:release|place|put|dedicate)[sd]?\b[^.;|]{0,60} (?:in|into|to) the public domain|"
    r"i det fria|(?:public domain|gemeingut) \(?gemeinfrei|er i det frie|julkista omaisuutta|kamu malıdır|"
    r"퍼블릭 ?도메인|パブリック・?ドメインに|نطاق عام|ملكية عامة",
    re.IGNORECASE,
)
_PUBLIC_WORDS = cut(_PUBLIC)
_ADDRESS = re.compile(
    r"creativecommons|licensebuttons|gnu\.org|apache\.org|opensource\.org|opendatacommons|nationalarchives|"
    r"mozilla\.org|govdata\.de|norge\.no|artlibre|wtfpl|unlicense\.org|postgresql\.org|etalab|opencontent|"
    r"open\.canada|spdx\.org|choosealicense|opendefinition\.org|w3\.org/|cdla\.",
    re.IGNORECASE,
)
_IS_NAME = re.compile(r"[\w.+-]+")
_URL = re.compile(
    r"(?:https?://|(?<![\w/.])www\.|(?<![\w/.])(?=creativecommons\.org/))[^\s<>\"'）)\]\x02\x03]+"
)
_LINKED = re.compile(f"{OPENED}([^{CLOSED}]*){CLOSED}")


class LicenseName(NamedTuple):
    """A license named in a text, and where; `linked` by its address."""

    license: str
    start: int
    end: int
    linked: bool = False


def _add_words(found: list[LicenseName], named: LicenseName) -> None:
    """Add a name in words, or, where an address of the same license is beside it, what it says more."""
    overlapped = [k for k, one in enumerate(found) if named.start < one.end and one.start < named.end]
    near = overlapped + [k for k, one in enumerate(found) if one.linked and _is_near(named, one)]
    same = [k for k in near if is_same(found[k].license, named.license)]
    for k in same:
        if found[k].linked:
            found[k] = found[k]._replace(license=max(found[k].license, named.license, key=len))
    if not overlapped and not same:
        found.append(named)


@functools.lru_cache(2_000)
def find_names(text: str) -> list[LicenseName]:
    """The licences that a text names, by address or in words, in its order.

    A name in words beside an address of the same license is one with it. The list is kept for the text: it is
    not to be changed.
    """
    plain = text.lower()
    if not has_any(ANY, plain):
        return []
    found = [
        LicenseName(match[1], match.start(), match.end(), True)
        for match in _LINKED.finditer(text)
        if match[1]
    ]
    for named in sorted(_find_words(text), key=lambda each: (each.start, each.start - each.end)):
        _add_words(found, named)
    if any(one.license.startswith(("CC0", "CC-PDM")) for one in found):  # which says how it is public
        found = [one for one in found if one.license != PUBLIC]
    return sorted(found, key=lambda each: each.start)


def _is_near(named: LicenseName, link: LicenseName) -> bool:
    """Whether words stand in a link or behind it, or close before it: "GNU GPL (https://...)"."""
    return -2 <= named.start - link.end <= 60 or 0 <= link.start - named.end <= 14


def mark_addresses(text: str) -> str:
    """A text with the addresses that it writes out by the names of their licences, between marks."""
    return _URL.sub(_mark, text) if "://" in text or ".org/" in text else text


def _mark(match: re.Match[str]) -> str:
    name = name_address(match[0].rstrip(".,;:"))
    return f"{OPENED}{name}{CLOSED}" if name else match[0]


def is_same(one: str, other: str) -> bool:
    """Whether two names may mean one license: one of them says less of its version, or of its country."""
    one, other = (re.sub(r"-(?:only|or-later|no-invariants|invariants)\b", "", each) for each in (one, other))
    short, long = sorted((one, other), key=len)
    port = r"|-[A-Z]{2,3}" if re.search(r"\d$", short) else ""
    return long == short or bool(re.fullmatch(re.escape(short) + rf"(?:-\d.*{port})", long))


def _find_words(text: str) -> list[LicenseName]:
    plain = text.lower()
    found: list[LicenseName] = []
    if "cc" in plain or "commons" in plain or "コモンズ" in plain or "知识共享" in plain or "커먼즈" in plain:
        found += [LicenseName("CC0-1.0", *match.span()) for match in _ZERO.finditer(text)]
        found += [_name_short(match, text) for match in _SHORT.finditer(text)]
        found += [_name_short(match, text) for match in _TURNED.finditer(text)]
    if has_any(BY_STEMS, plain):
        folded = fold(text)
        found += [_name_commons(match, text) for match in find_all(_COMMON_WORDS, text, folded)]
        found += [_name_bare(match, text) for match in find_all(_BY_WORDS, text, folded)]
    if "by-" in plain:
        found += [_name_bare_short(match, text) for match in _BARE.finditer(text)]
    found += [LicenseName(*each) for each in find_families(text)]
    if has_any(PUBLIC_STEMS, plain):
        found += [LicenseName(PUBLIC, *match.span()) for match in find_all(_PUBLIC_WORDS, text, fold(text))]
    return [each for each in found if each.license]


def _name_short(match: re.Match[str], text: str) -> LicenseName:
    """`CC BY-SA 4.0`; not "Creative Commons by somebody"."""
    parts = re.findall(r"[a-z]+", match["parts"].lower())
    if (
        len(parts) == 1
        and not match["version"]
        and not (match["parts"].isupper() or match[0][:2].lower() == "cc")
    ):
        return LicenseName("", 0, 0)
    version = match["version"]
    if version and "." not in version:  # "CC_BY_4_0", "cc_by_4"
        version = f"{version[0]}.{version[2:] or 0}"
    return _join_parts([part.upper() for part in parts], version, match.start(), match.end(), text)


def _name_commons(match: re.Match[str], text: str) -> LicenseName:
    """`Creative Commons Attribution-ShareAlike 4.0 International` in words of many languages."""
    window = _STOP.split(text[match.end() : match.end() + _REACH])[0]
    places = {part: found for part, pattern in _PART.items() if (found := pattern.search(window))}
    if not places or min(found.start() for found in places.values()) > _NEAR:
        return LicenseName("", 0, 0)
    version = _NUMBER.search(window)
    end = max([found.end() for found in places.values()] + ([version.end()] if version else []))
    return _join_parts(list(places), version[0] if version else None, match.start(), match.end() + end, text)


def _name_bare(match: re.Match[str], text: str) -> LicenseName:
    """`Attribution-ShareAlike 4.0`, `署名-相同方式共享`: what is asked, with another part or a version."""
    window = _STOP.split(text[match.end() : match.end() + 110])[0]
    places = {part: found for part, pattern in _PART.items() if (found := pattern.search(window))}
    places.pop("BY", None)
    if places and min(found.start() for found in places.values()) > 24:
        places = {}
    end = max((found.end() for found in places.values()), default=0)
    version = _NUMBER.search(window[: end + 60 if places else 24])
    if not version and not places:
        return LicenseName("", 0, 0)
    end = max(end, version.end() if version else 0)
    return _join_parts(list(places), version[0] if version else None, match.start(), match.end() + end, text)


def _name_bare_short(match: re.Match[str], text: str) -> LicenseName:
    """`BY-NC-SA 4.0` without more."""
    parts = match["parts"].upper().split("-")
    return _join_parts(parts, match["version"], match.start(), match.end(), text)


def _join_parts(parts: list[str], version: str | None, start: int, end: int, text: str) -> LicenseName:
    order = ["BY", *(name for name in ("NC", "ND", "SA") if name in parts)]  # since version 2 all have BY
    port = None
    if version and version != "4.0":
        rest = re.sub(r"^(?:de|von|di|da) (?=[A-ZÉÖ])", "", text[end : end + 34].lstrip(' (-–»”’)"'))
        match = _PORT.match(rest)
        port = (
            match.lastgroup
            if match
            else rest[:2]
            if re.match(r"[A-Z]{2}\b", rest) and rest[:2] in _PORTS
            else None
        )
    return LicenseName("-".join(filter(None, ("CC", *order, version, port))), start, end)


def name_address(href: str) -> str | None:
    """The license that an address means; None where it is no known license's."""
    if not _ADDRESS.search(href[:2_000]):
        return None
    found = name_license(href[:2_000])
    return found if found and _IS_NAME.fullmatch(found) else None
