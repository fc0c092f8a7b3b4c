"""A process that labels and may be killed: `python rater_child.py FILE OUT SETTINGS`, these in JSON."""

import json
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from winnow import llm
from winnow.classifiers import ask


def read(file, columns, rows):
    yield pl.read_parquet(file, columns=columns)[rows]


if __name__ == "__main__":
    llm.BACKOFF_SECONDS = 0.01
    settings = json.loads(sys.argv[3])
    out = Path(sys.argv[2])
    out.mkdir()
    ask.label([Path(sys.argv[1])], out, read=read, **settings | {"prompt": Path(settings["prompt"])})
