"""What was taken out of a folder does not come back into it, wherever it stands by then."""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from winnow.pipelines.commands import forget, run

WORDS = (Path(__file__).parents[3] / "docs/running.md").read_text().split()
STAGES = """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "toy:short", min_words = 5 } ]
[[stage]]
name = "copied"
after = "read"
copy_as = "{source}.copy"
steps = [ { use = "toy:shout" } ]
[[stage]]
name = "extracted"
after = "pages"
steps = [ { use = "ingest.html:extract" } ]
"""


def text(number: int, changed: int = 0) -> str:
    """Sixty words that no other number has, of which some are others."""
    words = [*WORDS[number * 60 : number * 60 + 60], f"number{number}"]
    return " ".join("other" if place in range(20, 20 + changed) else word for place, word in enumerate(words))


def record(number: int, site: str = "one.example", **other: str) -> dict[str, str]:
    return {"url": f"https://{site}/{number}", "text": text(number), **other}


def page(number: int, frame: str) -> str:
    """A page whose text is one paragraph, in a frame of its own."""
    links = "".join(f'<li class="{frame}-{n}"><a href="/{frame}/{n}">{frame}</a>' for n in range(90))
    return f"<html><body><ul>{links}</ul><main><p>{text(number)}</p></main></body></html>"


SHORT = {"url": "https://one.example/s", "text": "Only three words"}
RECORDS = {
    "a": [record(1), record(2), record(3, site="two.example"), record(4), record(17), SHORT],
    "b": [record(5), record(6), record(7, site="three.example"), record(8)],
}  # fmt: skip
PAGES = {
    "p": [{"url": f"https://pages.example/{n}", "text": page(n, f"frame{n}")} for n in range(20, 23)],
}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder that tests work in, which holds paths of its own, and a copy of it as the run left it."""
    folder = tmp_path_factory.mktemp("stay") / "work"
    for kind, files in (("lines", RECORDS), ("pages", PAGES)):
        for name, records in files.items():
            write(folder / kind / f"{name}.jsonl", records)
    path = folder / "recipe.toml"
    read = 'read = { use = "ingest.jsonl:read", fields = { text = "text", url = "url" } }\n'
    sources = "".join(
        f'[[source]]\nname = "{kind}"\nuris = ["{folder}/{kind}/*.jsonl"]\npart_bytes = 1\n{read}'
        for kind in ("lines", "pages")
    )
    path.write_text(f'name = "toy"\nmax_failed = 1.0\n{sources}{STAGES}')
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    return folder, shutil.copytree(folder, folder.with_name("kept"))


@pytest.fixture
def made(kept):
    """A recipe, its folder of inputs, and a finished run: the same for each test, whatever another did."""
    folder, copy = kept
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    return folder / "recipe.toml", folder


def write(path: Path, records: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(one) + "\n" for one in records))


def take_down(folder: Path, *lines: str) -> None:
    (folder / "list.txt").write_text("\n".join(lines))
    assert forget.forget(folder / "out", folder / "list.txt", share=1.0) == 0


def find_id(out: Path, url: str) -> str:
    files = [p for p in out.glob("*/**/part-*.parquet") if not {"copied", "failed"} & set(p.parts)]
    rows = pl.concat(pl.read_parquet(file, columns=["id", "url"], glob=False) for file in files)
    return rows.filter(pl.col("url") == url)["id"][0]


def read_all(out: Path) -> str:
    """All that the tables of a run say, but for the ledger and marks of take-downs."""
    files = (p for p in sorted(out.rglob("*.parquet")) if "takedowns" not in p.parts)
    return "\n".join(json.dumps(pl.read_parquet(p, glob=False).to_dicts(), default=str) for p in files)


def grow(folder: Path) -> None:
    write(folder / "lines/a.jsonl", [record(11), record(12), *RECORDS["a"]])
    write(
        folder / "pages/p.jsonl", [{"url": "https://pages.example/new", "text": page(13, "new")}, *PAGES["p"]]
    )


def rename(folder: Path) -> None:
    for path in (folder / "lines/a.jsonl", folder / "pages/p.jsonl"):
        path.rename(path.with_name("renamed.jsonl"))


def reorder(folder: Path) -> None:
    write(folder / "lines/a.jsonl", RECORDS["a"][::-1])
    write(folder / "pages/p.jsonl", PAGES["p"][::-1])


CHANGES = [grow, rename, reorder]


@pytest.mark.parametrize("change", CHANGES)
def test_documents_whose_file_changed(made, change):
    """One that is named by its id, one by its address, one by its domain and one by its text."""
    path, folder = made
    take_down(
        folder,
        f"id:{find_id(folder / 'out', 'https://one.example/1')}",
        "https://one.example/2",
        "domain:two.example",
        f"text:{json.dumps(text(17))}",
    )
    change(folder)
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    said = read_all(folder / "out")
    assert "number4" in said and "NUMBER4" in said and "two.example" not in said
    texts, addresses = (set(re.findall(rf"{name}(\d+)", said.lower())) for name in ("number", "example/"))
    assert not (texts | addresses) & {"1", "2", "3", "17"}


@pytest.mark.parametrize("change", CHANGES)
def test_one_that_no_stage_kept(made, change):
    path, folder = made
    take_down(folder, f"id:{find_id(folder / 'out', 'https://one.example/s')}")
    change(folder)
    path.write_text(path.read_text().replace("min_words = 5", "min_words = 2"))
    assert run.execute(path, folder / "out", 0, None, "auto", ("read",)) == 0
    assert "https://one.example/s" not in read_all(folder / "out")


@pytest.mark.parametrize("change", CHANGES)
def test_a_page_of_which_no_stage_has_the_markup(made, change):
    path, folder = made
    take_down(folder, f"id:{find_id(folder / 'out', 'https://pages.example/21')}")
    change(folder)
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    said = read_all(folder / "out")
    assert "number20" in said and "number21" not in said and "pages.example/21" not in said


def test_its_text_in_another_frame_at_another_address(made):
    path, folder = made
    take_down(folder, f"id:{find_id(folder / 'out', 'https://pages.example/21')}")
    write(folder / "pages/q.jsonl", [{"url": "https://else.example/", "text": page(21, "other")}])
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    assert "number21" not in read_all(folder / "out") and "else.example" not in read_all(folder / "out")


@pytest.mark.parametrize(
    "new",
    [
        {"url": "https://two.example/9", "text": text(9)},
        {"url": "https://x.example/", "text": text(5, changed=2)},
    ],
)
def test_what_the_domain_or_the_text_means_and_was_not_there_yet(made, new):
    path, folder = made
    take_down(folder, "domain:two.example", f"text:{json.dumps(text(5))}")
    write(folder / "lines/new.jsonl", [new, record(10)])
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    said = read_all(folder / "out")
    assert "number10" in said and new["url"] not in said and new["text"][-12:] not in said


def test_an_address_that_nothing_had_yet(made):
    path, folder = made
    take_down(folder, "https://two.example/3", "https://later.example/14", "domain:never.example")
    late = [record(14, site="later.example"), record(15, site="never.example"), record(10)]
    write(folder / "lines/new.jsonl", late)
    assert run.execute(path, folder / "out", 0, None, "auto", ()) == 0
    said = read_all(folder / "out")
    assert "number10" in said and "number14" not in said and "number15" not in said


def test_a_duplicate_that_the_run_itself_found(made, tmp_path, deduplicated):
    """Another capture of a listed page, which resembles it in nothing: it is known by its own text."""
    path, folder = made
    write(
        folder / "lines/c.jsonl",
        [record(9), {"url": "http://www.two.example/3?utm_source=x", "text": text(16)}],
    )
    stages = deduplicated.replace("exact:hash", "exact:locate").replace(
        "exact:partition", 'exact:partition", key = "url'
    )
    path.write_text(path.read_text().replace(STAGES, stages))
    out = tmp_path / "deduplicated"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    (folder / "list.txt").write_text(f"text:{json.dumps(text(3))}")
    assert forget.forget(out, folder / "list.txt", share=1.0) == 0
    assert "number16" not in read_all(out)
    (folder / "lines/c.jsonl").rename(folder / "lines/d.jsonl")
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    assert "number9" in read_all(out) and "number16" not in read_all(out)


def test_one_that_fails_is_not_named_again(tmp_path, make_recipe):
    stages = '[[stage]]\nname = "read"\nafter = "lines"\nsteps = [ { use = "toy:short" } ]\n'
    path = make_recipe({"a.txt": f"FAIL one\n{text(1)}\n{text(2)}"}, stages)
    out = tmp_path / "out"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    failed = pl.read_parquet(out / "read/failed/part-00000.parquet")["id"][0]
    take_down(tmp_path, f"id:{failed}")
    assert run.execute(path, out, 0, None, "auto", ("read",)) == 0
    assert failed not in read_all(out) and "FAIL" not in read_all(out)


def test_a_folder_made_from_nothing_with_the_marks_alone(made, tmp_path):
    path, folder = made
    take_down(folder, f"id:{find_id(folder / 'out', 'https://two.example/3')}", "https://one.example/5")
    grow(folder)
    shutil.move(folder / "out/takedowns", folder / "fresh/takedowns")
    assert run.execute(path, folder / "fresh", 0, None, "auto", ()) == 0
    said = read_all(folder / "fresh")
    assert "number4" in said and "number3" not in said and "number5" not in said
