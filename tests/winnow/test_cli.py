"""The command `winnow`: each of its commands is there, and what is none is refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from winnow import __version__, cli

ROOT = Path(__file__).parents[2]


def call(*arguments, folder=ROOT):
    done = subprocess.run(
        [sys.executable, "-m", "winnow", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_says_what_it_does(name):
    told = CliRunner().invoke(cli.main, [name, "--help"])
    assert told.exit_code == 0 and f"{name} [OPTIONS]" in told.output


def test_the_page_of_commands_has_them_all():
    told = CliRunner().invoke(cli.main, ["--help"])
    listed = [line.split()[0] for line in told.output.partition("Commands:\n")[2].splitlines()]
    assert listed == list(cli.COMMANDS)


def test_it_is_called_by_name(tmp_path):
    assert call("--version", folder=tmp_path) == (0, f"winnow, version {__version__}\n")
    assert call("rnu", folder=tmp_path) == (
        2,
        "Error: no command 'rnu'; did you mean 'run'?; --help lists them\n",
    )
    code, told = call("check", "nothing.toml", folder=tmp_path)
    assert code == 2 and told == "nothing.toml: No such file or directory\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["--check", "--print", "--dry-run"])
def test_an_option_that_is_a_command_now_is_refused_by_its_name(option, tmp_path):
    code, told = call("run", "recipe.toml", "out", option, folder=tmp_path)
    assert code == 2 and option in told and "winnow check RECIPE OUT" in told
