"""The runner of gates, on small gates that are really run, and what it knows of the true ones."""

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pins
import pytest
import reached
import results
import runner
import sections

ROOT = Path(__file__).parents[2]
MEASURED = "from figures import Figures\n\nf = Figures('{0}')\nf.add('{1}', {2}, 0.9)\nf.close()\n"
GATES = {
    "good": MEASURED.format("good", "pages of all", 0.98),
    "low": "import winnow.dedup.near\n" + MEASURED.format("low", "recall", 0.5),
    "broken": "raise ValueError('no such page')\n",
    "hungry": "print('never')\n",
    "late": "import os\nprint('of', os.environ.get('SEED'))\nopen('late.txt', 'a').write('.')\n",
}
TABLE = """
[gate]
"late SEED=7" = { needs = [], minutes = 5 }
broken = { needs = [], minutes = 0.1 }
low = { needs = [], minutes = 0.2 }
good = { needs = [], minutes = 0.3 }
hungry = { needs = ["NO_SUCH_DATA", "no-such-program"], minutes = 0.1 }
"""


@pytest.fixture
def checkout(tmp_path):
    """A repository with a product of two leaves and five gates."""
    home = tmp_path / "tests/gates"
    for folder in (home, tmp_path / "dedup", tmp_path / "filters"):
        folder.mkdir(parents=True)
    for name, text in GATES.items():
        (home / f"{name}.py").write_text(text)
    (home / "figures.py").write_text((ROOT / "tests/gates/figures.py").read_text())
    (home / "gates.toml").write_text(TABLE)
    (tmp_path / "dedup/near.py").write_text("")
    (tmp_path / "winnow").mkdir()
    (tmp_path / "winnow/__init__.py").write_text("")
    (tmp_path / "winnow/dedup").symlink_to("../dedup")
    (tmp_path / "filters/rule.py").write_text("")
    (tmp_path / "pyproject.toml").write_text('[tool.coverage.run]\nsource = ["dedup", "filters", "winnow"]\n')
    (tmp_path / ".gitignore").write_text("out/\nlate.txt\n__pycache__/\n")
    (tmp_path / "requirements-test.lock").write_text("polars==2.1 \\\n    --hash=sha256:0\n")
    commit(tmp_path)
    return tmp_path


def commit(home):
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--allow-empty", "-m", "all"]):
        named = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *named, *words], cwd=home, check=True, capture_output=True)


def begin(home, *words):
    command = [sys.executable, "-P", str(ROOT / "tests/gates/runner.py"), *words]
    env = os.environ | {"PYTHONPATH": str(ROOT / "tests/gates")}
    told = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=home, env=env, **told)


def run(home, *words):
    """The exit code, and the rows of the table by the name of the gate."""
    going = begin(home, *words)
    told = going.communicate()[0]
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in told.splitlines() if "│" in line]
    return going.returncode, {row[0].removeprefix("gate "): row[1:] for row in cells if row[0]}, told


def test_it_goes_on_after_what_falls_short_or_fails_and_names_what_was_not_run(checkout):
    code, rows, told = run(checkout)
    assert code == 1
    assert rows["good"][0] == "ok" and rows["late SEED=7"][0] == "ok"
    assert rows["low"][:2] == ["1 short", "recall 0.5 0.9"]
    assert rows["broken"][0] == "failed (1): ValueError: no such page"
    assert rows["hungry"][0] == "not run: needs NO_SUCH_DATA, no-such-program"
    order = re.findall(r"^gate (.*): \S+ min or so$", told, re.MULTILINE)
    assert order == ["broken", "low", "good", "late SEED=7"]
    kept = json.loads((checkout / "out/gates/results.json").read_text())
    assert kept["gate good"]["figures"] == ["pages of all 0.98 0.9 ok"]
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, text=True).stdout
    assert head.startswith(kept["gate good"]["commit"]) and kept["gate good"]["memory_mb"] > 1
    assert (checkout / "out/gates/logs/gate_late_SEED=7.txt").read_text() == "of 7\n"


def test_it_goes_on_where_it_was_left(checkout):
    run(checkout, "--minutes", "1")
    assert not (checkout / "late.txt").exists()
    code, rows, told = run(checkout)
    assert re.findall(r"^gate (.*): \S+ min or so$", told, re.MULTILINE) == ["late SEED=7"]
    assert code == 1 and rows["good"][0] == "ok" and (checkout / "late.txt").read_text() == "."
    run(checkout, "late")
    assert (checkout / "late.txt").read_text() == "..", "a gate that is named runs again"


def test_minutes_that_are_spent_begin_nothing(checkout):
    code, rows, _ = run(checkout, "--minutes", "0")
    assert code == 0 and rows["low"][0] == "not run: takes 0.2 min"
    assert rows["hungry"][0].startswith("not run: needs"), "what is not here is said whatever time there is"


def test_a_result_is_stale_where_its_inputs_changed_and_no_other(checkout):
    run(checkout)
    (checkout / "dedup/near.py").write_text("changed = True\n")
    commit(checkout)
    code, rows, _ = run(checkout, "--minutes", "0")
    assert rows["low"][0].startswith("stale since") and "(1 short): takes" in rows["low"][0]
    assert rows["good"][0] == "ok" and code == 1, "broken is as it was"
    (checkout / "tests/gates/broken.py").write_text(GATES["broken"] + "\n")
    (checkout / "tests/gates/figures.py").write_text((ROOT / "tests/gates/figures.py").read_text() + "\n")
    code, rows, _ = run(checkout, "--minutes", "0")
    assert code == 0 and {row[0].split()[0] for row in rows.values()} >= {"stale", "not"}
    assert rows["late SEED=7"][0] == "ok" and rows["good"][0].startswith("stale"), "late reads no figures"


def test_results_of_all_are_written_for_the_next_checkout(checkout):
    run(checkout, "--write")
    told = (checkout / "tests/gates/results.json").read_text()
    assert '"recall 0.5 0.9 short"' in told and "gate hungry" not in told
    (checkout / "dedup/near.py").write_text("changed = True\n")
    assert run(checkout, "low")[1]["low"][0] == "1 short", "what is written is not held above what is newer"
    (checkout / "dedup/near.py").write_text("")
    (checkout / "out/gates/results.json").unlink()
    code, rows, _ = run(checkout, "--minutes", "0")
    assert code == 1 and rows["good"][0] == "ok" and rows["low"][0] == "1 short"


def test_one_that_is_interrupted_leaves_nothing_behind_and_no_result(checkout):
    (checkout / "tests/gates/late.py").write_text(
        "import os, time\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    going = begin(checkout, "late")
    file = checkout / "pid"
    while not (file.exists() and file.read_text()):
        assert going.poll() is None
        time.sleep(0.05)
    going.send_signal(signal.SIGINT)
    told = going.communicate(timeout=60)[0]
    assert going.returncode == 130 and "late SEED=7" in told
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)
    assert not (checkout / "out/gates/results.json").exists()


def test_one_that_takes_too_long_is_ended(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    (checkout / "tests/gates/late.py").write_text("import time\nprint('begun')\ntime.sleep(600)\n")
    code, _ = runner.execute(results.Row("gate", "late", [], 0), checkout / "log.txt", 2)
    assert code == -signal.SIGINT and (checkout / "log.txt").read_text().startswith("begun\n")


def test_every_gate_and_bench_is_known(monkeypatch):
    """What a table of docs/gates.md names has a row or is run by hand; the rest is part of what has."""
    monkeypatch.chdir(ROOT)
    text = Path("docs/gates.md").read_text().split("## Files beside them")[0]
    gates, benches = text.split("## Benches")
    told = {f"tests/gates/{name}.py" for name in re.findall(r"^\| `(\w+)`", gates, re.MULTILINE)}
    told |= {f"tests/bench/{name}.py" for name in re.findall(r"^\| `(\w+)`", benches, re.MULTILINE)}
    rows = results.read_rows()
    by_hand = [
        f"tests/{name}.py" for name in tomllib.loads(Path("tests/gates/gates.toml").read_text())["by_hand"]
    ]
    suites = {str(file) for row in rows if row.settings for file in results.follow(row)}
    assert told <= {str(row.file) for row in rows} | set(by_hand) | suites
    assert all(row.file.exists() for row in rows) and all(Path(name).exists() for name in by_hand)
    used = {file for row in rows for file in results.follow(row)}
    used |= {file for name in by_hand for file in results.follow(results.Row("gate", Path(name).stem, [], 0))}
    there = {path for folder in results.FOLDERS.values() for path in folder.glob("*.py")}
    runner = {Path(f"tests/gates/{name}.py") for name in ("runner", "results", "reached", "pins")}
    assert {path for path in there - used - runner if not path.name.startswith("test_")} == set()


def test_what_a_gate_reaches_is_seen(monkeypatch):
    monkeypatch.chdir(ROOT)
    rows = {row.words: row for row in results.read_rows() if row.kind == "gate"}
    assert Path("tests/gates/sources_papers.py") in results.follow(rows["sources_papers"])
    assert Path("tests/gates/golds/recipe_read_1a.tsv") in results.follow(rows["recipe_read"])
    weights = {str(path) for path in reached.reach(results.follow(rows["planted_weights"]))}
    assert {"mixing/optimize.py", "mixing/solver/descent.py", "winnow/files.py"} <= weights
    assert not [path for path in weights if path.startswith(("ocr/", "dedup/", "pipelines/engine/"))]
    funnel = {str(path) for path in reached.reach(results.follow(rows["funnel"]))}
    assert {"pipelines/engine/shard.py", "pipelines/recipes/winnow.toml", "filters/gopher.py"} <= funnel
    assert {"pipelines/recipes/groups/duplicates.toml", "dedup/near/tokens.py"} <= funnel


def forget():
    """What is remembered is of one checkout."""
    for name in (
        "list_product",
        "list_sources",
        "list_recipes",
        "list_commands",
        "parse",
        "follow",
        "list_beside",
    ):
        getattr(reached, name).cache_clear()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from winnow.dedup import near\n", {"dedup/near.py"}),
        ("def late():\n    import winnow.filters.rule as rule\n", {"filters/rule.py", "filters/table.tsv"}),
        ("command = ['python', '-m', 'winnow.filters.rule']\n", {"filters/rule.py", "filters/table.tsv"}),
        ("step = 'filters.rule:keep'\n", {"filters/rule.py", "filters/table.tsv"}),
        ("path = f'filters/deep/{1}.py'\n", {"filters/deep/one.py"}),
        ('"""Not filters.rule:keep."""\n', set()),
        ("recipe = 'some', 'made.toml'\n", {"pipelines/recipes/some.toml"}),
        ("recipe = 'some'\n", set()),
        (
            "recipe = 'recipes/some.toml'\nfrom winnow.pipelines.engine import run\n",
            {"pipelines/engine/run.py"},
        ),
        (
            "from winnow.pipelines.engine import run\n",
            {"filters/deep/one.py", "filters/rule.py", "dedup/near.py"},
        ),
    ],
)
def test_names_and_imports_are_followed(checkout, monkeypatch, text, wanted):
    for name, said in {
        "filters/table.tsv": "",
        "filters/deep/one.py": "",
        "pipelines/engine/run.py": "",
        "pipelines/recipes/some.toml": 'use = "groups/more.toml"',
        "pipelines/recipes/groups/more.toml": '[[step]]\nuse = "dedup.near:sign"',
        "tests/gates/one.py": text,
    }.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(said)
    own = (checkout / "pyproject.toml").read_text().replace('"winnow"', '"pipelines", "winnow"')
    (checkout / "pyproject.toml").write_text(own)
    monkeypatch.chdir(checkout)
    forget()
    found = {str(path) for path in reached.reach([Path("tests/gates/one.py")])}
    assert wanted <= found and (wanted or not found)
    run = any(path.startswith("pipelines/engine/") for path in found)
    assert not run or "dedup/near.py" in found
    assert ("filters/rule.py" in found) == ("filters/rule.py" in wanted)
    forget()


def test_every_floor_is_printed_as_the_runner_reads_it():
    """A bench that has floors says its figures by `say_figure` or `sides.hold`, and ends with 1 below one."""
    for path in sorted((ROOT / "tests/bench").glob("*.py")):
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        if names & {"FLOORS", "LIMITS"}:
            text = path.read_text()
            assert "say_figure" in names or "sides.hold(" in text, path.name
            assert "sys.exit(" in text or "sides.close(" in text, path.name


def test_a_section_that_there_is_not_is_refused(monkeypatch):
    chosen = {
        "": ["read", "mix"],
        "held": ["held"],
        "mix,read": ["read", "mix"],
        " held  mix,": ["mix", "held"],
    }
    for asked, wanted in chosen.items():
        monkeypatch.setenv("ONLY", asked)
        assert sections.choose(["read", "mix", "held"], ["read", "mix"]) == wanted
    monkeypatch.setenv("ONLY", "mix,haeld")
    with pytest.raises(SystemExit, match="ONLY=haeld: there is no such section; there are: read, mix, held"):
        sections.choose(["read", "mix", "held"], ["read", "mix"])


def test_all_gates_and_benches_with_sections_choose_them_in_one_place():
    files = [file for folder in ("gates", "bench") for file in (ROOT / "tests" / folder).glob("*.py")]
    texts = {file: file.read_text() for file in files}
    readers = [file.name for file, text in texts.items() if re.search(r"environ\b.*[\"']ONLY[\"']", text)]
    assert readers == ["sections.py"]
    table = tomllib.loads((ROOT / "tests/gates/gates.toml").read_text())
    for folder, rows in (("gates", table["gate"]), ("bench", table["bench"])):
        names = {key.split()[0] for key in rows if "ONLY=" in key}
        assert names and all("sections.choose(" in texts[ROOT / f"tests/{folder}/{one}.py"] for one in names)


def test_modules_of_tests_that_gates_import_are_where_they_look():
    for folder in ("gates", "bench"):
        for file in (ROOT / "tests" / folder).glob("*.py"):
            text = file.read_text()
            looked = [ROOT / path for path in re.findall(r'"(tests/[\w/]+)"', text)]
            names = re.findall(r"^ *from (test_\w+) import", text, re.MULTILINE)
            assert all(any((path / f"{name}.py").exists() for path in looked) for name in names), file


def test_a_gate_hangs_on_the_packages_that_its_files_import_and_what_these_need(tmp_path, monkeypatch):
    """Of scikit-learn on scipy, too; what nobody imports, or another one's extra, may change."""
    monkeypatch.chdir(tmp_path)
    names = ("scikit-learn", "scipy", "numpy", "rich", "numpy")
    lock = [
        f"{name}=={number} ; python_version > '3' \\\n    --hash=sha256:{number}"
        for number, name in enumerate(names)
    ]
    Path("requirements-test.lock").write_text("\n".join(lock) + "\n")
    Path("one.py").write_text("import json\nfrom sklearn.linear_model import Ridge\n")
    for cached in (pins.read_pins, pins.list_needed):
        cached.cache_clear()
    found = pins.list_pins([Path("one.py"), Path("readme.md")])
    assert found == [lock[2] + lock[4], lock[0], lock[1]]
    for cached in (pins.read_pins, pins.list_needed):
        cached.cache_clear()
