"""Ids of documents: those of the tokenizer called by hand, special tokens as said, what is refused."""

import json

import numpy as np
import polars as pl
import pytest
from token_corpus import EOS, make_tokenizer, name
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.mixing.tokens import encoder
from winnow.pipelines.engine.disk.documents import read_batches

TEXTS = [
    "",
    "The river ran on.\n\n  def f(x):\n\treturn x",
    "naïve Straße 日本語のテキスト говорит 👩‍🔬 \u200d e\u0301",
    "word " * 3000,
]


def encode(folder, texts, tokenizer, **settings):
    path = folder / "part-00000.parquet"
    frame = pl.DataFrame({"id": [name(str(i)) for i in range(len(texts))], "source": "web", "text": texts})
    frame.write_parquet(path, row_group_size=2)
    out = folder / f"out{len(list(folder.glob('out*')))}"
    out.mkdir()
    encoder.encode([path], out, read=read_batches, tokenizer=tokenizer, **settings)
    about = json.loads((out / "encoding.json").read_text())
    docs = pl.read_parquet(out / "documents.parquet")
    ids = np.fromfile(out / "ids.bin", f"<u{2 if about['dtype'] == 'uint16' else 4}").tolist()
    return [ids[start : start + count] for start, count in docs.select("start", "tokens").rows()], about, docs


@pytest.mark.parametrize(
    ("settings", "before", "behind"),
    [
        ({}, [], [EOS]),
        ({"eos": ""}, [], []),
        ({"bos": "<s>"}, ["<s>"], [EOS]),
        ({"bos": "<s>", "eos": ""}, ["<s>"], []),
        ({"bos": EOS, "eos": ""}, [EOS], []),  # id 0
    ],
)
def test_ids_are_those_of_the_tokenizer_with_the_special_tokens_that_are_said(
    tmp_path, settings, before, behind, monkeypatch
):
    monkeypatch.setattr(encoder, "BATCH_CHARS", 50)
    path = make_tokenizer(tmp_path / "tokenizer.json", special=[EOS, "<s>"])
    plain = Tokenizer.from_file(str(path))
    found, about, docs = encode(tmp_path, TEXTS, path, **settings)
    around = [[plain.token_to_id(each) for each in names] for names in (before, behind)]
    assert found == [[*around[0], *plain.encode(text).ids, *around[1]] for text in TEXTS]
    assert about["documents"] == 4 and about["tokens"] == sum(map(len, found)) == docs["tokens"].sum()
    assert docs["repeats"].to_list() == [1] * 4 and docs["language"].null_count() == 4


def make_words(path, size):
    tokenizer = Tokenizer(models.WordLevel({f"w{i}": i for i in range(size)}, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path))
    return path


def test_ids_have_the_smallest_type_that_holds_the_vocabulary(tmp_path):
    for size, dtype in ((2**16, "uint16"), (2**16 + 1, "uint32")):
        path = make_words(tmp_path / "large.json", size)
        found, about, _ = encode(tmp_path, [f"w1 w{size - 1}"], path, eos="")
        assert found == [[1, size - 1]] and about["dtype"] == dtype and about["size"] == size


def test_the_file_s_own_template_and_truncation_are_not_used(tmp_path):
    path = make_tokenizer(tmp_path / "tokenizer.json")
    plain = Tokenizer.from_file(str(path))
    plain.enable_truncation(3)
    plain.enable_padding(length=50)
    plain.save(str(path))
    found, _, _ = encode(tmp_path, ["the river ran on to the sea"], path, eos="")
    assert 3 < len(found[0]) < 50


def make_bytes(path, *, fallback=True):
    """A BPE as Llama's: bytes stand for characters that are not known."""
    vocabulary = {"<unk>": 0, **{f"<0x{byte:02X}>": 1 + byte for byte in range(256)}, "a": 257}
    Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>", byte_fallback=fallback)).save(str(path))
    return path


def test_byte_fallback_is_counted_and_what_is_unknown_refused(tmp_path):
    found, about, _ = encode(tmp_path, ["aaé"], make_bytes(tmp_path / "a.json"), eos="")
    assert found == [[257, 257, 1 + 0xC3, 1 + 0xA9]]
    assert about["byte_fallback"] == 2 and about["unknown"] == 0
    path = make_bytes(tmp_path / "b.json", fallback=False)
    with pytest.raises(ValueError, match=r"1 of 3 tokens are unknown to b.json: .* max_unknown"):
        encode(tmp_path, ["aaé"], path, eos="")
    assert encode(tmp_path, ["aaé"], path, eos="", max_unknown=0.5)[1]["unknown"] == 1


def test_a_tokenizer_without_the_token_is_refused_by_name(tmp_path):
    path = make_tokenizer(tmp_path / "tokenizer.json", special=["<s>", "</s>"])
    with pytest.raises(
        ValueError, match=r"eos: tokenizer.json has no token '<\|endoftext\|>'; it has <s>, </s>"
    ):
        encode(tmp_path, TEXTS, path)
    with pytest.raises(ValueError, match=r"bos: .* has no token 'x'; it has no special tokens"):
        encode(tmp_path, TEXTS, make_bytes(tmp_path / "b.json"), bos="x", eos="")
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(ValueError, match=r"no.json is not a tokenizers JSON file"):
        encode(tmp_path, TEXTS, tmp_path / "no.json")


def test_ids_have_the_type_that_is_asked_or_are_refused(tmp_path):
    small = make_tokenizer(tmp_path / "tokenizer.json")
    found, about, _ = encode(tmp_path, TEXTS, small, dtype="uint32")
    assert about["dtype"] == "uint32" and found == encode(tmp_path, TEXTS, small, dtype="uint16")[0]
    large = make_words(tmp_path / "large.json", 2**16 + 1)
    with pytest.raises(
        ValueError, match=r"'uint16': ids of large.json go up to 65,536, and 16 bits hold 65,535"
    ):
        encode(tmp_path, ["w1"], large, eos="", dtype="uint16")


def test_ids_that_no_form_holds_are_refused(tmp_path):
    path = tmp_path / "far.json"
    Tokenizer(models.WordLevel({"a": 0, "b": 1}, unk_token="a")).save(str(path))
    told = json.loads(path.read_text())
    told["model"]["vocab"]["b"] = 2**31  # `save` would look at each id below it
    path.write_text(json.dumps(told))
    with pytest.raises(ValueError, match=r"ids of far.json go up to 2,147,483,648, and token files hold 2,1"):
        encode(tmp_path, ["a"], tmp_path / "far.json", eos="")


def make_failing(path):
    """A tokenizer that fails on each word that it does not know."""
    tokenizer = Tokenizer(models.WordLevel({"known": 0, "word": 1}))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path))
    return path


def test_a_document_that_the_tokenizer_fails_on_costs_itself_and_is_named(tmp_path):
    path = make_failing(tmp_path / "words.json")
    texts = ["known", "known other", "word known"]
    found, about, docs = encode(tmp_path, texts, path, eos="", max_unknown=1.0)
    assert found == [[0], [1, 0]] and docs["id"].to_list() == [name("0"), name("2")]
    assert about["failed"] == 1 and about["documents"] == 2
    (row,) = pl.read_parquet(tmp_path / "out0/failed.parquet").to_dicts()
    assert (row["id"], row["source"], row["characters"]) == (name("1"), "web", 11)
    assert "UNK" in row["error"]
    assert not (encode(tmp_path, texts[:1], path, eos="")[1]["failed"])
    assert not (tmp_path / "out1/failed.parquet").exists()
