"""Gate: what each source's group lets through, beside what its reader brings out; and forwarded mail.

    WINNOW_DATA=... make gate NAME=sources_groups

Runs the groups of `recipes/sources.toml` on its small true files, with all recorded sessions of Reddit and
all true mail in place of theirs. Posts are counted, not threads: one whose thread is dropped is dropped. A
reason is told with the posts that went by it. The probes of mail (`golds/mail_probes.jsonl`) were written by
hand before the reader took what is forwarded; beside the reader's count stands that of Python's own parser.
"""

import email
import json
import subprocess
import sys
from collections import Counter
from email import policy
from pathlib import Path
from typing import Any

import polars as pl
import sources_threads
from figures import Figures

from winnow.ingest.talk import mail
from winnow.pipelines.commands import run

HERE = Path("out/gates/sources_groups")
RECIPE = Path(run.__file__).resolve().parent.parent / "recipes/sources.toml"
LONG = 80  # posts of a long thread
FLOORS = {f"reddit, threads of over {LONG}": 0.9, "stackexchange": 0.95, "mail": 0.75}
PROBES = Path(__file__).parent / "golds/mail_probes.jsonl"


def main() -> None:
    figures = Figures("sources_groups", HERE)
    recipe = write_recipe()
    assert run.execute(recipe, HERE / "out", 0, None, "auto", ()) in (
        0,
        5,
    )  # 5: a source of which nothing stays
    for stage, group in list_groups(recipe).items():
        count(figures, stage, group)
    probe(figures)
    figures.close()


def write_recipe() -> Path:
    data = sources_threads.CACHE.parent
    if not (data / "sources").exists():
        subprocess.run([sys.executable, "-m", "winnow.pipelines.demo.sources", "--", str(data)], check=True)
    (HERE / "posts.jsonl").write_text(
        "".join(json.dumps(post) + "\n" for post in sources_threads.load_posts())
    )
    (HERE / "list.mbox").write_bytes(b"".join(sources_threads.load_messages()))
    text = RECIPE.read_text("utf-8").partition("# ---- duplicates across")[0]
    text = text.replace("data/sources/reddit/*.json", f"{HERE.resolve()}/posts.jsonl")
    text = text.replace("ingest.talk.reddit:recorded", "ingest.talk.reddit:read")
    text = text.replace("data/sources/mail/*.mbox", f"{HERE.resolve()}/list.mbox")
    text = text.replace("stackexchange/*.xml", "stackexchange/*.xml*")
    path = HERE / "recipe.toml"
    path.write_text(text.replace("data/sources/", f"{data.resolve()}/sources/"))
    return path


def list_groups(recipe: Path) -> dict[str, list[str]]:
    """The folders of each entry's stages, by its name."""
    names = [path.parent.name for path in (HERE / "out").glob("*/stage.json")]
    entries = [line.split('"')[1] for line in recipe.read_text().splitlines() if line.startswith("name  = ")]
    return {
        entry: [name for name in names if name == entry or name.startswith(f"{entry}.")] for entry in entries
    }


def read(stages: list[str], below: str) -> pl.DataFrame:
    columns = {"source": pl.String, "step": pl.String, "reason": pl.String, "threads_posts": pl.UInt32}
    files = [
        file for stage in stages for file in sorted((HERE / "out" / stage / below).glob("part-*.parquet"))
    ]
    frames = [pl.read_parquet(file) for file in files]
    return pl.concat(
        [pl.DataFrame(schema=columns)]
        + [
            frame.select(
                (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
                for name, kind in columns.items()
            )
            for frame in frames
        ]
    ).with_columns(posts=pl.col("threads_posts").fill_null(1).cast(pl.Int64))


def count(figures: Figures, stage: str, group: list[str]) -> None:
    """Posts of each source that leave the group, beside those that its reader brought out, and why."""
    kept, dropped = read([stage], "."), read(group, "dropped")
    is_read = dropped["step"].str.contains(r"^ingest\.(?:[\w.]+):(?:read|recorded|threads)$")
    lost = dropped.filter(~is_read, pl.col("reason") != "threads.joined")
    for source in sorted({*kept["source"], *lost["source"]}):
        for name, least in ((source, 0), (f"{source}, threads of over {LONG}", LONG)):
            out = kept.filter(pl.col("source") == source, pl.col("posts") > least)["posts"].sum()
            gone = lost.filter(pl.col("source") == source, pl.col("posts") > least)
            brought = out + gone["posts"].sum()
            if brought:
                reasons: Counter[str] = Counter()
                for reason, posts in gone.select("reason", "posts").iter_rows():
                    reasons[reason] += posts
                told = ", ".join(f"{reason} {posts:,}" for reason, posts in reasons.most_common(6))
                print(f"  {name}: {brought:,} brought out, {out:,} let through; {told}", flush=True)
                figures.add(f"{name}: let through", out / brought, FLOORS.get(name, 0.0))


def probe(figures: Figures) -> None:
    """How many probes bring all their sentences and nothing that is none, and how many the library has."""
    found = library = 0
    probes: list[dict[str, Any]] = [json.loads(line) for line in PROBES.open(encoding="utf-8")]
    for one in probes:
        data = one["message"].encode("latin-1")
        (HERE / "probe.eml").write_bytes(data)
        text = pl.concat(mail.read(str(HERE / "probe.eml")))["text"][0] or ""
        right = all(words in text for words in one["wanted"]) and not any(
            words in text for words in one["unwanted"]
        )
        found += right
        library += all(words in read_with_library(data) for words in one["wanted"])
        if not right:
            print(f"  mail: the probe {one['name']!r} does not come out as it should", flush=True)
    print(f"  mail: {len(probes)} probes; Python's parser has all sentences of {library}", flush=True)
    figures.add("mail: probes right", found / len(probes), 0.95)
    figures.add("mail: probes right, to those of which the library has all", found / library, 1.0)


def read_with_library(data: bytes) -> str:
    texts = []
    for part in email.message_from_bytes(data, policy=policy.default).walk():
        if part.get_content_maintype() == "text":
            try:
                texts.append(part.get_content())
            except (LookupError, ValueError):
                texts.append(str(part.get_payload(decode=True), "utf-8", "replace"))
    return "\n".join(texts)


if __name__ == "__main__":
    main()
