import json
from typing import Any

import pytest

from winnow.ingest.code.notebooks import MAX_OUTPUT_CHARS, read_notebook


def write(*cells: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {"cells": list(cells), "metadata": {"kernelspec": {"language": "R"}}, "nbformat": 4, **more}
    )


def code(source: Any, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs)}


def test_prose_stands_as_it_is_and_code_in_fences() -> None:
    book = read_notebook(
        write({"cell_type": "markdown", "source": ["# A\n", "b"]}, code("x <- 1"), code(" "))
    )
    assert book.text == "# A\nb\n\n```r\nx <- 1\n```"
    assert book.about == {"cells": 3, "language": "r"}


def test_a_fence_is_longer_than_those_in_the_cell() -> None:
    assert read_notebook(write(code("'''\n```\n'''"))).text == "````r\n'''\n```\n'''\n````"


def test_outputs_are_told_apart_and_bounded() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * 1_000_000}}
    shown = {"output_type": "execute_result", "data": {"text/plain": ["1\n", "2"], "text/html": "<b>"}}
    stream = {"output_type": "stream", "text": "\x1b[31mred\x1b[0m"}
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["x" * 1000]}
    book = read_notebook(write(code("x", picture, shown, stream, error)))
    assert book.outputs == "1\n2\n\nred\n\nE: v"
    assert book.about["outputs"] == 4 and "1\n2" not in book.text
    long = read_notebook(write(code("x", {"output_type": "stream", "text": "y" * 1_000_000})))
    assert len(long.outputs) == MAX_OUTPUT_CHARS and long.about["output_chars"] == 1_000_000


def test_the_third_format_has_worksheets() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "T"},
        {"cell_type": "code", "input": "x", "outputs": []},
    ]
    text = json.dumps({"worksheets": [{"cells": cells}], "metadata": {}, "nbformat": 3})
    assert read_notebook(text).text == "## T\n\n```python\nx\n```"


@pytest.mark.parametrize("text", ["{", "[1]", "{}", '{"cells": 3}', "[" * 100_000])
def test_what_is_no_notebook_is_told(text: str) -> None:
    with pytest.raises(ValueError):
        read_notebook(text)
