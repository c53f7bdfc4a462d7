"""Requests in a closed loop from some threads, while a test does something to the server."""

import http.client
import json
import struct
import threading
from collections import Counter
from collections.abc import Callable

from huidu_server import Server, wait_until

WIDTH = 16


def binary_request(values: list[float]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an inference with one FP32 input `x` [1, n], both directions binary."""
    data = struct.pack(f"<{len(values)}f", *values)
    head = json.dumps({
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [1, len(values)],
                    "parameters": {"binary_data_size": len(data)}}],
        "parameters": {"binary_data_output": True}}).encode()
    headers = {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))}
    return head + data, headers


def first_output(answer: http.client.HTTPResponse, body: bytes) -> list[float]:
    data = body[int(answer.headers["Inference-Header-Content-Length"]):]
    return list(struct.unpack(f"<{len(data) // 4}f", data))


def adds_its_number(version: str, x: list[float], y: list[float]) -> bool:
    """add_v1 answers x + 1, add_v2 x + 2."""
    return y == [value + int(version[1:]) for value in x]


class Load:
    """Use as a context. Every thread asks with numbers of its own, so that an answer meant for another is seen.

    Anything but a right answer with status 200 is a failure: an error status, a broken connection, wrong numbers.
    """

    def __init__(self, server: Server, name: str, threads: int = 4,
                 right: Callable[[str, list[float], list[float]], bool] = adds_its_number):
        self.port = server.ports["http"]
        self.path = f"/v2/models/{name}/infer"
        self.right = right
        self.answers: Counter[str] = Counter()  # by version
        self.failures: list[str] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(threads)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        self.wait_for(10)
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, version: str | None = None) -> None:
        """Until so many further requests were answered, by this version if one is given."""
        def count() -> int:
            return self.answers[version] if version else self.answers.total()
        wanted = count() + more
        wait_until(lambda: count() >= wanted or self.failures, f"{more} more answers by {version or 'any version'}")

    def assert_lost_nothing(self) -> None:
        assert not self.failures, f"{len(self.failures)} of {self.answers.total()} failed: {self.failures[:5]}"
        assert self.answers.total() > 0

    def _run(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        turn = 0
        while not self._stop.is_set():
            turn += 1
            x = [float(number * 1000 + turn % 1000)] * WIDTH
            try:
                failure, version = self._ask(connection, x)
            except (OSError, http.client.HTTPException) as error:
                failure, version = repr(error), ""
                connection.close()
            with self._lock:
                if failure:
                    self.failures.append(failure)
                else:
                    self.answers[version] += 1
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, x: list[float]) -> tuple[str, str]:
        """(what went wrong or "", the version that answered)"""
        connection.request("POST", self.path, *binary_request(x))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            return f"{answer.status} {body.decode(errors='replace')}", ""
        version = answer.headers["x-model-version"]
        y = first_output(answer, body)
        return ("", version) if self.right(version, x, y) else (f"{version} answered {y[:3]} to {x[:3]}", version)
