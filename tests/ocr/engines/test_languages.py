"""Tesseract's languages in recipes: its own names, with a model here where pages may be recognized."""

from typing import Any

import pydantic
import pytest

from winnow.ocr.engines.languages import TesseractLanguage


class Asked(pydantic.BaseModel):
    ocr: bool = True
    languages: list[TesseractLanguage]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("english", "there is no language 'english': write 'eng'"),
        ("en", "write 'eng'"),
        ("ger", "write 'deu'"),
        ("Chinese", "write 'chi_sim'"),
        ("klingon", "write a name of Tesseract's, such as 'eng'"),
        ("eng+deu", "write 'eng'"),
        ("tlh", r"no Tesseract model for \['tlh'\].*install tesseract-ocr-<language>"),
    ],
)
def test_what_is_no_language_of_tesseract_is_refused(given: str, told: str) -> None:
    with pytest.raises(pydantic.ValidationError, match=told):
        Asked(languages=["eng", given])


@pytest.mark.parametrize("asked", [{"languages": ["eng"]}, {"ocr": False, "languages": ["chi_tra", "tlh"]}])
def test_a_model_is_needed_only_where_pages_may_be_recognized(asked: dict[str, Any]) -> None:
    assert Asked(**asked).languages == asked["languages"]
