"""A server that speaks the OpenAI-compatible API and misbehaves as the pictures tell it to.

`python vlm_server.py PORT_FILE [LATENCY]`. A picture is a PNG with a text chunk `plan`: the page's name,
its text, and what the server does at each time it is asked for (the last thing from then on). `GET /counts`
says what was asked. In flight is a request that has come in and whose client is there and has not got the
end of its answer.
"""

import base64
import io
import json
import select
import socket
import sys
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

HANG_SECONDS = 60


def draw(name, text, does=("good",), other="", width=1):
    """A picture of a page and its plan."""
    info = PngImagePlugin.PngInfo()
    info.add_text("plan", json.dumps({"name": name, "text": text, "does": list(does), "other": other}))
    out = io.BytesIO()
    Image.new("L", (width, width), 255).save(out, "PNG", pnginfo=info)
    return out.getvalue()


class Server(ThreadingHTTPServer):
    """Counts under a lock; `latency` before each answer."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, latency: float = 0.0, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.latency = latency
        self.lock = threading.Lock()
        self.open: set[socket.socket] = set()
        self.most = 0
        self.asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.early = 0  # asked again before Retry-After was over
        self.not_before: dict[str, float] = {}
        self.keys: set[str | None] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def counts(self) -> dict[str, Any]:
        with self.lock:
            return {"most": self.most, "early": self.early, "asked": dict(self.asked)}

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError | ValueError):
            super().handle_error(request, client_address)


def is_there(client: socket.socket) -> bool:
    """Whether the other side has not closed the connection."""
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send(200, json.dumps(self.server.counts()).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        if self.path != "/v1/chat/completions":
            return self.send(404, b"{}")
        (message,) = asked["messages"]
        url = message["content"][0]["image_url"]["url"]
        head, data = url.split(",")
        assert head == "data:image/png;base64"
        plan = json.loads(Image.open(io.BytesIO(base64.b64decode(data))).text["plan"])
        does = self.enter(plan, asked)
        try:
            time.sleep(self.server.latency)
            getattr(self, f"do_{does}")(plan)
        finally:
            self.leave()

    def enter(self, plan, asked):
        server, name = self.server, plan["name"]
        with server.lock:
            before = server.asked[name]
            does = plan["does"][min(len(before), len(plan["does"]) - 1)]
            texts = [part["text"] for part in asked["messages"][0]["content"] if part["type"] == "text"]
            settings = {key: asked[key] for key in ("model", "temperature", "max_tokens")}
            before.append({"did": does, "prompt": texts, **settings})
            server.keys.add(self.headers["Authorization"])
            server.early += time.monotonic() < server.not_before.get(name, 0)
            server.open.add(self.connection)
            server.most = max(server.most, sum(map(is_there, server.open)))
        return does

    def leave(self):
        with self.server.lock:
            self.server.open.discard(self.connection)

    def send(self, status, body, *, length=None, **headers):
        lines = [f"HTTP/1.1 {status} x", f"Content-Length: {length or len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.leave()
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    def complete(self, text, finish="stop", **changes):
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        usage = {"prompt_tokens": 9, "completion_tokens": len(str(text).split())}
        body = {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage} | changes
        return json.dumps(body).encode()

    def do_good(self, plan):
        self.send(200, self.complete(plan["text"]))

    def do_fence(self, plan):
        self.send(200, self.complete(f"```markdown\n{plan['text']}\n```"))

    def do_truncated(self, plan):
        self.send(200, self.complete(plan["text"][: len(plan["text"]) // 2], "length"))

    def do_repetition(self, plan):
        self.send(200, self.complete(plan["text"] + " and so on and so forth" * 60))

    def do_line(self, plan):
        self.send(200, self.complete(plan["text"] + "\nThe same line again." * 40, "length"))

    def do_other(self, plan):
        self.send(200, self.complete(plan["other"]))

    def do_refusal(self, plan):
        self.send(200, self.complete("I'm sorry, but as an AI I can't transcribe the text of this picture."))

    def do_empty(self, plan):
        self.send(200, self.complete(""))

    def do_null(self, plan):
        self.send(200, self.complete(None))

    def do_torn_json(self, plan):
        self.send(200, self.complete(plan["text"])[:-40])

    def do_no_choices(self, plan):
        self.send(200, self.complete("", choices=[]))

    def do_html(self, plan):
        self.send(200, b"<html><body>Welcome to nginx</body></html>", Content_Type="text/html")

    def do_http_500(self, plan):
        self.send(500, b'{"error": {"message": "the engine is dead"}}')

    def do_http_502(self, plan):
        self.send(502, b"<html><h1>502 Bad Gateway</h1></html>", Content_Type="text/html")

    def do_http_400(self, plan):
        self.send(400, b'{"error": {"message": "the picture is too large"}}')

    def do_http_401(self, plan):
        said = f"no such key: {self.headers['Authorization']}"
        self.send(401, json.dumps({"error": {"message": said}}).replace("/", "\\/").encode())

    def do_echo(self, plan):
        """A model that says the key, as no model can."""
        self.send(200, self.complete(f"{plan['text']} {self.headers['Authorization']}"))

    def do_http_429(self, plan):
        with self.server.lock:
            self.server.not_before[plan["name"]] = time.monotonic() + 1
        self.send(429, b"{}", Retry_After="1")

    def do_long_429(self, plan):
        self.send(429, b"{}", Retry_After="3600")

    def do_close(self, plan):
        body = self.complete(plan["text"])
        self.send(200, body[: len(body) // 2], length=len(body))
        self.close_connection = True

    def do_hang(self, plan):
        select.select([self.connection], [], [], HANG_SECONDS)
        self.close_connection = True

    def do_drip(self, plan):
        """A good answer, a byte at a time: no single wait is long."""
        body = self.complete(plan["text"])
        self.wfile.write(f"HTTP/1.1 200 x\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        for at in range(len(body)):
            time.sleep(0.05)
            self.wfile.write(body[at : at + 1])

    def do_drip_headers(self, plan):
        for at in range(10_000):
            time.sleep(0.05)
            self.wfile.write(b"HTTP/1.1 200 x\r\nX: "[at : at + 1] or b"x")


def main() -> None:
    server = Server(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
    waiting = Path(sys.argv[1] + ".part")
    waiting.write_text(server.url)
    waiting.rename(sys.argv[1])
    server.serve_forever()


if __name__ == "__main__":
    main()
