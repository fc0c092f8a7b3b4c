"""Parents and rewrites side by side, sentence by sentence."""

from hypothesis import given
from hypothesis import strategies as st

from winnow.classifiers.rephraser import panel as pairs

TEXTS = st.lists(
    st.sampled_from(["The mill stands.", "It is 12 m high!", "Why?", "No words here\n", "…"]), max_size=9
)


def test_sentences_stand_beside_those_that_have_their_words():
    parent = "The mill was built in 1820. It has nine windows. Nobody lives there."
    rewrite = "Nine windows has the mill. Built in 1820, it stands by the river. Wolves howl!"
    assert pairs.align(parent, rewrite) == [
        ("The mill was built in 1820.", "Built in 1820, it stands by the river."),
        ("It has nine windows.", "Nine windows has the mill."),
        ("Nobody lives there.", ""),
        ("", "Wolves howl!"),
    ]


@given(TEXTS, TEXTS)
def test_no_sentence_is_lost(parent, rewrite):
    rows = pairs.align(" ".join(parent), " ".join(rewrite))
    shown = [sorted("".join(row[side] for row in rows).replace(" ", "")) for side in (0, 1)]
    given_ = [sorted("".join("".join(texts).split())) for texts in (parent, rewrite)]
    assert shown == given_
