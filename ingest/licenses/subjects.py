"""Words for content, software and pictures, for owners, exceptions and grants, in many languages."""

# ruff: noqa: RUF001, E501 - words of many languages

import re

UNDER = re.compile(
    r"licen[cs]ed|licen[cs]ing|licen[cs]e[: ]|under (?:the )?(?:terms|a|an|the|cc|gnu)|distributed|"
    r"available|published|released|"
    r"governed by|permission is granted|copy, distribute|redistribute|subject to|may be (?:used|reused|"
    r"copied)|"
    r"lizenziert|lizenz|\bunter\b|veröffentlicht|sous (?:la )?licen[cs]e|"
    r"mis (?:à disposition|en ligne)|"
    r"bajo (?:la |una |los )?licencia|bajo|licenciad|disponible|sotto (?:la )?licenza|rilasciat|distribuit|"
    r"licen[çc]a|licenciad|onder (?:de |een )?|licentie|gelicentieerd|na licencji|licencj|udostępni|"
    r"лицензи|доступ|на условиях|"
    r"распространя|опубликован|\bunder\b|\bsous\b|\bsotto\b|\bsob\b|publi[éc]|tillgänglig|licens|lisens|"
    r"tilgjengelig|tilgængelig|käyttöluva|lisans|\bpod\b|dostępn|dostupn|theo|giấy phép|phát hành|dirilis|"
    r"tersedia|สัญญาอนุญาต|ภายใต้|लाइसेंस|के तहत|ترخيص|رخصة|مرخص|متاح|بموجب|רישיון|רשיון|תחת|זמין|مجوز|پروانه|"
    r"منتشر|ліценз|на умовах|άδεια|διαθέσιμ|достъп|licență|\bsub\b|llicència|\bsota\b|elérhető|alatt|"
    r"\bgrant|termes|termini|términos|termos|warunk|voorwaarden|bedingungen|公開|公开|遵循|释出|釋出|適用|利用可能|이용|배포|따라|"
    r"적용|许可|許可|授权|授權|采用|採用|提供|发布|ライセンス|licenz|licenci|litsents|leyfi|\bundir\b|lizentzi|permesil|liseb|pubblicat|diffus|verfügbar|kasutatav|erabil|használhat|"
    r"podmín|podmien|vilkår|betingels|villkor|feltétel|ehtoj|ehdoin|uvjet|uslov|pogoj|услови|умовам|όρους|koşul|条件|条項|条款|條款|條件|조건|dağıtıl|"
    r"điều khoản|ketentuan|baldintz|sąlyg|zasadach|nos termos|ai sensi|conformit|(?:re)?dystrybu|"
    r"\bbaixo\b|лиценц|доступан|ლიცენზი|թույլատրագր|լիցենզիա|লাইসেন্স|உரிம|ലൈസൻസ്|లైసెన్సు|の下|のもと|に基づ|使用|利用でき|라이선스|基于|根据|遵守|dedicad|dedicat|gewidmet|dédié|放弃|放棄|贡献|貢献|передан|dominio p|domaine p|copyright|©|\(c\)",
    re.IGNORECASE,
)
CONTENT = (
    r"contents?|texts?|articles?|pages?|web ?sites?|sites?|blog(?: ?posts?)?|posts?|works?|trabalhos?|document(?:s|"
    r"ation)?|docs|manuals?|"
    r"books?|guides?|tutorials?|publications?|materials?|wiki|translations?|chapters?|lessons?|courses?|"
    r"papers?|essays?|"
    r"handbook|faq|how-?to|report|notes|contributions?|everything|anything|specification|story|stories|"
    r"entry|entries|prose|"
    r"resources?|info(?:rmation)?|edition|inhalte?|seiten?|website|werk(?:e|es)?|artikel|beitr[aä]ge?|"
    r"beitrag|dokument(?:ation|e|s)?|"
    r"buch|handbuch|contenus?|textes?|[œo]uvres?|documents?|livre|billets?|contenidos?|textos?|obras?|"
    r"p[aá]ginas?|"
    r"sitios?|art[ií]culos?|documentos?|contenut[io]|test[io]|(?<!\bad )(?<!\bper )oper[ae]|pagin[ae]|sit[oi]|articol[io]|"
    r"document[io]|"
    r"conte[úu]dos?|inhoud|tekst(?:en|y|ów)?|pagina|boek|tre[sś](?:ć|ci)|utw[óo]r|stron[aye]|artykuł\w*|"
    r"содерж\w+|материал\w*|"
    r"innehåll\w*|text\w*|webbplats\w*|verket|verk|artik\w*|artikkel\w*|indhold\w*|tekst\w*|siden|værk\w*|innhold\w*|"
    r"nettsted\w*|sisält\w*|teksti\w*|teos|sivu\w*|aineisto\w*|içeri\w*|metin\w*|eser\w*|makale\w*|sayfa\w*|"
    r"yazı(?!lım)\w*|tartalom\w*|szöveg\w*|cikk\w*|oldal\w*|contingut\w*|lloc|pàgin\w*|obra|conținut\w*|articol\w*|"
    r"obsah\w*|dílo|dielo|článe?o?k\w*|stránk\w*|web|sadržaj\w*|djelo|delo|član\w*|stranic\w*|vsebin\w*|"
    r"besedilo|вміст\w*|матеріал\w*|твір|стат[тт]\w+|сторінк\w*|зміст|съдържани\w*|περιεχόμεν\w*|κείμεν\w*|"
    r"έργο|άρθρο|σελίδ\w*|ιστό\w*|υλικό|nội dung|văn bản|bài viết|trang|tác phẩm|tài liệu|konten|isi|teks|karya|"
    r"contidos?|testu\w*|eduki\w*|írás\w*|sisu\w*|turin\w*|saturs\w*|teksto\w*|садржај\w*|ტექსტ\w*|შინაარს\w*|տեքստ\w*|"
    r"բովանդակ\w*|halaman|situs|tulisan|dokumen|werkje|dokumentti|documentation|documentaci[óo]n?|documenta[çc][ãa]o|"
    r"documentazione|documentatie|dokumentacj\w*|документ\w*|dokument\w*|"
    r"text\w*|produs\w*|publica\w*|"
    r"manuel|manuale|manuál\w*|handleiding|gids|guida|guías?|guia|příručk\w*|návod\w*|podręcznik\w*|przewodnik\w*|poradnik\w*|"
    r"руководств\w*|справочник\w*|посібник\w*|ръководств\w*|упутств\w*|приручник\w*|priručnik\w*|priročnik\w*|kézikönyv\w*|"
    r"leírás\w*|útmutató\w*|opas(?:ta|ke\w*|)|käsikirja\w*|asiakirja\w*|handbok\w*|håndb[oø][gk]\w*|vejledning\w*|veiledning\w*|"
    r"handledning\w*|kılavuz\w*|belge\w*|anleitung|leitfaden|anwenderhandbuch|εγχειρίδι\w*|έγγραφ\w*|οδηγός|eskuliburu\w*|"
    r"veröffentlichung|ghid\w*|vadov\w*|rokasgrāmat\w*|käsiraamat\w*|panduan|buku|sổ tay|manlibro\w*|spis|príručk\w*|kniha|knih[uy]|livro|"
    r"текст\w*|произведени\w*|стать\w+|контент\w*|сайт\w*|страниц\w*"
)
_CJK = (
    r"マニュアル|本書|ドキュメント|手引|ハンドブック|この翻訳|本翻訳|本译文|이 번역|설명서|안내서|매뉴얼|手册|手冊|指南|教程|本文件|本书|本書|"
    r"内容|內容|作品|文章|本站|网站|網站|本文|文档|文檔|页面|文書|コンテンツ|ページ|"
    r"テキスト|サイト|記事|文本|資料|著作|創作|条目|條目|正文|原创|저작물|콘텐츠|문서|글|내용|텍스트|본문|저작|"
    r"المحتوى|محتوى|محتويات|النص|المقال|الموقع|العمل|المصنف|الصفحة|المواد|תוכן|התכנים|טקסט|מאמר|יצירה|האתר|הדף|"
    r"כתבה|محتوا|متن|مقاله|مطالب|این اثر|سایت|صفحه|نوشته|เนื้อหา|ข้อความ|บทความ|งานนี้|หน้านี้|เว็บไซต์|ผลงาน|เอกสาร|"
    r"লেখা|পাঠ্য|বিষয়বস্তু|உரை|உள்ளடக்க|సమాచార|सामग्री|पाठ|लेख|कृति|पृष्ठ|रचना"
)
_SOFT = (
    r"software|programs?|source|codes?|samples?|snippets?|examples?|librar(?:y|ies)|plug-?ins?|themes?|"
    r"templates?|fonts?|"
    r"icons?|packages?|app(?:lication)?s?|tools?|scripts?|frameworks?|kernel|engine|binar(?:y|ies)|"
    r"quellcode|programm|"
    r"beispiele?|logiciels?|exemples?|c[óo]digo(?: fuente)?|ejemplos?|programas?|esempi|codice|exemplos?|"
    r"voorbeelden|kod|"
    r"models?|weights|checkpoints?|программ\w*|код\w*|powered|project|module|driver|javascript|css|api|"
    r"skin|layout|design|programvara\w*|programvare\w*|ohjelmisto\w*|yazılım\w*|szoftver\w*|програм\w*|λογισμικ\w*|"
    r"phần mềm|perangkat lunak|oprogramowani\w*|логотип\w*|skript\w*|beispielcode"
)
_CJK_SOFT = r"ソフト|소프트웨어|코드|البرنامج|תוכנה|نرم.?افزار|ซอฟต์แวร์|सॉफ़्टवेयर|代码|代碼|软件|軟體|程序|コード|ソフトウェア|示例|サンプル|主题|主題"
_MEDIA = (
    r"images?|photos?|photographs?|photography|pictures?|pics?|illustrations?|figures?|logos?|videos?|"
    r"music|audio|artworks?|"
    r"sounds?|emojis?|wallpapers?|avatars?|sprites?|textures?|favicons?|clip-?art|banners?|recordings?|diagrams?|charts?|"
    r"animations?|maps?|data(?:sets?|base)?|graphics|screenshots?|drawings?|cover|bild(?:er|es)?|fotos?|"
    r"abbildung(?:en)?|grafik(?:en)?|"
    r"karten?|daten|im[aá]genes|imagen|fotograf[ií]as?|mapas?|datos|immagin[ei]|imagens?|"
    r"afbeelding(?:en)?|foto|zdj[eę]ci\w*|"
    r"grafiki?|изображени\w*|фото\w*|картинк\w*|podcast|comments?|kommentare?|commentaires?|comentarios?|"
    r"bilder\w*|fotografi\w*|kuva\w*|resim\w*|fotoğraf\w*|kép\w*|imatge\w*|imagin\w*|obráz\w*|slik\w*|зображенн\w*|"
    r"світлин\w*|снимк\w*|εικόν\w*|φωτογραφ\w*|hình ảnh|ảnh|gambar|zdjęci\w*|"
    r"photograph\w*|fotograf\w*|illustra[tzc]\w*|bildet?|billed\w*|hình|valokuv\w*|kuvitus|görsel\w*|nuotrauk\w*|attēl\w*|"
    r"pildi\w*|mynd\w*|ljósmynd\w*|argazki\w*|beeld\w*|ilustracj\w*|obraz\w*|fotó\w*|snímek\w*|"
    r"flickr|unsplash|pixabay|"
    r"wikimedia commons|courtesy|tiles|openstreetmap|"
    r"\w+(?:bild(?:er|es|e?s?|en)?|fotos?|foton?|grafik(?:en)?|kuva\w{0,4}|billede\w{0,3}|bildet?|zeichnung(?:en)?|aufnahmen?|musik)"
)
_CJK_MEDIA = r"图片|圖片|照片|画像|写真|图像|評論|评论|コメント|配图|插图|插畫|封面|사진|صورة|이미지|الصور|צילום|תמונ|عکس|تصویر|ภาพ|चित्र|फ़ोटो"
OWN = re.compile(rf"\b(?:{CONTENT})\b|{_CJK}", re.IGNORECASE)
SUBJECT = re.compile(
    rf"(?P<content>\b(?:{CONTENT})\b|{_CJK})|(?P<software>\b(?:{_SOFT})\b|{_CJK_SOFT})|"
    rf"(?P<picture>\b(?:{_MEDIA})\b|{_CJK_MEDIA})",
    re.IGNORECASE,
)
JOINED = re.compile(
    r"^\W{0,3}(?:and|or|und|et|y|e|en|i|и|&|,|its|their|the|all|other|和|及|與|与|\s|/)+", re.IGNORECASE
)
EXCEPT = re.compile(
    r"(?:except|unless|other than|excluding|save for|apart from|sauf|sofern|soweit|falls|wenn|außer|salvo|"
    r"excepto|a menos|"
    r"eccetto|tranne|se non|exceto|tenzij|behalve|o ile|za wyjątkiem|кроме|если не|"
    r"если иное)[^,.;(]{0,100}[,)]|"
    r"(?:除非|除了|除)[^,，。]{0,40}[,，]|特に(?:記載|明記)[^、。]{0,20}[、]",
    re.IGNORECASE,
)
THIS = re.compile(
    r"\b(?:det|den|denna|detta|denne|dette|tämä\w*|bu|ez|az|aquest\w*|acest\w*|tento|tato|toto|tyto|ov[aeio]\w*|"
    r"š[įi]\w*|hau|настоящ\w*|jelen|vorliegende\w*|"
    r"ц(?:ей|я|е|і|ього|ієї|ій)|вс[іеё]|усі|този|тази|това|тези|αυτ\w+|το|τα|οι|este|toàn bộ|mọi|tất cả|này|ini|"
    r"semua|seluruh|ces|du|della|del|sauf|se não|alles|unless|"
    r"this|these|the|our|all|everything|my|except|unless|where|whole|entire|any|diese[rsmn]?|die|der|"
    r"das|alle|unser\w*|sofern|soweit|"
    r"ce|cet|cette|ces|le|la|les|l|tous|tout|sauf|est[aeo]s?|el|los|todo|todos|salvo|quest[aoie]|tutti|il|"
    r"i|o|os|as|deze|dit|"
    r"niniejsz\w*|wszystkie|treść|ta|эт\w+|все|весь|данн\w*)\b|[本此该該全除]|当|このこ|この|이 |본|모든|هذا|هذه|جميع|כל|זה|זו|این|تمام|นี้|इस|यह|सभी|ה|当サイト|이 ",
    re.IGNORECASE,
)
OTHERS_OWN = re.compile(
    r"\b(?:via \w|all its|of its|"
    r"(?:their|his|her|sus|ses|leurs?|suoi|loro|seus|suas|их|свои\w*|hun|haar|deras|swoje)(?! (?:\w+ )?(?:aut|contrib|collab|colab|kolab))|"
    r"(?:seine\w*|ihre\w*|deren|dessen)(?! (?:\w+ )?(?:aut|mit))|(?<!is )(?<!as )(?<!this )(?-i:an?) (?:article|text|page|work|book|"
    r"paper|document|website|blog|story|post)|often|usually|typically|sometimes|many|several|recommend\w*|should|suggest\w*|requires?|propos\w+|calls for|must be|ought to|"
    r"original(?:ly)? (?:work|photo|image)|if you|you (?:can|may|must|should)(?! (?:freely )?(?:re|copy|"
    r"distribute|modify|use (?:it|this)|share))|I licen|they|he|she|we (?:use|recommend)|"
    r"your (?:own )?(?:works?|articles?|texts?|content|contributions?|sites?|pages?|books?|blogs?|creations?)|"
    r"if (?:your|a|an|his|her|their|someone)|"
    r"compatible|such as|for example|like the|instead of|choose|whether|called|what is|about the|understand|"
    r"difference|versus|now|version of the .{0,20} was)\b|e\.g\.",
    re.IGNORECASE,
)
DERIVED = re.compile(
    r"\b(?:uses? (?:material|text|content)s?|(?:adapted|taken|derived|copied|reproduced|quoted|translated|"
    r"excerpted) from|"
    r"(?:get|buy|download|order) (?:my|our|the|a)|based on|verwendet (?:material|inhalte)|basiert auf|"
    r"contains (?:\w+ ){0,5}(?:information|data) licen[cs]ed|utilise du contenu|d['’]après|nach einem|nach dem|según un|a partir d[eo]|da un|op basis van|na podstawie|по материалам|за матеріалами|efter en|"
    r"podle (?:článku|textu)|basado en|tratto da)\b",
    re.IGNORECASE,
)
TOLD = re.compile(
    r"^[^.;|]{0,60}\b(?:said|says|announced|according to|lets|allows|means|requires|permits|your (?:own )?work)\b",
    re.IGNORECASE,
)
SENTENCE = re.compile(
    r"(?<=[\w)\]\"”])(?<!\bU\.S)(?<!\bU\.K)(?<!\b[A-ZÀ-ÖØ-ÞА-ЯЁІЇЄŁŚŻŠČŘŽ])(?<!\b[A-ZÀ-ÖØ-Þ][a-zà-ÿ])[.!?]+\s+(?=[A-ZÀ-ÖØ-ÞА-ЯŁŚŻ\x02©])|[。！？|•·]\s*|\s[–—]\s(?=[A-Z])|"
    r"\s*\x1e\s*(?=©|\(c\)|[Cc]opyright)"
)
DOCUMENT = re.compile(
    r"permission is granted to copy, distribute|(?:you may|puede|pode|vous pouvez|sie (?:dürfen|können)|può|"
    r"je mag|możesz|вы можете) (?:\w+ ){0,3}(?:re)?(?:distribut|copi|copy|verteil|weitergeb|rozprow|распростр|"
    r"verspreid)\w*|(?:copier|copiar|kopieren|copiare|distribu\w+)[^.]{0,40}(?:modifi\w*|verteil\w*)|"
    r"(?:copy|redistribute)[^.]{0,40}(?:modify|distribute)",
    re.IGNORECASE,
)
OWNED = re.compile(r"©|\(c\)|copyright|\b(?:19|20)\d\d\b|copr\.|&copy;|版[权權]|℗", re.IGNORECASE)
LABEL = re.compile(
    r"licen[cs]e|licen[cs]ing|lizenz|licencia|licença|licenza|licentie|licencja|лицензия|许可|ライセンス|"
    r"copyright|rights|legal|terms",
    re.IGNORECASE,
)
LICENSE_WORD = re.compile(
    r"licen[cs]|lizenz|licenz|lisens|lisans|лиценз|ліценз|许可|許可|授权|授權|ライセンス|라이선스|commons|\bcc\b|share|رخصة|ترخيص|"
    r"רישיון|άδεια|giấy phép|สัญญา|लाइसेंस|attribution|namensnennung|atribu",
    re.IGNORECASE,
)
# "All rights reserved, except for the texts, which are under ..."
TAKEN_OUT = re.compile(
    r"(?:except|apart from|other than|save|außer|ausgenommen|sauf|excepté|salvo|excepto|tranne|eccetto|kromě|кроме|oprócz)"
    rf"(?: for| der| die| den| dem| les| los| las| el| i| gli| le| os| as| the| our| all)*[ ’']+(?:{CONTENT})\b,? "
    r"(?:which|that|die|der|das|welche|qui|que|che|které|котор\w+|które)\b[^.;|]{0,60}$",
    re.IGNORECASE,
)
# What is not, or is no more.
NOT = re.compile(
    r"\bnot (?:yet )?(?:be )?(?:licen|available|covered|under|released|published|offered|distributed)|\bno longer\b|\bformerly\b|"
    r"\bused to be\b|\b(?:until|before|prior to|up to|bis|jusqu.en|hasta|fino al|до|vor) (?:\w+ )?(?:19|20)\d\d|\bnever\b|"
    r"\bnicht (?:mehr )?(?:unter|lizenz)|n['’]est (?:pas|plus)|ne sont (?:pas|plus)|\bautrefois\b|\bya no\b|\bno est[áa]n?\b|"
    r"\bnon (?:è|sono) più|больше не|не распростран|не доступ|不再|并非|並非|曾经|かつて|더 이상",
    re.IGNORECASE,
)
# A question, or a title that asks.
ASKED = re.compile(
    r"^\W*(?:what|why|how|should|is|are|can|does|which|warum|wieso|was|wie|pourquoi|comment|qu['’]est|que signifie|qué|por qué|"
    r"cómo|cosa|perché|come|что|почему|как|为什么|什么是|waarom|hoe|dlaczego|co to)\b[^.]*$",
    re.IGNORECASE,
)
# Of what a text, any text, under a license does.
GENERAL = re.compile(
    r"^[^.;|]{0,25}?\b(?:may|must|can|cannot|might|would|needs?|have to)\b|^\W{0,3}(?:erlaubt|gestattet|verlangt|permet|autorise|exige|"
    r"permite|exige|consente|richiede|pozwala|wymaga|разрешает|позволяет|требует|允许|要求|は|を使)",
    re.IGNORECASE,
)
# Words before a formula that is spoken of, and not given.
MENTIONED = re.compile(
    r"\b(?:words?|phrase|formula|legend|term|label|expression|notice (?:of|that says)|inscription|says|saying|vermerk|hinweis|formel|"
    r"floskel|mention|formule|expresión|frase|fórmula|dicitura|formula|expressão|slova|слов\w+|надпис\w+|"
    r"formuł\w+|zwrot|uttrycket|vermelding)[\s:,]{1,3}[\"“„«'‘]?$",
    re.IGNORECASE,
)
# What a site runs on, whose licence is told beside.
ENGINE = re.compile(
    r"powered by|runs? on|running on|built (?:with|on|using)|wordpress|mediawiki|drupal|joomla|\bhexo\b|\bhugo\b|jekyll|discourse|"
    r"phpbb|работает на|на движке|basiert auf|läuft mit|propulsé par|funciona con|程序|驱动|驅動|主题|主題",
    re.IGNORECASE,
)
BSD = re.compile(r"redistribution and use in source", re.IGNORECASE)
