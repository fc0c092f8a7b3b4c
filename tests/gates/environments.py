"""Environments of other tools, under out/cache: each sees all that the environment of the tests has, and adds
what the file of its name asks for, `peers.txt` for the gates of sources, `peers_law.txt` for those of law."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from winnow.pipelines.commands.install import list_pins

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def enter(name: str) -> None:
    """Go on as this program in that environment; where it cannot be made, stay in this one, and say so."""
    if Path(sys.prefix) == _find(name) or os.environ.get("WITHOUT_PEERS"):
        return
    try:
        python = install(name)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no other tools: {error}", flush=True)
        return
    roots = os.pathsep.join(map(str, [ROOT, HERE, ROOT / "tests/bench", os.environ.get("PYTHONPATH", "")]))
    os.execve(python, [str(python), "-P", *sys.argv], {**os.environ, "PYTHONPATH": roots})


def install(name: str) -> Path:
    """The interpreter of an environment, which is made where it is not there or asks for other packages."""
    folder, asked = _find(name), HERE / f"{name}.txt"
    python, ready = folder / "bin/python", folder / ".ready"
    if not ready.exists() or ready.read_text() != asked.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        site = next((folder / "lib").glob("python*/site-packages"))
        (site / "winnow.pth").write_text(sysconfig.get_path("purelib") + "\n")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--use-pep517"]
        pins = folder / "pins.txt"  # without digests, which pip would ask of each peer, too
        pins.write_text("\n".join(list_pins(ROOT / "requirements-test.lock")))
        subprocess.run([*pip, "--constraint", pins, "--requirement", asked], check=True)
        ready.write_text(asked.read_text())
    return python


def _find(name: str) -> Path:
    return Path("out/cache").resolve() / name
