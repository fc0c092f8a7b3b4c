"""Ids by distinct pieces are those of the tokenizer; where they might not be, it is said why."""

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from token_corpus import EOS, TEXT
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from winnow.mixing.packing import pretokens
from winnow.mixing.packing.pretokens import GPT2, Pieces, Rule, judge

LLAMA = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = LLAMA.replace("{1,3}", "")
ADDED = [
    AddedToken("  ", normalized=True),
    AddedToken("    ", normalized=True),
    AddedToken("e\u0301t", normalized=True),
    AddedToken("r<|", normalized=True),  # where `<|im` follows, that is found first
    AddedToken("<|im", normalized=False),
    AddedToken("<|im_end|>", normalized=False, special=True),
]


def make(pattern: str, composed: bool) -> Tokenizer:
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=not pattern)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = level
    if pattern:
        cut = pre_tokenizers.Split(Regex(pattern), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([cut, level])
    if composed:
        tokenizer.normalizer = normalizers.NFC()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=500, special_tokens=[EOS], show_progress=False, initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator([TEXT * 3, "été \r\n\n 't's 2024 了が\u3000" * 3], trainer)
    tokenizer.add_tokens(ADDED)
    return tokenizer


def load(tokenizer: Tokenizer) -> Pieces:
    said = json.loads(tokenizer.to_str())
    rule = judge(said)
    assert isinstance(rule, Rule)
    return Pieces(tokenizer, said, rule)


MADE = {
    (name, composed): load(make(pattern, composed))
    for name, pattern in (("gpt2", ""), ("split", GPT2), ("llama", LLAMA), ("qwen", QWEN))
    for composed in (False, True)
}
SHARDS = [
    *" \t\n\r\u00a0\u0085\u3000\u200b\u2028\x00\x1c'\u2019sStTdmM_$€9٣Ⅷ½ßéǆ日語が한ㅎ한",
    *"क😀\u200d\ufeff\U0001d400\U0010ffff",
    *(
        "'\u017f",
        "'ll",
        "'RE",
        "'ve",
        "e\u0301",
        "e\u0301t",
        "か\u3099",
        "क\u093c",
        "\u0958",
        "\u212b",
        "\u1e9b\u0323",
    ),
    *("  ", "   ", "\r\n", "...", "<|", "<|im", "<|im_end|>", EOS, " the", "river", "def f(x):\n", "2024"),
]
texts = st.lists(st.one_of(st.sampled_from(SHARDS), st.text(max_size=4)), max_size=14).map("".join)


@pytest.mark.parametrize("which", MADE)
@given(found=st.lists(texts, max_size=6))
@example(found=["", "", "a"])
@example(found=["river<|im river<|i", "a\t the", "a\n\r\t river\n the", "a's the'S"])
def test_ids_are_those_of_the_tokenizer(which, found):
    pieces = MADE[which]
    ids, lengths, _ = pieces.encode(pl.Series(found, dtype=pl.String))
    meant = [pieces.whole.encode(text, add_special_tokens=False).ids for text in found]
    assert [each.tolist() for each in np.split(ids, np.cumsum(lengths)[:-1])][: len(found)] == meant


def test_ids_are_those_of_the_tokenizer_for_every_character():
    """Of each character between others, by the tokenizer's own tables of characters."""
    points = [*range(0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE0200)]
    for pieces in (MADE["gpt2", True], MADE["llama", False]):
        found = [
            " a" + "".join(f"{chr(p)}a1 {chr(p)}" for p in points[i : i + 500])
            for i in range(0, len(points), 500)
        ]
        ids, lengths, _ = pieces.encode(pl.Series(found))
        for text, each in zip(found, np.split(ids, np.cumsum(lengths)[:-1]), strict=True):
            assert each.tolist() == pieces.whole.encode(text, add_special_tokens=False).ids


def test_a_table_that_is_full_begins_anew(monkeypatch):
    rows = [f"{i} {i * 7919 % 1000} the <|im river {'x' * (i % 90)}" for i in range(300)]
    plain = make("", False)
    meant = [plain.encode(text, add_special_tokens=False).ids for text in rows]
    for setting, size in (("ENTRIES", 16), ("BYTES", 64), ("NEW", 3), ("ROOM", 5)):
        monkeypatch.setattr(pretokens, setting, size)
        pieces = load(plain)
        for _ in range(2):
            ids, lengths, _ = pieces.encode(pl.Series(rows))
            assert [each.tolist() for each in np.split(ids, np.cumsum(lengths)[:-1])] == meant


def test_texts_that_the_normalizer_changes_are_encoded_whole_and_counted():
    frame = pl.Series(["a", "e\u0301", "é", "\u0301"])
    assert MADE["gpt2", True].encode(frame)[2] == 1
    assert MADE["gpt2", False].encode(frame)[2] == 0
    assert frame.to_list() == ["a", "e\u0301", "é", "\u0301"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"normalizer": {"type": "Lowercase"}}, "its normalizer is Lowercase"),
        ({"model": {"type": "Unigram"}}, "its model is Unigram, not BPE"),
        ({"model": {"type": "BPE", "dropout": 0.1}}, "dropout"),
        ({"pre_tokenizer": None}, "pre-tokenizer is None"),
        ({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}}, "pre-tokenizer is ByteLevel"),
        (
            {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}},
            "does not cut",
        ),
        (
            {"added_tokens": [{"content": "<m>", "single_word": False, "lstrip": True, "rstrip": False}]},
            "its added token '<m>'",
        ),
    ],
)
def test_a_tokenizer_of_which_it_is_not_known_is_named_with_the_reason(change, why):
    said = json.loads(make("", False).to_str())
    assert judge(said) == Rule(0, False)
    assert why in judge({**said, **change})
    pattern = json.loads(make(LLAMA.replace("{1,3}", "{1,2}"), True).to_str())
    assert judge(pattern) == Rule(2, True)
    other = json.loads(make(LLAMA.replace("'ll|", ""), True).to_str())
    assert "pattern is none that is known" in judge(other)
