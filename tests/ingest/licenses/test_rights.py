"""Under which licence a page is: what is said where, of what, and what wins."""

# ruff: noqa: RUF001, E501, RUF028 - texts in other scripts, pages as they are written
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from winnow.ingest.licenses.judgement import MAX_TEXT
from winnow.ingest.licenses.names import RESERVED, find_names, is_same, name_address
from winnow.ingest.licenses.reservations import find_kept
from winnow.ingest.licenses.rights import MAX_STATEMENTS
from winnow.ingest.licenses.spans import FIRST, LAST, find_places
from winnow.ingest.page.blocks import markup_of, scan
from winnow.ingest.page.heads import read_head
from winnow.ingest.page.metadata import describe

PROSE = "<p>The river ran on to the sea, and that was where they would have to go with all of them.</p>" * 12
BY = "https://creativecommons.org/licenses/by/4.0/"
SA = "https://creativecommons.org/licenses/by-sa/4.0/"
NC = "https://creativecommons.org/licenses/by-nc/4.0/"


def ask(html: str) -> tuple[str | None, list[dict]]:
    """The license, and the statements."""
    tree = HTMLTree.parse(html)
    page = scan(markup_of(tree))
    found = describe(tree, read_head(tree), page, dated=page.dated)
    return found["license"], json.loads(found["license_evidence"] or "[]")


def body(foot: str, *, main: str = "", head: str = "") -> str:
    return f"<html><head><title>A page</title>{head}</head><body><main><h1>A river</h1>{PROSE}{main}</main>{foot}</body></html>"


def foot(words: str) -> str:
    return body(f"<footer><p>{words}</p></footer>")


def linked(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


CASES = {
    # by place
    "meta": (body("", head=f'<meta name="dcterms.license" content="{BY}">'), "CC-BY-4.0"),
    "meta, words": (body("", head='<meta name="license" content="CC BY-SA 3.0">'), "CC-BY-SA-3.0"),
    "meta, kept": (body("", head='<meta name="copyright" content="© Foo. All rights reserved.">'), RESERVED),
    "meta, an owner": (body("", head='<meta name="copyright" content="Foo Ltd">'), None),
    "second meta": (
        body("", head=f'<meta name="DC.Rights" content="Copyright (c) 2019 A. Author"><meta name="DC.Rights" content="{BY}">'),
        "CC-BY-4.0",
    ),
    "json-ld": (body("", head=linked({"@type": "Article", "license": BY})), "CC-BY-4.0"),
    "json-ld in the body": (body(linked({"@type": "WebPage", "license": {"@id": SA}})), "CC-BY-SA-4.0"),
    "json-ld, graph": (body("", head=linked({"@graph": [{"@type": "WebSite"}, {"@type": "Article", "license": NC}]})), "CC-BY-NC-4.0"),
    "json-ld of a picture": (body("", head=linked({"@type": "Article", "image": {"@type": "ImageObject", "license": BY}})), None),
    "json-ld of a thumbnail without type": (body("", head=linked({"@type": "Article", "thumbnail": {"license": BY}})), None),
    "json-ld of a review": (body("", head=linked({"@type": "Article", "review": [{"license": BY}]})), None),
    "json-ld of software": (body("", head=linked({"@type": "SoftwareSourceCode", "license": "https://opensource.org/licenses/MIT"})), None),
    "json-ld, a dataset": (body("", head=linked({"@type": "Dataset", "license": BY})), None),
    "rel in the head": (body("", head=f'<link rel="license" href="{SA}">'), "CC-BY-SA-4.0"),
    "rel in the foot": (foot(f'<a rel="license" href="{BY}"><img alt="Creative Commons License" src="b.png"></a>'), "CC-BY-4.0"),
    "link in the foot": (foot(f'<a href="{SA}">Licence</a>'), "CC-BY-SA-4.0"),
    "badge alone at the end": (body(f'<div><a href="{BY}"><img src="by.png"></a></div>'), "CC-BY-4.0"),
    "text in the foot": (foot("This work is licensed under a Creative Commons Attribution 4.0 International License."), "CC-BY-4.0"),
    "text, short": (foot("Content is available under CC BY-SA"), "CC-BY-SA"),
    "text in a widget": (body('<aside class="widget"><h3>License</h3><div>CC BY-NC-SA 4.0</div></aside>'), "CC-BY-NC-SA-4.0"),
    "text in the body": (body("", main="<p>This article is licensed under a Creative Commons Attribution 4.0 License.</p>"), "CC-BY-4.0"),
    "text under a class": (body('<div id="site-footer">Except where otherwise noted, content on this site is licensed under CC BY 4.0.</div>'), "CC-BY-4.0"),
    "zero": (foot("To the extent possible under law, the author has waived all rights: CC0 1.0, content of this page."), "CC0-1.0"),
    "a wiki": (body(f'<div id="footer"><ul><li id="footer-info-copyright">Content is available under <a class="external" rel="nofollow" href="{SA}">Creative Commons Attribution-ShareAlike</a> unless otherwise noted.</li></ul></div>'), "CC-BY-SA-4.0"),
    "government": (foot("All content is available under the Open Government Licence v3.0, except where otherwise stated"), "OGL-UK-3.0"),
    "manual of GNU": (
        body("", main="<blockquote><p>Permission is granted to copy, distribute and/or modify this document under the terms of the GNU Free Documentation License, Version 1.3 or any later version published by the Free Software Foundation; with no Invariant Sections.</p></blockquote>"),
        "GFDL-1.3-no-invariants-or-later",
    ),
    "manual, GPL": (
        body("", main="<p>This manual is free software; you may redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation; either version 2, or (at your option) any later version.</p>"),
        "GPL-2.0-or-later",
    ),
    "manual of Python": (foot("This page is licensed under the Python Software Foundation License Version 2.<br>Examples, recipes, and other code in the documentation are additionally licensed under the Zero Clause BSD License."), "PSF-2.0"),
    # other languages
    "de": (foot("Dieser Inhalt steht unter einer Creative Commons Namensnennung - Weitergabe unter gleichen Bedingungen 4.0 International Lizenz."), "CC-BY-SA-4.0"),
    "fr": (foot("Ce contenu est mis à disposition selon les termes de la Licence Creative Commons Attribution - Pas d’Utilisation Commerciale 4.0 International."), "CC-BY-NC-4.0"),
    "es": (foot("Esta obra está bajo una licencia de Creative Commons Reconocimiento-CompartirIgual 4.0 Internacional."), "CC-BY-SA-4.0"),
    "it": (foot("Quest'opera è distribuita con Licenza Creative Commons Attribuzione 4.0 Internazionale."), "CC-BY-4.0"),
    "pt": (foot("Este trabalho está licenciado com uma Licença Creative Commons - Atribuição-CompartilhaIgual 4.0 Internacional."), "CC-BY-SA-4.0"),
    "nl": (foot("Dit werk valt onder een Creative Commons Naamsvermelding-GelijkDelen 4.0 Internationaal-licentie."), "CC-BY-SA-4.0"),
    "pl": (foot("Treść strony jest dostępna na licencji Creative Commons Uznanie autorstwa 4.0 Międzynarodowe."), "CC-BY-4.0"),
    "ru": (foot("Контент доступен по лицензии Creative Commons «Attribution-ShareAlike» 4.0"), "CC-BY-SA-4.0"),
    "ja": (foot("この作品はクリエイティブ・コモンズ 表示 4.0 国際 ライセンスの下に提供されています。"), "CC-BY-4.0"),
    "zh": (foot("本作品采用知识共享署名-非商业性使用 4.0 国际许可协议进行许可。"), "CC-BY-NC-4.0"),
    # rights kept
    **{
        f"kept: {words[:24]}": (foot(f"© 2024 Foo. {words}"), RESERVED)
        for words in (
            "All rights reserved.", "Alle Rechte vorbehalten.", "Tous droits réservés.", "Todos los derechos reservados.",
            "Tutti i diritti riservati.", "Todos os direitos reservados.", "Alle rechten voorbehouden.",
            "Wszelkie prawa zastrzeżone.", "Все права защищены.", "無断転載禁止", "版权所有", "保留所有权利。",
        )
    },  # fmt: skip
    "kept, without a footer": (body("<p>Copyright 2020 Foo Inc. All Rights Reserved</p>"), RESERVED),
    "kept, over tags": (foot("&copy; <span>2020</span> <b>Foo</b> | <span>All</span>\n   <span>rights\n reserved</span>"), RESERVED),
    "an owner alone": (foot("© 2024 Foo."), None),
    "some rights": (foot(f'Some rights reserved. <a href="{NC}">CC BY-NC</a>'), "CC-BY-NC-4.0"),
    "kept, in prose": (body("", main=f"<p>Old records had the words “all rights reserved” on the cover, said the collector, who had never read them. {PROSE[3:-4]}</p>" + PROSE), None),
    "kept, of pictures": (foot("Text: CC BY-SA 4.0. Images: © Foo, all rights reserved."), "CC-BY-SA-4.0"),
    # of something else
    "caption": (body("", main=f'<figure><img src="a.jpg"><figcaption>Photo by Jane, <a href="{BY}">CC BY 4.0</a></figcaption></figure>'), None),
    "credit by class": (body("", main=f'<div class="wp-caption"><p class="photo-credit">Jane / <a rel="license" href="{BY}">CC BY 4.0</a></p></div>'), None),
    "credit in words": (foot(f'Photo: Jane Doe via Flickr, <a href="{BY}">CC BY 4.0</a>'), None),
    "images": (foot("Images are licensed under CC BY 4.0. © Foo. All rights reserved."), RESERVED),
    "comment": (body(f'<div class="comments"><ol class="commentlist"><li>My text is licensed under <a href="{BY}">CC BY 4.0</a></li></ol></div>'), None),
    "teaser": (body(f'<div class="related-posts"><div class="teaser"><h3>Other</h3><p>By Jane <a rel="license" href="{BY}">CC BY</a></p></div></div>'), None),
    "software": (foot('Foo is free software, released under the <a href="https://opensource.org/licenses/MIT">MIT License</a>.'), None),
    "the software is GPL": (body("", main="<p>The software is licensed under the GNU General Public License, version 3.</p>"), None),
    "powered": (foot("Powered by MediaWiki, licensed under the GNU GPL v2."), None),
    "code and content": (
        foot('Except as otherwise noted, code samples are licensed under the <a href="https://www.apache.org/licenses/LICENSE-2.0">Apache 2.0 License</a>, content under <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>.'),
        "CC-BY-4.0",
    ),
    "content and code": (
        foot(f'Except as otherwise noted, the content of this page is licensed under the <a href="{BY}">Creative Commons Attribution 4.0 License</a>, and code samples are licensed under the <a href="https://www.apache.org/licenses/LICENSE-2.0">Apache 2.0 License</a>.'),
        "CC-BY-4.0",
    ),
    "images differ": (foot("The text of this site is licensed under CC BY-SA 4.0, photos under CC BY-NC 2.0."), "CC-BY-SA-4.0"),
    "theme": (foot("Theme by Jane, licensed under a Creative Commons Attribution 3.0 License."), None),
    "icons": (foot("Icons by Font Awesome, CC BY 4.0."), None),
    "map": (body('<div class="leaflet-control-attribution">Map data © OpenStreetMap contributors, CC-BY-SA</div>'), None),
    "example": (body("", main="<pre>/* Licensed under a Creative Commons Attribution 4.0 License */</pre>"), None),
    "prose about it": (body("", main="<p>Many journals use licences such as Creative Commons Attribution 4.0, and you may choose CC BY-SA 4.0 for yours.</p>"), None),
    "license of another text": (body("", main="<p>This article uses material from the article River, which is released under CC BY-SA 3.0.</p>"), None),
    "BSD": (body("", main="<p>Copyright (c) 2010 Foo. All rights reserved. Redistribution and use in source and binary forms are permitted.</p>"), None),
    "hidden": (body('<div hidden>This work is licensed under CC BY 4.0</div><script>"All rights reserved"</script>'), None),
    "unnamed": (foot("Content available under a Creative Commons license."), None),
    # what wins
    "content before a formula": (foot("This work is licensed under CC BY 4.0. © 2020 Foo. All rights reserved."), "CC-BY-4.0"),
    "documentation before a formula": (
        foot("© The Authors | Documentation distributed under CC BY 4.0</p><p>© 2026 The Foundation. All rights reserved."),
        "CC-BY-4.0",
    ),
}  # fmt: skip


MORE = {
"microdata link": (body(f'<div itemscope itemtype="https://schema.org/Article"><link itemprop="license" href="{BY}"></div>'),"CC-BY-4.0"),
"microdata a": (body(f'<p>Lizenz: <a itemprop="license" href="{BY}">CC BY</a></p>'),"CC-BY-4.0"),
"meta property cc": (body("",head=f'<meta property="cc:license" content="{SA}">'),"CC-BY-SA-4.0"),
"rdfa": (body(f'<div about="" rel="cc:license" href="{SA}"></div><p><span>Lic</span></p>'),"CC-BY-SA-4.0"),
"dl": (body("",main="<dl><dt>Author</dt><dd>Ann</dd><dt>Licence</dt><dd>CC BY 4.0</dd></dl>"),"CC-BY-4.0"),
"table": (body("",main="<table><tr><th>License</th><td>CC BY-SA 4.0</td></tr></table>"),"CC-BY-SA-4.0"),
"colon text code": (foot("Code: MIT License. Text: CC BY 4.0."),"CC-BY-4.0"),
"colon text code2": (foot("Text: CC BY-SA 4.0 | Code: MIT License"),"CC-BY-SA-4.0"),
"photos cc text arr": (foot("Photos: CC BY 2.0. Text © 2020 Foo, all rights reserved."),RESERVED),
"logos excluded": (foot("All content, excluding logos and images, is licensed under CC BY 4.0."),"CC-BY-4.0"),
"docs mit": (foot("This documentation is licensed under the MIT License."),"MIT"),
"doc apache": (body("",main="<p>This document is licensed under the Apache License, Version 2.0.</p>"),"Apache-2.0"),
"etalab": (foot("Sauf mention contraire, tous les contenus de ce site sont sous licence etalab-2.0"),"etalab-2.0"),
"wiki attr": (body(f'<div id="footer"><a href="{BY}">Content is available under Attribution 4.0 International</a></div>'),"CC-BY-4.0"),
"youtube": (body("",main='<div class="video"><iframe src="x"></iframe><p>Video: Creative Commons Attribution license (reuse allowed)</p></div>'),None),
"svg icons": (foot(f'<a href="{NC}" title="License"><svg><path d="M0"/></svg></a>'),"CC-BY-NC-4.0"),
"no cc prefix": (foot("Licensed BY-SA 4.0"),"CC-BY-SA-4.0"),
"dedicated pd": (foot("This work is dedicated to the public domain."),"LicenseRef-public-domain"),
"cc0 text": (foot("This page is licensed under CC0."),"CC0-1.0"),
"cc0 link": (foot('<a href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a>'),"CC0-1.0"),
"header byline": (f'<html><body><header class="site-header"><p>By Ann. Licence: CC BY 4.0</p></header>{PROSE}</body></html>',"CC-BY-4.0"),
"byline in article": (body("",main='<p class="byline">By Ann | Licensed under CC BY 4.0</p>'),"CC-BY-4.0"),
"first line": (f'<html><body><article><h1>T</h1><p class="meta">By Ann. This article is available under CC BY 4.0.</p>{PROSE}</article></body></html>',"CC-BY-4.0"),
"nachdruck": (foot("© 2020 Foo. Nachdruck verboten. Alle Rechte vorbehalten."),RESERVED),
"interdite": (foot("© Foo. Reproduction interdite."),RESERVED),
"zh2": (foot("Copyright © 2020 某公司 版权所有"),RESERVED),
"zh3": (foot("未经授权不得转载"),RESERVED),
"ja2": (foot("掲載の記事・写真の無断転載を禁じます。"),RESERVED),
"de2": (foot("© Foo GmbH - Alle Rechte vorbehalten"),RESERVED),
"no part": (foot("© 2020. No part of this site may be reproduced without permission."),RESERVED),
"arr caption": (body("",main='<figure><img src="a"><figcaption>© Getty Images. All rights reserved.</figcaption></figure>'),None),
"arr comments": (body('<div id="comments"><div class="comment-body"><p>Ha, all rights reserved, © me 2020</p></div></div>'),None),
"arr teaser": (body('<div class="related"><div class="card"><p>Book X © 2019 Bar. All rights reserved.</p></div></div>'),None),
"cc teaser": (body(f'<section class="more-articles"><article class="card"><p>Licensed under <a href="{BY}">CC BY 4.0</a></p></article></section>'),None),
"embed": (body("",main=f'<blockquote class="twitter-tweet"><p>My photos are <a href="{BY}">CC BY 4.0</a></p></blockquote>'),None),
"project page": (body("",main='<h2>License</h2><p>Foo is licensed under the GNU General Public License version 3.</p>'),None),
"project page2": (body("",main='<h2>License</h2><p>Released under the MIT License.</p>'),None),
"project page dataset": (body("",main=f'<h2>License</h2><p>The dataset is released under <a href="{BY}">CC BY 4.0</a>.</p>'),None),
"model": (body("",main=f'<p>The model weights are released under <a href="{NC}">CC BY-NC 4.0</a>.</p>'),None),
"paper": (body("",main=f'<p>This is an open access article distributed under the terms of the <a href="{BY}">Creative Commons Attribution License</a>, which permits unrestricted use.</p>'),"CC-BY-4.0"),
"paper2": (body("",main='<p>© The Author(s) 2020. Published by Foo. This is an Open Access article distributed under the terms of the Creative Commons Attribution License (http://creativecommons.org/licenses/by/4.0/), which permits use.</p>'),"CC-BY-4.0"),
"paper arr": (body("",main='<p>© 2019 Elsevier B.V. All rights reserved.</p>'),RESERVED),
"news conv": (body("",main='<p>This article is republished from The Conversation under a Creative Commons license. Read the original.</p>'),None),
"uses wikipedia": (foot('This page uses material from Wikipedia, which is released under <a href="https://creativecommons.org/licenses/by-sa/3.0/">CC BY-SA 3.0</a>.'),None),
"arr and cc explicit2": (foot("© 2020 Foo. All rights reserved.</p><p>Except where otherwise noted, content on this site is licensed under a Creative Commons Attribution 4.0 International license."),"CC-BY-4.0"),
"dutch": (foot("Tenzij anders vermeld is de inhoud van deze website beschikbaar onder CC BY-SA 4.0. "),"CC-BY-SA-4.0"),
"spanish 2": (foot("Salvo que se indique lo contrario, el contenido de esta página está bajo licencia CC BY 4.0"),"CC-BY-4.0"),
"french 2": (foot("Sauf mention contraire, le contenu de cette page est sous licence CC BY-SA 3.0 FR"),"CC-BY-SA-3.0-FR"),
"polish 2": (foot("O ile nie zaznaczono inaczej, treść strony dostępna jest na licencji CC BY-SA 3.0 PL"),"CC-BY-SA-3.0-PL"),
"russian 2": (foot("Если не указано иное, содержимое доступно по лицензии CC BY 4.0"),"CC-BY-4.0"),
"ja 3": (foot("特に記載のない限り、コンテンツはCC BY-SA 4.0のもとで利用可能です。"),"CC-BY-SA-4.0"),
"zh 4": (foot("除非另有声明，本站内容采用 CC BY-SA 4.0 协议"),"CC-BY-SA-4.0"),
"zh 5": (foot("本文采用 CC BY-NC-SA 4.0 许可协议，转载请注明出处"),"CC-BY-NC-SA-4.0"),
"italian 2": (foot("Salvo diversa indicazione, i contenuti di questo sito sono rilasciati sotto licenza CC BY 4.0"),"CC-BY-4.0"),
"pt 2": (foot("Exceto quando indicado, o conteúdo deste site está licenciado sob CC BY 4.0"),"CC-BY-4.0"),
"de 3": (foot("Soweit nicht anders angegeben, stehen die Inhalte dieser Seite unter der Lizenz CC BY 4.0"),"CC-BY-4.0"),
"de bild": (foot("Bild: Anna, CC BY-SA 3.0"),None),
"de foto": (body("",main="<p><em>Foto: Anna Muster (CC BY 2.0)</em></p>"),None),
"fr photo": (body("",main="<p>Photo : Anne, licence CC BY-SA 4.0</p>"),None),
"wp media": (foot(f'Header image: <a href="x">River</a> by Jane, <a rel="license" href="{BY}">CC BY 4.0</a>'),None),
"icons2": (foot(f'Icons made by Freepik from flaticon.com is licensed by <a href="{BY}">CC 3.0 BY</a>'),None),
"maps": (foot('Map tiles by Stamen Design, under <a href="http://creativecommons.org/licenses/by/3.0">CC BY 3.0</a>. Data by OpenStreetMap, under ODbL.'),None),
"fonts": (foot("Fonts licensed under the SIL Open Font License."),None),
"mixed OR": (foot("This manual is available under the terms of the GFDL 1.3 or CC BY-SA 4.0."),"CC-BY-SA-4.0 OR GFDL-1.3-only"),
"ogl old": (foot("© Crown copyright. All content is available under the Open Government Licence v3.0, except where otherwise stated. All rights reserved for images."),"OGL-UK-3.0"),
"nested footers": (body('<div class="wrap"><div class="bottom"><span>(C) 2001-2009 Foo Corp.</span> <span>All Rights Reserved.</span></div></div>'),RESERVED),
"arr nowhere": (body("",main="<p>All rights reserved.</p>"),RESERVED),
"arr with link": (foot('© 2021 <a href="/">Foo</a>. <a href="/terms">All rights reserved</a>.'),RESERVED),
"json arr": (body("",head=linked({"@type":"NewsArticle","copyrightNotice":"© 2020 Foo. All rights reserved"})),RESERVED),
"json terms+arr": (body("<footer>© Foo. All rights reserved</footer>",head=linked({"@type":"NewsArticle","license":"https://foo.example/terms"})),RESERVED),
"json image first": (body("",head=linked([{"@type":"ImageObject","license":BY},{"@type":"Article","headline":"x"}])),None),
"json haspart": (body("",head=linked({"@type":"WebPage","hasPart":[{"@type":"CreativeWork","license":BY}]})),None),
"json recipe": (body("",head=linked({"@type":"Recipe","license":BY})),"CC-BY-4.0"),
"json publisher": (body("",head=linked({"@type":"Article","publisher":{"@type":"Organization","license":BY}})),None),
"dc rights text": (body("",head='<meta name="DC.rights" content="Creative Commons Attribution-ShareAlike 3.0 Unported">'),"CC-BY-SA-3.0"),
"dc arr": (body("",head='<meta name="DC.rights" content="All rights reserved">'),RESERVED),
"meta rights cc in og image": (body("",head='<meta property="og:image:alt" content="Photo CC BY 4.0">'),None),
"text only sentence mid body": (body("",main=f"<p>Our site is licensed under CC BY 4.0 and we love it.</p>{PROSE}"),"CC-BY-4.0"),
"blog author elsewhere": (body("",main="<p>In 2010 I released my novel under a CC BY-NC 3.0 license.</p>"),None),
"news on cc": (body("",main="<p>The museum has released its images under CC0 1.0 this week.</p>"),None),
"news on cc2": (body("",main="<p>All text of the archive is now licensed under CC BY 4.0, the ministry said.</p>"),None),
"legal faq": (body("",main="<h2>What is CC BY 4.0?</h2><p>The CC BY 4.0 license lets others share your work.</p>"),None),
"choose": (body("",main=f'<p>You can choose one of these: <a href="{BY}">CC BY</a>, <a href="{SA}">CC BY-SA</a>, <a href="{NC}">CC BY-NC</a></p>'),None),
"sidebar badge": (body(f'<aside id="sidebar"><a href="{SA}"><img src="x.png" alt="CC"></a></aside>'),"CC-BY-SA-4.0"),
"widget gallery": (body(f'<aside class="sidebar"><div class="widget flickr-photos"><a href="x"><img></a><p>Photos <a href="{BY}">CC BY</a></p></div></aside>'),None),
"sidebar book": (body(f'<aside class="sidebar"><div class="widget"><h3>My book</h3><p>Get my book, licensed under <a href="{NC}">CC BY-NC</a></p></div></aside>'),None),
}  # fmt: skip


@pytest.mark.parametrize(
    "words",
    ["Усі права захищено.", "Всі права застережено", "כל הזכויות שמורות", "جميع الحقوق محفوظة", "کلیه حقوق محفوظ است",
     "Bảo lưu mọi quyền", "Hak cipta dilindungi undang-undang", "สงวนลิขสิทธิ์", "सर्वाधिकार सुरक्षित",
     "Všechna práva vyhrazena", "Všetky práva vyhradené", "Minden jog fenntartva", "Toate drepturile rezervate",
     "Tüm hakları saklıdır", "Με επιφύλαξη παντός δικαιώματος", "Všechna práva vyhrazena.", "Sva prava pridržana",
     "Всички права запазени", "Сва права задржана", "Vse pravice pridržane", "Alla rättigheter förbehållna",
     "Alle rettigheter forbeholdt", "Alle rettigheder forbeholdes", "Kaikki oikeudet pidätetään",
     "Tots els drets reservats", "Kõik õigused kaitstud", "Visos teisės saugomos", "Visas tiesības aizsargātas",
     "모든 권리 보유", "版權所有", "保留一切權利", "不許複製", "Semua hak dilindungi", "Öll réttindi áskilin"],
)  # fmt: skip
def test_rights_kept_in_many_languages(words):
    assert ask(foot(f"© 2020 Foo. {words}"))[0] == RESERVED
    assert ask(body(f"<div><b>{words}</b></div>"))[0] == RESERVED


GIVEN = {
    "de": ("Der Text steht unter der Lizenz Creative Commons Namensnennung – Weitergabe unter gleichen Bedingungen 3.0 Deutschland.", "CC-BY-SA-3.0-DE"),
    "de, nc nd": ("Dieses Werk ist lizenziert unter einer Creative Commons Namensnennung - Nicht-kommerziell - Keine Bearbeitung 4.0 International Lizenz.", "CC-BY-NC-ND-4.0"),
    "fr": ("Cette œuvre est mise à disposition selon les termes de la Licence Creative Commons Attribution - Partage dans les Mêmes Conditions 4.0 International.", "CC-BY-SA-4.0"),
    "fr, short": ("Textes sous licence CC BY-NC-ND 3.0 FR", "CC-BY-NC-ND-3.0-FR"),
    "es": ("Esta obra está bajo una Licencia Creative Commons Atribución-NoComercial-SinDerivadas 4.0 Internacional.", "CC-BY-NC-ND-4.0"),
    "pt": ("Este obra está licenciado com uma Licença Creative Commons Atribuição-NãoComercial-CompartilhaIgual 4.0 Internacional.", "CC-BY-NC-SA-4.0"),
    "it": ("Quest'opera è distribuita con Licenza Creative Commons Attribuzione - Non commerciale - Condividi allo stesso modo 4.0 Internazionale.", "CC-BY-NC-SA-4.0"),
    "nl": ("Dit werk valt onder een Creative Commons Naamsvermelding-NietCommercieel-GeenAfgeleideWerken 4.0 Internationaal-licentie.", "CC-BY-NC-ND-4.0"),
    "pl": ("Tekst udostępniany na licencji Creative Commons: uznanie autorstwa, na tych samych warunkach 3.0", "CC-BY-SA-3.0"),
    "ru": ("Текст доступен по лицензии Creative Commons «С указанием авторства — С сохранением условий» 4.0", "CC-BY-SA-4.0"),
    "uk": ("Текст доступний на умовах ліцензії Creative Commons Із Зазначенням Авторства — Поширення На Тих Самих Умовах 4.0", "CC-BY-SA-4.0"),
    "ja": ("この作品はクリエイティブ・コモンズ 表示 - 非営利 - 継承 4.0 国際 ライセンスの下に提供されています。", "CC-BY-NC-SA-4.0"),
    "zh": ("本作品采用知识共享署名-非商业性使用-相同方式共享 4.0 国际许可协议进行许可。", "CC-BY-NC-SA-4.0"),
    "zh-tw": ("本著作係採用創用 CC 姓名標示-非商業性-禁止改作 3.0 台灣 授權條款授權。", "CC-BY-NC-ND-3.0-TW"),
    "ko": ("이 저작물은 크리에이티브 커먼즈 저작자표시-동일조건변경허락 4.0 국제 라이선스에 따라 이용할 수 있습니다.", "CC-BY-SA-4.0"),
    "cs": ("Text je dostupný pod licencí Creative Commons Uveďte původ – Zachovejte licenci 4.0", "CC-BY-SA-4.0"),
    "sv": ("Detta verk är licensierat under en Creative Commons Erkännande-DelaLika 4.0 Internationell Licens.", "CC-BY-SA-4.0"),
    "da": ("Teksten er tilgængelig under Creative Commons Navngivelse/Del på samme vilkår 4.0", "CC-BY-SA-4.0"),
    "no": ("Innholdet er tilgjengelig under Creative Commons Navngivelse-Del på samme vilkår 4.0", "CC-BY-SA-4.0"),
    "fi": ("Sisältö on käytettävissä lisenssillä Creative Commons Nimeä-JaaSamoin 4.0", "CC-BY-SA-4.0"),
    "tr": ("Bu eser Creative Commons Atıf-AynıLisanslaPaylaş 4.0 Uluslararası Lisansı ile lisanslanmıştır.", "CC-BY-SA-4.0"),
    "hu": ("A szöveg a Creative Commons Nevezd meg! – Így add tovább! 4.0 licenc alatt érhető el.", "CC-BY-SA-4.0"),
    "ca": ("El text està disponible sota la llicència Creative Commons Reconeixement-CompartirIgual 4.0", "CC-BY-SA-4.0"),
    "ro": ("Textul este disponibil sub licența Creative Commons cu atribuire și distribuire în condiții identice 4.0", "CC-BY-SA-4.0"),
    "ar": ("هذا المحتوى متاح بموجب رخصة المشاع الإبداعي النسبة - الترخيص بالمثل 4.0", "CC-BY-SA-4.0"),
    "he": ("התוכן מוגש בכפוף לרישיון Creative Commons ייחוס-שיתוף זהה 4.0", "CC-BY-SA-4.0"),
    "vi": ("Nội dung được phát hành theo giấy phép Creative Commons Ghi công–Chia sẻ tương tự 4.0", "CC-BY-SA-4.0"),
    "id": ("Konten tersedia di bawah lisensi Creative Commons Atribusi-BerbagiSerupa 4.0", "CC-BY-SA-4.0"),
    "th": ("เนื้อหานี้เผยแพร่ภายใต้สัญญาอนุญาตครีเอทีฟคอมมอนส์ แสดงที่มา-อนุญาตแบบเดียวกัน 4.0", "CC-BY-SA-4.0"),
    "el": ("Το περιεχόμενο είναι διαθέσιμο υπό την άδεια Creative Commons Αναφορά Δημιουργού-Παρόμοια Διανομή 4.0", "CC-BY-SA-4.0"),
    "bg": ("Текстът е достъпен под лиценз Creative Commons Признание-Споделяне на споделеното 4.0", "CC-BY-SA-4.0"),
    "hr": ("Sadržaj je dostupan pod licencijom Creative Commons Imenovanje-Dijeli pod istim uvjetima 4.0", "CC-BY-SA-4.0"),
    "hi": ("सामग्री Creative Commons Attribution-ShareAlike 4.0 लाइसेंस के तहत उपलब्ध है", "CC-BY-SA-4.0"),
    "fa": ("محتوا تحت مجوز Creative Commons Attribution-ShareAlike 4.0 در دسترس است", "CC-BY-SA-4.0"),
    "without Creative Commons": ("Content is available under Attribution-NonCommercial-ShareAlike 3.0 Unported.", "CC-BY-NC-SA-3.0"),
    "Apache": ("Copyright 2020 The Foo Project. Licensed under the Apache License, Version 2.0.", "Apache-2.0"),
    "GFDL": ("Permission is granted to copy, distribute and/or modify this document under the terms of the GNU Free Documentation License, Version 1.3 or any later version published by the Free Software Foundation.", "GFDL-1.3-or-later"),
    "GPL, es": ("Puede distribuirlo y/o modificarlo este documento bajo los términos de la Licencia Pública General de GNU, versión 3 o posterior, o la licencia Creative Commons Atribución 3.0.", "CC-BY-3.0 OR GPL-3.0-or-later"),
    "GPL, fr": ("Ce document peut être utilisé selon les termes de la Licence publique générale de GNU version 2 ou suivante.", "GPL-2.0-or-later"),
    "either, with addresses": ('This document is Copyright © 2010 by its contributors. You may distribute it and/or modify it under the terms of either the GNU General Public License (http://www.gnu.org/licenses/gpl.html), version 3 or later, or the Creative Commons Attribution License (http://creativecommons.org/licenses/by/3.0/), version 3.0 or later.', "CC-BY-3.0 OR GPL-3.0-or-later"),
    "a data licence": ("Die Inhalte dieser Seite stehen unter der Datenlizenz Deutschland – Namensnennung – Version 2.0.", "DL-DE-BY-2.0"),
    "an address in words": ("Licence: https://creativecommons.org/licenses/by-sa/4.0/deed.de", "CC-BY-SA-4.0"),
    "(cc)": ("(cc) by-nc-sa Harbour", "CC-BY-NC-SA"),
}  # fmt: skip


@pytest.mark.parametrize("name", GIVEN)
def test_licences_in_many_languages(name):
    words, license = GIVEN[name]
    assert ask(foot(words))[0] == license, ask(foot(words))[1]
    if name not in ("(cc)", "Apache"):
        assert ask(body("", main=f"<p>{words}</p>"))[0] == license, ask(body("", main=f"<p>{words}</p>"))[1]


@pytest.mark.parametrize(
    ("address", "license"),
    [
        ("//creativecommons.org/licenses/by/4.0", "CC-BY-4.0"),
        ("http://www.creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        ("https://creativecommons.org/licenses/by-nc-sa/3.0/igo/", "CC-BY-NC-SA-3.0-IGO"),
        ("https://creativecommons.org/licenses/by-sa/4.0/deed.de?ref=chooser-v1", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by-sa/3.0/de/legalcode", "CC-BY-SA-3.0-DE"),
        ("https://creativecommons.org/licenses/by-sa", "CC-BY-SA"),
        ("https://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://www.mozilla.org/en-US/MPL/2.0/", "MPL-2.0"),
        ("https://opensource.org/license/isc-license-txt/", "ISC"),
        ("https://www.govdata.de/dl-de/by-2-0", "DL-DE-BY-2.0"),
    ],
)
def test_addresses(address, license):
    assert name_address(address) == license
    page = foot(f'The text of this site is under <a href="{address}">this licence</a>.')
    assert ask(page)[0] == license, ask(page)[1]


ODD = {
    "badge without a link": (body('<div><img src="https://i.creativecommons.org/l/by-sa/3.0/88x31.png" alt=""></div>'), "CC-BY-SA-3.0"),
    "badge by its words": (body('<aside><img src="/cc.png" alt="CC BY-NC-SA"></aside>'), "CC-BY-NC-SA"),
    "badge of a picture": (body("", main='<figure><img src="a.jpg"><figcaption>A boat <img src="https://licensebuttons.net/l/by/4.0/80x15.png"></figcaption></figure>'), None),
    "rel=copyright": (body("", head=f'<link rel="copyright" href="{BY}">'), "CC-BY-4.0"),
    "rel=DCTERMS.license": (body("", head=f'<link rel="DCTERMS.license" href="{BY}">'), "CC-BY-4.0"),
    "property": (body("", main=f'<p><a property="dct:license" href="{BY}">these terms</a></p>'), "CC-BY-4.0"),
    "terms of one's own": (body("", head='<link rel="license" href="/licensing">'), None),
    "terms in linked data": (body("", head=linked({"@type": "Article", "license": "https://foo.example/terms"})), None),
    "quoted": (body("", main='<p>Write: "This work is licensed under a Creative Commons Attribution 4.0 International License."</p>'), None),
    "a book beside the text": (body(f'<aside><h4>Free e-book</h4><p>Our river guide, under <a href="{BY}">CC BY 4.0</a>.</p></aside>'), None),
    "an article over its site": (body("<footer>Unless stated otherwise, texts are CC BY 4.0.</footer>", main="<p>This essay is licensed under CC BY-NC-ND 4.0.</p>"), "CC-BY-NC-ND-4.0"),
    "an article taken out": (body("<footer>Content on this site is licensed under CC BY 4.0.</footer>", main="<p>© 2019 Ann. All rights reserved. Reproduced here by permission; the licence of this site does not apply.</p>"), RESERVED),
    "a chapter's name": (body("", main='<ul><li><a href="#gfdl">GNU Free Documentation License</a></li></ul>'), None),
    "a list of works": (body("", main="".join(f"<div><span>License: {one}</span></div>" for one in ("CC BY", "CC BY-NC", "CC BY-SA", "CC BY-ND"))), None),
    "words say more than the address": (foot('Content is available under <a href="https://www.gnu.org/copyleft/fdl.html">GNU Free Documentation License 1.3 or later</a>.'), "GFDL-1.3-or-later"),
    "a menu": (body("", main="").replace("<main>", '<header><nav><ul><li>Licenses</li><li><a href="https://creativecommons.org/publicdomain/zero/1.0/">Museum gives its pictures away</a></li></ul></nav></header><main>'), None),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_other_places_and_traps(name):
    html, license = ODD[name]
    assert ask(html)[0] == license, ask(html)[1]


@pytest.mark.parametrize("name", [*CASES, *MORE])
def test_what_a_page_says(name):
    html, license = (CASES | MORE)[name]
    assert ask(html)[0] == license, ask(html)[1]


def test_a_mark_beside_a_formula_is_a_conflict_and_not_open():
    license, told = ask(foot(f'<a href="{BY}"><img src="by.png"></a> © 2020 Foo. All rights reserved.'))
    assert license == RESERVED
    assert {one["license"] for one in told if one.get("conflict")} == {RESERVED, "CC-BY-4.0"}


def test_a_head_that_differs_from_the_foot_decides_and_is_told():
    license, told = ask(
        body(
            f'<footer>This page is licensed under <a href="{NC}">CC BY-NC 4.0</a></footer>',
            head=f'<link rel="license" href="{BY}">',
        )
    )
    assert license == "CC-BY-4.0" and told[0]["region"] == "head"
    assert {one["license"] for one in told if one.get("conflict")} == {"CC-BY-4.0", "CC-BY-NC-4.0"}


def test_less_exact_words_are_no_conflict():
    license, told = ask(
        foot(f'Content is available under CC BY-SA.</p><p>See the <a href="{SA}">licence</a>.')
    )
    assert license == "CC-BY-SA-4.0" and not any("conflict" in one for one in told)


def test_evidence_says_where_and_quotes():
    _, [told, *_] = ask(body("", head=f'<meta name="DC.rights.license" content="{BY}">'))
    assert told == {
        "license": "CC-BY-4.0",
        "in": "meta",
        "region": "head",
        "of": "page",
        "confidence": 0.9,
        "text": f"dc.rights.license: {BY}",
    }
    _, told = ask(
        body("", main=f'<figure><figcaption>Jane, <a href="{BY}">CC BY 4.0</a></figcaption></figure>')
    )
    assert {one["of"] for one in told} == {"picture"} and "Jane" in told[0]["text"]


def test_terms_by_an_address_are_told_and_decide_nothing():
    for head in (
        '<link rel="license" href="https://foo.example/terms">',
        linked({"@type": "Article", "license": "https://foo.example/terms"}),
    ):
        license, [told] = ask(body("", head=head))
        assert license is None and told["license"] == "https://foo.example/terms" and told["confidence"] < 0.5


def test_evidence_is_bounded():
    many = "".join(
        f"<p>This text {n} is licensed under CC BY-NC {1 + n % 4}.0 {'x' * 500}</p>" for n in range(300)
    )
    _, told = ask(body("", main=many))
    assert 0 < len(told) <= MAX_STATEMENTS and all(len(one["text"]) <= MAX_TEXT for one in told)
    page = scan(f"<body>{many}</body>")
    assert len(find_places(page.data, page.blocks, linked=True)[0]) == FIRST + LAST


@pytest.mark.parametrize(
    "words",
    ["creative commons " * 3_000, "cc by nc nd sa " * 3_000, "licen" * 9_000, "all rights " * 5_000,
     "<a href=" * 2_000, "(" * 20_000 + "license", "unless " * 5_000 + "license", "version 2 of the gnu gpl " * 900],
)  # fmt: skip
def test_no_words_hang(words):
    assert ask(foot(words))[0] in (None, "GPL-2.0-only", "GPL-2.0-or-later", "CC-BY-NC-ND", "CC-BY-NC-ND-SA")


WORDS = [
    *"<>/a=\"' \n&;",
    "license",
    "CC BY 4.0",
    "<p>",
    "</p>",
    "<footer>",
    "\x01",
    "é",
    "版权所有",
    f"<a href='{BY}'>",
]


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_any_page_gets_an_answer(words):
    license, told = ask("".join(words))
    assert license is None or told
    for one in told:
        assert one["license"] and 0 < one["confidence"] <= 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CC BY-NC-ND 3.0 DE", ["CC-BY-NC-ND-3.0-DE"]),
        ("a Creative Commons license by John", []),
        ("Creative Commons BY-SA", ["CC-BY-SA"]),
        ("GNU GPL v3 or later", ["GPL-3.0-or-later"]),
        ("GNU Lesser General Public License, version 2.1", ["LGPL-2.1-only"]),
        ("CC BY 4.0 or MIT License", ["CC-BY-4.0", "MIT"]),
        ("cc zero", ["CC0-1.0"]),
    ],
)
def test_names_in_words(text, names):
    assert [one.license for one in find_names(text)] == names


def test_some_rights_are_not_all():
    assert not find_kept("Some rights reserved") and find_kept(
        "all right reserved. All Rights\u00a0Reserved".replace("\u00a0", " ")
    )


def test_the_same_license_said_less_exactly():
    assert (
        is_same("CC-BY", "CC-BY-4.0")
        and is_same("GPL-2.0", "GPL-2.0-or-later")
        and is_same("CC-BY-3.0", "CC-BY-3.0-US")
    )
    assert not is_same("CC-BY", "CC-BY-SA-4.0") and not is_same("CC-BY-3.0", "CC-BY-4.0")
