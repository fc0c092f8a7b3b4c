"""Files that settings name are loaded before any data: what is wrong is told once, with the line."""

import inspect
import os
import typing
from pathlib import Path

import fasttext
import numpy as np
import polars as pl
import pytest

from winnow.dedup import contamination, ledger
from winnow.pipelines.commands import check, run
from winnow.pipelines.spec import address, damage, recipe, schema

GARBAGE = b"\xff\xfe\x00\x01 no file of any kind \x80\x00" * 20


def loaders():
    """All steps by document and their settings that are paths."""
    for use, kind, function in address.find_steps():
        hints = typing.get_type_hints(function)
        for option in address.options(function) if kind == "shard" else ():
            if hints[option.name] is Path or Path in typing.get_args(hints[option.name]):
                yield pytest.param(function, option.name, id=f"{use}-{option.name}")


@pytest.fixture
def apply(tmp_path):
    def apply(function, name, path):
        required = [o.name for o in address.options(function) if o.default is inspect.Parameter.empty]
        others = dict.fromkeys(set(required) - {name}, tmp_path / "ledger")
        ledger.write(pl.DataFrame(schema=ledger.SCHEMA), tmp_path / "ledger")
        return function(pl.DataFrame(schema=schema.DOCUMENT), **{**others, name: path})

    (tmp_path / "ledger").mkdir()
    return apply


@pytest.mark.parametrize("function, name", list(loaders()))
@pytest.mark.parametrize("how", ["garbage", "missing", "in a folder"])
def test_a_step_refuses_a_bad_file_also_on_no_documents(tmp_path, apply, function, name, how):
    path = tmp_path / "bad"
    if how == "garbage":
        path.write_bytes(GARBAGE)
    if how == "in a folder":
        path.mkdir()
        for inside in ("model.bin", "ledger.parquet", "lines.parquet", "spans.parquet", "key.npy", "x.gz"):
            (path / inside).write_bytes(GARBAGE)
    with pytest.raises((ValueError, OSError, pl.exceptions.PolarsError)):
        apply(function, name, path)


@pytest.fixture
def model(tmp_path):
    (tmp_path / "train.txt").write_text("__label__en one two\n__label__de eins zwei\n" * 20)
    trained = fasttext.train_supervised(str(tmp_path / "train.txt"), thread=1, verbose=0, dim=2, bucket=9)
    trained.save_model(str(tmp_path / "model.bin"))
    return tmp_path / "model.bin"


def refuse(make_recipe, tmp_path, step, message):
    """The run is refused before a part, with the recipe's line."""
    stages = f'[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [\n  {step},\n]\n'
    path = make_recipe({"a.txt": "one two"}, stages)
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if step in text)
    for attempt in (
        lambda: run.execute(path, tmp_path / "out", 0, None, "auto", ()),
        lambda: list(check.describe_run(path, tmp_path / "out", ())),
    ):
        with pytest.raises(recipe.RecipeError, match=message) as caught:
            attempt()
        assert str(caught.value).startswith(f"{path}:{line}: ")
    assert not (tmp_path / "out/kept").exists()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.99])
def test_a_model_that_is_cut(make_recipe, tmp_path, model, share):
    model.write_bytes(model.read_bytes()[: int(model.stat().st_size * share)])
    step = f'{{ use = "classifiers.language:identify", model = "{model}" }}'
    refuse(make_recipe, tmp_path, step, r"identify: model: '.*model\.bin' .* again; mend it, or name another")


@pytest.mark.parametrize(
    "name, data, step, message",
    [
        (
            "bad.txt",
            "Bär".encode("latin-1"),
            "filters.badwords:block words",
            r"bad\.txt, line 1: not in UTF-8",
        ),
        ("t.tsv", b"language\tmin_score\n", "filters.fineweb2:keep table", "not a table of the columns"),
        ("index/format.json", b'{"format": 5}', "dedup.contamination:check index", r"key\.npy"),
        ("index/format.json", b'{"format": 3}', "dedup.contamination:check index", "make it again with"),
        (
            "index/format.json",
            b"{",
            "dedup.contamination:check index",
            r"format\.json in it: .*no whole json",
        ),
        ("old/ledger.parquet", b"PAR1", "dedup.minhash:remove clusters", "no whole parquet file"),
        ("old/other.txt", b"", "dedup.minhash:remove clusters", r"no ledger\.parquet in this folder"),
        ("tokens.json", b"{}", "mixing.count:tokens tokenizer", "is not a tokenizers JSON file"),
        ("hosts.gz", b"\x1f\x8b", "filters.urls:block urls", "not a whole gzip file"),
    ],
)
def test_lists_tables_and_indexes(make_recipe, tmp_path, name, data, step, message):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    use, setting = step.split()
    named = path if path.parent == tmp_path else path.parent
    refuse(make_recipe, tmp_path, f'{{ use = "{use}", {setting} = "{named}" }}', message)


def test_an_index_that_is_cut(make_recipe, tmp_path):
    item = {"eval": "e", "item": "1", "question": "Why does bread rise slowly in winter?", "answer": "yeast"}
    pl.DataFrame([item]).write_parquet(tmp_path / "items.parquet")
    index = tmp_path / "index"
    index.mkdir()
    contamination.index([tmp_path / "items.parquet"], index)
    key = max(index.glob("*.npy"), key=lambda file: file.stat().st_size)
    assert np.load(key).size
    key.write_bytes(key.read_bytes()[:-3])
    refuse(
        make_recipe, tmp_path, f'{{ use = "dedup.contamination:check", index = "{index}" }}', "size|length"
    )


def test_a_file_that_kills_what_loads_it(make_recipe, tmp_path):
    (tmp_path / "names").write_text("killer")
    step = f'{{ use = "toy:name_list", names = "{tmp_path}/names" }}'
    refuse(make_recipe, tmp_path, step, r"names: .* the step killed its process \(signal 11\)")


def test_what_cannot_be_read(make_recipe, tmp_path, monkeypatch):
    path = tmp_path / "names"
    path.write_text("fine")
    if os.geteuid():
        path.chmod(0)
        assert "cannot be read: Permission denied" in str(damage.find_damage(path))
    path.chmod(0o600)
    assert damage.find_damage(path) is None
    assert damage.find_damage(tmp_path / "no") == "there is no such file"


def test_a_column_of_the_stage_alone_and_a_stage_as_a_setting_are_left_to_the_first_part(
    make_recipe, tmp_path
):
    (tmp_path / "names").write_text("column")
    stages = f"""
[[stage]]
name = "read"
after = "lines"
steps = [ {{ use = "toy:shout" }} ]
[[stage]]
name = "kept"
after = "lines"
steps = [ {{ use = "toy:name_list", names = "stage:read", last = "{tmp_path}/names" }} ]
[[stage]]
name = "other"
after = "lines"
steps = [ {{ use = "toy:name_list", names = "{tmp_path}/names", last = "stage:read" }} ]
"""
    path = make_recipe({"a.txt": "one two"}, stages)
    assert len(list(check.describe_run(path, tmp_path / "out", ()))) > 2
