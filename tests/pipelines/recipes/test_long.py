"""`long.toml`: long documents that hang together stay, and length has its share in the token files."""

import json
import random
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from winnow.pipelines.commands import run

RECIPE = Path(run.__file__).resolve().parent.parent / "recipes/long.toml"
HELP = [text for _, text in sorted(topics.items()) if len(text) > 500]
NAMES = [f"{a}{b}{c}" for a in "BDFGKL" for b in "aeiou" for c in "mnrst"]
WIDE = 4000  # bytes a long document has at least, in this test


def write_tokenizer(path: Path) -> None:
    """Bytes are tokens."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    path.parent.mkdir(parents=True)
    tokenizer.save(str(path))


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    write_tokenizer(folder / "data/evals/tokenizer.json")
    code = folder / "data/code"
    code.mkdir()
    random.seed(1)
    whole = "\n".join(HELP)
    for k in range(24):  # long: names of the language come again
        start = k * len(whole) // 30
        (code / f"whole{k:02}.py").write_text(whole[start : start + WIDE + 40 * k])
    for k in range(3):
        (code / f"glued{k}.py").write_text("no name recurs in these words of mine " * 300)
        (code / f"table{k}.py").write_text("\n".join(NAMES * 20))  # they recur, and say no more
    for k, text in enumerate(HELP[:30]):
        (code / f"short{k:02}.py").write_text(text[: WIDE // 4])
    recipe = RECIPE.read_text().replace("[8192]", f"[{WIDE}]").replace("window = 8192", "window = 512")
    group = 'use   = "groups/long.toml"\n'
    assert group in recipe
    (folder / "long.toml").write_text(
        recipe.replace(group, f"{group}min_tokens = {WIDE}\nfar_words = 100\nmin_far_names = 1.0\n")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run.execute(folder / "long.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


def test_long_documents_stay_where_their_names_recur_and_in_the_middle(out):
    gone = pl.concat([pl.read_parquet(file) for file in out.glob("long*/dropped/*.parquet")], how="diagonal")
    reasons = dict(gone.select(pl.col("uri").str.extract(r"(\w+)\.py$"), "reason").iter_rows())
    assert {name: why for name, why in reasons.items() if name.startswith("glued")} == {
        f"glued{k}": "long.few_far_names" for k in range(3)
    }
    assert {why for name, why in reasons.items() if name.startswith("table")} == {"long.below_band"}
    assert not [name for name in reasons if name.startswith("short")]
    assert set(reasons.values()) == {"long.few_far_names", "long.below_band"}
    bands = json.loads((out / "long.bands/all/bands.json").read_text())
    assert bands["code"]["documents"] == 27  # what was dropped for its names has no say
    long = pl.read_parquet(out / "long/part-*.parquet").filter(pl.col("token_count") >= WIDE)
    assert long["long_gzip_ratio"].min() >= bands["code"]["min"]
    assert long["long_gzip_ratio"].max() > bands["code"]["max"]  # that edge drops where it is asked to


def test_length_has_its_share_in_the_token_files(out):
    said = json.loads((out / "files/all/tokens.json").read_text())
    tokens = {name: row["tokens"] for name, row in said["splits"]["train"]["by_source"].items()}
    assert set(tokens) == {"code/0", "code/1"}
    samples = said["splits"]["train"]["samples"]
    assert tokens["code/1"] / sum(tokens.values()) == pytest.approx(0.34, abs=1 / samples)
