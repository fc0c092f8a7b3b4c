"""What the XMP packet of a PDF says of mining, and whose column that is."""

import json
from pathlib import Path

import polars as pl
import pymupdf
import pytest

from winnow.ocr import pdf
from winnow.ocr.process.packet import find_license, find_reservations

PACKET = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" {}</rdf:Description>
</rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
TDM = 'xmlns:tdm="http://www.w3.org/ns/tdmrep/"'


@pytest.mark.parametrize(
    ("said", "values"),
    [
        (f'{TDM} tdm:reservation="1">', ["1"]),
        (
            f"{TDM} tdm:reservation = '0' tdm:policy='https://x.example/p.json'>",
            ["0", "https://x.example/p.json"],
        ),
        (f"{TDM}><tdm:reservation>\n 1 </tdm:reservation>", ["1"]),
        (f"{TDM}><tdm:reservation rdf:parseType='Literal'>1</tdm:reservation>", ["1"]),
        ('xmlns:r="http://www.w3.org/ns/tdmrep#"><r:reservation>1</r:reservation>', ["1"]),
        ('xmlns:tdm="http://other.example/"><tdm:reservation>1</tdm:reservation>', []),
        ("><tdm:reservation>1</tdm:reservation>", []),
        (f"{TDM}><!-- <tdm:reservation>1</tdm:reservation> -->", []),
        (f"{TDM}><tdm:reservation/>1", []),
        (f"{TDM}><tdm:reservations>1</tdm:reservations><x:tdm:reservation>1</x:tdm:reservation>", []),
        (f"{TDM}><tdm:reservation>1", ["1"]),  # a packet that is cut
    ],
)
def test_a_packet_may_reserve_mining(said: str, values: list[str]) -> None:
    found = find_reservations(PACKET.format(said))
    assert [each["value"] for each in found] == values
    assert {each["in"] for each in found} <= {"xmp"}
    assert [each["name"] for each in found] == ["tdm-reservation", "tdm-policy"][: len(values)]


def test_a_long_packet_ends() -> None:
    assert find_reservations(TDM + "<tdm:reservation " * 100_000) == []
    assert find_reservations(TDM + '<tdm:reservation="1"' * 100)[19:] == [
        {"in": "xmp", "name": "tdm-reservation", "value": "1"}
    ]
    assert find_license("xmpRights:WebStatement" * 10_000) == ""


def make(path: Path, said: str) -> str:
    document = pymupdf.open()
    document.new_page().insert_text((72, 150), "The keeper of the archive wrote down every parcel.")
    document.set_xml_metadata(PACKET.format(said))
    document.save(path)
    return str(path)


@pytest.mark.parametrize("reader", ["mupdf", "pdfium"])
def test_a_pdf_gives_what_it_says(tmp_path: Path, reader: str) -> None:
    path = make(tmp_path / "a.pdf", f'{TDM} tdm:reservation="1">')
    rows = pl.concat(pdf.read(path, reader=reader))  # type: ignore[arg-type]
    assert json.loads(rows["preferences"][0]) == [{"in": "xmp", "name": "tdm-reservation", "value": "1"}]
    other = pl.concat(pdf.read(make(tmp_path / "b.pdf", ">")))
    assert other["preferences"].to_list() == [None]


def test_what_a_server_said_stays_before_it(tmp_path: Path) -> None:
    body = Path(make(tmp_path / "a.pdf", f'{TDM} tdm:reservation="1">')).read_bytes()
    said = '[{"in": "header", "name": "tdm-reservation", "value": "0"}]'
    docs = pl.DataFrame(
        {
            "text": ["", "a page"],
            "media_type": ["application/pdf", "text/html"],
            "body": [body, None],
            "preferences": [said, said],
        }
    )
    found = pdf.extract(docs)["preferences"].to_list()
    assert found[1] == said
    assert [each["value"] for each in json.loads(found[0])] == ["0", "1"]
    assert pdf.extract(docs.drop("preferences"))["preferences"].to_list()[1] is None
    assert pdf.extract(docs.drop("body"))["preferences"].to_list() == [said, said]
