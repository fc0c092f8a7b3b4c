"""Gate: every command that README.md and docs print, as a new user meets them. `make gate NAME=docs`.

Parts, each in a clone and an environment of its own:

own       README's section on one's own texts, without `make extras`
first     the first day, without
tutorial  the tutorial, without
offline   a folder of wheels is filled as docs/running.md says; then README's section without a network
rest      in the tutorial's clone: what else README says (demo and tests), and the other pages

Of each part the `sh` blocks run in their order, each in a shell of its own; blocks that are a file (the
first line names it: `# mine.toml`, `# more of mine.toml`) are written as they come. Prints each command with
its exit code, seconds and longest silence. Blocks that say what they need (`# needs a cluster`, `# hours`)
are listed, not run.

Settings (environment): ONLY="own first" runs those parts alone; PAGES="docs/rules.md ..." of the rest
those pages. KEEP=dir takes the environment, the data and the compiled loops of that checkout, to save time.
CLONE=dir is where the clones go and stay. BARE=dir confines all to a root with nothing but Python, make and
git (`debootstrap --variant=minbase --include=python3-venv,make,git,ca-certificates trixie dir` makes one);
only root can. Python alone runs this: `PYTHONPATH=tests/gates python3 -P tests/gates/docs.py`.
"""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import sections
import shells
import snippets
from figures import Figures
from snippets import Block

LOG = "docs.log"
OWN = "## Your own texts"
WHEELS = "## Without a network"
PARTS = ("own", "first", "tutorial", "offline", "rest")
QUIET_SECONDS = 10


def list_blocks(part: str) -> list[Block]:
    """The blocks of a part, in the order of a reader."""
    readme, first, tutorial = (snippets.read_blocks(snippets.ROOT / page) for page in snippets.FIRST)
    own = select_section(readme, snippets.ROOT / "README.md", OWN)
    if part == "offline":
        running = snippets.ROOT / "docs/running.md"
        return [*select_section(snippets.read_blocks(running), running, WHEELS), *own]
    if part != "rest":
        return {"own": own, "first": first, "tutorial": tutorial}[part]
    wanted = os.environ.get("PAGES", "").split()
    pages = [
        page for page in snippets.list_pages() if str(page.relative_to(snippets.ROOT)) not in snippets.FIRST
    ]
    others = [block for page in pages for block in snippets.read_blocks(page)]
    blocks = [block for block in readme if block not in own] + others
    return [block for block in blocks if not wanted or block.page in wanted]


def select_section(blocks: list[Block], page: Path, heading: str) -> list[Block]:
    """The blocks below a heading, up to the next one of its rank."""
    lines = page.read_text(encoding="utf-8").splitlines()
    first = lines.index(heading) + 1
    rank = heading.split()[0] + " "
    last = next((at for at, line in enumerate(lines[first:], first + 1) if line.startswith(rank)), len(lines))
    return [block for block in blocks if first < block.line <= last]


def clone(folder: Path) -> None:
    """A fresh clone, with what KEEP has of environment, data and compiled loops, if it is given."""
    subprocess.run(["git", "clone", "--quiet", str(snippets.ROOT), str(folder)], check=True)
    if keep := os.environ.get("KEEP"):
        (folder / ".venv").symlink_to(Path(keep).resolve() / ".venv")
        if (Path(keep) / "data").exists():
            shutil.copytree(Path(keep) / "data", folder / "data", symlinks=True)
        for lock in folder.glob("requirements*.lock"):  # older than what KEEP made of them
            os.utime(lock, (0, 0))
        for loop in Path(keep).glob("*/**/*.nb[ic]"):  # named by the sources that they were compiled from
            place = folder / loop.relative_to(keep)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(loop, place)


def run_part(part: str, folder: Path, root: Path | None) -> list[dict[str, Any]]:
    """Run the blocks of a part in its clone, and say of each command what came of it."""
    told = []
    with (folder.parent / LOG).open("ab") as log:
        for block in list_blocks(part):
            snippets.write_file(block, folder)
            if block.language != "sh":
                continue
            place = {"part": part, "page": block.page, "line": block.line}
            if block.mark:
                told.append({**place, "mark": block.mark})
                continue
            log.write(f"\n==== {block.page}:{block.line}\n{block.text}----\n".encode())
            commands = shells.split_commands(block.text)
            if part == "offline" and block.page == "README.md":
                commands = [each.replace("make setup", "make setup WHEELS=wheels") for each in commands]
            offline = part == "offline" and block.page == "README.md"
            found, cpu = shells.run_commands(commands, folder, log, root, offline=offline)
            for each in found:
                told.append({**place, **each, "cpu": cpu / len(found)})
                print(describe(told[-1]), flush=True)
    return told


def describe(each: dict[str, Any]) -> str:
    """A command's line on the screen."""
    first = each["command"].splitlines()[0]
    numbers = f"{each['code']!s:>4} {each['seconds']!s:>7} s, silent {each.get('silence')!s:>5} s"
    return f"{numbers}  {each['page']}:{each['line']}: {first}"


def main() -> None:
    wanted = sections.choose(PARTS)
    root = Path(os.environ["BARE"]).resolve() if os.environ.get("BARE") else None
    parent = root / "home" if root else None
    base = Path(os.environ.get("CLONE") or tempfile.mkdtemp(prefix="winnow-docs-", dir=parent)).resolve()
    figures, told = Figures("docs"), []
    for part in wanted:
        folder = base / ("tutorial" if part == "rest" else part) / "winnow"
        if not folder.exists():
            clone(folder)
        print(f"== {part}, in {folder}", flush=True)
        told += run_part(part, folder, root)
    for each in (each for each in told if "mark" in each):
        print(f"not run: {each['page']}:{each['line']}: {each['mark']}")
    ran = [each for each in told if "mark" not in each]
    for part in wanted:
        of = [each for each in ran if each["part"] == part]
        wall, cpu = (sum(each[name] or 0 for each in of) for name in ("seconds", "cpu"))
        silence = max((each.get("silence", 0) for each in of), default=0)
        print(f"{part}: {len(of)} commands, {wall:.0f} s, {cpu:.0f} s of CPU, longest silence {silence:g} s")
    commands = Path("out/gates/docs_commands.json")
    commands.parent.mkdir(parents=True, exist_ok=True)
    commands.write_text(json.dumps(told, indent=1) + "\n")
    print(f"what they printed: {base}/*/{LOG}")
    figures.add("commands run", len(ran), 1)
    figures.add("commands that did not end with 0", sum(each["code"] != 0 for each in ran), 0, most=True)
    setups = [
        each.get("silence", 0) for each in ran if each["command"].startswith(("make setup", "make data"))
    ]
    figures.add(
        "longest silence of set-up and data, seconds", max(setups, default=0), QUIET_SECONDS, most=True
    )
    figures.close()


if __name__ == "__main__":
    main()
