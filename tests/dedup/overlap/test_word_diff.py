"""Words that two texts share, marked in both."""

from hypothesis import example, given
from hypothesis import strategies as st

from winnow.dedup.overlap.word_diff import mark_shared

TEXTS = st.lists(
    st.sampled_from(["net", "Net", "7", "seven", "rope,", "é", "\n", "<b>", "the", "🙂"]), max_size=30
)


@given(TEXTS, TEXTS)
@example([], ["net"])
def test_pieces_are_the_texts(left, right):
    texts = " ".join(left), " ".join(right)
    pieces = mark_shared(*texts)
    assert tuple("".join(text for _, text in side) for side in pieces) == texts
    assert [text.split() == [] for shared, text in (*pieces[0], *pieces[1]) if shared].count(True) == 0
    assert sum(shared for shared, _ in pieces[0]) == sum(shared for shared, _ in pieces[1])


def test_words_are_the_same_as_a_reader_sees_them():
    left, right = mark_shared(
        "She mends 1,000 nets, daily.", "They said: she m\u0435nds one thousand old nets"
    )
    assert left == [(True, "She mends 1,000"), (False, " "), (True, "nets"), (False, ", daily.")]
    assert [text for shared, text in right if shared] == ["she m\u0435nds one thousand", "nets"]
