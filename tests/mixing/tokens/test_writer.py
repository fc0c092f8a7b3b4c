"""From documents to token files: every id stands where the trace says, in every form."""

import json
import re
import shutil
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from token_corpus import EOS, list_files, make_tokenizer, name, run, write_parts
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.mixing.tokens import writer
from winnow.pipelines.engine.disk.documents import read_batches

FORMS = sorted(writer.FORMS)


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


def test_borders_are_where_pieces_and_padding_end(made):
    _, _, out = made
    for trace in sorted((out / "trace").iterdir()):
        ends = pl.col("begin") + pl.col("length")
        pieces = pl.read_parquet(trace).group_by("place", maintain_order=True).agg(ends)["begin"].to_list()
        rows = pl.read_parquet(out / f"parquet/{trace.name}")["document_ends"].to_list()
        assert rows == [sorted({*each, 64}) for each in pieces]
        index = np.fromfile(out / f"datatrove/{trace.stem}.ds.index", "<u8")
        assert index.tolist() == [64 * i + end for i, each in enumerate(rows) for end in each]


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
        ids = writer.FORMS[form].load(out / form, trace.stem, info)
        assert np.array_equal(ids, np.fromfile(out / f"olmo/{trace.stem}.npy", "<u2")) and len(ids)


def test_no_document_is_in_both_splits(made):
    _, _, out = made
    sides = {}
    for trace in (out / "trace").iterdir():
        sides.setdefault(trace.stem.split("-")[0], set()).update(pl.read_parquet(trace)["id"])
    assert set(sides) == {"train", "validation"} and not sides["train"] & sides["validation"]


@pytest.mark.parametrize("form", ["arrow", "datatrove", "parquet"])
def test_the_card_s_lines_load_a_sample(made, form, monkeypatch):
    """Of the libraries that are installed; the gate `tokens` runs the others."""
    _, _, out = made
    monkeypatch.chdir(out)
    card = (out / "README.md").read_text()
    (code,) = re.findall(rf"## {form}\n\n```python\n(.*?)```", card, re.DOTALL)
    names = {}
    exec(code, names)
    first = np.fromfile(out / "olmo/train-00000.npy", "<u2")[:64]
    assert np.asarray(names["sample"]).tolist() == first.tolist()


def test_an_id_that_is_not_the_text_s_fails_the_run(made, tmp_path, monkeypatch):
    files, tokenizer, out = made
    folder = out.parent
    written = []
    for shard in sorted((folder / "written").iterdir()):
        shutil.copytree(shard, tmp_path / shard.name)
        written += list_files(tmp_path / shard.name)
    path = tmp_path / "bucket=train-00000/datatrove/train-00000.ds"
    ids = np.fromfile(path, "<u2")
    trace = pl.read_parquet(tmp_path / "bucket=train-00000/trace.parquet")
    ids[: trace["length"][0]] += 1
    ids.tofile(path)
    (tmp_path / "files").mkdir()
    with pytest.raises(ValueError, match=rf"datatrove/train-00000: ids 0 .* document {trace['id'][0]}"):
        writer.finish(
            [*written, *files],
            tmp_path / "files",
            read=read_batches,
            order=folder / "ordered",
            tokenizer=tokenizer,
            share=1.0,
        )


def test_forms_that_are_not_known_or_cannot_hold_the_samples_are_refused(made, tmp_path):
    files, tokenizer, _ = made
    with pytest.raises(ValueError, match="formats: megatrn is none of arrow, datatrove, litdata"):
        run(tmp_path / "a", files, tokenizer, write={"formats": ["megatrn"]})
    with pytest.raises(ValueError, match="litdata: its loader of tokens knows samples of one length"):
        run(tmp_path / "b", files, tokenizer, packed={"packing": "documents"}, write={"formats": ["litdata"]})


def test_a_form_that_reads_back_otherwise_fails(made, tmp_path, monkeypatch):
    files, tokenizer, _ = made
    load = writer.FORMS["olmo"].load
    monkeypatch.setattr(writer.FORMS["olmo"], "load", lambda *about: load(*about)[:-1])
    with pytest.raises(
        ValueError, match="olmo: the ids of train-00000 are other ones when they are read back"
    ):
        run(tmp_path, files, tokenizer, write={"formats": ["olmo"]})


def test_a_document_a_row_has_no_padding(made, tmp_path):
    files, tokenizer, _ = made
    forms = [form for form in FORMS if form != "litdata"]
    out = run(tmp_path / "a", files, tokenizer, packed={"packing": "documents"}, write={"formats": forms})
    manifest = json.loads((out / "tokens.json").read_text())
    assert manifest["splits"]["train"]["padding"] == 0
    rows = pl.read_parquet(out / "parquet/train-*.parquet")
    assert rows["document_ends"].list.len().to_list() == [1] * rows.height
    assert rows["input_ids"].list.len().max() == 64 > rows["input_ids"].list.len().min()


def make_words(path, *words):
    """A tokenizer that fails on every other word."""
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path))
    return path


def test_the_run_goes_on_without_a_document_that_the_tokenizer_fails_on(tmp_path):
    texts = ["known word"] * 200 + ["strange", "word"]
    ids = [name(str(number)) for number in range(len(texts))]
    files = [tmp_path / "part-00000.parquet"]
    pl.DataFrame({"id": ids, "source": "web", "text": texts}).write_parquet(files[0])
    tokenizer = make_words(tmp_path / "words.json", "known", "word")
    settings = {"encode": {"eos": "", "max_unknown": 1.0}, "write": {"formats": ["olmo"]}}
    out = run(tmp_path / "a", files, tokenizer, **settings)
    manifest = json.loads((out / "tokens.json").read_text())
    assert manifest["failed_documents"] == 1 and manifest["splits"]["train"]["documents"] == 201
    assert set(pl.read_parquet(out / "trace/*.parquet")["id"]) == {*ids[:200], ids[201]}
    less = make_words(tmp_path / "less.json", "word")
    (tmp_path / "again").mkdir()
    with pytest.raises(
        ValueError, match=r"train-00000: the tokenizer fails now on document .*, which has ids"
    ):
        writer.finish(
            [*list_files(tmp_path / "a/written"), *files],
            tmp_path / "again",
            read=read_batches,
            order=tmp_path / "a/ordered",
            tokenizer=less,
        )


@pytest.mark.parametrize("repeat", ["files", "index"])
def test_the_manifest_tells_the_mix_of_each_phase(made, tmp_path, repeat):
    files, tokenizer, _ = made
    phases = [
        {"name": "main", "tokens": 12_800, "weights": {"web": 1.0}},
        {"name": "end", "tokens": 6_400, "weights": {"web": 0.25, "books": 0.75}},
    ]
    path = tmp_path / "phases.json"
    path.write_text(json.dumps({"phases": phases}))
    plan = {"weights": path, "repeat": repeat, "max_epochs": 20.0}
    out = run(tmp_path / "run", files, tokenizer, plan=plan, write={"formats": ["olmo"]})
    mix = json.loads((out / "tokens.json").read_text())["mix"]
    assert mix["phases"]["main"]["met"] == {"web": 1.0}
    assert abs(mix["phases"]["end"]["met"]["books"] - 0.75) < 0.01
    assert abs(mix["met"]["books"] - 0.25) < 0.01 and abs(mix["aimed_at"]["books"] - 0.25) < 0.001
