"""Bytes on a socket that no well-behaved client sends: each gets a clear answer, and the server goes on."""

import contextlib
import gzip
import json
import select
import socket

import pytest

from huidu_server import PATIENCE, SMALL_MODELS, Server, model, wait_until
from load import WIDTH, binary_request

PATH = "/v2/models/add/infer"


@pytest.fixture(scope="module")
def add(module_server) -> Server:
    return module_server(model("add", SMALL_MODELS / "add_v1"), flags=("--max-request-mb", "8"))


class Wire:
    """A plain connection and the answers that come on it."""

    def __init__(self, server: Server):
        self.socket = socket.create_connection(("127.0.0.1", server.ports["http"]), PATIENCE)
        self.received = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _receive(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.received += data
        return bool(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        while b"\r\n\r\n" not in self.received:
            assert self._receive(), f"closed in the middle of an answer: {self.received!r}"
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}
        length = int(headers.get("content-length", 0))
        while len(self.received) < length:
            assert self._receive(), f"closed in the middle of a body: {self.received!r}"
        body, self.received = self.received[:length], self.received[length:]
        return int(first.split()[1]), headers, body

    def is_closed(self) -> bool:
        while self._receive():
            pass
        return True


def request(body: bytes, headers: dict[str, str] | None = None) -> bytes:
    fields = {"Host": "localhost", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body


def good(value: float) -> bytes:
    return json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, WIDTH],
                                   "data": [value] * WIDTH}]}).encode()


def assert_goes_on(server: Server) -> None:
    with Wire(server) as wire:
        wire.send(request(good(4)))
        status, _, body = wire.answer()
    assert status == 200 and json.loads(body)["outputs"][0]["data"] == [5.0] * WIDTH


def refused(server: Server, data: bytes) -> tuple[int, str]:
    """Status and error text; the text is JSON whatever was wrong."""
    with Wire(server) as wire:
        wire.send(data)
        status, headers, body = wire.answer()
    assert headers["content-type"] == "application/json"
    assert_goes_on(server)
    return status, json.loads(body)["error"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"inputs":', b'{"inputs": 3}', b'{"inputs": []}',
                                  b"\xff\xfe\x00", b"[" * 100000, good(1)[:-1], good(1) + b"x"])
def test_broken_json_is_a_bad_request(add, body):
    status, error = refused(add, request(body))
    assert status == 400 and error


def test_a_wrong_tensor_is_named_with_what_was_expected(add):
    body = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 3], "data": [1, 2, 3]}]}).encode()
    status, error = refused(add, request(body))
    assert status == 400
    assert "'x'" in error and "[1,3]" in error and "[1,16]" in error


def test_an_unknown_input_is_named(add):
    status, error = refused(add, request(good(1).replace(b'"x"', b'"image"')))
    assert status == 400 and "image" in error and "x" in error


def test_a_number_that_does_not_fit_the_type_is_refused(add):
    status, error = refused(add, request(good(1).replace(b"1,", b'"one",', 1)))
    assert status == 400 and error


@pytest.mark.parametrize("length", ["-1", "x", "99999", "0"])
def test_a_wrong_json_header_length_is_a_bad_request(add, length):
    body, headers = binary_request([1.0] * WIDTH)
    headers["Inference-Header-Content-Length"] = length
    status, error = refused(add, request(body, headers))
    assert status == 400 and error


def test_a_binary_size_that_is_not_the_tensors_is_a_bad_request(add):
    body, headers = binary_request([1.0] * WIDTH)
    status, error = refused(add, request(body.replace(b": 64", b": 60"), headers))
    assert status == 400 and "x" in error


def test_a_body_that_ends_early_takes_nothing_with_it(add):
    whole = request(good(1))
    with Wire(add) as wire:
        wire.send(whole[:-20])
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.is_closed()
        assert b" 200 " not in wire.received.partition(b"\r\n")[0]
    assert_goes_on(add)


@pytest.mark.parametrize("length", [2 << 30, 1 << 62])
def test_a_body_that_is_announced_as_too_large_is_refused_unread(add, length):
    """Only the head is sent: an answer that waits for the body would never come."""
    head = request(b"", {"Content-Length": str(length)})
    status, error = refused(add, head)
    assert status == 413
    assert "8" in error, "says how much is allowed"


@pytest.mark.parametrize("length", ["-5", "abc", "1x", "99999999999999999999999"])
def test_a_content_length_that_is_no_number_is_refused(add, length):
    status, error = refused(add, request(b"", {"Content-Length": length}))
    assert status in (400, 413) and error


def test_a_header_bomb_is_refused(add):
    bomb = {f"X-Header-{number}": "x" * 1000 for number in range(1000)}
    status, error = refused(add, request(b"", bomb))
    assert status == 431 and error


def test_one_endless_header_is_refused(add):
    status, _ = refused(add, b"GET /v2 HTTP/1.1\r\nHost: localhost\r\nX-Endless: " + b"x" * 300000)
    assert status == 431


@pytest.mark.parametrize("line", [b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n"])
def test_what_is_not_http_is_refused(add, line):
    status, _ = refused(add, line)
    assert status in (400, 505)


def test_a_chunked_body_is_read_as_one(add):
    body = good(7)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:1], body[1:50], body[50:]))
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with Wire(add) as wire:
        wire.send(head + chunks + b"0\r\n\r\n")
        status, _, answer = wire.answer()
    assert status == 200 and json.loads(answer)["outputs"][0]["data"] == [8.0] * WIDTH


def test_a_chunked_body_cannot_grow_beyond_the_limit(add):
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with Wire(add) as wire:
        wire.send(head)
        try:
            for _ in range(12):
                wire.send(b"100000\r\n" + b" " * (1 << 20) + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused while it was sent
        else:
            status, _, _ = wire.answer()
            assert status == 413
    assert_goes_on(add)


def test_a_wrong_chunk_size_is_a_bad_request(add):
    head = f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    status, _ = refused(add, head + b"zz\r\nabc\r\n0\r\n\r\n")
    assert status == 400


def test_a_client_that_expects_100_continue_gets_it_before_it_sends(add):
    body = good(2)
    whole = request(body, {"Expect": "100-continue"})
    with Wire(add) as wire:
        wire.send(whole[:-len(body)])
        assert wire.answer()[0] == 100
        wire.send(body)
        status, _, answer = wire.answer()
    assert status == 200 and json.loads(answer)["outputs"][0]["data"] == [3.0] * WIDTH


def test_a_client_that_expects_100_continue_is_told_at_once_that_it_is_too_much(add):
    with Wire(add) as wire:
        wire.send(request(b"", {"Expect": "100-continue", "Content-Length": str(2 << 30)}))
        assert wire.answer()[0] == 413


def test_pipelined_requests_are_answered_in_their_order(add):
    with Wire(add) as wire:
        wire.send(b"".join(request(good(value), {"x-request-id": f"r{value}"}) for value in range(20)))
        for value in range(20):
            status, headers, body = wire.answer()
            assert status == 200 and headers["x-request-id"] == f"r{value}"
            assert json.loads(body)["outputs"][0]["data"] == [value + 1.0] * WIDTH


def test_an_error_in_a_pipeline_belongs_to_its_own_request(add):
    with Wire(add) as wire:
        wire.send(request(good(1)) + request(b"{") + request(good(2)))
        answers = [wire.answer() for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 400, 200]
    assert json.loads(answers[2][2])["outputs"][0]["data"] == [3.0] * WIDTH


def test_a_body_that_comes_byte_by_byte_is_answered(add):
    with Wire(add) as wire:
        for byte in request(good(3)):
            wire.send(bytes([byte]))
        status, _, body = wire.answer()
    assert status == 200 and json.loads(body)["outputs"][0]["data"] == [4.0] * WIDTH


def test_half_open_clients_do_not_keep_others_waiting(add):
    wires = [Wire(add) for _ in range(200)]
    try:
        for wire in wires:
            wire.send(request(good(1))[:60])
        assert_goes_on(add)
    finally:
        for wire in wires:
            wire.socket.close()


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/v2/models/unknown", 404), ("GET", "/v2/nothing", 404), ("GET", "/", 404), ("DELETE", PATH, 405),
    ("GET", PATH, 405), ("GET", "/v2/models/%2e%2e%2fetc", 404)])
def test_what_does_not_exist_is_named_in_json(add, method, path, status):
    got, _, body = add.http(method, path)
    assert got == status
    assert json.loads(body)["error"]


def test_inference_on_an_unknown_model_is_not_found_and_names_it(add):
    status, _, body = add.infer("unknown", [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}])
    assert status == 404 and "unknown" in body["error"]


def test_an_encoding_that_is_not_known_is_an_unsupported_media_type(add):
    status, error = refused(add, request(good(1), {"Content-Encoding": "br"}))
    assert status == 415 and "br" in error


def test_what_is_not_gzip_though_it_says_so_is_a_bad_request(add):
    status, error = refused(add, request(good(1), {"Content-Encoding": "gzip"}))
    assert status == 400 and error


def test_a_gzip_bomb_is_refused(add):
    status, error = refused(add, request(gzip.compress(b" " * (64 << 20)), {"Content-Encoding": "gzip"}))
    assert status == 413 and error


def announce(mib: int) -> bytes:
    """Head and JSON of a request whose tensor has so many MiB, and only the first of its bytes."""
    rows = mib * (1 << 20) // (4 * WIDTH)
    head = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [rows, WIDTH],
                                   "parameters": {"binary_data_size": mib << 20}}]}).encode()
    return request(head + b"\0" * 3000, {"Content-Length": str(len(head) + (mib << 20)),
                                         "Inference-Header-Content-Length": str(len(head))})


def test_slow_large_uploads_take_no_memory_from_small_requests(server):
    running = server(model("add", SMALL_MODELS / "add_batch_v1"))
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(running)) for _ in range(12)]
        for wire, mib in zip(wires, [250, 250, 250, 250, 24] + [60, 40, 20, 10, 5, 2, 1]):
            wire.send(announce(mib))
        # One of the large ones is taken, and waits for its bytes; the others are refused at once, and told why.
        large = {wire.socket: wire for wire in wires[:4]}
        wait_until(lambda: len(select.select(large, [], [], 0)[0]) == 3, "three large uploads are refused")
        for refused_one in select.select(large, [], [], 0)[0]:
            status, headers, body = large[refused_one].answer()
            assert status == 429 and headers["retry-after"] == "1"
            assert "too much is being sent at once" in json.loads(body)["error"]
        for value in range(20):
            whole = request(good(value))
            with Wire(running) as small:
                small.send(whole[:-20])
                small.send(whole[-20:])
                status, _, body = small.answer()
            assert status == 200 and json.loads(body)["outputs"][0]["data"] == [value + 1.0] * WIDTH
            body, headers = binary_request([1.0] * WIDTH)
            with Wire(running) as small:
                small.send(request(body, headers)[:-40])
                small.send(body[-40:])
                assert small.answer()[0] == 200
