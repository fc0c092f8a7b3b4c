"""Ways of a run that has begun, and of the commands that look at it: for the gate `ends`, `ONLY=ways`."""

# ruff: noqa: E501 - a table of ways

import random
import signal
import subprocess
import time

import doors
import polars as pl
from ends_made import (
    FOLDER,
    GROUP,
    KEPT,
    Ending,
    Ways,
    change,
    damage,
    finished,
    go,
    interrupted,
    make,
    may_mount,
    mounted,
    of_lines,
)
from entered import enter
from leaks import draw

FAULT = "from winnow.pipelines.engine import schedule\nfrom winnow.pipelines.commands import run\nschedule.Run._finish = lambda *_, **__: {}['nothing']\nrun.main()\n"
SOON = "from winnow.pipelines.engine import schedule\nfrom winnow.pipelines.commands import run\nfrom winnow.pipelines.engine.work import cpu_limit\ncpu_limit.CALL_SECONDS, schedule.MAX_LOSSES = 8, 1\nrun.main()\n"  # as it is, but a minute earlier
LARGE = "".join(f"{random.Random(n).randbytes(25_000).hex()} {n}\n" for n in range(40))  # nothing packs it
ALL = '[[stage]]\nname = "all"\nafter = "kept"\nsteps = [ { use = "toy:%s" } ]\n'
BUCKETS = """[[stage]]
name = "hashed"
after = "kept"
steps = [ { use = "dedup.exact:hash" } ]
[[stage]]
name = "partitioned"
after = "hashed"
by = "part"
steps = [ { use = "dedup.exact:partition" } ]
[[stage]]
name = "found"
after = "partitioned"
by = "bucket"
buckets = 512
steps = [ { use = "dedup.exact:duplicates" } ]
"""
NO_ROOM = """exec unshare --mount bash -c 'for d in /tmp /var/tmp; do mount -t tmpfs -o ro none $d; done; cd /proc; exec "$0" "$@"' "$0" "$@"; """


def hung_up(then: str = "cut") -> Ending:
    """A server that hangs up in the middle of a file, and the same command when it does so no more."""
    with doors.opened({"a.jsonl": b'{"text": "a line"}\n' * 100}, draw(1)) as server:
        path = change(
            of_lines(f"web-{then}"), f"{FOLDER}/web-{then}/in/*.txt", f"http://{server.host}/cut/a.jsonl"
        )
        ending = go(path)
        if then == "cut":
            return ending
        server.cuts = False
        return go(path)


def sums() -> Ending:
    path = finished("sums")
    file = next((path.parent / "out/kept").glob("part-*.parquet"))
    pl.read_parquet(file)[:-1].write_parquet(file)
    enter(file)  # as if the run had written it so
    return go(path)


def again(name: str) -> Ending:
    """After Ctrl-C the same command."""
    path = FOLDER / name / "recipe.toml"
    path.write_text(path.read_text().replace('"toy:shout", seconds = 60.0', '"toy:short"'))
    return go(path, "--redo", "kept")


def locked() -> Ending:
    path = make("locked")
    (path.parent / "out").mkdir()
    holder = subprocess.Popen(["flock", str(path.parent / "out/.lock"), "sleep", "30"])
    time.sleep(1)
    try:
        return go(path)
    finally:
        holder.kill()


def summarize() -> Ending:
    """`make summary` of a run with shards whose list of parts is cut."""
    path = of_lines("summary")
    path.write_text(path.read_text() + GROUP % "shards")
    code, told = go(path)
    assert code == 0, told
    parts = path.parent / "out/parts.parquet"
    parts.write_bytes(parts.read_bytes()[:-9])
    return go(path, command="summary")


def with_buckets() -> Ending:
    """Duplicates in more buckets than files may be open."""
    path = of_lines("buckets", "".join(f'{{"text": "line {n}"}}\n' for n in range(4000)))
    path.write_text(path.read_text() + BUCKETS)
    return go(path, before="ulimit -n 260; ")


def without_room() -> Ending:
    """No folder for temporary files may be written."""
    return go(make("noroom"), "--workers", "1", before=NO_ROOM)


def full_disk() -> Ending:
    path = make("full", text=LARGE)
    with mounted(path.parent / "out", "-t", "tmpfs", "-o", "size=300k", "tmpfs"):
        return go(path)


def read_only() -> Ending:
    path = make("read-only")
    with mounted(path.parent / "out", "-t", "tmpfs", "-o", "ro", "tmpfs"):
        return go(path)


def read_only_report() -> Ending:
    path = finished("read-only-report")
    with mounted(path.parent / "out", "--bind", "-o", "ro", str(path.parent / "out")):
        return go(path, command="report")


def list_runs() -> Ways:
    """How runs end that began."""
    killer, loud = "killer\none two\n", KEPT.replace("short", "shout")
    return {
        "done": (0, "every stage adds up", lambda: go(make("done"))),
        "done, in a log of a full terminal": (0, "report.html", lambda: go(make("done2"), before="export COLUMNS=20; ")),
        "more failed than max_failed": (1, "max_failed = 1.00%", lambda: go(make("failed", head=""))),
        "nothing is kept of a source": (5, "may_be_empty", lambda: go(make("nothing", text="one\n"))),
        "and again": (5, "may_be_empty", lambda: go(FOLDER / "nothing/recipe.toml")),
        "and where that may be": (0, "every stage adds up", lambda: go(change(FOLDER / "nothing/recipe.toml", "[[stage]]", "[[stage]]\nmay_be_empty = true"))),
        "a server that hangs up": (2, "run again", hung_up),
        "and gone on with when it does not": (0, "every stage adds up", lambda: hung_up("mended")),
        "a server that is not there": (2, "run again", lambda: go(change(of_lines("nobody"), f"{FOLDER}/nobody/in/*.txt", "http://127.0.0.1:9/a.jsonl?part=1"))),
        "OUT is taken by another run": (2, "another run is under way", locked),
        "a corpus step that fails": (2, "stage all", lambda: go(make("corpus", KEPT + ALL % "broken"))),
        "a library that panics in a corpus step": (2, "stage all", lambda: go(make("panics", KEPT + ALL % "panic_all"), "--workers", "1")),
        "a library that panics at a document": (0, "1 failed", lambda: go(make("panic", KEPT.replace("short", "panic"), text="panic\none two\n"), "--workers", "1")),
        "a step that breaks its word": (2, "toy:lose", lambda: go(make("word", KEPT.replace("short", "lose")))),
        "a package that is not there": (2, "pip install a_package_that_nobody_has", lambda: go(make("package", KEPT.replace("short", "lacking_some")))),
        "a file too large for the system": (2, "run again", lambda: go(make("fsize", text=LARGE), before="ulimit -f 100; ")),
        "more buckets than open files": (0, "every stage adds up", with_buckets),
        "a step that opens too many files": (2, "`ulimit -n 4096` allows more", lambda: go(make("hoard", KEPT.replace("short", "hoard")), before="ulimit -n 260; ")),
        "a fault of ours": (70, "error.txt", lambda: go(make("fault"), script=FAULT)),
        "sums that do not hold": (70, "these sums do not hold", sums),
        "interrupted": (130, "the same command goes on", lambda: interrupted("int")),
        "and gone on with": (0, "every stage adds up", lambda: again("int")),
        "interrupted with workers": (130, "the same command goes on", lambda: interrupted("int2", workers="1")),
        "interrupted twice": (130, "the same command goes on", lambda: interrupted("int3", 2)),
        "terminated": (143, "", lambda: interrupted("term", kind=signal.SIGTERM)),
        "workers are lost again and again": (3, "part-00000 lost 1 workers", lambda: go(make("lost", loud, text=killer), "--workers", "1", script=SOON)),
        "a batch over its budget": (152, "", lambda: go(make("spin", KEPT.replace("short", "spin"), text="spin\none two\n"), script=SOON)),
        "and gone on with in a child": (0, "1 failed", lambda: go(FOLDER / "spin/recipe.toml", script=SOON)),
    }  # fmt: skip


def list_looks() -> Ways:
    """How commands end that look at a run, and runs of which a file is damaged."""
    no = b"{ this is no"
    found: Ways = {
        "verify of a whole run": (0, "0 damaged", lambda: go(finished("verify"), command="verify")),
        "verify of no run": (2, "run.json", lambda: go(make("norun"), command="verify", out=make("norun").parent)),
        "verify of a damaged run": (4, "part-00000.parquet", lambda: damage("hurt", "kept/part-00000.parquet", no, command="verify")),
        "report of no run": (2, "run.json", lambda: go(make("norun2"), command="report", out=make("norun2").parent)),
        "report of a damaged run": (4, "stage.json", lambda: damage("hurt2", "kept/stage.json", no, command="report")),
        "summary of a cut list of parts": (4, "parts.parquet", summarize),
        "explain of no such id": (2, "knows no document", lambda: go(finished("explain"), "0000", command="explain")),
        "a receipt is damaged": (0, "receipts", lambda: damage("receipt", "kept/receipts/part-00000.json", no)),
        "a part is gone": (0, "part-00000.parquet", lambda: damage("gone", "kept/part-00000.parquet", None)),
        "a receipt is not JSON's kind": (0, "receipts", lambda: damage("receipt2", "kept/receipts/part-00000.json", b"[1]")),
    }  # fmt: skip
    for file in ("parts.parquet", "run.json", "kept/stage.json"):
        for kind, data in (("garbage", no), ("empty", b""), ("of another kind", b"[1]")):
            name = f"{file.replace('/', '.')}-{kind.split()[0]}"
            found[f"{file} is {kind}"] = (
                2,
                file,
                lambda name=name, file=file, data=data: damage(name, file, data),
            )  # type: ignore[misc]
    return found


def list_mounted() -> Ways:
    """What needs a file system of its own."""
    if not may_mount():
        print("left out: a full disk and folders that are not writable, since nothing can be mounted here")
        return {}
    return {
        "the disk is full": (2, "No space left", full_disk),
        "no room for temporary files": (2, "set TMPDIR", without_room),
        "OUT may not be written": (2, "Read-only", read_only),
        "the report may not be written": (2, "Read-only", read_only_report),
    }
