"""Codes of languages as settings of steps name them: one that no model has is refused before data are read.

`languages.tsv` has them; a setting's type is an alias such as `LanguageCode`.
"""

import difflib
import functools
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from winnow.files import read_text

UNDETERMINED = "und"  # ISO 639-3 for "cannot be determined"
Column = Literal["identify", "commoncrawl", "tesseract", "iso639_3", "also"]
_TABLE = Path(__file__).with_name("languages.tsv")
_OF_ANOTHER_MODEL = re.compile(r"[a-z]{3}(_[A-Z][a-z]{3})?")
_MIN_LIKE = 4  # characters of a name that may be misspelt: shorter ones are like too many


@functools.cache
def read_rows() -> tuple[dict[str, str], ...]:
    """The rows of the table."""
    lines = [line.split("\t") for line in read_text(_TABLE).splitlines() if not line.startswith("#")]
    return tuple(dict(zip(lines[0], line, strict=True)) for line in lines[1:])


@functools.cache
def list_codes(column: Column) -> frozenset[str]:
    """All codes of a column."""
    return frozenset(code for row in read_rows() for code in row[column].split())


def find_meant(given: str, column: Column) -> str | None:
    """The code in a column that stands for what a name (`English`), a code of another table (`eng`) or one
    with a country (`en-US`) may mean; None where none does."""
    names = _read_names(column)
    whole = given.strip().lower()
    like = [name for name in names if len(name) >= _MIN_LIKE] if len(whole) >= _MIN_LIKE else []
    may_be = [whole, re.split(r"[-_ (+]", whole)[0], *difflib.get_close_matches(whole, like, 1, 0.85)]
    return next((names[name] for name in may_be if name in names), None)


@functools.cache
def _read_names(column: Column) -> dict[str, str]:
    """The code in a column by whatever else a language is called."""
    found: dict[str, str] = {}
    for other in (column, "identify", "iso639_3", "also", "names"):
        for row in read_rows():
            own = row[column].split()
            for name in row[other].split("; " if other == "names" else None):
                if own:
                    found.setdefault(name.lower(), name if other == column else own[0])
    return found


def refuse(given: str, column: Column, expected: str) -> ValueError:
    """What to say of a code that is none: what was meant, or what is expected."""
    meant = find_meant(given, column)
    return ValueError(f"there is no language {given!r}: write {repr(meant) if meant else expected}")


def check_code(given: str) -> str:
    """A code that `classifiers.language:identify` may write; ValueError for others.

    Those of lid.176 and CLD2, "und", and the forms of other models and data (`eng_Latn`, `eng`).
    """
    known = given == UNDETERMINED or given in list_codes("identify")
    if known or (_OF_ANOTHER_MODEL.fullmatch(given) and given not in list_codes("also")):
        return given
    raise refuse(given, "identify", "a code that identify tells, such as 'en', or of another, as 'eng_Latn'")


def check_crawl_code(given: str) -> str:
    """A code of Common Crawl's index, in whatever case; ValueError for others."""
    if given.lower() in list_codes("commoncrawl"):
        return given
    raise refuse(given, "commoncrawl", "a code of Common Crawl's index, such as 'eng'")


LanguageCode = Annotated[
    str, AfterValidator(check_code), Field(description="a language of identify or another model")
]
CrawlLanguageCode = Annotated[
    str, AfterValidator(check_crawl_code), Field(description="a language of Common Crawl's index")
]
