"""Encrypted connections of workers, one of which that breaks does not take the others along."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import distributed


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
