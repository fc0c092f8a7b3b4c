"""A run with all that a report tells: what is dropped, what fails, what lies beside."""

from pathlib import Path

import pytest
from parsed import HOSTILE

from winnow.pipelines.commands import run

STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "mixing.count:tokens" }, { use = "toy:shout" }, { use = "toy:short", min_words = 2 } ]

[[stage]]
name = "beside"
may_be_empty = true
after = "read"
steps = [ { use = "toy:short", min_words = 30 } ]

[[stage]]
name = "count"
after = "beside"
steps = [ { use = "toy:total" } ]

[[stage]]
name = "again"
after = "read"
steps = [ { use = "toy:short", min_words = 4 } ]
"""
TEXTS = {
    "a.txt": f"one two three\nword\nDROP this line\nFAIL {HOSTILE}\nfour poison five\n{HOSTILE}\n",
    "b.txt": "\n".join(f"line number {i} of" + " many" * (i % 7) for i in range(40)),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """One run for all tests that only look at it, or at a copy."""
    folder = tmp_path_factory.mktemp("run")
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    source = f'name = "lines"\nuris = ["{folder}/*.txt"]\npart_bytes = 1\nread = {{ use = "toy:read" }}\n'
    (folder / "recipe.toml").write_text(f'name = "toy"\nmax_failed = 1.0\n[[source]]\n{source}{STAGES}')
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent.parent))
        patch.setenv("WINNOW_STEPS", str(Path(__file__).parent.parent))
        assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"
