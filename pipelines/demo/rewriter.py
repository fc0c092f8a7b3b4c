"""A stand-in for a language model: serves the OpenAI-compatible API on this machine while a command runs.

    python -m winnow.pipelines.demo.rewriter -- COMMAND ...

No model: it takes sentences out of the text and lays them out as the prompt asks. As models do it errs now
and then, by a hash of what it was asked: a number is another, a "not" is gone, an answer is cut off or
refused, and some requests are answered with 503 at first. So a run shows what its checks are for.
"""

import contextlib
import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import click

PORT = 8397
MOST = 8  # sentences
REFUSAL = "I'm sorry, but I can't help with that."
_SOURCE = re.compile(r"<source ([^>\s]+)>\n(.*)\n</source \1>", re.DOTALL)
_ENDS = re.compile(r"(?<=[.!?])\s+(?=[\"'(]?[A-Z])|\n+")
_SENTENCE = re.compile(r"[\"'(]?[A-Z0-9].*[.!?][\"')]?")


def rewrite(prompt: str, text: str) -> str:
    """The text's own sentences, up to MOST of them, as questions and answers, a table or prose."""
    found = [one.strip() for one in _ENDS.split(text)]
    some = [one for one in found if 6 <= len(one.split()) <= 45 and _SENTENCE.fullmatch(one)][:MOST]
    if "tables in Markdown" in prompt:
        rows = [one.replace("|", "/").split() for one in some]
        cells = [(" ".join(words[:3]), " ".join(words[3:])) for words in rows]
        return "\n".join(
            f"| {first} | {rest} |" + "\n|---|---|" * (not n) for n, (first, rest) in enumerate(cells)
        )
    if "clear, well ordered prose" in prompt:
        return " ".join(some)
    return "\n\n".join(f"Q: {' '.join(one.split()[: len(one.split()) // 2])} ...?\nA: {one}" for one in some)


def err(said: str, draw: int) -> tuple[str, str]:
    """What is answered in the end, and the `finish_reason`: one answer in six is none, or a wrong one."""
    if draw % 31 == 0:
        return REFUSAL, "stop"
    if draw % 23 == 0:
        return said[: len(said) // 2], "length"
    if draw % 11 == 0:
        said = re.sub(r"\d+", lambda number: str(int(number[0]) + 7), said, count=1)
    if draw % 13 == 0:
        said = said.replace(" not ", " ", 1)
    return said, "stop"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    busy: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        content = "\n".join(message["content"] for message in asked["messages"])
        name = hashlib.sha256(content.encode()).hexdigest()
        draw = int(name[:12], 16)
        if draw % 97 == 0 and name not in self.busy:
            self.busy.add(name)
            self._answer(503, {"error": {"message": "busy"}}, {"Retry-After": "1"})
            return
        place = _SOURCE.search(content)
        said, why = err(rewrite(content[: place.start()], place[2]), draw) if place else (REFUSAL, "stop")
        usage = {"prompt_tokens": len(content) // 4, "completion_tokens": len(said) // 4 + 1}
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": why}
        self._answer(200, {"choices": [choice], "usage": usage, "model": asked["model"]}, {})

    def _answer(self, status: int, body: dict[str, Any], more: dict[str, str]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for key, value in {"Content-Type": "application/json", "Content-Length": len(data), **more}.items():
            self.send_header(key, str(value))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """The run tells what it asked for."""


@contextlib.contextmanager
def serve(port: int = PORT) -> Iterator[int]:
    """Serve on a port of this machine (0: a free one); which it is."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@click.command(help=__doc__)
@click.argument("command", nargs=-1, required=True)
def main(command: tuple[str, ...]) -> None:
    """Serve while the command runs; its exit code."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(serve())
        except OSError as error:
            sys.exit(f"port {PORT} of this machine is not free: {error.strerror}; is another run under way?")
        sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
