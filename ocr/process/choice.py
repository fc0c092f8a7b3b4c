"""Whether a page whose layer looks unlike language is replaced by what OCR reads of it.

Letters alone also doubt what is right: a page of listings, a language whose letter pairs were not counted.
So OCR must read such a page better, by the letter pairs of the layer's own script, and with a model of it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from winnow.ocr.engines.tesseract import list_languages
from winnow.ocr.layer.judge import Verdict
from winnow.ocr.layer.letters import count, rate, weigh
from winnow.ocr.layer.pixels import MODELS, choose_known
from winnow.ocr.process.scan import read_scan
from winnow.ocr.reader.page import Page

# What letters say, and no picture; of the second where no picture was asked.
BY_LETTERS = ("broken_letters", "mixed_scripts")
UNASKED = ("unmapped", "hidden_layer_worse")
# A drawing's letters in a script without a model may look like another model's language.
WITH_MODEL = "little_text"
BETTER = 0.25  # bits a letter: what two readings of one page differ by, by their noise
NO_BETTER = "OCR reads no better than the layer"
NO_MODEL = "no OCR model of {}"


def choose_reading(
    page: Page,
    verdict: Verdict,
    layer: Callable[[], dict[str, Any]],
    languages: Sequence[str],
    picture_at: str = "",
    engine: str = "tesseract",
) -> dict[str, Any]:
    """A page that is to be recognized, as `ocr.process.scan:read_scan` has it, or as `layer` does, with
    `about` saying by `fallback` why: OCR reads no better, or has no model of the layer's script."""
    doubted = is_doubted_by_letters(verdict)
    if not doubted and verdict.reason != WITH_MODEL:
        return read_scan(page, languages, picture_at, engine)
    kept = layer()
    text = _join(kept)
    script = count(text).script
    chosen = choose_models(script, languages, list(list_languages()))
    if not chosen:
        return kept | {"about": {"engine": "layer", "fallback": NO_MODEL.format(script)}}
    scan = read_scan(page, chosen, picture_at, engine)
    if not doubted or not script or reads_better(text, _join(scan), script):
        return scan
    if picture_at:
        Path(picture_at).unlink(missing_ok=True)
    return kept | {"about": {"engine": "layer", "fallback": NO_BETTER}}


def is_doubted_by_letters(verdict: Verdict) -> bool:
    """Whether a layer is to be replaced for its letters alone: no picture says that they are wrong."""
    return verdict.reason in BY_LETTERS or (verdict.reason in UNASKED and not verdict.checked)


def choose_models(script: str, languages: Sequence[str], known: Sequence[str]) -> list[str]:
    """The languages asked for where one of them is written in `script`, else a known model of that; [] where
    there is none. A language of which nobody knows the script counts as one of it."""
    own, named = MODELS.get(script, ()), {name for names in MODELS.values() for name in names}
    if not script or any(name in own or name not in named for name in languages):
        return list(languages)
    model = choose_known(own, known)
    return [model] if model else []


def reads_better(layer: str, reading: str, script: str) -> bool:
    """Whether a reading has the letter pairs of `script` that a language has, more than the layer does, and
    not much less of them."""
    before, pairs = _rate(layer, script)
    after, read = _rate(reading, script)
    return 2 * read > pairs and after + BETTER < before


def _rate(text: str, script: str) -> tuple[float, int]:
    """Bits a letter, and of how many pairs; what is no letter of a language at all counts as chance."""
    bits, pairs = weigh(text, script)
    return rate(count(text), bits), pairs


def _join(found: dict[str, Any]) -> str:
    return "\n".join(line[8] for line in found["lines"])
