"""The process that opens PDFs: its reader and Tesseract are C and read hostile files, so they work apart.

`python -m winnow.ocr.process.child MAX_MEMORY_MB READER` (mupdf or pdfium) is asked in messages (see
`winnow.sandbox`), each a request in JSON, and answers with objects in JSON: first what the file is (`pages`,
`title`, `outline` and so on) or why it cannot be read (`error`), then one object for each page, then
`{"end"}`. It stays for the next file.
"""

import gc
import json
import sys
import time
from collections.abc import Sequence
from types import ModuleType
from typing import Any, BinaryIO, NamedTuple

import psutil
from PIL import Image

from winnow.ocr.engines.tesseract import list_languages, recognize_line
from winnow.ocr.formula.page import write_formulas
from winnow.ocr.layer.codes import read_codes
from winnow.ocr.layer.fonts import Memory
from winnow.ocr.layer.judge import judge
from winnow.ocr.layer.text import clean, read_lines
from winnow.ocr.picture.render import TooManyPixels
from winnow.ocr.process.choice import choose_reading
from winnow.ocr.process.forms import read_form
from winnow.ocr.process.packet import find_license, find_reservations
from winnow.ocr.process.show import show_page
from winnow.ocr.reader.page import UNREADABLE, Document, Page, Unreadable, load_reader
from winnow.ocr.rights.statements import read_fields
from winnow.sandbox import allow_seconds, confine, name_memory, read_jobs, write_message

MAX_OUTLINE = 2_000


class Request(NamedTuple):
    """A file, and how it is to be read; `pictures`: a folder for those of pages that
    are recognized; `passwords` are tried where the empty one does not open it. Of some pages: `only` these,
    or so many, `spread` over the file; `show`: for a person."""

    path: str
    max_pages: int
    page_seconds: float
    languages: list[str]
    ocr: bool
    pictures: str = ""
    engine: str = "tesseract"
    only: list[int] | None = None
    spread: int = 0
    show: bool = False
    passwords: Sequence[str] = ()


class Watch:
    """Recognizes lines, and knows how long that took."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, picture: Image.Image, languages: str | None = None, least_sure: float = 0.0) -> str:
        began = time.process_time()
        text = recognize_line(picture, languages, least_sure)
        self.seconds += time.process_time() - began
        return text


def main(max_memory_mb: int, named: str) -> None:
    """Answer requests until the parent is gone."""
    out, enough = confine(max_memory_mb << 20), name_memory(max_memory_mb << 20)
    # A page's spans are thousands of dicts in no circle: to look through them all the time costs a tenth.
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    reader = load_reader(named)
    reader.start()
    for message in read_jobs(out):
        answer(out, reader, Request(**json.loads(message)), enough)
        reader.shrink()
        # The peak of `getrusage` is no use: a process takes over that of the one that started it.
        _send(out, {"end": psutil.Process().memory_info().rss // 2**20})


def answer(out: BinaryIO, reader: ModuleType, asked: Request, enough: str) -> None:
    """The head of one file, and its pages; `enough` says what bounds the memory."""
    _allow(asked.page_seconds)
    document, began = None, time.process_time()
    try:
        document = reader.open_document(asked.path, asked.passwords)
        head = _read_head(document)
        head["seconds"] = round(time.process_time() - began, 4)
    except Unreadable as error:
        head = {"error": str(error)}
    except Exception as error:  # whatever a reader raises on a damaged file
        head = {"error": UNREADABLE.format(_name_error(error, enough)), "bound": _is_bound(error)}
    _send(out, head)
    if "error" in head or document is None:
        return
    form = _read_form(document, enough)
    memory = Memory(models=tuple(list_languages()))
    for number in _list_numbers(asked, min(head["pages"], asked.max_pages)):
        _allow(asked.page_seconds)
        found = _read_page(document, number, memory, asked, enough) if form is None or number else form
        _send(out, {"page": number, **found})
    document.close()


def _list_numbers(asked: Request, count: int) -> Sequence[int]:
    """The pages to be read of `count`; those of a spread are in the middle of equal stretches."""
    if asked.only is not None:
        return [number for number in asked.only if number < count]
    if asked.spread and count > asked.spread:
        return [(2 * place + 1) * count // (2 * asked.spread) for place in range(asked.spread)]
    return range(count)


def _allow(seconds: float) -> None:
    """A bound on processor time, so that an endless page ends also where the parent is gone."""
    allow_seconds(2 * seconds + 30)


def _read_head(document: Document) -> dict[str, Any]:
    try:
        outline = [[level, clean(title), page] for level, title, page in document.read_outline()]
    except Exception:  # a broken outline costs the chapters, not the text
        outline = []
    named = ("title", "author", "creationDate", "producer")
    return {
        "pages": len(document),
        **{name: clean(document.about.get(name) or "") for name in named},
        **_read_packet(document),
        "repaired": document.repaired,
        "unlocked": document.unlocked,
        "outline": outline[:MAX_OUTLINE],
    }


def _read_packet(document: Document) -> dict[str, Any]:
    """What the XMP packet says of rights: the address of a licence, fields that speak of it, reservations."""
    try:
        packet = document.read_xmp()
    except Exception:  # a broken packet costs what it says, not the text
        packet = ""
    said = [{name: clean(value) for name, value in each.items()} for each in find_reservations(packet)]
    rights = [[name, clean(value)] for name, value in read_fields(packet)]
    return {"license": clean(find_license(packet)), "rights": rights, "preferences": said}


def _read_page(
    document: Document, number: int, memory: Memory, asked: Request, enough: str
) -> dict[str, Any]:
    """`height`, `lines` and what is told `about` them; or the `error` that one page of a file has."""
    began, watch = time.process_time(), Watch()
    try:
        page = document[number]
        if asked.show:
            return show_page(page, asked.languages, asked.engine)
        blocks, rulings = page.read_blocks()
        read_codes(blocks, memory.codes)
        looked = time.process_time()
        verdict = judge(page, memory, watch if asked.ocr else None, blocks)
        about = {"route": verdict.route, "reason": verdict.reason, "quality": round(verdict.quality, 3)}
        about["judge_seconds"] = round(time.process_time() - looked, 4)
        about["check_seconds"] = round(watch.seconds, 4)
        if damage := page.find_damage():
            if verdict.route == "blank":
                return {"error": f"the page cannot be read (damaged: {damage}): fetch the file again"}
            about["damage"] = damage
        if verdict.route == "ocr" and asked.ocr:
            place = f"{asked.pictures}/{number}.png" if asked.pictures else ""
            found = choose_reading(
                page,
                verdict,
                lambda: read_lines(page, blocks, rulings),
                asked.languages,
                place,
                asked.engine,
            )
            found = found | {"about": about | found["about"]}
        else:
            unread = {"fallback": "ocr is off"} if verdict.route == "ocr" else {}
            blocks, rulings, written = _write_formulas(page, blocks, rulings, memory)
            found = read_lines(page, blocks, rulings) | {
                "about": about | {"engine": "layer"} | written | unread
            }
        found["about"]["seconds"] = round(time.process_time() - began, 4)
    except Exception as error:  # one page of a damaged file
        why = f"the page cannot be read ({_name_error(error, enough)})"
        return {"error": why, "bound": _is_bound(error)}
    return found


def _write_formulas(
    page: Page, blocks: list[dict[str, Any]], rulings: list[list[float]], memory: Memory
) -> tuple[list[dict[str, Any]], list[list[float]], dict[str, Any]]:
    """Blocks and rulings with formulas as LaTeX, and what is told about it."""
    try:
        blocks, rulings, counts = write_formulas(page, blocks, rulings)
    except Exception as error:  # odd glyphs cost the formulas, not the page
        return blocks, rulings, {"fallback": f"formulas as glyphs ({type(error).__name__})"}
    if not counts:
        return blocks, rulings, {}
    read_codes(blocks, memory.codes)  # the glyphs were asked for anew
    return blocks, rulings, {"formulas": counts}


def _read_form(document: Document, enough: str) -> dict[str, Any] | None:
    """A form's text in place of its first page, where that asks for another reader; or the error of it."""
    try:
        form = read_form(document)
    except Exception as error:  # a damaged form
        return {"error": f"the form cannot be read ({_name_error(error, enough)})"}
    if form is None:
        return None
    text = "\n\n".join(map(clean, form.split("\n\n")))
    line = [0.0, 0.0, 1.0, 1.0, 10.0, False, False, 0, text, "answer"]
    about = {"route": "text" if form else "blank", "reason": "xfa", "quality": 1.0, "engine": "xfa"}
    return {"height": 1.0, "lines": [line] if form else [], "rulings": [], "about": about}


def _is_bound(error: Exception) -> bool:
    """Whether a page or file needs more than it may have, of memory or pixels: so it does with any reader."""
    return isinstance(error, MemoryError | TooManyPixels) or "alloc (" in str(error)


def _name_error(error: Exception, enough: str) -> str:
    if _is_bound(error) and not isinstance(error, TooManyPixels):
        return f"more memory needed than {enough}"
    return " ".join(str(error).split())[:200] or type(error).__name__


def _send(out: BinaryIO, value: dict[str, Any]) -> None:
    """Every string that leaves this process goes through here, whatever a library made it of."""
    write_message(out, json.dumps(_make_sound(value), separators=(",", ":")).encode())


def _make_sound(value: Any) -> Any:
    """U+FFFD for half surrogates, which stand for bytes that are no UTF-8, and no NUL in any string."""
    if isinstance(value, str):
        if value.isprintable():
            return value
        return value.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {_make_sound(key): _make_sound(each) for key, each in value.items()}
    return [_make_sound(each) for each in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
