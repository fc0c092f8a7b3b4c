"""Readers of origins that are more than one text: plays, logs, novels, recorded threads, web pages."""

import csv
import io
import itertools
import json
import re
import tarfile
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import yaml

from tests.shipped import origin_texts as texts
from winnow.ingest.books import r_packages
from winnow.ingest.io.charset import decode
from winnow.ingest.talk import reddit
from winnow.ingest.wikis import mediawiki

SCHEMA = {"text": pl.String, "label": pl.String, "source": pl.String}


def novels(file: Path) -> Iterator[str]:
    """Chapters of the novels in an R package."""
    for frame in r_packages.read(str(file)):
        yield from _whole(frame)


def encyclopedia(file: Path) -> Iterator[str]:
    """Articles of a MediaWiki dump."""
    for frame in mediawiki.read(str(file)):
        yield from _whole(frame)


def thread(file: Path) -> Iterator[str]:
    """The comments in one recorded session with a forum, if there are three or more and none is an essay."""
    found = pl.concat([frame.select("key", "text", "drop_reason") for frame in reddit.recorded(str(file))])
    kept = found.filter(pl.col("drop_reason").is_null() & pl.col("key").str.contains("t1_"))
    said = kept.filter(pl.col("text").str.len_chars() < 700)["text"].unique(maintain_order=True).to_list()
    if len(said) >= 3:
        yield "\n\n".join(said)


def _whole(frame: pl.DataFrame) -> Iterator[str]:
    kept = frame.filter(pl.col("drop_reason").is_null()) if "drop_reason" in frame.columns else frame
    yield from kept["text"].drop_nulls()


def speeches(file: Path) -> Iterator[str]:
    """Speeches as they were held."""
    yield from (row["text"] for row in csv.DictReader(io.StringIO(decode(texts.read_bytes(file))[0])))


def theorems(file: Path) -> Iterator[str]:
    """What a Metamath database says of its theorems, with the statements and without the packed proofs."""
    source = re.sub(r"\$=.*?\$\.", "$.", decode(texts.read_bytes(file))[0], flags=re.S)
    size = len(source) // 200
    for turn in range(200):
        piece = source[turn * size : turn * size + 2_500]
        yield re.sub(r"[~`] ?|\s*\$[({]\s*|\s*\$[)}]", "\n", piece.partition("\n\n")[2]).replace(
            "\n\n\n", "\n\n"
        )


def play(file: Path) -> Iterator[str]:
    """Three scenes from a play: from its first, second and third quarter."""
    source = decode(texts.read_bytes(file))[0]
    for quarter in (1, 2, 3):
        at = source.find("\n\n", len(source) * quarter // 4)
        yield from texts.cut_windows(source[at : at + 6_000], f"{file.name} {quarter}", most=1)


def channel(file: Path) -> Iterator[str]:
    """Talk on a channel: lines of text, the marks of joins and hosts made short."""
    lines = []
    for line in decode(texts.read_bytes(file))[0].splitlines():
        if said := re.match(r"\[?([\d: \w]+)\]? <([^!>]+)[^>]*> \+?(.*)", line):
            lines.append((said[1], said[2], said[3]))
    for at in range(0, len(lines), 60):
        stamped = texts.hash_to_int(f"{file.name} {at}") % 2
        talk = [
            f"{when} <{who}> {what}" if stamped else f"{who}: {what}"
            for when, who, what in lines[at : at + 60]
        ]
        yield from texts.cut_windows("\n".join(talk), f"{file.name} {at}", most=1)


def chatter(file: Path) -> Iterator[str]:
    """Small talk: turns behind dashes or names, talks parted by blank lines."""
    found = yaml.safe_load(texts.read_bytes(file)).get("conversations", [])
    names = (("- ", "- "), ("A: ", "B: "), ("User: ", "Bot: "), ("", ""))
    for at in range(0, len(found), 12):
        who = names[texts.hash_to_int(f"{file.name} {at}") % len(names)]
        talks = [
            "\n".join(f"{who[i % 2]}{turn}" for i, turn in enumerate(talk)) for talk in found[at : at + 12]
        ]
        yield "\n\n".join(talks)


def game(file: Path) -> Iterator[str]:
    """What the figures of a game say to each other in a scenario."""
    if len(turns := list(_find_messages(file))) >= 4:
        yield "\n".join(f"{who}: {what}" for who, what in turns)


def game_laid_out(file: Path) -> Iterator[str]:
    """The same, in one of the ways in which people lay out talk."""
    if len(turns := list(_find_messages(file))) >= 4:
        yield lay_out(turns, file.name)


def _find_messages(file: Path) -> Iterator[tuple[str, str]]:
    source = decode(texts.read_bytes(file))[0]
    for message in re.findall(r"\[message\](.*?)\[/message\]", source, re.S):
        who = re.search(r"(?:speaker|id|role)=(?:\$?)([\w ']+)", message)
        what = re.search(r'message=\s*_\s*"(.+?)"', message, re.S)
        if who and what:
            yield who[1], " ".join(what[1].split())


def session(file: Path) -> Iterator[str]:
    """Comments in a recorded session with a forum, each behind or under a number for its writer."""
    told: dict[str, str] = {}
    for one in _find_comments(json.loads(texts.read_bytes(file))):
        if 0 < len(one["body"]) < 900:
            told[one["body"].strip()] = str(one.get("author") or one["user"])
    writers = {name: f"user{number}" for number, name in enumerate(dict.fromkeys(told.values()), 1)}
    turns = [(writers[name], body) for body, name in told.items()]
    if len(turns) >= 3 and len(writers) > 1:
        for at in range(0, min(len(turns), 24), 8):
            yield lay_out(turns[at : at + 8], f"{file.name} {at}")


def _find_comments(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, str) and part.startswith(("{", "[")):
        try:
            part = json.loads(part)
        except ValueError:
            return
    if (
        isinstance(part, dict)
        and isinstance(part.get("body"), str)
        and (part.get("author") or part.get("user"))
    ):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _find_comments(each)


def script(file: Path) -> Iterator[str]:
    """What the figures of a visual novel say."""
    if turns := _find_lines(file):
        yield "\n".join(f"{who.title()}: {what}" if who else what for who, what in turns)


def script_laid_out(file: Path) -> Iterator[str]:
    """The same, twice in one of the ways in which people lay out talk."""
    turns = [(who.title() or "Narrator", what) for who, what in _find_lines(file)]
    for at in range(0, len(turns), 25):
        yield lay_out(turns[at : at + 25], f"{file.name} {at}")


def _find_lines(file: Path) -> list[tuple[str, str]]:
    source = decode(texts.read_bytes(file))[0]
    turns = re.findall(r'^\s+(\w+)?(?: \w+)* ?"((?:[^"\\]|\\.)*)"\s*(?:with .*)?$', source, re.M)
    speakers = Counter(who for who, _ in turns)
    return turns if len(turns) > 10 and speakers.most_common(1)[0][1] < 0.7 * len(turns) else []


def lay_out(turns: list[tuple[str, str]], name: str) -> str:
    """Turns of talk, laid out by the name as a script, log, thread, mail or story does."""
    way = texts.hash_to_int(name) % 11
    if way == 10:
        return _quote(turns)
    at = texts.hash_to_int(f"{name} time") % 600
    parts = []
    for number, (who, what) in enumerate(turns):
        clock = f"{(at + number) // 60 + 8:02}:{(at + number) % 60:02}"
        parts.append(
            (
                f"{who}: {what}\n",
                f"{who}: {what}\n\n",
                f"{who.upper()}\n{what}\n\n",
                f"<{who}> {what}\n",
                f"[{clock}] {who}: {what}\n",
                f"\u2014 {what}\n",
                f"\u201c{what}\u201d said {who}.\n\n",
                f"{who}\n{number + 1} hours ago\n{what}\nReply\n\n",
                f"**{who}:** {what}\n\n",
                f"{'QA'[number % 2]}: {what}\n\n",
            )[way]
        )
    return "".join(parts).strip()


def _quote(turns: list[tuple[str, str]]) -> str:
    """A mail that quotes what it answers."""
    parts = []
    for (who, said), (_, answer) in itertools.pairwise(turns):
        parts.append(f"{who} wrote:\n{textwrap.fill(said, 70, initial_indent='> ', subsequent_indent='> ')}")
        parts.append(textwrap.fill(answer, 72))
    return "\n\n".join(parts)


def problems(file: Path, most: int = 80) -> pl.DataFrame:
    """Problems of arithmetic with their solutions, one to four in a document."""
    lines = texts.read_bytes(file).decode().splitlines()
    told = [f"{one['question']}\n{re.sub('<<.*?>>', '', one['answer'])}" for one in map(json.loads, lines)]
    rows = []
    for turn in range(most):
        text = "\n\n".join(told[4 * turn : 4 * turn + turn % 4 + 1])
        rows.append((text, "maths", "gsm8k_train"))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def web(found: pl.DataFrame) -> pl.DataFrame:
    """WCXB's `pages` as documents: articles, threads, lists of things, and what stands around any page."""
    rows = []
    for page in found.iter_rows(named=True):
        kind, name = page["page_type"], page["url"]
        source = f"wcxb/{page['site']}"
        labels = {"article": "prose", "forum": "dialogue", "listing": "listing", "collection": "listing"}
        if kind in labels and page["text"]:
            talk = kind == "forum"  # a thread begins with a post that may be as long as an article
            start = page["text"].find("\n", len(page["text"]) // 3) if talk else 0
            pieces = texts.cut_windows(page["text"][start:], name, most=2 if talk else 1)
            rows += [(piece, labels[kind], source) for piece in pieces]
        if texts.hash_to_int(name) % 3 == 0:
            for around in texts.chrome_of(page["html"]):
                rows += [(piece, "listing", source) for piece in texts.cut_windows(around, name, most=1)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def pages(archive: Path) -> pl.DataFrame:
    """WCXB: url, site, page_type, html, gold (the main text) and text as `ingest.html:extract` gives it."""
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    with tarfile.open(archive) as files:
        for member in files:
            if stream := files.extractfile(member):
                path = Path(member.name)
                found[path.stem][path.suffix] = stream.read()
    rows = []
    for name in sorted(name for name, kept in found.items() if len(kept) == 2):
        about, data = json.loads(found[name][".json"]), found[name][".html"]
        main, url = about["ground_truth"], about.get("url") or f"wcxb:{name}"
        kind = about["_internal"]["page_type"]["primary"]
        rows.append(
            (url, site_of(url), kind, data, main.get("main_content", ""), next(texts.extract([data]), ""))
        )
    return pl.DataFrame(rows, schema=["url", "site", "page_type", "html", "gold", "text"], orient="row")


def site_of(url: str) -> str:
    """The site by the end of its name: two labels, or three where the last but one is short (`co.uk`)."""
    labels = (urlsplit(url).hostname or url).split(".")
    return ".".join(
        labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else labels[-2:]
    )
