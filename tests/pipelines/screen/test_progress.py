"""What is said stands there as it is."""

from pipelines.screen.progress import Progress


def test_a_line_is_neither_markup_nor_an_emoji(capsys):
    Progress().say("a:bomb:.txt [red]x[/red] \x1b[2J https://me:pw@host/")
    assert capsys.readouterr().out == "a:bomb:.txt [red]x[/red] \\x1b[2J https://host/\n"
