"""A source of twelve files in which some texts repeat, that changes, and a recipe that removes duplicates."""

import hashlib
import json
import random
from pathlib import Path

from winnow.pipelines.engine.disk import documents, storage

SCALE = """
[[stage]]
name = "signed"
after = "lines"
steps = [ { use = "toy:short", min_words = 4 }, { use = "dedup.exact:hash" }, { use = "dedup.minhash:sign" } ]
[[stage]]
name = "exact.spread"
after = "signed"
by = "part"
steps = [ { use = "dedup.exact:partition" } ]
[[stage]]
name = "exact.found"
after = "exact.spread"
by = "bucket"
steps = [ { use = "dedup.exact:duplicates" } ]
[[stage]]
name = "near.spread"
after = "signed"
by = "part"
steps = [ { use = "dedup.minhash:bands", without = "stage:exact.found" } ]
[[stage]]
name = "near.paired"
after = "near.spread"
by = "bucket"
steps = [ { use = "dedup.minhash:pairs" } ]
[[stage]]
name = "near.joined"
after = "near.paired"
by = "bucket"
until_stable = true
steps = [ { use = "dedup.clusters:join" } ]
[[stage]]
name = "near.gathered"
after = "signed"
by = "part"
[[stage.steps]]
use = "dedup.clusters:gather"
clusters = "stage:near.joined"
without = "stage:exact.found"
[[stage]]
name = "near.found"
after = "near.gathered"
by = "bucket"
steps = [ { use = "dedup.clusters:choose" } ]
[[stage]]
name = "single"
after = "signed"
[[stage.steps]]
use = "dedup.exact:remove"
duplicates = "stage:exact.found"
clusters = "stage:near.found"
[[stage.steps]]
use = "dedup.minhash:remove"
clusters = "stage:near.found"
[[stage]]
name = "counted"
after = "single"
steps = [ { use = "mixing.count:tokens" } ]
[[stage]]
name = "shards"
after = "counted"
steps = [ { use = "mixing.export:shards", shard_bytes = 7_000 } ]
"""
WORDS = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("n", "st", "rd", "la", "mo")]


def compose(seed: int) -> list[str]:
    """Six texts of sixty words; the first stands in many files, the second nearly so."""
    common, own = random.Random(seed % 3), random.Random(1000 + seed)
    copied = " ".join(common.choices(WORDS, k=60))
    near = common.choices(WORDS, k=60)
    near[seed % 60] = "other"
    return [copied, " ".join(near), *(" ".join(own.choices(WORDS, k=60)) for _ in range(3)), "too short"]


def twelve() -> dict[str, str]:
    return {f"f{number:02d}.txt": "\n".join(compose(number)) + "\n" for number in range(12)}


def change(folder: Path) -> None:
    """One file more in the middle, one changed, one gone."""
    (folder / "f07b.txt").write_text("\n".join(compose(31)))
    (folder / "f03.txt").write_text("\n".join([*compose(3)[:3], *compose(32)]))
    (folder / "f09.txt").unlink()


def rows(out: Path, stage: str) -> dict[str, list]:
    """What became of each document in a stage, whatever part it is in."""
    kept = documents.read(out / stage)
    dropped = storage.read_ledger(out / stage / "dropped")
    failed = storage.read_ledger(out / stage / "failed")
    return {
        "kept": kept.sort("id").rows(),
        "dropped": dropped.select("id", "step", "reason").sort("id").rows(),
        "failed": failed.sort("id").rows(),
    }


def shards(out: Path) -> dict[str, str]:
    folder = out / "shards/all"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def same_end(out: Path, fresh: Path) -> None:
    for stage in ("signed", "single", "counted"):
        assert rows(out, stage) == rows(fresh, stage)
    assert shards(out) == shards(fresh) and len(shards(out)) > 3
    for path in out.glob("*/stage.json"):
        about = json.loads(path.read_text())
        assert about["done"], path
        assert about["parts"].keys() == {p.stem for p in path.parent.glob("receipts/*.json")}
        if about["kind"] == "shard":
            for part in about["parts"].values():
                assert part["rows_in"] == part["kept"] + part["dropped"] + part["failed"]
