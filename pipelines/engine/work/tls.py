"""Encrypted connections of workers, one of which that breaks does not take the others along."""

import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import distributed

from winnow.pipelines.screen import interrupt

SIDES = ("client", "scheduler", "worker")


class Security(distributed.Security):
    """Dask's, whose sockets leave no error behind."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)  # type: ignore[no-untyped-call]

    def _get_tls_context(self, tls: Any, purpose: Any) -> Any:
        context = super()._get_tls_context(tls, purpose)  # type: ignore[no-untyped-call]
        if context is not None:
            context.sslsocket_class = Socket
        return context


class Socket(ssl.SSLSocket):
    """Python's, but that an error of the system does not stay in the thread's queue of OpenSSL.

    From OpenSSL 3.4 on Python 3.12.8 to 3.13 raises such an error without taking it from there (CPython's
    gh-127257), and the next read of any connection of that thread finds it: where a worker comes or goes,
    all others were lost.
    """

    def recv_into(self, *given: Any, **named: Any) -> int:
        """As Python's."""
        with _leave_nothing():
            return super().recv_into(*given, **named)

    def send(self, *given: Any, **named: Any) -> int:
        """As Python's."""
        with _leave_nothing():
            return super().send(*given, **named)

    def do_handshake(self, *given: Any, **named: Any) -> None:
        """As Python's."""
        with _leave_nothing():
            super().do_handshake(*given, **named)


@contextmanager
def _leave_nothing() -> Iterator[None]:
    """Empty this thread's queue of OpenSSL's errors after one of the system. Python does so after its own and
    where no cipher has a name."""
    try:
        yield
    except ssl.SSLError:
        raise
    except OSError:
        with suppress(ssl.SSLError):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).set_ciphers("none")
        raise


def name_files(ca: str, cert: str, key: str) -> Security:
    """What a client, a scheduler or a worker knows the others by, and is known by, from files of PEM."""
    sides = {f"tls_{who}_{what}": path for who in SIDES for what, path in (("cert", cert), ("key", key))}
    return Security(tls_ca_file=ca, require_encryption=True, **sides)


@contextmanager
def make_keys(say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Settings with which a local cluster answers to this run alone: keys for one run, by `openssl`.

    A worker does what it is sent, with the rights of who started it, and on one machine every user can send.
    """
    with (
        tempfile.TemporaryDirectory(prefix="winnow-") as folder,  # nobody else can read it
        interrupt.undo(lambda: shutil.rmtree(folder, ignore_errors=True)),
    ):
        cert, key = f"{folder}/cert.pem", f"{folder}/key.pem"
        made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=winnow"
        command = ["openssl", *made.split(), "-keyout", key, "-out", cert]
        if not shutil.which("openssl") or subprocess.run(command, capture_output=True).returncode:
            say("warning: without openssl other users of this machine can send work to the workers")
            yield {}
            return
        yield {"protocol": "tls://", "security": name_files(cert, cert, key)}
