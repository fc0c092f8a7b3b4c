"""Names of persons, by a language model that Presidio (Microsoft, MIT) asks: far slower than `filters.pii`.

Presidio is an extra (`names` in pyproject.toml), and a model is a package of its own: nothing is fetched.
"""

import functools
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import polars as pl

from winnow.extras import format_install
from winnow.filters.pii.masked import panel as panel
from winnow.filters.verdict import judge
from winnow.ranges import Ratio

TELLS = {"masks": {"pii_name": ""}, "hides": ["mask"]}

NEEDS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("presidio_analyzer", "mask", {}),
    ("spacy", "mask", {}),
)
_PIECE = 100_000  # characters that the model is given at once; longer texts are cut at a line


def mask(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    model: str = "en_core_web_sm",
    language: str = "en",
    min_score: Ratio = 0.5,
) -> Annotated[pl.DataFrame, "text", "pii_name"]:
    """Put `<PERSON>` for names of persons, as a spaCy model finds them through Presidio. Drops nothing.

    `model` is a package or a folder of spaCy's, of the `language`. Put it behind `filters.pii:mask`: what
    that masks is then no name. Signal: `pii_name`, how many were masked. Needs presidio-analyzer.
    """
    analyzer = _load(model, language)
    texts, counts = [], np.zeros(docs.height, np.int64)
    for number, text in enumerate(docs["text"].fill_null("").to_list()):
        pieces = []
        for piece in _cut(text):
            found = analyzer.analyze(piece, language, entities=["PERSON"], score_threshold=min_score)
            at = 0
            for start, end in sorted((each.start, each.end) for each in found):
                if start >= at:
                    pieces += [piece[at:start], "<PERSON>"]
                    counts[number] += 1
                at = max(at, end)
            pieces.append(piece[at:])
        texts.append("".join(pieces))
    masked = docs.with_columns(pl.Series("text", texts, dtype=pl.String))
    return judge(masked, {"pii_name": counts}, [])


def _cut(text: str) -> list[str]:
    pieces = []
    while len(text) > _PIECE:
        end = text.rfind("\n", 1, _PIECE) + 1 or _PIECE
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


@functools.cache
def _load(model: str, language: str) -> Any:
    """Presidio with the model's names alone, loaded once in a process."""
    try:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpEngineProvider
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer
        from spacy.util import is_package
    except ImportError:
        command = format_install(["presidio_analyzer", "spacy"])
        raise ModuleNotFoundError(
            f"filters.persons needs presidio-analyzer and spacy: {command}", name="presidio_analyzer"
        ) from None
    if not (is_package(model) or Path(model).is_dir()):  # else Presidio would fetch it
        raise ValueError(f"model = {model!r} is neither an installed package nor a folder of spaCy's")
    told = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
    names = SpacyRecognizer(supported_language=language, supported_entities=["PERSON"])
    return AnalyzerEngine(
        registry=RecognizerRegistry([names], supported_languages=[language]),
        nlp_engine=NlpEngineProvider(nlp_configuration=told).create_engine(),
        supported_languages=[language],
    )
