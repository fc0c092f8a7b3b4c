"""A tokenizer trained on documents: of the size that was asked, the same each time, and nothing is lost."""

import polars as pl
import pytest
from token_corpus import write_parts
from tokenizers import Tokenizer

from winnow.mixing.tokens import tokenizer
from winnow.pipelines.engine.disk.documents import read_batches


def train(folder, files, name, **settings):
    (folder / name).mkdir()
    tokenizer.train(files, folder / name, read=read_batches, **settings)
    return folder / name / "tokenizer.json"


def test_texts_are_what_their_ids_decode_to(tmp_path):
    files = write_parts(tmp_path)
    path = train(tmp_path, files, "a", vocabulary=300)
    assert path.read_bytes() == train(tmp_path, files[::-1], "b", vocabulary=300).read_bytes()
    trained = Tokenizer.from_file(str(path))
    assert trained.get_vocab_size() == 300 and trained.token_to_id("<|endoftext|>") == 0
    for text in [*pl.read_parquet(files[0])["text"], "ไทย \x00 never seen"]:
        ids = trained.encode(text).ids
        assert trained.decode(ids, skip_special_tokens=False) == text
    assert len(trained.encode("the river ran on").ids) < 12


def test_a_share_of_the_documents_is_drawn_where_there_is_too_much(tmp_path, monkeypatch):
    files = write_parts(tmp_path)
    size = sum(pl.read_parquet(file)["text"].str.len_bytes().sum() for file in files)
    drawn = {}
    for seed in (1, 2):
        drawn[seed] = list(tokenizer._draw_texts(files, read_batches, 0.3, seed))
        assert 0.15 * 180 < len(drawn[seed]) < 0.45 * 180
    assert drawn[1] != drawn[2]
    assert train(tmp_path, files, "a", vocabulary=300, max_bytes=size // 3).exists()


def test_what_cannot_be_trained_is_said(tmp_path):
    files = write_parts(tmp_path)
    with pytest.raises(ValueError, match="vocabulary = 256 has no room for 256 bytes and 1 special tokens"):
        train(tmp_path, files, "a", vocabulary=256)
    with pytest.raises(ValueError, match="no text to train a tokenizer on"):
        train(tmp_path, [], "b")
