"""Documents of known type from sources that no shipped model was trained on: what the quality gate judges by.

As `tests.shipped.origins` fetches and reads them, from other packages. What cannot be had is said.
"""

import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from tests.shipped import origin_talk as talk
from tests.shipped import origin_texts as texts
from tests.shipped.more_origins import MORE
from tests.shipped.origins import SCHEMA, TRAIN, Origin, take
from tests.shipped.types import clean
from winnow.ingest.io.charset import decode
from winnow.pipelines.demo.archives import FetchError


def brown(file: Path) -> Iterator[str]:
    """A sample of the Brown corpus without its tags."""
    text = re.sub(r"(\S+)/[^\s/]+", r"\1", decode(texts.read_bytes(file))[0])
    text = re.sub(r"\n\s*\n+", "\n\n", re.sub(r"[ \t]+", " ", text)).replace("``", '"').replace("''", '"')
    sentences = [line.strip() for line in text.split("\n\n") if line.strip()]
    turns = [" ".join(sentences[at : at + 5]) for at in range(0, len(sentences), 5)]
    yield re.sub(r" ([.,;:?!)])", r"\1", "\n\n".join(turns))


def verses(file: Path) -> Iterator[str]:
    """A book in paragraphs, the lines of each joined."""
    text = decode(texts.read_bytes(file))[0]
    yield re.sub(r"(?<!\n)\n(?!\n)", " ", text)


def essays(file: Path) -> Iterator[str]:
    """Mails that quote nobody and are no list's digest: what somebody wrote."""
    subject, body = texts.mail(file)
    lines = body.splitlines()
    quoted = sum(line.lstrip().startswith((">", "|")) for line in lines)
    if not quoted and len(re.findall(r"https?://", body)) < 6 and len(body) > 900:
        yield f"{subject}\n\n{body}"


def replies(file: Path) -> Iterator[str]:
    """Mails in which what others said is quoted and answered."""
    body = texts.mail(file)[1]
    lines = [line for line in body.splitlines() if line.strip()]
    quoted = sum(line.lstrip().startswith(">") for line in lines)
    answers = len(re.findall(r"^>.*\n\s*\n?[^>\s]", body, re.M))
    if answers >= 2 and 0.2 < quoted / len(lines) < 0.8:
        yield body


def comments(file: Path) -> Iterator[str]:
    """Comments under an issue, in a recorded session: who, and what was said."""
    turns = []
    for line in decode(texts.read_bytes(file))[0].splitlines():
        if line.startswith("[{") and '"body"' in line:
            turns += [one for one in json.loads(line) if isinstance(one.get("body"), str)]
    said = {
        f"{one['user']['login']}: {one['body'].strip()}"
        for one in turns
        if one.get("user") and 0 < len(one["body"]) < 700
    }
    if len(said) >= 3:
        yield "\n\n".join(sorted(said, key=lambda text: texts.hash_to_int(text)))


def table_of_r(file: Path) -> Iterator[str]:
    """Tables of R's data sets, in an archive within the package."""
    found = {}
    with tarfile.open(file) as archive:
        for member in archive:
            if re.search(r"/(?!\._)[^/]+\.csv$", member.name) and (stream := archive.extractfile(member)):
                found[member.name] = stream.read(20_000).decode("utf-8", "replace")
    for name in sorted(found, key=texts.hash_to_int):
        yield from texts.laid_out(found[name], name)


def read_origins() -> Iterator[Origin]:
    """The sources of `golds/quality_origins.tsv`; a reader is a function here, of `texts` or of `talk`."""
    lines = (Path(__file__).parent / "golds/quality_origins.tsv").read_text().splitlines()
    for line in lines[1:]:
        label, registry, name, files, reader, most = line.split("\t")
        module, _, function = reader.rpartition(".")
        place = {"texts": vars(texts), "talk": vars(talk), "": globals()}[module]
        yield Origin(label, registry, name, files, place[function], int(most))


HELD_OUT = tuple(read_origins())


def held_out(folder: Path) -> pl.DataFrame:
    """Text, label and source of the held-out documents, one text once; what is absent is said."""
    assert not {origin.name for origin in HELD_OUT} & {origin.name for origin in (*TRAIN, *MORE)}
    parts = [pl.DataFrame(schema=SCHEMA)]
    for origin in HELD_OUT:
        try:
            parts.append(take((origin,), folder))
        except FetchError as error:
            print(f"absent: {error}")
    return clean(pl.concat(parts))
