"""Gate: every command that README.md and docs print, on a fresh clone. `make gate NAME=docs`.

Clones this checkout into a temporary folder and runs there, in the order in which a reader meets them, the
`sh` blocks of README, the tutorial and the other pages, each block in a shell of its own; blocks that are a
file (their first line names it: `# mine.toml`, `# more of mine.toml`) are written as they come. Prints each
command with its exit code and seconds. Blocks that say what they need (`# needs a cluster`, `# hours`) are
listed, not run.

Settings (environment): PAGES="docs/tutorial.md ..." runs those alone; KEEP=dir takes the environment, the
fetched data and the compiled loops of that checkout, to save time: without it all is installed and fetched
anew. CLONE=dir is where the clone goes and stays; one that is there goes on being used.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import snippets
from figures import Figures
from snippets import Block

LOG = "docs.log"
RECORD = (
    """__run_code=$?; printf '%s\\t%s\\t%s\\n' {number} $__run_code $EPOCHREALTIME >&3; (exit $__run_code)"""
)


def split_commands(text: str) -> list[str]:
    """The commands of a block: lines, each with those that belong to it; comments alone are none."""
    commands: list[str] = []
    pending = ""
    for line in text.splitlines(keepends=True):
        pending += line
        told = subprocess.run(["bash", "-n"], input=pending, text=True, capture_output=True)
        if told.returncode or told.stderr or line.rstrip("\n").endswith("\\"):
            continue
        if any(each.strip() and not each.lstrip().startswith("#") for each in pending.splitlines()):
            commands.append(pending.strip("\n"))
        pending = ""
    return commands + [pending] * bool(pending.strip())


def clone(folder: Path) -> None:
    """A fresh clone, with what KEEP has of environment, data and compiled loops, if it is given."""
    subprocess.run(["git", "clone", "--quiet", str(snippets.ROOT), str(folder)], check=True)
    if keep := os.environ.get("KEEP"):
        (folder / ".venv").symlink_to(Path(keep).resolve() / ".venv")
        shutil.copytree(Path(keep) / "data", folder / "data", symlinks=True)
        for lock in folder.glob("requirements*.lock"):  # older than what KEEP made of them
            os.utime(lock, (0, 0))
        for loop in Path(keep).glob("*/**/*.nb[ic]"):  # named by the sources that they were compiled from
            place = folder / loop.relative_to(keep)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(loop, place)


def run_block(block: Block, folder: Path, log: Path) -> list[dict[str, Any]]:
    """Run a block's commands in one shell; of each its code (None: never reached) and seconds."""
    commands = split_commands(block.text)
    script = "\n".join(f"{each}\n{RECORD.format(number=number)}" for number, each in enumerate(commands))
    environment = {
        **{name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "OUT", "KEEP"}},
        "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}",
    }
    read, write = os.pipe()
    began = time.time()
    with log.open("a") as told:
        told.write(f"\n==== {block.page}:{block.line}\n{block.text}----\n")
        told.flush()
        shell = subprocess.Popen(
            ["bash", "-c", f"exec 3>&{write} {write}>&-\n{script}"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            pass_fds=[write],
            start_new_session=True,
        )
        os.close(write)
        shell.wait()
    found = [{"command": each, "code": None, "seconds": None} for each in commands]
    os.set_blocking(read, False)  # a program that a block leaves behind holds the pipe
    for line in os.read(read, 1_000_000).decode().splitlines():
        number, code, at = line.split("\t")
        found[int(number)] |= {"code": int(code), "seconds": round(float(at) - began, 1)}
        began = float(at)
    os.close(read)
    end_session(shell.pid)
    return found


def end_session(session: int) -> None:
    """End what a block left running."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                os.kill(int(stat.parent.name), signal.SIGTERM)
        except (OSError, ValueError):
            continue


def main() -> None:
    wanted = os.environ.get("PAGES", "").split()
    pages = [
        page for page in snippets.list_pages() if not wanted or str(page.relative_to(snippets.ROOT)) in wanted
    ]
    blocks = [block for page in pages for block in snippets.read_blocks(page)]
    folder = Path(os.environ.get("CLONE") or tempfile.mkdtemp(prefix="winnow-docs-")).resolve() / "winnow"
    if not folder.exists():
        clone(folder)
    log = folder.parent / LOG
    figures, told, named = Figures("docs"), [], []
    for block in blocks:
        snippets.write_file(block, folder)
        if block.language != "sh":
            continue
        if block.mark:
            named.append({"page": block.page, "line": block.line, "mark": block.mark})
            continue
        for each in run_block(block, folder, log):
            told.append({"page": block.page, "line": block.line, **each})
            first = each["command"].splitlines()[0]
            print(
                f"{each['code']!s:>4} {each['seconds']!s:>7} s  {block.page}:{block.line}: {first}",
                flush=True,
            )
    for each in named:
        print(f"not run: {each['page']}:{each['line']}: {each['mark']}")
    commands = Path("out/gates/docs_commands.json")
    commands.parent.mkdir(parents=True, exist_ok=True)
    commands.write_text(json.dumps({"run": told, "not_run": named}, indent=1) + "\n")
    print(f"what they printed: {log}")
    figures.add("commands run", len(told), 1)
    figures.add("commands that did not end with 0", sum(each["code"] != 0 for each in told), 0, most=True)
    figures.close()


if __name__ == "__main__":
    main()
