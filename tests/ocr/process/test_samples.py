"""Some pages of a PDF, tried and shown: in the child, within its bounds."""

import base64
import io

import pymupdf
import pytest
from PIL import Image

from winnow.ocr.pdf import show_pages, try_pages
from winnow.ocr.process.child import Request, _list_numbers
from winnow.ocr.process.pages import Child

PROSE = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told.",
]
SETTINGS = {"ocr": True, "languages": None, "vlm": None, "page_seconds": 120, "max_memory_mb": 2048}
SETTINGS |= {"max_pages": 5000, "max_file_mb": 512, "engine": "tesseract", "reader": "mupdf"}


def write(path, pages):
    document = pymupdf.open()
    for _ in range(pages):
        page = document.new_page()
        for number, line in enumerate(PROSE):
            page.insert_text((72, 150 + 14 * number), line, fontsize=11)
    document.save(path)
    return document


def test_pages_are_tried_evenly_and_the_file_is_counted_whole(tmp_path):
    write(tmp_path / "a.pdf", 40)
    told = try_pages(str(tmp_path / "a.pdf"), 4, SETTINGS)
    assert told["pages"] == 40 and "error" not in told
    assert [route for route, _ in told["tried"]] == ["text: good"] * 4
    # The font is looked at once in a file of 40 pages, so that belongs to the file.
    assert told["file_seconds"] > max(seconds for _, seconds in told["tried"])
    assert told["attempts"] == 0


@pytest.mark.parametrize(
    ("asked", "count", "numbers"),
    [
        ({"spread": 4}, 40, [5, 15, 25, 35]),
        ({"spread": 4}, 3, [0, 1, 2]),
        ({"only": [7, 2, 99]}, 40, [7, 2]),
        ({}, 3, [0, 1, 2]),
    ],
)
def test_the_pages_that_are_asked_for(asked, count, numbers):
    request = Request(path="", max_pages=9, page_seconds=9, languages=["eng"], ocr=True, **asked)
    assert list(_list_numbers(request, count)) == numbers


def test_pages_are_tried_and_shown_by_the_engine_of_the_recipe(tmp_path):
    """A picture of a page: what read it stands in its seconds and its text, by the engine asked for."""
    born = write(tmp_path / "a.pdf", 1)
    scan = pymupdf.open()
    page = scan.new_page()
    page.insert_image(page.rect, pixmap=born[0].get_pixmap(dpi=150))
    scan.save(tmp_path / "scan.pdf")
    cascade = SETTINGS | {"engine": "cascade"}
    (tried,) = try_pages(str(tmp_path / "scan.pdf"), 1, cascade)["tried"]
    assert tried[0] == "ocr: no_text"
    assert "keeper" in show_pages(str(tmp_path / "scan.pdf"), [0], cascade)[0]["ocr"]


@pytest.mark.parametrize("engine", ["tesseract", "cascade"])
def test_the_child_is_asked_for_the_engine(tmp_path, monkeypatch, engine):
    write(tmp_path / "a.pdf", 1)
    asked = []
    ask = Child.ask
    monkeypatch.setattr(Child, "ask", lambda self, request: asked.append(request) or ask(self, request))
    try_pages(str(tmp_path / "a.pdf"), 1, SETTINGS | {"engine": engine})
    show_pages(str(tmp_path / "a.pdf"), [0], SETTINGS | {"engine": engine})
    assert [request["engine"] for request in asked] == [engine, engine]


def test_a_model_is_not_asked_but_its_attempts_are_told(tmp_path):
    write(tmp_path / "a.pdf", 1)
    vlm = {"url": "http://127.0.0.1:9/v1", "model": "eye"}
    assert try_pages(str(tmp_path / "a.pdf"), 4, SETTINGS | {"vlm": vlm})["attempts"] == 4
    assert try_pages(str(tmp_path / "a.pdf"), 4, SETTINGS | {"vlm": vlm | {"attempts": 2}})["attempts"] == 2


def test_files_that_cannot_be_read_say_why(tmp_path):
    (tmp_path / "no.pdf").write_bytes(b"no PDF at all")
    told = try_pages(str(tmp_path / "no.pdf"), 4, SETTINGS)
    assert told["pages"] == 0 and told["tried"] == [] and "not a" in told["error"]
    write(tmp_path / "a.pdf", 1).save(
        tmp_path / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x", owner_pw="y"
    )
    assert "encrypted" in try_pages(str(tmp_path / "locked.pdf"), 4, SETTINGS)["error"]


def test_a_page_is_shown_small_beside_layer_and_recognized_text(tmp_path):
    born = write(tmp_path / "a.pdf", 2)
    scanned = pymupdf.open()
    for page in born:
        picture = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
        new = scanned.new_page()
        new.insert_image(new.rect, stream=picture.tobytes("png"))
    scanned[1].insert_text((72, 400), "A layer that says something else.", render_mode=3)
    scanned.save(tmp_path / "b.pdf")
    shown = show_pages(str(tmp_path / "b.pdf"), [1], SETTINGS)
    assert set(shown) == {1} and "error" not in shown[1]
    assert shown[1]["layer"] == "A layer that says something else."
    assert shown[1]["ocr"].startswith("The keeper of the archive wrote down every parcel")
    image = Image.open(io.BytesIO(base64.b64decode(shown[1]["picture"])))
    assert image.format == "JPEG" and max(image.size) <= 640 and len(shown[1]["picture"]) < 100_000
    assert shown == show_pages(str(tmp_path / "b.pdf"), [1], SETTINGS)


def test_what_cannot_be_shown_says_why(tmp_path):
    assert "no file" in show_pages(str(tmp_path / "gone.pdf"), [0], SETTINGS)[0]["error"]
    write(tmp_path / "a.pdf", 1)
    assert "not one of the file's pages" in show_pages(str(tmp_path / "a.pdf"), [5], SETTINGS)[5]["error"]
    (tmp_path / "no.pdf").write_bytes(b"no PDF at all")
    assert "not a" in show_pages(str(tmp_path / "no.pdf"), [0], SETTINGS)[0]["error"]
