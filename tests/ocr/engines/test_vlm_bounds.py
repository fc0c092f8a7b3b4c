"""What a server of page models sends is bounded before it is unpacked."""

import asyncio
import gzip
import threading
import tracemalloc
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

from winnow.budget import Price
from winnow.llm import Endpoint, open_client
from winnow.ocr.engines import vlm_request

BOMB = gzip.compress(bytes(60_000_000))


class Door(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(BOMB)))
        self.end_headers()
        self.wfile.write(BOMB)

    def log_message(self, *_):
        pass


def test_an_answer_that_nobody_asked_to_be_packed_is_not_unpacked():
    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.handle_request, daemon=True).start()

    async def ask():
        url = f"http://127.0.0.1:{server.server_port}/v1"
        endpoint = Endpoint("vlm", url, "m", "", Price(Decimal(0), Decimal(0)))
        async with open_client(endpoint, 1) as client:
            asked = vlm_request.Server(client, endpoint, "p")
            return await vlm_request.send(asked, b"png", temperature=0, seed=0, max_tokens=9, seconds=20)

    tracemalloc.start()
    try:
        attempt = asyncio.run(ask())
        assert tracemalloc.get_traced_memory()[1] < 15_000_000
    finally:
        tracemalloc.stop()
    assert attempt.fault == "wrong_json"
