import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.mixing.proxy import streams
from winnow.pipelines.engine.disk.documents import read_batches


@pytest.fixture(scope="module")
def tokenizer():
    return streams.train_vocabulary(["the mix of the sources, the mix <end>"] * 3, 300)


@given(text=st.text(max_size=60))
def test_every_text_encodes_without_loss_and_without_END(tokenizer, text):
    ids = streams.encode([text], tokenizer)[0]
    assert streams.END not in ids
    assert streams.measure_tokens(tokenizer)[ids].sum() == len(text.encode())
    assert tokenizer.decode([int(i) - 1 for i in ids]) == text


def test_a_text_that_spells_the_end_token_is_only_text(tokenizer):
    stream = streams.join_stream(["<end>", "b"], tokenizer)
    assert [i for i, token in enumerate(stream) if token == streams.END] == [0, len(stream) - 2]


def write(folder, sources):
    """Two parts, with the documents of all sources spread over both."""
    rows = [
        {"id": f"{source}-{i}", "source": source, "text": text}
        for source, texts in sources.items()
        for i, text in enumerate(texts)
    ]
    files = [folder / "part-00000.parquet", folder / "part-00001.parquet"]
    for number, file in enumerate(files):
        pl.DataFrame(rows[number::2]).write_parquet(file)
    return files


def test_pieces_fill_their_budgets_and_never_share_text(tmp_path):
    sources = {
        "long": ["".join(chr(97 + (i * i + j) % 26) for i in range(60_000)) + str(j) for j in range(2)],
        "short": [f"document number {i} é" for i in range(200)],
        "one": ["a single short document"],
    }
    chosen = streams.draw_pieces(
        write(tmp_path, sources), read_batches, train_bytes=1500, held_out_bytes=300, seed=1
    )
    sizes = chosen.group_by("source", "held_out").agg(pl.col("text").str.len_bytes().sum(), n=pl.len())
    short = {row[1]: row for row in sizes.rows() if row[0] == "short"}
    assert 1500 <= short[False][2] < 1550 and 300 <= short[True][2] < 350
    assert chosen.filter(pl.col("source") == "one").rows() == [("one", False, "a single short document")]
    assert chosen["text"].n_unique() == len(chosen)
    assert chosen["text"].str.len_chars().max() == streams.PIECE_CHARS
    long = "".join(sources["long"])
    assert all(text in long for text in chosen.filter(pl.col("source") == "long")["text"])
    assert set(chosen.filter(pl.col("source") == "short")["text"]) <= set(sources["short"])


def test_all_of_a_source_is_found_again_where_the_budget_allows(tmp_path):
    text = "".join(chr(0x4E00 + i % 5000) for i in range(40_000))
    chosen = streams.draw_pieces(write(tmp_path, {"a": [text, "", "b" * 10]}), read_batches, 10**6, 0, seed=0)
    assert sorted(chosen["text"].str.len_chars()) == [10, 40_000 - 2 * 16_384, 16_384, 16_384]
    assert "".join(sorted(chosen["text"].to_list(), key=text.find)[1:]) == text


def test_pieces_do_not_depend_on_the_parts(tmp_path):
    sources = {"a": [f"text {i}" for i in range(50)], "b": [f"other {i}" for i in range(30)]}
    files = write(tmp_path, sources)
    one = tmp_path / "one.parquet"
    pl.concat([pl.read_parquet(file) for file in files]).sort("id", descending=True).write_parquet(one)
    assert streams.draw_pieces(files, read_batches, 200, 50, 7).equals(
        streams.draw_pieces([one], read_batches, 200, 50, 7)
    )
    assert not streams.draw_pieces(files, read_batches, 200, 50, 7).equals(
        streams.draw_pieces(files, read_batches, 200, 50, 8)
    )


def test_the_vocabulary_has_the_size_asked_for():
    texts = [" ".join(map(str, np.arange(3000)))]
    assert streams.train_vocabulary(texts, 400).get_vocab_size() == 399


def test_an_id_in_two_sources_gives_each_its_own_text(tmp_path):
    file = tmp_path / "part-00000.parquet"
    rows = [("a", "after", "short"), ("a", "before", "short and cut"), ("b", "before", "another one")] * 2
    pl.DataFrame(rows, schema=["id", "source", "text"], orient="row").write_parquet(file, row_group_size=4)
    chosen = streams.draw_pieces([file], read_batches, train_bytes=10**6, held_out_bytes=0, seed=1)
    found = chosen.group_by("source").agg(pl.col("text").sort()).sort("source")
    assert found["text"].to_list() == [["short"] * 2, ["another one"] * 2 + ["short and cut"] * 2]
