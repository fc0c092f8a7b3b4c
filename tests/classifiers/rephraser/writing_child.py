"""A process that has documents said anew and may be killed: `python writing_child.py FILE OUT SETTINGS`."""

import json
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from winnow import llm
from winnow.classifiers import rephrase


def read(file, columns, rows=None):
    frame = pl.read_parquet(file, columns=columns)
    yield frame if rows is None else frame[rows]


if __name__ == "__main__":
    llm.BACKOFF_SECONDS = 0.01
    settings = json.loads(sys.argv[3])
    out = Path(sys.argv[2])
    out.mkdir(exist_ok=True)
    settings["prompts"] = Path(settings["prompts"])
    rephrase.write([Path(sys.argv[1])], out, read=read, **settings)
