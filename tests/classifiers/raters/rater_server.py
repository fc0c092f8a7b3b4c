"""A server that speaks the OpenAI-compatible API and misbehaves as the documents tell it to.

A document holds `plan:{...}`: its name, the score that each model gives it, and what the server does at each
time that the model is asked (the last thing from then on). It bills the most that any server could: a token
for each byte, and whatever it did not refuse, also where it then fails.
"""

import json
import re
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HANG_SECONDS = 30
TEMPLATE = 40  # tokens that no byte of the message stands for
PLAN = re.compile(r"plan:(\{.*?\})!")


def plan(name, *does, score=3, other=None, text=""):
    """A document, its score by model "a", and by any other where that is another one."""
    told = {"name": name, "does": does or ("good",), "a": score, "b": score if other is None else other}
    return f"plan:{json.dumps(told)}! {text}"


class Server(ThreadingHTTPServer):
    """What was asked and billed, by (model, document); `tokens` are billed in all."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.latency = 0.0
        self.overuse = 0
        self.open = self.most = self.tokens = 0
        self.early = 0  # asked again before Retry-After was over
        self.busy = set()  # models that refuse the next question, whichever it is
        self.not_before = {}
        self.asked = defaultdict(list)
        self.answered = defaultdict(int)
        self.bodies = []
        self.stop = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/chat/completions"
        (message,) = asked["messages"]
        told = json.loads(PLAN.search(message["content"])[1])
        server, self.who = self.server, (asked["model"], told["name"])
        self.plan, self.score = asked, told["a" if asked["model"] == "a" else "b"]
        self.prompt_tokens = len(message["content"].encode()) + TEMPLATE + server.overuse
        with server.lock:
            before = server.asked[self.who]
            does = told["does"][min(len(before), len(told["does"]) - 1)]
            does = "http_429" if asked["model"] in server.busy else does
            server.busy.discard(asked["model"])
            before.append({"did": does, "temperature": asked["temperature"]})
            server.bodies.append(asked)
            server.early += time.monotonic() < server.not_before.get(asked["model"], 0)
            server.open += 1
            server.most = max(server.most, server.open)
        self.stopped = False
        try:
            server.stop.wait(server.latency)
            getattr(self, f"do_{does}")()
        finally:
            self.leave()

    def leave(self):
        with self.server.lock:
            self.server.open -= not self.stopped
            self.stopped = True

    def send(self, status, body, *, length=None, **headers):
        lines = [f"HTTP/1.1 {status} x", f"Content-Length: {length or len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.leave()
        self.wfile.write("\r\n".join([*lines, "", ""]).encode() + body)

    def bill(self, text=""):
        tokens = min(len(text.encode(errors="replace")), self.plan["max_tokens"])
        with self.server.lock:
            self.server.tokens += self.prompt_tokens + tokens
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": tokens}

    def complete(self, text, finish="stop", **changes):
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        usage = self.bill(text or "")
        with self.server.lock:
            self.server.answered[self.who] += 1
        return json.dumps({"id": "x", "choices": [choice], "usage": usage} | changes).encode()

    def say(self, value, name="quality"):
        return json.dumps({name: value})

    def do_good(self):
        self.send(200, self.complete(self.say(self.score)))

    def do_no_usage(self):
        self.send(200, self.complete(self.say(self.score), usage=None))

    def do_truncated(self):
        self.send(200, self.complete(self.say(self.score), "length"))

    def do_no_field(self):
        self.send(200, self.complete('{"verdict": 3}'))

    def do_no_json(self):
        self.send(200, self.complete("It is a fine text."))

    def do_out_of_range(self):
        self.send(200, self.complete(self.say(17)))

    def do_half_a_pair(self):
        self.send(200, self.complete('{"verdict": "\ud800"}'))

    def do_wrong_json(self):
        self.send(200, self.complete("x")[:-9])

    def do_too_large(self):
        self.bill()
        self.send(200, b"[" * 3_000_000)

    def do_http_500(self):
        self.bill()
        self.send(500, b'{"error": "the engine is dead"}')

    def do_http_503(self):
        self.send(503, b"busy")

    def do_http_400(self):
        self.send(400, b"no")

    def do_http_302(self):
        self.send(302, b"", Location=self.server.url + "/elsewhere")

    def do_http_401(self):
        said = f"no such key: {self.headers['Authorization']}"
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in said)
        self.send(401, f'{{"error": "{escaped}"}}'.encode())

    def do_http_429(self):
        with self.server.lock:
            self.server.not_before[self.who[0]] = time.monotonic() + 1
        self.send(429, b"{}", Retry_After="1")

    def do_long_429(self):
        self.send(429, b"{}", Retry_After="3600")

    def do_echo(self):
        said = self.headers["Authorization"]
        self.send(200, self.complete(json.dumps({"quality": self.score, "why": said, "cut": said[:-3]})))

    def do_broken(self):
        body = self.complete(self.say(self.score))
        self.send(200, body[: len(body) // 2], length=len(body))
        self.close_connection = True

    def do_deadline(self):
        self.bill()
        self.server.stop.wait(HANG_SECONDS)
        self.close_connection = True


@contextmanager
def serving():
    """A server, which is stopped at the end."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()
