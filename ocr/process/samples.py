"""Some pages of a PDF, for the engine: tried, so that a forecast can be made, or shown beside what is read.

A hostile page costs no more than when it is read: it is opened in the same child, within the same bounds.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from winnow.ocr.engines.cascade import check_engine
from winnow.ocr.engines.tesseract import MissingLanguage, check_languages
from winnow.ocr.engines.vlm import ATTEMPTS
from winnow.ocr.layer.fonts import AGAIN
from winnow.ocr.layout.documents import make_documents, sort_out
from winnow.ocr.process.fetch import fetch
from winnow.ocr.process.pages import Child, ChildEnd
from winnow.ocr.process.passwords import list_passwords
from winnow.ocr.reader.page import check_reader
from winnow.sandbox import borrow

SHOW_SECONDS = 120  # for a page that is only to be looked at: it may be a busy machine
SHOW_MAX_MB = 64  # of a file that may have to be fetched for it
Settings = Mapping[str, Any]


def try_pages(uri: str, count: int, settings: Settings) -> dict[str, Any]:
    """What `count` pages of a file, evenly over it, take by the route that each goes; no model is asked.

    `settings` are those of `ocr.pdf:read`. `pages`: how many would be read; `tried`: of each page tried its
    route ("ocr: no_text") and CPU-seconds; `file_seconds`: what comes once a file: it is opened, and fonts
    are held beside their pictures; `attempts`: how often at most a model is asked for a page that is
    recognized, 0 without one. A file that cannot be read has an `error` and no pages. Raises
    FileNotFoundError, MissingLanguage, ImportError.
    """
    if settings["ocr"]:
        check_languages(settings["languages"] or ["eng"])
        check_engine(settings["engine"])
    check_reader(settings.get("reader", "mupdf"))
    vlm = settings.get("vlm")
    tried: list[tuple[str, float]] = []
    told: dict[str, Any] = {"pages": 0, "tried": tried, "file_seconds": 0.0}
    told["attempts"] = vlm.get("attempts", ATTEMPTS) if vlm else 0
    with fetch(uri, settings["max_file_mb"]) as (path, wrong):
        if wrong:
            return told | {"error": wrong}
        answers = list(_ask_some(path, {**settings, "spread": count, "unlock": True}))
    head = answers.pop(0)
    if "error" in head:
        return told | {"error": head["error"]}
    began = time.process_time()
    pages, _ = sort_out(answers, len(answers), len(answers))
    list(make_documents(head, pages, [], min_chapter_pages=float("inf"), max_chars=float("inf")))
    layout = (time.process_time() - began) / max(len(answers), 1)
    read, checks = min(head["pages"], settings["max_pages"]), 0.0
    for answer in answers:
        about = answer.get(
            "about", {"route": "failed", "reason": "page", "seconds": answer.get("seconds", 0.0)}
        )
        checks += about.get("check_seconds", 0.0)
        alone = about["seconds"] - about.get("check_seconds", 0.0) + layout
        tried.append((f"{about['route']}: {about['reason']}", alone))
    # A font is looked at once, and again after so many pages: pages far apart see each of those looks.
    checks *= max(1.0, read / (AGAIN * max(len(answers), 1)))
    return told | {"pages": read, "file_seconds": head["seconds"] + checks}


def show_pages(uri: str, numbers: Sequence[int], settings: Settings) -> dict[int, dict[str, str]]:
    """Pages (from 0) of a file as a small `picture` (a JPEG in base64), beside `layer` and `ocr`: what the
    text layer says and what is recognized. A page that cannot be shown has an `error`; none is raised."""
    found: dict[int, dict[str, str]] = {}
    asked = {**settings, "only": sorted(numbers), "show": True, "page_seconds": SHOW_SECONDS}
    why = "it is not one of the file's pages"
    try:
        check_languages(settings["languages"] or ["eng"])
        check_reader(settings.get("reader", "mupdf"))
        with fetch(uri, SHOW_MAX_MB) as (path, wrong):
            why = wrong or why
            for answer in _ask_some(path, asked) if not wrong else ():
                if answer.get("page", -1) >= 0:
                    found[answer.pop("page")] = answer
                else:
                    why = answer.get("error", why)
    except (
        OSError,
        MissingLanguage,
        ImportError,
        ValueError,
    ) as error:  # gone since, or a store that is away
        why = f"{type(error).__name__}: {error}"
    return {number: found.get(number, {"error": why}) for number in numbers}


def _ask_some(path: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """The head and the pages asked for; a page with which the child ends is the last."""
    asked = {name: settings[name] for name in ("page_seconds", "max_pages", "ocr", "engine")}
    asked |= {name: settings[name] for name in ("only", "spread", "show") if name in settings}
    asked |= {"path": path, "languages": list(settings["languages"] or ["eng"])}
    # The report knows a stage by `stage.json`, which does not say where passwords are.
    asked["passwords"] = list_passwords(settings.get("passwords")) if settings.get("unlock") else []
    headed, began = False, time.monotonic()
    try:
        with borrow(Child, settings["max_memory_mb"], settings.get("reader", "mupdf")) as child:
            for answer in child.ask(asked):
                yield answer
                headed, began = True, time.monotonic()
    except ChildEnd as end:
        if headed:
            yield {"page": -1, "error": f"the page {end}", "seconds": time.monotonic() - began}
        else:
            yield {"error": f"opening it {end}"}
