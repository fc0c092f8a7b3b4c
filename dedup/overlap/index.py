"""The arrays of an index of eval items, as they lie on disk and in memory."""

from typing import NamedTuple

from winnow.kernels import F32, I32, I64, U8, U64


class Index(NamedTuple):
    """The arrays of an index. Postings of key g are `offset[g]` to `offset[g + 1]`."""

    key: U64  # sorted
    bucket: I32  # where the keys begin that share their first bits
    offset: I64  # keys + 1
    item: I32  # by posting
    word_index: I32  # by posting: which word of its item
    weight: F32  # by posting
    bits: U64  # the prefilter: two bits by key
    total: F32  # by item: sum of its words' weights
    word_at: I64  # items + 1: the item's words
    word: U64
    rarity: F32  # by word: bits
    kind: U8  # by word
    flag: U8  # by word
    spelt_at: I64  # words + 1
    spelt: I32  # characters
    part_at: I64  # items + 1: the item's parts, the answer first, then choices
    part_word_at: I64  # parts + 1
    part_word: U64
    part_rarity: F32
