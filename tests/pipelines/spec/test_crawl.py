"""Crawls by name and lists of paths: what a recipe may say, which files that names, and a run over them."""

import gzip
import itertools
import json
import re
from pathlib import Path

import click.testing
import polars as pl
import pytest
import s3fs
from crawl_server import CRAWL, SEGMENTS, TABLE, Page, lay_out, serve
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io import connection_limit, uris, web
from winnow.pipelines.commands import run
from winnow.pipelines.engine.parts import listing, lists, plan
from winnow.pipelines.engine.work import connections
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.crawl import Lists
from winnow.pipelines.spec.recipe import RecipeError

BODY = b"<html><body><p>Words of the page %d, enough to be kept by a step that wants some.</p></body></html>"
READ = 'read = { use = "ingest.warc:read" }'
INDEX = 'read = { use = "ingest.commoncrawl:select", languages = ["eng"] }'
STAGE = '\n[[stage]]\nname = "kept"\nafter = "web"\nsteps = [ { use = "filters.text:nonempty" } ]\n'


@pytest.fixture
def patient(monkeypatch):
    """Who asks again does it at once."""
    monkeypatch.setattr(web, "WAITS", (0.0,) * 12)
    monkeypatch.setattr(lists, "WAITS", (0.0,) * 6)
    monkeypatch.setattr(connection_limit, "AGAIN_SECONDS", 0.0)


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "crawl"
    languages = itertools.cycle(["eng", "deu", "eng,deu"])
    lay_out(
        folder, [Page(f"http://h{n % 5}.org/{n}", BODY % n, languages=next(languages)) for n in range(60)]
    )
    return folder


def write(tmp_path, source, read=READ):
    path = tmp_path / "recipe.toml"
    path.write_text(f'name = "crawl"\n[[source]]\nname = "web"\n{source}\n{read}\n{STAGE}')
    return path


def list_source(tmp_path, source, read=READ):
    return listing.list_files(toml.load(write(tmp_path, source, read)).sources["web"])


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("", 3, "it needs `uris`, `lists` or `crawl`"),
        ('crawl = "CC-MAIN-2026-4"', 4, "should match pattern"),
        ('crawl = "CC-MAIN-2026-04"\nlists = ["a"]', 5, "`crawl` has lists of its own"),
        ('crawl = "CC-MAIN-2026-04"\nuris = ["a"]', 5, "`crawl` has files of its own"),
        ('crawl = "CC-MAIN-2026-04"\nkind = "wat"', 5, "Input should be 'warc', 'wet'"),
        ('uris = ["a"]\nkind = "wet"', 5, "it is for a `crawl`"),
        ('lists = ["a"]\nsegments = ["1.2"]', 5, "it is for a `crawl`"),
        ('crawl = "CC-MAIN-2026-04"\nsegments = ["x"]', 5, "should match pattern"),
        ('crawl = "CC-MAIN-2026-04"\nsegments = []', 5, "at least 1 item"),
        ('uris = ["a"]\nroot = "b"', 5, "it is for `lists` or a `crawl`"),
        ('uris = ["a"]\nshare = 0.1', 5, "it is for `lists` or a `crawl`"),
        ('lists = ["a"]\nshare = 0.1', 5, "it needs a `seed`"),
        ('lists = ["a"]\nseed = 1', 5, "there is none"),
        ('lists = ["a"]\nseed = 1\nshare = 0.0', 6, "greater than 0"),
        ('lists = ["a"]\nseed = 1\nshare = 1.5', 6, "less than or equal to 1"),
        ('crawl = "CC-MAIN-2026-04"\nkind = "index"', 5, "its reader is `ingest.commoncrawl:select`"),
    ],
)
def test_settings_that_make_no_sense_together_are_refused(tmp_path, source, line, said):
    with pytest.raises(RecipeError) as told:
        toml.load(write(tmp_path, source))
    assert f"recipe.toml:{line}: " in str(told.value) and said in str(told.value)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ('crawl = "CC-MAIN-2026-04"', 4, 'wants `kind = "index"`'),
        ('crawl = "CC-MAIN-2026-04"\nkind = "index"\nsegments = ["1.2"]', 6, "of no segment"),
        ('crawl = "CC-MAIN-2026-04"\nkind = "index"\nshare = 0.5\nseed = 1', 6, "some hosts whole"),
    ],
)
def test_what_an_index_does_not_go_with_is_refused(tmp_path, source, line, said):
    with pytest.raises(RecipeError) as told:
        toml.load(write(tmp_path, source, INDEX))
    assert f"recipe.toml:{line}: " in str(told.value) and said in str(told.value)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("warc", "warc.paths.gz"),
        ("wet", "wet.paths.gz"),
        ("robotstxt", "robotstxt.paths.gz"),
        ("non200", "non200responses.paths.gz"),
        ("index", "cc-index-table.paths.gz"),
    ],
)
def test_a_crawl_is_its_list_by_kind(tmp_path, kind, name):
    source = f'crawl = "CC-MAIN-2026-04"\nkind = "{kind}"'
    made = toml.load(write(tmp_path, source, INDEX if kind == "index" else READ)).sources["web"].lists
    assert made.uris == (f"https://data.commoncrawl.org/crawl-data/CC-MAIN-2026-04/{name}",)
    assert made.root == "https://data.commoncrawl.org/"
    store = f'{source}\nroot = "s3://commoncrawl"'
    made = toml.load(write(tmp_path, store, INDEX if kind == "index" else READ)).sources["web"].lists
    assert made.uris == (f"s3://commoncrawl/crawl-data/CC-MAIN-2026-04/{name}",)


@given(
    st.sets(st.text("abc/", min_size=1), min_size=1), st.floats(0.01, 1), st.floats(0.01, 1), st.integers()
)
def test_a_larger_share_holds_the_smaller(paths, one, other, seed):
    small, large = sorted((one, other))
    taken = [{path for path in paths if lists.draw(path, seed) < share} for share in (small, large)]
    assert taken[0] <= taken[1] and {path for path in paths if lists.draw(path, seed) < 1} == paths


def test_a_share_is_a_share_and_another_seed_draws_another():
    paths = [f"crawl-data/segments/1.2/warc/{n}.warc.gz" for n in range(20_000)]
    one, two = ({path for path in paths if lists.draw(path, seed) < 0.1} for seed in (1, 2))
    assert abs(len(one) - 2000) < 150 and abs(len(two) - 2000) < 150
    assert len(one & two) < 300


@pytest.mark.usefixtures("patient")
def test_files_are_named_alike_wherever_they_lie_and_segments_are_chosen(tmp_path, root):
    with serve(root, busy=2) as server:
        for _ in range(2):
            over = list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{server.url}"')
        assert len(server.asked) == 3, "a list twice, refused once, and none of its files"
    local = list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{root}"')
    assert [file.name for file in over] == [file.name for file in local] and len(local) == 3
    assert [file.sized for file in over + local] == [False] * 3 + [True] * 3
    assert all(file.size > 0 and file.uri.startswith(str(root)) for file in local)
    some = list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{root}"\nsegments = ["{SEGMENTS[1]}"]')
    assert [SEGMENTS[1] in file.name for file in local] == [file in some for file in local]
    index = list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{root}"\nkind = "index"', INDEX)
    assert [file.name for file in index] == [f"{TABLE}/part-0000{n}.gz.parquet" for n in (0, 1)]
    with pytest.raises(RecipeError, match=r"has no segment 12\.3"):
        list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{root}"\nsegments = ["12.3"]')
    with pytest.raises(RecipeError, match=r"none of the paths in .* raise `share`"):
        list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{root}"\nshare = 1e-9\nseed = 1')


def test_files_whose_size_nobody_knows_make_parts_of_their_own(tmp_path, root):
    source = toml.load(write(tmp_path, f'crawl = "{CRAWL}"\nroot = "http://127.0.0.1:9/"')).sources["web"]
    files = [listing.File(f"{n}.warc.gz", f"http://127.0.0.1:9/{n}", 0, "", sized=False) for n in range(3)]
    files.append(listing.File("local.warc.gz", "local.warc.gz", 10**9, "1"))
    groups = plan._pack(source, files)
    assert [len(group) for group in groups[:3]] == [1, 1, 1] and len(groups) > 10
    assert [(group[0].start, group[0].stop) for group in groups[:3]] == [(0, None)] * 3


@pytest.mark.parametrize("packed", [False, True])
def test_a_list_of_local_files(tmp_path, packed):
    for name in ("a.txt", "b.txt", "odd*.txt"):
        (tmp_path / name).write_text("text")
    text = f"{tmp_path}/a.txt\r\n\n{tmp_path}/odd*.txt"
    path = tmp_path / "list"
    path.write_bytes(gzip.compress(text.encode()) if packed else text.encode())
    source = toml.load(write(tmp_path, f'lists = ["{path}"]\nuris = ["{tmp_path}/b.txt"]')).sources["web"]
    files = listing.list_files(source)
    assert [file.name.rpartition("/")[2] for file in files] == ["a.txt", "b.txt", "odd*.txt"]
    (tmp_path / "a.txt").unlink()
    with pytest.raises(RecipeError, match=r"a\.txt' is not there"):
        listing.list_files(source)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a\n../../etc/passwd\n", "line 2: '../../etc/passwd' does not lie under `root`"),
        (b"/etc/passwd", "line 1: '/etc/passwd' does not lie"),
        (b"http://other.org/a", "does not lie under"),
        (b"a\0b", "no path; is this a list of paths"),
        (b"x" * 5000, "no path"),
        (b"\xff\xfe\n", "is no list of paths"),
        (gzip.compress(b"a\n" * 100, mtime=0)[:-9], "is cut off"),
        (gzip.compress(b"a\n" * 100, mtime=0)[:15] + b"\xff" * 20, "is damaged"),
        (gzip.compress(b"a\n", mtime=0) + b"b\n", "is damaged behind what it packs"),
        (b"\n", "the list is empty"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path, text, said):
    (tmp_path / "list").write_bytes(text)
    with pytest.raises(RecipeError) as told:
        list_source(tmp_path, f'lists = ["{tmp_path}/list"]\nroot = "{tmp_path}/data"')
    assert said in str(told.value)


def test_a_list_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lists, "MAX_BYTES", 10_000)
    (tmp_path / "list").write_bytes(gzip.compress(b"a" * 100_000))
    with pytest.raises(RecipeError, match="unpacks to more than 10,000 bytes"):
        list(lists.read_paths(Lists((str(tmp_path / "list"),))))


def test_an_optional_source_does_without_its_list(tmp_path):
    missing = f'lists = ["{tmp_path}/none"]'
    with pytest.raises(RecipeError, match="none"):
        list_source(tmp_path, missing)
    said = []
    source = toml.load(write(tmp_path, f"{missing}\noptional = true")).sources["web"]
    assert listing.list_files(source, said.append) == []
    assert "is not there; the source is optional" in said[0]


@pytest.mark.usefixtures("patient")
def test_a_list_that_cannot_be_had_is_told(tmp_path):
    with serve(tmp_path) as server:
        with pytest.raises(RecipeError, match="is not there"):
            list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{server.url}"')
        assert len(server.asked) == 1
        server.busy = 1
        with pytest.raises(RecipeError, match="the server says 503"):
            list_source(tmp_path, f'crawl = "{CRAWL}"\nroot = "{server.url}"')
        assert server.count(503) == 7


def read_kept(out):
    names = ["id", "url", "text", "date", "metadata"]
    return pl.concat(
        [pl.read_parquet(path, columns=names) for path in sorted(out.glob("kept/part-*.parquet"))]
    )


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(
    ("kind", "read"), [("warc", READ), ("wet", READ), ("robotstxt", READ), ("index", INDEX)]
)
def test_a_run_over_a_server_gives_what_local_files_give(tmp_path, root, kind, read):
    made = []
    with serve(root, busy=5, cut=4) as server:
        server.changed.update(str(path.relative_to(root)) for path in root.rglob("CC-MAIN-00001*"))
        for number, where in enumerate((server.url, root)):
            path = write(tmp_path, f'crawl = "{CRAWL}"\nkind = "{kind}"\nroot = "{where}"', read)
            out = tmp_path / f"out{number}"
            told = click.testing.CliRunner().invoke(run.main, [str(path), str(out), "--workers", "0"])
            assert told.exit_code == 0, told.output
            assert ("requests" in told.output) == (number == 0)
            made.append(read_kept(out))
        assert "3 paths of " in told.output or kind == "index"
    names = ["id", "url", "text", "date", "metadata"]
    assert made[0].height == (40 if kind == "index" else 60)
    assert made[0].select(names).sort("id").equals(made[1].select(names).sort("id"))


def test_a_run_over_s3_gives_what_local_files_give(tmp_path, root, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    uris._has_credentials.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()
    (tmp_path / "s3").mkdir()
    (tmp_path / "s3/commoncrawl").symlink_to(root)
    made = []
    with serve(tmp_path / "s3") as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server.url.rstrip("/"))
        for number, where in enumerate(("s3://commoncrawl", root)):
            path = write(tmp_path, f'crawl = "{CRAWL}"\nkind = "index"\nroot = "{where}"', INDEX)
            out = tmp_path / f"out{number}"
            told = click.testing.CliRunner().invoke(run.main, [str(path), str(out), "--workers", "0"])
            assert told.exit_code == 0, told.output
            made.append(read_kept(out).sort("id"))
        assert len(server.asked) > 10
    uris._has_credentials.cache_clear()
    s3fs.S3FileSystem.clear_instance_cache()
    assert made[0].height == 40 and made[0].equals(made[1])


def test_readers_and_the_engine_mean_the_same_folder():
    assert (connections.VARIABLE, connections.FILE) == (connection_limit.FOLDER, connection_limit.FILE)


def test_what_was_asked_is_told_for_each_run(tmp_path):
    file = tmp_path / connections.FOLDER / "h%3A1" / connections.FILE
    file.parent.mkdir(parents=True)
    entry = {"requests": 3, "size": 1000, "refused": {"503": 2}, "cut": 1, "changed": ["http://h:1/a"]}
    file.write_text(json.dumps(entry) + "\n")
    since = connections.find_ends(tmp_path)
    assert list(connections.describe(tmp_path, since)) == []
    with file.open("a") as more:
        more.write(json.dumps(entry) + "\n" + json.dumps(entry)[:20] + "\n")
    assert list(connections.describe(tmp_path, since)) == [
        "h:1: 3 requests, 1,000 bytes; 2 refused with 503; 1 cut off and resumed;"
        " 1 changed meanwhile and begun anew",
        "  changed while it was read, begun anew: http://h:1/a",
    ]


def test_the_recipes_that_the_docs_print_name_the_crawl(tmp_path):
    page = (Path(__file__).parent.parent.parent.parent / "docs/web-archives.md").read_text()
    printed = re.findall(r"```toml\n(# Common Crawl.*?)```", page, re.DOTALL)
    named = []
    for text in printed:
        (tmp_path / "printed.toml").write_text(text)
        named += toml.load(tmp_path / "printed.toml").sources["web"].lists.uris
    head = f"https://data.commoncrawl.org/crawl-data/{CRAWL}"
    assert named == [f"{head}/warc.paths.gz", f"{head}/cc-index-table.paths.gz"]
