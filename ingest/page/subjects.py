"""Of what a licence is said: words for content, software and pictures before its name, in many languages."""

# ruff: noqa: RUF001 - words of many languages

import re

from ingest.page.regions import Spot
from ingest.page.wording import Named

UNDER = re.compile(
    r"licen[cs]ed|licen[cs]ing|licen[cs]e[: ]|under (?:the )?(?:terms|a|an|the|cc|gnu)|distributed|"
    r"available|published|released|"
    r"governed by|permission is granted|copy, distribute|redistribute|subject to|may be (?:used|reused|"
    r"copied)|"
    r"lizenziert|lizenz|unter (?:der|einer|den)|steht unter|veröffentlicht|sous (?:la )?licen[cs]e|"
    r"mis (?:à disposition|en ligne)|"
    r"bajo (?:la |una |los )?licencia|bajo|licenciad|disponible|sotto (?:la )?licenza|rilasciat|distribuit|"
    r"licen[çc]a|licenciad|onder (?:de |een )?|licentie|gelicentieerd|na licencji|licencj|udostępni|"
    r"лицензи|доступ|на условиях|"
    r"распространя|опубликован|许可|許可|授权|授權|采用|採用|提供|发布|ライセンス|の下|使用|라이선스|copyright|©|\(c\)",
    re.IGNORECASE,
)
_CONTENT = (
    r"contents?|texts?|articles?|pages?|web ?sites?|sites?|blog(?: ?posts?)?|posts?|works?|document(?:s|"
    r"ation)?|docs|manuals?|"
    r"books?|guides?|tutorials?|publications?|materials?|wiki|translations?|chapters?|lessons?|courses?|"
    r"papers?|essays?|"
    r"handbook|faq|how-?to|report|notes|contributions?|everything|anything|specification|story|stories|"
    r"entry|entries|prose|"
    r"resources?|info(?:rmation)?|edition|inhalte?|seiten?|website|werk(?:e|es)?|artikel|beitr[aä]ge?|"
    r"beitrag|dokument(?:ation|e|s)?|"
    r"buch|handbuch|contenus?|textes?|[œo]uvres?|documents?|livre|billets?|contenidos?|textos?|obras?|"
    r"p[aá]ginas?|"
    r"sitios?|art[ií]culos?|documentos?|contenut[io]|test[io]|oper[ae]|pagin[ae]|sit[oi]|articol[io]|"
    r"document[io]|"
    r"conte[úu]dos?|inhoud|tekst(?:en|y|ów)?|pagina|boek|tre[sś](?:ć|ci)|utw[óo]r|stron[aye]|artykuł\w*|"
    r"содерж\w+|материал\w*|"
    r"текст\w*|произведени\w*|стать\w+|контент\w*|сайт\w*|страниц\w*"
)
_CJK = (
    r"内容|內容|作品|文章|本站|网站|網站|本文|文档|文檔|页面|文書|コンテンツ|ページ|"
    r"テキスト|サイト|記事|文本|資料|저작물|콘텐츠|문서|글"
)
_SOFT = (
    r"software|programs?|source|codes?|samples?|snippets?|examples?|librar(?:y|ies)|plug-?ins?|themes?|"
    r"templates?|fonts?|"
    r"icons?|packages?|app(?:lication)?s?|tools?|scripts?|frameworks?|kernel|engine|binar(?:y|ies)|"
    r"quellcode|programm|"
    r"beispiele?|logiciels?|exemples?|c[óo]digo(?: fuente)?|ejemplos?|programas?|esempi|codice|exemplos?|"
    r"voorbeelden|kod|"
    r"models?|weights|checkpoints?|программ\w*|код\w*|powered|project|module|driver|javascript|css|api|"
    r"skin|layout|design"
)
_CJK_SOFT = r"代码|代碼|软件|軟體|程序|コード|ソフトウェア|示例|サンプル|主题|主題"
_MEDIA = (
    r"images?|photos?|photographs?|photography|pictures?|pics?|illustrations?|figures?|logos?|videos?|"
    r"music|audio|artworks?|"
    r"maps?|data(?:sets?|base)?|graphics|screenshots?|drawings?|cover|bild(?:er|es)?|fotos?|"
    r"abbildung(?:en)?|grafik(?:en)?|"
    r"karten?|daten|im[aá]genes|imagen|fotograf[ií]as?|mapas?|datos|immagin[ei]|imagens?|"
    r"afbeelding(?:en)?|foto|zdj[eę]ci\w*|"
    r"grafiki?|изображени\w*|фото\w*|картинк\w*|podcast|comments?|kommentare?|commentaires?|comentarios?|"
    r"flickr|unsplash|pixabay|"
    r"wikimedia commons|courtesy|tiles|openstreetmap"
)
_CJK_MEDIA = r"图片|圖片|照片|画像|写真|图像|評論|评论|コメント|사진|이미지"
SUBJECT = re.compile(
    rf"(?P<content>\b(?:{_CONTENT})\b|{_CJK})|(?P<software>\b(?:{_SOFT})\b|{_CJK_SOFT})|"
    rf"(?P<picture>\b(?:{_MEDIA})\b|{_CJK_MEDIA})",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"^\W{0,3}(?:and|or|und|et|y|e|en|i|и|&|,|its|their|the|all|other|和|及|與|与|\s|/)+", re.IGNORECASE
)
_EXCEPT = re.compile(
    r"(?:except|unless|other than|excluding|save for|apart from|sauf|sofern|soweit|falls|wenn|außer|salvo|"
    r"excepto|a menos|"
    r"eccetto|tranne|se non|exceto|tenzij|behalve|o ile|za wyjątkiem|кроме|если не|"
    r"если иное)[^,.;(]{0,100}[,)]|"
    r"(?:除非|除了|除)[^,，。]{0,40}[,，]|特に(?:記載|明記)[^、。]{0,20}[、]",
    re.IGNORECASE,
)
_EXCEPT_END = re.compile(r"(?:except|unless|sauf|salvo|excepto)\b[^.;]{0,100}$", re.IGNORECASE)
THIS = re.compile(
    r"\b(?:this|these|the|our|all|everything|my|except|unless|where|whole|entire|any|diese[rsmn]?|die|der|"
    r"das|alle|unser\w*|sofern|soweit|"
    r"ce|cet|cette|ces|le|la|les|l|tous|tout|sauf|est[aeo]s?|el|los|todo|todos|salvo|quest[aoie]|tutti|il|"
    r"i|o|os|as|deze|dit|"
    r"niniejsz\w*|wszystkie|treść|ta|эт\w+|все|весь|данн\w*)\b|[本此该該全]|この|当サイト|이 ",
    re.IGNORECASE,
)
OTHERS_OWN = re.compile(
    r"\b(?:via \w|their|his|her|"
    r"original(?:ly)? (?:work|photo|image)|if you|you (?:can|may|must|should)(?! (?:freely )?(?:re|copy|"
    r"distribute|modify|use (?:it|this)|share))|I licen|they|he|she|we (?:use|recommend)|"
    r"compatible|such as|for example|like the|instead of|choose|whether|called|what is|about the|understand|"
    r"difference|versus|now|version of the .{0,20} was)\b|e\.g\.",
    re.IGNORECASE,
)
DERIVED = re.compile(
    r"\b(?:uses? (?:material|text|content)s?|(?:adapted|taken|derived|copied|reproduced|quoted|translated|"
    r"excerpted) from|"
    r"(?:get|buy|download|order) (?:my|our|the|a)|based on|verwendet (?:material|inhalte)|basiert auf|"
    r"utilise du contenu|basado en|tratto da)\b",
    re.IGNORECASE,
)
TOLD = re.compile(
    r"^[^.;|]{0,60}\b(?:said|says|announced|according to|lets|allows|means|requires|permits)\b", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[\w)\]\"”])[.!?]+\s+(?=[A-ZÀ-ÖØ-ÞА-ЯŁŚŻ\x02©])|[。！？|•·]\s*|\s[–—]\s(?=[A-Z])")
DOCUMENT = re.compile(
    r"permission is granted to copy, distribute|(?:copy|redistribute)[^.]{0,40}(?:modify|distribute)",
    re.IGNORECASE,
)
OWNED = re.compile(r"©|\(c\)|copyright|\b(?:19|20)\d\d\b|copr\.|&copy;|版[权權]|℗", re.IGNORECASE)
LABEL = re.compile(
    r"licen[cs]e|licen[cs]ing|lizenz|licencia|licença|licenza|licentie|licencja|лицензия|许可|ライセンス|"
    r"copyright|rights|legal|terms",
    re.IGNORECASE,
)
BSD = re.compile(r"redistribution and use in source", re.IGNORECASE)


def tell_subject(
    text: str, name: Named, names: list[Named], spot: Spot, previous: str | None
) -> tuple[str, str, bool]:
    """What a name is said of ("page", "software", "picture", ""), the words before it, whether these say
    so."""
    begun = max([one.end for one in names if one.end <= name.start and one is not name] or [0])
    pieces = SENTENCE.split(text[max(begun, name.start - 320) : name.start])
    clause = pieces[-1] or ""
    if begun and len(pieces) == 1:
        clause = re.split(r"[;,]\s(?=.{12})", clause)[-1] if SUBJECT.search(clause) else clause
    plain = _EXCEPT_END.sub("", _EXCEPT.sub(" all ", clause))
    first = SUBJECT.search(plain)
    if first is None:
        if begun and len(pieces) == 1 and previous is not None:
            return previous, clause, False
        after = re.match(r"[^.;]{0,60}?\b(?:for|applies to|gilt für|pour)\b ([^.;]{0,60})", text[name.end :])
        later = SUBJECT.search(after[1]) if after else None
        return (
            ("page" if later and later["content"] else later.lastgroup or "" if later else ""),
            clause,
            False,
        )
    kind = first.lastgroup or ""
    rest = plain[first.end() :]
    if kind != "content" and (joined := _JOINED.match(rest)):
        second = SUBJECT.match(rest[joined.end() :])
        kind = "content" if second and second["content"] else kind
    firm = bool(kind == "content" and UNDER.search(plain[first.end() :]))
    return ("page" if kind == "content" else kind), clause, firm


def opens(clause: str) -> bool:
    """Whether the words before a name are no more than "Licensed under the", or speak of "this"."""
    plain = re.sub(r"(?:©|\(c\)|copyright)[^.,|]{0,60}[.,|]?", "", clause, flags=re.IGNORECASE).strip()
    return len(plain) <= 28 or bool(
        re.match(r"(?:this|dies\w*|cet\w*|est[ea]|quest\w*|deze|dit|эт\w+)\b", plain, re.IGNORECASE)
    )


def is_own(clause: str) -> bool:
    """Whether words in the body begin with what they are of: "This article is", "All content on"."""
    plain = _EXCEPT.sub(" all ", clause)
    subject = SUBJECT.search(plain)
    return bool(subject and THIS.search(plain[max(0, subject.start() - 40) : subject.end()]))
