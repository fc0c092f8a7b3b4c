"""The docs say what the code does."""

import re
import subprocess
import tomllib
from pathlib import Path

from winnow.pipelines.commands import groups_page, new, steps
from winnow.pipelines.spec.address import find_steps, options

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]


def test_the_page_of_steps_has_every_step_with_its_settings():
    """It is made by `make steps`, and no file of the repository: what is held to is the making."""
    page = steps.render()
    sections = dict(re.findall(r"^## `(\S+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert list(sections) == [address for address, _, _ in find_steps()]
    for address, kind, function in find_steps():
        rows = re.findall(r"^\| `(\w+)` \|", sections[address], re.MULTILINE)
        assert rows == [setting.name for setting in options(function)], address
        assert f"*{kind} step*" in sections[address], address


def test_the_page_of_steps_is_not_kept():
    told = subprocess.run(["git", "ls-files", "docs/steps.md"], cwd=ROOT, capture_output=True, text=True)
    assert not told.stdout
    assert "docs/steps.md" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_page_of_groups_is_current():
    assert (ROOT / "docs/groups.md").read_text() == groups_page.render(), "make steps"


def test_the_page_of_groups_has_every_setting():
    page = groups_page.render()
    sections = dict(re.findall(r"^## `groups/(\S+)`\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    for file in (ROOT / "pipelines/recipes/groups").glob("*.toml"):
        settings = tomllib.loads(file.read_text()).get("settings", {})
        rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", sections[file.name], re.MULTILINE)
        assert {*settings} <= {name for name, _ in rows}, file.name
        for name, fills in rows:
            assert f'"${name}' in file.read_text() and fills, f"{file.name}: {name} fills nothing"


def test_every_step_says_what_it_promises():
    for address, _, function in find_steps():
        assert len(function.__doc__ or "") > 30, address


def test_help_lists_every_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.search(r"\.PHONY: (.*)", makefile)[1].split())
    told = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert targets == {line.split()[0] for line in told.split("\n\n")[0].splitlines()}


def test_links_lead_somewhere():
    for page in PAGES:
        for link in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_links_into_a_page_meet_a_heading():
    for page in PAGES:
        for link, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", page.read_text()):
            target = page.parent / link if link else page
            heads = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in anchors, f"{page.name}: {link}#{anchor}"


def test_the_page_of_gates_names_each():
    """Every gate that can be run, every file of a bench, and none that is not there."""
    text = (ROOT / "docs/gates.md").read_text()
    gates, benches = text.split("## Benches")
    benches, others = benches.split("## Files beside them")
    told = {f"tests/gates/{name}.py" for name in re.findall(r"^\| `(\w+)`", gates, re.MULTILINE)}
    told |= {f"tests/bench/{name}.py" for name in re.findall(r"^\| `(\w+)`", benches, re.MULTILINE)}
    told |= set(re.findall(r"^\| `(\S+)`", others, re.MULTILINE))
    there = {path for path in (ROOT / "tests/gates").glob("*.py") if "__main__" in path.read_text()}
    there |= set((ROOT / "tests/bench").glob("*.py"))
    assert told == {str(path.relative_to(ROOT)) for path in there}


def test_gates_that_ci_runs_are_there():
    known = tomllib.loads((ROOT / "tests/gates/gates.toml").read_text())["gate"]
    (asked,) = re.findall(r'make gates NAME="([^"]+)"', (ROOT / ".ci/run").read_text())
    assert set(asked.split()) <= {name.split()[0] for name in known}


def test_decisions_stand_under_headings_the_newest_first():
    text = (ROOT / "docs/decisions.md").read_text()
    assert not re.findall(r"^\*\*", text, re.MULTILINE), "a decision begins with its day"
    for room in text.split("\n## ")[1:]:
        days = re.findall(r"^(\d{4}-\d\d-\d\d): \*\*", room, re.MULTILINE)
        assert days and days == sorted(days, reverse=True), room.partition("\n")[0]


def test_the_page_of_tasks_names_every_step():
    text = (ROOT / "docs/tasks.md").read_text()
    told = set(re.findall(r"`([\w.]+\.\w+:\w+)`", text))
    assert told == {address for address, _, _ in find_steps()}
    for recipe in re.findall(r"`([\w/]+\.toml)`", text):
        assert (ROOT / "pipelines/recipes" / recipe).exists(), recipe


def test_the_page_of_architecture_names_every_room():
    (tree,) = re.findall(r"```text\n(winnow/.*?)```", (ROOT / "docs/architecture.md").read_text(), re.DOTALL)
    way: list[str] = []
    told = set()
    for indent, name in re.findall(r"^( *)(\w+)/", tree, re.MULTILINE):
        way = [*way[: len(indent) // 2], name]
        told.add("/".join(way))
    leaves = [ROOT / name for name in {room.split("/")[0] for room in told}]
    there = {path.parent for leaf in leaves for path in leaf.rglob("*.py")}
    assert {str(path.relative_to(ROOT)) for path in there} <= told
    assert all((ROOT / room).is_dir() for room in told)


def test_the_index_has_every_page_once():
    index = (ROOT / "docs/README.md").read_text()
    told = re.findall(r"^\| \[[^]]+\]\(([^)]+)\) \| (.+) \| (.+) \|$", index, re.MULTILINE)
    pages = {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert sorted(page for page, _, _ in told) == sorted(pages - {"README.md", "steps.md"})
    assert "](docs/README.md)" in (ROOT / "README.md").read_text()


def test_the_step_of_ones_own_is_what_is_written():
    use = {"use": "filters.mine:short", "path": "filters.mine", "module": "mine", "name": "short"}
    assert new.STEP.format(**use) in (ROOT / "docs/recipes.md").read_text()
