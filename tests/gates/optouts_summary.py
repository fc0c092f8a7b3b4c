"""What the EU's public summary says of a made crawl (`optouts_hosts`), beside what it was made to say.

Of the run nothing is read but summary.json: documents that opt-outs took, those that are left, their domains,
days and bytes are counted from what was made, by Google's parser and no code of ours.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import optouts_hosts as made
from figures import Figures


def check(
    figures: Figures, path: Path, pages: list[made.Page], policy: str, order: Sequence[str], google: object
) -> None:
    """Hold summary.json to the pages that were made; `order` is that of reasons."""
    sections = json.loads(path.read_text())["summary"] if path.exists() else []
    told = {field["key"]: field["value"] for section in sections for field in section["fields"]}
    gone: Counter[str] = Counter()
    left: list[made.Page] = []
    days: tuple[list[str], list[str]] = [], []  # of the two sources
    for number, page in enumerate(pages):
        found = made.decide(page, policy, google)
        signal = next((name for name in order if name in found), None)
        if signal:
            gone[f"optouts.{signal}"] += 1
        else:
            left.append(page)
            days[number % 2].append(page.date[:10])
    domains: dict[str, list[int]] = {}  # every host is a domain of its own
    for page in left:
        sizes = domains.setdefault(page.host.name, [0, 0])
        sizes[0] += 1
        sizes[1] += len(page.text.encode())
    largest = sorted(domains.items(), key=lambda one: (-one[1][1], one[0]))[: -(-len(domains) // 10)]
    wanted = {
        "optouts.dropped": {("permitted", reason): number for reason, number in gone.items()},
        "protocols": sorted(f"{name} (as of {policy})" for name in order),
        "text.documents": len(left),
        "text.unique_bytes": sum(size for _, size in domains.values()),
        "crawled.domains": len(domains),
        "crawled.period": [(min(each), max(each), len(each)) for each in days],
        "crawled.top": [(name, *sizes) for name, sizes in largest],
    }
    rows = {key: told.get(key) or [] for key in ("optouts.dropped", "crawled.period", "crawled.top")}
    heard = {key: told.get(key) for key in wanted} | {
        "optouts.dropped": {
            (row["stage"], row["reason"]): row["documents"] for row in rows["optouts.dropped"]
        },
        "protocols": sorted(told.get("protocols") or []),
        "crawled.period": [(row["first"], row["last"], row["dated"]) for row in rows["crawled.period"]],
        "crawled.top": [(row["domain"], row["documents"], row["bytes"]) for row in rows["crawled.top"]],
    }
    wrong = [key for key in wanted if wanted[key] != heard[key]]
    for key in wrong:
        print(f"  {key}: {str(heard[key])[:300]} and not {str(wanted[key])[:300]}")
    took = sum(row["documents"] for row in rows["optouts.dropped"])
    figures.add(f"{policy}: documents that the summary says opt-outs took", took, 500)
    figures.add(f"{policy}: figures of the summary that differ", len(wrong), 0, most=True)
    missing = [
        name
        for name in ("summary.html", "datasheet.md", "croissant.json")
        if not path.with_name(name).exists()
    ]
    figures.add(f"{policy}: files beside the summary that are missing", len(missing), 0, most=True)
