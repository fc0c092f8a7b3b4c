"""Azure's store of objects, as its emulator from npm gives it over HTTP, with a container `box`."""

import base64
import hashlib
import hmac
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import s3_server

# What everybody's emulator has, and no other store.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


def make_container(port: int, name: str) -> None:
    """As Azure's own tools make one."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    headers = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
    told = "".join(f"{key}:{value}\n" for key, value in sorted(headers.items()))
    text = "PUT" + 12 * "\n" + told + f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    signed = base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest())
    headers |= {"Authorization": f"SharedKey {ACCOUNT}:{signed.decode()}", "Content-Length": "0"}
    store = http.client.HTTPConnection("127.0.0.1", port)
    store.request("PUT", f"/{ACCOUNT}/{name}?restype=container", headers=headers)
    if (answer := store.getresponse()).status != 201:
        raise SystemExit(f"the container was not made: {answer.status} {answer.read()[:300]!r}")


@contextmanager
def serve(folder: Path) -> Iterator[dict[str, str]]:
    """The variables by which a process finds the store."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "azurite"], cwd=folder, check=True)
    port = s3_server.find_port()
    words = ["--silent", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
    command = [folder / "node_modules/.bin/azurite-blob", *words, "--blobPort", str(port)]
    with (folder / "azurite.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(300):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        make_container(port, "box")
        yield {
            "AZURE_STORAGE_USE_EMULATOR": "true",
            "AZURITE_BLOB_STORAGE_URL": f"http://127.0.0.1:{port}",
        }
    finally:
        child.kill()
        child.wait()
