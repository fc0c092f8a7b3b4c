"""A server that speaks the OpenAI-compatible API: a process of its own, which answers at once, or
misbehaves as the texts tell it to.

`python model_server.py [LOG]` prints its port. A text that holds `do:NAME!` is answered by that manner,
one with `do:A,B!` by A at the first time and by B from then on. Each request that was answered is a line
of LOG: the digest of its messages and the tokens that it was billed. `/stats` tells what there was,
`/stop` ends it.
"""

import asyncio
import hashlib
import json
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

DO = re.compile(r"do:([\w,]+)!")
SOURCE = re.compile(r"<source (\w+)>\n(.*)\n</source \1>", re.S)


class State:
    """What was asked and billed."""

    def __init__(self, log):
        self.log = Path(log).open("a") if log else None  # noqa: SIM115 - as long as the process lives
        self.asked, self.answered, self.did = Counter(), Counter(), Counter()
        self.open = self.most = self.tokens = self.early = 0
        self.not_before = 0.0
        self.latency = 0.0

    def bill(self, key, asked, out):
        used = sum(len(m["content"].encode()) for m in asked["messages"]) + 40
        out = min(out, asked["max_tokens"])
        self.tokens += used + out
        self.answered[key] += 1
        if self.log:
            self.log.write(json.dumps([key, used + out]) + "\n")
            self.log.flush()
        return {"prompt_tokens": used, "completion_tokens": out}


def complete(state, key, asked, text, finish="stop"):
    usage = state.bill(key, asked, len(text) // 4)
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return json.dumps({"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage}).encode()


def head(status, length, extra=""):
    top = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n"
    return f"{top}Content-Length: {length}\r\n{extra}\r\n".encode()


async def act(state, writer, asked, key, does):
    """One answer; False where the connection is done with."""
    text = SOURCE.search(asked["messages"][-1]["content"])[2]
    said = DO.sub("", text)
    if does == "http_500":
        state.bill(key, asked, 10**9)
        state.answered[key] -= 1
        writer.write(head(500, 4) + b"dead")
    elif does == "http_429":
        state.not_before = time.monotonic() + 1
        writer.write(head(429, 2, "Retry-After: 1\r\n") + b"{}")
    elif does == "window":
        body = b'{"error": {"message": "This model\'s maximum context length is 4096 tokens."}}'
        writer.write(head(400, len(body)) + body)
    elif does == "hang":
        await asyncio.sleep(30)
        return False
    elif does == "slow":
        body = complete(state, key, asked, said)
        writer.write(head(200, len(body)))
        for at in range(len(body)):
            writer.write(body[at : at + 1])
            await writer.drain()
            await asyncio.sleep(0.2)
    elif does == "broken":
        body = complete(state, key, asked, said)
        writer.write(head(200, len(body)) + body[: len(body) // 2])
        return False
    else:
        body = {
            "good": lambda: complete(state, key, asked, said),
            "cut": lambda: complete(state, key, asked, said, "length"),
            "filter": lambda: complete(state, key, asked, "", "content_filter"),
            "json": lambda: complete(state, key, asked, said)[:-9],
            "loop": lambda: complete(state, key, asked, "It is so, and it is so again. " * 30),
            "echo": lambda: complete(state, key, asked, asked["messages"][-1]["content"]),
            "sorry": lambda: complete(state, key, asked, "I'm sorry, but I can't help with that text."),
            "empty": lambda: complete(state, key, asked, ""),
            "wrong": lambda: complete(state, key, asked, re.sub(r"\d+", "77", said)),
        }[does]()
        writer.write(head(200, len(body)) + body)
    return True


async def serve(state, reader, writer, stop):
    try:
        while True:
            top = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: (\d+)", top)
            body = await reader.readexactly(int(length[1])) if length else b""
            if top.startswith("GET"):
                told = {k: v for k, v in vars(state).items() if k not in ("log", "not_before")}
                told["twice"] = sum(n > 1 for n in state.answered.values())
                if "/latency" in top.split()[1]:
                    state.latency = float(top.split()[1].rpartition("/")[2])
                out = json.dumps(
                    told | {"asked": len(state.asked), "answered": state.answered.total()}
                ).encode()
                writer.write(head(200, len(out)) + out)
                if "/stop" in top:
                    stop.set()
                continue
            asked = json.loads(body)
            key = hashlib.sha256(json.dumps(asked["messages"]).encode()).hexdigest()
            plan = DO.search(asked["messages"][-1]["content"])
            plan = plan[1].split(",") if plan else ["good"]
            does = plan[min(state.asked[key], len(plan) - 1)]
            state.early += time.monotonic() < state.not_before
            state.asked[key] += 1
            state.did[does] += 1
            state.open += 1
            state.most = max(state.most, state.open)
            try:
                if state.latency:
                    await asyncio.sleep(state.latency)
                goes_on = await act(state, writer, asked, key, does)
            finally:
                state.open -= 1
            if not goes_on:
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main(log):
    stop, state = asyncio.Event(), State(log)
    server = await asyncio.start_server(lambda r, w: serve(state, r, w, stop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stop.wait()


class Server:
    """The process, from outside."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        self.url = f"{self.base}/v1"

    def tell(self, what="stats"):
        with urlopen(f"{self.base}/{what}") as answer:
            return json.loads(answer.read())


@contextmanager
def serving(log=""):
    """A server, which is stopped at the end."""
    command = [sys.executable, __file__, *([str(log)] if log else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        server = Server(int(process.stdout.readline()))
        try:
            yield server
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else ""))
