"""Ways to be refused before anything is made, and what must not be: for the gate `ends`, `ONLY=ways`."""

# ruff: noqa: E501 - a table of ways

import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import runs
from ends_made import FOLDER, GROUP, KEPT, STEP, TOY, Ending, Ways, change, finished, go, lay, make, of_lines

from winnow.pipelines.demo import rewriter

SHARE = '"filters.gopher:quality", max_ellipsis_line_ratio = %s'
SERVICE = f'service = {{ url = "http://localhost:{rewriter.PORT}/v1", model = "stand-in", price_in = 0.1, price_out = 0.4 }}\nmax_cost = 1.0\ndocuments = 5\nstore = "%s"\n'
SAID = [
    {"text": " ".join(f"The station of line {n} was opened in {century}{n + 10}." for n in range(40))}
    for century in range(15, 20)  # the stand-in refuses some, by their ids, which hang on the folder
]


def step(name: str, use: str) -> Ending:
    """A recipe with another step in it."""
    return go(make(name, KEPT.replace('"toy:short"', use)))


def rephrase(name: str, store: Path, *more: str) -> Ending:
    """The group `rephrase` on plain JSON lines, beside a service that answers."""
    path = of_lines(name, "".join(json.dumps(line) + "\n" for line in SAID))
    path.write_text(path.read_text() + GROUP % "rephrase" + SERVICE % store)
    with rewriter.serve():
        return go(path, *more)


def list_recipes() -> Ways:
    """What is wrong with a recipe, told with the line and value of the mistake."""
    return {
        "a recipe that is not there": (2, "none.toml", lambda: go(make("none").with_name("none.toml"))),
        "a recipe that is a folder": (2, "recipes", lambda: go(Path(shutil.copytree(runs.ROOT / "pipelines/recipes", FOLDER / "recipes/recipes")))),
        "a recipe in another encoding": (2, "recipe.toml", lambda: go(change(make("encoding"), "ends", "\udcff\udcfe"))),
        "no such step": (2, "recipe.toml:10:", lambda: step("step", '"toy:long"')),
        "no such setting": (2, "recipe.toml:10:", lambda: step("setting", '"toy:short", no = 1')),
        "no such language": (2, "there is no language 'english': write 'en'", lambda: step("language", '"classifiers.language:keep", languages = ["english"]')),
        "a ratio of 60": (2, "60% is written 0.6", lambda: step("ratio", SHARE % 60)),
        "a ratio that is no number": (2, "recipe.toml:10:", lambda: step("nan", SHARE % "nan")),
        "a word for true": (2, "recipe.toml:8:", lambda: go(make("yes", KEPT.replace("[[stage]]", '[[stage]]\nreplayable = "yes"')))),
        "[stage] for [[stage]]": (2, "write [[stage]], with two brackets", lambda: go(make("bracket", KEPT.replace("[[stage]]", "[stage]")))),
        "a group as a step": (2, "is a group, which stands for stages", lambda: step("group", '"groups/pii.toml"')),
        "a step as a group": (2, "is a step, which belongs into a stage", lambda: go(make("group2", KEPT + (GROUP % "pii").replace("groups/pii.toml", "filters.gopher:quality")))),
        "a date in a recipe": (2, "recipe.toml:2:", lambda: go(make("date", head="date = 1979-05-27"))),
        "a date in a setting": (2, "recipe.toml:10:", lambda: step("date2", '"toy:short", min_words = 1979-05-27')),
        "a date beside a group": (2, "recipe.toml:15:", lambda: go(make("date3", KEPT + GROUP % "pii" + "date = 1979-05-27T07:32:00Z\n"))),
        "a control character beside a group": (2, "recipe.toml:12:", lambda: go(make("control", KEPT + (GROUP % "pii").replace('"next"', '"ne\\u007fxt"')))),
        "a control character before a group": (2, "recipe.toml:8:", lambda: go(make("control2", KEPT.replace('"kept"', '"ke\\u001bpt"') + GROUP % "pii"))),
        "a name that is too long": (2, "at most 200 characters", lambda: go(make("long", KEPT.replace('"kept"', f'"{"x" * 300}"')))),
        "an input whose name is too long": (2, "recipe.toml:5: source 'lines'", lambda: go(change(make("long2"), "*.txt", "x" * 300 + ".txt"))),
        "input missing, by pattern": (2, "matches no file", lambda: go(change(make("missing"), "*.txt", "*.none"))),
        "input missing, by name": (2, "recipe.toml:5: source 'lines'", lambda: go(change(make("named"), "*.txt", "b.txt"))),
        "a field that no record has": (2, "there are: text", lambda: go(change(of_lines("field"), "jsonl:read\"", "jsonl:read\", fields = { text = \"body\" }"))),
        "and gone on with when it is named": (0, "every stage adds up", lambda: go(change(FOLDER / "field/recipe.toml", "body", "text"))),
        "plain lines into licenses": (0, "every stage adds up", lambda: go(change(of_lines("licenses"), '"filters.text:nonempty"', '"filters.licenses:judge"'))),
        "plain lines into rewrites": (0, "every stage adds up", lambda: rephrase("rephrase", FOLDER / "rephrase/store")),
        "a store with a broken cost": (2, "requests.jsonl:1 is no request", lambda: rephrase("cost", lay("cost", "store/requests.jsonl", b'{"key": "ab", "sent": true, "in": 3, "out": 4, "cost": "a lot"}\n').parent)),
    }  # fmt: skip


def list_commands() -> Ways:
    """What is wrong with the command, its folder, or the shell that it is given in."""
    long = FOLDER / "deep" / "/".join(["d" * 200] * 19)
    return {
        "no such option": (2, "--no-such", lambda: go(make("option"), "--no-such")),
        "no such stage to redo": (2, "--redo", lambda: go(make("redo"), "--redo", "none")),
        "memory that is none": (2, "--memory", lambda: go(make("memory"), "--memory", "much")),
        "memory that is too little": (2, "500 MB at least", lambda: go(make("memory2"), "--memory", "50MB")),
        "too few open files": (2, "`ulimit -n 4096`", lambda: go(make("files"), before="ulimit -n 64; ")),
        "and where more may be had": (0, "every stage adds up", lambda: go(make("files2"), before="ulimit -S -n 64; ")),
        "no scheduler": (2, "--scheduler", lambda: go(make("scheduler"), "--scheduler", "tcp://127.0.0.1:9")),
        "another recipe's folder": (2, "folder of its own", lambda: go(change(finished("other"), '"ends"', '"other"'))),
        "other settings": (2, "--redo kept", lambda: go(change(finished("otherwise"), '"toy:short"', '"toy:short", min_words = 3'))),
        "OUT is a file": (2, "recipe.toml", lambda: go(make("file"), out=FOLDER / "file/recipe.toml")),
        "OUT is in a file": (2, "recipe.toml", lambda: go(make("infile"), out=FOLDER / "infile/recipe.toml/out")),
        "OUT has too long a name": (2, "the same command", lambda: go(make("longout"), out=FOLDER / "longout" / ("x" * 300))),
        "OUT leaves its files no room": (2, "run again", lambda: go(make("deep"), out=long / ("e" * (4050 - len(str(long)) - 1)))),
        "a folder for temporary files that is not there": (0, "every stage adds up", lambda: go(make("tmp"), "--workers", "1", before="export TMPDIR=/none; ")),
    }  # fmt: skip


def make_run(*settings: str) -> Ending:
    """`make run` of a recipe that is well, in an environment that stands, with these settings; the code of
    make is 2 whatever happened, so that a refusal of more lines than one has theirs beside it."""
    path = make("make")
    env = {name: value for name, value in os.environ.items() if not name.startswith("M")}
    given = (f"RECIPE={path}", f"OUT={path.parent}/out", f"STEPS={TOY}")
    command = ["make", "-s", "-o", ".venv/.ready", "run", *given, *settings]
    done = subprocess.run(command, cwd=runs.ROOT, env=env, capture_output=True, text=True, timeout=300)
    told = done.stdout + done.stderr
    lines = [line for line in told.splitlines() if line.strip() and not line.startswith("make: ***")]
    return done.returncode + 100 * (len(lines) - 1), told


def list_settings() -> Ways:
    """Settings of make that mean nothing: what the command says of them, and nothing is run by a shell."""
    settings = {"WORKERS=-3": "--workers", "WORKERS=x": "'x'", "WORKERS=1 --redo=last": "--workers"}
    settings |= {"WORKERS='; false": "--workers", "SCHEDULER=foo": "foo", "MEMORY=abc": "4GB"}
    settings |= {"DASHBOARD=x": "--dashboard", "RECIPE=/none.toml": "none.toml", "STEPS=/none": "/none"}
    return {f"make run {one}": (2, told, partial(make_run, one)) for one, told in settings.items()}


def list_files() -> Ways:
    """Files that settings name, and that are of no use."""
    found: Ways = {}
    for kind, data in (("cut", b'{"model"'), ("empty", b""), ("of another kind", b"[1, 2]")):
        for what, names, use, setting, file in (
            ("a tokenizer", "tokenizer", "mixing.count:tokens", "tokenizer", "made/tokenizer.json"),
            ("a model", "model", "classifiers.quality:score", "model", "made/quality.json"),
            ("an index", "index", "dedup.contamination:check", "index", "made/items.parquet"),
            ("a list that kills its step", "names", "toy:name_list", "names", "made/list.txt"),
        ):
            name = f"{setting}-{kind.split()[0]}"
            said = b"killer" + data if setting == "names" else data
            of_folder = setting in ("model", "index")

            def go_with(
                name: str = name,
                file: str = file,
                use: str = use,
                setting: str = setting,
                said: bytes = said,
                of_folder: bool = of_folder,
            ) -> Ending:
                path = lay(name, file, said)
                path = path.parent if of_folder else path
                return go(make(name, KEPT + STEP % f'"{use}", {setting} = "{path}"'))

            found[f"{what} is {kind}"] = (2, names, go_with)
        name = f"eval-{kind.split()[0]}"
        evals = '[[stage]]\nname = "evals"\nafter = "lines"\nsteps = [ { use = "ingest.evals:read", evals = ["gsm8k"] } ]\n'
        found[f"an eval file is {kind}"] = (
            2,
            "a.txt",
            lambda name=name, data=data, evals=evals: go(make(name, evals, text=data.decode())),
        )  # type: ignore[misc]
    return found
