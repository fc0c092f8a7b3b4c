"""A command of the shell that says what is wrong with its line in one sentence."""

from typing import Any

import click

from pipelines.screen.redact import redact_text
from pipelines.screen.terminal import make_safe


class Door(click.Command):
    """A command without click's lines on usage, which stand in its `--help`."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """As click's own; UsageError (exit code 2) is one line."""
        try:
            return super().make_context(*args, **more)
        except click.UsageError as error:
            told = error.format_message().rstrip(".")
            raise click.UsageError(
                make_safe(redact_text(f"{told}; --help says what may stand here."))
            ) from None
