"""RapidOCR, the second engine, an extra (`cascade`): PP-OCRv6 on onnxruntime, for hard pages and for CJK.

Its models come inside the package, and their places are given to it: nothing is fetched at run time. They
know Latin and Greek letters, Chinese and Japanese, and no others. RapidOCR finds where lines are; the
pictures of lines are read here, by the same model, because its own decoding tells no word's confidence.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from winnow.extras import format_install
from winnow.ocr.engines.answer import Recognized, Word, join_words
from winnow.ocr.engines.reading_order import put_in_order

NAME = "PP-OCRv6"
NEEDED = ("rapidocr", "onnxruntime", "rapidfuzz")
MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}
HEIGHT, LEAST_WIDTH = 48, 320  # pixels: what the model was trained on
MARGIN = 0.15  # of a line's height, around what Tesseract marks as ink
TALL = 1.5  # times as high as wide: a line that runs down
BLANK = 0  # the model's sign for no character


class Reading(NamedTuple):
    """A picture of a line as the model read it: its text; of each character how sure the model is (0 to 1)
    and where its middle stands (0 to 1 of the width); and `scores`, of each step from left to right the
    probability of each of the model's characters."""

    text: str
    sure: tuple[float, ...]
    places: tuple[float, ...]
    scores: Any


def check_installed() -> None:
    """ImportError, which says how to install it, where a package or a model is not there."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        command = format_install(missing)
        raise ImportError(
            f'engine = "cascade" needs {" and ".join(missing)}: run `{command}`, or leave the setting out'
        )
    if lost := [str(place) for place in _find_models().values() if not place.is_file()]:
        raise ImportError(f"rapidocr came without its models {lost}: pip install 'rapidocr>=3.10'")


def recognize(picture: Image.Image) -> list[Recognized]:
    """The lines of an upright picture (mode L), in reading order, numbered by blocks; [] where there is none.

    Raises ImportError.
    """
    found = _open()(np.asarray(picture.convert("RGB")), use_det=True, use_cls=False, use_rec=False)
    if found.boxes is None:
        return []
    boxes = [(*box.min(axis=0).tolist(), *box.max(axis=0).tolist()) for box in found.boxes]
    lines = (_make_line(box, read_line(picture.crop(_round(box)))) for box in boxes)
    return put_in_order([line for line in lines if line])


def read_line(picture: Image.Image) -> Reading:
    """The text of a picture of one line; of one that is much higher than wide, as if it ran down."""
    if picture.height > TALL * picture.width:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    recognizer = _open().text_rec
    width = max(1, round(HEIGHT * picture.width / picture.height))
    pixels = np.asarray(picture.convert("RGB"))
    shown = recognizer.resize_norm_img(pixels, max(width, LEAST_WIDTH) / HEIGHT)
    scores = recognizer.session(shown[np.newaxis])[0]
    return decode(scores, list_characters(), width / max(width, LEAST_WIDTH))


def decode(scores: Any, characters: Sequence[str], share: float = 1.0) -> Reading:
    """The likeliest character of each step without repeats and blanks; `share` of the steps show the line."""
    best = scores.argmax(axis=1)
    text, sure, places, step = [], [], [], 0
    for sign, group in groupby(best.tolist()):
        length = len(list(group))
        if sign != BLANK:
            text.append(characters[sign])
            sure.append(float(scores[step : step + length, sign].max()))
            places.append(min(1.0, (step + length / 2) / (share * len(best))))
        step += length
    return Reading("".join(text), tuple(sure), tuple(places), scores)


@cache
def list_characters() -> list[str]:
    """The model's characters, the blank first."""
    return list(_open().text_rec.postprocess_op.character)


def add_margin(line: Recognized, picture: Image.Image) -> tuple[int, int, int, int]:
    """The box of a line with a little paper around it, as the model wants it."""
    edge = MARGIN * (line.y1 - line.y0)
    box = _round((line.x0 - edge, line.y0 - edge, line.x1 + edge, line.y1 + edge))
    return max(box[0], 0), max(box[1], 0), min(box[2], picture.width), min(box[3], picture.height)


@cache
def _open() -> Any:
    """The engine, kept: with one thread, as all engines, since the machine's cores are shared out already."""
    check_installed()
    from rapidocr import RapidOCR

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    models = {f"{part}.model_path": str(place) for part, place in _find_models().items()}
    engine = RapidOCR(params={**threads, **models, "Global.log_level": "critical"})
    # Its models are loaded at the first use: that of lines with this.
    engine(np.full((HEIGHT, LEAST_WIDTH, 3), 255, np.uint8), use_det=False, use_cls=False, use_rec=True)
    return engine


def _find_models() -> dict[str, Path]:
    spec = find_spec("rapidocr")
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    return {part: folder / "models" / name for part, name in MODELS.items()}


def _make_line(box: Sequence[float], reading: Reading) -> Recognized | None:
    words = list(_part_words(box, reading))
    return join_words(words, 0) if words else None


def _part_words(box: Sequence[float], reading: Reading) -> Iterator[Word]:
    """Words with the confidence of their least sure character, and places between those of the spaces."""
    x0, y0, x1, y1 = box
    edges = [-1, *(at for at, c in enumerate(reading.text) if c.isspace()), len(reading.text)]
    for before, after in pairwise(edges):
        if after - before > 1:
            left = reading.places[before] if before >= 0 else 0.0
            right = reading.places[after] if after < len(reading.text) else 1.0
            sure = min(reading.sure[before + 1 : after])
            word = reading.text[before + 1 : after]
            yield word, sure, x0 + left * (x1 - x0), y0, x0 + right * (x1 - x0), y1


def _round(box: Sequence[float]) -> tuple[int, int, int, int]:
    return int(box[0]), int(box[1]), int(box[2]) + 1, int(box[3]) + 1
