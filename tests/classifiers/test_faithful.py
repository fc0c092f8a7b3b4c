"""Rewrites that say what their parents say stay, those with an error in one place go: pairs written by hand.

`faith/pairs.jsonl` is what the rules were made on; the second and the third file were
written when they stood, and looked at once before anything was mended.
"""

# ruff: noqa: E501, RUF001 - texts as they are written

import json
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from winnow.classifiers import faithful
from winnow.classifiers.faithfulness import compare, dates, forms, sentences
from winnow.classifiers.faithfulness.numeric import equations, numbers, quantities

FOLDER = Path(__file__).parent / "faithfulness"
PARENT = (
    "The tower was built in 1889. It is 330 metres tall and may sway up to 9 cm. It was not meant to stay."
)


def judge(parent, rewrite):
    docs = pl.DataFrame({"parent_text": [parent], "text": [rewrite]})
    return faithful.check(docs).select("drop_reason", "faithful_evidence").row(0)


def count(name):
    caught, total = Counter(), Counter()
    for line in (FOLDER / name).read_text().splitlines():
        pair = json.loads(line)
        kind = pair["error"] or "faithful"
        total[kind] += 1
        caught[kind] += judge(pair["parent"], pair["rewrite"])[0] is not None
    return {kind: caught[kind] / total[kind] for kind in total}


LEAST = {"number": 0.95, "unit": 0.95, "name": 0.85, "date": 0.9, "negation": 0.85, "hedge": 0.6}
LEAST |= {"order": 0.5, "invented": 0.6}


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs_second.jsonl", "pairs_third.jsonl"])
def test_pairs_written_by_hand_are_told_apart(name):
    shares = count(name)
    assert shares.pop("faithful") <= 0.06
    assert shares.keys() == LEAST.keys()
    assert {kind: share for kind, share in shares.items() if share < LEAST[kind]} == {}


@pytest.mark.parametrize(
    ("rewrite", "reason"),
    [
        (PARENT, None),
        ("The tower was built in 1898.", "faithful.date_changed"),
        ("The tower is 330 feet tall.", "faithful.unit_changed"),
        ("The tower is 350 metres tall.", "faithful.number_changed"),
        ("It was meant to stay.", "faithful.negation_changed"),
        ("The tower is 330 metres tall and sways up to 9 cm.", "faithful.hedge_changed"),
        ("The tower of Lisbon was built in 1889.", "faithful.name_changed"),
        ("The tower was built in 1889. Its lift carries visitors to a restaurant of glass.", "faithful.invented"),
        ("I'm sorry, but I can't help with that.", "faithful.refusal"),
        ("Here is the rewritten text: The tower was built in 1889.", "faithful.prompt_remnant"),
        ("The tower was built in 1889.<|im_end|>", "faithful.chat_mark"),
        ("The tower was built in 1889. It is 330 metres tall and may sway up to", "faithful.cut_off"),
        ("It was built in 1889. " * 9, "faithful.loop"),
        ("La tour a été construite en 1889. Elle mesure 330 mètres et peut bouger un peu avec le vent.", "faithful.language_changed"),
    ],
)  # fmt: skip
def test_each_kind_has_its_reason_and_evidence(rewrite, reason):
    found, evidence = judge(PARENT, rewrite)
    assert found == reason and (evidence is None) == (reason is None)


def test_a_limit_of_null_asks_nothing():
    docs = pl.DataFrame({"parent_text": [PARENT], "text": ["The tower is 330 feet tall."]})
    judged = faithful.check(docs, max_units=None)
    assert judged["drop_reason"][0] is None and judged["faithful_units"][0] == 1


def test_of_other_languages_numbers_are_compared_and_words_are_not():
    parent = "Der Turm wurde 1889 gebaut und ist 330 Meter hoch. Er sollte nicht lange stehen bleiben, sagte man damals."
    said = (
        "Der Turm, 1889 gebaut, ist 330 Meter hoch. Er sollte lange stehen bleiben, sagte man damals überall."
    )
    assert judge(parent, said)[0] is None
    assert judge(parent, said.replace("330", "350"))[0] == "faithful.number_changed"


def test_a_batch_is_judged_as_its_halves():
    rows = [json.loads(line) for line in (FOLDER / "pairs.jsonl").read_text().splitlines()[:12]]
    docs = pl.DataFrame({"parent_text": [r["parent"] for r in rows], "text": [r["rewrite"] for r in rows]})
    halves = pl.concat([faithful.check(docs[:5]), faithful.check(docs[5:]), faithful.check(docs[:0])])
    assert halves.equals(faithful.check(docs))


@pytest.mark.parametrize("text", ["", " ", "|", "...", "\n\n", "a", "Ünïcödé 漢字 𝔘", "1e999 10^99999 9/0 ½/0", "$x$ \\(", "(" * 500, "1+" * 400 + "1=3"])  # fmt: skip
def test_odd_texts_are_judged(text):
    for parent, rewrite in ((PARENT, text), (text, PARENT), (text, text)):
        judge(parent, rewrite)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,234.5 and twenty-one", [1234.5, 21]),
        ("$3.2 million, 5kg, 3×10^8 m/s", [3.2e6, 5, 3e8]),
        ("two hundred and five men", [205]),
        ("half of it, 3/4 cup, 2½ hours", [0.5, 0.75, 2.5]),
        ("v1.2.3 and A4 and 3x", []),
        ("six and eight", [6, 8]),
    ],
)  # fmt: skip
def test_numbers_are_read_in_digits_and_words(text, values):
    assert [each.value for each in quantities.find(text)] == pytest.approx(values)


@pytest.mark.parametrize(
    ("said", "given", "fits"),
    [
        ("1.5 km", "1500 m", True),
        ("212 °F", "100 °C", True),
        ("100 °F", "100 °C", False),
        ("two miles", "3.2 km", True),
        ("30 minutes", "half an hour", True),
        ("5 pounds", "5 kg", False),
        ("60 mph", "96.6 km/h", True),
        ("65 hectares", "65 square kilometres", False),
        ("50%", "half", True),
    ],
)  # fmt: skip
def test_units_are_converted(said, given, fits):
    [one], theirs = quantities.find(said), quantities.find(given) + quantities.find_single(given)
    assert numbers.find_support(one, theirs)[1] == fits


def test_dates_are_one_in_any_form():
    forms_ = ["3 May 1921", "May 3, 1921", "1921-05-03", "the 3rd of May 1921", "03/05/1921"]
    assert all((1921, 5, 3) in [one[:3] for one in dates.find(text)] for text in forms_)


def test_sentences_end_where_they_end():
    texts = [
        each.plain
        for each in sentences.split("Dr. A. Smith saw Ptolemy I. It was 30 °C. So what?\n- one\n- two")
    ]
    assert texts == ["Dr. A. Smith saw Ptolemy I.", "It was 30 °C.", "So what?", "one", "two"]


def test_equations_are_computed():
    found = equations.find("6*6 + 8*8 = 100, 40 / 5 = 9 and (2 + 3) × 4 = 20")
    assert [right for _, right, _ in found] == [True, False, True]


def test_formulas_are_compared_without_spaces():
    assert forms.find_formula("E = m c^2", "As $E = mc^2$ says") is None
    assert forms.find_formula("E = mc^3", "As E = mc^2 says")
    assert compare.compare("As E = mc^2 says", "E = mc^3")["formulas"]
