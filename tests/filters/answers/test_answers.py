import polars as pl

from winnow.filters import answers


def check(*pairs: tuple[list[str] | None, str | None], drop_wrong: bool = True) -> pl.DataFrame:
    docs = pl.DataFrame(
        {
            "answers": pl.Series([said for said, _ in pairs], dtype=pl.List(pl.String)),
            "reference": pl.Series([right for _, right in pairs], dtype=pl.String),
        }
    )
    return answers.check(docs, drop_wrong=drop_wrong)


def test_right_wrong_and_what_cannot_be_told() -> None:
    frame = check(
        (["So it is \\boxed{1{,}000}."], "1000"),
        (["first", "The answer is 71 clips."], "72"),
        (["She sold 71 clips."], "72"),  # names no final answer
        (["She sold 72 clips."], "72"),
        (["The answer is Paris."], "London"),
        (["The answer is 4."], None),
        ([], "4"),
        (None, "4"),
    )
    assert frame["answer_checked"].to_list() == ["right", "wrong", "none", "right", *["none"] * 4]
    assert frame["drop_reason"].to_list() == [None, "answers.wrong", *[None] * 6]
    assert frame.select("answer_found", "answer_reference").row(1) == ("71 clips", "72")
    assert frame["answers_wrong"].to_list() == [0, 1, *[0] * 6]


def test_wrong_answers_stay_unless_they_are_to_go() -> None:
    assert check((["The answer is 71."], "72"), drop_wrong=False)["drop_reason"].to_list() == [None]
