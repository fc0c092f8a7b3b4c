"""Sentences as packed vectors, and how those of two documents match."""

import numpy as np

from winnow.dedup.meaning import encoder, sentences


def test_sentences_match_in_any_order_and_only_as_far_as_they_go():
    a, b, c = np.eye(3, dtype=np.float32)
    assert sentences.compare(np.array([a, b]), np.array([b, a])) == (1, 1)
    assert sentences.compare(np.array([a]), np.array([a, c])) == (0.75, 1)
    assert sentences.compare(np.array([a, b]), np.array([c])) == (0, 0)


def test_short_sentences_are_left_out_and_chinese_ones_count_by_bytes():
    packed = sentences.pack_sentences(
        [
            "So. The ferry leaves at noon from here.",
            "No.",
            "\u8fd9\u91cc\u7684\u6e21\u8f6e\u4e2d\u5348\u51fa\u53d1\u3002" * 2,
        ]
    )
    assert [len(each) // encoder.SIZE for each in packed] == [1, 1, 2]
