"""Is the answer right? The final answer of a chat against the one that its set gives as the right one."""

from typing import Annotated

import numpy as np
import polars as pl

from winnow.filters.answers.final_answers import compare, find_final
from winnow.filters.verdict import judge_by_rules

RULES = (("answers.wrong", "answers_wrong", "drop_wrong"),)


def check(
    docs: Annotated[pl.DataFrame, "answers", "reference"], *, drop_wrong: bool = True
) -> Annotated[pl.DataFrame, "answer_checked", "answer_found", "answer_reference", "answers_wrong"]:
    """Compare the last of `answers` with `reference`; drop wrong ones if `drop_wrong` is set.

    `answer_checked` (string): `right`, `wrong`, or `none` where it cannot be told: there is no reference,
    or the two are no numbers and not the same. `answer_found` and `answer_reference` (strings) are the two
    as they stand. The final answer is what an answer names as such (`\\boxed{}`, `####`, "the answer is");
    only where it names none is the last number of its last line taken, which may be right, but is never
    called wrong.

    Numbers are equal by value: 1,000 and 1000.00, 3/4 and 0.75, a LaTeX fraction and 75%, $5 and 5 dollars;
    of two with different units nothing is told. Signal: `answers_wrong` (1 where it is wrong).
    """
    verdicts: list[str] = []
    found: list[str | None] = []
    for answers, reference in zip(docs["answers"].to_list(), docs["reference"].to_list(), strict=True):
        if not answers or reference is None:
            verdicts.append("none")
            found.append(None)
            continue
        final, named = find_final(answers[-1])
        verdict = "none" if final is None else compare(final, reference)
        verdicts.append("none" if verdict == "wrong" and not named else verdict)
        found.append(final)
    docs = docs.with_columns(
        pl.Series("answer_checked", verdicts, dtype=pl.String),
        pl.Series("answer_found", found, dtype=pl.String).str.slice(0, 200),
        pl.col("reference").str.slice(0, 200).alias("answer_reference"),
    )
    wrong = np.array([verdict == "wrong" for verdict in verdicts], dtype=np.int64)
    return judge_by_rules(docs, {"answers_wrong": wrong}, RULES, locals())
