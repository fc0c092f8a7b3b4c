"""`hf://` addresses against a local server that speaks the Hub's protocol, in a process of its own: where the
Hub is stands in the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import hub
import pytest

PROGRAM = """
import json, sys
from winnow.ingest import corpora
from winnow.pipelines.engine.parts import listing
found = {}
try:
    files, _ = listing._expand("hf://datasets/owner/name/data/*.jsonl")
    found["files"] = [(file.uri, file.size, file.state) for file in files]
    found["rows"] = [sum(frame.height for frame in corpora.read(file.uri)) for file in files]
    found["range"] = sum(frame.height for frame in corpora.read(files[0].uri, start=600_000, stop=600_100))
    list(corpora.read("hf://datasets/owner/name/data/none.jsonl"))
except FileNotFoundError as error:
    found["error"] = str(error)
print(json.dumps(found))
"""
LINES = b"".join(b'{"text": "%d"}\n' % n for n in range(500_000))
FILES = {"data/a.jsonl": LINES, "data/b.jsonl": LINES[:150], "data/c.jsonl": LINES[:14], "README.md": b"x"}
TOKEN = "hf_" + "s" * 30


def run(home: Path, **env: str) -> tuple[dict[str, Any], list[str], str]:
    with hub.serve(FILES, token=TOKEN if "private" in env else None) as (url, asked):
        here = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
        given = {
            **here,
            **env,
            "HF_ENDPOINT": url,
            "HF_HOME": str(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=given, capture_output=True, text=True, check=True
        )
    return json.loads(done.stdout.splitlines()[-1]), asked, done.stdout + done.stderr


def test_files_are_listed_page_by_page_and_read_by_range(tmp_path: Path) -> None:
    found, asked, _ = run(tmp_path)
    uris = [f"hf://datasets/owner/name/{name}" for name in sorted(FILES) if name.startswith("data")]
    assert [file[:2] for file in found["files"]] == [
        [uri, len(FILES[uri.removeprefix("hf://datasets/owner/name/")])] for uri in uris
    ]
    assert len({state for _, _, state in found["files"]}) == 3  # what changes with a file's content
    assert found["rows"] == [500_000, 11, 1] and 0 < found["range"] < 20
    assert "none.jsonl: no such file" in found["error"]
    ranges = [line for line in asked if "resolve" in line]
    assert ranges and all("bytes=" in line for line in ranges)
    assert sum("tree" in line and "data" in line for line in asked) >= 2


@pytest.mark.parametrize("given", [True, False])
def test_a_private_set_is_read_with_the_token_of_the_environment_which_nobody_sees(
    given: bool, tmp_path: Path
) -> None:
    found, _, printed = run(tmp_path, private="1", **({"HF_TOKEN": TOKEN} if given else {}))
    assert ("rows" in found) is given and TOKEN not in printed
    if not given:
        assert "private" in found["error"]
