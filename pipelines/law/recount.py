"""Lines of Python that count a figure again from the files of a run, for whoever does not believe ours.

They run in the folder of the run. `docs` are the documents in the shards, each once; `rows` the same
documents in the stages that were exported, with the source of the recipe that each is from.
"""

import json

from winnow.pipelines.law.counts import DAY, HOST, Corpus


def read_docs(corpus: Corpus) -> str:
    """`docs`."""
    return f"docs = pl.scan_parquet('{corpus.shards.name}/all/data/*.parquet').filter(pl.col('epoch') == 0)"


def read_rows(corpus: Corpus) -> list[str]:
    """`rows`, with `recipe_source` and `text_bytes`."""
    names = corpus.raw_names
    lines = [
        "import glob, re",
        "owner = dict(pl.read_parquet('parts.parquet').select('part', 'source').iter_rows())",
        f"files = [f for s in {corpus.shards.upstream!r} for f in sorted(glob.glob(s + '/part-*.parquet'))]",
        "def scan(f): return pl.scan_parquet(f).with_columns(recipe_source=pl.lit("
        "owner[int(re.search(r'part-(\\d+)', f)[1])]))",
        "rows = pl.concat([scan(f) for f in files], how='diagonal_relaxed')",
    ]
    if "repeats" in names:
        lines.append("rows = rows.filter(pl.col('repeats').fill_null(1) > 0)")
    if "text" in names:
        here = "pl.col('text').str.len_bytes()"
        size = f"pl.coalesce('text_bytes', {here})" if "text_bytes" in names else here
        lines.append(f"rows = rows.with_columns(text_bytes={size})")
    return lines


def sum_by(corpus: Corpus, table: str, size: str, *names: str) -> str:
    """`found`: documents, tokens and bytes by columns."""
    keys = ", ".join(repr(name) for name in names)
    tokens = "tokens=pl.col('token_count').sum(), " if corpus.counted else ""
    descending = [True, *(False for _ in names)]
    return (
        f"found = {table}.group_by({keys}).agg(documents=pl.len(), {tokens}bytes={size}.sum())"
        f".sort('bytes', {keys}, descending={descending}, nulls_last=True).collect()"
    )


def only(table: str, names: list[str]) -> str:
    """A table without the documents of other sources of the recipe."""
    return f"{table} = {table}.filter(pl.col('recipe_source').is_in({names!r}))"


def find_days(table: str, *names: str) -> str:
    """`days`: the first and the last day of `date`, by columns."""
    keys = ", ".join(repr(name) for name in names)
    return (
        f"day = pl.col('date').str.extract(r'{DAY}')\n"
        f"days = {table}.group_by({keys}).agg(first=day.min(), last=day.max(), dated=day.count())"
        f".sort({keys}).collect()"
    )


def find_domains(corpus: Corpus) -> list[str]:
    """`domains`: registered domains with documents, tokens and bytes, those without URL left out."""
    sums = "pl.len().alias('documents'), pl.col('text_bytes').sum().alias('bytes')"
    again = "pl.col('documents').sum(), pl.col('bytes').sum()"
    if corpus.counted:
        sums = f"{sums}, pl.col('token_count').sum().alias('tokens')"
        again = "pl.col('documents').sum(), pl.col('tokens').sum(), pl.col('bytes').sum()"
    return [
        "from tldextract import TLDExtract",
        f"host = pl.col('url').str.extract(r'{HOST}').str.to_lowercase().alias('host')",
        f"hosts = rows.group_by(host).agg({sums}).drop_nulls('host').collect()",
        "extract = TLDExtract(suffix_list_urls=(), cache_dir=None)",
        "named = [extract(h).top_domain_under_public_suffix or h for h in hosts['host']]",
        "named = pl.Series('domain', named, pl.String)",
        f"domains = hosts.with_columns(named).group_by('domain').agg({again})"
        ".sort('bytes', 'domain', descending=[True, False])",
    ]


def count_dropped(corpus: Corpus, modules: list[str] | None) -> list[str]:
    """`dropped`: rows of `stage`, `reason`, `documents` for reasons of these modules (None: all)."""
    stages = [stage.name for stage in corpus.line]
    lines = [
        "import glob",
        "dropped = []",
        f"for stage in {stages!r}:",
        "    files = sorted(glob.glob(stage + '/dropped/part-*.parquet'))",
        "    found = pl.concat([pl.scan_parquet(f).select('reason') for f in files])"
        ".group_by('reason').len().sort('reason').collect()",
        "    dropped += [{'stage': stage, 'reason': r, 'documents': n} for r, n in found.iter_rows()]",
    ]
    if modules is not None:
        lines.append(f"dropped = [row for row in dropped if row['reason'].split('.')[0] in {modules!r}]")
    return lines


def list_steps(corpus: Corpus, modules: tuple[str, ...]) -> list[str]:
    """`steps`: rows of `stage`, `step`, `settings` for steps of these modules."""
    return [
        "steps = []",
        f"for stage in {[stage.name for stage in corpus.line]!r}:",
        "    for step in json.load(open(stage + '/stage.json'))['steps']:",
        f"        if step['use'].split(':')[0] in {list(modules)!r}:",
        "            settings = json.dumps(step['settings'], sort_keys=True, ensure_ascii=False)",
        "            steps.append({'stage': stage, 'step': step['use'], 'settings': settings})",
    ]


def read_manifest(corpus: Corpus) -> str:
    """`manifest`."""
    return f"manifest = json.load(open('{corpus.shards.name}/all/{corpus.file}'))"


def quote(value: object) -> str:
    """A value as Python and JSON both write it."""
    return json.dumps(value)
