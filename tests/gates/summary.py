"""The public summary of a finished run (`OUT=`, with shards): every number of summary.json counted again.

By code that shares none of ours, which knows Parquet and JSON alone: rows are walked one by one, the public
suffix list is read by its own rules. The printed lines are run too, each in a process of its own that knows
polars. Croissant is loaded by mlcroissant (pip installs it into out/cache/mlcroissant). `ABOUT=`: about.toml.
"""

import contextlib
import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import runs
import tldextract
from figures import Figures

OUT = Path(os.environ.get("OUT", "out/demo")).resolve()
SITE = Path(os.environ.get("MLCROISSANT", "out/cache/mlcroissant")).resolve()
ASKED = {  # by number, what the template asks, as keys of fields, or how they begin
    "1.1": ["provider.name", "provider.contact", "representative"],
    "1.2": ["models.versions", "models.depends_on", "models.placed_on_market"],
    "1.3": ["text.range", "content.", "acquired", "continues", "languages", "characteristics", "comments"],
    "2.1": ["public.sources"],
    "2.2.1": ["licensed.sources"],
    "2.2.2": ["private.sources"],
    "2.3": [
        "crawled.sources",
        "crawled.crawler",
        "crawled.purposes",
        "crawled.behaviour",
        "crawled.period",
        "crawled.top",
    ],
    "2.4": ["user.sources"],
    "2.5": ["synthetic.sources"],
    "2.6": [""],
    "3.1": ["code_of_practice", "before", "during", "protocols", "optouts.steps"],
    "3.2": ["illegal"],
    "3.3": ["other", "private.steps", "duplicates.steps", "contamination.steps"],
}
MLCROISSANT = """
import json, sys
import mlcroissant
data = mlcroissant.Dataset(jsonld=sys.argv[1])
errors = len(data.metadata.issues.errors)
print(json.dumps([errors, sum(1 for _ in data.records(record_set="documents"))]))
"""


class Run:
    """The files of a run, read plainly."""

    def __init__(self, out: Path, stage: str) -> None:
        self.out, self.stage = out, stage
        self.about = {path.parent.name: json.loads(path.read_text()) for path in out.glob("*/stage.json")}
        self.exported = self.about[stage]["after"]
        self.line = self._walk(self.exported)
        self.shards = [row for file in self.files(f"{stage}/all/data/*.parquet") for row in read(file, SHARD)]
        self.once = [row for row in self.shards if row["epoch"] == 0]
        owner = {row["part"]: row["source"] for row in read(out / "parts.parquet", {"part", "source"})}
        self.rows = []
        for name in self.exported:
            for file in self.files(f"{name}/part-*.parquet"):
                source = owner[int(file.stem.split("-")[1])]
                for row in read(file, None):
                    if row.get("repeats") is None or row["repeats"] > 0:
                        size = row.get("text_bytes")
                        size = len(row["text"].encode()) if size is None else size
                        self.rows.append(row | {"recipe_source": source, "bytes": size})

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.out.glob(pattern))

    def _walk(self, names: list[str]) -> set[str]:
        shards = {name for name in names if self.about.get(name, {}).get("kind") == "shard"}
        return shards.union(*(self._walk(self.about[name]["after"]) for name in shards))


SHARD = {"source", "text", "token_count", "language", "license", "date", "epoch", "url", "author"}


def read(file: Path, names: set[str] | None) -> Iterator[dict[str, Any]]:
    """Row by row, the columns that are there, but those that are lists."""
    table = pq.ParquetFile(file)
    simple = [field.name for field in table.schema_arrow if "list" not in str(field.type)]
    wanted = [name for name in simple if names is None or name in names]
    for batch in table.iter_batches(500, columns=wanted):
        yield from batch.to_pylist()


def read_suffixes() -> set[str]:
    """The rules of the list that the package brings, those of the registries alone."""
    text = (Path(tldextract.__file__).parent / ".tld_set_snapshot").read_text(encoding="utf-8")
    text = text.split("===BEGIN PRIVATE DOMAINS===")[0]
    lines = [line.strip() for line in text.splitlines()]
    return {line.encode("utf-8").decode() for line in lines if line and not line.startswith("//")}


def find_domain(host: str, rules: set[str]) -> str:
    """The name that one registers: a label more than the longest suffix."""
    plain = host.rstrip(".")
    if plain.startswith("[") or re.fullmatch(r"[\d.]+", plain):
        return host
    labels = plain.split(".")
    size = 0 if labels[-1] not in rules else 1
    for start in range(len(labels)):
        name = ".".join(labels[start:])
        if f"!{name}" in rules:
            size = len(labels) - start - 1
            break
        if name in rules or "*." + ".".join(labels[start + 1 :]) in rules:
            size = len(labels) - start
            break
    return ".".join(labels[-size - 1 :]) if 0 < size < len(labels) else host


def find_host(url: str | None) -> str | None:
    """Between `//` and what ends an authority."""
    if url is None or "//" not in url or (url.split("//")[0] and not url.split("//")[0].endswith(":")):
        return None
    place = re.split(r"[/?#]", url.split("//", 1)[1])[0].rpartition("@")[2]
    host = place.split("]")[0] + "]" if place.startswith("[") else place.split(":")[0]
    return host.lower() or None


def add_up(
    rows: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any], name: str
) -> list[dict[str, Any]]:
    """`name`, documents, tokens, bytes; most bytes first."""
    sums: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        size = row["bytes"] if "bytes" in row else len(row["text"].encode())
        for at, number in enumerate((1, row["token_count"] or 0, size)):
            sums[key(row)][at] += number
    keys = sorted(sums, key=lambda one: (-sums[one][2], one is None, one))
    return [
        {name: one, **dict(zip(("documents", "tokens", "bytes"), sums[one], strict=True))} for one in keys
    ]


def find_days(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    days: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        day = (row["date"] or "")[:10]
        days[row[name]] += [day] if re.fullmatch(r"\d{4}-\d\d-\d\d", day) else []
    return [
        {
            "source": one,
            "first": min(days[one], default=None),
            "last": max(days[one], default=None),
            "dated": len(days[one]),
        }
        for one in sorted(days)
    ]


def drop_tokens(rows: list[dict[str, Any]], counted: bool) -> list[dict[str, Any]]:
    return rows if counted else [{name: one for name, one in row.items() if name != "tokens"} for row in rows]


def share(rows: list[dict[str, Any]], unit: str) -> list[dict[str, Any]]:
    whole = sum(row[unit] for row in rows)
    return [row | {"share": row[unit] / whole if whole else 0.0} for row in rows]


def recount(run: Run, told: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """By key what a field should say."""
    counted = all(row["token_count"] is not None for row in run.once)
    unit = "tokens" if counted else "bytes"
    tokens = sum(row["token_count"] or 0 for row in run.once)
    size = sum(len(row["text"].encode()) for row in run.once)
    number = tokens if counted else size // 4
    ranges = ("less than 1 billion tokens", "1 billion to 10 trillion tokens", "more than 10 trillion tokens")
    columns = [name for name in ("url", "date", "language", "license", "author") if name in run.once[0]]
    found: dict[str, Any] = {
        "text.range": ranges[(number >= 10**9) + (number >= 10**13)],
        "text.documents": len(run.once),
        "text.unique_tokens": tokens,
        "text.unique_bytes": size,
        "text.rows": len(run.shards),
        "text.tokens": sum(row["token_count"] or 0 for row in run.shards),
        "text.bytes": sum(len(row["text"].encode()) for row in run.shards),
        "text.files": len(run.files(f"{run.stage}/all/data/*.parquet")),
        "text.types": drop_tokens(add_up(run.rows, lambda row: row.get("text_type"), "text_type"), counted),
        "dates": find_days(run.once, "source"),
        "languages": share(
            drop_tokens(add_up(run.once, lambda row: row["language"], "language"), counted), unit
        ),
        "licenses": drop_tokens(add_up(run.once, lambda row: row["license"], "license"), counted),
        "lacking": [
            {"column": name, "documents": sum(row[name] is None for row in run.once)} for name in columns
        ],
        "flow": find_flow(run, told["flow"]["value"]),
        **recount_crawl(run, told, counted),
    }
    for key, fact in told.items():
        if key.endswith(".sources") and fact["value"]:
            names = [row["source"] for row in fact["value"]]
            rows = [row for row in run.rows if row["recipe_source"] in names]
            found[key] = share(
                drop_tokens(add_up(rows, lambda row: row["recipe_source"], "source"), counted), unit
            )
    if "private.masked" in told:
        names = sorted(one for one in run.rows[0] if one.startswith("pii_") or one == "secrets_count")
        found["private.masked"] = [
            {"signal": one, "count": sum(row.get(one) or 0 for row in run.rows)} for one in names
        ]
    return found


def recount_crawl(run: Run, told: dict[str, dict[str, Any]], counted: bool) -> dict[str, Any]:
    """Of the sources that section 2.3 names."""
    names = {row["source"] for row in told["crawled.sources"]["value"] or []}
    rows = [row for row in run.rows if row["recipe_source"] in names]
    if not rows:
        return {}
    rules = read_suffixes()
    addressed = [row | {"host": host} for row in rows if (host := find_host(row["url"]))]
    domains = drop_tokens(add_up(addressed, lambda row: find_domain(row["host"], rules), "domain"), counted)
    small = told["provider.small"]["value"] == "yes"
    shown = min(math.ceil(len(domains) * 0.05), 1000) if small else math.ceil(len(domains) / 10)
    return {
        "crawled.period": find_days(rows, "recipe_source"),
        "crawled.domains": len(domains),
        "crawled.top": domains[:shown],
        "crawled.bare": len(rows) - len(addressed),
        "acquired": max(((row["date"] or "")[:10] for row in rows), default=None),
    }


def find_flow(run: Run, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """In the order that is told; every stage of the line must be there."""
    names = [row["stage"] for row in told]
    assert set(names) == run.line and len(names) == len(run.line), (names, run.line)
    folders = {"kept": "", "dropped": "dropped/", "failed": "failed/"}
    return [
        {"stage": name}
        | {
            fate: sum(pq.read_metadata(file).num_rows for file in run.files(f"{name}/{folder}part-*.parquet"))
            for fate, folder in folders.items()
        }
        for name in names
    ]


def find_dropped(run: Run) -> dict[tuple[str, str], int]:
    """All rows of the ledgers of the line, by stage and reason."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for name in run.line:
        for file in run.files(f"{name}/dropped/part-*.parquet"):
            for row in read(file, {"reason"}):
                found[name, row["reason"]] += 1
    return dict(found)


def list_numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in a value, by its place."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield path, value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from list_numbers(one, f"{path}.{name}")
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from list_numbers(one, f"{path}[{at}]")


def differ(told: Any, counted: Any) -> int:
    """How many numbers of a value are not the counted ones; texts beside them count as one number each."""
    ours, theirs = dict(list_numbers(told)), dict(list_numbers(counted))
    wrong = sum(
        path not in theirs or not math.isclose(number, theirs[path], rel_tol=0, abs_tol=1e-6)
        for path, number in ours.items()
    )
    wrong += len(theirs.keys() - ours.keys())
    return wrong or int(strip(told) != strip(counted))


def strip(value: Any) -> Any:
    """A value without its floats."""
    if isinstance(value, dict):
        return {name: strip(one) for name, one in value.items()}
    if isinstance(value, list):
        return [strip(one) for one in value]
    return None if isinstance(value, float) else value


def check_numbers(run: Run, told: dict[str, dict[str, Any]], figures: Figures) -> None:
    """Every number of every field."""
    counted = recount(run, told)
    checked = wrong = unknown = 0
    dropped: dict[tuple[str, str], int] = {}
    for key, fact in told.items():
        numbers = len(list(list_numbers(fact["value"])))
        if key.endswith(".dropped"):
            for row in fact["value"] or []:
                wrong += (row["stage"], row["reason"]) in dropped  # told twice
                dropped[row["stage"], row["reason"]] = row["documents"]
        elif key in counted and fact["value"] is not None and fact["from"] != "about.toml":
            if bad := differ(fact["value"], counted[key]):
                print(f"  {key}: {str(fact['value'])[:200]} and not {str(counted[key])[:200]}")
                wrong += bad
        elif numbers:
            print(f"  nobody counted {key} again")
            unknown += numbers
        checked += numbers
    there = find_dropped(run)
    wrong += sum(dropped.get(key) != there.get(key) for key in {*dropped, *there})
    sources = [name for key, fact in told.items() if key.endswith(".sources") for name in fact["value"] or []]
    figures.add("numbers_checked", checked, 50)
    figures.add("numbers_wrong", wrong, 0, most=True)
    figures.add("numbers_not_counted", unknown, 0, most=True)
    figures.add(
        "documents_in_no_source", len(run.once) - sum(row["documents"] for row in sources), 0, most=True
    )
    figures.add("reasons_of_drops", len(there), 1)


def check_lines(facts: dict[str, dict[str, Any]], figures: Figures) -> None:
    """The printed lines, as a reader would run them."""
    ran = wrong = 0
    clean = {name: one for name, one in os.environ.items() if name != "PYTHONPATH"}
    for key, fact in facts.items():
        if "recompute" not in fact:
            wrong += fact["from"] != "about.toml" and bool(list(list_numbers(fact["value"])))
            continue
        command = [sys.executable, "-c", fact["recompute"]]
        done = subprocess.run(command, cwd=OUT, env=clean, capture_output=True, text=True)
        ran += 1
        same = False
        with contextlib.suppress(json.JSONDecodeError):
            same = json.loads(done.stdout) == fact["value"]
        if not same:
            print(f"  {key}: {done.stdout[:200]} {done.stderr[-200:]}")
            wrong += 1
    figures.add("lines_run", ran, 15)
    figures.add("lines_wrong", wrong, 0, most=True)


def check_fields(told: dict[str, Any], figures: Figures) -> None:
    """The template's order, and that no field is left out in silence."""
    missing = int([section["number"] for section in told["summary"]] != list(ASKED))
    for section in told["summary"]:
        keys = [fact["key"] for fact in section["fields"]]
        asked = ASKED[section["number"]]
        if section["number"] == "2.3" and "crawled.period" not in keys:
            asked = ["crawled.sources"]
        missing += sum(not any(key.startswith(one) for key in keys) for one in asked)
        missing += sum(fact["value"] in (None, "", []) and not fact.get("said") for fact in section["fields"])
    figures.add("fields_missing", missing, 0, most=True)
    fields = [fact for section in told["summary"] for fact in section["fields"]]
    print(
        f"  {len(fields)} fields; a person has to say"
        f" {sum('not known' in fact.get('said', '') for fact in fields)}"
    )


def check_croissant(folder: Path, rows: int, figures: Figures) -> None:
    told = json.loads((folder / "croissant.json").read_text())
    files = [one for one in told["distribution"] if "sha256" in one]
    there = {f"data/{path.name}": path for path in (folder / "data").iterdir()}
    wrong = len(there.keys() ^ {one["contentUrl"] for one in files})
    for one in files:
        data = there[one["contentUrl"]].read_bytes()
        wrong += one["sha256"] != hashlib.sha256(data).hexdigest() or one["contentSize"] != f"{len(data)} B"
    figures.add("croissant_files_wrong", wrong, 0, most=True)
    if not SITE.exists():
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", SITE, "mlcroissant[parquet]"]
        free = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        subprocess.run(command, check=True, env=free)  # what pip builds would import the gate `wheel`
    command = [sys.executable, "-c", MLCROISSANT, str(folder / "croissant.json")]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(SITE)}, capture_output=True, text=True)
    print(done.stderr[-500:])
    errors, records = json.loads(done.stdout or "[1, 0]")
    figures.add("croissant_errors", errors, 0, most=True)
    figures.add("croissant_rows_not_loaded", abs(rows - records), 0, most=True)


def main() -> None:
    """Write the summary of OUT by the door, then count all of it again."""
    about = [f"--about={os.environ['ABOUT']}"] if "ABOUT" in os.environ else []
    runs.finish(Path("out/gates/summary.log"), "summary", *about, "--", OUT)
    (path,) = OUT.glob("*/all/summary.json")
    told = json.loads(path.read_text())
    facts = {fact["key"]: fact for section in told["summary"] for fact in section["fields"]}
    figures = Figures("summary")
    run = Run(OUT, path.parent.parent.name)
    check_fields(told, figures)
    check_numbers(run, facts, figures)
    check_lines(facts, figures)
    check_croissant(path.parent, len(run.shards), figures)
    figures.close()


if __name__ == "__main__":
    main()
