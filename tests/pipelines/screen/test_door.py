"""A wrong command line is told in one line."""

import os

import click
import click.testing

from pipelines.address import FOLDERS
from pipelines.screen.door import Door, add_steps


@click.command(cls=Door)
@click.argument("out", type=click.Path(exists=True))
@click.option("--workers", type=click.IntRange(min=0))
def command(out, workers):
    """What it does."""


def ask(*words):
    told = click.testing.CliRunner().invoke(command, words)
    return told.exit_code, told.output


def test_one_line_says_what_is_wrong():
    end = "; --help says what may stand here.\n"
    assert ask("/", "--workers", "-3") == (
        2,
        f"Error: Invalid value for '--workers': -3 is not in the range x>=0{end}",
    )
    assert ask() == (2, f"Error: Missing argument 'OUT'{end}")
    code, told = ask("/", "--none\x07")
    assert code == 2 and told.count("\n") == 1 and "\x07" not in told


def test_help_is_whole():
    code, told = ask("--help")
    assert code == 0 and "What it does." in told and "Usage" in told


def test_folders_of_steps_are_found_before_those_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(FOLDERS, "/there")
    one = click.command(cls=Door)(add_steps(lambda: click.echo(os.environ[FOLDERS])))
    told = click.testing.CliRunner().invoke(one, ["--steps", str(tmp_path)])
    assert told.output == f"{tmp_path}{os.pathsep}/there\n"
    told = click.testing.CliRunner().invoke(one, ["--steps", str(tmp_path / "none")])
    assert told.exit_code == 2 and "does not exist" in told.output
