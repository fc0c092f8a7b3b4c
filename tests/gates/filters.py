"""Gate: our decisions beside datatrove's own filters on real pages. `make gate NAME=filters`.

Pages come from Debian's packages by apt (`pages.py`; kept in data/cache), and from scrapinghub where
WINNOW_DATA names the data. Environment: SHARE (1) of the pages. Writes out/gates/filters.json, and into
out/gates/filters/ the table (`table.md`) and each difference with its class (`differences.parquet`).

A rule's figure is over HTML pages in scripts with spaces: elsewhere datatrove's English tokenizer takes a
clause for a word and we take a letter. Those pages, other texts and edited pages are in the table.
"""

import multiprocessing
import os
import resource
from pathlib import Path

import classes
import edits
import links
import pages
import polars as pl
import verdicts
from figures import Figures

CACHE, OUT = Path("data/cache"), Path("out/gates/filters")
SHARE = float(os.environ.get("SHARE", "1"))
NO_SPACES = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
MAX_NO_SPACES_RATIO = 0.02
GROUPS = ("pages", "pages without spaces", "other texts", "edited pages")
SETS = ("gopher", "repetition", "c4", "c4.any_line_end", "fineweb")
INFORMATION = ("language.with_our_guard",)


def gathered() -> tuple[pl.DataFrame, list[str]]:
    """All texts (`id`, `source`, `text`, `group`), and what could not be had."""
    html, missing = pages.html_pages(CACHE, SHARE)
    apart = pl.col("text").str.count_matches(NO_SPACES) > MAX_NO_SPACES_RATIO * pl.col("text").str.len_chars()
    html = html.with_columns(group=pl.when(apart).then(pl.lit(GROUPS[1])).otherwise(pl.lit(GROUPS[0])))
    other = pages.other_texts(CACHE).with_columns(group=pl.lit(GROUPS[2]))
    other = other.filter(pl.int_range(pl.len()).over("source") < 1000 * SHARE)
    plain = html.filter(pl.col("group") == GROUPS[0], pl.col("source").is_in(edits.SOURCES))
    edited = edits.edited(plain, max(1, round(60 * SHARE))).with_columns(group=pl.lit(GROUPS[3]))
    return pl.concat([html, other, edited]), missing


def judged(docs: pl.DataFrame) -> pl.DataFrame:
    """The verdicts of both sides, from two processes."""
    parts = [docs[i : i + 100] for i in range(0, len(docs), 100)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return pl.concat(pool.imap(verdicts.of, parts)).with_columns(docs["group"])


def rows_of(found: pl.DataFrame) -> pl.DataFrame:
    """A row for each rule and group: the texts, how many each side drops, and the share that agrees."""
    rows = []
    for probe in verdicts.probes():
        ours, theirs = pl.col(f"{probe.name}|ours"), pl.col(f"{probe.name}|theirs")
        for name, reason in _names(probe.name):
            a, b = (ours.eq_missing(reason), theirs.eq_missing(reason)) if reason else (ours, theirs)
            drops = (a, b) if reason else (a.is_not_null(), b.is_not_null())
            counted = found.group_by("group").agg(
                pl.len().alias("texts"),
                drops[0].sum().alias("ours"),
                drops[1].sum().alias("theirs"),
                (drops[0] & drops[1]).sum().alias("both"),
                (drops[0] == drops[1]).mean().alias("kept_or_dropped"),
                a.eq_missing(b).mean().alias("reason"),
            )
            rows.append(counted.select(pl.lit(name).alias("rule"), pl.all()))
    return pl.concat(rows)


def _names(probe: str) -> list[tuple[str, str | None]]:
    """The rows of a probe, with the reason where it has several."""
    if probe != "gopher.symbols":
        return [(probe, None)]
    return [(f"gopher.{reason}", reason) for reason in ("too_many_hashes", "too_many_ellipses")]


def report(figures: Figures, table: pl.DataFrame, differences: pl.DataFrame) -> None:
    shares = []
    for row in table.filter(pl.col("group") == GROUPS[0]).iter_rows(named=True):
        rewrites = row["rule"].startswith("c4.lines") or row["rule"] == "language.any"
        if row["rule"] in INFORMATION:
            print(f"{row['rule']} {row['kept_or_dropped']:.4f} (for information)")
            continue
        floor = 0.995 if row["rule"].startswith("language") else 0.99
        if not rewrites:
            figures.add(f"{row['rule']}.kept_or_dropped", round(row["kept_or_dropped"], 4), floor)
            shares.append(row["kept_or_dropped"])
        if rewrites or row["rule"] in SETS:
            what = {"language.any": "language"}.get(row["rule"], "text" if rewrites else "reason")
            figures.add(f"{row['rule']}.{what}", round(row["reason"], 4), floor)
            shares.append(row["reason"])
    figures.add("average", round(sum(shares) / len(shares), 4), 0.995)
    seen = table.group_by("rule", maintain_order=True).agg(pl.col("theirs").sum())
    never = [rule for rule, count in seen.iter_rows() if not count]
    figures.add("reasons_never_seen", len(never), 0, most=True)
    print("never seen:", ", ".join(never) or "none")
    figures.add(
        "differences_without_a_name", len(differences.filter(pl.col("class") == "unnamed")), 0, most=True
    )


def url_lists(figures: Figures) -> None:
    """URLs in lower case and without `www.`, as lists are written; and as they stand, for information."""
    written = links.found(CACHE, round(20_000 * SHARE))
    lower = sorted({link.lower().replace("://www.", "://") for link in written}, key=pages.order)
    for name, urls in (("as_written", written), ("urls", lower)):
        folder = OUT / name
        folder.mkdir()
        rows = list(links.verdicts(urls, folder))
        same = sum((ours is None) == (theirs is None) for _, ours, theirs in rows) / len(rows)
        reason = sum(ours == theirs for _, ours, theirs in rows) / len(rows)
        if name == "urls":
            figures.add("urls.kept_or_dropped", round(same, 4), 0.99)
            figures.add("urls.reason", round(reason, 4), 0.99)
        else:
            print(f"{len(rows)} URLs as written: {same:.4f} {reason:.4f} (for information)")


def write(table: pl.DataFrame, differences: pl.DataFrame, docs: pl.DataFrame) -> None:
    """The table, the differences by class and the mix, for people."""
    differences.join(docs, on="id").write_parquet(OUT / "differences.parquet")
    by_class = differences.join(docs.select("id", "group"), on="id").group_by("probe", "group", "class").len()
    mix = docs.group_by("group", "source").agg(
        texts=pl.len(), megabytes=pl.col("text").str.len_bytes().sum() / 1e6
    )
    with (
        (OUT / "table.md").open("w") as file,
        pl.Config(
            tbl_formatting="ASCII_MARKDOWN",
            tbl_hide_column_data_types=True,
            tbl_hide_dataframe_shape=True,
            tbl_rows=-1,
            fmt_str_lengths=80,
            float_precision=4,
        ),
    ):
        for group in GROUPS:
            print(f"\n## {group}\n\n{table.filter(pl.col('group') == group).drop('group')}", file=file)
        print(f"\n## differences\n\n{by_class.sort('probe', 'group', 'class')}", file=file)
        print(f"\n## mix\n\n{mix.sort('group', 'source')}", file=file)


def main() -> None:
    figures = Figures("filters", OUT)
    docs, missing = gathered()
    for line in missing:
        print(f"left out: {line}", flush=True)
    for (group,), some in docs.group_by("group", maintain_order=True):
        megabytes = sum(map(len, some["text"].cast(pl.Binary))) / 1e6
        print(f"{group}: {len(some)} texts, {megabytes:.1f} MB", flush=True)
    web = docs.filter(pl.col("group").is_in(GROUPS[:2]))
    figures.add("html_pages", len(web), round(20_000 * SHARE))
    figures.add("pages_with_spaces", len(web.filter(pl.col("group") == GROUPS[0])), round(20_000 * SHARE))
    found = judged(docs)
    found.write_parquet(OUT / "verdicts.parquet")
    table, differences = rows_of(found), classes.all_of(docs, found)
    report(figures, table, differences)
    url_lists(figures)
    write(table, differences, docs)
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in spent)
    figures.add("cpu_minutes_of_two_cores", round(cpu / 120, 1), 12, most=True)
    print(f"table and differences: {OUT}")
    figures.close()


if __name__ == "__main__":
    main()
