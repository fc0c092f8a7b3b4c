"""Under which licence a page is: what is said where, of what, and what wins."""

# ruff: noqa: RUF001, E501, RUF028 - texts in other scripts, pages as they are written
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resiliparse.parse.html import HTMLTree

from ingest.page.blocks import markup_of, scan
from ingest.page.heads import read_head
from ingest.page.metadata import describe
from ingest.page.places import FIRST, LAST, find_places
from ingest.page.rights import MAX_STATEMENTS
from ingest.page.statements import MAX_TEXT
from ingest.page.wording import KEPT, RESERVED, find_names, is_same

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


@pytest.mark.parametrize("name", CASES)
def test_what_a_page_says(name):
    html, license = CASES[name]
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


def test_evidence_is_bounded():
    many = "".join(
        f"<p>This text {n} is licensed under CC BY-NC {1 + n % 4}.0 {'x' * 500}</p>" for n in range(300)
    )
    _, told = ask(body("", main=many))
    assert 0 < len(told) <= MAX_STATEMENTS and all(len(one["text"]) <= MAX_TEXT for one in told)
    page = scan(f"<body>{many}</body>")
    assert len(find_places(page.data, linked=True)[0]) == FIRST + LAST


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
    assert not KEPT.search("Some rights reserved") and KEPT.search(
        "all right reserved. All Rights\u00a0Reserved".replace("\u00a0", " ")
    )


def test_the_same_license_said_less_exactly():
    assert (
        is_same("CC-BY", "CC-BY-4.0")
        and is_same("GPL-2.0", "GPL-2.0-or-later")
        and is_same("CC-BY-3.0", "CC-BY-3.0-US")
    )
    assert not is_same("CC-BY", "CC-BY-SA-4.0") and not is_same("CC-BY-3.0", "CC-BY-4.0")
