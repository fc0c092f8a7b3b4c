"""Templates that rewrites share and their parents do not: found at five per cent, left alone at one."""

import json
import random

import polars as pl
import pytest

from winnow.classifiers import collapse

WORDS = [f"w{chr(97 + a)}{chr(97 + b)}{chr(97 + c)}" for a in range(8) for b in range(26) for c in range(5)]
OPENING = "In this comprehensive guide we will explore the world of things. "
ENDING = " This shows how much there is to learn about it."
FRAME = " It is worth noting that this plays a crucial role in many of them. "


def make(share, place, count=1000, seed=3):
    draw = random.Random(seed)
    rows = []
    for number in range(count):
        parent, text = (" ".join(draw.choices(WORDS, k=60)) for _ in range(2))
        if number < share * count:
            half = len(text) // 2
            text = {
                "opening": OPENING + text,
                "ending": text + ENDING,
                "frame": text[:half] + FRAME + text[half:],
            }[place]
        rows.append((f"d{number}", text, parent, "faq"))
    return pl.DataFrame(rows, schema=["id", "text", "parent_text", "rephrase_prompt"], orient="row")


def read(file, columns, rows=None):
    yield pl.read_parquet(file, columns=columns)


def find(docs, folder, **settings):
    docs.write_parquet(folder / "docs.parquet")
    collapse.find([folder / "docs.parquet"], folder, read=read, **settings)
    return pl.read_parquet(folder / "collapse.parquet")


@pytest.mark.parametrize("place", ["opening", "ending", "frame"])
@pytest.mark.parametrize(("share", "is_found"), [(0.01, False), (0.05, True), (0.2, True)])
def test_a_template_is_found_from_five_per_cent_on_and_its_documents_dropped(
    tmp_path, place, share, is_found
):
    docs = make(share, place)
    found = find(docs, tmp_path)
    assert (place in found["kind"].to_list()) == is_found
    judged = collapse.drop(docs, collapse=tmp_path)
    dropped = judged.filter(pl.col("drop_reason").is_not_null())
    assert dropped.height == (share * 1000 if is_found else 0)
    assert set(dropped["id"]) <= {f"d{number}" for number in range(int(share * 1000))}


def test_what_parents_share_is_no_fault_of_the_model(tmp_path):
    docs = make(0.2, "opening").with_columns(parent_text=pl.col("text"))
    assert find(docs, tmp_path).is_empty()


def test_a_template_of_one_prompt_among_many_is_found(tmp_path):
    docs = make(0.02, "opening").with_columns(
        rephrase_prompt=pl.when(pl.int_range(pl.len()) < 200).then(pl.lit("faq")).otherwise(pl.lit("table"))
    )
    found = find(docs, tmp_path)
    assert set(found.filter(kind="opening")["prompt"]) == {"faq"}


def test_the_entropy_of_both_sides_is_told(tmp_path):
    docs = make(0.0, "opening").with_columns(text=pl.lit("so it is and so it was and so it will be " * 5))
    find(docs, tmp_path)
    told = json.loads((tmp_path / "messages.json").read_text())
    assert told["entropy"]["rewrites"] < 4 < told["entropy"]["parents"]


def test_kinds_that_are_none_are_refused(tmp_path):
    find(make(0.05, "opening"), tmp_path)
    with pytest.raises(ValueError, match="kinds: no such"):
        collapse.drop(make(0.05, "opening"), collapse=tmp_path, kinds=["middle"])
