"""What opt-outs cost: documents, tokens and bytes that each signal and agent disallows, by source."""

from collections.abc import Iterable

import polars as pl

from winnow.markdown import draw_table

BYTES_PER_TOKEN = 4  # of what nobody counted
TABLE = {
    "source": pl.String(),
    "policy": pl.String(),
    "signal": pl.String(),
    "agent": pl.String(),
    "documents": pl.Int64(),
    "tokens": pl.Int64(),
    "bytes": pl.Int64(),
}
ALL = "all"  # documents that were judged
ANY_SIGNAL, ANY_AGENT = "any signal", "any agent"
STATE = "state"  # rows that count documents by how robots.txt was answered, which stands for the agent
SIGNALS = ("robots", "content_usage", "content_signal", "noai", "tdm", "ai_txt", "noimageai")
_SIZES = ("documents", "tokens", "bytes")
_ENTRY = pl.List(pl.Struct({"signal": pl.String(), "value": pl.String(), "agents": pl.List(pl.String())}))


def count_batch(docs: pl.DataFrame) -> pl.DataFrame:
    """The rows of a batch that `filters.optouts:judge` judged: lost by a signal to an agent, and in all."""
    size = pl.col("text").str.len_bytes().cast(pl.Int64)
    tokens = pl.col("token_count") if "token_count" in docs.columns else pl.lit(None, pl.Int64)
    rest = pl.exclude("text", "token_count")
    rows = docs.select(
        rest,
        documents=pl.lit(1, pl.Int64),
        tokens=pl.coalesce(tokens.cast(pl.Int64), (size + BYTES_PER_TOKEN - 1) // BYTES_PER_TOKEN),
        bytes=size,
    )
    lost = [_name(rows, "as judged", ALL, ALL)]
    for policy, column in (("as judged", "disallowed"), ("fetch", "by_fetch"), ("latest", "by_latest")):
        lost.append(_name(rows.filter(pl.col(f"optouts_{column}") > 0), policy, ANY_SIGNAL, ANY_AGENT))
    for column in (name for name in rows.columns if name.startswith("optouts_agent_")):
        agent = column.removeprefix("optouts_agent_")
        lost.append(_name(rows.filter(pl.col(column) > 0), "as judged", ANY_SIGNAL, agent))
    for signal in SIGNALS:
        lost.append(_name(rows.filter(pl.col(f"optouts_{signal}") > 0), "as judged", signal, ANY_AGENT))
    if "optouts_state" in rows.columns:
        state = rows.select("source", *_SIZES, agent="optouts_state").drop_nulls("agent")
        lost.append(state.with_columns(policy=pl.lit("as judged"), signal=pl.lit(STATE)).select(list(TABLE)))
    lost.append(_count_evidence(rows))
    return add(lost)


def _name(rows: pl.DataFrame, policy: str, signal: str, agent: str) -> pl.DataFrame:
    named = {"policy": pl.lit(policy), "signal": pl.lit(signal), "agent": pl.lit(agent)}
    return rows.select("source", *_SIZES, **named).select(list(TABLE))


def _count_evidence(rows: pl.DataFrame) -> pl.DataFrame:
    """A row for each signal and agent that the evidence of a document says is disallowed."""
    asked = [
        name.removeprefix("optouts_agent_") for name in rows.columns if name.startswith("optouts_agent_")
    ]
    true = [pl.when(pl.col(f"optouts_{name}") > 0).then(pl.lit(name)) for name in SIGNALS]
    said = rows.select("source", *_SIZES, true=pl.concat_list(true), entry=pl.col("optouts_evidence"))
    said = said.with_row_index("row").drop_nulls("entry")
    said = said.with_columns(pl.col("entry").str.json_decode(_ENTRY)).explode("entry").unnest("entry")
    said = said.filter(pl.col("value") == "disallowed", pl.col("signal").is_in(pl.col("true"))).explode(
        "agents"
    )
    plain = pl.col("agents").str.replace_all(r"[^a-z0-9]+", "_")
    agent = pl.when(pl.col("agents") == "*").then(pl.lit("any")).otherwise(plain)
    said = said.with_columns(agent=agent).filter(pl.col("agent").is_in(asked))
    said = said.unique(["row", "signal", "agent"], maintain_order=True)
    return said.select("source", *_SIZES, "signal", "agent", policy=pl.lit("as judged")).select(list(TABLE))


def add(tables: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The sums of rows of the same name."""
    rows = pl.concat([pl.DataFrame(schema=TABLE), *tables])
    keys = ("source", "policy", "signal", "agent")
    return rows.group_by(keys).agg(pl.col(*_SIZES).sum()).sort(keys)


def write_page(rows: pl.DataFrame) -> str:
    """The table of all sources as Markdown: by policy, signal and agent, with the share of tokens."""
    whole = rows.group_by("policy", "signal", "agent").agg(pl.col(*_SIZES).sum())
    judged = whole.filter(pl.col("signal") == ALL)["tokens"].sum() or 1
    heads = ["policy", "signal", "agent", "documents", "tokens", "of all tokens"]
    cells = (
        [policy, signal, agent, f"{documents:,}", f"{tokens:,}", f"{100 * tokens / judged:.2f}%"]
        for policy, signal, agent, documents, tokens in whole.sort("policy", "signal", "agent")
        .select("policy", "signal", "agent", "documents", "tokens")
        .iter_rows()
    )
    return "\n".join(draw_table(heads, cells, right=3)) + "\n"
