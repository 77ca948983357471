"""What one connection can do to all others: parsing, answers nobody takes, bodies that never begin (A12, A17)."""

import base64
import resource
import socket
import struct
import time

import pytest

from sequencer.gateway.limits import Allowance
from sequencer.gateway.server import FEWEST, connections
from tests.gateway.house import PLENTY, House
from tests.gateway.test_limits import is_closed, opened

READ = b"GET /v1/time HTTP/1.1\r\nhost: x\r\n\r\n"


def test_a_thousand_small_headers_are_not_free(shared):
    """A17: a header that is empty counts, and counting one does not look at all before it."""
    connection = opened(shared)
    connection.sendall(b"GET /v1/time HTTP/1.1\r\nhost: x\r\n" + b"a:b\r\n" * 1_000 + b"\r\n")
    assert is_closed(connection)
    connection = opened(shared)
    connection.sendall(b"GET /v1/time HTTP/1.1\r\nhost: x\r\n" + b"a:b\r\n" * 100 + b"\r\n")
    assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_few_requests_wait_behind_another_one(shared):
    """A12: thousands that came in one piece would all be kept, and answered, before anything else is read."""
    connection = opened(shared)
    connection.sendall(READ * 10)
    answers = b""
    while answers.count(b"HTTP/1.1 200") < 10:
        answers += connection.recv(65_536)
    connection.sendall(READ * 1_000)
    with connection:
        answers, closed = b"", False
        while not closed:
            try:
                more = connection.recv(65_536)
            except ConnectionError:
                more = b""
            answers, closed = answers + more, not more
    assert answers.count(b"HTTP/1.1 200") < 20


def test_requests_whose_client_is_gone_are_no_errors(shared, caplog):
    """Else whoever asks much at once and leaves fills the log."""
    for _ in range(10):
        connection = opened(shared)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"GET /v1/markets/BTC-PERP/trades HTTP/1.1\r\nhost: x\r\n\r\n" * 15)
        connection.recv(1)
        connection.close()
    assert shared.get("/v1/time")
    time.sleep(0.3)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_body_that_never_begins_is_waited_for_no_longer_than_one_that_drips(tmp_path, monkeypatch):
    """A12."""
    monkeypatch.setattr("sequencer.gateway.server.BODY_GRACE", 0.2)
    house = House(tmp_path / "house", PLENTY._replace(body_seconds=0.2))
    try:
        connection = opened(house)
        head = b"POST /v1/actions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
        connection.sendall(head)
        began = time.monotonic()
        connection.recv(1_000)  # 408, or nothing
        assert time.monotonic() - began < 2
        assert is_closed(connection)
    finally:
        house.stop()


def test_a_body_that_comes_in_time_may_be_followed_by_a_long_wait(tmp_path, monkeypatch):
    """The limit is the body's and not the answer's."""
    monkeypatch.setattr("sequencer.gateway.server.BODY_GRACE", 0.1)
    house = House(tmp_path / "house", PLENTY._replace(body_seconds=0.1))
    try:
        connection = opened(house)
        unknown = b"GET /v1/receipts/0x" + b"0" * 64 + b"?wait_ms=800 HTTP/1.1\r\nhost: x\r\n\r\n"
        connection.sendall(unknown)
        assert connection.recv(100).startswith(b"HTTP/1.1 404")
    finally:
        house.stop()


def test_answers_that_nobody_takes_end_their_connection(tmp_path, monkeypatch):
    """A12: else whoever does not read keeps a connection, and what was written for it, for ever."""
    monkeypatch.setattr("sequencer.gateway.server.DRAIN_SECONDS", 0.5)
    house = House(tmp_path / "house", PLENTY._replace(connections_per_address=1))
    try:
        house.http.close()
        time.sleep(0.2)
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        deaf.connect(("127.0.0.1", house.port))
        for _ in range(15):
            deaf.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n")
            time.sleep(0.02)
        deadline = time.monotonic() + 5
        while True:
            with opened(house) as connection:
                try:
                    connection.sendall(READ)
                    answer = connection.recv(100)
                except ConnectionError:
                    answer = b""
            if answer.startswith(b"HTTP/1.1 200"):
                break
            assert time.monotonic() < deadline
            time.sleep(0.05)
        deaf.close()
    finally:
        house.stop()


@pytest.mark.parametrize(
    ("limits", "raised", "most"),
    [
        ((1_024, 4_096), (2_048, 4_096), 1_024),
        ((1_024, resource.RLIM_INFINITY), (2_048, resource.RLIM_INFINITY), 1_024),
        ((1_024, 1_300), (1_300, 1_300), 276),
        ((256, 256), (256, 256), FEWEST),
        ((4_096, 4_096), None, 1_024),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), None, 1_024),
    ],
)
def test_strangers_cannot_use_up_the_descriptors_that_files_need(monkeypatch, limits, raised, most):
    """A12: a sequencer that cannot open a batch's file stops, and most machines begin with 1,024 descriptors."""
    found = []
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda which, limits: found.append(limits))
    assert connections(Allowance()) == most
    assert found == ([raised] if raised else [])


# ---------------------------------------------------------------------------------------------- sockets
def upgraded(house):
    connection = opened(house)
    key = base64.b64encode(b"0123456789abcdef")
    connection.sendall(
        b"GET /v1/socket HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        b"sec-websocket-key: %s\r\nsec-websocket-version: 13\r\n\r\n" % (house.port, key)
    )
    assert b" 101 " in connection.recv(1_000)
    return connection


def frame(content, opcode=1):
    assert len(content) < 1 << 16
    length = bytes([128 | len(content)]) if len(content) < 126 else b"\xfe" + struct.pack(">H", len(content))
    return bytes([128 | opcode]) + length + bytes(4) + content


def until_closed(connection):
    got = b""
    while True:
        try:
            more = connection.recv(65_536)
        except ConnectionError:
            return got
        if not more:
            return got
        got += more


def test_frames_of_a_socket_are_bounded(shared):
    """A12: a message that is refused costs as much as one that is served."""
    for opcode, content in ((1, b"{}"), (2, b""), (10, b"")):
        connection = upgraded(shared)
        connection.sendall(frame(content, opcode) * 10_000)
        assert until_closed(connection).count(b'"type":"error"') <= 2_000
    connection = upgraded(shared)
    connection.sendall(frame(b"{}") * 100)
    assert b'"type":"error"' in connection.recv(1_000)
    connection.close()
    assert shared.get("/v1/time")


def test_a_text_that_is_no_text_is_refused_like_any_other(shared, caplog):
    """A18: an error that is answered, and none in the log."""
    connection = upgraded(shared)
    for content in (b"\xff\xfe", b'{"op":"\xed\xa0\x80"}', b"\x00"):
        connection.sendall(frame(content))
        assert b"BAD_REQUEST" in connection.recv(1_000)
    connection.close()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_socket_whose_messages_are_refused_is_read_slowly(shared):
    """A10: sixty sockets that send what is refused, each within its bucket, else keep the loop busy for seconds."""
    connection = upgraded(shared)
    began = time.monotonic()
    connection.sendall(frame(b"{}") * 10)
    got = b""
    while got.count(b"BAD_REQUEST") < 10:
        got += connection.recv(65_536)
    assert time.monotonic() - began > 0.4
    connection.close()
