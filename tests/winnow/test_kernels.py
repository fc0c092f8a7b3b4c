"""What is compiled is kept, and compiled anew when what it was compiled from changes."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from winnow.compiler import SECONDS

ROOT = Path(__file__).parents[2]
FILES = {
    "shop/__init__.py": "",
    "shop/loops.py": """
        from pathlib import Path
        import numpy as np
        from winnow.kernels import kernel
        from shop.middle import (
            add,  # what it calls
        )
        SHIPPED = np.loadtxt(Path(__file__).with_name("shipped.txt"))

        @kernel
        def total(x):
            return add(x) + SHIPPED[0]

        @kernel(allocates=True)
        def ones(n):
            return np.ones(n)
    """,
    "shop/middle.py": """
        from winnow.kernels import kernel
        from .far import FAR

        @kernel(inlined=True)
        def add(x):
            return x + FAR
    """,
    "shop/far.py": "FAR = 10",
    "shop/beside.py": "",
    "shop/shipped.txt": "100 0",
}
SCRIPT = "from shop.loops import *; print(total(1), ones(2).sum(), len(total.compiled.stats.cache_hits))"


@pytest.fixture
def shop(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    return tmp_path / "shop"


def run(shop: Path, before: str = "", **more: str) -> str:
    """What the loops give in a process of their own, and whether they were compiled before."""
    home = {"XDG_CACHE_HOME": str(shop.parent / "home"), "PYTHONPATH": f"{ROOT}{os.pathsep}{shop.parent}"}
    command = [sys.executable, "-c", before + SCRIPT]
    done = subprocess.run(command, env={**os.environ, **home, **more}, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_what_a_loop_calls_and_reads_counts_wherever_it_stands(shop):
    assert run(shop) == "111.0 2.0 0"
    (shop / "beside.py").write_text("BESIDE = 1")
    assert run(shop) == "111.0 2.0 1"
    (shop / "far.py").write_text("FAR = 2000")
    assert run(shop) == "2101.0 2.0 0"
    (shop / "shipped.txt").write_text("3 0")
    assert run(shop) == "2004.0 2.0 0"
    (shop / "far.py").write_text("FAR = 10")
    (shop / "shipped.txt").write_text("100 0")
    assert run(shop) == "111.0 2.0 1"


def test_what_a_process_imported_before_makes_no_other_loop(shop):
    with (shop / "loops.py").open("a") as loops:
        loops.write("\ndef later():\n    from shop.beside import BESIDE\n    return BESIDE\n")
    assert run(shop) == "111.0 2.0 0"
    assert run(shop, "import shop.beside; ") == "111.0 2.0 1"
    (shop / "beside.py").write_text("BESIDE = 1")
    assert run(shop) == "111.0 2.0 0"


def test_what_was_edited_after_it_was_loaded_leaves_nothing_on_disk(shop):
    far = shop / "far.py"
    edit = (
        f"from shop.loops import *; from pathlib import Path; Path({str(far)!r}).write_text('FAR = 2000'); "
    )
    assert run(shop, edit) == "111.0 2.0 0"
    assert not list(shop.rglob("*.nbi"))
    assert run(shop) == "2101.0 2.0 0"


def test_a_loop_that_is_named_loads_no_compiler(shop):
    script = "import sys; from shop.loops import *; print('numba' in sys.modules); "
    assert run(shop, script) == "False\n111.0 2.0 0"


def test_where_the_source_folder_cannot_be_written_the_home_folder_holds_it(shop):
    (shop / "__pycache__").write_text("no folder")
    assert run(shop) == "111.0 2.0 0"
    assert list((shop.parent / "home/numba").rglob("loops.total-*.nbi"))
    assert run(shop) == "111.0 2.0 1"
    (shop / "far.py").write_text("FAR = 2000")
    assert run(shop) == "2101.0 2.0 0"


def test_the_folder_that_the_user_names_holds_it(shop):
    given = str(shop.parent / "given")
    assert run(shop, NUMBA_CACHE_DIR=given) == "111.0 2.0 0"
    assert list(Path(given).rglob("loops.total-*.nbi")) and not list(shop.rglob("*.nbi"))
    assert run(shop, NUMBA_CACHE_DIR=given) == "111.0 2.0 1"


def test_who_watches_hears_of_each_loop_that_is_compiled_and_about_how_long_all_take(shop):
    script = f"""from winnow.compiler import watch
from shop.loops import *
class Wrapper:
    def __getattribute__(self, name):
        raise AttributeError(name)
wrapper, heard = Wrapper(), []
with watch(heard.append):
    {SCRIPT.partition(";")[2]}
ones(3.0) if False else total(1.5)
print(heard)"""
    home = {"XDG_CACHE_HOME": str(shop.parent / "home"), "PYTHONPATH": f"{ROOT}{os.pathsep}{shop.parent}"}

    def hear():
        done = subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, **home}, capture_output=True, text=True
        )
        return done.stdout.splitlines()[-1], done.stderr

    # Three loops are cold; `add` is compiled on the way of `total`.
    total = f"{{'compiles': 'total', 'seconds': {3 * SECONDS}}}, {{'compiles': None}}"
    ones = f"{{'compiles': 'ones', 'seconds': {SECONDS}}}, {{'compiles': None}}"
    assert hear() == (f"[{total}, {ones}]", "")
    assert hear() == ("[]", "")
