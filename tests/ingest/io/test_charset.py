# ruff: noqa: RUF001
"""Charsets as the web has them: undeclared, declared wrongly, broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io import charset
from winnow.ingest.io.charset import _is_utf8, binary_type, decode

RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему. "
JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
KOREAN = "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. "
FRENCH = "L'été à la plage, où déjà les élèves rêvaient d'être à Noël. "


@pytest.mark.parametrize(
    ("text", "charset", "declared"),
    [
        (RUSSIAN, "cp1251", "windows-1251"),
        (RUSSIAN, "cp1251", None),
        (RUSSIAN, "cp1251", "utf-8"),
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (RUSSIAN, "utf-8", "windows-1251"),
        (RUSSIAN, "utf-8", "iso-8859-1"),
        (RUSSIAN, "utf-16", "utf-8"),
        (JAPANESE, "shift_jis", "shift_jis"),
        (JAPANESE, "shift_jis", "utf-8"),
        (JAPANESE, "euc_jp", None),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"),
        (JAPANESE, "utf-8", "no-such-charset"),
        (FRENCH, "latin-1", "iso-8859-1"),
        (FRENCH, "latin-1", "utf-8"),
        (FRENCH, "cp1252", None),
        (FRENCH, "utf-8-sig", "iso-8859-1"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (RUSSIAN, "cp1251", "windows-1252"),
        (RUSSIAN, "cp1251", "gb2312"),
        (JAPANESE, "shift_jis", "windows-1251"),
        (JAPANESE, "euc_jp", "koi8-r"),
        (JAPANESE, "iso2022_jp", "windows-1251"),
        (KOREAN, "euc_kr", None),
        (KOREAN, "euc_kr", "utf-8"),
        (FRENCH, "latin-1", "windows-1251"),
        (FRENCH, "latin-1", "gbk"),
        ("all of it ASCII", "ascii", "windows-1251"),
        ("all of it ASCII.", "ascii", "utf-16"),
        ("ASCII in twos", "utf-16-le", None),
    ],
)
def test_headers_may_lie(text: str, charset: str, declared: str | None) -> None:
    assert decode((text * 4).encode(charset), declared)[0] == text * 4


def test_the_page_knows_better_than_the_servers_default() -> None:
    page = f'<html><head><meta charset="iso-8859-2"></head><p>{"zażółć gęślą jaźń " * 5}'
    assert decode(page.encode("iso-8859-2"), "ISO-8859-1", markup=True)[0] == page


def test_the_east_is_told_apart_by_detection_where_the_text_is_long() -> None:
    text = JAPANESE * 12
    assert decode(text.encode("euc_jp"), "gb2312")[0] == text


def test_a_language_that_detection_does_not_know_stays_latin1() -> None:
    text = "Të gjithë njerëzit lindin të lirë dhe të barabartë në dinjitet dhe në të drejta. " * 5
    assert decode(text.encode("latin-1"), "iso-8859-1")[0] == text


def test_header_and_page_disagree_and_the_text_decides() -> None:
    page = f'<html><head><meta charset="koi8-r"></head><p>{RUSSIAN * 3}'
    assert decode(page.encode("koi8-r"), "windows-1251", markup=True) == (page, "koi8-r")
    assert decode(page.encode("cp1251"), "windows-1251", markup=True) == (page, "cp1251")


@pytest.mark.parametrize(("text", "name"), [(RUSSIAN, "cp1251"), (JAPANESE, "euc_jp"), (FRENCH, "cp1252")])
def test_a_long_page_is_told_by_what_is_not_ascii(text: str, name: str) -> None:
    scripts = "<script>var a = 1;</script>" * 8_000
    page = f"{scripts}<p>{text * 9}{scripts}"
    assert decode(page.encode(name)) == (page, name)


def test_noise_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(charset, "detect_encoding", lambda data, **_: looked.append(len(data)))
    decode(bytes(range(0x20, 0x100)) * 1_000)
    assert looked == [1_024]


def test_a_page_cut_inside_a_letter_stays_utf8() -> None:
    data = (RUSSIAN * 20).encode()[:-3]
    text, charset = decode(data, "windows-1251")
    assert charset == "utf-8" and text.startswith(RUSSIAN)


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "gbk", "utf-16", "x", "iso-2022-jp"]))
def test_anything_decodes_to_valid_unicode(data: bytes, declared: str | None) -> None:
    decode(data, declared, markup=True)[0].encode("utf-8")


@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "koi8-r", "utf-16"])
def test_text_in_no_charset_is_taken_for_binary(charset: str) -> None:
    assert binary_type((RUSSIAN * 3).encode(charset)) is None


def test_binary_is_named() -> None:
    assert binary_type(b"%PDF-1.7\n1 0 obj") == "application/pdf"
    assert binary_type(bytes(range(256)) * 3) == "application/octet-stream"
    assert binary_type(b"a page with one stray \0" + b"word " * 100) is None


@given(st.one_of(st.binary(max_size=12), st.text(max_size=6).map(str.encode)))
def test_utf8_is_what_python_takes_for_it(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        assert not _is_utf8(data)
    else:
        assert _is_utf8(data)
