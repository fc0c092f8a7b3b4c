"""What is kept of a server's words: no key, sound text, only usage that can be."""

import asyncio
import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from winnow import llm as request
from winnow.budget import Price
from winnow.llm import Endpoint, ask, check_url, find_proxy, hide, open_client, parse

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("said", [KEY, KEY[:12], f"Bearer {KEY}.", f'{{"key": "{KEY}"}}', KEY + KEY])
def test_a_key_is_hidden_whole_or_cut(said):
    hidden = hide(said, KEY)
    assert "very" not in hidden and "[key]" in hidden
    assert hidden.count('"') == said.count('"') and hidden.endswith("}") == said.endswith("}")


@pytest.mark.parametrize("key", ["", "none", "EMPTY", "test", "1234567"])
def test_what_is_no_secret_is_not_hidden(key):
    assert hide(f"the key {key} here", key) == f"the key {key} here"
    assert hide(f"the key {key}-9876543 here", f"{key}-9876543") == "the key [key] here"


@pytest.mark.parametrize("end", ["?api-version=2024", "?key=sk-secret", "/?", "#part", "#"])
def test_a_url_with_more_than_an_address_is_refused(end):
    assert check_url("https://x/v1/") == "https://x/v1/chat/completions"
    with pytest.raises(ValueError, match=r"no query \(\?\.\.\.\) and no fragment") as raised:
        check_url("https://x/v1" + end)
    assert "secret" not in str(raised.value)


def test_usage_is_taken_where_it_can_be():
    choice = {"message": {"content": "x"}, "finish_reason": "stop"}
    for usage, expected in [
        ({"prompt_tokens": 7, "completion_tokens": 2}, (7, 2)),
        ({"prompt_tokens": 7}, (7, None)),
        ({"prompt_tokens": -1, "completion_tokens": True}, (None, None)),
        ({"prompt_tokens": "7", "completion_tokens": 2**40}, (None, None)),
        (None, (None, None)),
        ([7, 2], (None, None)),
    ]:
        reply = parse(json.dumps({"choices": [choice], "usage": usage}).encode())
        assert (reply.fault, reply.tokens_in, reply.tokens_out) == (None, *expected)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"choices": []}', b"[" * 100_000, b"\xff", b"1" * 9999]
)
def test_what_is_no_chat_completion_is_wrong_json(body):
    assert parse(body).fault == "wrong_json"


def test_usage_of_a_broken_completion_is_charged():
    reply = parse(b'{"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 0}}')
    assert (reply.fault, reply.tokens_in, reply.tokens_out) == ("wrong_json", 5, 0)


def test_half_a_surrogate_pair_is_made_sound():
    reply = parse(rb'{"choices": [{"message": {"content": "a"}, "finish_reason": "\udfff"}]}')
    assert reply.finish == "?" and hide("a\ud800b", "") == "a?b"


def test_retry_after_is_a_number_or_a_date():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < request.read_wait(soon) <= 30
    assert [request.read_wait(value) for value in ("7", "", "soon", "-3", "9" * 500)] == [
        7,
        0,
        0,
        0,
        float("inf"),
    ]


WRONG = [
    "http://user:sk-secret@x/v1",
    "http://sk-secret@x/v1",
    "ftp://x/v1",
    "x:8000/v1",
    "http:///v1",
    "http://x:99999/v1",
    "http://[::1/v1",
    "http://user:sk-secret\u2100@x/v1",
    "http://x/v1 ",
    "http://x\n/v1",
    f"http://{'a' * 64}.org/v1",
    "",
    None,
]


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_address_or_holds_credentials_is_refused(url):
    with pytest.raises(ValueError, match=r"^service: url: ") as raised:
        check_url(url, "service")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["http://[::1]:8000/v1", "https://münchen.de/v1", "http://127.0.0.1:8000/v1/"]
)
def test_addresses_of_all_kinds_are_taken(url):
    assert check_url(url) == url.rstrip("/") + "/chat/completions"


def test_a_proxy_is_the_environment_s_and_never_for_this_machine(monkeypatch):
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    assert find_proxy("https://api.org/v1") is None
    monkeypatch.setenv("https_proxy", "proxy.org:3128")
    monkeypatch.setenv("NO_PROXY", "near.org, a/b, http://x/, 10.0.0.0/8, fd00::/8")
    assert find_proxy("https://api.org/v1") == "http://proxy.org:3128"
    assert find_proxy("http://api.org/v1") is None
    monkeypatch.setenv("all_proxy", "http://all.org:1")
    assert find_proxy("http://api.org/v1") == find_proxy("http://11.1.2.3/v1") == "http://all.org:1"
    near = ["near.org", "a.near.org:80", "10.1.2.3:8000", "[fd00::1]:8000"]
    own = ["localhost:8000", "a.localhost", "127.0.0.1", "127.9.9.9:1", "[::1]:8000"]
    assert {find_proxy(f"http://{host}/v1") for host in near + own} == {None}
    monkeypatch.setenv("all_proxy", "socks5://me:word@all.org:1")
    with pytest.raises(ValueError, match=r"proxy for api\.org is one of socks5: name one of http$"):
        find_proxy("http://api.org/v1")


SEEN = []


class Proxy(BaseHTTPRequestHandler):
    """Keeps what came to it, and redirects to elsewhere."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        SEEN.append((self.path, self.headers["Authorization"], self.headers["Proxy-Authorization"]))
        self.send_response(307)
        self.send_header("Location", "http://elsewhere.org/v1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def send(url, key=KEY):
    async def run():
        endpoint = Endpoint("x", check_url(url), "m", key, Price(Decimal(0), Decimal(0)))
        async with open_client(endpoint, 1) as client:
            return await ask(client, endpoint, {"messages": []}, 5)

    return asyncio.run(run())


def test_a_key_goes_by_the_proxy_to_its_server_and_after_no_redirect(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    monkeypatch.setenv("http_proxy", f"http://me:word@127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "")
    SEEN.clear()
    assert send("http://api.invalid/v1").fault == "http_307"
    word = "Basic " + base64.b64encode(b"me:word").decode()
    assert [("http://api.invalid/v1/chat/completions", f"Bearer {KEY}", word)] == SEEN
    server.shutdown()
    server.server_close()
    reply = send("http://api.invalid/v1")  # the proxy is gone
    assert reply.fault == "unreachable" and "word" not in reply.said


def test_credentials_of_a_home_directory_are_sent_to_nobody(monkeypatch, tmp_path):
    server = HTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password word\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    SEEN.clear()
    send(f"http://127.0.0.1:{server.server_port}/v1", key="")
    server.shutdown()
    server.server_close()
    assert SEEN[0][1:] == (None, None)
