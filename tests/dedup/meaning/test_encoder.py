"""Vectors of what texts mean."""

import numpy as np

from winnow.dedup.meaning import encoder


def test_the_same_in_another_language_is_nearer_than_another_thing():
    ours, german, other = encoder.encode(
        [
            "How many apples does the farmer sell in a week?",
            "Wie viele Äpfel verkauft der Bauer in einer Woche?",
            "The treaty was signed by both parties after the war.",
        ]
    )
    assert np.isclose(np.linalg.norm(ours), 1, atol=1e-3)
    assert ours @ german > 0.7 > 0.4 > ours @ other


def test_no_text_no_vector_and_batches_make_no_difference():
    assert encoder.encode([]).shape == (0, encoder.SIZE)
    texts = [f"Sentence number {k} says something." for k in range(encoder.BATCH + 3)]
    found = encoder.encode(texts)
    assert np.allclose(found[-3:], encoder.encode(texts[-3:]), atol=1e-4)
