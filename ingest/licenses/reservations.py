"""The formulas by which pages keep their rights ("All rights reserved"), in the languages of most pages."""

# ruff: noqa: RUF001, E501 - words of many languages

import re

from winnow.ingest.licenses.branches import cut, find_all, fold, has_any

# Stems of which one stands in the words, in lower case ("_" is a space), and how these go on.
_FORMULAS = (
    ("reserved", r"all (?:the )?(?:copy)?rights?,? (?:are |is )?(?:strictly )?reserved|all right reserved"),
    ("vorbehalt", r"alle\s?(?:\w+ )?rechte\s?(?:(?:sind|bleiben)\s)?vorbehalten|rechte vorbehalten|"
     r"alle rechte, [^.;|]{1,60}, vorbehalten"),
    ("réserv reserv interdite prohibited",
     r"tous (?:les )?droits (?:de \w+ )?(?:sont )?(?:strictement )?réservés|tous droits reserves|"
     r"tous droits r[ée]serv[ée]s|reproduction (?:strictement )?(?:interdite|prohibited)"),
    ("reservad derechos",
     r"todos los derechos (?:est[áa]n |son )?(?:reservados|protegidos)|reservados todos los derechos|"
     r"derechos reservados|reservados los derechos"),
    ("riservat", r"tutti i diritti (?:sono )?(?:riservati|reservati)|diritti riservati|riproduzione riservata"),
    ("reservados reservats rezervate reservaos",
     r"todos os dereitos reservados|todos os direitos (?:s[ãa]o |est[ãa]o )?reservados|direitos reservados|"
     r"tots els drets reservats|drets reservats|toate drepturile (?:sunt )?rezervate|drepturi rezervate"),
    ("voorbehou", r"alle (?:auteurs)?rechten (?:zijn )?voorbehouden|alle regte voorbehou"),
    ("zastrze", r"wszelkie prawa (?:są )?zastrzeżone|wszystkie prawa (?:są )?zastrzeżone|prawa zastrzeżone"),
    ("прав",
     r"все (?:авторские )?права (?:на [\w\s]{1,30})?(?:защищены|сохранены|принадлежат|зарезервированы|"
     r"охраняются)|права защищены|(?:у|в)сі права (?:захищен[оіы]|застережен[оі]|збережен[оі])|"
     r"всички права (?:са )?запазени|сва права (?:су )?задржана|(?:у|ў)се правы (?:абаронены|захаваны)|"
     r"сите права (?:се )?задржани"),
    ("хамгаалагдсан қорғалған", r"бүх эрх (?:нь )?(?:\w+ )?хамгаалагдсан|барлық құқықтар (?:\w+ )?қорғалған"),
    ("無断 転載 著作権 不許", r"無断(?:転載|複製|使用|引用)[^。\n]{0,20}(?:禁|お断り|固く)|転載を禁|無断転載|禁無断|"
     r"著作権所有|全著作権所有|すべての権利を留保|全ての権利を留保|不許複製"),
    ("版 保留 不得 禁止 翻印",
     r"版[权權]所有|保留(?:所有|一切|全部)(?:版[权權]|[权權]利)|(?:所有|一切)[权權]利保留|翻印必究|"
     r"(?:未[经經](?:[^。]{0,8})(?:授[权權]|[许許]可)[^。]{0,12}(?:不得|禁止|严禁))|不得[转轉][载載]|禁止[转轉][载載]"),
    ("모든 무단 저작권자 판권", r"모든 ?권리(?:를|는|가)? ?(?:보유|소유|유보)|무단 ?전재|무단 ?복제|판권 ?소유"),
    ("förbehåll ensamrätt rettighe rettar oikeudet reserverade forbehol réttindi õigused",
     r"alla rättigheter (?:är )?(?:förbehåll(?:na|es)|reserverade)|med ensamrätt|"
     r"alle rettigheter (?:er )?(?:forbeholdt|forbeholdes|reserver[te]+)|"
     r"alle rettigheder (?:er )?(?:forbehold(?:es|t)|reserveret)|kaikki oikeudet (?:pidätetään|pidätetty)|"
     r"öll réttindi áskilin|kõik õigused (?:on )?(?:kaitstud|reserveeritud)"),
    ("vyhra fenntart saklı sakli mahfuz hüquq zadržan pridrža pridrz zaščit teisės tiesības drejta",
     r"všechna práva (?:jsou )?vyhrazena|všetky práva (?:sú )?vyhradené|minden jog fenntartva|"
     r"(?:tüm|bütün|her) (?:\w+ )?hak(?:ları|lar|kı) (?:\w+ )?(?:saklıdır|mahfuzdur)|hakları (?:saklıdır|mahfuzdur)|"
     r"bütün hüquqlar[ıi]? (?:qorunur|qorunmuşdur)|sva (?:autorska )?prava (?:su )?(?:pridr[žz]|zadrž)ana|vse pravice (?:so )?pridržane|"
     r"visos teisės (?:yra )?saugomos|visas tiesības (?:ir )?(?:aizsargātas|paturētas)|"
     r"të gjitha të drejtat (?:janë )?(?:të|e) rezervuara"),
    ("επιφύλαξη επιφυλ δικαίωμα δικαιώματα δικαιωμα",
     r"με (?:την )?επιφ[ύυ]λαξη (?:κ[άα]θε|παντ[όο][ςσ]|[όο]λων)[^.\n]{0,24}δικαι[ώω]μ|όλα τα δικαιώματα (?:διατηρούνται|"
     r"κατοχυρωμένα|είναι)|(?:όλων|παντός) των δικαιωμάτων|παντός δικαιώματος|επιφύλαξη παντός"),
    ("זכויות", r"כל הזכויות (?:\w+ )?(?:שמורות|מוגנות)|הזכויות שמורות"),
    ("حقوق محفوظ", r"(?:جميع|كافة|كل) (?:ال)?حقوق (?:النشر |الطبع |الملكية )*(?:محفوظ[ةه]|محفوظه)|"
     r"الحقوق محفوظة|حقوق الطبع محفوظة|"
     r"(?:تمام|کلیه|تمامی|همه|کل)[یۀ]? ?(?:ی )?حقوق[^.\n]{0,60}(?:محفوظ|متعلق)|"
     r"(?:جملہ|تمام) حقوق (?:بحق[^.\n]{0,30} )?محفوظ"),
    ("quyền", r"(?:bảo lưu|giữ) (?:mọi|toàn bộ|tất cả)(?: các)? (?:bản )?quyền|mọi (?:bản )?quyền (?:được )?bảo lưu|"
     r"tất cả (?:các )?quyền (?:được|đã được) (?:bảo lưu|bảo hộ)|đã đăng ký bản quyền|giữ bản quyền"),
    ("hak dilindungi terpelihara", r"(?:semua|segala|seluruh) hak (?:cipta )?(?:dilindungi|dipelihara|terpelihara)|"
     r"hak ?cipta (?:dilindungi|terpelihara)|karapatan ay nakalaan|lahat ng karapatan"),
    ("karapatan haki_zote zimehifadhiwa", r"(?:ang )?lahat ng karapatan|haki zote zimehifadhiwa"),
    ("สงวน", r"สงวน(?:ลิขสิทธิ์|สิทธิ์?)"),
    ("धिकार हक्क", r"सर्वाधिकार (?:सुरक्षित|आरक्षित)|(?:सभी|सबै) अधिकार (?:सुरक्षित|आरक्षित)|सर्व हक्क (?:राखीव|सुरक्षित)"),
    ("সর্বস্বত্ব অধিকার", r"সর্বস্বত্ব (?:সংরক্ষিত|স্বত্বাধিকার)|সকল অধিকার সংরক্ষিত"),
    ("உரிமை", r"(?:அனைத்து|எல்லா) உரிமை[^\s.]*|காப்புரிமை பாதுகாக்கப்பட்ட"),
    ("హక్కు", r"(?:అన్ని|సర్వ) హక్కు"),
    ("ಹಕ್ಕು", r"ಎಲ್ಲ(?:ಾ)? ಹಕ್ಕು[^\s.]* (?:ಕಾಯ್ದಿರಿಸ|ಕಾದಿರಿಸ)"),
    ("അവകാശ", r"എല്ലാ അവകാശങ്ങളും (?:നിക്ഷിപ്ത|സംരക്ഷിത)"),
    ("હક્ક", r"(?:બધા|સર્વ) હક્ક(?:ો)? (?:અનામત|સુરક્ષિત|આરક્ષિત)"),
    ("ਰਾਖਵੇਂ", r"(?:ਸਾਰੇ|ਸਭ) (?:ਹੱਕ|ਅਧਿਕਾਰ) ਰਾਖਵੇਂ"),
    ("ඇවිරිණි", r"සියලු(?:ම)? හිමිකම් (?:ඇවිරිණි|ඇවිරිණ)"),
    ("រក្សាសិទ្ធិ", r"រក្សាសិទ្ធិ(?:គ្រប់យ៉ាង|ដោយ)?"),
    ("ສະຫງວນ", r"ສະຫງວນ(?:ລິຂະສິດ|ສິດ)"),
    ("himoyalangan", r"barcha huquqlar (?:\w+ )?himoyalangan"),
    ("cedwir cosaint", r"cedwir pob hawl|gach ceart ar cosaint"),
    ("rajtoj reservata", r"[cĉ]iuj rajtoj (?:estas )?rezervitaj|omnia iura reservata"),
    ("უფლება", r"ყველა უფლება დაცულია"),
    ("իրավունք", r"բոլոր իրավունքները (?:պաշտպանված|վերապահված)"),
    ("eskubide", r"eskubide guztiak"),
    ("no_part alle_rechte prohibited",
     r"no part of (?:this|these|the)[^.]{0,60}may be (?:reproduced|copied|used|distributed)|"
     r"alle rechte (?:bei|liegen)|any (?:unauthori[sz]ed )?(?:reproduction|copying)[^.]{0,60}"
     r"(?:is )?(?:strictly )?prohibited"),
)  # fmt: skip
# Bans on reprinting, by language: what is banned, and the words of the ban, in either order; "nur mit Quellenangabe"
# is none.
_BANS = (
    (r"reprint|republi|reproduction|copying|may not be (?:reproduced|copied)",
     r"prohibited|forbidden|not (?:permitted|allowed)|(?:without|only with) [^.;|]{0,40}(?:permission|consent)"),
    (r"nachdruck|vervielfältigung|verwertung|weiterverwendung",
     r"verboten|untersagt|nicht (?:gestattet|erlaubt)|unzulässig|(?:ohne|nur mit|bedarf|bedürfen) [^.|]{0,50}(?:genehmigung|zustimmung|einwilligung|erlaubnis)"),
    (r"reproduction|reprise de|copie de", r"interdit|sans (?:l['’]|une |son |notre )?(?:\w+ )?(?:autorisation|accord)"),
    (r"reproducci[óo]n|redistribución|reproducir|copia", r"prohibid|no se permite|sin (?:\w+ ){0,3}(?:permiso|autorizaci|consentimiento)"),
    (r"riproduzione|riprodurre|ripubblicazione", r"vietat|senza (?:\w+ ){0,2}(?:autorizzazione|consenso|permesso)"),
    (r"reprodução|reproduzir|cópia", r"proibid|vedada|sem (?:\w+ ){0,2}(?:autorização|permissão|consentimento)"),
    (r"overgenomen|verveelvoudig|overname|overnemen|kopiëren", r"(?:zonder|alleen met) [^.|]{0,40}toestemming|verboden|niet toegestaan"),
    (r"przedruk|kopiowani|powielani|rozpowszechniani", r"zabronion|zakaz|(?:bez|za|wyłącznie za) (?:\w+ ){0,2}zgod"),
    (r"перепечатк|копирован|воспроизведен", r"запрещ|не допускается|(?:без|только с) [^.|]{0,30}(?:разрешени|согласи)"),
    (r"передрук|копіюван|відтворен", r"заборон|не допускається|(?:без|лише за|тільки за|лише з|тільки з) [^.|]{0,30}(?:дозвол|згод)"),
    (r"eftertryck|kopiering|mångfaldig", r"förbjud|(?:ej|inte) tillåt|(?:utan|endast med) [^.|]{0,30}(?:tillstånd|medgivande)"),
    (r"eftertryk|ettertrykk|kopiering|gengivelse|gjengivelse", r"forbud|ikke (?:tilladt|tillatt)|(?:uden|uten|kun med) [^.|]{0,30}(?:tilladelse|tillatelse|samtykke)"),
    (r"kopioi|jäljent|lainaami|uudelleenjulkais", r"kielle|ei ole sallittu|(?:ilman|vain) [^.|]{0,40}(?:lupaa|luvalla|suostumu)"),
    (r"přetisk|kopírov|šíření|přebírání|rozmnož|šíren|preberan", r"zakáz|(?:bez|jen se?|pouze se?|len so?|iba so?) [^.|]{0,20}(?:souhlas|súhlas|povolen)"),
    (r"kopyala|çoğalt|alıntı|yayımlan|yayınlan", r"yasak|izinsiz|izin (?:alın|almadan)"),
    (r"utánközl|másolás", r"tilos|csak [^.|]{0,30}engedél"),
    (r"転載|転用|複製|引用", r"無断|許可なく|お断り|ご遠慮|禁じ|禁止"),
    (r"[转轉][载載]|复制|複製|摘[编編]", r"请勿|請勿|谢绝|謝絕|禁止|不得|严禁|嚴禁"),
)  # fmt: skip
# "Some rights reserved", or none: the licence beside it says which.
SOME = re.compile(
    r"(?:\bμε επιφύλαξη )?\b(?:some|no|none|keine|sin|sem|senza|nessun|nessuno|ningún|ningunos|nenhum|nenhuns|żadne|geen|aucuns?|pas de|inga|ingen|никакие|без|žádná|hiçbir|certain|manche|einige|gewisse|bestimmte|certains|quelques|algunos|ciertos|alcuni|certi|alguns|certos|sommige|"
    r"bepaalde|enkele|niektóre|pewne|некоторые|отдельные|часть|деякі|окремі|частин[ау]|vissa|några|nogle|visse|noen|enkelte|osa|"
    r"jotkin|joitakin|některá|určitá|niektoré|bazı|kimi|certs|néhány|egyes|unele|anumite|ορισμένων|ορισμένα|κάποια|neka|"
    r"određena|nekatere|някои|неки|một số|sebagian|beberapa)\s+(?:[\w']+\s+){0,2}?"
    r"(?:rights?|rechten?|droits?|derechos?|diritt[io]|direitos?|prav[ao]|praw\w*|прав\w*|rätti\w+|rettig\w+|oikeu\w+|práv\w*|hak\w*|drets|jog\w*|"
    r"drepturi\w*|δικαι\w+|pravice|quyền)"
    r"(?:(?:\s+\w+){0,2}?\s+(?:reserv|vorbeh|réserv|riserv|voorbeh|zastrze|защищ|сохран|захищ|застереж|förbeh|forbeh|pidät|vyhra|sakl|"
    r"fenntart|rezerv|pridrž|zadrž|запаз|задрж|bảo|dilindungi)\w*)?"
    r"|一部の?権利(?:を?留保)?|(?:保留)?部分(?:版[权權]|[权權]利)|일부 ?권리(?: ?보유)?|بعض الحقوق(?: محفوظة)?|חלק מהזכויות(?: שמורות)?|สงวนสิทธิ์บางประการ|कुछ अधिकार(?: सुरक्षित)?",
    re.IGNORECASE,
)
_KEPT = tuple(
    (tuple(stem.replace("_", " ") for stem in stems.split()), re.compile(pattern, re.IGNORECASE))
    for stems, pattern in _FORMULAS
)
_BANNED = cut(
    re.compile(
        "|".join(
            rf"(?:{what})[^.!?。|\n]{{0,90}}(?:{ban})|(?:{ban})[^.!?。|\n]{{0,60}}(?:{what})"
            for what, ban in _BANS
        ),
        re.IGNORECASE,
    )
)


def find_kept(text: str) -> list[re.Match[str]]:
    """Where a text says that all rights are kept, or bans to reprint it."""
    plain = text.lower()
    found = [match for stems, pattern in _KEPT if has_any(stems, plain) for match in pattern.finditer(text)]
    found += find_all(_BANNED, text, fold(text))
    if found:
        some = [match.span() for match in SOME.finditer(text)]
        found = [
            one for one in found if not any(start < one.end() and one.start() < end for start, end in some)
        ]
    return sorted(found, key=lambda match: match.start())
