"""A `huidu serve` on free ports, and what its admin port and its processes say."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path


class ServerError(Exception):
    pass


def model_config(models: Iterable[dict]) -> str:
    """The text of a model_config.prototxt. Keys of a model are fields; strings are quoted, `versions` are folders."""
    lines = ["model_config_list {"]
    for model in models:
        lines += ["  config {", *_fields(model, "    "), "  }"]
    return "\n".join([*lines, "}", ""])


def _fields(message: dict, indent: str) -> Iterable[str]:
    for key, value in message.items():
        if key == "versions":
            yield from (f'{indent}versions {{ path: "{path}" }}' for path in value)
        elif isinstance(value, dict):
            yield from (f"{indent}{key} {{", *_fields(value, indent + "  "), f"{indent}}}")
        elif isinstance(value, str) and not value.isupper():  # upper case: an enumerator
            yield f'{indent}{key}: "{value}"'
        else:
            yield f"{indent}{key}: {value}"


class Server:
    """Use as a context: the server is ready inside, and it and its workers have ended after. State and log stay in
    `folder`."""

    def __init__(self, binary: Path, config: Path, folder: Path, log_level: str = "WARNING"):
        self.config = config
        self.state = folder / "state"
        self.log = folder / "server.log"
        self.ports: dict = {}
        self.command = [str(binary), "serve", "--model-config", str(config), "--host", "127.0.0.1", "--http-port", "0",
                        "--grpc-port", "0", "--admin-port", "0", "--state-dir", str(self.state),
                        "--log-level", log_level]

    def __enter__(self) -> "Server":
        self.state.mkdir(parents=True, exist_ok=True)
        endpoints = self.state / "endpoints.json"
        endpoints.unlink(missing_ok=True)
        environment = os.environ | {"HUIDU_ENABLE_FAULTS": "1"}  # a faults.json of the benchmark's own counts
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        try:
            self._wait_until_ready(endpoints)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_until_ready(self, endpoints: Path, seconds: float = 120) -> None:
        limit = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise ServerError(f"the server ended with {self.process.returncode}:\n{self.log_tail()}")
            if endpoints.exists():
                try:
                    self.ports = json.loads(endpoints.read_text())
                    return
                except ValueError:
                    pass  # half written
            if time.monotonic() > limit:
                raise ServerError(f"the server is not ready after {seconds:.0f} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def address(self, port: str) -> str:
        return f"127.0.0.1:{self.ports[port]}"

    def admin(self, method: str, path: str, body: dict | None = None, timeout: float = 300) -> dict:
        """Calls /admin/v1{path}. ServerError with the server's own text if it refuses."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address('admin')}/admin/v1{path}", data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise ServerError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error
        return json.loads(text) if text.strip() else {}

    def get(self, path: str) -> str:
        """Of the inference port."""
        with urllib.request.urlopen(f"http://{self.address('http')}{path}", timeout=60) as answer:
            return answer.read().decode()

    def worker_pid(self, model: str, version: str) -> int:
        versions = self.admin("GET", f"/models/{model}")["versions"]
        return next(info["workers"][0]["pid"] for info in versions if info["version"] == version)

    def version_state(self, model: str, version: str) -> str:
        """READY, FAILED and so on; empty if the version is not known."""
        for info in self.admin("GET", f"/models/{model}").get("versions", []):
            if info.get("version") == version:
                return info.get("state", "")
        return ""

    def load(self, model: str, version: str, path: Path) -> None:
        self.admin("POST", f"/models/{model}/versions", {"version": version, "path": str(path)})
        self._wait_for_state(model, version, "READY")

    def unload(self, model: str, version: str) -> None:
        self.admin("DELETE", f"/models/{model}/versions/{version}")
        self._wait_for_state(model, version, "")

    def _wait_for_state(self, model: str, version: str, wanted: str, seconds: float = 300) -> None:
        limit = time.monotonic() + seconds
        while True:
            state = self.version_state(model, version)
            if state == wanted or (wanted == "" and state == "UNLOADED"):
                return
            if state == "FAILED" or time.monotonic() > limit:
                raise ServerError(f"{model} {version} is {state or 'gone'}, expected {wanted or 'gone'}")
            time.sleep(0.01)

    def worker_pids(self) -> list[int]:
        """The front's children. (A worker starts no process of its own.)"""
        pids = []
        for task in Path(f"/proc/{self.process.pid}/task").glob("*/children"):
            pids += [int(pid) for pid in task.read_text().split()]
        return sorted(pids)
