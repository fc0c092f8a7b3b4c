"""Gate: secrets planted everywhere are found nowhere. `make gate NAME=leaks`.

Users with passwords and signatures of every store's kind stand in the addresses of inputs (a web server and
an object store on this machine, which want them: doors.py), in addresses within records, in headers of
answers and of archived pages, in the environment and in settings of the recipe. Runs end well and in every
bad way: refused, not found, cut off, crashed, stopped, a fault of ours. Then every byte that they wrote, every
column and note of every Parquet file, and all that they printed is searched for each secret: as it is,
percent-encoded, in base64 and in hex. What opens a door is used, or the run would have nothing. The same input under renewed
secrets has the same ids. Writes under out/gates/leaks/.
"""

# ruff: noqa: E501 - recipes and signatures

import base64
import functools
import gzip
import importlib
import io
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

os.environ |= {"COLUMNS": "500", "POLARS_MAX_THREADS": "1"}

import doors
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import runs
from figures import Figures
from recipe_text import source, stage, step

import winnow.pipelines.commands.run
from winnow.dedup import exact

FOLDER = Path("out/gates/leaks").resolve()
SIGNATURES = {
    "amazon": "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={amazon_id}%2F2024&X-Amz-Security-Token={amazon_token}&X-Amz-Signature={amazon}",
    "google": "X-Goog-Credential={google_id}&X-Goog-Signature={google}&X-Goog-Expires=60",
    "azure": "sv=2024-01-01&sr=b&sp=r&se=2030-01-01T00%3A00Z&skoid={azure_id}&sig={azure}",
    "oss": "OSSAccessKeyId={oss_id}&Expires=1900000000&Signature={oss}",
    "cloudfront": "Policy={policy}&Key-Pair-Id={pair}&Signature={cloudfront}",
    "account": "AccountName=a&AccountKey={account}",
    "token": "part=1&token={token}",
    "access_token": "access_token={access_token}",
    "api_key": "api_key={api_key}",
    "apikey": "apikey={apikey}",
    "auth": "auth={auth}",
    "password": "user=me&password={password}",
    "client_secret": "client_secret={client_secret}",
    "private_token": "private_token={private_token}",
    "subscription": "subscription-key={subscription}",
    "sas": "sas={sas}",
}
NAMES = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "HF_TOKEN", "AZURE_STORAGE_ACCOUNT_KEY", "MY_PASSWORD")
STEPS = """
import os
import polars as pl

def read(uri, *, token: str = "", api_key: str = "", endpoint: str = ""):
    yield pl.DataFrame({"text": ["a page of one's own"], "url": [endpoint]})

def fail(uri):
    raise ValueError(f"no answer from {uri!r}")
    yield

def kill(uri):
    if uri: os.kill(os.getpid(), 9)
    yield

def shout(docs: pl.DataFrame, *, endpoint: str = "") -> pl.DataFrame:
    if len(docs): raise ValueError(f"no answer from {endpoint}")
    return docs

def total(files, out, *, endpoint: str = ""):
    raise ValueError(f"no answer from {endpoint}")
"""
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LOADED = (
    "s3fs",
    "winnow.ingest.jsonl",
    "winnow.ingest.html",
    "winnow.ingest.warc",
    "winnow.ingest.parquet",
    "winnow.ingest.files",
    "winnow.ocr.pdf",
    "winnow.mixing.export",
)
APART = ("good", "a reader that crashes")  # begun as a user does; the others are forks, which have loaded all


def call(main: Callable[[], None], *more: str) -> tuple[int, str]:
    """Exit code and what stood on the screen of a command in a process of its own.

    The process is a fork of this one, which has loaded all modules and done nothing: what a new one loads
    takes as long as what it does.
    """
    with tempfile.TemporaryFile() as screen:
        child = os.fork()
        if child == 0:
            os.dup2(screen.fileno(), 1)
            os.dup2(screen.fileno(), 2)
            sys.argv = ["winnow", *more]
            try:
                main()
            except SystemExit as end:
                os._exit(_flush(end.code))
            except BaseException:
                traceback.print_exc()
                os._exit(_flush(1))
            os._exit(_flush(0))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        screen.seek(0)
        return code, screen.read().decode(errors="replace")


def _flush(code: object) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def draw(seed: int) -> dict[str, str]:
    """A secret for each place, 24 letters and marks that addresses may have; told apart by two halves."""
    dice = random.Random(seed)
    found = {}
    names = [piece.split("}")[0] for form in SIGNATURES.values() for piece in form.split("{")[1:]]
    names += [
        "moved",
        "cookie",
        "challenge",
        "user",
        "header",
        "record",
        "recipe",
        "slash",
        "scheduler",
        "out",
    ]
    for name in dict.fromkeys([*names, "AWS_ACCESS_KEY_ID", *NAMES]):
        halves = ["".join(dice.choices(LETTERS, k=12)) for _ in "12"]
        found[name] = ("'!" if name in ("user", "record") else "").join(halves)
    return found


def forms(secret: str) -> Iterator[bytes]:
    """The halves of a secret as they are, in base64 at each of the three places, in hex; what is
    percent-encoded has the halves as they are."""
    for half in (secret[:12], secret[-12:]):
        yield half.encode()
        yield half.encode().hex().encode()
        for lead in range(3):
            packed = base64.b64encode(b"\0" * lead + half.encode())
            begin, end = -(-lead * 8 // 6), (lead + 12) * 8 // 6
            yield packed[begin:end]


def make_files(secrets: dict[str, str]) -> doors.Files:
    """JSON lines, WARC and Parquet whose records' addresses hold secrets too; none is in a text."""
    word = secrets["record"]
    urls = [
        f"https://me:{word}@site.example/{n}?{form.format_map(secrets)}"
        for n, form in enumerate(SIGNATURES.values())
    ]
    urls += [f"//me:{word}@site.example/", f"https://site.example/go?to=https://me:{word}@site.example/"]
    urls += [
        f"https://site.example/go?to={quote(urls[0], safe='')}",
        f"https://site.example/#access_token={secrets['access_token']}",
    ]
    rows = [
        {"text": f"A plain page, number {n}, which says what it has to say.", "url": url, "key": url}
        for n, url in enumerate(urls)
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    table = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), table)
    return {
        "a.jsonl": lines,
        "a.jsonl.gz": gzip.compress(lines),
        "a.parquet": table.getvalue(),
        "a.warc": make_archive(urls, secrets),
        **{f"{name}.txt": f"A file of plain text, {name}.".encode() for name in SIGNATURES},
        "broken.jsonl": lines[:300] + b'{"text": "never closed\n{"url": 5, "text": "odd"}\n',
        "broken.jsonl.gz": gzip.compress(lines)[:-60],
        "broken.parquet": table.getvalue()[:-50],
    }


def make_archive(urls: list[str], secrets: dict[str, str]) -> bytes:
    """Pages with secrets in the header of the answer, and a request with its own."""
    found = []
    for number, url in enumerate(urls):
        page = f"<html><body><main><p>A page of an archive, number {number}, in a few plain words.</p></main></body></html>"
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: s={secrets['header']}\r\nAuthorization: Bearer {secrets['header']}\r\n\r\n"
        asked = f"GET / HTTP/1.1\r\nAuthorization: Bearer {secrets['header']}\r\nCookie: s={secrets['header']}\r\n\r\n"
        for kind, block in (("request", asked), ("response", head + page)):
            about = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
            about += (
                f"WARC-Record-ID: <urn:uuid:{number}>\r\nContent-Type: application/http; msgtype={kind}\r\n"
            )
            found.append(f"{about}Content-Length: {len(block)}\r\n\r\n{block}\r\n\r\n".encode())
    return b"".join(found)


WITH = {"fields": {"url": "url", "key": "key"}}
HASH = "dedup.exact:hash"


def lines(name: str, uri: str, use: str = "ingest.jsonl:read", **settings: object) -> str:
    """A source, of lines unless a reader is named."""
    return source(name, uri, step(use, **settings))


def good(host: str, secrets: dict[str, str]) -> str:
    """A recipe that reads all behind their doors, and writes shards."""
    signed = {name: form.format_map(secrets) for name, form in SIGNATURES.items()}
    user, door, table = f"http://me:{secrets['user']}@{host}/signed", f"http://{host}", "ingest.parquet:read"
    address = f"{user}?{signed['google']}"
    own = {"token": secrets["recipe"], "api_key": secrets["recipe"], "endpoint": address}
    texts: object = [f"{door}/signed/{name}.txt?{form}" for name, form in signed.items()]
    parts = {
        "lines": lines("lines", f"{user}/a.jsonl", **WITH),
        "packed": lines("packed", f"{user}/a.jsonl.gz", **WITH),
        "warc": lines("warc", f"{user}/a.warc", "ingest.warc:read"),
        "table": lines("table", f"{door}/signed/a.parquet?{signed['azure']}", table, **WITH),
        "cache": lines("cache", f"simplecache::{user}/a.parquet", table, **WITH),
        "moved": lines("moved", f"{door}/moved/a.jsonl", **WITH),
        "store": lines("store", "s3://bucket/a.jsonl*", **WITH),
        "texts": source("texts", texts, step("ingest.files:read", license=user)),
        "own": lines("own", f"{door}/signed/oss.txt?{signed['oss']}", "leaky:read", **own),
    }
    remove = step("dedup.exact:remove", duplicates="stage:found")
    stages = (
        stage("read", parts, "ingest.html:extract", HASH),
        stage("spread", ["read"], "dedup.exact:partition", by="part"),
        stage("found", ["spread"], "dedup.exact:duplicates", by="bucket"),
        stage("clean", ["read"], remove, may_be_empty=True),  # sources say the same, behind other doors
        stage("shards", ["clean"], step("mixing.export:shards", title="From the web")),
    )
    note = f"# a note: {user}/a.jsonl?{signed['amazon']}\n"
    return "".join(('name = "leaks"\nmax_failed = 1.0\n', note, *parts.values(), *stages))


def bad(host: str, secrets: dict[str, str]) -> dict[str, tuple[str, list[str]]]:
    """Recipes that do not end well, by what happens to them, and more of the command line."""
    form = SIGNATURES["amazon"].format_map(secrets)
    user = f"http://me:{secrets['user']}@{host}"
    address, path = f"{user}?{form}", f"{user}/signed/a.jsonl?{form}"
    one = lines("web", path, **WITH)
    hashed = stage("read", ["web"], HASH)
    shut = form.replace(secrets["amazon"], secrets["amazon"][:-1] + "0").replace(secrets["amazon_id"], "x")
    shut = shut.replace(secrets["amazon_token"], "x")
    failing = {
        "none": (f"{user}/signed/none.jsonl?{form}",),
        "shut": (f"http://{host}/signed/a.jsonl?{shut}",),
        "moved": (f"http://{host}/moved-shut/a.jsonl",),
        "lines": (f"{user}/signed/broken.jsonl?{form}",),
        "packed": (f"{user}/signed/broken.jsonl.gz?{form}",),
        "table": (f"{user}/signed/broken.parquet?{form}", "ingest.parquet:read"),
        "pdf": (f"{user}/signed/a.parquet?{form}", "ocr.pdf:read"),
        "own": (path, "leaky:fail"),
    }
    of = {
        "a server that hangs up": f"{user}/cut/a.jsonl?{form}",
        "nobody there": f"http://me:{secrets['user']}@127.0.0.1:9/a.jsonl?{form}",
        "no such scheme": f"nothing://me:{secrets['user']}@{host}/a.jsonl?{form}",
        "no such store": f"s3://shut/a.jsonl?{form}",
        "a store that refuses a pattern": "s3://shut/*.jsonl",
        "a password that is not encoded": f"http://me:{secrets['slash'][:12]}/{secrets['slash'][12:]}@{host}/a.jsonl",
    }
    total, count = step("leaky:total", endpoint=address), step("mixing.count:tokens", tokenizer=address)
    blocks = {
        "rows that fail": (
            *(lines(name, *what) for name, what in failing.items()),
            stage("read", failing, HASH),
        ),
        **{name: (lines("web", uri), hashed) for name, uri in of.items()},
        "a reader that crashes": (lines("web", path, "leaky:kill"), hashed),
        "a step that fails": (one, stage("read", ["web"], step("leaky:shout", endpoint=address))),
        "a corpus step that fails": (one, hashed, stage("all", ["read"], total)),
        "no such setting": (lines("web", path, **WITH, **{address: 1}), hashed),
        "a setting of another type": (lines("web", path, fields=address), hashed),
        "a path that is an address": (one, stage("read", ["web"], count)),
        "no such step": (lines("web", path, address, **WITH), hashed),
        "no TOML": (one, f'uris = ["{address}" \n nothing'),
        "no such scheduler": (one, hashed),
    }
    more = {
        "a reader that crashes": ["--workers", "1"],
        "no such scheduler": ["--scheduler", f"tcp://me:{secrets['scheduler']}@127.0.0.1:9"],
    }
    head = 'name = "bad"\nmax_failed = 1.0\n'
    return {name: (head + "".join(made), more.get(name, [])) for name, made in blocks.items()}


def go(
    name: str,
    recipe: str,
    out: str,
    secrets: dict[str, str],
    host: str,
    *more: str,
    main: Callable[[], None] = winnow.pipelines.commands.run.main,
) -> int:
    """Run a recipe in a process of its own; what it prints is kept beside its folder."""
    path = FOLDER / "recipes" / f"{name.replace(' ', '-')}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(recipe, encoding="utf-8")
    known = {key: secrets[key] for key in ("AWS_ACCESS_KEY_ID", *NAMES)}
    known |= {
        "AWS_ENDPOINT_URL": f"http://{host}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "1",
    }
    words = [
        str(path),
        out if ":" in out else str(FOLDER / "out" / out),
        "--steps",
        str(FOLDER / "steps"),
        *more,
    ]
    words += [] if {"--workers", "--scheduler"} & {*more} else ["--workers", "0"]
    begun = time.monotonic()
    log = FOLDER / "told" / f"{name.replace(' ', '-')}.log"
    if name in APART:
        env = {**os.environ, **known, "PYTHONPATH": str(runs.ROOT)}
        code = runs.begin(log, "run", *words, cwd=FOLDER / "cwd", env=env).wait(timeout=600)
    else:

        def act() -> None:
            os.chdir(FOLDER / "cwd")
            os.environ.update(known)
            main()

        code, told = call(act, *words)
        log.write_text(told, encoding="utf-8")
    print(f"{time.monotonic() - begun:6.1f} s {name}", flush=True)
    return code


def read_all(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every name under a folder, every file's bytes, and what is packed in it."""
    for path in sorted(folder.rglob("*")):
        yield f"name of {path}", str(path.relative_to(folder)).encode()
        if not path.is_file():
            continue
        data = path.read_bytes()
        yield str(path), data
        if data[:2] == b"\x1f\x8b":
            yield f"{path} unpacked", gzip.decompress(data)
        if path.suffix == ".parquet":
            with pq.ParquetFile(path) as file:
                table = file.read()
                yield f"{path}, notes", repr((file.metadata.metadata, file.schema_arrow.metadata)).encode()
            for name in table.column_names:
                yield f"{path}, {name}", repr(table[name].to_pylist()).encode()


def search(secrets: dict[str, str]) -> list[str]:
    """Where which secret is found."""
    found = []
    wanted = {form.decode(): name for name, secret in secrets.items() for form in forms(secret)}
    for folder in (FOLDER / "out", FOLDER / "told", FOLDER / "cwd"):
        for where, data in read_all(folder):
            text = pl.Series([data.decode("latin-1")])
            there = text.str.extract_many(list(wanted))[0].to_list()
            found += [f"{wanted[form]} in {where}" for form in there]
    return list(dict.fromkeys(found))


def ids(out: Path) -> list[str]:
    """Of all documents; read without threads, which forks would lack."""
    files = sorted((out / "read").glob("part-*.parquet"))
    tables = [pq.ParquetFile(file).read(["id"], use_threads=False) for file in files]
    return sorted(one for table in tables for one in table["id"].to_pylist())


def main() -> None:
    figures = Figures("leaks", FOLDER)
    for name in LOADED:
        importlib.import_module(name)
    for name in ("steps", "told", "cwd", "out"):
        (FOLDER / name).mkdir()
    (FOLDER / "steps/leaky.py").write_text(STEPS)
    secrets, renewed = draw(1), draw(2)
    planted = [*secrets.items(), *((f"renewed {name}", word) for name, word in renewed.items())]
    files = make_files(secrets)
    with doors.opened(files, secrets) as server:
        host, recipe = server.host, good(server.host, secrets)
        figures.add("exit_code", go("good", recipe, "good", secrets, host), 0, most=True)
        before = ids(FOLDER / "out/good")
        figures.add("documents", len(before), 150)
        ends = {
            name: go(name, made, name.replace(" ", "-"), secrets, host, *more)
            for name, (made, more) in bad(host, secrets).items()
        }
        address = f"http://me:{secrets['user']}@{host}/signed?{SIGNATURES['google'].format_map(secrets)}"

        def fail() -> None:
            def broken(files: object, out: object, **_: object) -> None:
                raise KeyError(address)

            exact.partition = functools.wraps(exact.partition)(broken)
            winnow.pipelines.commands.run.main()

        ends["a fault of ours"] = go("a fault of ours", recipe, "fault", secrets, host, main=fail)
        url = f"https://me:{secrets['out']}@{host}/out?sig={secrets['out']}"
        ends["OUT is an address"] = go("OUT is an address", recipe, url, secrets, host)
        server.secrets = renewed
        for name, out in (("renewed", "renewed"), ("renewed in place", "good")):
            ends[name] = go(name, good(host, renewed), out, renewed, host)
            figures.add(f"ids_{name.replace(' ', '_')}_are_the_same", ids(FOLDER / "out" / out) == before, 1)
        told = (FOLDER / "told/renewed-in-place.log").read_text()
        idle = ends["renewed in place"] == 0 and "to run" not in told
        figures.add("runs_of_the_same_input_that_did_nothing", idle, 1)
    for name, code in ends.items():
        lines = (FOLDER / "told" / f"{name.replace(' ', '-')}.log").read_text().strip().splitlines()
        print(f"{name:32} {code:4} {lines[-1][:150] if lines else ''}", flush=True)
    figures.add("ends_tried", len(ends), 15)
    found = search(dict(planted))
    print("\n".join(found[:60]))
    figures.add("secrets_planted", len(planted), 60)
    figures.add("secrets_found", len(found), 0, most=True)
    figures.close()


if __name__ == "__main__":
    main()
