"""Templates that hold text of the page, in the languages of several wikis."""

import pytest

from winnow.ingest.wikis.kinds import HIDDEN, detect_kind, find_redirect
from winnow.ingest.wikis.marks import drop_marks
from winnow.ingest.wikis.text import Page, plain_text


@pytest.mark.parametrize(
    ("wikitext", "language", "text"),
    [
        (
            "{{lang|fr|bonjour}} {{langx|de|Haus}} {{lang-ru|дом}} {{Vol-lv|augi}}",
            "",
            "bonjour Haus дом augi",
        ),
        ("{{convert|5|to|10|km}} {{cvt|3|x|4|m}} {{convert|7|mi|km}}", "", "5 to 10 km 3 \u00d7 4 m 7 mi"),
        (
            "{{val|1.5|e=3|u=m}} {{frac|1|2}} {{frac|3|1|2}} {{formatnum:1234}}",
            "",
            "1.5\u00d710^3 m 1/2 3 1/2 1234",
        ),
        ("{{nowrap|a {{small|b}}}} {{abbr|Dr|Doctor}} {{color|red|c}}", "", "a b Dr c"),
        ("{{ill|Name|de|Anders|lt=Shown}} {{仮リンク|名前|en|Name}} {{tsl|en|Name|名}}", "", "Shown 名前 名"),
        ("{{не переведено 5|Имя|Текст|en|Name}} {{link-en|中文|English}}", "", "Текст 中文"),
        ("{{unité|5|km}} au {{s|XIX|e}}", "fr", "5 km au XIXe siècle"),
        ("a{{s|XIX|e}}b", "it", "ab"),
        ("{{circa|1500}} {{US$|5}} {{sic}} a{{snd}}b {{nbsp}}", "", "c. 1500 US$5 [sic] a \u2013 b"),
        ("{{ubl|one|two}}", "", "- one\n- two"),
        ("{{hlist|one|two}}", "", "one, two"),
        ("{{quote|Said so.|A man}}", "", "Said so."),
        ("{{cite web|url=x}}{{IPA-de|x}}{{Unknown|y}}{{stub-de|z}}", "", ""),
        ("In {{PAGENAME}}.", "", "In Title."),
    ],
)
def test_words_of_templates(wikitext: str, language: str, text: str) -> None:
    assert plain_text(wikitext, Page(HIDDEN, language, "Title")) == text


def test_the_fields_of_an_infobox_are_told() -> None:
    page = Page(HIDDEN)
    box = "{{Infobox town\n| name = [[A|B]]\n| area = {{convert|5|km2}}\n| empty =\n| map = x\n}}"
    assert plain_text(box + "\nText.", page) == "Text."
    assert page.infobox == {"name": "B", "area": "5 km2", "map": "x"} | {"name": page.infobox["name"]}


@pytest.mark.parametrize(
    ("wikitext", "target"),
    [("#REDIRECT [[A b]]", "A b"), ("#WEITERLEITUNG [[Ä]]", "Ä"), ("# перенаправление [[Дом#x]]", "Дом"),
     ("#転送 [[家]]", "家"), ("# one [[two]]", None), ("Text #REDIRECT [[A]]", None)],
)  # fmt: skip
def test_redirects_in_several_languages(wikitext: str, target: str | None) -> None:
    assert find_redirect(wikitext) == target


@pytest.mark.parametrize(
    ("templates", "kind"),
    [
        *(
            ({name, "x"}, "disambiguation")
            for name in ("disambig", "begriffsklärung", "неоднозначность", "曖昧さ回避")
        ),
        *(({name}, "stub") for name in ("geo-stub", "ébauche", "小作品")),
        ({"x"}, None),
    ],
)
def test_kinds_in_several_languages(templates: set[str], kind: str | None) -> None:
    assert detect_kind("", templates) == kind
    assert detect_kind("__DISAMBIG__", templates) == "disambiguation"


@pytest.mark.parametrize(
    ("wikitext", "text"),
    [
        ("'''''Both''''' ''i'' '''b'''", "Both i b"),
        ("the ''Iliad'''s end, l'''amour''", "the Iliad's end, l'amour"),
        ("a<ref name='x' />b<ref>c<!-- d --></ref>e<!-- f -->", "abe"),
        (
            "<math>f''(x)</math> <nowiki>''as is''</nowiki> ''x''",
            "<math>f''(x)</math> <nowiki>''as is''</nowiki> x",
        ),
        ("<ref>never closed ''x''", "<ref>never closed x"),
        ("<!-- never closed", ""),
    ],
)
def test_marks_go_before_the_parser_sees_them(wikitext: str, text: str) -> None:
    assert drop_marks(wikitext).removeprefix("<!-- never closed") == text


def test_one_variant_of_a_word_is_kept() -> None:
    assert (
        plain_text("用-{zh-hans:计算机;zh-hant:電腦}-和-{字}-。-{H|zh:a}-", Page(HIDDEN, "zh"))
        == "用计算机和字。"
    )
    assert plain_text("x-{a}-", Page(HIDDEN, "en")) == "x-{a}-"
