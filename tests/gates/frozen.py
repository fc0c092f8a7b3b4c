"""Gate: what small runs of shipped recipes write is what it was, byte by byte, stage by stage.

`make gate NAME=frozen`. The demo, the published recipes and `mine.toml` run over small inputs made here; of
each stage the names and bytes of its Parquet files are digested, and compared with frozen.json, which
`WRITE=1` renews: so that a change of the code which should change nothing is seen to change nothing. Inputs
and bytes hang on Python and on the locked libraries, too: with others nothing is compared, and it says so.
Stages of the mix were seen to differ between two machines, most likely since processors round otherwise;
they are compared only where the processor has the same instructions, and told elsewhere.
Writes under out/gates/frozen/.
"""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "pipelines"))
os.environ |= {"POLARS_MAX_THREADS": "1"}

import published  # noqa: E402
import small  # noqa: E402
from figures import Figures  # noqa: E402
from numpy._core._multiarray_umath import __cpu_features__  # noqa: E402

from winnow.pipelines.commands import run  # noqa: E402
from winnow.pipelines.engine import exit_codes  # noqa: E402

FOLDER = Path("out/gates/frozen")
KEPT = HERE / "frozen.json"
LOCK = HERE.parents[1] / "requirements-test.lock"
WITH = f"Python {platform.python_version()}, {hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
ON = " ".join(name for name, there in __cpu_features__.items() if there)
Digests = dict[str, str]


def digest(out: Path) -> Digests:
    """Of each stage the digest of the names and bytes of its tables."""
    found = {}
    for stage in sorted(path.parent for path in out.glob("*/stage.json")):
        total = hashlib.sha256()
        for path in sorted([*stage.rglob("*.parquet"), *stage.rglob("*.shuffle")]):
            total.update(path.relative_to(stage).as_posix().encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
        found[stage.name] = total.hexdigest()[:16]
    return found


def make_demo() -> Path:
    small.lay_out(Path("data"))
    Path("demo.toml").write_text(small.recipe(Path("data")))
    return Path("demo.toml")


def make_mine() -> Path:
    lines = [json.dumps({"text": text}) for text in [*small.prose()[:40], small.prose()[0], "Too short."]]
    Path("data/mine").mkdir(parents=True)
    Path("data/mine/a.jsonl").write_text("\n".join(lines) + "\n")
    shutil.copy(published.FOLDER / "mine.toml", "mine.toml")
    return Path("mine.toml")


def make_published(name: str) -> Path:
    published.lay_out(Path())
    recipe = published.shrink(name, Path())
    recipe.write_text(recipe.read_text().replace('"./', '"'))
    return recipe


RECIPES: dict[str, Callable[[], Path]] = {
    "demo": make_demo,
    "mine": make_mine,
    **{name: lambda name=name: make_published(name) for name in published.NAMES},
}


def freeze(name: str, folder: Path) -> Digests:
    """Run a recipe in a folder of its own: paths are a part of ids."""
    folder.mkdir(parents=True)
    with contextlib.chdir(folder):
        code = run.execute(RECIPES[name](), Path("out"), 0, None, "auto", ())
        if code != exit_codes.DONE:
            raise SystemExit(f"the recipe {name} ended with {code}; see {folder}/out/run.log")
        return digest(Path("out"))


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    now = {name: freeze(name, FOLDER / name) for name in RECIPES}
    if os.environ.get("WRITE"):
        KEPT.write_text(json.dumps({"with": WITH, "on": ON, "recipes": now}, indent=1) + "\n")
    kept = json.loads(KEPT.read_text())
    if kept["with"] != WITH:
        raise SystemExit(f"made with {kept['with']}, not {WITH}: nothing to compare")
    figures = Figures("frozen")
    for name, stages in now.items():
        was = kept["recipes"].get(name, {})
        other = [stage for stage in {**was, **stages} if was.get(stage) != stages.get(stage)]
        for stage in other:
            print(f"  {name}: {stage} is not what it was")
        if kept["on"] != ON and (apart := [stage for stage in other if stage.startswith("mix.")]):
            print(f"  not counted, made on another processor ({kept['on']}): {', '.join(apart)}")
            other = [stage for stage in other if stage not in apart]
        figures.add(f"{name}_stages_that_changed", len(other), 0, most=True)
        figures.add(f"{name}_stages", len(stages), 1)
    figures.close()


if __name__ == "__main__":
    main()
