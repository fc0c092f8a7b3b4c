"""Whole words against the model's guess: languages made of English words, and English of all kinds."""

# ruff: noqa: E501 - whole texts

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.classifiers import english_words, language

# lid.176 calls each of these English with a score of .65 or more.
NOT_ENGLISH = {
    "Nigerian Pidgin": "Di president don tok say government go build new road for di area wey flood spoil last year."
    " E say di work go start next month and dem go finish am before rainy season. Some people for"
    " di village still dey complain say na so dem dey promise everi time but notin dey happen.",
    "Nigerian Pidgin of a chat": "Abeg make you no vex, I no know say na today be the meeting. I dey come now now, traffic too"
    " much for this Lagos road. My guy wey suppose carry me no gree come, so I go find bike.",
    "Hawai'i Creole": "Da guy wen go da store fo buy some poke, but dey no mo nottin left. So he wen call his "
    "braddah and tell him fo come pick um up. Dey wen go eat plate lunch instead, was so ono you "
    "know.",
    "Scots": "The auld man didna ken whit tae dae wi the wee dug that cam tae his door in the mirk. He "
    "gied it a bit breid an some watter, an it lay doon afore the fire as if it had aye bidden "
    "there. His wife wisna pleased.",
    "Hindi in Latin letters, mixed": "Guys please mujhe bata do ki is phone ka camera kaisa hai, kya low light mein bhi good "
    "photos aati hain? Budget mera 20000 ke around hai aur gaming bhi karni hai toh processor "
    "best hona chahiye.",
}
ENGLISH = {
    "prose": "It was a cold morning, and the harbour lay under a thin mist that would not lift before noon. She had "
    "walked down to the quay to wait for the ferry, which was late again.",
    "headlines": "Council approves new budget after late vote\nStorm damage closes coastal road for second week\n"
    "Local team wins regional final\nSchool opens science wing",
    "reference of an interface": "void setItemCount(int count)\nSets the number of items to count. The default is 0.\n"
    "See also itemCount() and clearItems().\nbool isEmpty() const\nReturns true if the list has no items.",
    "code": "def read_config(path):\n    # Read the settings from a file and return them as a dictionary.\n"
    "    with open(path) as handle:\n        return parse(handle.read())",
    "verse": "The lamp is low, the fire is grey,\nThe night has folded up the day,\nAnd all the roads the summer "
    "knew\nAre lost beneath the fallen dew.",
    "dialogue": "'Well, look it,' said himself, 'the weather was only desperate last week and we couldn't get a "
    "tap of work done on the farm.'",
}


def frame(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": list(texts)}, schema={"text": pl.String})


@pytest.mark.parametrize("name", NOT_ENGLISH)
def test_a_language_the_model_does_not_know_is_not_called_english(name: str) -> None:
    docs = frame(NOT_ENGLISH[name])
    unguarded = language.identify(docs, models="lid176", min_english_ratio=0, max_neighbour_ratio=1)
    assert unguarded["language"][0] == "en", "the model knows it now: take another text"
    assert unguarded["language_score"][0] > 0.6
    assert language.identify(docs)["language"][0] != "en"
    guarded = language.identify(docs, models="lid176")
    assert guarded.select("language", "language_score").rows() == [("und", 0.0)]
    assert language.keep(guarded, languages=["en"])["drop_reason"][0] == "language.not_wanted"


@pytest.mark.parametrize("name", ENGLISH)
def test_english_of_all_kinds_stays(name: str) -> None:
    found = language.identify(frame(ENGLISH[name]))
    assert found["language"][0] == "en"
    assert found["language_english_ratio"][0] > 0.5
    assert found["language_neighbour_ratio"][0] < 0.03


def test_a_script_that_the_model_cannot_read() -> None:
    tifinagh = "ⴰⴷ ⵉⵍⵉⵏ ⴰⴽⴽⵯ ⵎⵉⴷⴷⵏ ⵙ ⵜⵍⴻⵍⵍⵉ ⴷ ⵓⵎⵢⴰⵏⴰⵡ ⴳ ⵡⴰⴷⴷⵓⵔ ⴷ ⵉⵣⵔⴼⴰⵏ"
    english, _ = english_words.measure_english(pl.Series([tifinagh]))
    assert english[0] < 0.3


def test_the_thresholds_decide() -> None:
    docs = frame(ENGLISH["prose"])
    assert language.identify(docs, min_english_ratio=1.0)["language"][0] == "und"
    neighbour = frame(NOT_ENGLISH["Nigerian Pidgin"])
    told = [language.identify(neighbour, models="lid176", max_neighbour_ratio=most) for most in (0.05, 0.5)]
    assert [found["language"][0] for found in told] == ["und", "en"]
    assert told[0]["language_other"][0] not in (None, "en", "und")


def test_other_languages_are_left_to_the_model() -> None:
    german = "Der Ausschuss wird am Donnerstag erneut zusammentreten, um den Haushalt zu besprechen."
    found = language.identify(frame(german))
    assert found["language"][0] == "de"
    assert found["language_english_ratio"][0] < 0.4


@pytest.mark.parametrize(
    ("text", "words", "frequent"),
    [
        ("The house", 2, 2),
        ("getHouse", 2, 2),
        ("the_house-of.the", 4, 4),
        ("THE House", 2, 2),
        ("Straße the", 2, 1),
        ("the — house … “of”", 3, 3),
        ("a I 1 x", 0, 0),
        ("qzx the", 2, 1),
        ("日本語の文章", 2, 0),  # four letters of three bytes, then two
    ],
)
def test_counts_words(text: str, words: int, frequent: int) -> None:
    english, _ = english_words.measure_english(pl.Series([text]))
    assert english[0] == pytest.approx((frequent + 3) / (words + 6))


def test_one_word_of_a_short_text_does_not_decide() -> None:
    english, neighbour = english_words.measure_english(pl.Series(["Dey", "Kung fu: dem moves!", "xkcd"]))
    assert (english >= 0.3).all()
    assert neighbour[1] < 0.08


@given(st.lists(st.text(max_size=60), max_size=6), st.integers(0, 6))
def test_each_text_alone(texts: list[str], at: int) -> None:
    whole = english_words.measure_english(pl.Series(texts, dtype=pl.String))
    for k in (0, 1):
        parts = [
            english_words.measure_english(pl.Series(p, dtype=pl.String))[k] for p in (texts[:at], texts[at:])
        ]
        assert [*parts[0], *parts[1]] == list(whole[k])
        assert ((whole[k] >= 0) & (whole[k] <= 1)).all()
