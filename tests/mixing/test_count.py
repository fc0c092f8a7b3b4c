import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from winnow.mixing import count

PROSE = "The mix of sources decides what a model learns; count it first.\n\n  Indented line, 12 tokens?\n"


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([PROSE], trainer)
    file = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(file))
    return file


def docs(*texts):
    return pl.DataFrame({"text": texts}, schema={"text": pl.String})


def test_estimate_is_bytes_by_four_rounded_up():
    counted = count.tokens(docs("", "a", "abcd", "abcde", "日本"))
    assert counted["token_count"].to_list() == [0, 1, 1, 2, 2]
    assert counted["token_count"].dtype == pl.Int64


@given(st.lists(st.text(alphabet="ab \n.é", max_size=300), max_size=5))
def test_chunks_give_the_text_back(texts):
    small = pytest.MonkeyPatch()
    with small.context() as patch:
        patch.setattr(count, "CHUNK_CHARS", 7)
        for text in texts:
            chunks = list(count._cut_chunks(text))
            assert "".join(chunks) == text
            assert all(0 < len(chunk) <= 7 for chunk in chunks) or text == ""


@given(text=st.text(alphabet="ab, \n\té1", max_size=400))
def test_chunks_at_line_breaks_do_not_change_the_count(tokenizer_file, text):
    text = text.replace(" ", "x \nz")  # never long without a line break after a visible character
    with pytest.MonkeyPatch.context() as patch:
        whole = count.tokens(docs(text), tokenizer=tokenizer_file)["token_count"].item()
        patch.setattr(count, "CHUNK_CHARS", 25)
        if all("\n" in chunk for chunk in list(count._cut_chunks(text))[1:-1]):
            assert count.tokens(docs(text), tokenizer=tokenizer_file)["token_count"].item() == whole


def test_counts_are_those_of_the_tokenizer(tokenizer_file):
    texts = [PROSE * n for n in (0, 1, 3, 700)]
    assert len(texts[-1]) > count.CHUNK_CHARS
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    expected = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    assert count.tokens(docs(*texts), tokenizer=tokenizer_file)["token_count"].to_list() == expected


def test_the_law_of_shard_steps(tokenizer_file, monkeypatch):
    monkeypatch.setattr(count, "BATCH_CHARS", 50)
    a, b, none = docs(PROSE, "", "x" * 99), docs("y\n" * 80), docs()
    for setting in (None, tokenizer_file):
        both = count.tokens(pl.concat([a, b]), tokenizer=setting)
        assert both.equals(pl.concat([count.tokens(part, tokenizer=setting) for part in (a, none, b)]))


def test_a_file_that_is_no_tokenizer(tmp_path):
    file = tmp_path / "tokenizer.json"
    file.write_text("{}")
    with pytest.raises(ValueError, match="is not a tokenizers JSON file"):
        count.tokens(docs("a"), tokenizer=file)


def test_only_what_is_missing_is_counted(tokenizer_file):
    frame = docs("one two", "three four five", "six").with_columns(token_count=pl.Series([77, None, None]))
    whole = count.tokens(frame, tokenizer=tokenizer_file)["token_count"].to_list()
    found = count.tokens(frame, tokenizer=tokenizer_file, only_missing=True)["token_count"].to_list()
    assert found == [77, *whole[1:]] and whole[0] != 77
    assert count.tokens(frame, only_missing=True)["token_count"].to_list() == [77, 4, 1]
    bare = frame.drop("token_count")
    assert count.tokens(bare, only_missing=True).equals(count.tokens(bare))


def test_by_source_adds_up_over_parts(tmp_path):
    parts = [
        pl.DataFrame({"source": ["web", "code", "web"], "text": ["é", "ab", "c"], "token_count": [1, 6, 2]}),
        pl.DataFrame({"source": ["web"], "text": ["dd"], "token_count": [1]}),
    ]
    files = [tmp_path / f"part-{number:05d}.parquet" for number in range(2)]
    for part, file in zip(parts, files, strict=True):
        part.write_parquet(file)
    count.by_source(files, tmp_path)
    assert json.loads((tmp_path / "counts.json").read_text()) == {
        "code": {"documents": 1, "tokens": 6, "bytes": 2, "natural_weight": 0.6},
        "web": {"documents": 3, "tokens": 4, "bytes": 5, "natural_weight": 0.4},
    }


def test_by_source_refuses_uncounted_and_empty(tmp_path):
    file = tmp_path / "part-00000.parquet"
    schema = {"source": pl.String, "text": pl.String, "token_count": pl.Int64}
    pl.DataFrame({"source": ["web"], "text": ["a"], "token_count": [None]}, schema=schema).write_parquet(file)
    with pytest.raises(ValueError, match="without a token_count"):
        count.by_source([file], tmp_path)
    pl.DataFrame(schema=schema).write_parquet(file)
    with pytest.raises(ValueError, match="no tokens"):
        count.by_source([file], tmp_path)
