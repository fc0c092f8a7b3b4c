"""A connection that breaks says so itself, and no other one of its thread does."""

import socket
import ssl

import pytest

from winnow.pipelines.engine.work import tls


@pytest.fixture
def security():
    with tls.make_keys(print) as keys:
        assert keys, "no openssl here"
        yield keys["security"]


def connect(security):
    """Both ends of a connection, which never wait."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    given = (security.get_listen_args("scheduler"), security.get_connection_args("client"))
    sides = [
        each["ssl_context"].wrap_socket(end, server_side=number == 0, do_handshake_on_connect=False)
        for number, (each, end) in enumerate(zip(given, ends, strict=True))
    ]
    todo = list(sides)
    while todo:
        side = todo.pop(0)
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            todo.append(side)
    return sides


def test_one_that_breaks_leaves_the_others(security):
    broken, other = connect(security), connect(security)
    assert all(isinstance(side, tls.Socket) for side in (*broken, *other))
    other[1].send(b"whole")
    assert other[0].recv_into(bytearray(8)) == 5
    broken[1].close()
    with pytest.raises(OSError):
        for _ in range(3):
            broken[0].send(b"nobody hears this")
    for side in other:  # which has nothing to say, and is well
        with pytest.raises(ssl.SSLWantReadError):
            side.recv_into(bytearray(8))


def test_an_error_of_the_handshake_is_not_left_either(security):
    other = connect(security)
    one, two = socket.socketpair()
    one.setblocking(False)
    context = security.get_listen_args("scheduler")["ssl_context"]
    side = context.wrap_socket(one, server_side=True, do_handshake_on_connect=False)
    two.close()
    with pytest.raises(OSError):
        side.do_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        other[0].recv_into(bytearray(8))
