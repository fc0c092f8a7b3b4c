"""Scores of harmful content: what the words of a lexicon weigh in a text, and which rule drops it."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.classifiers import harm
from winnow.classifiers.harmful import lexicon

HEAD = "#halves\t10\t10\t10\nterm\tadult\thate\tviolence\tgroup\tattack\n"
TERMS = (
    "smut\t1\t0\t0\t0\t0\nsmut parade\t3\t0\t0\t0\t0\ngore\t0\t0\t2\t0\t0\n"
    "martians\t0\t0\t0\t1\t0\nvermin\t0\t0\t0\t0\t0.5\n"
)
PIECES = ["smut", "smut parade", "gore", "Martians", "vermin", "the", "garden,", "walks.", "\n", "”"]
texts = st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join), max_size=5)


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("harm") / "words.tsv"
    path.write_text(f"# made here\n{HEAD}{TERMS}", encoding="utf-8")
    return path


def frame(*found: str) -> pl.DataFrame:
    return pl.DataFrame({"text": list(found)}, schema={"text": pl.String})


def measure(words: Path, text: str) -> list[float]:
    return [round(value, 6) for value in lexicon.measure(pl.Series([text]), lexicon.load(words))[0]]


def per_thousand(weight: float, count: int) -> float:
    return round(weight * 1000 / (count + lexicon.START), 6)


def test_weights_are_summed_by_words(words: Path) -> None:
    assert measure(words, "smut and more gore, here") == [per_thousand(1, 5), 0, per_thousand(2, 5)]
    assert measure(words, "gore") == [0, 0, per_thousand(2, 1)]
    assert measure(words, "") == [0, 0, 0]


def test_a_term_weighs_less_each_time(words: Path) -> None:
    assert measure(words, "smut SMUT smut")[0] == per_thousand(1 + 1 / 2 + 1 / 3, 3)
    several = lexicon.measure(pl.Series(["smut", "smut"]), lexicon.load(words))[:, 0]
    assert several[0] == several[1]


def test_the_longest_term_counts_alone_over_marks(words: Path) -> None:
    assert measure(words, "a smut-parade now") == [per_thousand(3, 4), 0, 0]
    assert measure(words, "smut smut parade") == [per_thousand(4, 3), 0, 0]


def test_marks_in_a_term_are_none_of_its_words(tmp_path: Path) -> None:
    path = tmp_path / "marks.tsv"
    path.write_text(HEAD + "smut-parade\t3\t0\t0\t0\t0\n", encoding="utf-8")
    for text in ("a smut-parade now", "a smut parade now"):
        assert measure(path, text) == [per_thousand(3, 4), 0, 0]


def test_a_long_term_counts_whole_or_not_at_all(tmp_path: Path) -> None:
    path, term = tmp_path / "long.tsv", " ".join("abcdefghijkl")
    path.write_text(f"{HEAD}{term}\t3\t0\t0\t0\t0\n", encoding="utf-8")
    assert measure(path, term) == [per_thousand(3, lexicon.LONGEST), 0, 0]
    assert measure(path, term[:-2]) == [0, 0, 0]
    path.write_text(f"{HEAD}{term} m\t3\t0\t0\t0\t0\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"long\.tsv is no lexicon .*l m' has not 1 to 12 words"):
        measure(path, term)


def test_what_is_hateful_of_people_needs_people_nearby(words: Path) -> None:
    near, far = "x " * (lexicon.REACH - 1), "x " * lexicon.REACH
    assert measure(words, f"martians {near} vermin")[1] == per_thousand(0.5, lexicon.REACH + 1)
    assert measure(words, f"vermin {near} martians")[1] == per_thousand(0.5, lexicon.REACH + 1)
    assert measure(words, f"martians {far} vermin")[1] == 0
    assert measure(words, "vermin in the cellar")[1] == 0
    assert measure(words, "vermin martians martians")[1] == per_thousand(0.5, 3)


def test_a_score_is_one_half_at_the_lexicons_half(words: Path) -> None:
    long = "smut " + "word " * 39  # one in 40 words and the 60 beyond: 10 per 1,000
    found = harm.score(frame(long, "nothing"), model=words)
    assert found["adult_score"].to_list() == [0.5, 0.0]
    assert found.schema["adult_score"] == pl.Float32
    assert "drop_reason" not in found.columns


@given(texts, texts)
def test_texts_are_scored_one_by_one(words: Path, first: list[str], second: list[str]) -> None:
    both = harm.score(frame(*first, *second), model=words)
    assert_frame_equal(both, pl.concat([harm.score(frame(*part), model=words) for part in (first, second)]))


def test_each_shipped_term_is_found() -> None:
    lines = [line for line in harm.SHIPPED.read_text(encoding="utf-8").splitlines() if line[0] != "#"][1:]
    rows = [line.split("\t") for line in lines]
    found = lexicon.measure(pl.Series([row[0] for row in rows]), lexicon.load(harm.SHIPPED))
    wanted = [any(float(weight) for weight in row[1 : 1 + lexicon.SCORED]) for row in rows]
    assert [row[0] for row, dense, one in zip(rows, found, wanted, strict=True) if one > dense.any()] == []


def test_shipped_words_tell_kinds_apart() -> None:
    found = harm.score(
        frame(
            "Horny girls with big tits: watch free porn, blowjob and hardcore gangbang videos of teen pussy.",
            "The patient presented with vaginal bleeding; a biopsy of the breast and a rectal exam followed. "
            "Sexual intercourse was painful. The cervix and penis of the partner were examined for syphilis.",
            "The Jews of the town were murdered in 1941; the survivors of the massacre testified in court.",
            "These Jews are vermin and parasites, subhuman scum; blacks are filthy savages. White power!",
        )
    )
    adult, hate = found["adult_score"].to_list(), found["hate_score"].to_list()
    assert adult[0] > 0.5 > max(adult[1:])
    assert hate[3] > 0.5 > max(hate[:3])


def test_nothing_is_dropped_unless_said() -> None:
    docs = pl.DataFrame(
        {"adult_score": [0.9, 0.5, 0.1], "hate_score": [0.9, 0.1, 0.9], "violence_score": [0.0, 0.0, 0.6]},
        schema={"adult_score": pl.Float32, "hate_score": pl.Float32, "violence_score": pl.Float32},
    )
    assert harm.keep(docs)["drop_reason"].to_list() == [None, None, None]
    assert harm.keep(docs).schema["drop_reason"] == pl.String
    assert harm.keep(docs, max_adult=0.5)["drop_reason"].to_list() == ["harm.adult", None, None]
    both = harm.keep(docs, max_adult=0.4, max_hate=0.5)["drop_reason"].to_list()
    assert both == ["harm.adult", "harm.adult", "harm.hate"]
    assert harm.keep(docs, max_violence=0.5)["drop_reason"].to_list() == [None, None, "harm.violence"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "term\tadult\n",
        HEAD + "smut\tmuch\t0\t0\t0\t0\n",
        HEAD + "smut\t1\n",
        HEAD + "--\t1\t0\t0\t0\t0\n",
        HEAD.replace("halves", "half"),
        HEAD.replace("hate", "spam"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"list\.tsv is no lexicon of harmful words"):
        harm.score(frame(), model=path)


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.tsv"):
        harm.score(frame(), model=tmp_path / "absent.tsv")
