"""From documents to token files: every id stands where the trace says, in every form."""

import json
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from token_corpus import EOS, list_files, make_tokenizer, run, write_parts
from tokenizers import Tokenizer

from mixing import token_files

FORMS = sorted(token_files.FORMS)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    files = write_parts(folder)
    tokenizer = make_tokenizer(folder / "tokenizer.json")
    out = run(folder, files, tokenizer, packed={"validation": 0.1}, write={"formats": FORMS})
    return files, tokenizer, out


def read_texts(files):
    return dict(pl.concat([pl.read_parquet(file, columns=["id", "text"]) for file in files]).iter_rows())


def test_every_token_of_every_document_stands_once_where_the_trace_says(made):
    files, path, out = made
    tokenizer = Tokenizer.from_file(str(path))
    eos = tokenizer.token_to_id(EOS)
    found = {}
    for trace in sorted((out / "trace").iterdir()):
        rows = pl.read_parquet(trace)
        ids = np.fromfile(out / f"olmo/{trace.stem}.npy", "<u2").reshape(-1, 64)
        first = rows["place"].min()
        for row in rows.iter_rows(named=True):
            stretch = ids[row["place"] - first, row["begin"] : row["begin"] + row["length"]]
            found.setdefault(row["id"], []).append((row["start"], stretch.tolist()))
    texts = read_texts(files)
    assert set(found) == {id_ for id_, text in texts.items() if text}
    for id_, pieces in found.items():
        pieces.sort()
        assert all(start + len(ids) == later for (start, ids), (later, _) in pairwise(pieces))
        whole = [each for _, ids in pieces for each in ids]
        assert whole == [*tokenizer.encode(texts[id_]).ids, eos]
        assert len(pieces) == -(-len(whole) // 64)


def test_what_is_no_documents_is_padding_and_the_manifest_counts_it(made):
    _, _, out = made
    manifest = json.loads((out / "tokens.json").read_text())
    train = manifest["splits"]["train"]
    assert train["samples"] * 64 == train["tokens"] + train["padding"]
    assert train["padding"] < 0.02 * train["tokens"] and train["cut_that_fit"] == 0
    assert manifest["empty_documents"] == 3
    for slices in ("by_source", "by_language", "by_epoch", "by_documents_of"):
        assert sum(row["tokens"] for row in train[slices].values()) == train["tokens"]
    assert sum(row["read"] for row in train["by_source"].values()) == train["documents"]
    assert {file["path"] for file in manifest["files"]} == {
        str(path.relative_to(out)) for path in list_files(out)
    } - {"tokens.json", "README.md"}
    assert manifest["checked"]["documents"] >= 100 and manifest["checked"]["tokens"] > 0


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_ids(made, form):
    _, _, out = made
    info = json.loads((out / "tokens.json").read_text())["tokenizer"]
    for trace in (out / "trace").iterdir():
        ids = token_files.FORMS[form].load(out / form, trace.stem, info)
        assert np.array_equal(ids, np.fromfile(out / f"olmo/{trace.stem}.npy", "<u2")) and len(ids)


def test_no_document_is_in_both_splits(made):
    _, _, out = made
    sides = {}
    for trace in (out / "trace").iterdir():
        sides.setdefault(trace.stem.split("-")[0], set()).update(pl.read_parquet(trace)["id"])
    assert set(sides) == {"train", "validation"} and not sides["train"] & sides["validation"]
