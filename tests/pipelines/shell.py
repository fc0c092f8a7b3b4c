"""Python under a shell's bounds, as one who may not raise them."""

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
_DROP, _RESOURCE = 24, 24  # PR_CAPBSET_DROP, CAP_SYS_RESOURCE: root may raise a hard bound


def run_under(
    bounds: Mapping[str, int], program: str, *arguments: object, patch: str = "", folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program with bounds (`CPU`, `DATA`, ...); in it and its children `patch` runs first."""

    def enter() -> None:
        ctypes.CDLL(None).prctl(_DROP, _RESOURCE, 0, 0, 0)
        for name, value in bounds.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))

    path = [str(ROOT)]
    if patch:
        assert folder is not None
        (folder / "patch").mkdir(exist_ok=True)
        (folder / "patch/sitecustomize.py").write_text(patch)
        path.insert(0, str(folder / "patch"))
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        preexec_fn=enter,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
