"""What set-up compiles is all that a first run calls, and it says what it is at."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import small
from numba.core import event

from winnow.pipelines.commands import run, warm, warm_inputs
from winnow.pipelines.demo import wrap
from winnow.pipelines.spec.address import AbsentPackage

ROOT = Path(__file__).parents[3]
SPEAKS = ("mine.toml", "winnow.toml", "fineweb.toml")


class Compiled(event.Listener):
    """Names of the loops of ours that were compiled."""

    def __init__(self):
        self.names = []

    def on_start(self, event):
        function = event.data["dispatcher"].py_func
        if not function.__module__.startswith("numba."):
            self.names.append(f"{function.__module__}:{function.__qualname__}")

    def on_end(self, event): ...


@pytest.fixture(scope="module")
def warmed(tmp_path_factory):
    """The recipes that set-up runs, run as it runs them: no more than reading, where it did so before."""
    folder = tmp_path_factory.mktemp("warm")
    warm_inputs.write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in warm.RUN:
            warm._run(warm.Job(name), folder)
    return folder


def test_no_loop_is_left_for_the_first_run_on_other_texts_and_pages(warmed, tmp_path, monkeypatch):
    (tmp_path / "data/mine").mkdir(parents=True)
    texts = [*small.prose(), "Kurz.", "word " * 400]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in [*texts, texts[0], texts[1] + " More."])
    (tmp_path / "data/mine/a.jsonl").write_text(lines)
    pages = [(tmp_path / f"{n}.html", text) for n, text in enumerate(texts)]
    for page, text in pages:
        blocks = "".join(f"<p>{block}</p><br/>" for block in text.split("\n\n"))
        page.write_text(
            f"<html><body><h1>A page<a name='x' /></h1><table><tr><td>1</table>{blocks}</body></html>"
        )
    named = [(f"http://b.example/{page.name}", page) for page, _ in pages]
    wrap.wrap_pages(named, tmp_path / "data/web/a")
    monkeypatch.chdir(tmp_path)
    compiled = Compiled()
    with event.install_listener("numba:compile", compiled):
        for name in SPEAKS:
            assert run.execute(warm.FOLDER / "recipes" / name, tmp_path / name, 0, None, "auto", ()) == 0
    assert compiled.names == []


def test_the_inputs_go_every_way_that_a_recipe_has(warmed):
    reasons = (warmed / "out/mine").glob("*/stage.json")
    counts = " ".join(path.read_text() for path in [*reasons, *(warmed / "out").glob("*/*/stage.json")])
    for reason in ("exact.duplicate", "minhash.near_duplicate", "language.not_wanted", "dclm.too_few_words"):
        assert reason in counts, reason
    assert "contamination." in (warmed / "out/warm/clean/stage.json").read_text()


def test_steps_whose_package_is_absent_are_passed_over_by_name(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    job = warm.Job("mixing.anneal:begin", {"data": "d", "phase": "p", "proxy_tokens": 1})
    told, _ = warm.do(job, tmp_path)
    assert told == "passed over, since not installed are torch (`make extras`)"


def test_a_step_that_fails_costs_the_others_nothing(tmp_path):
    told, _ = warm.do(warm.Job("filters.gopher:quality", {"min_words": "many"}), tmp_path)
    assert told and told.startswith("failed with ")


def test_each_step_of_the_shipped_recipes_is_called_and_none_fails(tmp_path):
    jobs = warm.list_steps()
    assert len(jobs) > 60 and len({job.name for job in jobs}) == len(jobs)
    told = {job.name: warm.do(job, tmp_path)[0] for job in jobs}
    assert {name: why for name, why in told.items() if why} == {}


def test_it_says_what_and_how_many_of_how_many(tmp_path):
    """Two steps, in processes of their own, by the way that set-up goes."""
    script = (
        "import sys; from winnow.pipelines.commands import warm\n"
        "warm.RUN, warm.list_steps = (), lambda: [warm.Job('filters.text:nonempty', {}),"
        " warm.Job('filters.secrets:mask', {}), warm.Job('filters.text:gone', {})]\n"
        "sys.modules['kingfisher_sdk'] = None\n"
        "warm.main()\n"
    )
    (tmp_path / "go.py").write_text(script)
    ready = tmp_path / "ready"
    command = [sys.executable, "-c", f"exec(open({str(tmp_path / 'go.py')!r}).read())", str(ready)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=small_env())
    assert told.returncode == 0, told.stderr
    assert re.search(r"^compiling: \d+ loops, 3 of 3 steps and recipes, \d+ s: done$", told.stdout, re.M)
    assert re.search(r"^failed with .*no function 'gone'", told.stdout, re.M | re.S)
    assert re.search(r"^\d+ loops are compiled; \d+ s, \d+ s of CPU$", told.stdout, re.M)
    assert all(Path(loop).exists() for loop in json.loads(ready.read_text())["loops"])


def small_env():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_a_package_that_is_absent_is_an_error_of_its_own():
    assert AbsentPackage("a:b", ["torch"]).packages == "torch"
