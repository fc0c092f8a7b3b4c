"""All steps of the shipped recipes that can be called alone are called, so that their loops are compiled."""

import re

from pipelines import warm


def test_all_recipes_are_warmed(capsys):
    warm.main()
    (count,) = re.findall(r"compiled the kernels of (\d+) steps", capsys.readouterr().out)
    assert int(count) > 20
