"""What a PDF says of its licence."""

# ruff: noqa: E501, RUF001 - rows and pages as they are written

import json

import pytest

from winnow.ocr.rights.statements import MAX_PACKET, RESERVED, judge, name_license, read_fields

BY = "https://creativecommons.org/licenses/by/4.0/"


@pytest.mark.parametrize(
    ("packet", "license"),
    [
        (f'<cc:license rdf:resource="{BY}"/>', "CC-BY-4.0"),
        (f"<xmpRights:WebStatement>{BY}</xmpRights:WebStatement>", "CC-BY-4.0"),
        (f'<rdf:Description xmpRights:WebStatement="{BY}"/>', "CC-BY-4.0"),
        ("<xmpRights:UsageTerms><rdf:Alt><rdf:li xml:lang='x-default'>This work is licensed to the public under the Creative Commons Attribution-ShareAlike 3.0 license</rdf:li></rdf:Alt></xmpRights:UsageTerms>", "CC-BY-SA-3.0"),
        ("<dc:rights><rdf:Alt><rdf:li>© 2020 Foo. All rights reserved.</rdf:li></rdf:Alt></dc:rights>", RESERVED),
        ("<dc:rights><rdf:Alt><rdf:li>© 2020 Foo</rdf:li></rdf:Alt></dc:rights>", None),
        ("<xmpRights:WebStatement>https://foo.example/terms</xmpRights:WebStatement>", None),
        ("", None),
        ("<dc:rights>" * 9_000, None),
    ],
)  # fmt: skip
def test_packets(packet, license):
    found, evidence = judge(read_fields(packet), "", "")
    assert found == license and (evidence is None) == (license is None)
    if evidence:
        assert json.loads(evidence)[0]["in"] == "xmp"


@pytest.mark.parametrize(
    ("first", "license"),
    [
        (
            "This is an open access article distributed under the terms of the Creative Commons\nAttribution License (CC BY 4.0).",
            "CC-BY-4.0",
        ),
        (
            "This work is licensed under a Creative Commons Attribution-NonCommercial 4.0 International License.",
            "CC-BY-NC-4.0",
        ),
        ("© 2019 Elsevier. All rights reserved.", RESERVED),
        ("The images of the museum are under CC BY 4.0, and many like it.", None),
        ("The phrase all rights reserved has a long history.", None),
        ("", None),
    ],
)
def test_words_of_the_first_page(first, license):
    assert judge([], first, "")[0] == license
    assert judge([], "Title", first)[0] == license


def test_the_packet_decides_and_what_differs_is_told():
    license, evidence = judge([("cc:license", BY)], "This article is published under CC BY-NC 4.0.", "")
    assert license == "CC-BY-4.0" and all(one["conflict"] for one in json.loads(evidence))
    license, evidence = judge(
        [("cc:license", BY)], "This article is published under CC BY.", "© 2020 X. All rights reserved."
    )
    assert license == "CC-BY-4.0" and "conflict" not in evidence


def test_values_are_bounded():
    found = read_fields(
        "<dc:rights>" + "x" * 3_000 + "</dc:rights>" + "<dc:rights>y</dc:rights>" * 50 + " " * MAX_PACKET
    )
    assert len(found) == 8 and max(len(value) for _, value in found) <= 800


@pytest.mark.parametrize(
    ("words", "license"),
    [
        ("All content is available under the Open Government Licence v3.0.", "OGL-UK-3.0"),
        ("This document is published under the GNU Free Documentation License, Version 1.3.", "GFDL-1.3"),
        ("Dieses Dokument steht unter der Datenlizenz Deutschland – Namensnennung – Version 2.0.", "DL-DE-BY-2.0"),
        ("Cette publication est sous Licence Ouverte / Open Licence version 2.0", "etalab-2.0"),
    ],
)  # fmt: skip
def test_other_names(words, license):
    assert name_license(words) == license
    assert judge([("dc:rights", words)], "", "")[0] == license


@pytest.mark.parametrize(
    "words",
    ["Alla rättigheter förbehållna", "Minden jog fenntartva", "جميع الحقوق محفوظة", "Bảo lưu mọi quyền"],
)
def test_rights_kept_in_more_languages(words):  # fmt: skip
    assert judge([], f"© 2020 Foo. {words}", "")[0] == RESERVED


def test_names():
    assert name_license("http://creativecommons.org/publicdomain/zero/1.0/") == "CC0-1.0"
    assert name_license("https://creativecommons.org/licenses/by-nc-nd/3.0/us/") == "CC-BY-NC-ND-3.0-US"
    assert name_license("a Creative Commons license by John") is None
