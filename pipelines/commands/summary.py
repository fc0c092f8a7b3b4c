"""What the law asks to be said of the shards of a finished run: `make summary OUT=dir [ABOUT=about.toml]`.

winnow summary OUT [--about FILE] [--stage NAME]

Writes the public summary of training content (AI Act, Art. 53(1)(d)), a datasheet and Croissant's description
beside the dataset card, and keeps every version in OUT/summaries.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from winnow.pipelines.engine.command import Command, RunFolder, refuse
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.law import about as saying
from winnow.pipelines.law import counts, croissant, datasheet, facts, pages, sources, template, versions
from winnow.pipelines.report import status
from winnow.pipelines.screen.redact import redact_text
from winnow.pipelines.screen.terminal import make_safe
from winnow.pipelines.takedown import outdated

SHOWN = 8  # lines of a kind on the terminal


def tell(out: Path, about_path: Path | None, stage: str | None) -> tuple[counts.Corpus, dict[str, Any]]:
    """All that is said of the run in `out`, without its version. FileNotFoundError where it is no run,
    Damaged where it is not what was written, SummaryError and AboutError where nothing can be told."""
    standing = status.read(out)
    if standing.under_way or not standing.is_whole():
        raise counts.SummaryError(f"{out}: {standing.describe()}: run it to its end first, or again")
    account = run_summary.read(out)
    if versions.FOLDER in account.stages:
        raise counts.SummaryError(
            f"{out}: a stage is called {versions.FOLDER!r}, as the folder of summaries would be"
        )
    text = account.recipe_text
    named = [entry["name"] for entry in (*sources.list_entries(text), *sources.list_copies(text))]
    about = saying.read(about_path, named)
    corpus = counts.read(account, stage)
    sections = template.fill(corpus, about)
    found = {fact.key: fact for section in sections for fact in section.facts}
    licenses = sorted(row["license"] or "not stated" for row in found["licenses"].value)
    sheet = datasheet.fill(corpus, about, sections)
    return corpus, {
        "title": corpus.title,
        "template": template.NAME,
        "stage": corpus.shards.name,
        "summary": [section.describe() for section in sections],
        "datasheet": [section.describe() for section in sheet],
        "croissant": croissant.describe(corpus, about, licenses),
    }


def write(out: Path, about_path: Path | None = None, stage: str | None = None) -> dict[str, Any]:
    """Write all files, and what they say; a version more where that differs from the last one."""
    corpus, told = tell(out, about_path, stage)
    known = [entry for entry in versions.read(out) if entry["stage"] == corpus.shards.name]
    content = facts.digest(told)
    same = bool(known) and known[-1]["content"] == content
    number = (
        known[-1]["number"] if same else 1 + max((one["number"] for one in versions.read(out)), default=0)
    )
    before = [one for one in known if one["number"] != number]
    earlier = before[-1]["number"] if before else None
    changes = versions.compare(versions.read_told(out, before[-1]), told) if before else []
    written = known[-1]["written"] if same else versions.today()
    version = {"number": number, "written": written, "earlier": earlier, "changes": changes}
    whole = {"version": version, **told}
    texts = {
        "summary.json": pages.write_json(whole),
        "summary.md": pages.write_markdown(whole),
        "summary.html": pages.write_page(whole),
        "datasheet.md": pages.write_datasheet(whole),
        "croissant.json": pages.write_json(told["croissant"]),
    }
    entry = {"number": number, "written": written, "content": content, "stage": corpus.shards.name}
    versions.keep(out, corpus.folder, entry, texts)
    return whole | {"same": same, "folder": corpus.folder}


def describe(whole: dict[str, Any]) -> Iterator[str]:
    """The lines for a terminal."""
    version = whole["version"]
    what = "as it was" if whole["same"] else "new"
    yield f"version    {version['number']} of {version['written']}, {what}"
    if version["earlier"] and not whole["same"]:
        changes = version["changes"]
        yield f"changes    {len(changes):,} since version {version['earlier']}"
        yield from (
            f"  {row['field']}: {pages.say(row['was'])} -> {pages.say(row['is'])}" for row in changes[:SHOWN]
        )
        if len(changes) > SHOWN:
            yield f"  and {len(changes) - SHOWN:,} more, on the page"
    if left := pages.list_open(whole["summary"]):
        yield f"not known  {len(left):,} fields of the summary"
        yield from (f"  {one}" for one in left[:SHOWN])
        if len(left) > SHOWN:
            yield f"  and {len(left) - SHOWN:,} more, on the page"
    yield f"page       {whole['folder'] / 'summary.html'}"


@click.command(cls=Command)
@click.argument("out", type=RunFolder(whole=True))
@click.option(
    "--about", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="what no file knows"
)
@click.option("--stage", help="the stage that wrote the shards, where several did")
@refuse(counts.SummaryError, saying.AboutError)
def main(out: Path, about: Path | None, stage: str | None) -> None:
    """Write the public summary of training content, a datasheet and Croissant beside the dataset card of the
    finished run in OUT."""
    for line in (*describe(write(out.resolve(), about, stage)), *outdated.describe(out.resolve())):
        click.echo(make_safe(redact_text(line)))


if __name__ == "__main__":
    main()
