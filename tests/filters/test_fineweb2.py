"""FineWeb2's thresholds by language: the table, the verdicts of the single steps, what has no settings."""

# ruff: noqa: E501, RUF001 - whole texts

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.filters import fineweb, fineweb2, gopher, repetition

GERMAN = (
    "Der Ausschuss wird am Donnerstag erneut zusammentreten, um den Haushalt des nächsten Jahres zu besprechen. "
    "Die Mitglieder haben in den letzten Wochen viele Briefe von Bürgern bekommen, die mit dem Entwurf nicht "
    "einverstanden sind. Er wurde für das Frühjahr angekündigt, und im Rathaus liegen schon die ersten Pläne.\n"
    "Danach soll über die Bundesstraßenverkehrsordnung und das Arbeitszeitverlängerungsgesetz beraten werden."
)
ENGLISH = (
    "The committee will meet again on Thursday to discuss the budget for the next year. Its members have had many "
    "letters from people in the town who do not agree with the plan that was put forward in the spring. We are told "
    "that the first drafts are to be seen at the town hall.\nAfter that the council will talk about the roads and "
    "the new bridge over the river, which should be open to traffic by the end of May."
)
CHINESE = (
    "委员会下星期四将再次开会讨论明年的预算。人人生而自由，在尊严和权利上一律平等。\n" * 1
    + "他们有理性和良心。"
)
THAI = "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม"


def frame(*rows: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"text": [text for text, _ in rows], "language": [language for _, language in rows]},
        schema={"text": pl.String, "language": pl.String},
    )


def test_every_row_of_the_table_is_sound() -> None:
    rows = fineweb2.read_table(fineweb2.TABLE)
    assert len({row["language"] for row in rows.values()}) == 60
    for row in rows.values():
        number = {name: float(value) for name, value in row.items() if name.startswith(("min_", "max_"))}
        assert 0.3 <= number["min_score"] <= 0.9
        assert number["min_mean_word_length"] < number["max_mean_word_length"]
        assert all(0 <= value <= 1 for name, value in number.items() if name.endswith("_ratio"))
        words = row["stop_words"].split(" ")
        assert len(words) == len(set(words)) >= 8 - (row["language"] == "lao_Laoo")
        assert all(words)
        duplicates = [number[f"max_duplicate_{n}gram_char_ratio"] for n in range(5, 11)]
        assert duplicates == sorted(duplicates, reverse=True)


def test_both_codes_of_a_language_find_its_row() -> None:
    rows = fineweb2.read_table(fineweb2.TABLE)
    assert rows["de"] is rows["deu_Latn"]
    assert rows["zh"] is rows["cmn_Hani"]
    assert "als" not in rows, "lid.176 calls Alemannic `als`, ISO 639-3 Albanian"


def test_each_language_by_its_own_stop_words() -> None:
    docs = fineweb2.quality(frame((GERMAN, "de"), (ENGLISH, "en"), (GERMAN, "en"), (ENGLISH, "deu_Latn")))
    stops = "gopher.too_few_stop_words"
    assert docs["drop_reason"].to_list() == [None, None, stops, stops]


def test_signals_and_verdict_are_those_of_the_single_steps() -> None:
    docs = frame((GERMAN, "de"), (GERMAN[:100], "de"), ("Menü\nStart\nMenü\nStart\n" * 20, "de"))
    row = fineweb2._set_thresholds(fineweb2.read_table(fineweb2.TABLE)["de"], 50)
    alone = docs
    for step in (repetition.repetition, fineweb.quality, gopher.quality):
        alone = step(alone, **row[step.__module__])
    assert_frame_equal(fineweb2.quality(docs), alone)
    assert alone["drop_reason"].to_list() == [None, "repetition.top_3gram_char", "repetition.duplicate_line"]


@pytest.mark.parametrize(("text", "language"), [(CHINESE, "zh"), (CHINESE, "cmn_Hani"), (THAI, "th")])
def test_without_spaces_what_counts_words_is_left_out(text: str, language: str) -> None:
    assert fineweb2.quality(frame((text, language)))["drop_reason"].to_list() == [None]


def test_without_spaces_what_reads_lines_still_judges() -> None:
    menu = "首页\n新闻\n首页\n新闻\n" * 10
    found = fineweb2.quality(frame((menu, "zh"), ("首页 新闻 体育 财经\n" + "更多 图片\n", "zh")))
    assert found["drop_reason"].to_list() == ["repetition.duplicate_line", "fineweb.too_few_terminal_lines"]


@pytest.mark.parametrize("language", ["tlh", "und", "", None])
def test_a_language_without_settings_is_dropped_and_measured(language: str | None) -> None:
    found = fineweb2.quality(frame((ENGLISH, language)))
    assert found["drop_reason"].to_list() == ["fineweb2.no_settings"]
    assert found["gopher_word_count"][0] > 50


def test_an_earlier_reason_stays() -> None:
    docs = frame((ENGLISH, "xx"), (ENGLISH[:30], "en")).with_columns(drop_reason=pl.lit("earlier"))
    assert fineweb2.quality(docs)["drop_reason"].to_list() == ["earlier", "earlier"]


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own.tsv"
    lines = [x for x in fineweb2.TABLE.read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
    german = next(line for line in lines if line.startswith("deu_Latn"))
    own.write_text(
        "\n".join([lines[0], german.replace("deu_Latn\tde", "gsw_Latn\tals")]) + "\n", encoding="utf-8"
    )
    found = fineweb2.quality(frame((GERMAN, "als"), (GERMAN, "de")), table=own)
    assert found["drop_reason"].to_list() == [None, "fineweb2.no_settings"]


def test_keep_judges_the_score_by_language() -> None:
    docs = pl.DataFrame(
        {"language": ["de", "da", "da", "xx", None], "language_score": [0.8, 0.8, 0.29, 1.0, None]},
        schema_overrides={"language_score": pl.Float32},
    )
    low, none = "fineweb2.low_score", "fineweb2.no_settings"
    assert fineweb2.keep(docs)["drop_reason"].to_list() == [low, None, low, none, none]


rows = st.lists(
    st.tuples(
        st.one_of(st.text(max_size=80), st.sampled_from([GERMAN, ENGLISH, CHINESE, THAI])),
        st.sampled_from(["de", "en", "zh", "th", "xx", "und"]),
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=25)
@given(rows, rows)
def test_law_of_shard_steps(a: list[tuple[str, str]], b: list[tuple[str, str]]) -> None:
    whole = fineweb2.quality(frame(*a, *b))
    assert_frame_equal(whole, pl.concat([fineweb2.quality(frame(*a)), fineweb2.quality(frame(*b))]))
    assert whole["text"].to_list() == [text for text, _ in (*a, *b)]
