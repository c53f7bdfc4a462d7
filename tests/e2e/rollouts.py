"""What tests of rollouts share: two versions of a model, users who ask, and orders to the server."""

import http.client
import itertools
import json
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from huidu_server import BINARIES, PATIENCE, SMALL_MODELS, Server, model, replace_file, wait_until

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


class Users:
    """Clients at the same time, each with a connection and users of its own, that remember what they got.

    Each of them asks for one of its users after the other, again and again. Anything but status 200 is a failure, and
    so is a connection that breaks.
    """

    USERS = 500

    def __init__(self, server: Server, right: dict[str, float] | None = None, clients: int = 8, seconds: int = 0):
        """`right`: what each version's answer should be; then every answer is judged. `seconds`: their deadline."""
        self.port, self.right = server.ports["http"], right
        self.asked = {"inputs": X} | ({"parameters": {"timeout": seconds * 1_000_000}} if seconds else {})
        self.failures: list = []
        self.answers: list[tuple[str, str]] = []  # (version, route)
        self.answered: set[str] = set()  # users
        self._lists = [self.answers]
        self._stopping = threading.Event()
        self._clients = [threading.Thread(target=self._run, args=(range(number, self.USERS, clients),), daemon=True)
                         for number in range(clients)]

    def start(self) -> None:
        for client in self._clients:
            client.start()

    def stop(self) -> None:
        self._stopping.set()
        for client in self._clients:
            client.join()
        assert self.failures == [], f"{len(self.failures)} of {len(self.answers)} failed: {self.failures[:3]}"
        assert self.answers

    def from_now_on(self) -> list[tuple[str, str]]:
        """A list that gets the answers to the requests that begin after this call, and to no others."""
        later: list[tuple[str, str]] = []
        self._lists = [*self._lists, later]
        return later

    def _run(self, users: range) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        for number in itertools.cycle(users):
            if self._stopping.is_set():
                break
            try:
                failure = self._ask(connection, f"user-{number}")
            except Exception as error:  # whatever it is: a client that ends unseen would prove nothing
                failure = repr(error)
                connection.close()
            if failure:
                self.failures.append(failure)
        connection.close()

    def _ask(self, connection: http.client.HTTPConnection, user: str):
        """What went wrong, or None."""
        lists = self._lists  # of the moment at which the request begins
        status, headers, body = self._post(connection, "infer", self.asked, {"x-user-id": user})
        if status != 200:
            return status, body
        answer = (headers["x-model-version"], headers["x-huidu-route"])
        for answers in lists:
            answers.append(answer)
        self.answered.add(user)
        if self.right is None:
            return None
        correct = json.loads(body)["outputs"][0]["data"][0] == self.right[answer[0]]
        said = {"request_id": headers["x-request-id"], "correct": correct}
        status, _, body = self._post(connection, "feedback", said, {})
        return None if status == 200 else ("feedback", status, body)

    def _post(self, connection: http.client.HTTPConnection, what: str, body: dict, headers: dict):
        connection.request("POST", f"/v2/models/add/{what}", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


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


def stable_answers(server: Server) -> int:
    """How many latencies of stable the rollout goes by."""
    rule = next((rule for rule in rollout(server)["rules"] if rule["rule"] == "latency_p99"), {})
    return (rule.get("stable") or {}).get("samples", 0)


def phase(server: Server) -> str:
    return rollout(server)["phase"]


def ended(server: Server) -> bool:
    return phase(server) in ("finished", "rolled_back", "aborted")


def audit_of(server: Server, action: str) -> list[dict]:
    return [entry for entry in server.audit() if entry["action"] == action]


def spoil_the_candidate(versions: Path, users: Users, faults: dict) -> None:
    """Once users reach v2, it does what `faults` says."""
    wait_until(lambda: any(version == "v2" for version, _ in users.answers), "users reach the candidate")
    replace_file(versions / "add_v2/faults.json", json.dumps(faults))


def assert_rolled_back_by(server: Server, rule: str, users: Users) -> dict:
    """The rule took the candidate out, and the audit alone says why: its figure, its limit and the figure of stable.

    The users have ended, so what became of the requests that the candidate had is known as well: none was lost. Gives
    the rule's status.
    """
    state = rollout(server)
    assert state["phase"] == "rolled_back", state
    decided = state["outcome"]["rule"]
    assert (decided["rule"], decided["verdict"]) == (rule, "bad"), decided
    assert server.live("add") == "v1"
    entry = audit_of(server, "rollout-rolled_back")[0]
    assert entry["actor"] == "huidu" and "v1 100 %" in entry["after"], entry
    said = DECIDED.match(entry["reason"])
    assert said and said["rule"] == rule, entry
    for figure in ("candidate", "stable"):
        assert decided[figure] is not None and said[figure] == in_words(said["metric"], decided[figure]["value"]), entry
    assert int(said["samples"]) == decided["candidate"]["samples"], entry
    if decided["limit"] is None:  # a comparison of events: what is over its limit is the evidence
        assert said["allowed"], entry
        assert float(said["evidence"]) >= float(said["enough"]), entry
    else:
        assert said["limit"] == in_words(said["metric"], decided["limit"]), entry
    assert lost_by_rescue(server) == 0
    assert users.failures == []
    return decided


DECIDED = re.compile(
    r"rule '(?P<rule>[^']+)': (?P<metric>\w+) (?P<candidate>[^(]+) \((?P<samples>\d+) samples\)"
    r"(, limit (?P<limit>[^,;]+))?(, stable (?P<stable>[^,;]+))?"
    r"(, allowed (?P<allowed>[^,;]+))?(; (over it are the newest requests: )?evidence (?P<evidence>\S+) of (?P<enough>\S+))?(; |$)")
UNITS = {"error_rate": " %", "accuracy": " %", "worker_deaths": "", "latency_p99_ms": " ms",
         "device_memory_growth_mb_per_min": " MB/min"}


def in_words(metric: str, value: float) -> str:
    """As the server writes a figure."""
    value *= 100 if UNITS[metric] == " %" else 1
    return f"{value:{'.3g' if abs(value) < 10 else '.4g' if abs(value) < 1000 else '.0f'}}{UNITS[metric]}"


def lost_by_rescue(server: Server) -> int:
    """How many of the requests that the candidate had when it was taken out got no answer, by the audit."""
    entry = wait_until(lambda: audit_of(server, "rescue"), "the rescue is recorded")[0]
    return int(re.search(r"(\d+) lost", entry["result"])[1])


def huidu(server: Server, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(BINARIES / "huidu"), *arguments, "--admin", f"http://{server.address('admin')}"]
    return subprocess.run(command, capture_output=True, text=True)
