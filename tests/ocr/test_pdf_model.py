"""Scanned pages that a vision-language model reads, over the true protocol; and what it does not read."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pymupdf
import pytest

from winnow.ocr.pdf import read
from winnow.ocr.process.work import COLUMN

LINES = [
    "The keeper of the archive wrote down every parcel that came in on the morning train and",
    "gave it a number, a shelf and a day, so that whoever asked for it later could be told at",
    "once where it lay and who had asked for it before.",
]
PROSE = " ".join(LINES)
OTHER = "A river of quicksilver ran under seven bridges, and nobody ever counted its golden fishes. " * 4


@pytest.fixture
def server():
    """Says what stands in `answers`, one after the other, to those that ask; counts them."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            text = self.server.answers[min(self.server.asked, len(self.server.answers) - 1)]
            self.server.asked += 1
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            body = json.dumps({"choices": [choice], "usage": {"completion_tokens": 9}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.answers, http.asked = [], 0
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield http
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def scan(tmp_path):
    """A page born digital, then two that are pictures of such a page."""
    born, document = pymupdf.open(), pymupdf.open()
    page = born.new_page()
    for number, line in enumerate(LINES):
        page.insert_text((60, 150 + 14 * number), line, fontsize=11)
    document.insert_pdf(born)
    picture = page.get_pixmap(dpi=200, colorspace=pymupdf.csGRAY)
    for _ in range(2):
        new = document.new_page()
        new.insert_image(new.rect, pixmap=picture)
    document[2].set_rotation(180)  # or it would be the same picture: one answer for both
    document.save(tmp_path / "a.pdf")
    return str(tmp_path / "a.pdf")


def ask(path, server, **more):
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    settings = {"url": url, "model": "eye", "in_flight": 1, "attempts": 1, **more}
    (row,) = [row for frame in read(path, vlm=settings) for row in frame.drop(COLUMN).to_dicts()]
    return row, json.loads(row["metadata"])


def test_what_the_model_says_stands_in_the_text_as_it_is(scan, server):
    server.answers = [f"## Parcels\n\n{PROSE}\n\n| a | b |\n|---|---|\n| 1 | 2 |"]
    row, told = ask(scan, server, prompt="ocr/prompts/plain.txt")
    assert server.asked in (1, 2)  # turned upright, both pictures may be the same
    assert [span[3] for span in told["page_spans"]] == ["layer", "eye", "eye"]
    start, end = told["page_spans"][1][1:3]
    assert row["text"][start:end].strip() == server.answers[0]
    assert "fallbacks" not in told and row["ocr_quality"] > 0.9


def test_other_words_than_the_page_s_fall_back_and_are_counted(scan, server):
    server.answers = [OTHER]
    row, told = ask(scan, server)
    assert [span[3] for span in told["page_spans"]] == ["layer", "tesseract", "tesseract"]
    assert told["fallbacks"] == {"other_words": 2}
    assert "quicksilver" not in row["text"] and row["text"].count("keeper of the archive") == 3


def test_no_server_costs_the_model_not_the_pages(scan, server):
    server.shutdown()
    server.server_close()
    _, told = ask(scan, server, page_seconds=5)
    assert told["fallbacks"] == {"unreachable": 2} and told["routes"] == {"ocr: no_text": 2, "text: good": 1}


def test_a_kept_answer_is_not_asked_for_again(scan, server, tmp_path):
    server.answers = [PROSE]
    first, _ = ask(scan, server, store=str(tmp_path / "store"))
    asked = server.asked
    again, _ = ask(scan, server, store=str(tmp_path / "store"))
    assert server.asked == asked and again == first


@pytest.mark.parametrize(
    ("vlm", "message"),
    [
        ({"url": "http://x/v1"}, r"\['model'\] must be given"),
        ({"url": "http://x/v1", "model": "m", "modle": 1}, r"no such settings: \['modle'\]"),
        ({"url": "http://x/v1", "model": "m", "prompt": "no/such.txt"}, "there is no file no/such.txt"),
    ],
)
def test_wrong_settings_are_refused_before_any_page(scan, vlm, message):
    with pytest.raises(ValueError, match=message):
        list(read(scan, vlm=vlm))
