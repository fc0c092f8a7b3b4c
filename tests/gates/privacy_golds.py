"""Sentences with personal data and texts with keys at known places, made before any output was seen.

* `privacy_held.jsonl`: 1,772 sentences in 19 languages, and traps. Values are Faker's and libphonenumber's
  own: numbers of a region that are valid by its plan, in national and international writing, with dots,
  slashes, hyphens and extensions. Half `chosen` may be looked at, `judged` is only counted: its frames are
  others, and six of its languages are in no other half. What is private or local of IP addresses is
  `IP_PRIVATE`: neither missed nor false.
* `privacy_made.jsonl.xz`: six hundred sentences of each of twenty frames that were only counted, by Faker's
  providers of many countries, not filtered by the checks that our rules use. Of sixty each, as they were
  before, one draw of six fell below the floor for phones (.947 of .95) and the best had .970.
* `privacy_ids.jsonl`: country, a sentence that names its identity number, and whether the number is one:
  each true one is followed by one with a digit changed, which the check digit must tell.
* `privacy_keys.jsonl.gz`: ten made keys of each of 46 kinds, random in the forms that their issuers
  publish, and, of kind `example`, what is published as an example or is none: kind, text, and the secret in
  it.
"""

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

GOLDS = Path(__file__).parent / "golds"
Spans = list[tuple[str, int, int]]


def read(name: str) -> list[Any]:
    """The rows of a file."""
    unpack = {".gz": gzip.decompress, ".xz": lzma.decompress}.get(Path(name).suffix, bytes)
    return [json.loads(line) for line in unpack((GOLDS / name).read_bytes()).decode().split("\n") if line]


def read_labelled(half: str) -> list[tuple[str, Spans]]:
    """Text and spans (kind, start, end in characters) of the sentences `chosen`, `judged` or `made`."""
    rows = read("privacy_made.jsonl.xz" if half == "made" else "privacy_held.jsonl")
    return [(text, [tuple(span) for span in spans]) for whose, text, spans in rows if whose == half]
