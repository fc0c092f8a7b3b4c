"""Which modules, tables and libraries are found to be a step's code."""

import ast
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from winnow.pipelines.engine.identity import code, forms


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text))


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A user's package, whose modules import each other in all the ways that there are."""
    files = {
        "shop/__init__.py": "",
        "shop/steps.py": '''
            import importlib, json
            from pathlib import Path
            import polars as pl
            from . import prices
            from .parts import bolts as b, nuts
            HERE = Path(__file__).parent

            def sell(docs):
                """Sells."""
                import shop.late
                import absent_library
                found = importlib.import_module("shop.named")
                command = ["-m", "shop.child"]
                return HERE / "lists" / "goods.txt", (HERE / "no.txt"), HERE.with_name("sold.tsv")
        ''',
        "shop/prices.py": "from sklearn import cluster",
        "shop/parts/__init__.py": "",
        "shop/parts/bolts.py": "def bolts(): pass",
        "shop/parts/nuts.py": "import numpy.linalg",
        "shop/parts/unused.py": "",
        "shop/late.py": "",
        "shop/named.py": "",
        "shop/child.py": "",
        "shop/lists/goods.txt": "goods",
        "shop/sold.tsv": "sold",
        "shop/other.txt": "other",
    }
    lay(tmp_path, files)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("WINNOW_STEPS", str(tmp_path))
    for name in [each for each in sys.modules if each.partition(".")[0] == "shop"]:
        del sys.modules[name]
    for known in (code.of_step, code._find, code._is_installed, code._read, code._tables):
        known.cache_clear()
    return tmp_path / "shop"


def test_all_that_a_module_imports_is_found(shop):
    found = code.of_step("shop.steps:sell")
    names = ("child", "late", "named", "parts", "parts.bolts", "parts.nuts", "prices", "steps")
    assert list(found["modules"]) == ["shop", *(f"shop.{name}" for name in names)]
    assert list(found["tables"]) == ["shop/lists/goods.txt", "shop/sold.tsv"]
    assert list(found["libraries"]) == ["Python", "absent_library", "numpy", "polars", "scikit-learn"]
    assert found["libraries"]["absent_library"] == code.ABSENT
    assert found["libraries"]["Python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"


def test_what_is_loaded_stays_what_it_was(shop):
    before = code.of_step("shop.steps:sell")
    (shop / "prices.py").write_text("PRICE = 3")
    assert code.of_step("shop.prices:any")["modules"]["shop.prices"] == before["modules"]["shop.prices"]
    code.check({"shop.steps:sell": before["digest"]})
    with pytest.raises(code.OtherCode, match="restart the workers"):
        code.check({"shop.steps:sell": "0123456789abcdef"})


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("x = 1  # one", "x = (\n  1\n)", True),
        ('def f():\n  "doc"\n  return 1', 'def f():\n  """other\n  """\n  return 1', True),
        ('class A:\n  "doc"', 'class A:\n  "other"', True),
        ("x = 'a'", 'x = "a"', True),
        ("x = 1", "x = 2", False),
        ("x = 1", "x = True", False),
        ("x = 1", "x = '1'", False),
        ("f(a, b)", "f(b, a)", False),
        ("f(a)(b)", "f(a, b)", False),
        ("[a, [b], c]", "[a, [b, c]]", False),
        ("if a:\n  b\n  c", "if a:\n  b\nc", False),
        ("def f(a: int = 1): 0", "def f(*, a: int = 1): 0", False),
        ("a < b", "a <= b", False),
        ("f(*a)", "f(**a)", False),
        ("global a", "nonlocal a", False),
        ("from . import a", "from .. import a", False),
        ("import a as b", "import a", False),
    ],
)
def test_the_digest_is_of_what_is_meant(before, after, same):
    assert (forms._form(ast.parse(before))[0] == forms._form(ast.parse(after))[0]) is same


def test_digests_are_the_same_in_every_process(shop):
    script = (
        "from winnow.pipelines.engine.identity import code\n"
        "print(code.of_step('filters.gopher:quality')['digest'])"
    )
    root = Path(__file__).parents[4]
    command = [sys.executable, "-c", script]
    digests = {
        subprocess.run(
            command, env={"PYTHONPATH": str(root), "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert digests == {f"{code.of_step('filters.gopher:quality')['digest']}\n".encode()}
