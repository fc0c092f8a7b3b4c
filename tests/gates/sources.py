"""Gate: every kind of source, what came of its records and what reading costs, beside the obvious other tool.

`WINNOW_DATA=... make gate NAME=sources`. Runs the gates of single sources (`sources_*.py`, `crawl.py`) one
behind the other, each in a process of its own, and prints what each prints; ONLY=code,papers names some. A
gate that cannot run (a package or peer that is not there) is short, and says why. The other tools are
installed into an environment of their own, out/cache/peers.
"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from winnow.pipelines.commands.install import list_pins
from winnow.pipelines.demo import packages

HERE = Path(__file__).parent
PEERS = Path("out/cache/peers").resolve()
DEBS = ("texlive-binaries", "libkpathsea6")  # detex


def main() -> None:
    names = [path.stem for path in sorted(HERE.glob("sources_*.py"))] + ["crawl"]
    if wanted := os.environ.get("ONLY"):
        names = [name for name in names if name.removeprefix("sources_") in wanted.split(",")]
    python, env = make_peers()
    short = []
    for name in names:
        print(f"== {name}", flush=True)
        if subprocess.run([python, "-P", HERE / f"{name}.py"], env=env, check=False).returncode:
            short.append(name)
    sys.exit(f"short: {', '.join(short)}" if short else 0)


def make_peers() -> tuple[Path, dict[str, str]]:
    """An interpreter that has the other tools and all that this one has, and the environment to run it in."""
    python, ready = PEERS / "bin/python", PEERS / ".ready"
    wanted = (HERE / "peers.txt").read_text()
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pins = PEERS / "pins.txt"  # without digests, which pip would ask of each peer, too
        pins.write_text("\n".join(list_pins(HERE.parent.parent / "requirements-test.lock")))
        subprocess.run([*pip, "--constraint", pins, "--requirement", HERE / "peers.txt"], check=True)
        site = next((PEERS / "lib").glob("python*/site-packages"))
        (site / "winnow.pth").write_text(sysconfig.get_path("purelib") + "\n")
        ready.write_text(wanted)
    roots = [
        PEERS.parent / packages.fetch_deb(f"peers-{name}", re.escape(name), PEERS.parent).files
        for name in DEBS
    ]
    find = "import pypandoc; print(pypandoc.get_pandoc_path())"
    pandoc = subprocess.run([python, "-c", find], capture_output=True, text=True, check=True).stdout.strip()
    return python, {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(HERE.parent.parent), str(HERE)]),  # no gate shadows a package
        "PATH": os.pathsep.join(
            [str(PEERS / "bin"), *(f"{root}/usr/bin" for root in roots), os.environ["PATH"]]
        ),
        "LD_LIBRARY_PATH": os.pathsep.join(
            str(path) for root in roots for path in root.glob("usr/lib/*-linux-gnu")
        ),
        "PANDOC": pandoc,
        "PEERS": str(HERE.parent.parent),
    }


if __name__ == "__main__":
    main()
