"""Nothing of law errs towards open: what "some rights" leave, bans on reprinting, and licences of other things
than the page's text, with near forms that do give the text."""

# ruff: noqa: RUF001, E501 - texts in other scripts, pages as they are written
import json

import pytest
from resiliparse.parse.html import HTMLTree

from winnow.ingest.page.blocks import markup_of, scan
from winnow.ingest.page.heads import read_head
from winnow.ingest.page.metadata import describe

PROSE = "<p>The river ran on to the sea, and that was where they would have to go with all of them.</p>" * 12
KEPT = "LicenseRef-all-rights-reserved"
LINK = '<a href="https://creativecommons.org/licenses/by-sa/4.0/">{}</a>'


def ask(body: str, title: str = "A page") -> str | None:
    """The license of a page."""
    tree = HTMLTree.parse(f"<html><head><title>{title}</title></head><body>{body}</body></html>")
    page = scan(markup_of(tree))
    found = describe(tree, read_head(tree), page, dated=page.dated)
    assert isinstance(json.loads(found["license_evidence"] or "[]"), list)
    return found["license"]


def foot(words: str) -> str:
    return f"<main><h1>A river</h1>{PROSE}</main><footer><p>{words}</p></footer>"


def end(words: str) -> str:
    """Under the article, in elements that say nothing."""
    return f'<div class="k1"><h1>A river</h1>{PROSE}</div><div class="k9"><p>{words}</p></div>'


def aside(words: str) -> str:
    return f"<main><h1>A river</h1>{PROSE}</main><aside><p>{words}</p></aside>"


SOME = {
    "en": "Some rights reserved", "de": "Manche Rechte vorbehalten", "fr": "Certains droits réservés",
    "es": "Algunos derechos están reservados", "it": "Alcuni diritti sono riservati", "pt": "Alguns direitos reservados",
    "nl": "Sommige rechten zijn voorbehouden", "pl": "Niektóre prawa są zastrzeżone", "ru": "Часть прав защищена",
    "uk": "Деякі права захищено", "sv": "Vissa rättigheter är förbehållna", "da": "Nogle rettigheder er forbeholdt",
    "nb": "Noen rettigheter reservert", "fi": "Osa oikeuksista pidätetään", "cs": "Některá práva jsou vyhrazena",
    "tr": "Bazı haklar saklıdır", "ja": "一部の権利を留保", "zh": "保留部分权利", "ca": "Alguns drets reservats",
    "hu": "Néhány jog fenntartva", "ro": "Unele drepturi rezervate", "el": "Με επιφύλαξη ορισμένων δικαιωμάτων",
    "ko": "일부 권리 보유", "sk": "Niektoré práva vyhradené", "hr": "Neka prava pridržana",
}  # fmt: skip
BANS = {
    "de": "Der Nachdruck ist nur mit schriftlicher Genehmigung der Redaktion gestattet.",
    "fr": "Toute reproduction, même partielle, est interdite sans l'accord de la rédaction.",
    "es": "Queda prohibida la reproducción total o parcial de este artículo sin permiso.",
    "it": "È vietata la riproduzione, anche parziale, senza autorizzazione.",
    "pt": "É proibida a reprodução deste texto sem autorização do autor.",
    "nl": "Niets uit deze uitgave mag worden overgenomen zonder toestemming van de redactie.",
    "pl": "Kopiowanie i przedruk tekstów bez zgody redakcji są zabronione.",
    "ru": "Перепечатка материалов без разрешения редакции запрещена.",
    "uk": "Передрук без письмового дозволу редакції заборонено.",
    "sv": "Eftertryck utan redaktionens tillstånd är förbjudet.",
    "da": "Eftertryk uden tilladelse er forbudt.",
    "fi": "Tekstin kopiointi ilman lupaa on kielletty.",
    "cs": "Přetisk a další šíření jsou možné jen se souhlasem redakce.",
    "tr": "Yazıların izinsiz kopyalanması yasaktır.",
    "ja": "本サイトの文章の無断転用はお断りします。",
    "zh": "未经本站书面许可，禁止转载本文。",
    "en": "Reproduction without the editor's permission is prohibited.",
}
CREDITS = [
    # a label that is none of ours, names with initials
    "Icons: Studio K. Marsh, {}", "Ikoner: Atelié R. Lund, {}", "Symbole: Büro T. Kern, {}", "Pictogrammes : atelier C. Petit, {}",
    "Iconos: taller de J. Mora, {}", "Icone: studio di P. Neri, {}", "Ícones de R. Prado, {}", "Pictogrammen: J. de Wit, {}",
    "Ikony: zestaw K. Zając, {}", "Значки: студия П. Орлова, {}", "Іконки: О. Гай, {}", "Ikonit: V. Laine, {}", "Ikonky: J. Malý, {}",
    "Simgeler: M. Kaya, {}", "アイコン：田中工房、{}", "图标：李工作室，{}", "Ikoner: P. Holm, {}",
    # compounds
    "Titelbild: A. Vogt, {}", "Das Vorschaubild dieser Seite stammt von A. Vogt und steht unter {}", "Kopfgrafik: J. Bär / {}",
    "Das Titelfoto dieses Artikels (A. Vogt) steht unter {}", "Omslagsbild: E. Ek, {}", "Omslagsbilden till artikeln är licensierad under {}",
    "Otsikkokuva: V. Laine, {}", "Artikkelin kansikuva on lisensoitu {}", "Forsidebillede: P. Holm, {}", "Headerfoto: J. de Wit, {}",
    "De omslagfoto van dit artikel valt onder {}",
    # a line break, and a sentence of its own behind the credit
    "Hintergrund: A. Vogt<br>{}", "© 2021 Foo<br>Arka plan: M. Kaya, {}", "Fond : C. Petit<br>sous licence {}", "Fundo: R. Prado<br/>{}",
    "Header photo by A. Smith. Licensed under {}.", "Illustrazione di P. Neri. Licenza {}.", "Photo de une : C. Petit. Licence {}.",
    "Foto de cabecera: J. Mora. Con licencia {}.", "Рисунок: П. Орлов. Лицензия {}.", "Kuva: V. Laine. Lisenssi {}.",
    "Zdjęcie: K. Zając. Na licencji {}.", "Foto: J. de Wit. Licentie {}.", "写真：田中。ライセンスは{}。", "图片：李明。采用{}许可。",
    # music, films, fonts, themes, maps, data, quotations
    "Music: “Slow Tide” by D. Quill, {}", "Musique : « Marée » par C. Petit, {}", "Música de fondo: J. Mora, {}", "Lettertype: J. de Wit, {}",
    "Schrift: T. Kern, {}", "Krój pisma: K. Zając, {}", "Шрифт: П. Орлов, {}", "Theme: Tideway by K. Marsh. Some rights reserved, {}",
    "Thème : Marée, par C. Petit. {}", "Plantilla de J. Mora. Algunos derechos reservados: {}", "Šablona: J. Malý, {}", "Sidmall: E. Ek, {}",
    "Kartengrundlage: Landesamt, {}", "Cartographie : IGN, {}", "Źródło danych: urząd, {}", "Datenquelle: Stadt Kern, {}", "素材：山田工房、{}",
    "“The tide turns twice.” D. Quill, Tidebook, {}", "Vertonung: T. Kern, {}", "Recording: D. Quill, {}",
    # of a part of the page, and what the page uses
    "Les pictos de ce site sont mis à disposition sous {}", "Los pictogramas de este sitio están bajo licencia {}", "I pittogrammi di questo sito sono rilasciati con licenza {}",
    "Os pictogramas desta página estão sob a licença {}", "Die Piktogramme auf dieser Seite stehen unter {}", "De pictogrammen op deze pagina vallen onder {}",
    "Piktogramy na tej stronie są dostępne na licencji {}", "Пиктограммы на этом сайте доступны по лицензии {}", "Piktogrammen på denna webbplats är licensierade under {}",
    "Sivuston piktogrammit on lisensoitu {}", "Bu sitedeki simgeler {} ile lisanslanmıştır", "当サイトのアイコンは{}で公開されています。", "本站的图标采用{}许可。",
    "This site uses glyphs by D. Quill, licensed under {}", "Ce site utilise les glyphes de C. Petit, sous licence {}", "Diese Seite verwendet Piktogramme von T. Kern, lizenziert unter {}",
    "Este sitio usa glifos de J. Mora bajo licencia {}", "Этот сайт использует значки П. Орлова по лицензии {}", "当サイトでは田中工房の素材を使用しています（{}）。",
    "本站使用李工作室的图标，遵循{}许可。", "Denna webbplats använder symboler av E. Ek, licensierade under {}", "L’article original de C. Petit est sous licence {}",
    "Der Originaltext von T. Kern steht unter {}", "The original text by D. Quill is licensed under {}", "原文は田中太郎によるもので、{}で公開されています。",
    "Musique et texte : C. Petit, licence {}", "Texte du panneau : ville de Lorme, sous licence {}", "Text der Tafel: Stadt Kern, lizenziert unter {}",
    "Ce billet résume une étude de l’université de Lorme, publiée sous licence {}", "Dieser Beitrag fasst eine Studie der Universität Kern zusammen, lizenziert unter {}",
    "This post summarises a paper by D. Quill, published under {}", "D’après un article de C. Petit, sous licence {}", "Quelle: Artikel von T. Kern, unter {}",
    # text and pictures in one line: the licence is of the pictures
    "Text: Ann Bee, photos: Cy Dee, {}", "Texte: Ann Vogt, Fotos: T. Kern, {}",
]  # fmt: skip
GIVEN = [
    "Text: {}", "Texte: {}", "Textes : {}", "Textos: {}", "Testi: {}", "Teksten: {}", "Teksty: {}", "Тексты: {}", "Texter: {}", "Tekstit: {}",
    "Licence: {}", "Lizenz: {}", "Licence : {}", "Licencia: {}", "Licenza: {}", "Licença: {}", "Licentie: {}", "Licencja: {}", "Лицензия: {}",
    "Lisans: {}", "Licens: {}", "Lisenssi: {}", "ライセンス：{}", "许可协议：{}", "© 2021 Foo. {}", "© 2021 Foo Ltd., {}", "© 2021 A. Smith. Licensed under {}.",
    "© 2021 J. R. Doe. Lizenziert unter {}", "Photos: A. Smith. Text is licensed under {}.", "Bilder: T. Kern. Die Texte stehen unter {}.",
    "Dieser Artikel mit Bildern von T. Kern steht unter {}.", "All content, including photos, is licensed under {}.",
    "Keine Rechte vorbehalten: {}", "Wenn nichts anderes dabeisteht, gilt für alle Texte {}", "Your use of the Tidebook is subject to our {}.", "Ann Quill — in Code — Permalink — {}", "Sin derechos reservados. {}", "Tenzij anders vermeld vallen de teksten onder {}", "Hinweis: Alle Inhalte stehen unter {}",
    "The use of this content is under {}", "Les textes de ce site sont sous licence {}", "Los textos de este sitio están bajo licencia {}", "本站的文章采用{}许可。", "当サイトの文章は{}で公開されています。",
    "Sivuston tekstit on lisensoitu {}", "Bu sitedeki yazılar {} ile lisanslanmıştır", "This site uses a {} licence", "本站采用{}许可协议", "Original content of this site is under {}",
    "© 2021 Foo<br>Alle Inhalte stehen unter {}", "This work is licensed under a<br>{}", "© 2021 Foo | {} | Imprint",
]  # fmt: skip


@pytest.mark.parametrize("page", [foot, end])
@pytest.mark.parametrize("language", SOME)
def test_some_rights_are_those_of_the_link_beside(language, page):
    assert ask(page(f"© 2021 Foo. {LINK.format(SOME[language])}")) == "CC-BY-SA-4.0"
    assert ask(page(f"© 2021 Foo. {SOME[language]} ({LINK.format('CC BY-SA')}).")) == "CC-BY-SA-4.0"


@pytest.mark.parametrize("page", [foot, end])
@pytest.mark.parametrize("language", SOME)
def test_some_rights_alone_are_not_all(language, page):
    assert ask(page(f"© 2021 Foo. {SOME[language]}.")) is None


@pytest.mark.parametrize("page", [foot, end])
@pytest.mark.parametrize("language", BANS)
def test_a_ban_on_reprinting_keeps_all_rights(language, page):
    assert ask(page(BANS[language])) == KEPT


@pytest.mark.parametrize("page", [foot, end, aside])
@pytest.mark.parametrize("words", CREDITS)
def test_what_another_thing_is_credited_with_is_not_the_pages(words, page):
    assert ask(page(words.format(LINK.format("CC BY-SA 4.0")))) is None
    assert ask(page(words.format(LINK.format("CC BY-SA 4.0").replace("<a ", '<a rel="license" ')))) is None
    assert ask(page(words.format("CC BY-SA 4.0"))) is None


@pytest.mark.parametrize("words", GIVEN)
def test_what_the_text_is_given_under_is(words):
    assert ask(foot(words.format(LINK.format("CC BY-SA 4.0")))) == "CC-BY-SA-4.0"


BADGE = '<a rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/"><img alt="CC BY-SA" src="https://licensebuttons.net/l/by-sa/4.0/88x31.png"></a>'
PAGES = {
    "a badge in a figure": (f"<main>{PROSE}<figure><img src='a.jpg'>{BADGE}<figcaption>The mill</figcaption></figure></main>", None),
    "a badge in a caption": (f"<main>{PROSE}<figure><img src='a.jpg'><figcaption>The mill {BADGE}</figcaption></figure></main>", None),
    "a badge without a link in a caption": (
        f"<main>{PROSE}<figure><img src='a.jpg'><figcaption>The mill <img alt='CC BY-SA 4.0' src='/by-sa.png'></figcaption></figure></main>",
        None,
    ),
    "a list of rights": (foot(f"</p><dl><dt>Texte</dt><dd>{LINK.format('CC BY-SA 4.0')}</dd><dt>Fotos</dt><dd>alle Rechte vorbehalten</dd></dl>"), "CC-BY-SA-4.0"),
    "a list, turned": (foot(f"</p><dl><dt>Photos</dt><dd>{LINK.format('CC BY-SA 4.0')}</dd><dt>Text</dt><dd>all rights reserved</dd></dl>"), KEPT),
    "a table": (end(f"</p><table><tr><th>Text</th><td>{LINK.format('CC BY-SA 4.0')}</td></tr><tr><th>Pictures</th><td>all rights reserved</td></tr></table>"), "CC-BY-SA-4.0"),
    "a table without heads": (foot(f"</p><table><tr><td>Fotos</td><td>{LINK.format('CC BY-SA 4.0')}</td></tr></table>"), None),
    "a report that was published": (end(f"The report was published by the county under the {LINK.format('CC BY-SA 4.0 licence')}."), None),
    "the owner of the page behind a credit": (foot("Fotos: Archiv, gemeinfrei<br>© 2021 Foo. Alle Rechte vorbehalten."), KEPT),
    "a book beside": (aside(f"O novo livro da casa já saiu, com licença {LINK.format('CC BY-SA 4.0')}"), None),
    "a formula told of, in Swedish marks": (f"<main>{PROSE}<p>Skriv bara ”Denna text är licensierad under CC BY-SA 4.0” under inlägget.</p></main>", None),
    "a formula told of, in Danish marks": (f"<main>{PROSE}<p>Skriv blot »Denne tekst er udgivet under CC BY-SA 4.0« under indlægget.</p></main>", None),
    "a guide that is offered": (f'<div class="k1">{PROSE}</div><div class="k2"><h3>À lire</h3><ul><li>Notre guide du verger est paru, sous licence {LINK.format("CC BY-SA 4.0")}</li></ul></div>', None),
    "licences told of": (
        f"<main>{PROSE}<p>Wikis choose among {LINK.format('CC BY-SA').replace('<a', '<a rel=license')}, which asks that copies be shared alike, and others.</p>{PROSE}</main>",
        None,
    ),
    "the site by its name": (f'<header><a href="/">Tidebook</a></header>{foot("Tidebook by Ida Berg, " + LINK.format("CC BY-SA 4.0"))}', "CC-BY-SA-4.0"),
    "another thing by its name": (f'<header><a href="/">Tidebook</a></header><img src="a.jpg">{foot("Sunset by Ida Berg, " + LINK.format("CC BY-SA 4.0"))}', None),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_by_its_place(name):
    page, license = PAGES[name]
    assert ask(page) == license
