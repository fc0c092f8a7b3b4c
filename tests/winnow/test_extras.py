"""The base, its licenses and the extras: what each has, and what a recipe is told that needs another."""

import itertools
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import base_only
import pytest

from winnow import extras

ROOT = Path(__file__).parents[2]
WEB = (
    "budget",
    "mine",
    "winnow",
    "winnow_languages",
    "fineweb",
    "gopher",
    "c4",
    "dclm",
    "dolma3",
    "against",
    "rephrase",
)
OUTSIDE_OF_ALL = {"pymupdf", "names"}  # AGPL; of no use without a model
COPYLEFT = re.compile(
    r"\b(?<!L)A?GPL|(?<!Lesser )(?<!Library or Lesser )General Public License|Affero", re.IGNORECASE
)
# Runs recipes as a wheel's Python would, of which the metadata is given: [exit code, what is said].
AS_A_WHEEL = """
import contextlib, io, json, sys
from winnow import extras
metadata, cases = json.load(sys.stdin)
extras.is_checkout, extras._read_metadata = (lambda: False), (lambda: metadata)
from winnow import cli
told = []
for arguments in cases:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            cli.main(arguments)
        except SystemExit as end:
            told.append([end.code, said.getvalue()])
print(json.dumps(told))
"""


def read_as_metadata():
    """The lines that a wheel has as Requires-Dist: what `all` names is written out."""
    known = extras.read_requirements()
    every = [f"{line}; extra == 'all'" for extra, line in known.values() if extra]
    return [*(f"{line}; extra == '{extra}'" if extra else line for extra, line in known.values()), *every]


def check_each(folder, cases):
    """How each command ends where the packages are those of a folder."""
    told = subprocess.run(
        [sys.executable, "-S", "-P", "-c", AS_A_WHEEL],
        env={"PYTHONPATH": f"{ROOT}:{folder}", "COLUMNS": "400", "PATH": "/usr/bin:/bin"},
        input=json.dumps([read_as_metadata(), cases]),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    return base_only.lay_out(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="session")
def base_and_two(tmp_path_factory):
    return base_only.lay_out(tmp_path_factory.mktemp("base_and_two"), ["pdf", "mix"])


def test_a_package_stands_in_one_extra_and_all_names_all_but_two():
    base, optional = extras._read_project()
    count = Counter(extras.normalize(line) for line in [*base, *itertools.chain(*optional.values())])
    count.pop(extras.INDEX_NAME)
    assert {name for name, times in count.items() if times > 1} == {
        "mwparserfromhell"
    }  # of old Pythons' base
    named = set(re.findall(r"[\w-]+", re.sub(r"winnow-data", "", " ".join(optional["all"]))))
    assert named == set(optional) - {"all"} - OUTSIDE_OF_ALL


def test_the_page_of_installation_has_each_extra_with_its_packages():
    page = (ROOT / "docs/installation.md").read_text()
    rows = {
        name: line
        for line in page.splitlines()
        for name in re.findall(r"`(\w+)`", line.split("|")[1:2][0] if line[:1] == "|" else "")
    }
    assert rows.keys() == set(extras._read_project()[1])
    for extra, line in extras.read_requirements().values():
        assert not extra or extras.normalize(line) in rows[extra], line


def test_the_range_of_torch_is_that_of_make():
    asked = extras.read_requirements()["torch"][1]
    assert f'$(INSTALL) "{asked}"' in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize(
    ("license", "refused"),
    [
        ("GNU AFFERO GPL 3.0", True),
        ("AGPL-3.0-or-later", True),
        ("GPLv2", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", True),
        ("LGPL", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v2 or later (LGPLv2+)", False),
        ("MPL-2.0 AND MIT", False),
    ],
)
def test_copyleft_is_told_from_what_binds_no_user(license, refused):
    assert bool(COPYLEFT.search(license)) == refused


def list_licenses(package):
    """What its metadata says, in short: an expression, a name, classifiers."""
    said = package.metadata
    lines = [said.get("License-Expression") or "", (said.get("License") or "").split("\n")[0]]
    return [
        *filter(None, lines),
        *(each for each in said.get_all("Classifier") or [] if "License ::" in each),
    ]


def test_nothing_that_the_base_installs_is_under_the_gpl_or_agpl():
    packages = base_only.resolve(base_only.list_requirements())
    assert len(packages) > 60 and "pymupdf-lite" not in packages
    licenses = {name: list_licenses(package) for name, package in packages.items()}
    assert {name for name, said in licenses.items() if not said} == set()
    assert {name: said for name, said in licenses.items() if any(map(COPYLEFT.search, said))} == {}
    other = base_only.resolve(["pymupdf-lite"])["pymupdf-lite"]
    assert any(map(COPYLEFT.search, list_licenses(other)))  # the test can fail


def test_the_base_alone_has_what_recipes_of_web_text_need(base):
    recipes = sorted((ROOT / "pipelines/recipes").glob("*.toml"))
    told = dict(
        zip(
            recipes,
            check_each(base, [["check", "--print", str(path), "out"] for path in recipes]),
            strict=True,
        )
    )
    assert {path.stem for path, (code, _) in told.items() if code == 0} == set(WEB)
    for code, said in told.values():
        assert code == 0 or (
            code == 2 and re.search(r'\d: .* not installed: .* install "winnow-data\[\w+\]"', said)
        )


def test_the_page_of_steps_names_what_it_leaves_out(base):
    ((code, said),) = check_each(base, [["steps"]])
    assert code == 0 and "## `filters.gopher:quality`" in said and "## `ocr.pdf:read`" not in said
    assert re.search(r'steps of `ocr\.pdf` need PIL, which is not installed: `.*"winnow-data\[pdf\]"`', said)


READ = "ingest.jsonl:read"
CASES = [  # the extra; the file, its reader, and a step
    ("pdf", "a.pdf", "ocr.pdf:read", ""),
    ("mix", "a.jsonl", READ, 'use = "mixing.tokens.encoder:encode", tokenizer = "t.json"'),
    ("mix", "a.jsonl", READ, 'use = "mixing.count:tokens", tokenizer = "t.json"'),
    ("mix", "a.jsonl", READ, 'use = "mixing.report:write"'),
    ("s3", "s3://bucket/*.jsonl", READ, ""),
    ("hf", "hf://datasets/a/b/*.jsonl", READ, ""),
    ("hf", "zip://*.jsonl::hf://datasets/a/b.zip", READ, ""),
    ("trafilatura", "a.jsonl", READ, 'use = "ingest.html:extract", extractor = "trafilatura"'),
    ("secrets", "a.jsonl", READ, 'use = "filters.secrets:mask"'),
    ("names", "a.jsonl", READ, 'use = "filters.persons:mask"'),
    ("office", "a.docx", "ingest.office.documents:read", ""),
    ("books", "a.rda", "ingest.books.r_packages:read", ""),
    ("talk", "Posts.7z", "ingest.talk.stackexchange:read", ""),
    ("code", "a.zip", "ingest.code.repository:read", ""),
]
AFTER_OTHERS = [  # where `pdf` and `mix` are there
    ("pymupdf", "a.pdf", "ocr.pdf:read", ""),
    ("cascade", "a.pdf", 'ocr.pdf:read", reader = "pdfium", engine = "cascade', ""),
    ("torch", "a.jsonl", READ, 'use = "mixing.anneal:begin", data = "d", phase = "p", proxy_tokens = 1'),
]


def write_recipe(path, uri, read, step):
    step = step or 'use = "filters.text:nonempty"'
    stage = f'[[stage]]\nname = "b"\nafter = "a"\nsteps = [{{ {step} }}]\n'
    source = f'[[source]]\nname = "a"\nuris = ["{uri}"]\nread = {{ use = "{read}" }}\n'
    path.write_text(f'name = "r"\n{source}{stage}')
    return str(path)


def check_cases(folder, cases, tmp_path):
    commands = [
        ["check", write_recipe(tmp_path / f"{number}.toml", *case[1:]), str(tmp_path / "out")]
        for number, case in enumerate(cases)
    ]
    return zip(cases, check_each(folder, commands), strict=True)


def test_a_recipe_that_needs_an_extra_is_refused_before_data_is_read_and_told_which(base, tmp_path):
    for (extra, *case), (code, said) in check_cases(base, CASES, tmp_path):
        assert code == 2 and f'-m pip install "winnow-data[{extra}]"' in said, (case, said)
        assert re.search(r"\d\.toml:\d+: .* not installed", said), said


def test_what_needs_a_second_extra_names_it_and_what_else_could_be_said(base_and_two, tmp_path):
    asked, other, torch = [
        said for _, (code, said) in check_cases(base_and_two, AFTER_OTHERS, tmp_path) if code == 2
    ]
    assert re.search(r'needs pymupdf, .*"winnow-data\[pymupdf\]"; or say reader = "pdfium"', asked)
    assert re.search(r'onnxruntime and .*"winnow-data\[cascade\]"; or say engine = "tesseract"', other)
    assert torch.endswith(
        f'needs torch, which is not installed: {sys.executable} -m pip install "winnow-data[torch]"\n'
    )


def test_a_dashboard_and_a_store_in_a_list_are_refused_without_their_packages(base, tmp_path):
    recipe = write_recipe(tmp_path / "r.toml", str(tmp_path / "a.jsonl"), READ, "")
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "list").write_text("s3://bucket/a.jsonl\n")
    listed = tmp_path / "l.toml"
    listed.write_text(Path(recipe).read_text().replace("uris =", "lists =").replace("a.jsonl", "list"))
    cases = [
        ["run", "--dashboard=8787", recipe, str(tmp_path / "out")],
        ["check", str(listed), str(tmp_path / "out")],
    ]
    dashboard, store = check_each(base, cases)
    assert dashboard[0] == store[0] == 2 and not (tmp_path / "out").exists()
    assert re.search(r'--dashboard needs bokeh, .*"winnow-data\[dashboard\]"', dashboard[1])
    assert re.search(r'l\.toml:4: .* s3:// needs s3fs, .*"winnow-data\[s3\]"', store[1])


@pytest.mark.parametrize(
    ("packages", "in_checkout", "from_wheel"),
    [
        (["openpyxl"], "make setup", '{pip} "winnow-data[office]"'),
        (["torch", "openpyxl"], "make extras && make setup", '{pip} "winnow-data[office,torch]"'),
        (["numpy"], "make setup", "{pip} winnow-data"),
        (["rdata", "an_own"], "make extras && {pip} an_own", '{pip} "winnow-data[books]" an_own'),
        (["spacy"], "{pip} 'spacy>=3.8'", '{pip} "winnow-data[names]"'),
        (["pydantic_core"], "make setup", "{pip} pydantic_core"),
    ],
)
def test_the_command_is_of_make_in_a_checkout_and_of_pip_elsewhere(
    packages, in_checkout, from_wheel, monkeypatch
):
    pip, metadata = f"{sys.executable} -m pip install", read_as_metadata()
    assert extras.format_install(packages) == in_checkout.format(pip=pip)
    monkeypatch.setattr(extras, "is_checkout", lambda: False)
    monkeypatch.setattr(extras, "requires", lambda name: metadata)
    assert extras.format_install(packages) == from_wheel.format(pip=pip)


def test_what_no_metadata_tells_of_is_left_to_pip(monkeypatch):
    def find_none(name):
        raise extras.PackageNotFoundError(name)

    monkeypatch.setattr(extras, "is_checkout", lambda: False)
    monkeypatch.setattr(extras, "requires", find_none)
    assert extras.format_install(["openpyxl"]) == f"{sys.executable} -m pip install openpyxl"
