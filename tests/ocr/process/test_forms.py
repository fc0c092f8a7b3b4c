"""Forms whose pages ask for Adobe's reader, read from their XML."""

import json

import pymupdf
import pytest

from winnow.ocr.pdf import read
from winnow.ocr.process import forms

TEMPLATE = b"""<template xmlns="http://www.xfa.org/schema/xfa-template/3.3/">
<subform name="form1">
<pageSet><pageArea><contentArea/></pageArea></pageSet>
<draw name="head"><value><text>Claim for travel expenses</text></value></draw>
<draw presence="hidden"><value><text>Never seen</text></value></draw>
<draw><value><exData contentType="text/html"><body xmlns="http://www.w3.org/1999/xhtml">
<p>Fill in <b>all</b> fields.</p></body></exData></value></draw>
<subform name="who">
<field name="name"><caption><value><text>Name:</text></value></caption><value><text>nobody</text></value>
<ui><textEdit/></ui><event><script>xfa.host.messageBox("no")</script></event></field>
<field name="town"><caption><value><text>Town</text></value></caption><value><text>Bern</text></value></field>
<field name="kind"><items><text>train</text><text>plane</text></items></field>
</subform></subform></template>"""
DATASETS = b"""<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><form1><who>
<name>Ada &amp; Grace</name><secret>key</secret></who></form1></xfa:data></xfa:datasets>"""
WAIT = "Please wait... To view the full contents, you need a later version of Adobe Reader."


def make(path, packets, text=WAIT, dynamic=True, whole=False):
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), text)
    numbers = []
    for packet in packets:
        number = document.get_new_xref()
        document.update_object(number, "<<>>")
        document.update_stream(number, packet)
        numbers.append(number)
    named = " ".join(f"(part{number}) {number} 0 R" for number in numbers)
    array = f"{numbers[0]} 0 R" if whole else f"[{named}]"
    root = document.pdf_catalog()
    document.xref_set_key(root, "AcroForm", f"<</Fields []/XFA {array}>>" if numbers else "<</Fields []>>")
    if dynamic:
        document.xref_set_key(root, "NeedsRendering", "true")
    document.save(path)
    return str(path)


def read_only(path):
    (row,) = (row for frame in read(path) for row in frame.to_dicts())
    return row, json.loads(row["metadata"])


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("dynamic", [True, False])
def test_texts_captions_and_values_stand_in_order(tmp_path, dynamic):
    row, told = read_only(make(tmp_path / "a.pdf", [TEMPLATE, DATASETS], dynamic=dynamic))
    assert row["text"].split("\n\n") == [
        "Claim for travel expenses",
        "Fill in all fields.",
        "Name: Ada & Grace",
        "Town: Bern",
    ]
    assert told["routes"] == {"text: xfa": 1} and told["page_spans"][0][3] == "xfa"
    assert (row["pdf_ocr_pages"], row["ocr_quality"], row["drop_reason"]) == (0, None, None)


@pytest.mark.usefixtures("reader")
def test_one_stream_with_a_prolog_is_read_as_well(tmp_path):
    whole = b'<?xml version="1.0" encoding="UTF-8"?><xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/">'
    row, _ = read_only(make(tmp_path / "a.pdf", [whole + TEMPLATE + DATASETS + b"</xdp:xdp>"], whole=True))
    assert row["text"].startswith("Claim") and row["text"].endswith("Town: Bern")


def test_data_without_a_template_are_names_and_values(tmp_path):
    row, _ = read_only(make(tmp_path / "a.pdf", [DATASETS]))
    assert row["text"] == "name: Ada & Grace\n\nsecret: key"


@pytest.mark.parametrize("packets", [[], [b"<template/>"], [b"no XML at all"]])
def test_a_form_without_text_has_a_verdict_of_its_own(tmp_path, packets):
    row, told = read_only(make(tmp_path / "a.pdf", packets))
    assert (row["text"], row["drop_reason"], told["routes"]) == ("", "pdf.xfa", {"blank: xfa": 1})


@pytest.mark.usefixtures("reader")
def test_pages_that_show_the_form_are_read_as_pages(tmp_path):
    shown = "Claim for travel expenses, as it is printed."
    row, told = read_only(make(tmp_path / "a.pdf", [TEMPLATE, DATASETS], text=shown, dynamic=False))
    assert row["text"] == shown and told["routes"] == {"text: good": 1}


def test_entities_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file://%b">]>'
    bomb %= str(tmp_path / "secret").encode()
    row, _ = read_only(make(tmp_path / "a.pdf", [bomb + TEMPLATE.replace(b"nobody", b"&b;&c;")]))
    assert "Claim" in row["text"] and "secret" not in row["text"] and "aaaa" not in row["text"]


def test_a_form_of_very_much_xml_is_an_error_of_its_page(tmp_path):
    spaces = b" " * (forms.MAX_BYTES + 1)
    ((row),) = (row for f in read(make(tmp_path / "a.pdf", [TEMPLATE, spaces])) for row in f.to_dicts())
    assert row["key"] == "page 1" and "a form of more than 20,000,000 bytes of XML" in row["error"]
