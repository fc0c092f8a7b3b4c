"""A wrong command line is told in one line."""

import os

import click
import click.testing

from winnow.pipelines.engine.command import Command, add_steps
from winnow.pipelines.spec.address import FOLDERS


@click.command(cls=Command)
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
    one = click.command(cls=Command)(add_steps(lambda: click.echo(os.environ[FOLDERS])))
    told = click.testing.CliRunner().invoke(one, ["--steps", str(tmp_path)])
    assert told.output == f"{tmp_path}{os.pathsep}/there\n"
    told = click.testing.CliRunner().invoke(one, ["--steps", str(tmp_path / "none")])
    assert told.exit_code == 2 and "does not exist" in told.output


def test_what_no_command_foresees_is_a_line_and_its_traceback_stands_in_a_file(tmp_path):
    @click.command(cls=Command)
    @click.argument("out", type=click.Path())
    def fails(out):
        raise {"fault": KeyError("nobody"), "system": PermissionError(13, "Permission denied", "a")}[
            out[-6:].strip("/")
        ]

    for name, code, said in (("fault", 70, "KeyError: 'nobody'"), ("system", 2, "Permission denied: 'a'")):
        (tmp_path / name).mkdir()
        told = click.testing.CliRunner().invoke(fails, [str(tmp_path / name)])
        assert told.exit_code == code and said in told.output and "Traceback" not in told.output
    assert "nobody" in (tmp_path / "fault/error.txt").read_text()
