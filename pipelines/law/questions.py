"""The questions of a datasheet, shortened (Gebru et al. 2021, Datasheets for Datasets, arXiv:1803.09010)."""

import tomllib
from pathlib import Path

QUESTIONS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
ASKED = [key for section in QUESTIONS.values() for key in section]
