"""Entries of .bib and .bbl files: whole where they are sound, and in time where they are not."""

import pytest

from winnow.ingest.papers.tex.bibtex import read_biber, read_entries

ENTRY = r"\entry{a}{article}{}"


def test_entries_end_where_the_next_begins() -> None:
    text = "@book{a, title = {T {x}}, note = {to ann@b.org (x, y)} }\n@misc(b, title={U\n@misc{c, year=1999}"
    found = read_entries(text, ["*"])
    assert found["a"] == {"title": "T {x}", "note": "to ann@b.org (x, y)"}
    assert found["b"] == {"title": "U"} and found["c"] == {"year": "1999"}


def test_fields_and_names_of_biber() -> None:
    text = (
        ENTRY + r"\name{author}{1}{}{{{hash=x}{family={Ein}, given={A\bibinitperiod}, prefix={von}}}}"
        r"\strng{namehash}{x}\field{title}{One {Two}}\list{publisher}{1}{P}\field{year}{1999}\endentry"
    )
    found = read_biber(text)["a"]
    assert (found["author"], found["title"], found["year"]) == ("A. von Ein", "One {Two}", "1999")


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize(
    "text",
    ["@a(" * 1_000_000, "".join(f"@a{{{n},t={{" for n in range(200_000))],
    ids=["key", "field"],
)
def test_entries_that_do_not_end_take_time_in_proportion(text: str) -> None:
    assert all(not any(fields.values()) for fields in read_entries(text, ["*"]).values())


@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("piece", [r"\field{a}{", "given={"])
def test_fields_of_biber_that_do_not_end_take_time_in_proportion(piece: str) -> None:
    text = "".join(ENTRY.replace("{a}", f"{{{n}}}", 1) + piece * (20_000 // len(piece)) for n in range(40))
    assert len(read_biber(text)) == 40
