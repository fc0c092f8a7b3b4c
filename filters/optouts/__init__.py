"""May it be used to train? What sites, servers and pages say, by agent and by date, with the evidence.

`answers`, `gather` (by part) -> `merge` (by bucket) make a table of the captures of robots.txt, ai.txt and
tdmrep.json out of a crawl's own; `judge` says what holds of each page, `keep` drops by a policy, `count` (by
part) and `total` say what each signal and agent costs. Precedence: `docs/optouts.md`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from winnow.files import find_files
from winnow.filters.optouts import captures as store
from winnow.filters.optouts import costs, sites, verdicts
from winnow.filters.optouts.rules import ANY, name_agents
from winnow.filters.optouts.signals import NO, OLDER, YES
from winnow.filters.optouts.verdicts import SIGNALS, VALUES, Policy, count_no
from winnow.filters.verdict import judge as judge_verdicts
from winnow.filters.verdict import judge_by_rules
from winnow.shuffle import open_writer

TELLS = {
    "measure": "optouts",
    "heeds": {
        "keep": {
            "drop_robots": "robots",
            "drop_content_usage": "content_usage",
            "drop_content_signal": "content_signal",
            "drop_noai": "noai",
            "drop_tdm": "tdm",
            "drop_ai_txt": "ai_txt",
            "drop_noimageai": "noimageai",
        }
    },
    "as_of": {"judge": "as_of"},
    "files": {"optouts": "optouts.parquet"},
    "evidence": "optouts_evidence",
}

# Crawlers and tokens for the training of models; those that fetch for a search or a user are not among them.
AGENTS = [
    *(ANY, "AI2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot", "Claude-Web"),
    *("ClaudeBot", "cohere-ai", "Diffbot", "FacebookBot", "Google-Extended", "GPTBot", "meta-externalagent"),
    *("omgili", "PerplexityBot", "Timpibot"),
]
RULES = (
    *((f"optouts.{name}", f"optouts_{name}", f"drop_{name}") for name in (*SIGNALS, "noimageai")),
    ("optouts.unknown", "optouts_unknown", "drop_unknown"),
)
_COUNTS = (*SIGNALS, "noimageai", "disallowed", "allowed", "unknown", "by_fetch", "by_latest")
_TEXTS = ("optouts_state", "optouts_tdm_state", "optouts_evidence")
Value = Literal["allowed", "unknown", "disallowed"]


def answers(
    docs: Annotated[pl.DataFrame, "url", "text", "robots_status?"],
) -> Annotated[pl.DataFrame, {"optouts_answer": pl.String()}]:
    """Say how a site answered (`optouts_answer`: found, missing, refused, unreachable, moved, unparsable).

    Dropped: `optouts.no_answer`, what is neither of `ingest.robots:read` nor named robots.txt, ai.txt or
    tdmrep.json: it is no capture, and `gather` would pass it over.
    """
    answer, named = sites.describe(docs)
    return judge_verdicts(docs.with_columns(optouts_answer=answer), {}, [(~named, "optouts.no_answer")])


def gather(
    files: Annotated[Sequence[Path], "url", "date", "text", "robots_status?", "robots_location?"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, store.TABLE]:
    """Write the captures of robots.txt, ai.txt and tdmrep.json to the shuffle (`winnow.shuffle`). By part.

    They are documents of `ingest.robots:read`, or of any reader that gives `url` and `date`: of these the
    files named so, found (status 200) where no `robots_status` says otherwise. Of each the first 500 KiB.
    Columns: `key`, `url`, `at` (seconds since 1970), `status`, `location` (where it was moved to), `text`.
    """
    columns = ["url", "date", "text", "robots_status", "robots_location"]
    found = [pl.DataFrame(schema=store.TABLE)]
    found += [store.take(batch) for file in files for batch in read(file, columns)]
    with open_writer(out, "key") as write:
        write(store.condense(pl.concat(found)))


def merge(
    files: Annotated[Sequence[Path], store.TABLE],
    out: Path,
    *,
    read_bucket: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, store.TABLE]:
    """Write the captures of a bucket to `captures.arrow`, by URL and date. Run by bucket, behind `gather`.

    Of captures that follow each other and say the same the first stands.
    """
    rows = pl.concat([frame for file in files for frame in read_bucket(file)])
    store.write(store.condense(rows), out / store.FILE)


def _name_place(settings: Mapping[str, Any]) -> list[str]:
    """`url` with `captures`, and `date` where it is by the date of the page; else `preferences`."""
    if not settings["captures"]:
        return ["preferences?"]
    return ["url?", "date?"] if settings["as_of"] == verdicts.FETCH else ["url?"]


def _name_signals(settings: Mapping[str, Any]) -> dict[str, pl.DataType]:
    """`optouts_agent_<agent>` of each of `agents` (`*`: `any`)."""
    return {name_agent(agent): pl.Int64() for agent in settings["agents"]}


def name_agent(agent: str) -> str:
    """The column of an agent."""
    name = "any" if agent == ANY else re.sub(r"[^a-z0-9]+", "_", agent.strip().lower())
    return f"optouts_agent_{name}"


def judge(
    docs: Annotated[pl.DataFrame, _name_place],
    *,
    captures: Path | None = None,
    as_of: str = "fetch",
    agents: list[str] = AGENTS,
    older_labels: list[str] = list(OLDER),  # noqa: B006 - never changed
    missing: Value = "unknown",
    unreachable: Value = "unknown",
    unparsable: Value = "unknown",
) -> Annotated[
    pl.DataFrame,
    tuple(f"optouts_{name}" for name in _COUNTS),
    dict.fromkeys(_TEXTS, pl.String()),
    _name_signals,
]:
    """Say whether each page may be used to train a model, for each of `agents`, and why; drops nothing.

    `captures` is the folder that `merge` wrote; without it pages and servers alone are heard, in the column
    `preferences`, which is read where it is there. The capture
    that counts is the last one at the page's `date` (`as_of = "fetch"`), the last of all (`"latest"`), or the
    last at a date (`"2025-01-31"`). `missing`, `unreachable` and `unparsable` are what it means where
    robots.txt was answered with 4xx, with 5xx, or with what holds no line of a robots.txt. `older_labels`:
    labels of other drafts of aipref, of which a `n` is meant for training.

    Signals: `optouts_agent_<agent>` (1 disallowed, -1 allowed, 0 unknown: any disallow wins, else any allow);
    how many agents are `optouts_disallowed`, `optouts_allowed`, `optouts_unknown`; how many each signal
    disallows (`optouts_robots`, `_content_usage`, `_content_signal`, `_noai`, `_tdm`, `_ai_txt`, and
    `_noimageai`, which says nothing of text); how many were disallowed as of the fetch (`optouts_by_fetch`)
    and as of the latest captures (`optouts_by_latest`). `optouts_state` is of robots.txt: found, missing
    (404, 410), refused (other 4xx), unreachable (5xx), moved (to where no capture is), unparsable,
    no_capture, before_first, no_date, no_url; `optouts_tdm_state` of tdmrep.json. `optouts_evidence` is JSON:
    a list of `signal`, `value`, `agents`, `date`, `text`, and `url` and `line`, or `in` and `name` of a
    header or meta. Raises ValueError where `as_of` is no date, or lies before all captures.
    """
    absent = {
        sites.MISSING: VALUES[missing],
        sites.REFUSED: VALUES[missing],
        sites.UNREACHABLE: VALUES[unreachable],
        sites.UNPARSABLE: VALUES[unparsable],
    }
    policy = Policy(name_agents(agents), tuple(older_labels), absent)
    table = store.load(find_files(captures, store.FILE)) if captures else None
    found = verdicts.judge(docs, table, verdicts.find_limit(as_of, table), policy)
    asked = [policy.agents.names.index(agent.strip().lower()) for agent in agents]
    said = {name: count_no(value, asked) for name, value in found["signals"].items()}
    said |= {name: count_no(found[name], asked) for name in ("by_fetch", "by_latest")}
    total = np.ascontiguousarray(found["agents"][:, asked].T, np.int64)
    said |= {"disallowed": (total == NO).sum(axis=0), "allowed": (total == YES).sum(axis=0)}
    said["unknown"] = len(asked) - said["disallowed"] - said["allowed"]
    none = np.zeros(docs.height, np.int64)
    columns = [pl.Series(f"optouts_{name}", said.get(name, none)) for name in _COUNTS]
    columns += [pl.Series(name_agent(agent), total[k]) for k, agent in enumerate(agents)]
    return docs.with_columns(*columns, *(found[name[8:]].alias(name) for name in _TEXTS))


def keep(
    docs: Annotated[pl.DataFrame, tuple(signal for _, signal, _ in RULES)],
    *,
    drop_robots: bool = True,
    drop_content_usage: bool = True,
    drop_content_signal: bool = True,
    drop_noai: bool = True,
    drop_tdm: bool = True,
    drop_ai_txt: bool = True,
    drop_noimageai: bool = False,
    drop_unknown: bool = False,
) -> pl.DataFrame:
    """Drop what `judge` found to be disallowed to any of its agents, by the signals that are true.

    Reasons: `optouts.robots` and so on, the first in the order of the settings; `optouts.unknown` where
    `drop_unknown` asks that every agent is allowed.
    """
    signals = {signal: docs[signal].to_numpy() for _, signal, _ in RULES}
    return judge_by_rules(docs, signals, RULES, locals())


def count(
    files: Annotated[Sequence[Path], "source", "text", "optouts_evidence", "optouts_disallowed"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, costs.TABLE]:
    """Write what the documents that `judge` saw would lose, to `bucket=0.parquet`. Run by part.

    Columns: `source`, `policy` (`as judged`, `fetch`, `latest`), `signal`, `agent`, and the `documents`,
    `tokens` and `bytes` that it disallows. A document is in the row of every signal and agent that disallows
    it, once in that of `any signal` and `any agent`; `all` and `all` is what was judged, and the signal
    `state` has it by `optouts_state`, in the place of the agent. Tokens that nobody counted are bytes / 4.
    """
    found = []
    for file in files:
        names = [name for name in pq.read_schema(file).names if name.startswith("optouts_")]
        found += [costs.count_batch(batch) for batch in read(file, ["source", "token_count", "text", *names])]
    costs.add(found).write_parquet(out / "bucket=0.parquet")


def total(files: Annotated[Sequence[Path], costs.TABLE], out: Path) -> Annotated[None, costs.TABLE]:
    """Write the sums of what `count` wrote: `optouts.parquet`, `.json`, and for people `optouts.md`."""
    rows = costs.add([pl.read_parquet(file, glob=False, hive_partitioning=False) for file in files])
    rows.write_parquet(out / "optouts.parquet")
    everything = rows.with_columns(source=pl.lit(""))
    text = json.dumps(
        {"rows": costs.add([everything]).drop("source").to_dicts(), "by_source": rows.to_dicts()}
    )
    (out / "optouts.json").write_text(text, encoding="utf-8")
    (out / "optouts.md").write_text(costs.write_page(rows), encoding="utf-8")
