"""Rules do not judge what the pipeline put in: posts, fences, headings. They stay in the text."""

import inspect
import random
import re
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow import shuffle
from winnow.classifiers import language
from winnow.classifiers.line import features, rewrite
from winnow.filters import boilerplate, sites
from winnow.ingest.books.chapters import Chapter, write_chapter
from winnow.ingest.page.body import read_body
from winnow.pipelines.spec import groups
from winnow.pipelines.spec.address import resolve
from winnow.words.marks import SEPARATOR

GROUPS = Path(groups.__file__).resolve().parent.parent / "recipes/groups"
Step = Callable[[pl.DataFrame], pl.DataFrame]


def list_rules() -> dict[str, Step]:
    """Each step of the groups that reads texts and drops some, with the settings that its group gives it."""
    found = {}
    for path in sorted(GROUPS.glob("*.toml")):
        group = tomllib.loads(path.read_text("utf-8"))
        for number, stage in enumerate(group["stage"]):
            for step in stage.get("steps", []):
                rule = resolve(step["use"])
                docs = inspect.signature(rule, eval_str=True).parameters.get("docs")
                reads = getattr(docs and docs.annotation, "__metadata__", ("none",))
                if step["use"].startswith("filters.") and set(reads) <= {"text", "url?"}:
                    how = {key: value for key, value in step.items() if key not in ("use", "where")}
                    how |= {
                        key: group["settings"][value[1:]]
                        for key, value in how.items()
                        if str(value)[0] == "$"
                    }
                    if not any("stage:" in str(value) for value in how.values()):
                        found[f"{path.stem} {number} {step['use']}"] = partial(rule, **how)
    return found


RULES = list_rules()
WRITERS = ("c4:lines", "boilerplate:", "sites:")
WORDS = sorted({word for topic in topics.values() for word in re.findall(r"\b[a-z]{3,9}\b", topic)})
SMALL = ("the", "of", "and", "to", "that", "with", "in", "a")


def say(draw: random.Random, words: int) -> str:
    """A sentence that nobody has said before."""
    return (
        " ".join(draw.choice(SMALL if draw.random() < 0.4 else WORDS) for _ in range(words)).capitalize()
        + "."
    )


def join(posts: list[str], between: str = SEPARATOR) -> pl.DataFrame:
    return pl.DataFrame({"text": [between.join(posts)], "url": ["https://x.example/a"]})


POSTS = st.lists(
    st.sampled_from(["So it is.", "- a point", "wait...", "if (x) { y(); }", "漢字。", "> Yes.", "24"])
    | st.builds(say, st.randoms(use_true_random=False), st.integers(3, 60)),
    min_size=1,
    max_size=8,
)  # fmt: skip


def test_rules_of_the_groups_are_found() -> None:
    assert {"reddit", "mail", "stackexchange", "books", "fineweb", "dolma3"} <= {
        name.split()[0] for name in RULES
    }


@pytest.mark.parametrize("name", [name for name in RULES if not any(writer in name for writer in WRITERS)])
@settings(max_examples=20)
@given(posts=POSTS)
def test_posts_are_judged_as_paragraphs(name: str, posts: list[str]) -> None:
    judged, plain = RULES[name](join(posts)), RULES[name](join(posts, "\n\n"))
    assert_frame_equal(judged.drop("text"), plain.drop("text"))
    assert judged["text"].to_list() == [SEPARATOR.join(posts)]


@settings(max_examples=20)
@given(posts=POSTS)
def test_languages_are_told_by_words(posts: list[str]) -> None:
    judged, plain = language.identify(join(posts)), language.identify(join(posts, "\n\n"))
    assert_frame_equal(judged.drop("text"), plain.drop("text"))


@pytest.mark.parametrize("count", [1, 3, 30, 300, 9_000])
@pytest.mark.parametrize("group", ["reddit", "mail", "stackexchange"])
def test_a_thread_of_distinct_posts_stays_whatever_its_length(group: str, count: int) -> None:
    draw = random.Random(count)
    for words in (6, 14) if count > 1 else (40,):
        docs = join([say(draw, words) for _ in range(max(count, 60 // words))])
        for rule in [rule for name, rule in RULES.items() if name.startswith(f"{group} ")]:
            assert rule(docs)["drop_reason"].to_list() == [None]


def judge(group: str, text: str) -> list[str | None]:
    docs = pl.DataFrame({"text": [text]})
    return [rule(docs)["drop_reason"][0] for name, rule in RULES.items() if name.startswith(f"{group} ")]


@pytest.mark.parametrize("count", [2, 20, 200])
def test_fences_of_code_are_no_lines(count: int) -> None:
    draw = random.Random(count)
    bodies = [f"<p>{say(draw, 20)}</p><pre><code>{say(draw, 4)}</code></pre>" for _ in range(count)]
    text = SEPARATOR.join(map(read_body, bodies))
    assert "```" in text and set(judge("stackexchange", text)) == {None}


def test_headings_are_no_signs() -> None:
    draw = random.Random(1)
    poems = [Chapter(3, f"Song {n}", ["", *(say(draw, 6) for _ in range(3)), ""]) for n in range(60)]
    assert set(judge("books", "\n\n".join(map(write_chapter, poems)))) == {None}


POST, SHARED = (
    "The heron stands at the lock, and the keeper of the lock looks on.",
    "Home of all herons of the lock",
)


@pytest.mark.parametrize(("clean", "noise"), [(boilerplate.lines, "42"), (sites.repeated, POST)])
def test_what_takes_lines_out_leaves_what_parts_posts(clean: Step, noise: str) -> None:
    draw = random.Random(2)
    posts = [f"{POST}\n{say(draw, 20)}", *(f"{say(draw, 20)}\n{say(draw, 30)}" for _ in range(9))]
    noisy = [post + f"\n{noise}" * (n == 4) for n, post in enumerate(posts)]
    assert clean(join(noisy))["text"][0] == SEPARATOR.join(posts)


@pytest.mark.parametrize(
    ("gone", "text"), [("b", "a\n\n---\n\nc\nd"), ("cd", "a\nb"), ("ab", "c\nd"), ("abcd", "")]
)
def test_noise_goes_with_what_parts_it_from_nothing(gone: str, text: str) -> None:
    rows = features.measure(join(["a\nb", "c\nd"])["text"])
    mask = np.array([line in f"{gone}-" for line in "ab-cd"])
    rewrite.keep_marked(rows, mask)
    out, where = np.empty(100, np.uint8), np.zeros(2, np.int64)
    rewrite.write_kept(rows, mask, out, where, np.zeros((1, 3), np.int64))
    assert out[: where[1]].tobytes().decode() == text


def test_what_parts_posts_is_no_line_of_a_site(tmp_path: Path) -> None:
    draw = random.Random(3)
    docs = pl.concat([join([say(draw, 9), SHARED, say(draw, 9)]) for _ in range(20)])
    sites.count([Path("a")], tmp_path, read=lambda file, columns: iter([docs.select(columns)]))
    sites.merge(sorted(tmp_path.glob("*.shuffle")), tmp_path, read_bucket=shuffle.Reader(0, 1))
    found = sites.remove(docs, lines=tmp_path)
    assert (
        found["sites_lines"].to_list() == [1] * 20
        and found["text"].str.contains(SEPARATOR, literal=True).all()
    )
