"""The command `winnow`: one name for all that Winnow does, each loaded when it is asked for."""

import importlib
from typing import Any

import click

from winnow import __version__

COMMANDS = {  # the module of each in the engine, as they are listed
    "run": "commands.run",
    "check": "commands.check",
    "status": "commands.status",
    "simulate": "commands.simulate",
    "report": "report.page",
    "explain": "report.explain",
    "compare": "report.compare",
    "verify": "commands.verify",
    "forget": "commands.forget",
    "worth": "commands.worth",
    "prices": "commands.prices",
    "tune": "commands.tune",
    "summary": "commands.summary",
    "tokenizer": "commands.tokenizer",
    "trace": "commands.trace",
    "new": "commands.new",
    "steps": "commands.steps",
}


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, in the order in which one needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command; None where there is none of this name."""
        if cmd_name not in COMMANDS:
            return None
        main: click.Command = importlib.import_module(f"winnow.pipelines.{COMMANDS[cmd_name]}").main
        return main

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click's own; a name that is none is refused with the nearest one."""
        if args and args[0] not in COMMANDS:
            from winnow.pipelines.spec.lines import suggest

            raise click.UsageError(f"no command {args[0]!r}{suggest(args[0], COMMANDS)}; --help lists them")
        return super().resolve_command(ctx, args)


@click.command(cls=Commands)
@click.version_option(__version__, prog_name="winnow")
def main() -> None:
    """Pretraining data curation: from raw archives to training shards, with a reason for every removal."""
