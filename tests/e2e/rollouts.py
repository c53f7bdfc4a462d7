"""What tests of rollouts share: two versions of a model, users who ask, and orders to the server."""

import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from huidu_server import BINARIES, SMALL_MODELS, Server, model, wait_until

X = [{"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [1.0] * 16}]
QUICK = {
    "sampling_period": "200ms",
    "bake_time": "1s",
    "stages": [
        {"name": "a fifth", "kind": "share", "share_percent": 20, "min_duration": "600ms", "min_requests": 20},
        {"name": "half", "kind": "share", "share_percent": 50, "min_duration": "600ms", "min_requests": 20},
    ],
    # Few requests and little time: what needs more of both is tried in the engine's own tests.
    "remove_rules": ["latency_against_stable", "errors_against_stable", "memory_growth"],
}


class Users(threading.Thread):
    """Clients that send one request after the other, each as users of its own, and remember what they got."""

    def __init__(self, server: Server, right: dict[str, float] | None = None):
        """`right`: what each version's answer should be; then every answer is judged."""
        super().__init__(daemon=True)
        self.server, self.right = server, right
        self.stopping = threading.Event()
        self.failures: list = []
        self.answers: list[tuple[str, str]] = []  # (version, route)

    def run(self) -> None:
        user = 0
        while not self.stopping.is_set():
            user += 1
            status, headers, body = self.server.http("POST", "/v2/models/add/infer", {"inputs": X},
                                                     {"x-user-id": f"user-{user % 500}"})
            if status == 200:
                self.answers.append((headers["x-model-version"], headers["x-huidu-route"]))
                self._judge(headers, json.loads(body))
            else:
                self.failures.append((status, body))

    def _judge(self, headers, answer: dict) -> None:
        if self.right is None:
            return
        correct = answer["outputs"][0]["data"][0] == self.right[headers["x-model-version"]]
        status, _, said = self.server.http("POST", "/v2/models/add/feedback",
                                           {"request_id": headers["x-request-id"], "correct": correct})
        assert status == 200, said

    def stop(self) -> None:
        self.stopping.set()
        self.join()
        assert self.failures == [], f"{len(self.failures)} of {len(self.answers)} failed: {self.failures[:3]}"
        assert self.answers


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A folder with two real versions of a model."""
    folder = tmp_path / "models"
    for version in ("add_v1", "add_v2"):
        shutil.copytree(SMALL_MODELS / version, folder / version)
    return folder


@pytest.fixture
def serving(server, versions, monkeypatch) -> Server:
    """v1 live, v2 loaded beside it, faults allowed."""
    monkeypatch.setenv("HUIDU_ENABLE_FAULTS", "1")
    return server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }}"))


def start(server: Server, **more) -> None:
    status, answer = server.admin("POST", "/models/add/rollout", QUICK | {"candidate": "v2"} | more)
    assert status == 200, answer


def rollout(server: Server) -> dict:
    return server.admin("GET", "/models/add/rollout")[1]["rollout"]


def phase(server: Server) -> str:
    return rollout(server)["phase"]


def ended(server: Server) -> bool:
    return phase(server) in ("finished", "rolled_back", "aborted")


def audit_of(server: Server, action: str) -> list[dict]:
    return [entry for entry in server.audit() if entry["action"] == action]


def huidu(server: Server, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(BINARIES / "huidu"), *arguments, "--admin", f"http://{server.address('admin')}"]
    return subprocess.run(command, capture_output=True, text=True)
