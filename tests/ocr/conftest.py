"""Both readers of PDFs, one after the other, for tests that hold for either."""

import pytest

from winnow.ocr import pdf
from winnow.ocr.process import pages
from winnow.ocr.reader.page import load_reader


@pytest.fixture(params=["mupdf", "pdfium"])
def reader(request, monkeypatch):
    """Its name; steps take it where a test names none."""
    for function in (pdf.read, pdf.extract, pages.read_pages):
        monkeypatch.setitem(function.__kwdefaults__, "reader", request.param)
    return request.param


@pytest.fixture
def opened(reader, tmp_path):
    """A document made by a test, as the reader opens it."""

    def open_again(document):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.pdf"
        document.save(path)
        return load_reader(reader).open_document(str(path))

    return open_again
