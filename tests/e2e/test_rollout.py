"""Rollouts on real models under load: a good candidate is promoted, a bad one is taken out, and no user sees an error."""

import hmac
import http.client
import http.server
import json
import shutil
import subprocess
import threading
import time

import pytest

from huidu_server import PATIENCE, model, replace_file, wait_until
from rollouts import (  # noqa: F401
    QUICK, X, Users, assert_rolled_back_by, audit_of, ended, huidu, phase, rollout, serving,
    spoil_the_candidate, stable_answers, start, versions)


def test_a_good_candidate_is_promoted(serving):
    users = Users(serving)
    users.start()
    start(serving)
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    assert phase(serving) == "finished", rollout(serving)
    assert serving.live("add") == "v2"
    routes = {route for _, route in users.answers}
    assert routes == {"stable", "sticky"}
    assert serving.admin("GET", "/models/add/verdict")[1]["verdict"] == "good"
    assert serving.admin("POST", "/models/add/flagger/confirm-promotion", {"phase": "Promoting"})[0] == 200
    assert serving.admin("POST", "/models/add/flagger/rollback", {"phase": "Progressing"})[0] == 409
    assert [entry["action"] for entry in reversed(serving.audit()) if entry["action"].startswith("rollout")] == [
        "rollout-start", "rollout-started", "rollout-stage_began", "rollout-stage_began", "rollout-promoted",
        "rollout-finished"]


# What the candidate does, the rule that says so, and more of the policy.
FAULTS = {
    "every answer is an error": ({"error": {}}, "outright_failure", {}),
    "one in ten answers is an error": ({"error": {"rate": 0.1}}, "error_rate", {}),
    "the worker crashes at every request": ({"crash": {"rate": 1}}, "worker_deaths", {}),
    # Stable is asked when half of the client's time is over, or earlier if there is a hedge.
    "every request hangs": ({"hang": {"rate": 1}}, "outright_failure", {}),
    "every request hangs under a hedge": ({"hang": {"rate": 1}}, "outright_failure", {"hedge": {"min_ms": 500}}),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda name: name.replace(" ", "_"))
def test_a_bad_candidate_is_taken_out_and_no_user_notices(serving, versions, fault):
    faults, rule, more = FAULTS[fault]
    users = Users(serving, seconds=10)
    users.start()
    start(serving, stages=[QUICK["stages"][0] | {"min_duration": "60s"}], **more)
    wait_until(lambda: stable_answers(serving) > 200, "stable's latency is known, which a hedge goes by")
    spoil_the_candidate(versions, users, faults)
    wait_until(lambda: ended(serving), "the rollout is over")
    after = users.from_now_on()
    wait_until(lambda: len(after) > 50, "users are served after it")
    users.stop()
    assert set(after) == {("v1", "stable")}
    assert "retry" in {route for _, route in users.answers}
    assert_rolled_back_by(serving, rule, users)


# The other rules that hold by default, each with less data than by default, so that a test sees its end.
SICK = {
    "latency_p99": ({"latency": {"ms": 600}}, {"min_samples": 5}, {}),
    "memory_growth": ({"leak": {"mb_per_second": 30}}, {"window": "30s"}, {"memory_warm_up": "0s"}),
    "accuracy": ({"degrade": {"how": "zero", "rate": 0.5}}, {"min_samples": 50}, {}),
}


@pytest.mark.parametrize("rule", SICK)
def test_each_rule_takes_the_candidate_out(serving, versions, rule):
    faults, with_less, more = SICK[rule]
    users = Users(serving, right={"v1": 2.0, "v2": 3.0})
    users.start()
    start(serving, stages=[QUICK["stages"][0] | {"min_duration": "120s"}], rules=[{"name": rule, **with_less}],
          remove_rules=["latency_against_stable", "accuracy_against_stable"], **more)
    spoil_the_candidate(versions, users, faults)
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    assert_rolled_back_by(serving, rule, users)


def test_feedback_counts_once_and_only_for_answers_that_are_remembered(serving):
    headers = serving.infer("add", X)[1]
    said = {"request_id": headers["x-request-id"], "correct": True, "score": 0.5}
    path = "/v2/models/add/feedback"
    assert serving.http("POST", "/v2/models/add/versions/v2/feedback", said)[0] == 404
    assert serving.http("POST", path, said)[0] == 200
    assert serving.http("POST", path, said)[0] == 409
    assert serving.http("POST", path, said | {"request_id": "never seen"})[0] == 404
    for wrong in ({"correct": True}, {"request_id": "a"}, {"request_id": "a", "score": 2}, {"request_id": "a", "x": 1}, []):
        assert serving.http("POST", path, wrong)[0] == 400, wrong
    assert serving.http("POST", path, said | {"expected": "x" * 20000})[0] == 413
    for reason, count in (("unknown", 2), ("repeated", 1), ("malformed", 5), ("too_large", 1)):
        assert serving.metric("huidu_feedback_refused_total", model="add", reason=reason) == count, reason


def test_what_was_rolled_back_stays_out_under_any_name_until_it_is_cleared(serving, versions):
    start(serving)
    assert huidu(serving, "rollback", "add", "--reason", "looks wrong").returncode == 0
    assert phase(serving) == "rolled_back"
    refused = huidu(serving, "rollout", "start", "add", "v2")  # with the default stages
    assert refused.returncode == 1 and "quarantined" in refused.stderr and "looks wrong" in refused.stderr
    assert serving.admin("POST", "/models/add/switch", {"version": "v2"})[0] == 409
    shutil.copytree(versions / "add_v2", versions / "add_v3")
    assert serving.admin("POST", "/models/add/versions", {"path": str(versions / "add_v3")})[0] == 200
    assert "quarantined" in serving.admin("POST", "/models/add/switch", {"version": "v3"})[1]["error"]
    assert serving.infer("add", X, "v3")[0] == 200, "by its name it can be asked, to find out what is wrong"

    serving.kill()
    serving.start()
    assert serving.admin("POST", "/models/add/switch", {"version": "v2"})[0] == 409
    serving.configure(model("add", versions / "add_v2"))
    wait_until(lambda: "quarantined" in serving.reload_state()["last_error"], "the reload is refused")
    assert serving.live("add") == "v1"
    assert huidu(serving, "rollout", "clear", "add", "v2").returncode == 0
    serving.configure(model("add", versions / "add_v2", "keep_loaded: 3"))
    wait_until(lambda: serving.live("add") == "v2", "the cleared version is live")


def test_a_server_that_would_start_with_the_bad_version_goes_back_to_stable(serving, versions):
    start(serving)
    assert huidu(serving, "rollback", "add").returncode == 0
    serving.kill()
    serving.configure(model("add", versions / "add_v2"))
    serving.start()
    assert serving.infer("add", X)[1]["x-model-version"] == "v1"


def test_a_rollout_goes_on_in_its_stage_after_the_server_was_killed(serving):
    start(serving, stages=[QUICK["stages"][0], QUICK["stages"][1] | {"wait_for_approval": True}])
    users = Users(serving)
    users.start()
    wait_until(lambda: rollout(serving)["approval_wanted"], "the second stage waits for a person")
    users.stop()
    serving.kill()
    serving.start()
    state = rollout(serving)
    assert (state["phase"], state["stage"]) == ("running", "half")
    again = Users(serving)
    again.start()
    wait_until(lambda: len(again.answered) == Users.USERS, "every user has asked again")
    assert serving.admin("POST", "/models/add/rollout/approve")[0] == 200
    wait_until(lambda: ended(serving), "the rollout is over")
    again.stop()
    assert serving.live("add") == "v2"


def test_two_people_who_approve_one_stage_do_not_approve_the_next(serving):
    stage = {"kind": "internal", "wait_for_approval": True}
    start(serving, stages=[stage | {"name": "staff"}, stage | {"name": "staff again"}, QUICK["stages"][1]])
    assert huidu(serving, "rollout", "approve", "add").returncode == 0
    second = serving.admin("POST", "/models/add/rollout/approve", {"stage": "staff"})
    assert second[0] == 409 and "is in stage 'staff again', not in 'staff'" in second[1]["error"], second
    assert rollout(serving)["stage"] == "staff again"
    assert huidu(serving, "rollout", "approve", "add", "--stage", "staff again").returncode == 0
    late = huidu(serving, "rollout", "approve", "add")
    assert late.returncode == 1 and "stage 'half' awaits no approval now; it waits for time" in late.stderr, late
    assert rollout(serving)["stage"] == "half"


def test_of_two_operators_one_wins_and_the_other_is_told_what_happened(serving):
    start(serving)
    assert serving.admin("POST", "/models/add/rollout", QUICK | {"candidate": "v2"})[0] == 409
    status, answer = serving.admin("POST", "/models/add/switch", {"version": "v2"})
    assert status == 409 and "a rollout of v2" in answer["error"]
    assert serving.admin("DELETE", "/models/add/versions/v2")[0] == 409
    assert serving.admin("POST", "/models/add/rollout/abort", {"reason": "first"})[0] == 200
    status, answer = serving.admin("POST", "/models/add/rollout/promote", {"reason": "second"})
    assert status == 409 and "abort" in answer["error"], answer
    assert serving.live("add") == "v1"


@pytest.mark.parametrize("change, said", [
    ({"candidate": "v9"}, "not loaded"),
    ({"candidate": "v1"}, "live version already"),
    ({"stages": [{"kind": "share", "share_percent": 120}]}, "more than 100 %"),
    ({"stages": []}, "stages"),
    ({"rules": [{"name": "x", "metric": "beauty", "limit": 1}]}, "beauty"),
    ({"start_gates": ["nobody"]}, "nobody"),
    ({"hedge": {"quantil": 0.9}}, "quantil"),
    ({"candidat": "v2"}, "candidat"),
])
def test_a_rollout_that_cannot_work_is_refused_before_anything_changes(serving, change, said):
    status, answer = serving.admin("POST", "/models/add/rollout", QUICK | {"candidate": "v2"} | change)
    assert status in (400, 409) and said in answer["error"], answer
    assert rollout(serving) is None
    assert serving.infer("add", X)[1]["x-huidu-route"] == "stable"


def test_users_keep_their_version_and_a_larger_share_only_adds_some(serving):
    def candidates_users() -> set[str]:
        found = set()
        for user in range(400):
            headers = serving.http("POST", "/v2/models/add/infer", {"inputs": X}, {"x-user-id": f"u{user}"})[1]
            if headers["x-model-version"] == "v2":
                found.add(f"u{user}")
        return found

    wait = {"min_duration": "60s", "wait_for_approval": True}
    start(serving, stages=[{"kind": "share", "share_percent": 10, "min_duration": "100ms", "min_requests": 5,
                            "wait_for_approval": True},
                           {"kind": "share", "share_percent": 40, **wait}])
    few = candidates_users()
    assert few == candidates_users() and 20 <= len(few) <= 64, len(few)
    wait_until(lambda: rollout(serving)["approval_wanted"], "the first stage waits for a person")
    assert serving.admin("POST", "/models/add/rollout/approve")[0] == 200
    wait_until(lambda: rollout(serving)["route"]["share_percent"] == 40, "the second stage")
    many = candidates_users()
    assert few < many and 120 <= len(many) <= 200, len(many)


def test_a_candidate_killed_again_and_again_costs_no_request(serving):
    users = Users(serving)
    users.start()
    start(serving, stages=[QUICK["stages"][0] | {"min_duration": "60s"}])
    wait_until(lambda: any(version == "v2" for version, _ in users.answers), "users reach the candidate")
    limit = time.monotonic() + 60
    while not ended(serving) and time.monotonic() < limit:
        for worker in serving.version("add", "v2")["workers"]:
            subprocess.run(["kill", "-9", str(worker["pid"])], check=False, stderr=subprocess.DEVNULL)
        time.sleep(0.05)
    users.stop()
    assert phase(serving) == "rolled_back"
    assert "worker" in rollout(serving)["outcome"]["text"]


class Receiver:
    """A webhook and a gate: remembers what it was sent, and answers as it is told."""

    def __init__(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.got.append((self.path, self.headers, body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.got: list = []
        self.status = 200
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def events(self) -> list[dict]:
        return [json.loads(body) for path, _, body in self.got if path == "/hook"]

    def asked(self) -> list[dict]:
        return [json.loads(body) for path, _, body in self.got if path == "/gate"]


def test_gates_are_asked_and_webhooks_are_told_with_a_signature(server, versions, tmp_path):
    receiver = Receiver()
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    alerts = tmp_path / "alerts.json"
    alerts.write_text(json.dumps({
        "webhooks": [{"url": receiver.url + "/hook", "secret_file": str(secret)}],
        "gates": {"load-test": {"url": receiver.url + "/gate"}}}))
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }}"),
                     flags=["--alerts", str(alerts)])
    start(serving, start_gates=["load-test"])
    wait_until(lambda: phase(serving) == "running", "the gate has let it in")
    assert receiver.asked()[0]["candidate"] == "v2"
    assert serving.admin("POST", "/models/add/rollback", {"reason": "enough"})[0] == 200
    wait_until(lambda: any(event["event"] == "rolled_back" for event in receiver.events()), "the webhook was told")
    headers, body = next((headers, body) for path, headers, body in receiver.got if path == "/hook")
    signed = f"{headers['x-huidu-timestamp']}.".encode() + body
    assert headers["x-huidu-signature"] == "sha256=" + hmac.new(b"open sesame", signed, "sha256").hexdigest()
    assert "open sesame" not in serving.log.read_text()

    serving.admin("DELETE", "/models/add/quarantine/v2")
    receiver.status = 403
    start(serving, start_gates=["load-test"])
    wait_until(lambda: ended(serving), "the gate has said no")
    assert "load-test" in rollout(serving)["outcome"]["text"]
    assert serving.live("add") == "v1"


CONFIGURED = """
    versions {{ path: '{folder}/add_v2' }}  # the candidate
    rollout {{
      candidate: 'v2' sampling_period: '200ms' bake_time: '1s'
      stages {{ share_percent: 30 min_duration: '500ms' min_requests: 10 }}
      remove_rules: ['latency_against_stable', 'errors_against_stable', 'memory_growth']
      rewrite_base_path: true
    }}
"""


def test_the_configuration_starts_a_rollout_and_tells_the_truth_after_it(server, versions):
    serving = server(model("add", versions / "add_v1", CONFIGURED.format(folder=versions)))
    users = Users(serving)
    users.start()
    wait_until(lambda: phase(serving) == "finished", "the rollout is over")
    wait_until(lambda: f"base_path: '{versions}/add_v2'" in serving.config.read_text(), "the file names what is live")
    users.stop()
    text = serving.config.read_text()
    assert f"path: '{versions}/add_v1' }}  # the candidate" in text, text
    serving.kill()
    serving.start()
    assert serving.live("add") == "v2"
    assert serving.reload_state()["last_error"] == ""
    assert len(audit_of(serving, "rollout-start")) == 1, "what is done is not begun again"


def test_weights_divide_the_requests_and_a_bad_token_file_changes_nothing(server, versions, tmp_path):
    weights = f"versions {{ path: '{versions / 'add_v2'}' }} weights {{ version: 'v2' share_percent: 25 }}"
    serving = server(model("add", versions / "add_v1", weights))
    answers = [serving.infer("add", X)[1] for _ in range(100)]
    assert sum(headers["x-model-version"] == "v2" for headers in answers) in range(23, 28)
    assert {headers["x-huidu-route"] for headers in answers} == {"weight", "stable"}

    tokens = f"routing {{ forcing: TOKEN_HOLDERS token_files: '{tmp_path}/tokens' }}"
    failures = serving.reload_state()["failures"]
    serving.configure(model("add", versions / "add_v1", weights + tokens))
    wait_until(lambda: serving.reload_state()["failures"] > failures, "the reload is refused")
    assert serving.infer("add", X, "v2")[0] == 200
    (tmp_path / "tokens").write_text("a-long-secret-token\n")
    assert serving.admin("POST", "/reload", {})[0] == 200
    assert serving.infer("add", X, "v2")[0] == 403, "only who has a token may name a version"
    body = {"inputs": X}
    path = "/v2/models/add/versions/v2/infer"
    assert serving.http("POST", path, body, {"x-huidu-token": "a-long-secret-token"})[0] == 200
    assert "a-long-secret-token" not in serving.log.read_text()


def test_internal_users_get_the_candidate_first(server, versions):
    routing = "routing { internal { headers { name: 'X-Team' value: 'ocr' } users: 'alice' } }"
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }} {routing}"))
    start(serving, stages=[{"kind": "internal", "min_duration": "60s"}, {"share_percent": 5, "min_duration": "60s"}])
    for headers, route in (({"x-team": "ocr"}, "internal"), ({"x-user-id": "alice"}, "internal"),
                           ({"x-team": "web"}, "stable"), ({"x-user-id": "bob"}, "stable")):
        got = serving.http("POST", "/v2/models/add/infer", {"inputs": X}, headers)[1]
        assert got["x-huidu-route"] == route, headers


def test_a_shadow_stage_compares_answers_that_no_user_gets(serving, versions):
    users = Users(serving)
    users.start()
    start(serving, stages=[{"kind": "shadow", "shadow_percent": 50, "min_duration": "120s"},
                           {"share_percent": 5, "min_duration": "60s"}],
          rules=[{"name": "same answers", "metric": "shadow_agreement", "bad_when": "below", "limit": 0.9,
                  "min_samples": 30}])
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    outcome = rollout(serving)["outcome"]
    assert outcome["event"] == "rolled_back" and outcome["rule"]["rule"] == "same answers", outcome
    assert {version for version, _ in users.answers} == {"v1"}, "v2 adds another number, so it agrees never"


def test_a_slow_upload_for_a_candidate_without_a_place_is_answered_by_stable(server, versions, monkeypatch):
    monkeypatch.setenv("HUIDU_ENABLE_FAULTS", "1")
    serving = server(model("add", versions / "add_v1",
                           f"max_queue: 1 versions {{ path: '{versions / 'add_v2'}' }}"))
    start(serving, stages=[{"share_percent": 100, "min_duration": "60s"}],
          remove_rules=["overloads_against_stable", "latency_against_stable", "errors_against_stable"])
    text = json.dumps({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 16],
                                   "parameters": {"binary_data_size": 64}}]}).encode()
    slow = http.client.HTTPConnection("127.0.0.1", serving.ports["http"], timeout=PATIENCE)
    slow.putrequest("POST", "/v2/models/add/infer")
    slow.putheader("Inference-Header-Content-Length", str(len(text)))
    slow.putheader("Content-Length", str(len(text) + 64))
    slow.endheaders(text)  # and then nothing for a while
    replace_file(versions / "add_v2/faults.json", json.dumps({"latency": {"ms": 3000}}))

    def occupied() -> bool:
        thread = threading.Thread(target=serving.infer, args=("add", X, "v2"))
        thread.start()
        thread.join(0.5)
        return thread.is_alive()

    wait_until(occupied, "v2's only place is taken")
    slow.send(bytes(64))
    answer = slow.getresponse()
    answer.read()
    assert (answer.status, answer.headers["x-huidu-route"], answer.headers["x-model-version"]) == (200, "retry", "v1")


@pytest.mark.parametrize("slow, first", [({"v2": 600}, "stable"), ({"v2": 600, "v1": 3000}, "itself")],
                         ids=["stable_is_faster", "stable_is_even_slower"])
def test_of_a_hedged_request_the_first_answer_wins(serving, versions, slow, first):
    start(serving, stages=[{"share_percent": 50, "min_duration": "120s"}], default_rules=False, remove_rules=[],
          hedge={"quantile": 0.5, "min_ms": 100})
    users = Users(serving)
    users.start()
    wait_until(lambda: sum(version == "v1" for version, _ in users.answers) > 150, "stable's latency is known")
    users.stop()
    user = next(name for name in map("user-{}".format, range(500)) if timed(serving, user=name)[0] == "v2")
    for version, ms in slow.items():
        replace_file(versions / f"add_{version}/faults.json", json.dumps({"latency": {"ms": ms}}))
        wait_until(lambda: timed(serving, version)[2] >= ms / 1000, "the version is slow")
    version, route, seconds = timed(serving, user=user)
    if first == "stable":
        assert (version, route) == ("v1", "retry") and 0.1 <= seconds < 0.6
    else:
        assert (version, route) == ("v2", "sticky") and 0.6 <= seconds < 3
    assert serving.metric("huidu_hedged_requests_total", model_version="v2", answered_by=first) == 1
    assert serving.metric("huidu_hedged_requests_total", model_version="v2") == 1
    assert serving.metric("huidu_requests_total", model_version="v2", result="deadline") == (first == "stable")
    wait_until(lambda: serving.metric("huidu_requests_in_flight") == 0, "all places are given back")


def timed(serving, version: str = "", user: str = "") -> tuple[str, str, float]:
    """A request's version, route and seconds."""
    path = f"/v2/models/add/versions/{version}/infer" if version else "/v2/models/add/infer"
    began = time.monotonic()
    status, headers, body = serving.http("POST", path, {"inputs": X}, {"x-user-id": user} if user else {})
    assert status == 200, body
    return headers["x-model-version"], headers["x-huidu-route"], time.monotonic() - began
