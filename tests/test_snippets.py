"""Every block of README and docs says what it is; Python runs, recipes load."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
import snippets
from click.testing import CliRunner

from winnow.ocr.engines import languages
from winnow.pipelines.commands import run
from winnow.pipelines.spec import groups, toml
from winnow.pipelines.spec.recipe import Recipe

PAGES = snippets.list_pages()
BLOCKS = [block for page in PAGES for block in snippets.read_blocks(page)]
ANY = "anything:comes"  # a step that declares nothing, behind which every column may be there
STUB = f'steps = [ {{ use = "{ANY}" }} ]'
SOURCE = 'name = "other"\nuris = ["other/*.jsonl"]\nread = { use = "ingest.jsonl:read" }\n'
SMALL = '{"text": "The keeper of the lighthouse counted the ships that passed.", "id": "a"}\n'


def name(block: snippets.Block) -> str:
    return f"{block.page}:{block.line}"


def of(language: str) -> list[Any]:
    return [pytest.param(block, id=name(block)) for block in BLOCKS if block.language == language]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(snippets.ROOT)))
def test_every_block_says_what_it_is(page):
    blocks = snippets.read_blocks(page)
    fences = sum(line.lstrip().startswith("```") for line in page.read_text().splitlines())
    assert fences == 2 * len(blocks), f"{page}: a fence is not closed"
    for block in blocks:
        assert block.language in {"sh", "python", "toml", "text"}, f"{name(block)}: {block.language!r}"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a little JSONL and a finished run in `OUT`; texts of its stage `clean` stand upstream."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "other").mkdir()
    (folder / "other/small.jsonl").write_text(SMALL)
    nonempty = 'steps = [ { use = "filters.text:nonempty" } ]'
    stages = f'[[stage]]\nname = "read"\nafter = "other"\n{nonempty}\n'
    stages += f'[[stage]]\nname = "clean"\nafter = "read"\n{nonempty}\n'
    source = SOURCE.replace("other/*", f"{folder}/other/*")
    (folder / "small.toml").write_text(f'name = "small"\n[[source]]\n{source}{stages}')
    told = CliRunner().invoke(run.main, [str(folder / "small.toml"), str(folder / "OUT"), "--workers", "0"])
    assert told.exit_code == 0, told.output
    return folder


@pytest.mark.parametrize("block", of("python"))
def test_python_runs(block, finished, monkeypatch):
    monkeypatch.chdir(finished)
    exec(compile(block.text, name(block), "exec"), {"__name__": "snippet"})


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's folder of steps, with the one behind which every column may be there."""
    folder = tmp_path_factory.mktemp("steps")
    (folder / "anything.py").write_text("def comes(docs):\n    return docs\n")
    return folder


@pytest.mark.parametrize("block", of("toml"))
def test_recipes_load(block, steps, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WINNOW_STEPS", str(steps))
    monkeypatch.setattr(toml, "find_damage", lambda path: None)  # files that a reader has
    monkeypatch.setattr(toml, "find_absent", lambda use, settings, uris: None)  # and packages
    monkeypatch.setattr(languages, "check_languages", lambda names: None)  # and models of Tesseract
    own = [each for each in BLOCKS if each.page == block.page]
    for each in own[: own.index(block) + 1]:
        snippets.write_file(each, tmp_path)
    text = (tmp_path / block.file[0]).read_text() if block.file else block.text
    if block.file and "[[" not in text:  # a file that a step reads
        assert tomllib.loads(text)
        return
    for each in own:  # a step that the page writes
        for module in ("filters.mine", "mine"):
            if each.language == "python" and "def " in each.text and f'"{module}:' in text:
                (steps / f"mine_{each.line}.py").write_text(each.text)
                text = text.replace(f'"{module}:', f'"mine_{each.line}:')
    assert load(text, tmp_path).stages


def load(text: str, folder: Path) -> Recipe:
    """The recipe that a block is, or the least one that it can be a piece of."""
    path = folder / "snippet.toml"
    path.write_text(complete(text))
    return toml.load(path)


def complete(text: str) -> str:
    """A whole recipe as it is; around a piece what it leaves out."""
    text = f"steps = [\n{text}\n]" if text.lstrip().startswith("{") else text
    table = tomllib.loads(text)
    if "name" in table:
        return text
    assert set(table) <= {"read", "steps", "source", "stage"}, set(table)
    source, stage = table.get("source", []), table.get("stage", [])
    if "read" in table or "steps" in table:
        read = groups._to_toml(table.get("read", {"use": "ingest.jsonl:read"}))
        own = groups._to_toml(table["steps"]) if "steps" in table else STUB[len("steps = ") :]
        text = f'[[source]]\nname = "piece"\nuris = ["piece/*"]\nread = {read}\n'
        text += f'[[stage]]\nname = "own"\nafter = "any"\nsteps = {own}\n'
        source, stage = [{"name": "piece"}], [{"name": "own", "after": "any"}]
    names = {entry["name"] for entry in (*source, *stage)}
    after = [entry["after"] for entry in stage]
    meant = [name for each in after for name in ([each] if isinstance(each, str) else each)]
    meant += [match[1] for match in toml.STAGE_REFERENCE.finditer(text.replace('"', "/"))]
    lines = ['name = "snippet"', "[[source]]", SOURCE, text]
    if not stage:
        lines.append(f'[[stage]]\nname = "all"\nafter = {groups._to_toml(sorted(names))}\n{STUB}\n')
    for other in sorted({*meant} - names):
        lines.append(f'[[stage]]\nname = "{other}"\nafter = "other"\n{STUB}\n')
    return "\n".join(lines)
