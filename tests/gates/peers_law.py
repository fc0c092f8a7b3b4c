"""The other tools of the gates and the bench of law, in an environment of their own: out/cache/peers_law.

It sees all that the environment of the tests has, and adds what `peers_law.txt` names.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from winnow.pipelines.commands.install import list_pins

HERE = Path(__file__).parent
PEERS = Path("out/cache/peers_law").resolve()


def enter() -> None:
    """Go on as this program in that environment; where it cannot be made, stay in this one, and say so."""
    if Path(sys.prefix) == PEERS or os.environ.get("WITHOUT_PEERS"):
        return
    try:
        python = install()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no other tools: {error}", flush=True)
        return
    roots = os.pathsep.join([str(HERE.parent.parent), str(HERE)])
    os.execve(python, [str(python), "-P", *sys.argv], {**os.environ, "PYTHONPATH": roots})


def install() -> Path:
    """The interpreter of the environment, which is made where it is not there or asks for other packages."""
    python, ready, wanted = PEERS / "bin/python", PEERS / ".ready", (HERE / "peers_law.txt").read_text()
    if not ready.exists() or ready.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", PEERS], check=True)
        site = next((PEERS / "lib").glob("python*/site-packages"))
        (site / "winnow.pth").write_text(sysconfig.get_path("purelib") + "\n")
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pins = PEERS / "pins.txt"  # without digests, which pip would ask of each peer, too
        pins.write_text("\n".join(list_pins(HERE.parent.parent / "requirements-test.lock")))
        subprocess.run([*pip, "--constraint", pins, "--requirement", HERE / "peers_law.txt"], check=True)
        ready.write_text(wanted)
    return python
