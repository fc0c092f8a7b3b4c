"""Tesseract's languages, as settings name them; apart, since children that read pages need no pydantic."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from winnow.languages import list_codes, refuse
from winnow.ocr.engines.tesseract import check_languages, list_languages

_NAME = re.compile(r"[a-z]{3}(_[a-z]+)*")


def check_language(name: str, info: ValidationInfo) -> str:
    """A language of Tesseract; ValueError for another name of a language, and where pages may be recognized
    (the setting `ocr` stands before) for one without a model on this machine."""
    known = list_languages()
    if name not in known and (not _NAME.fullmatch(name) or name in list_codes("also")):
        raise refuse(name, "tesseract", "a name of Tesseract's, such as 'eng'")
    if info.data.get("ocr", True):
        check_languages([name])
    return name


TesseractLanguage = Annotated[
    str, AfterValidator(check_language), Field(description="a language of Tesseract with a model here")
]
