"""A headless Chromium, spoken to over its own debugging pipe; nothing beyond Python is needed."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One tab, without network. What its console complains of is in `complaints`, what it asked for in
    `requests`."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self.writing, self.reading = os.fdopen(to_browser, "wb"), os.fdopen(from_browser, "rb")
        self.number = 0
        self.waiting = b""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.loaded = False
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        self.ask("Network.emulateNetworkConditions", **offline)

    session: str | None = None

    def ask(self, method: str, **settings: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what happens meanwhile is noted."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": settings}
        if self.session:
            message["sessionId"] = self.session
        self.writing.write(json.dumps(message).encode() + b"\0")
        self.writing.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.waiting:
            more = self.reading.read1(1 << 16)
            if not more:
                raise RuntimeError("the browser ended")
            self.waiting += more
        first, _, self.waiting = self.waiting.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, about: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self.loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(about["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(about["args"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(about["entry"]["text"])

    def open(self, file: Path) -> None:
        """Open a file and wait until it is loaded."""
        self.loaded = False
        self.ask("Page.navigate", url=file.resolve().as_uri())
        while not self.loaded:
            self._next()

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for, errors raised."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(json.dumps(answer["exceptionDetails"])[:2000])
        return answer["result"].get("value")

    def unfold(self) -> None:
        """Open all that is folded, and wait until the page knows."""
        self.run("""(async () => {
          for (const fold of document.querySelectorAll("details")) fold.open = true;
          await new Promise((done) => setTimeout(done, 100)); })()""")

    def press(self, key: str) -> None:
        """A key such as ArrowRight or Tab, as a hand would."""
        for kind in ("rawKeyDown", "keyUp"):
            codes = {"ArrowRight": 39, "ArrowLeft": 37, "Tab": 9, "Enter": 13}
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=codes[key])

    def picture(self, path: Path, *, width: int = 1400, height: int = 1000) -> None:
        """What is seen, as a PNG."""
        self.size(width, height)
        path.write_bytes(b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    def size(self, width: int, height: int) -> None:
        """The window's size; narrow ones as on a phone."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )


@contextlib.contextmanager
def opened() -> Iterator[Page]:
    """A page in a browser of its own, which ends with the block."""
    assert CHROMIUM
    (from_us, to_browser), (from_browser, to_us) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
        flags += ["--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        # The browser reads commands at descriptor 3 and answers at 4; a shell puts the pipes there.
        script = f'exec "$0" "$@" 3<&{from_us} 4>&{to_us}'
        process = subprocess.Popen(
            ["bash", "-c", script, CHROMIUM, *flags],
            pass_fds=(from_us, to_us),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(from_us)
        os.close(to_us)
        try:
            yield Page(to_browser, from_browser)
        finally:
            process.kill()
            process.wait()
