"""Which files a source has."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import fsspec
import pytest

from winnow.pipelines.engine.parts.listing import SHOWN, list_files, list_sources
from winnow.pipelines.spec import toml
from winnow.pipelines.spec.crawl import Lists
from winnow.pipelines.spec.recipe import RecipeError, Source


def make_source(*uris, optional=False, lists=None):
    return Source("web", "web", uris, None, 1, optional=optional, lists=lists)


@contextlib.contextmanager
def serve(status):
    """A server that answers so for all but `/there`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/there" else status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(b"ab")

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def name_local(tmp_path):
    (tmp_path / "there").write_text("ab")
    return str(tmp_path)


def name_in_memory(tmp_path):
    fsspec.filesystem("memory").pipe("/listing/there", b"ab")
    return "memory://listing"


@pytest.mark.parametrize("make", [name_local, name_in_memory])
def test_files_that_are_named_and_not_there_are_told_at_once_or_left_out(tmp_path, make):
    root = make(tmp_path)
    names = [f"{root}/none{number:02}" for number in range(SHOWN + 2)]
    told = f"'{names[0]}', .* and 2 more are not there; mend `uris`, or say `optional = true`"
    with pytest.raises(RecipeError, match=told):
        list_files(make_source(f"{root}/there", *names))
    said = []
    (file,) = list_files(make_source(names[0], f"{root}/there", optional=True), said.append)
    assert file.size == 2 and said == [f"source web: '{names[0]}' is not there; the source is optional"]
    assert list_files(make_source(names[0], optional=True)) == []
    with pytest.raises(RecipeError, match="is not there"):
        list_files(make_source(f"{root}/there/below"))


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_its_server_does_not_have(status):
    with serve(status) as root:
        with pytest.raises(RecipeError, match=r"'http://.*/none' is not there"):
            list_files(make_source(f"{root}/there", f"{root}/none"))
        (file,) = list_files(make_source(f"{root}/there", f"{root}/none", optional=True))
        assert file.size == 2


def test_a_server_that_is_busy_or_away_is_asked_again_by_the_run():
    with serve(503) as root:
        assert [file.size for file in list_files(make_source(f"{root}/busy"))] == [0]
    assert [file.size for file in list_files(make_source("http://127.0.0.1:9/a"))] == [0]


def test_what_a_list_names_and_lists_themselves(tmp_path):
    root = name_local(tmp_path)
    (tmp_path / "list").write_text("there\nnone\n")
    with pytest.raises(RecipeError, match="'none' is not there; mend `lists`"):
        list_files(make_source(lists=Lists((f"{root}/list",), f"{root}/")))
    (file,) = list_files(make_source(lists=Lists((f"{root}/list",), f"{root}/"), optional=True))
    assert file.name == "there"
    with pytest.raises(RecipeError, match="'a', 'b' are not there; mend `lists`"):
        list_files(make_source(lists=Lists(("a", f"{root}/list", "b"), f"{root}/")))


def test_the_line_of_the_file_is_told(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(
        'name = "x"\n[[source]]\nname = "web"\nuris = [\n  "recipe.toml",\n  "none.txt",\n]\n'
        'read = { use = "ingest.jsonl:read" }\n[[stage]]\nname = "all"\nafter = "web"\n'
        'steps = [ { use = "filters.gopher:quality" } ]\n'.replace("recipe.toml", str(path))
    )
    with pytest.raises(RecipeError, match=r"recipe.toml:6: source 'web': 'none.txt' is not there"):
        list_sources(toml.load(path))


def test_addresses_that_differ_in_their_signatures_alone_are_refused():
    uris = [f"https://127.0.0.1:9/a?page=1&token={number}" for number in (1, 2)]
    with pytest.raises(RecipeError, match=r"two of its addresses are https://127.0.0.1:9/a\?page=1 but for"):
        list_files(make_source(*uris))
    (file,) = list_files(make_source(uris[0], uris[0]))
    assert file.uri == uris[0] and file.name == "https://127.0.0.1:9/a?page=1"
