"""Names in words of licences that are not Creative Commons': GNU's and others, in many languages."""

# ruff: noqa: RUF001, E501 - words of many languages

import re
from collections.abc import Iterator

from winnow.ingest.licenses.branches import cut, find_all, fold, has_any

_FDL = re.compile(
    r"(?:gnu )?free document(?:ation)? licen[cs]e|gnu[- ]?fdl\b|\bgfdl\b|licence de documentation libre(?: gnu)?|"
    r"gnu[- ]freie dokumentation\w*|(?:gnu-)?lizenz für freie dokumentation|"
    r"licencia (?:gnu )?de documentación libre|"
    r"licen[çc]a (?:gnu )?de documentação livre|llicència de documentació lliure|"
    r"licenza (?:gnu )?per (?:la )?documentazione libera|gnu[- ]licentie voor vrije documentatie|"
    r"gnu-licentie voor vrije documentatie|licencj\w+ (?:gnu )?wolnej dokumentacji|"
    r"лицензи\w+ (?:gnu )?(?:для )?свободной документации|ліцензі\w+ вільної документації|"
    r"gnu ?自由文[档檔件]|gnu ?フリー文書|gnu ?자유 ?문서|svobodn\w+ dokument\w+ gnu|gnu szabad dokumentáció\w*|"
    r"gnu[- ]vrije[- ]documentatie[- ]?licentie|licenc\w+ (?:gnu )?pro (?:volnou|svobodnou) dokumentac\w+|"
    r"gnu (?:fri|frie|fria) dokument\w+|gnu özgür belge\w+ lisans\w*|gnu ?自由文[档檔]授[权權]|"
    r"ліцензі\w+ (?:gnu )?(?:для )?вільної документації|άδει\w+ (?:χρήσης )?ελεύθερης τεκμηρίωσης",
    re.IGNORECASE,
)
_GPL = re.compile(
    r"(?:gnu )?(?P<kind>lesser|library|affero)?\s?general public licen[cs]e|\bgnu[ /-](?P<short>a?gpl|lgpl)\b|"
    r"licence publique (?P<fr>générale)(?: (?P<frk>limitée|amoindrie|affero))?|"
    r"licencia pública (?P<es>general)(?: (?P<esk>reducida|menor|affero))?|"
    r"licen[çc]a pública (?P<pt>geral)(?: (?P<ptk>menor|affero))?|llicència pública general|"
    r"licenza pubblica gener(?:ica|ale)|allgemeine[nr]? (?:öffentliche[nr]? |veröffentlichungs)lizenz|"
    r"powszechn\w+ licencj\w+ publiczn\w+|(?:общественн|публичн)\w+ (?:\w+ )?лицензи\w+|"
    r"лицензи\w+ gnu gpl|gnu ?通用公[共众眾](?:许可|許可|授[权權])|gnu ?一般公衆|gnu ?일반 ?공중|"
    r"(?:vše)?obecn\w+ veřejn\w+ licenc\w+|všeobecn\w+ verejn\w+ licenci\w+|algemene (?:publieke|openbare) licentie|"
    r"allgemeine[nr]? öffentliche[nr]? gnu[- ]lizenz|licenza pública xeral|licen[țţ]\w* public\w* general\w*|"
    r"általános (?:nyilvános|közreadási|közzétételi) (?:licenc|feltétel|szerződés)\w*|"
    r"gnun? yleis\w+ (?:julki\w+ )?(?:lisenssi|käyttöluva)\w*|op(?:ć|št)\w+ javn\w+ licenc\w+|општ\w+ јавн\w+ лиценц\w+|"
    r"splošn\w+ javn\w+ (?:licenc|dovoljenj)\w*|публічн\w+ ліцензі\w+|общ\w+ публич\w+ лиценз\w*|"
    r"γενικ\w+ δημόσι\w+ άδει\w+|genel kamu lisans\w*|giấy phép công cộng (?:chung|gnu)|lizentzia publiko orokor\w*|"
    r"allmänn\w+ (?:publik|offentlig)\w+ licens\w*|(?:generelle?|almene?) offentlige? licens\w*|lisensi publik umum|"
    r"bendr\w+ viešo\w+ licencij\w+|üldi\w+ avalik\w+ litsents\w*|ĝenerala publika permesilo|"
    r"\b(?P<bare>a?gpl|lgpl)[\s-]?(?:v\.?|version|versión|versione|versie|verze|versão|версии|wersj[ai])?\s?(?=[23])|"
    r"(?:(?<=under the )|(?<=terms of the )|(?<=unter der )|(?<=bedingungen der )|(?<=onder de )|(?<=licencí )|(?<=licencji )|"
    r"(?<=licencia )|(?<=licence )|(?<=licenza )|(?<=licença )|(?<=лицензии )|(?<=лицензией )|(?<=termes de la )|(?<=termini della )|"
    r"(?<=términos de la )|(?<=villkoren i )|(?<=betingelserne i ))(?P<low>a?gpl|lgpl)\b",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"(?:version|v\.?|versión|versione|versie|versão|versió|wersj\w+|верси\w+|версі\w+|verze|verzió|"
    r"バージョン|버전|版本|第)?\s{0,2}\(?(?P<number>[123](?:\.[0-3])?|(?<=第)[二三])(?![\d.]*\d)",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"(?:or|and),? (?:\(?(?:at|in) your (?:option|choice|opinion)\)?|later)?[, ]*any (?:later|newer)|"
    r"(?:or|and) (?:any )?(?:later|newer|higher|above|greater)|[123](?:\.\d)?(?:\+|-or-later)|or \(?at your option|"
    r"ou (?:\([^)]{0,30}\) |[^.;]{0,30})?(?:toute |une )?(?:version )?(?:ult[ée]rieure|post[ée]rieure|suivante|"
    r"plus r[ée]cente|sup[ée]rieure)|"
    r"oder (?:\([^)]{0,40}\) |[^.;]{0,40})?(?:jede[rn]? |eine[rn]? |einer? )?(?:spätere|neuere|höher)|"
    r"\bo[u]? (?:\([^)]{0,30}\) |[^.;]{0,40})?(?:posterior|superior|mais recente|más reciente|successiv|"
    r"ulterior|més recent)|"
    r"of (?:\([^)]{0,30}\) |[^.;]{0,30})?(?:later|latere|nieuwere|hoger)|"
    r"lub (?:\([^)]{0,30}\) |[^.;]{0,40})?(?:późniejsz|nowsz|wyższ)|"
    r"(?:или|либо) (?:\([^)]{0,30}\) |[^.;]{0,50})?(?:более поздн|поздн|нов|выше|старше)|"
    r"або (?:\([^)]{0,30}\) |[^.;]{0,50})?(?:пізніш|новіш|вищ)|"
    r"eller (?:\([^)]{0,30}\) |[^.;]{0,30})?(?:senere|senare|nyere|nyare|högre|høyere)|"
    r"tai (?:\([^)]{0,30}\) |[^.;]{0,30})?(?:uudempi|myöhempi|myöhemmän)|"
    r"nebo (?:\([^)]{0,30}\) |[^.;]{0,30})?(?:pozdější|novější|vyšší)|alebo [^.;]{0,30}(?:novš|neskorš)|"
    r"vagy [^.;]{0,30}(?:újabb|későbbi)|sau [^.;]{0,30}(?:ulterioar|mai nou)|veya [^.;]{0,30}(?:sonraki|üst)|"
    r"(?:または|もしくは|か|又は)[^。]{0,20}(?:それ以降|以降|後)|以降|(?:或|及)[^。]{0,12}(?:更高|更新|以[后後]|之[后後])|"
    r"이후|이상|"
    r"\b(?:ou|oder|of|como|lub|albo|или|либо|або|eller|tai|nebo|alebo|vagy|sau|veya|ya da|ή|ili|или|ali|arba|atau|hoặc|edo|või)\b"
    r"[^.;]{0,64}?(?:ult[ée]rieur|post[ée]rieur|posterior|successiv|pozdější|novější|vyšší|další|neskorš|novš|vyšš|"
    r"später|neuer|höher|latere|nieuwere|hogere|późniejsz|nowsz|wyższ|поздн|новее|новой|выше|пізніш|новіш|по-нов|"
    r"новиј|каснијe|novij|kasnij|novejš|poznejš|senere|senare|nyere|nyare|uudem|myöhem|újabb|későbbi|ulterioar|"
    r"mai nou|sonraki|μεταγενέστερ|νεότερ|naujesn|vėlesn|setelah|lebih baru|mới hơn|hilis|uuem)",
    re.IGNORECASE,
)
_NO_PARTS = re.compile(
    r"(?:no|without(?: any)?) invariant sections?|sans section invariable|ohne unveränderliche", re.IGNORECASE
)
_STOP = re.compile(r"[;|\n。]|\. [A-Z]")
_KINDS = {
    **dict.fromkeys(["lesser", "library", "limitée", "amoindrie", "reducida", "menor"], "LGPL"),
    "affero": "AGPL",
}
_HAN = {"二": "2", "三": "3"}
_THREE = r"(?:3|three|drei|tres|trois)"
_OTHERS = tuple(
    (re.compile(pattern, re.IGNORECASE), name)
    for pattern, name in (
        (r"apache(?:[- ]2\.0|(?: software)?(?:[ -]+(?:licen[cs]\w*|lizenz|licentie|licencj\w+|"
         r"лицензи\w+|ライセンス|许可证|許可證|라이선스))?[, (「]*(?:v\.?|version|versión|versione|versie|версии|версия|"
         r"バージョン|wersj\w+|versão)?[ .]{0,2}2(?:\.0)?(?![\d.]*\d))", "Apache-2.0"),
        (r"\b(?:MIT|expat)(?:[- ]style)?[- /]{0,3}(?:licen[cs]\w*|lizenz|licentie|лицензи\w+|ライセンス|许可证|許可證|"
         r"라이선스|lisans\w*)|"
         r"\blicen[cs]e:? (?:de )?mit\b|\bMIT licensed|(?:licence|licencia|licenza|licença|licencj\w+|лицензи\w+)"
         r" (?:de |del |do |der )?mit\b|(?<=under )MIT\b(?! press)|(?<=under the )MIT\b(?! press)|"
         r"permission is hereby granted, free of charge, to any person obtaining a copy of this", "MIT"),
        (rf"\b{_THREE}[- ]?clause (?:new )?bsd|\bbsd[- ](?:\(?{_THREE})[- ]?clause|(?:new|modified|revised) bsd "
         r"licen[cs]e", "BSD-3-Clause"),
        (r"\b(?:2|two)[- ]?clause (?:simplified |freebsd )?bsd|\bbsd[- ](?:2|two)[- ]?clause|"
         r"simplified bsd licen[cs]e|freebsd licen[cs]e", "BSD-2-Clause"),
        (r"freebsd documentation licen[cs]e", "FreeBSD-DOC"),
        (r"zero[- ]clause bsd|\b0bsd\b", "0BSD"),
        (r"(?:mozilla public licen[cs]e|licence publique mozilla)[, (]*(?:v|version )?[. ]{0,2}2\.0|"
         r"\bMPL[- /]?(?:v\.?)?2(?:\.0)?\b", "MPL-2.0"),
        (r"mozilla public licen[cs]e[, (]*(?:v|version )?[. ]{0,2}1\.1|\bMPL[- /]?1\.1", "MPL-1.1"),
        (r"python software foundation licen[cs]e|\bPSF licen[cs]e|\bPSF-2\.0", "PSF-2.0"),
        (r"postgresql licen[cs]e", "PostgreSQL"),
        (r"open government licen[cs]e[ ,(–-]*(?:(?:v|version )?2(?:\.0)?[ ,)–-]*)?canada|\bOGL[- ]canada", "OGL-Canada-2.0"),
        (r"(?:open government licen[cs]e|\bOGL(?:-UK)?)[ ,(-]*(?:v|version )?(?P<v>[123])(?:\.0)?"
         r"(?!\w)(?!\)? ?[,–-]? ?(?:canada|alberta|ontario|british columbia|nova scotia|city|toronto))", "OGL-UK-{}.0"),
        (r"(?:u\.?k\.? )?open government licen[cs]e(?!\)?[ ,(–-]*(?:v|version|\d|[–-]|canada|alberta|ontario|"
         r"british columbia|taiwan|of |for ))", "OGL-UK"),
        (r"政府資料開放授權條款|open government data licen[cs]e,? (?:version 1\.0)?[ –-]*taiwan|\bOGDL-taiwan", "OGDL-Taiwan-1.0"),
        (r"(?<=the )same terms as (?:the )?perl(?: 5)?(?: programming language system)?(?: itself)?",
         "Artistic-1.0-Perl OR GPL-1.0-or-later"),
        (r"w3c (?:software and document|permissive document|software & document)(?: notice and)? licen[cs]e", "W3C-20150513"),
        (r"community data licen[cs]e agreement[ –,-]*permissive[ –,-]*(?:v|version )?2\.0|\bCDLA-permissive-2\.0",
         "CDLA-Permissive-2.0"),
        (r"community data licen[cs]e agreement[ –,-]*permissive[ –,-]*(?:v|version )?1\.0|\bCDLA-permissive-1\.0",
         "CDLA-Permissive-1.0"),
        (r"community data licen[cs]e agreement[ –,-]*sharing[ –,-]*(?:v|version )?1\.0|\bCDLA-sharing-1\.0",
         "CDLA-Sharing-1.0"),
        (r"permission to copy and distribute it for any purpose, provided that it is reproduced in its entirety",
         "HaskellReport"),
        (r"licence ouverte|\betalab[- ]?2\.0|open licen[cs]e etalab|etalab open licen[cs]e", "etalab-2.0"),
        (r"(?:datenlizenz deutschland|data licen[cs]e germany|dl-de)[ ,/–-]*(?:namensnennung|attribution|by)"
         r"[ ,–-]*(?:version )?2[.-]0", "DL-DE-BY-2.0"),
        (r"(?:datenlizenz deutschland|data licen[cs]e germany|dl-de)[ ,/–-]*zero[ ,–-]*(?:version )?2[.-]0",
         "DL-DE-ZERO-2.0"),
        (r"norsk lisens for offentlige data|norwegian licen[cs]e for (?:open government|public) data|\bNLOD\b",
         "NLOD-2.0"),
        (r"\bISC[ -]licen[cs]\w*", "ISC"),
        (r"open (?:data commons )?(?:open )?database licen[cs]e|\bODbL\b", "ODbL-1.0"),
        (r"open data commons attribution licen[cs]e|\bODC-BY\b", "ODC-By-1.0"),
        (r"open data commons public domain dedication|\bPDDL\b", "PDDL-1.0"),
        (r"free art licen[cs]e|licence art libre|licencia arte libre|lizenz freie kunst|free art license", "LAL-1.3"),
        (r"design science licen[cs]e", "LicenseRef-DSL"),
        (r"open publication licen[cs]e", "OPUBL-1.0"),
        (r"unicode (?:license|licence)[, ]*(?:v|version )?3", "Unicode-3.0"),
        (r"\bartistic licen[cs]e[, ]*(?:v|version )?2\.0", "Artistic-2.0"),
        (r"eclipse public licen[cs]e[, -]*(?:v|version )?[. ]*2\.0|\bEPL-2\.0", "EPL-2.0"),
        (r"eclipse public licen[cs]e[, -]*(?:v|version )?[. ]*1\.0|\bEPL-1\.0", "EPL-1.0"),
        (r"european union public licen[cs]e[, (-]*(?:EUPL)?[ )]*(?:v|version )?[. ]*1\.2|\bEUPL[- ]?(?:v\.?)?1\.2",
         "EUPL-1.2"),
        (r"\bzlib licen[cs]e", "Zlib"),
        (r"boost software licen[cs]e", "BSL-1.0"),
        (r"sil open font licen[cs]e|\bOFL[- ]1\.1", "OFL-1.1"),
        (r"\bWTFPL\b|do what the fuck you want to", "WTFPL"),
        (r"\bunlicense\b", "Unlicense"),
    )
)  # fmt: skip


# One of these stands in any of those words, in lower case.
_FREE = (
    "documentation", "documentación", "documenta", "public licen", "publique", "públic", "pubblic", "öffentlich", "publiczn", "общественн", "публичн",
    "publiek", "veřejn", "dokumen", "документац", "документації", "通用公", "allgemeine", "public  licen",
)  # fmt: skip
# By the name of a licence, what stands in any words that name it.
_STEMS = {
    "Apache-2.0": "apache", "MIT": "mit expat hereby", "BSD-3-Clause": "bsd", "BSD-2-Clause": "bsd", "0BSD": "bsd",
    "FreeBSD-DOC": "freebsd", "OGL-UK": "government", "OGDL-Taiwan-1.0": "政府 taiwan", "W3C-20150513": "w3c",
    "Artistic-1.0-Perl OR GPL-1.0-or-later": "perl", "CDLA-Permissive-2.0": "cdla community",
    "CDLA-Permissive-1.0": "cdla community", "CDLA-Sharing-1.0": "cdla community", "HaskellReport": "entirety",
    "MPL-2.0": "mozilla mpl", "MPL-1.1": "mozilla mpl", "PSF-2.0": "python psf", "PostgreSQL": "postgresql",
    "OGL-Canada-2.0": "canada", "OGL-UK-{}.0": "government ogl", "etalab-2.0": "ouverte etalab",
    "DL-DE-BY-2.0": "datenlizenz germany dl-de", "DL-DE-ZERO-2.0": "datenlizenz germany dl-de",
    "NLOD-2.0": "norsk norwegian nlod", "ISC": "isc", "ODbL-1.0": "database odbl",
    "ODC-By-1.0": "commons odc-by", "PDDL-1.0": "commons pddl", "LAL-1.3": "art arte kunst",
    "LicenseRef-DSL": "science", "OPUBL-1.0": "publication", "Unicode-3.0": "unicode",
    "Artistic-2.0": "artistic", "EPL-2.0": "eclipse epl", "EPL-1.0": "eclipse epl", "EUPL-1.2": "european eupl",
    "Zlib": "zlib", "BSL-1.0": "boost", "OFL-1.1": "ofl open", "WTFPL": "wtfpl fuck", "Unlicense": "unlicense",
}  # fmt: skip
_FREE_WORDS, _GENERAL_WORDS = cut(_FDL), cut(_GPL)
_BY_STEM = tuple((tuple(_STEMS[name].split()), cut(pattern), name) for pattern, name in _OTHERS)


def find_families(text: str) -> Iterator[tuple[str, int, int]]:
    """Names in words of a text, with where each begins and ends."""
    plain, folded = text.lower(), fold(text)
    gnu = "gnu" in plain or "gpl" in plain or "fdl" in plain
    if gnu or has_any(_FREE, plain):
        yield from _find_gnu(text, folded)
    for stems, words, name in _BY_STEM:
        if not has_any(stems, plain):
            continue
        for match in find_all(words, text, folded):
            if "{}" not in name:
                yield name, *match.span()
            elif match.groupdict().get("v"):
                yield name.format(match["v"]), *match.span()


def _find_gnu(text: str, folded: str) -> Iterator[tuple[str, int, int]]:
    for match in find_all(_FREE_WORDS, text, folded):
        yield _name_gnu(match, text, "GFDL")
    for match in find_all(_GENERAL_WORDS, text, folded):
        said = match.groupdict().get
        short = said("short") or said("bare") or said("low")
        kind = said("kind") or said("frk") or said("esk") or said("ptk") or ""
        yield _name_gnu(match, text, short.upper() if short else _KINDS.get(kind.lower(), "GPL"))


def _name_gnu(match: re.Match[str], text: str, family: str) -> tuple[str, int, int]:
    """With the version that follows, and whether a later one may be taken."""
    rest = _STOP.split(text[match.end() : match.end() + 110])[0]
    rest = re.sub(r"\(?(?:https?://[^\s)]*|\x02[^\x03]*\x03)\)?", lambda one: " " * len(one[0]), rest)
    rest = re.split(
        r"(?i:(?<=[ ,])(?:or|ou|oder|o|and|und|et|y|e|en) (?:the |la |die |der )?(?:creative|cc\b))", rest
    )[0]
    version = _VERSION.search(rest)
    before = re.search(
        r"(?:version|versión|versione|versie|версии|versão) (?P<number>[123](?:\.[0-3])?)"
        r"(?: (?:or|ou|oder|o|of)[^.;]{0,30})? (?:of|de|der|della|da|van)(?: (?:the|la|l))?[ '’]*(?:gnu )?$",
        text[: match.start()],
        re.IGNORECASE,
    )
    around = text[max(0, match.start() - 100) if before else match.start() : match.end() + 130]
    chosen = before or version
    if not chosen:
        chosen = re.search(
            r"(?:either |en su |soit la |entweder |sia la )?(?:version|versión|versione|versão|versie|wersj\w+|верси\w+|"
            r"версі\w+|verze|verzi\w+|versjon) (?P<number>[123](?:\.[0-3])?)",
            text[match.end() : match.end() + 200],
            re.IGNORECASE,
        )
        around = text[match.start() : match.end() + 290]
    if not chosen:
        return family, *match.span()
    number = _HAN.get(chosen["number"], chosen["number"])
    number = number if "." in number else f"{number}.0"
    sections = "-no-invariants" if family == "GFDL" and _NO_PARTS.search(text) else ""
    later = "or-later" if _LATER.search(around) else "only"
    end = match.end() if chosen is before else match.end() + chosen.end()
    return f"{family}-{number}{sections}-{later}", match.start(), min(end, match.end() + 60)
