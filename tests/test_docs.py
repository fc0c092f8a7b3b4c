"""The docs say what the code does."""

import re
import subprocess
from pathlib import Path

from pipelines import steps
from pipelines.address import find_steps

ROOT = Path(__file__).parent.parent


def test_the_page_of_steps_is_current():
    assert (ROOT / "docs/steps.md").read_text() == steps.render() + "\n", (
        "python -m pipelines.steps > docs/steps.md"
    )


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
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
