"""What a server says leads to no file of this machine and to no host that the recipe does not name."""

import contextlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest
from fsspec.config import conf

from winnow.pipelines.commands import run
from winnow.pipelines.engine.parts import lists
from winnow.pipelines.engine.parts.listing import list_files
from winnow.pipelines.engine.work import addresses, connections
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.crawl import Lists
from winnow.pipelines.spec.recipe import RecipeError, Source


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    monkeypatch.setattr(lists, "WAITS", ())


@contextlib.contextmanager
def serve(body=b"", to=None, size=None):
    """A server of one answer; its address, and a list of what was asked."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302 if to else 200)
            if to:
                self.send_header("Location", to)
            self.send_header("Content-Length", str(len(body) if size is None else size))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()


def list_from(uri, root=""):
    return list_files(Source("web", "web", (), None, 1, optional=False, lists=Lists((uri,), root)))


@pytest.mark.parametrize(
    "line",
    ["/etc/passwd", "etc/passwd", "file:///etc/passwd", "local:///etc/passwd", "sftp://127.0.0.1/etc/passwd",
     "zip://a::file:///x.zip", "https://example.org/a::/etc/passwd", "reference://::/etc/passwd",
     "~/.ssh/id_rsa", "dir:///etc", "github://a:b@/etc", "git:///etc", "memory://a"],
)  # fmt: skip
def test_a_list_from_a_server_names_no_file_of_this_machine(line):
    wrong = r"line 2: .* is no file of the web or of a store"
    with (
        serve(f"https://example.org/a\n{line}\n".encode()) as (root, _),
        pytest.raises(RecipeError, match=wrong),
    ):
        list_from(f"{root}/list")
    fsspec.filesystem("memory").pipe("/lists/list", line.encode())
    if not line.startswith("memory"):
        with pytest.raises(RecipeError, match="is no file of the web or of a store"):
            list_from("memory://lists/list")


def test_a_list_from_a_server_names_files_of_the_web_and_of_stores():
    with serve(b"https://example.org/a\ns3://bucket/b\n") as (root, _):
        assert [file.uri for file in list_from(f"{root}/list")] == ["https://example.org/a", "s3://bucket/b"]


@pytest.mark.parametrize("line", ["a::/etc/passwd", "../x", "/x", "file:///x"])
def test_what_is_chained_does_not_lie_under_a_root_on_the_web(line):
    with serve(line.encode()) as (root, _), pytest.raises(RecipeError, match="does not lie under `root`"):
        list_from(f"{root}/list", f"{root}/")


def test_a_root_on_this_machine_holds_what_a_list_from_a_server_names(tmp_path):
    (tmp_path / "a::b").write_text("text")
    with serve(b"a::b\n") as (root, _):
        (file,) = list_from(f"{root}/list", f"{tmp_path}/")
    assert file.uri == str(tmp_path / "a::b")


def test_a_redirect_of_a_list_leads_to_no_other_host_of_this_machine():
    with serve(b"https://example.org/a\n") as (inner, asked), serve(to=f"{inner}/list") as (outer, _):
        with pytest.raises(RecipeError, match="of this machine or a private network"):
            list_from(f"{outer}/list")
        assert asked == []
        assert list_from(f"{inner}/list")


def test_a_list_has_a_bound(monkeypatch):
    monkeypatch.setattr(lists, "MAX_BYTES", 10_000)
    with serve(b"a\n" * 10_000) as (root, _), pytest.raises(RecipeError, match="more than 10,000 bytes"):
        list_from(f"{root}/list")
    fsspec.filesystem("memory").pipe("/lists/long", b"a\n" * 10_000)
    with pytest.raises(RecipeError, match="more than 10,000 bytes"):
        list_from("memory://lists/long")


def test_a_file_that_leads_to_another_host_of_this_machine_is_not_asked_for_there():
    with serve(b"secret") as (inner, asked), serve(to=f"{inner}/a") as (outer, _):
        (file,) = list_files(Source("web", "web", (f"{outer}/a",), None, 1, optional=False))
        assert file.size == 0 and asked == []
        with pytest.raises(FileNotFoundError) as told:
            fsspec.filesystem("http").info(f"{outer}/a")
        assert "of this machine or a private network" in str(told.value.__cause__)


def test_a_host_that_is_named_by_an_address_of_any_kind_is_read_from_in_workers(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, connections.VARIABLE, "")
    with serve(b"said") as (root, _):
        port = root.rpartition(":")[2]
        written = [f"http://[0:0:0:0:0:0:0:1]:{port}/a", "http://[::ffff:127.0.0.1]/b", f"{root}/a"]
        source = Source("web", "web", tuple(written), None, 1, optional=False)
        with connections.name(tmp_path, addresses._find_hosts("\n".join(source.uris))):
            connections.share(tmp_path)
            assert addresses._named == {f"::1:{port}", "::ffff:7f00:1:80", f"127.0.0.1:{port}"}
            monkeypatch.setitem(conf["http"], "client_kwargs", {"headers": {"X-Mine": "1"}})
            assert fsspec.filesystem("http").cat(f"{root}/a") == b"said"


def test_a_list_comes_by_the_proxy_of_the_environment(monkeypatch):
    with serve(b"https://example.org/a\n") as (root, asked):
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, root)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        assert [file.uri for file in list_from("http://lists.invalid/paths")] == ["https://example.org/a"]
    assert asked == ["http://lists.invalid/paths"]


def test_a_run_that_ended_guards_nothing_in_its_process(make_recipe, tmp_path, monkeypatch):
    monkeypatch.delenv(connections.VARIABLE, raising=False)
    stages = '[[stage]]\nname = "kept"\nafter = "lines"\nsteps = [{ use = "toy:short" }]\n'
    path, out = make_recipe({"a.txt": "one two three\nfour\n"}, stages), tmp_path / "out"
    assert run.execute(path, out, 0, None, "auto", ()) == 0
    assert connections.VARIABLE not in os.environ and addresses._named is None
    assert not (out / connections.FOLDER).exists()


def test_hosts_are_those_that_the_recipe_names(tmp_path, monkeypatch):
    path = tmp_path / "recipe.toml"
    path.write_text(
        'name = "x"\n[[source]]\nname = "web"\nuris = ["http://Inner.example:81/a", "https://example.org/b"]\n'
        'read = { use = "ingest.jsonl:read" }\n[[stage]]\nname = "all"\nafter = "web"\n'
        'steps = [ { use = "filters.gopher:quality" } ]\n'
    )
    hosts = addresses.find_hosts(toml.load(path))
    assert hosts == ["example.org:443", "inner.example:81"]
    monkeypatch.setitem(os.environ, connections.VARIABLE, "")
    with connections.name(tmp_path, hosts), serve(b"secret") as (inner, asked):
        connections.share(tmp_path)
        with pytest.raises(ValueError, match="of this machine"):
            fsspec.filesystem("http").cat(f"{inner}/a")
    assert asked == [] and not list(tmp_path.glob(".*"))
