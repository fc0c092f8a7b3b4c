"""Gate: a run whose input and output stand in a bucket gives the bytes that a run on this machine gives.

`make gate NAME=stores [ONLY=faults,...]`. `winnow.toml` over the demo's web archive, against a server of S3
(`moto`) over HTTP, behind a server that makes of it a store as they are: busy, slow, cut off, with answers
lost. Environment: KILLS (10), SEED (5), WEB (data/web). Writes under out/gates/stores/.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import azurite
import polars as pl
import runs
import s3_server
from figures import Figures
from s3_server import BUCKET, Faults
from sections import choose

from winnow.pipelines.engine.disk.object_store import Store, Taken

FOLDER = Path("out/gates/stores").resolve()
WEB = Path(os.environ.get("WEB", "data/web"))
KILLS = int(os.environ.get("KILLS", "10"))
RECIPE = FOLDER / "winnow.toml"
URL = f"s3://{BUCKET}"
KEY_SECONDS = 100.0  # as long a key that is renewed is good for


@contextmanager
def mirrors(name: str) -> Iterator[dict[str, str]]:
    """A folder for mirrors of its own, as another machine has it."""
    folder = FOLDER / "tmp" / name
    folder.mkdir(parents=True, exist_ok=True)
    yield {"TMPDIR": str(folder)}
    shutil.rmtree(folder, ignore_errors=True)


def run(out: str | Path, port: int, **more: str) -> tuple[int, str]:
    """A run as a user starts it; its exit code and what it said."""
    env = s3_server.with_environment(port, **more)
    code, said = runs.ask("run", RECIPE, out, "--workers", 2, env=env)
    (FOLDER / "said").mkdir(exist_ok=True)
    with (FOLDER / "said" / f"{Path(str(out)).name}.log").open("a") as log:
        log.write(said)
    return code, said


def digest(url: str) -> dict[str, str]:
    """The digests of all tables of a run in a bucket, by name."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        return runs.digest(s3_server.download(url, Path(folder)))


def verify(name: str, port: int) -> int:
    """The exit code of `winnow verify` on another machine."""
    with mirrors(f"verify-{name}") as place:
        return runs.ask("verify", f"{URL}/{name}", env=s3_server.with_environment(port, **place))[0]


def copy_input() -> None:
    """The web archive is in the bucket, and there is a recipe over it."""
    store = Store(f"{URL}/in")
    for path in sorted(WEB.glob("*.warc.gz")):
        store.put(path.name, path)
    text = Path("pipelines/recipes/winnow.toml").read_text()
    RECIPE.write_text(text.replace("data/web/*.warc.gz", f"{URL}/in/*.warc.gz"))


def lay_out(port: int) -> dict[str, str]:
    """What a run on this machine makes of the input in the bucket."""
    copy_input()
    code, said = run(FOLDER / "local", port)
    if code:
        raise SystemExit(f"the run on this machine ended with {code}: {said}")
    return runs.digest(FOLDER / "local")


def compare(figures: Figures, expected: dict[str, str], port: int) -> None:
    """A run in a bucket, and all commands on it from another machine."""
    with mirrors("plain") as place:
        code, _ = run(f"{URL}/plain", port, **place)
    figures.add("plain.exit_code", code, 0, most=True)
    figures.add("plain.same_bytes", digest(f"{URL}/plain") == expected, 1)
    figures.add("plain.verified_elsewhere", verify("plain", port) == 0, 1)
    with mirrors("elsewhere") as place:
        env = s3_server.with_environment(port, **place)
        kept = pl.read_parquet(next((FOLDER / "local/shards/all/data").glob("*.parquet")), columns=["id"])
        first = kept["id"][0]
        for words in (
            ("status", f"{URL}/plain"),
            ("report", f"{URL}/plain"),
            ("explain", f"{URL}/plain", first),
            ("compare", f"{URL}/plain", FOLDER / "local", "--out", FOLDER / "compared"),
            ("check", RECIPE, f"{URL}/plain"),
        ):
            code, said = runs.ask(*words, env=env)
            print(said[-300:])
            figures.add(f"{words[0]}.exit_code", code, 0, most=True)
        before = {each.name: each.tag for each in Store(f"{URL}/plain").list_objects("shards")}
        code, _ = run(f"{URL}/plain", port, **place)
        after = {each.name: each.tag for each in Store(f"{URL}/plain").list_objects("shards")}
        figures.add("again.nothing_written_anew", code == 0 and before == after, 1)


def carry(figures: Figures, expected: dict[str, str], port: int) -> None:
    """A run that was begun here goes on in a bucket when it is copied there."""
    begun = FOLDER / "carried"
    shutil.copytree(FOLDER / "local", begun)
    shutil.rmtree(begun / "web.masked")
    shutil.rmtree(begun / "shards")
    store = Store(f"{URL}/carried")
    for path in sorted(begun.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(begun).parts):
            store.put(path.relative_to(begun).as_posix(), path)
    with mirrors("carried") as place:
        code, said = run(f"{URL}/carried", port, **place)
    figures.add("carried.exit_code", code, 0, most=True)
    figures.add("carried.same_bytes", digest(f"{URL}/carried") == expected, 1)
    figures.add("carried.made_anew", "web.filtered.extracted:" not in said.split("documents ")[0], 1)


def disturb(figures: Figures, expected: dict[str, str], port: int) -> None:
    """A store that is busy, slow, cuts answers off and loses them."""
    faults = Faults(busy=0.1, cut=0.1, late=0.05, twice=0.05)
    with s3_server.stand_before(port, faults) as before, mirrors("faults") as place:
        code, said = run(f"{URL}/faults", before, **place)
    print(dict(faults.met), said[-200:] if code else "")
    figures.add("faults.met", min(faults.met[kind] for kind in ("busy", "cut", "late", "twice")), 1)
    figures.add("faults.exit_code", code, 0, most=True)
    figures.add("faults.same_bytes", digest(f"{URL}/faults") == expected, 1)


def kill(figures: Figures, expected: dict[str, str], port: int) -> None:
    """Driver and workers killed with SIGKILL, again and again; each time another machine goes on, or this."""
    drawn, killed = random.Random(int(os.environ.get("SEED", "5"))), 0
    for _ in range(4 * KILLS):
        if killed == KILLS:
            break
        if killed % 3 == 0:
            shutil.rmtree(FOLDER / "tmp" / "killed", ignore_errors=True)
        with_place = {"TMPDIR": str(FOLDER / "tmp" / "killed")}
        Path(with_place["TMPDIR"]).mkdir(parents=True, exist_ok=True)
        env = s3_server.with_environment(port, **with_place)
        going = runs.begin(FOLDER / "killed.log", "run", RECIPE, f"{URL}/killed", "--workers", 2, env=env)
        try:
            going.wait(drawn.uniform(2, 12))
            if going.returncode == 0:  # it was whole: begin again
                Store(f"{URL}/killed").delete([o.name for o in Store(f"{URL}/killed").list_objects()])
        except subprocess.TimeoutExpired:
            runs.kill(going)
            killed += 1
    code, _ = run(f"{URL}/killed", port, TMPDIR=str(FOLDER / "tmp" / "killed"))
    figures.add("kills.met_a_run", killed, KILLS)
    figures.add("kills.exit_code", code, 0, most=True)
    figures.add("kills.same_bytes", digest(f"{URL}/killed") == expected, 1)
    figures.add("kills.verified", verify("killed", port) == 0, 1)


def race(figures: Figures, expected: dict[str, str], port: int) -> None:
    """Two drivers at once; and a hundred times eight that write one object."""
    with mirrors("one") as one, mirrors("two") as two, ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda place: run(f"{URL}/raced", port, **place), (one, two)))
    print([said.strip().splitlines()[-1] for _, said in ended])
    figures.add("race.drivers_that_ended_well", sum(code == 0 for code, _ in ended), 1)
    refused = [said for code, said in ended if code == 2]
    figures.add("race.other_is_told", sum("another run is under way" in said for said in refused), 1)
    figures.add("race.same_bytes", digest(f"{URL}/raced") == expected, 1)
    figures.add("race.one_winner_in_100", race_for(Store(f"{URL}/races")), 100)


def race_for(store: Store) -> int:
    """In how many of a hundred races, of eight that write one object each, one won."""

    def write(name: str, content: bytes) -> bool:
        try:
            return bool(store.put_new(name, content))
        except Taken:
            return False

    with ThreadPoolExecutor(8) as pool:
        won = [
            sum(pool.map(lambda number, race=race: write(str(race), b"%d" % number), range(8)))
            for race in range(100)
        ]
    return sum(winners == 1 for winners in won)


def renew(figures: Figures, expected: dict[str, str], port: int) -> None:
    """Keys that end while the run goes on, from a program that the chain asks."""
    give, config = FOLDER / "give.py", FOLDER / "config"
    give.write_text(
        "import json, time\n"
        "end = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 660))\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'AK{time.time():.0f}', 'Expiration': end,\n"
        f"    'SecretAccessKey': '{s3_server.SECRET}', 'SessionToken': 'token'}}))\n"
    )
    config.write_text(f"[default]\ncredential_process = {sys.executable} {give}\n")
    faults = Faults(late=1.0, is_old=lambda key: time.time() - float(key[2:]) > KEY_SECONDS)
    with s3_server.stand_before(port, faults) as before, mirrors("renewed") as place:
        env = s3_server.with_environment(before, AWS_CONFIG_FILE=str(config), **place)
        env = {k: v for k, v in env.items() if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        begun = time.monotonic()
        code, said = runs.ask("run", RECIPE, f"{URL}/renewed", "--workers", 2, env=env)
        seconds = time.monotonic() - begun
    print(
        f"{seconds:.0f} s, {len(faults.keys)} keys, {faults.met['old']} refused", said[-300:] if code else ""
    )
    figures.add("renewed.keys", len(faults.keys), 2)
    figures.add("renewed.lives_of_a_key", seconds / KEY_SECONDS, 1.2)
    figures.add("renewed.exit_code", code, 0, most=True)
    figures.add("renewed.same_bytes", digest(f"{URL}/renewed") == expected, 1)


def forget(figures: Figures, expected: dict[str, str], port: int) -> None:
    """A take-down where the bucket keeps old versions: none of the text may be left in any."""
    client = s3_server.make_bucket(port, "versioned", versions=True)
    url = "s3://versioned/run"
    with mirrors("forgotten") as place:
        code, _ = run(url, port, **place)
        shards = next((FOLDER / "local/shards/all/data").glob("*.parquet"))
        gone = pl.read_parquet(shards, columns=["id", "text"]).row(0, named=True)
        (FOLDER / "list.txt").write_text(gone["id"] + "\n")
        env = s3_server.with_environment(port, **place)
        code, said = runs.ask("forget", url, FOLDER / "list.txt", env=env)
        print(said)
    figures.add("forget.exit_code", code, 0, most=True)
    pages = client.get_paginator("list_object_versions").paginate(Bucket="versioned")
    old = [e for page in pages for e in page.get("Versions", ()) if not e["IsLatest"]]
    old += [e for page in pages for e in page.get("DeleteMarkers", ())]
    figures.add("forget.old_versions", sum(not e["Key"].endswith("/.lock") for e in old), 0, most=True)
    left = s3_server.download(url, FOLDER / "forgotten")
    texts = [
        text
        for path in left.rglob("*.parquet")
        for name in ("text", "text_here")
        if name in pl.read_parquet_schema(path)
        for text in pl.read_parquet(path, columns=[name])[name].drop_nulls()
    ]
    figures.add("forget.texts_read", len(texts), 1000)
    figures.add("forget.text_left", texts.count(gone["text"]), 0, most=True)
    with mirrors("forgotten-elsewhere") as place:
        env = s3_server.with_environment(port, **place)
        figures.add("forget.verified", runs.ask("verify", url, env=env)[0] == 0, 1)


def weigh(figures: Figures, expected: dict[str, str], port: int) -> None:
    """Bytes a second of commits and reads beside those of the server itself, in the same call."""
    client, data = s3_server.make_bucket(port, "weighed"), os.urandom(16 * 2**20)
    path, back = FOLDER / "weighed", FOLDER / "back"
    path.write_bytes(data)
    store, rates = Store("s3://weighed/run"), Counter[str]()
    acts: dict[str, Callable[[int], object]] = {
        "server.put": lambda n: client.put_object(Bucket="weighed", Key=f"a{n}", Body=path.read_bytes()),
        "ours.put": lambda n: store.put_new(f"b{n}", path),
        "server.get": lambda n: back.write_bytes(
            client.get_object(Bucket="weighed", Key=f"a{n}")["Body"].read()
        ),
        "ours.get": lambda n: store.download(f"b{n}", back),
    }
    for number in range(12):  # in turn, since a machine is faster at times
        for name, act in acts.items():
            begun = time.perf_counter()
            act(number)
            rates[name] += len(data) / 12e6 / (time.perf_counter() - begun)
    for name, rate in rates.items():
        print(f"{name} {rate:.0f} MB/s")
    figures.add("rate.put_of_the_servers", rates["ours.put"] / rates["server.put"], 0.8)
    figures.add("rate.get_of_the_servers", rates["ours.get"] / rates["server.get"], 0.8)


def try_azure(figures: Figures, expected: dict[str, str], port: int) -> None:
    """The same in Azure's store, against its emulator (`azurite`, from npm)."""
    with azurite.serve(FOLDER / "azurite") as env, mirrors("azure") as place:
        os.environ.update(env)
        code, said = run("az://box/run", port, **env, **place)
        print(said[-300:] if code else "")
        figures.add("azure.exit_code", code, 0, most=True)
        figures.add("azure.same_bytes", digest("az://box/run") == expected, 1)
        code, _ = run("az://box/run", port, **env, **place)
        figures.add("azure.again_exit_code", code, 0, most=True)
        with mirrors("azure-elsewhere") as elsewhere:
            words = ("verify", "az://box/run")
            code, _ = runs.ask(*words, env=s3_server.with_environment(port, **env, **elsewhere))
        figures.add("azure.verified_elsewhere", code == 0, 1)
        figures.add("azure.one_winner_in_100", race_for(Store("az://box/races")), 100)


def refuse(figures: Figures, expected: dict[str, str], port: int) -> None:
    """What is wrong with a store is told in a line, with exit code 2, and nothing is lost."""
    cases: dict[str, tuple[str, Faults, dict[str, str], str]] = {
        "bucket": ("s3://no-such-bucket/x", Faults(), {}, "make the bucket, or mend OUT"),
        "region": (f"{URL}/r", Faults(code="AuthorizationHeaderMalformed"), {}, "set AWS_REGION"),
        "clock": (f"{URL}/r", Faults(code="RequestTimeTooSkewed"), {}, "set the clock"),
        "conditions": (f"{URL}/r", Faults(blind=True), {}, "this store cannot hold a run"),
        "quota": (f"{URL}/plain2", Faults(quota=40), {}, "make room in the store"),
        "credentials": (f"{URL}/r", Faults(), {"none": "1"}, "there are no credentials"),
        "scheme": ("ftp://host/x", Faults(), {}, "OUT is an address to which no run is written"),
    }
    for name, (out, faults, more, told) in cases.items():
        with s3_server.stand_before(port, faults) as before, mirrors(f"refused-{name}") as place:
            env = s3_server.with_environment(before, **place)
            if more:
                env = {k: v for k, v in env.items() if not k.startswith("AWS_")} | {
                    "AWS_EC2_METADATA_DISABLED": "1"
                }
            code, said = runs.ask("run", RECIPE, out, "--workers", 1, env=env)
        print(name, code, said.strip().splitlines()[-1] if said else "")
        figures.add(f"refused.{name}", code == 2 and told in said and "Traceback" not in said, 1)
    with mirrors("room") as place:
        code, _ = run(f"{URL}/plain2", port, **place)
    figures.add("refused.quota_then_goes_on", code == 0 and digest(f"{URL}/plain2") == expected, 1)


def search(figures: Figures) -> None:
    """The secret stands in no file and no log."""
    found = [
        path
        for path in FOLDER.rglob("*")
        if path.is_file() and path.name != "give.py" and s3_server.SECRET.encode() in path.read_bytes()
    ]
    print(found[:5])
    figures.add("secret.files", len(found), 0, most=True)


SECTIONS = {
    "compare": compare,
    "carry": carry,
    "faults": disturb,
    "kills": kill,
    "race": race,
    "renew": renew,
    "forget": forget,
    "rate": weigh,
    "azure": try_azure,
    "refuse": refuse,
}


def main() -> None:
    figures = Figures("stores", FOLDER)
    print(datetime.now(UTC).isoformat(timespec="seconds"))
    with s3_server.serve() as port:
        os.environ.update(s3_server.name_environment(port))
        s3_server.make_bucket(port)
        expected = lay_out(port)
        for name in choose(SECTIONS):
            begun = time.monotonic()
            SECTIONS[name](figures, expected, port)
            print(f"== {name}: {time.monotonic() - begun:.0f} s", flush=True)
        s3_server.download(URL, FOLDER / "all")
        search(figures)
    figures.close()


if __name__ == "__main__":
    main()
