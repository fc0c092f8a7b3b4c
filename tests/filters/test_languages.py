"""Gopher's rules by language: word lengths and stop words of each, letters where there are no spaces."""

# ruff: noqa: E501, RUF001 - whole texts

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters import dclm, languages

GERMAN = (
    "Der Ausschuss wird am Donnerstag erneut zusammentreten, um den Haushalt des nächsten Jahres zu besprechen. "
    "Die Mitglieder haben in den letzten Wochen viele Briefe von Bürgern bekommen, die mit dem Entwurf nicht "
    "einverstanden sind. Er wurde für das Frühjahr angekündigt, und im Rathaus liegen schon die ersten Pläne. "
    "Danach soll über die Bundesstraßenverkehrsordnung und das Arbeitszeitverlängerungsgesetz beraten werden."
)
RUSSIAN = (
    "Комитет снова соберётся в четверг, чтобы обсудить бюджет на следующий год. За последние недели его члены "
    "получили много писем от жителей города, которые не согласны с планом. Он был предложен весной, и первые "
    "чертежи можно увидеть в ратуше. После этого совет будет говорить о дорогах и о новом мосте через реку, "
    "который должен быть открыт для движения до конца мая, а также о том, как платить за него из казны города."
)
CHINESE = (
    "委员会下星期四将再次开会讨论明年的预算。在过去的几个星期里，委员们收到了许多居民的来信，他们不同意春天提出的计划。"
    "市政厅里已经可以看到最初的图纸。之后委员会将讨论道路和河上的新桥，这座桥应该在五月底之前通车，费用由市里的财政负担。"
)
JAPANESE = (
    "委員会は来週の木曜日にもう一度集まり、来年の予算について話し合う。この数週間、委員たちは春に出された計画に賛成しない"
    "町の人々から多くの手紙を受け取った。最初の図面は市役所で見ることができる。その後、道路と川にかかる新しい橋について話し合う。"
)
TEXTS = {"de": GERMAN, "ru": RUSSIAN, "zh": CHINESE, "ja": JAPANESE}


def frame(*rows: tuple[str, str | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"text": pl.String, "language": pl.String}, orient="row")


def judge(text: str, language: str | None, **settings: float) -> dict:
    return languages.quality(frame((text, language)), **settings).row(0, named=True)


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_prose_stays_in_its_own_language(language, text):
    assert judge(text, language)["drop_reason"] is None


def test_each_language_by_its_own_stop_words_and_word_lengths():
    found = languages.quality(frame((GERMAN, "ru"), (RUSSIAN, "de"), (GERMAN, "deu_Latn")))
    stops = "dclm.too_few_stop_words"
    assert found["drop_reason"].to_list() == [stops, stops, None]
    long = GERMAN.replace(" ", "").replace("und", " und ").replace("der", " der ").replace("die", " die ")
    assert judge(long, "de", min_words=1)["drop_reason"] == "dclm.long_words"
    words = " ".join(word * 2 for word in GERMAN.split())  # 13 letters: too long for French, not for German
    assert judge(words + " der und", "de")["drop_reason"] is None
    assert judge(words + " de la", "fr")["drop_reason"] == "dclm.long_words"


def test_without_settings_of_ones_own_the_signals_are_those_of_dclm():
    stops = [
        "der",
        "und",
        "die",
        "in",
        "von",
        "im",
        "den",
        "des",
        "mit",
        "das",
        "er",
        "dem",
        "als",
        "wurde",
        "für",
    ]
    alone = dclm.quality(frame((GERMAN, "de")), stop_words=stops, max_mean_word_length=15)
    assert_frame_equal(languages.quality(frame((GERMAN, "de"))).drop("languages_prose_word_count"), alone)


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_prose_is_counted_in_lines_that_end_as_sentences_do(language, text):
    found = judge(text, language)
    assert found["languages_prose_word_count"] == found["dclm_word_count"]
    quoted = judge(f"«{text}» ", language)
    assert quoted["languages_prose_word_count"] == found["dclm_word_count"]
    menu = text.translate(str.maketrans(".,。，、", "\n\n\n\n\n"))
    assert judge(menu, language)["languages_prose_word_count"] == 0
    least = found["dclm_word_count"] + 1
    reason = judge(text, language, min_prose_words=least)["drop_reason"]
    assert reason == "languages.too_few_prose_words"


def test_lines_of_four_words_are_no_prose():
    text = "Das ist ein Satz.\nDas ist nun ein Satz.\nMehr lesen ...\nund noch ein Punkt ohne Ende\n(Siehe da, er geht heim!)"
    assert judge(text, "de")["languages_prose_word_count"] == 10
    long = "und so geht die Zeile noch viel länger fort, bis sie endet"
    assert judge(f"Ein Satz. {long}", "de")["languages_prose_word_count"] == 14
    assert judge(f"Ohne 15. 7. 2020 3.0 {long}", "de")["languages_prose_word_count"] == 0
    assert judge("これは文である。\n短い。\n文", "ja")["languages_prose_word_count"] == 0
    assert judge("これは十分に長い文である。\n短い。", "ja")["languages_prose_word_count"] == 6


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_letters_are_counted_where_there_are_no_spaces(language):
    text = TEXTS[language]
    letters = sum(c.isalpha() for c in text)
    found = judge(text, language)
    assert found["dclm_word_count"] == letters // 2
    assert found["dclm_alphabetic_word_ratio"] == 1
    assert judge(text, language, min_words=letters // 2 + 1)["drop_reason"] == "dclm.too_few_words"
    assert judge(text.replace("。", "。\n\n "), language)["dclm_word_count"] == letters // 2
    numbers = text + " 12 345,6 7890 " * letters
    assert judge(numbers, language)["drop_reason"] == "dclm.too_few_alphabetic_words"


def test_words_of_other_scripts_among_letters_are_whole():
    assert judge("安装 Debian 12 系统", "zh")["dclm_word_count"] == 4  # 安装, Debian, 12, 系统
    assert judge("安装 Debian 12 系统", "zh")["dclm_alphabetic_word_ratio"] == pytest.approx(0.75)


def test_names_alone_have_no_stop_words():
    assert judge("安装硬盘启动键盘屏幕网络" * 20, "zh")["drop_reason"] == "dclm.too_few_stop_words"
    assert (
        judge("安装·硬盘·启动·键盘·" * 20, "zh")["drop_reason"] == "dclm.too_few_stop_words"
    )  # marks are none
    assert judge("북한 대한민국 서울 " * 30, "ko")["drop_reason"] is None


@pytest.mark.parametrize("language", ["tlh", "und", "", None])
def test_a_language_without_settings_is_dropped_and_measured(language):
    found = judge(GERMAN, language)
    assert found["drop_reason"] == "fineweb2.no_settings" and found["dclm_word_count"] > 50


def test_an_earlier_reason_stays():
    docs = frame((GERMAN, "xx"), ("kurz", "de")).with_columns(drop_reason=pl.lit("earlier"))
    assert languages.quality(docs)["drop_reason"].to_list() == ["earlier", "earlier"]


rows = st.lists(
    st.tuples(
        st.one_of(st.text(max_size=80), st.sampled_from([*TEXTS.values()])),
        st.sampled_from(["de", "ru", "zh", "ja", "ko", "xx", None]),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=25)
@given(rows, rows)
def test_law_of_shard_steps(a, b):
    whole = languages.quality(frame(*a, *b))
    assert_frame_equal(whole, pl.concat([languages.quality(frame(*a)), languages.quality(frame(*b))]))
    assert whole["text"].to_list() == [text for text, _ in (*a, *b)]
