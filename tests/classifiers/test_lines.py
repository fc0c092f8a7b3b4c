"""Lines that are noise go, and nothing else changes; a model of one's own labels is trained and measured."""

import json
import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.classifiers import lines
from winnow.classifiers.line import features, fit, labels, trees

PROSE = [
    "The river rose in the night, and the people of the lower town carried what they could to the church.",
    "She had never seen so many boats in one place, she said, and none of them was going anywhere at all.",
    "By noon the water had reached the second step of the mill, where it stayed for the rest of the week.",
    "Nobody asked who would pay for the bridge; it was enough that the old one had held until the morning.",
    "When the road was open again the first to come was the baker, with bread that he would not be paid for.",
]
MENU = [
    "Home | News | Contact",
    "Log in",
    "Share on Facebook",
    "Posts: 264",
    "© 2019 All rights reserved",
    "||",
]
PAGE = "\n".join([*MENU[:3], "", *PROSE, "", *MENU[3:]])


def clean(texts: list[str | None], **named: object) -> pl.DataFrame:
    return lines.clean(pl.DataFrame({"text": texts}, schema={"text": pl.String}), **named)


def test_the_shipped_model_takes_out_what_is_around_an_article() -> None:
    (row,) = clean([PAGE]).to_dicts()
    left = row["text"].split("\n")
    assert set(PROSE) <= set(left)
    gone = [line for line in MENU if line not in left]
    assert len(gone) >= 5
    assert row["lines_removed"] == len(gone)
    whole = sum(map(len, [*PROSE, *MENU]))
    assert row["lines_noise_ratio"] == pytest.approx(sum(map(len, gone)) / whole)
    assert row["drop_reason"] is None


CHINESE = """首页 | 新闻 | 联系我们
登录
河水在夜里上涨，下城的人们把能带走的东西都搬到了教堂里。没有人知道水会涨到多高。
她说，她从来没有在一个地方见过这么多的船，而且没有一条船要开到任何地方去。
中午时分，水已经到了磨坊的第二级台阶，并在那里停留了一个星期。
版权所有 © 2019"""  # noqa: RUF001
ARABIC = """الرئيسية | أخبار | اتصل بنا
تسجيل الدخول
ارتفع النهر في الليل وحمل أهل المدينة السفلى ما استطاعوا حمله إلى الكنيسة، ولم يكن أحد يعرف أين سيصل الماء.
قالت إنها لم تر قط مثل هذا العدد من القوارب في مكان واحد، ولم يكن أي منها ذاهبا إلى أي مكان.
© 2019 جميع الحقوق محفوظة"""


@pytest.mark.parametrize("text", [CHINESE, ARABIC])
def test_scripts_that_nobody_labelled(text: str) -> None:
    (found,) = clean([text])["text"]
    assert found.split("\n") == text.split("\n")[2:-1]


def test_a_text_without_noise_stays_to_the_byte() -> None:
    text = " \n" + "\n\n\n".join(PROSE) + "\r\n\n"
    (row,) = clean([text]).to_dicts()
    assert (row["text"], row["lines_removed"], row["lines_noise_ratio"]) == (text, 0, 0.0)


def test_limits() -> None:
    assert clean([PAGE], max_noise=1)["text"].to_list() == [PAGE]
    (row,) = clean([PAGE], max_noise=0).to_dicts()
    assert (row["text"], row["drop_reason"], row["lines_noise_ratio"]) == ("", "lines.no_text", 1.0)
    assert row["lines_removed"] == len(PROSE) + len(MENU)
    rows = features.measure(pl.Series([PAGE]))
    likely = trees.predict(trees.load(lines.SHIPPED), rows.values, rows.first)
    middle = float(np.median(likely))  # what is as likely as the limit stays
    assert clean([PAGE], max_noise=middle)["lines_removed"].to_list() == [int((likely > middle).sum())]
    for wrong in (-0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match=r"max_noise is .*: it is a likelihood, from 0 to 1"):
            clean([PAGE], max_noise=wrong)


def test_texts_without_lines_and_reasons_that_are_there() -> None:
    docs = pl.DataFrame(
        {"text": [None, "", " \n", PAGE, ""], "drop_reason": [None, None, None, "a.b", "a.b"]}
    )
    found = lines.clean(docs)
    assert found["drop_reason"].to_list() == [*["lines.no_text"] * 3, "a.b", "a.b"]
    assert found["lines_removed"].to_list()[:3] == [0, 0, 0]
    assert found.schema["lines_noise_ratio"] == pl.Float32
    assert found.schema["lines_removed"] == pl.Int64
    assert (
        clean([]).schema == found.select("text", "lines_noise_ratio", "lines_removed", "drop_reason").schema
    )


LINE = st.sampled_from([*PROSE, *MENU, "", " ", "他们说河水涨了。", "ПРАВИЛА", "a\u2028b", "1\r"])
TEXT = st.lists(LINE, max_size=9).map("\n".join)


@given(st.lists(TEXT, max_size=3), st.lists(TEXT, max_size=3))
@settings(deadline=None)
def test_a_text_is_judged_alone(before: list[str], after: list[str]) -> None:
    assert_frame_equal(clean(before + after), pl.concat([clean(before), clean(after)]))


@given(TEXT, st.floats(0, 1))
@settings(deadline=None)
def test_what_stays_are_lines_of_the_text_in_order(text: str, limit: float) -> None:
    (row,) = clean([text], max_noise=limit).to_dicts()
    solid = [line for line in text.split("\n") if line.strip()]
    left = [line for line in row["text"].split("\n") if line.strip()]
    rest = iter(solid)
    assert all(line in rest for line in left)
    assert len(left) == len(solid) - row["lines_removed"]


def test_each_page_is_judged_by_the_trees_of_its_script() -> None:
    judge = trees.load(lines.SHIPPED)
    rows = features.measure(pl.Series([PAGE, CHINESE, "", "1\n2", ARABIC]))
    found = trees.predict(judge, rows.values, rows.first)
    for number, of in ((0, judge.cased), (1, judge.caseless), (3, judge.cased), (4, judge.caseless)):
        some = slice(rows.first[number], rows.first[number + 1])
        assert np.array_equal(found[some], trees.judge_rows(of, rows.values[some]))


# ---- training ----------------------------------------------------------------------------------------


def page(number: int) -> dict:
    chance = random.Random(number)
    menu, prose = chance.sample(MENU, 4), chance.sample(PROSE, 4)
    marked = [f"{line} {number}" for line in menu], [f"In {1900 + number}: {line}" for line in prose]
    return {
        "lines": [*marked[0], *marked[1]],
        "noise": [1] * 4 + [0] * 4,
        "language": ["en", "de"][number % 2],
    }


def write(path: Path, pages: list[dict]) -> Path:
    path.write_text("\n".join(json.dumps(page) for page in pages) + "\n")
    return path


@pytest.fixture(autouse=True, scope="module")
def few_trees():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fit, "FOLDS", 3)
        patch.setattr(fit, "MEMBERS", 2)
        patch.setitem(fit.SETTINGS, "max_iter", 12)
        yield


def test_a_model_of_ones_own(tmp_path: Path) -> None:
    labelled = tmp_path / "labelled"
    labelled.mkdir()
    write(labelled / "a.jsonl", [page(n) for n in range(20)])
    other = labelled / "b.parquet"
    pl.DataFrame([page(n) for n in range(20, 40)]).with_columns(
        pl.col("noise").list.eval(pl.element() == 1)
    ).write_parquet(other)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        lines.train([], tmp_path / name, table=labelled)
    one, two = tmp_path / "one", tmp_path / "two"
    for file in ("model.npz", "card.json"):
        assert (one / file).read_bytes() == (two / file).read_bytes()
    card = json.loads((one / "card.json").read_text())
    assert (card["pages"], card["sites"]) == (40, 40)
    assert card["lines"] == {"text": 160, "noise": 160}
    assert set(card["out_of_fold"]) == {"all", "de", "en", "without case", "without spaces", "by site"}
    assert card["out_of_fold"]["all"]["noise_f1"] > 0.95
    assert card["out_of_fold"]["all"]["good_kept"] >= 0.96
    unseen = page(99)["lines"]
    (left,) = clean(["\n".join(unseen)], model=one)["text"]
    assert not set(unseen[:4]) & set(left.split("\n"))
    assert len(left) > 300


def test_the_limit_is_chosen_on_languages_where_three_are_named(tmp_path: Path) -> None:
    pages = [page(n) | {"language": ["de", "en", "fi"][n % 3]} for n in range(30)]
    for name, rows in (("three", pages), ("none", [{**pages[0], "language": None}, *pages[1:]])):
        data = labels.read(write(tmp_path / "labels.jsonl", rows))
        by, likely = fit.judge_for_limit(data, 0)
        assert by == ("language" if name == "three" else "site")
        groups = np.array([["de", "en", "fi"].index(language or "de") for language in data.language])
        apart = fit.judge_others(data, *(np.flatnonzero(of) for of in learn(groups[data.doc], 2)), 0, 1)[0]
        assert (by == "language") == np.array_equal(likely[groups[data.doc] == 2], apart)


def learn(groups: np.ndarray, held: int) -> tuple[np.ndarray, np.ndarray]:
    return groups != held, groups == held


def test_labels_that_cannot_be_learnt_from(tmp_path: Path) -> None:
    pages = [page(n) for n in range(20)]

    def refuse(message: str, pages: list[dict], **named: float) -> None:
        with pytest.raises(ValueError, match=message):
            lines.train([], tmp_path, table=write(tmp_path / "labels.jsonl", pages), **named)

    text = [{"lines": p["lines"][4:], "noise": [0] * 4} for p in pages]
    refuse("80 lines of text and 0 of noise are labelled: 50 of each are the least", text)
    refuse("4 lines of text and 4 of noise", pages[:1])
    refuse("labels.jsonl has no column noise", [{"lines": ["a"], "label": [0]}])
    refuse(
        "labels.jsonl: of 1 pages there are not as many labels as lines", [*pages, {**pages[0], "noise": [1]}]
    )
    half = {**pages[0], "noise": [0.5, 1, 1, 1, 0, 0, 0, 0]}
    refuse("labels.jsonl: 1 of 168 labels are neither 0", [*pages, half])
    null = {**pages[0], "noise": [None, 1, 1, 1, 0, 0, 0, 0]}
    refuse("labels.jsonl: 1 of 168 labels are neither 0", [*pages, null])
    late = {**pages[0], "noise": [0.7, 1, 1, 1, 0, 0, 0, 0]}
    refuse("labels.jsonl: 1 of 968 labels are neither 0", [*pages * 6, late])
    refuse("labels.jsonl cannot be read as pages .*of one kind", [*pages, {**pages[0], "noise": 1}])
    refuse("labels.jsonl cannot be read as pages .*of one kind", [{**p, "lines": "a"} for p in pages])
    refuse("all 20 pages are of one site", [{**p, "site": "example.org"} for p in pages])
    refuse("all 20 pages are of one site", [{**p, "lines": [*p["lines"][:7], PROSE[0]]} for p in pages])
    refuse("good_kept is 1: it is a share", pages, good_kept=1)
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="none holds no file of labels"):
        lines.train([], tmp_path, table=tmp_path / "none")
    nan = pl.DataFrame([page(n) | {"noise": [float("nan")] + [1.0] * 3 + [0.0] * 4} for n in range(20)])
    nan.write_parquet(tmp_path / "nan.parquet")
    with pytest.raises(ValueError, match=r"nan.parquet: 20 of 160 labels are neither 0"):
        lines.train([], tmp_path, table=tmp_path / "nan.parquet")


def test_tables_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for name in ("labels.jsonl", "labels.parquet"):
        (tmp_path / name).write_text("{no table")
        with pytest.raises(ValueError, match=rf"{name} cannot be read as pages"):
            lines.train([], tmp_path, table=tmp_path / name)


def test_sites_and_languages_that_are_named_late_count(tmp_path: Path) -> None:
    pages = [{name: page(n)[name] for name in ("lines", "noise")} for n in range(130)]
    last = [{**p, "site": "example.org", "language": "fi"} for p in pages[-10:]]
    found = labels.read(write(tmp_path / "labels.jsonl", pages[:-10] + last))
    assert found.language == [None] * 120 + ["fi"] * 10
    assert len(set(found.group[-10:])) == 1
    assert len(set(found.group)) == 121


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no model of lines, or a damaged one"):
        clean([], model=tmp_path)


def test_the_limit_keeps_what_was_asked_for() -> None:
    rng = np.random.default_rng(1)
    for good_kept in (0.5, 0.9, 0.99):
        likely = rng.integers(0, 50, 400).astype(np.float32) / 50
        noise, characters = rng.random(400) < 0.4, rng.integers(1, 200, 400)
        data = fit.LabeledLines(np.zeros((1, 400, 1)), noise, np.zeros(400), characters, np.zeros(1), ["en"])
        limit = fit.choose_limit(likely, data, good_kept)
        assert fit.measure(likely > limit, noise, characters)["good_kept"] >= good_kept
        lower = likely[likely < limit].max()
        assert fit.measure(likely > lower, noise, characters)["good_kept"] < good_kept


def test_figures_by_hand() -> None:
    gone, noise = np.array([True, True, False, False]), np.array([True, False, True, False])
    found = fit.measure(gone, noise, np.array([10, 20, 30, 40]))
    assert found["noise_f1"] == 0.5
    assert found["noise_f1_characters"] == pytest.approx(2 * 10 / (30 + 40))
    assert found["text_f1"] == pytest.approx(2 * 40 / (70 + 60))
    assert found["text_f1_lines"] == 0.5
    assert (found["good_kept"], found["noise_gone"]) == (pytest.approx(40 / 60), 0.25)
