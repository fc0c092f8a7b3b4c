"""A summary as Markdown and as a page that needs nothing but itself."""

import json
from pathlib import Path
from typing import Any

from winnow import markdown
from winnow.markdown import draw_table
from winnow.pipelines.law.facts import NOT_KNOWN
from winnow.pipelines.report.page import make_environment

ROWS = 200  # of a table in a page: the JSON has all


def write_page(told: dict[str, Any]) -> str:
    """The summary as HTML: texts are escaped, no script may run, nothing is loaded."""
    environment = make_environment(Path(__file__).parent / "templates")
    environment.filters["cell"] = say
    return environment.get_template("summary.html.jinja").render(
        **told,
        rows_shown=ROWS,
        open_fields=list_open(told["summary"]),
    )


def list_open(sections: list[dict[str, Any]]) -> list[str]:
    """What a person has yet to say of sections: the texts that ask for it."""
    return [
        fact["said"].removeprefix(f"{NOT_KNOWN}: ")
        for section in sections
        for fact in section["fields"]
        if fact.get("said", "").startswith(NOT_KNOWN)
    ]


def say(value: Any) -> str:
    """A value in a cell: a number with its thousands, a dash for null."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def escape(value: Any) -> str:
    """A value in a line of Markdown that it cannot leave or mark up."""
    return markdown.escape(say(value))


def write_markdown(told: dict[str, Any]) -> str:
    """The summary in Markdown."""
    version = told["version"]
    lines = [
        f"# Public summary of training content: {escape(told['title'])}",
        "",
        f"{escape(told['template'])}. Version {version['number']}, written on {version['written']}.",
        "Figures are counted from the files of the run; `summary.json` has the lines that count each again.",
    ]
    for section in told["summary"]:
        lines += ["", f"## {section['number']} {escape(section['title'])}", ""]
        lines += [line for fact in section["fields"] for line in _write_fact(fact)]
    return "\n".join([*lines, *_write_changes(told), ""])


def write_datasheet(told: dict[str, Any]) -> str:
    """The datasheet in Markdown."""
    lines = [
        f"# Datasheet: {escape(told['title'])}",
        "",
        "The questions of Gebru et al. 2021 (arXiv:1803.09010), shortened; answered from the files of the"
        " run, and by its makers.",
    ]
    for section in told["datasheet"]:
        lines += ["", f"## {escape(section['title'])}", ""]
        lines += [line for fact in section["fields"] for line in _write_fact(fact)]
    return "\n".join([*lines, ""])


def _write_changes(told: dict[str, Any]) -> list[str]:
    changes = told["version"]["changes"]
    if told["version"]["earlier"] is None:
        return []
    head = f"## Changes since version {told['version']['earlier']}"
    rows = ([say(row[name]) for name in ("field", "was", "is")] for row in changes[:ROWS])
    left = [f"... and {len(changes) - ROWS:,} more, in summary.json."] if len(changes) > ROWS else []
    table = draw_table(["field", "was", "is"], rows)
    return ["", head, "", *table, *(["", *left] if left else [])]


def _write_fact(fact: dict[str, Any]) -> list[str]:
    value, label = fact["value"], escape(fact["label"])
    if value is None:
        return [f"* **{label}**: *{escape(fact.get('said') or 'none')}*"]
    if not isinstance(value, list):
        return [f"* **{label}**: {escape(value)}"]
    if not value or not isinstance(value[0], dict):
        return [f"* **{label}**: {'; '.join(escape(one) for one in value)}"]
    names = list(value[0])
    left = [f"... and {len(value) - ROWS:,} more, in summary.json."] if len(value) > ROWS else []
    return [
        f"* **{label}**:",
        "",
        *(
            f"  {line}"
            for line in draw_table(names, ([say(row[name]) for name in names] for row in value[:ROWS]))
        ),
        "",
        *left,
    ]


def write_json(value: dict[str, Any]) -> str:
    """JSON that people read, too."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"
