"""RapidOCR over its own models: what it reads, in which order, with one thread and without a network."""

import socket

import pymupdf
import pytest
from PIL import Image

pytest.importorskip("rapidocr", reason="rapidocr comes with `make extras`")
pytest.importorskip("onnxruntime", reason="onnxruntime comes with `make extras`")

from winnow.ocr.engines import cascade, rapid, tesseract

LEFT = ["The keeper wrote down", "every parcel that came", "in on the early train."]
RIGHT = ["At noon he closed the", "doors, and went to see", "whether it had rained."]


def draw(texts, dpi=200, font="tiro", size=12):
    """A picture of texts at (x, y) in points."""
    page = pymupdf.open().new_page(width=400, height=200)
    for x, y, text in texts:
        page.insert_text((x, y), text, fontsize=size, fontname=font)
    drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)


@pytest.fixture(scope="module")
def columns():
    rows = [(x, 40 + 20 * n, text) for x, side in ((20, LEFT), (220, RIGHT)) for n, text in enumerate(side)]
    return draw(sorted(rows, key=lambda row: row[1]))


def test_columns_are_read_one_after_the_other_with_words_and_places(columns):
    lines = rapid.recognize(columns)
    assert [line.text for line in lines] == LEFT + RIGHT
    assert [line.block for line in lines] == [0, 0, 0, 1, 1, 1]
    for line in lines:
        assert " ".join(word[0] for word in line.words) == line.text and line.confidence > 0.8
        edges = [edge for word in line.words for edge in (word[2], word[4])]
        assert edges == sorted(edges) and line.x0 <= edges[0] and edges[-1] <= line.x1
        assert (line.x0 < columns.width / 2) == (line.text in LEFT)


def test_chinese_and_japanese_need_no_other_model():
    lines = rapid.recognize(draw([(20, 60, "\u4eca\u5929\u5929\u6c14\u5f88\u597d")], font="china-s", size=18))
    assert [line.text for line in lines] == ["\u4eca\u5929\u5929\u6c14\u5f88\u597d"]
    lines = rapid.recognize(draw([(20, 60, "\u3053\u308c\u306f\u672c\u3067\u3059")], font="japan", size=18))
    assert [line.text for line in lines] == ["\u3053\u308c\u306f\u672c\u3067\u3059"]


def test_an_empty_picture_has_no_lines():
    assert rapid.recognize(Image.new("L", (400, 300), 255)) == []
    assert rapid.read_line(Image.new("L", (400, 40), 255)).text == ""


def test_it_has_one_thread_and_fetches_nothing(columns, monkeypatch):
    def refuse(*told, **more):
        raise AssertionError("the network is asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    rapid._open.cache_clear()
    assert rapid.recognize(columns)
    for part in (rapid._open().text_det, rapid._open().text_rec):
        options = part.session.session.get_session_options()
        assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


def test_a_missing_package_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(rapid, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"rapidocr and onnxruntime.*make extras"):
        cascade.check_engine("cascade")
    cascade.check_engine("tesseract")


def test_sure_lines_are_not_asked_for_again(columns):
    lines = tesseract.recognize(columns, ("eng",), 200)
    sure = [line._replace(words=tuple((w[0], 0.99, *w[2:]) for w in line.words)) for line in lines]
    assert cascade.read_again(columns, sure, "") == (sure, "tesseract", "")


def test_a_line_that_was_misread_is_mended():
    picture = draw([(20, 40 + 20 * n, text) for n, text in enumerate(LEFT)])
    line = tesseract.recognize(picture, ("eng",), 200)[0]
    assert line.text == LEFT[0]
    words = tuple(("keeqer" if w[0] == "keeper" else w[0], 0.8, *w[2:]) for w in line.words)
    wrong = line._replace(words=words, text=line.text.replace("keeper", "keeqer"), confidence=0.8)
    read, by, failed = cascade.read_again(picture, [wrong], "")
    assert ([line.text for line in read], by, failed) == ([LEFT[0]], "tesseract+rapidocr", "")


def test_letters_that_it_has_not_are_left_to_tesseract(columns):
    line = tesseract.recognize(columns, ("eng",), 200)[0]
    russian = line._replace(
        text="\u0434\u043e\u043c", words=(("\u0434\u043e\u043c", 0.8, *line[:4]),), confidence=0.8
    )
    assert cascade.read_again(columns, [russian], "") == ([russian], "tesseract", "")


def test_what_fails_falls_back_and_says_so(columns, monkeypatch):
    lines = tesseract.recognize(columns, ("eng",), 200)
    unsure = [line._replace(words=tuple((w[0], 0.8, *w[2:]) for w in line.words)) for line in lines]

    def fail(picture):
        raise RuntimeError("bad model")

    monkeypatch.setattr(rapid, "read_line", fail)
    assert cascade.read_again(columns, unsure, "") == (unsure, "tesseract", "rapidocr failed (RuntimeError)")


def test_stains_that_the_engines_read_otherwise_stay_noise():
    assert not cascade.agree("a_i ee *.", "\u51ac\u4e8c")
    assert not cascade.agree("is", "is")  # too short to tell
    assert cascade.agree("the houfe was oid", "the house was old")
