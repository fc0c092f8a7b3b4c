"""The arrays of an index of eval items, as they lie on disk and in memory."""

from typing import NamedTuple

from winnow.kernels import F32, I8, I32, I64, U8, U64


class Index(NamedTuple):
    """The arrays of an index. Postings of key g are `offset[g]` to `offset[g + 1]`."""

    key: U64  # sorted
    bucket: I32  # where the keys begin that share their first bits
    offset: I32  # keys + 1
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
    run_at: I32  # keys + 1: where the key is a run of a text
    run_text: I32
    run_word: I32  # its first word within the text
    run_bits: F32
    text_item: I32  # by text: whose it is
    text_kind: I32
    text_bits: F32  # of its runs
    text_words: I32
    letter: I8  # by item: which choice is right, -1 for none
    window: U64  # letters of items in a row, sorted
    window_item: I32  # the first of them
