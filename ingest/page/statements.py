"""What the body of a page says of its licence: words, links and marks, each with its place and what it is of.

A licence beside a picture, in a comment, in a teaser, of the software that a page describes, or in an
example is told, and not taken for the page's.
"""

import re
from html import unescape
from typing import NamedTuple

from ingest.page.blocks import PAD, Page
from ingest.page.places import find_places
from ingest.page.wording import CLOSED, KEPT, OPENED, PUBLIC, RESERVED, Named, find_names, name_address

MAX_TEXT = 200
_SPAN = 600  # bytes on either side of a place that are read

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>?")
_BREAKS = frozenset(
    "p div section article aside header footer nav main li ul ol dl dt dd table tr td th tbody thead h1 h2 h3 h4 h5 "
    "h6 pre blockquote figure figcaption form fieldset address body html hr caption details summary".split()
)
_HREF = re.compile(r'\shref="([^"]*)"')
_ADDRESS = re.compile(r'\s(?:href|data-url|resource|content)="([^"]*)"')
_REL = re.compile(r'\srel="[^"]*\blicense\b', re.IGNORECASE)
_ITEM = re.compile(r'\sitemprop="[^"]*\blicense\b', re.IGNORECASE)
_ALT = re.compile(r'\s(?:alt|title)="([^"]{1,120})"')
_MARK = re.compile(r"creative commons|\bcc\b|licen[cs]e|lizenz|public domain", re.IGNORECASE)
_NAMES = re.compile(r'\s(?:class|id|role|itemprop|data-component|typeof|itemtype)="([^"]*)"')

_NOT_PAGES = (
    ("picture", re.compile(
        r"(?<![a-z])(?:wp-caption|caption|image-?credit|photo-?credit|img-?credit|credits?|credit-?line|gallery|slideshow|"
        r"carousel|lightbox|thumb(?:nail)?|image|img|photo|picture|figure|video|media-?(?:caption|credit|info)|ImageObject|leaflet|ol-attribution|"
        r"map|mapboxgl-ctrl-attrib)(?![a-z])", re.IGNORECASE)),
    ("comment", re.compile(
        r"(?<![a-z])(?:comments?|comment-?(?:list|body|content|text|area|section)|commentlist|disqus(?:_thread)?|respond|"
        r"replies|reply-?(?:body|content))(?![a-z])", re.IGNORECASE)),
    ("teaser", re.compile(
        r"(?<![a-z])(?:teasers?|related(?:-?(?:posts?|articles?|content))?|recommend\w*|card|feed-?item|search-?results?|"
        r"list-?item|product-?(?:card|item)|more-?(?:stories|articles)|popular-?posts?|latest-?posts?|recent-?posts?|"
        r"advert\w*|sponsored|promo|quiz|embed(?:ded)?|iframe)(?![a-z])", re.IGNORECASE)),
)  # fmt: skip
_OF_TAG = {
    "figure": "picture", "figcaption": "picture", "blockquote": "quotation", "code": "example", "samp": "example",
    "kbd": "example", "q": "quotation", "cite": "quotation", "textarea": "example", "option": "example",
}  # fmt: skip
_REGIONS = (
    ("footer", re.compile(
        r"(?<![a-z])(?:\w*footer\w*|foot|bottom\w*|copyrights?|copy|contentinfo|colophon|legal(?:notice)?|imprint|impressum|licen[cs]e\w*|"
        r"rights|creative-?commons|cc|siteinfo|site-info|credits-?site|smallprint|subfooter|pagefoot\w*|fineprint|disclaimer)(?![a-z])", re.IGNORECASE)),
    ("sidebar", re.compile(
        r"(?<![a-z])(?:\w*sidebar\w*|side-?bar|side|aside|widgets?|widget-?area|rail|complementary|right-?col\w*|left-?col\w*|"
        r"secondary|sphinxsidebar\w*|panel|infobox)(?![a-z])", re.IGNORECASE)),
    ("header", re.compile(r"(?<![a-z])(?:masthead|site-?header|page-?header|top-?bar|banner|header)(?![a-z])", re.IGNORECASE)),
)  # fmt: skip
_REGION_TAGS = {"footer": "footer", "aside": "sidebar", "header": "header", "nav": "sidebar"}
_LIKE_ARTICLE = re.compile(r"(?<![a-z])(?:article|entry|post|story)[-_]?(?:body|content|text)?(?![a-z])", re.IGNORECASE)


class Statement(NamedTuple):
    """What is said of a license: which, in what (`link`, `text` ...), where on the page, of what, how sure."""

    license: str
    place: str
    region: str
    text: str
    of: str
    confidence: float
    firm: bool = False  # the words say that it is of the content


class Spot(NamedTuple):
    """Words around a place, up to the blocks beside; what stands before them; the region; what it is of."""

    before: str
    left: str
    right: str
    region: str
    of: str
    late: bool
    kept: bool  # verbatim, in a `pre`
    drawn: bool  # in a figure, and not by the name of a class alone


def list_statements(page: Page) -> list[Statement]:
    """The statements in a page's body, in its order, each once."""
    rows, around = find_places(page.data, linked=page.licensed)
    if not len(rows):
        return []
    data, found = page.data.tobytes(), {}
    size = len(data) - PAD
    for (place, is_tag, depth), begins in zip(rows.tolist(), around.tolist(), strict=True):
        spot = _read_spot(data, size, place, begins[:depth])
        for statement in _read_tag(data, place, spot) if is_tag else _read_words(spot):
            key = statement.license, statement.place, statement.region, statement.text
            found.setdefault(key, statement)
    return list(found.values())


def _read_spot(data: bytes, size: int, place: int, begins: list[int]) -> Spot:
    region, of, kept, drawn = _tell_region(data, begins)
    start = max(place - _SPAN, 0)
    while place > start and data[place] & 0xC0 == 0x80:  # within a character
        place -= 1
    left = _cut_hidden(data[start:place]).decode("utf-8", "ignore")
    if start and "<" in left and -1 < left.find(">") < left.find("<"):
        left = left[left.find(">") + 1 :]
    right = _cut_hidden(data[place : min(place + _SPAN, size)]).decode("utf-8", "ignore")
    if right.count("<") and right.rfind("<") > right.rfind(">"):
        right = right[: right.rfind("<")]
    lines = _write_text(left).split("\n")
    before = next((line.strip() for line in reversed(lines[:-1]) if line.strip()), "")
    return Spot(before[-80:], lines[-1], _write_text(right).split("\n")[0], region, of, place > 0.75 * size, kept, drawn)


def _cut_hidden(data: bytes) -> bytes:
    """Without what the scan marked as hidden."""
    at = data.find(b"\x01")
    while at >= 0 and at + 5 <= len(data):
        length = max(int.from_bytes(data[at + 1 : at + 5], "little"), 5)
        data = data[:at] + data[at + length :]
        at = data.find(b"\x01", at)
    return data if at < 0 else data[:at]


def _write_text(markup: str) -> str:
    """As text, a line a block; addresses of licences by name between marks."""
    return re.sub(r"[^\S\n]+", " ", unescape(_TAG.sub(_write_tag, markup.replace("\n", " "))))


def _write_tag(match: re.Match[str]) -> str:
    closing, name, attributes = match.groups()
    name = name.lower()
    if name in _BREAKS:
        return "\n"
    if name == "a" and not closing and (href := _HREF.search(attributes)):
        named = name_address(unescape(href[1]))
        return f" {OPENED}{named}{CLOSED}" if named else ""
    if name == "img" and (alt := _ALT.search(attributes)) and _MARK.search(alt[1]):
        return f" {unescape(alt[1])} "
    return " " if name in ("br", "img", "td") else ""


def _tell_region(data: bytes, begins: list[int]) -> tuple[str, str, bool, bool]:
    """In which region of the page, of what, whether verbatim and in a figure, by the elements around."""
    region, of, verbatim, article, drawn = "", "page", False, False, False
    for begun in reversed(begins):  # the nearest speaks first
        tag = data[begun : min(begun + 400, data.find(b">", begun) + 1 or begun + 400)].decode("utf-8", "ignore")
        match = _TAG.match(tag)
        if not match:
            continue
        name, attributes = match[2].lower(), match[3]
        words = " ".join(_NAMES.findall(attributes)) if name not in ("body", "html") else ""
        if of == "page":
            of = _OF_TAG.get(name, of)
            if of == "page" and not region:
                of = next((what for what, pattern in _NOT_PAGES if words and pattern.search(words)), of)
        if not region:
            article = article or name in ("article", "main") or bool(words and _LIKE_ARTICLE.search(words))
            region = _REGION_TAGS.get(name, "")
            if region == "header" and article:
                region = ""
            region = region or next((one for one, pattern in _REGIONS if words and pattern.search(words)), "")
        verbatim, drawn = verbatim or name == "pre", drawn or name in ("figure", "figcaption")
    return region or "body", of, verbatim, drawn


# ---- words -------------------------------------------------------------------------------------------------

_UNDER = re.compile(
    r"licen[cs]ed|licen[cs]ing|licen[cs]e[: ]|under (?:the )?(?:terms|a|an|the|cc|gnu)|distributed|available|published|released|"
    r"governed by|permission is granted|copy, distribute|redistribute|subject to|may be (?:used|reused|copied)|"
    r"lizenziert|lizenz|unter (?:der|einer|den)|steht unter|veröffentlicht|sous (?:la )?licen[cs]e|mis (?:à disposition|en ligne)|"
    r"bajo (?:la |una |los )?licencia|bajo|licenciad|disponible|sotto (?:la )?licenza|rilasciat|distribuit|"
    r"licen[çc]a|licenciad|onder (?:de |een )?|licentie|gelicentieerd|na licencji|licencj|udostępni|лицензи|доступ|на условиях|"
    r"распространя|опубликован|许可|許可|授权|授權|采用|採用|提供|发布|ライセンス|の下|使用|라이선스|copyright|©|\(c\)",
    re.IGNORECASE,
)
_CONTENT = (
    r"contents?|texts?|articles?|pages?|web ?sites?|sites?|blog(?: ?posts?)?|posts?|works?|document(?:s|ation)?|docs|manuals?|"
    r"books?|guides?|tutorials?|publications?|materials?|wiki|translations?|chapters?|lessons?|courses?|papers?|essays?|"
    r"handbook|faq|how-?to|report|notes|contributions?|everything|anything|specification|story|stories|entry|entries|prose|"
    r"resources?|info(?:rmation)?|edition|inhalte?|seiten?|website|werk(?:e|es)?|artikel|beitr[aä]ge?|beitrag|dokument(?:ation|e|s)?|"
    r"buch|handbuch|contenus?|textes?|[œo]uvres?|documents?|livre|billets?|contenidos?|textos?|obras?|p[aá]ginas?|"
    r"sitios?|art[ií]culos?|documentos?|contenut[io]|test[io]|oper[ae]|pagin[ae]|sit[oi]|articol[io]|document[io]|"
    r"conte[úu]dos?|inhoud|tekst(?:en|y|ów)?|pagina|boek|tre[sś](?:ć|ci)|utw[óo]r|stron[aye]|artykuł\w*|содерж\w+|материал\w*|"
    r"текст\w*|произведени\w*|стать\w+|контент\w*|сайт\w*|страниц\w*"
)
_CJK = r"内容|內容|作品|文章|本站|网站|網站|本文|文档|文檔|页面|文書|コンテンツ|ページ|テキスト|サイト|記事|文本|資料|저작물|콘텐츠|문서|글"
_SOFT = (
    r"software|programs?|source|codes?|samples?|snippets?|examples?|librar(?:y|ies)|plug-?ins?|themes?|templates?|fonts?|"
    r"icons?|packages?|app(?:lication)?s?|tools?|scripts?|frameworks?|kernel|engine|binar(?:y|ies)|quellcode|programm|"
    r"beispiele?|logiciels?|exemples?|c[óo]digo(?: fuente)?|ejemplos?|programas?|esempi|codice|exemplos?|voorbeelden|kod|"
    r"models?|weights|checkpoints?|программ\w*|код\w*|powered|project|module|driver|javascript|css|api|skin|layout|design"
)
_CJK_SOFT = r"代码|代碼|软件|軟體|程序|コード|ソフトウェア|示例|サンプル|主题|主題"
_MEDIA = (
    r"images?|photos?|photographs?|photography|pictures?|pics?|illustrations?|figures?|logos?|videos?|music|audio|artworks?|"
    r"maps?|data(?:sets?|base)?|graphics|screenshots?|drawings?|cover|bild(?:er|es)?|fotos?|abbildung(?:en)?|grafik(?:en)?|"
    r"karten?|daten|im[aá]genes|imagen|fotograf[ií]as?|mapas?|datos|immagin[ei]|imagens?|afbeelding(?:en)?|foto|zdj[eę]ci\w*|"
    r"grafiki?|изображени\w*|фото\w*|картинк\w*|podcast|comments?|kommentare?|commentaires?|comentarios?|flickr|unsplash|pixabay|"
    r"wikimedia commons|courtesy|tiles|openstreetmap"
)
_CJK_MEDIA = r"图片|圖片|照片|画像|写真|图像|評論|评论|コメント|사진|이미지"
_SUBJECT = re.compile(
    rf"(?P<content>\b(?:{_CONTENT})\b|{_CJK})|(?P<software>\b(?:{_SOFT})\b|{_CJK_SOFT})|"
    rf"(?P<picture>\b(?:{_MEDIA})\b|{_CJK_MEDIA})",
    re.IGNORECASE,
)
_JOINED = re.compile(r"^\W{0,3}(?:and|or|und|et|y|e|en|i|и|&|,|its|their|the|all|other|和|及|與|与|\s|/)+", re.IGNORECASE)
_EXCEPT = re.compile(
    r"(?:except|unless|other than|excluding|save for|apart from|sauf|sofern|soweit|falls|wenn|außer|salvo|excepto|a menos|"
    r"eccetto|tranne|se non|exceto|tenzij|behalve|o ile|za wyjątkiem|кроме|если не|если иное)[^,.;(]{0,100}[,)]|"
    r"(?:除非|除了|除)[^,，。]{0,40}[,，]|特に(?:記載|明記)[^、。]{0,20}[、]",
    re.IGNORECASE,
)
_EXCEPT_END = re.compile(r"(?:except|unless|sauf|salvo|excepto)\b[^.;]{0,100}$", re.IGNORECASE)
_THIS = re.compile(
    r"\b(?:this|these|the|our|all|everything|my|except|unless|where|whole|entire|any|diese[rsmn]?|die|der|das|alle|unser\w*|sofern|soweit|"
    r"ce|cet|cette|ces|le|la|les|l|tous|tout|sauf|est[aeo]s?|el|los|todo|todos|salvo|quest[aoie]|tutti|il|i|o|os|as|deze|dit|"
    r"niniejsz\w*|wszystkie|treść|ta|эт\w+|все|весь|данн\w*)\b|[本此该該全]|この|当サイト|이 ",
    re.IGNORECASE,
)
_OTHERS_OWN = re.compile(
    r"\b(?:via \w|their|his|her|"
    r"original(?:ly)? (?:work|photo|image)|if you|you (?:can|may|must|should)(?! (?:freely )?(?:re|copy|distribute|modify|use (?:it|this)|share))|I licen|they|he|she|we (?:use|recommend)|"
    r"compatible|such as|for example|like the|instead of|choose|whether|called|what is|about the|understand|"
    r"difference|versus|now|version of the .{0,20} was)\b|e\.g\.",
    re.IGNORECASE,
)
_DERIVED = re.compile(
    r"\b(?:uses? (?:material|text|content)s?|(?:adapted|taken|derived|copied|reproduced|quoted|translated|excerpted) from|"
    r"(?:get|buy|download|order) (?:my|our|the|a)|based on|verwendet (?:material|inhalte)|basiert auf|utilise du contenu|basado en|tratto da)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(r"^[^.;|]{0,60}\b(?:said|says|announced|according to|lets|allows|means|requires|permits)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[\w)\]\"”])[.!?]+\s+(?=[A-ZÀ-ÖØ-ÞА-ЯŁŚŻ\x02©])|[。！？|•·]\s*|\s[–—]\s(?=[A-Z])")
_DOCUMENT = re.compile(r"permission is granted to copy, distribute|(?:copy|redistribute)[^.]{0,40}(?:modify|distribute)", re.IGNORECASE)
_OWNED = re.compile(r"©|\(c\)|copyright|\b(?:19|20)\d\d\b|copr\.|&copy;|版[权權]|℗", re.IGNORECASE)
_LABEL = re.compile(r"licen[cs]e|licen[cs]ing|lizenz|licencia|licença|licenza|licentie|licencja|лицензия|许可|ライセンス|copyright|rights|legal|terms", re.IGNORECASE)
_BSD = re.compile(r"redistribution and use in source", re.IGNORECASE)
_SOME = re.compile(r"(?:some|no) rights? reserved", re.IGNORECASE)


def _read_words(spot: Spot) -> list[Statement]:
    """The statements in the words around a place."""
    text = f"{spot.left}{spot.right}"
    found = []
    names = find_names(text)
    reach = len(spot.left)
    previous = None
    for name in names:
        subject, clause, firm = _tell_subject(text, name, names, spot, previous)
        previous = subject
        if abs(name.start - reach) < 500:
            found.append(_judge_name(text, name, subject, clause, firm, spot))
    found += _judge_kept(text, spot)
    return found


def _tell_subject(
    text: str, name: Named, names: list[Named], spot: Spot, previous: str | None
) -> tuple[str, str, bool]:
    """What a name is said of ("page", "software", "picture", ""), the words before it, whether these say so."""
    begun = max([one.end for one in names if one.end <= name.start and one is not name] or [0])
    pieces = _SENTENCE.split(text[max(begun, name.start - 320) : name.start])
    clause = pieces[-1] or ""
    if begun and len(pieces) == 1:
        clause = re.split(r"[;,]\s(?=.{12})", clause)[-1] if _SUBJECT.search(clause) else clause
    plain = _EXCEPT_END.sub("", _EXCEPT.sub(" all ", clause))
    first = _SUBJECT.search(plain)
    if first is None:
        if begun and len(pieces) == 1 and previous is not None:
            return previous, clause, False
        after = re.match(r"[^.;]{0,60}?\b(?:for|applies to|gilt für|pour)\b ([^.;]{0,60})", text[name.end :])
        later = _SUBJECT.search(after[1]) if after else None
        return ("page" if later and later["content"] else later.lastgroup or "" if later else ""), clause, False
    kind = first.lastgroup or ""
    rest = plain[first.end() :]
    if kind != "content" and (joined := _JOINED.match(rest)):
        second = _SUBJECT.match(rest[joined.end() :])
        kind = "content" if second and second["content"] else kind
    firm = bool(kind == "content" and _UNDER.search(plain[first.end() :]))
    return ("page" if kind == "content" else kind), clause, firm


def _judge_name(text: str, name: Named, subject: str, clause: str, firm: bool, spot: Spot) -> Statement:
    """How sure it is that a license that is named is the page's."""
    commons = name.license.startswith(("CC", "GFDL", "OGL", "etalab", "LAL", "OPUBL", "LicenseRef-DSL"))
    of, frame = spot.of, spot.region in ("footer", "sidebar", "header")
    said = _UNDER.search(clause) or _LABEL.search(spot.before[-40:])
    this = _THIS.search(clause)
    foreign = _OTHERS_OWN.search(clause)
    if of == "page" and subject in ("software", "picture"):
        of = subject
    elif of in ("picture", "teaser") and subject == "page" and firm and this:
        of = "page"
    elif of == "quotation" and _DOCUMENT.search(clause) and subject == "page" and this:
        of = "page"  # manuals set their terms so
    told = not frame and _TOLD.search(text[name.end :]) and not firm
    told = told or (not frame and re.match(r"[^.;|]{0,40}\b(?:said|says|announced)\b", text[name.end :]))
    if of == "page" and (_DERIVED.search(clause) or told or (foreign and not (frame and firm and this))):
        of = "other"
    if subject == "page" and firm and (this or frame):
        confidence = 0.9 if frame else 0.8 if spot.late or this else 0.6
        if not frame and not _is_own(clause):
            confidence = 0.4
    elif _DOCUMENT.search(clause):
        confidence = 0.8 if subject == "page" else 0.4
    elif commons and frame and (said or name.linked or len(text) < 160):
        confidence = 0.8 if said or name.linked else 0.7
    elif commons and spot.late and (len(text) - name.end + name.start < 30 or (said and _opens(clause))):
        confidence = 0.6 if len(text) < 260 else 0.4
    else:
        confidence = 0.3
    if spot.kept and confidence < 0.8:
        confidence = min(confidence, 0.3)
    if name.license in (PUBLIC, "CC-PDM-1.0"):
        firm = subject == "page" and bool(this) and (frame or _is_own(clause))
        confidence = 0.8 if firm else confidence if frame and name.linked and of == "page" else 0.3
    words = text[max(0, name.start - 120) : name.end + 60]
    return Statement(name.license, "link" if name.linked else "text", spot.region, clean(words), of, confidence, firm)


def _opens(clause: str) -> bool:
    """Whether the words before a name are no more than "Licensed under the", or speak of "this"."""
    plain = re.sub(r"(?:©|\(c\)|copyright)[^.,|]{0,60}[.,|]?", "", clause, flags=re.IGNORECASE).strip()
    return len(plain) <= 28 or bool(re.match(r"(?:this|dies\w*|cet\w*|est[ea]|quest\w*|deze|dit|эт\w+)\b", plain, re.IGNORECASE))


def _is_own(clause: str) -> bool:
    """Whether words in the body begin with what they are of: "This article is", "All content on"."""
    plain = _EXCEPT.sub(" all ", clause)
    subject = _SUBJECT.search(plain)
    return bool(subject and _THIS.search(plain[max(0, subject.start() - 40) : subject.end()]))


def _judge_kept(text: str, spot: Spot) -> list[Statement]:
    """Whether all rights are kept, by a formula that is the page's."""
    found = []
    for match in KEPT.finditer(text):
        sentence = _SENTENCE.split(text[max(0, match.start() - 160) : match.start()])[-1] or ""
        if _BSD.search(text[match.end() : match.end() + 120]):
            continue
        of, frame = spot.of, spot.region in ("footer", "sidebar", "header")
        subject = _SUBJECT.search(sentence)
        kinds = {one.lastgroup for one in _SUBJECT.finditer(sentence)}
        if of == "page" and subject and kinds <= {"picture"} and not _OWNED.search(sentence[: subject.start()]):
            of = "picture"
        owned = _OWNED.search(text[max(0, match.start() - 160) : match.end() + 120]) or _OWNED.search(spot.before)
        alone = len(text) < 220
        confidence = 0.9 if frame and owned else 0.8 if frame or (owned and (alone or spot.late)) else 0.3
        confidence = max(confidence, 0.6 if owned or (alone and spot.late) or len(text.strip()) < 60 else 0.3)
        if spot.kept:
            of = "example"
        elif of == spot.of and of in ("picture", "teaser") and not spot.drawn and owned and spot.region == "footer":
            of = "page"  # a class of that name stands around the foot of many a page
        words = text[max(0, match.start() - 110) : match.end() + 60]
        found.append(Statement(RESERVED, "text", spot.region, clean(words), of, confidence))
        break
    return found


def _read_tag(data: bytes, place: int, spot: Spot) -> list[Statement]:
    """The statement of a tag with a license's address."""
    end = data.find(b">", place)
    match = _TAG.match(data[place : min(end + 1, place + 4_000)].decode("utf-8", "ignore"))
    if not match:
        return []
    name, attributes = match[2].lower(), match[3]
    address = _ADDRESS.search(attributes)
    license_name = name_address(unescape(address[1])) if address else None
    marked = bool(_REL.search(attributes) or _ITEM.search(attributes))
    if address and marked and not license_name and re.match(r"https?://[^\s\x00-\x1f]+$", address[1]):
        other = unescape(address[1])[:MAX_TEXT]  # terms of one's own
        return [Statement(other, "rel", spot.region, clean(spot.left[-100:] + spot.right[:60]), spot.of, 0.6)]
    if not license_name or name not in ("a", "link", "area", "meta", "button", "span", "div"):
        return []
    tag_end = spot.right.find(CLOSED) + 1
    left = spot.left
    text = f"{left}{spot.right}"
    linked = Named(license_name, len(left), len(left) + tag_end, True)
    names = [one for one in find_names(text) if one.end <= linked.start] + [linked]
    subject, clause, firm = _tell_subject(text, linked, names, spot, None)
    judged = _judge_name(text, linked, subject, clause, firm, spot)
    if judged.of == "page" and marked and subject != "software":
        place_name, sure = "rel", max(judged.confidence, 0.9 if spot.region != "body" else 0.8)
        return [judged._replace(place=place_name, confidence=sure)]
    if judged.of == "page" and license_name.startswith("CC") and not spot.left.strip() and spot.late:
        return [judged._replace(confidence=max(judged.confidence, 0.6))]  # a badge
    return [judged]


def clean(text: str) -> str:
    """Words for the evidence: bounded, without control characters, addresses of licences by name."""
    words = re.sub(f"{OPENED}([^{CLOSED}]*){CLOSED}", r"[\1] ", text)
    words = re.sub(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+", " ", words)
    return " ".join(words.split())[:MAX_TEXT]
