"""A run whose stage can be replayed: what the threshold explorer is tested on."""

from pathlib import Path

import pytest
from test_replay import READ, STAGE, TEXTS

from winnow.pipelines.commands import run

CALM = {name: text.replace("poison", "potion").replace("erase", "raise") for name, text in TEXTS.items()}


def judged(
    folder: Path, words: int = 2, marks: int = 1, texts: dict[str, str] = TEXTS, after: str = "read"
) -> Path:
    """A run of the toy stage with these thresholds."""
    inputs = folder / "in"
    inputs.mkdir(parents=True)
    for name, text in texts.items():
        (inputs / name).write_text(text)
    source = f'name = "lines"\nuris = ["{inputs}/*.txt"]\npart_bytes = 1\nread = {{ use = "toy:read" }}\n'
    stage = STAGE.format(key="replayable = true\nmay_be_empty = true", after=after, words=words)
    stage = stage.replace('"toy:quiet"', f'"toy:quiet", max_marks = {marks}')
    stage = stage.replace(" ]", ', { use = "mixing.count:tokens", only_missing = true } ]')
    path = folder / "recipe.toml"
    path.write_text(f'name = "toy"\nmax_failed = 1.0\n[[source]]\n{source}{READ}{stage}')
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        patch.setenv("WINNOW_STEPS", str(Path(__file__).parent))
        assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"
