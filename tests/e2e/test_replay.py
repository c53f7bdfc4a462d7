"""`huidu replay`: samples that a server has kept, through another version, in workers of its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fake_model import FAKE
from huidu_server import BINARIES, MODELS, PATIENCE, SMALL_MODELS, Server, model, replace_file, wait_until
from keeping import keep, kept, versions, wait_for_kept, x  # noqa: F401

BROKEN = json.dumps({"error": {}})
SECRET = "13800138000"


def text(*elements: str) -> list[dict]:
    return [{"name": "text", "datatype": "BYTES", "shape": [len(elements)], "data": list(elements)}]


def replay(*words, admin: Server | None = None, faults: bool = False) -> subprocess.CompletedProcess:
    environment = os.environ | ({"HUIDU_ENABLE_FAULTS": "1"} if faults else {"HUIDU_ENABLE_FAULTS": ""})
    where = ("--admin", f"http://{admin.address('admin')}") if admin else ()
    return subprocess.run([str(BINARIES / "huidu"), "replay", *map(str, words), *where], env=environment,
                          capture_output=True, text=True, timeout=PATIENCE)


def report_of(*words, status: int = 0, **more) -> dict:
    done = replay(*words, "--json", **more)
    assert done.returncode == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def counts(report: dict, of: str = "captured", reason: str = "") -> dict:
    """Only those that are not 0."""
    tally = report["by_reason"][reason] if reason else report["all"]
    return {change: count for change, count in tally[of].items() if count}


@pytest.fixture
def withdrawn(server, versions) -> Server:
    """A server that has taken v2 out, because it failed in front of its users, and has kept what it failed at."""
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }}" + keep("FAILED")))
    replace_file(versions / "add_v2/faults.json", BROKEN)
    wait_until(lambda: serving.infer("add", x(0), "v2")[0] == 500, "the candidate is broken")
    status, answer = serving.admin("POST", "/models/add/rollout", {
        "candidate": "v2", "sampling_period": "200ms",
        "stages": [{"kind": "share", "share_percent": 50, "min_duration": "120s"}]})
    assert status == 200, answer

    def over() -> bool:
        assert serving.infer("add", x(5))[0] == 200, "no user sees it"
        return serving.admin("GET", "/models/add/rollout")[1]["rollout"]["phase"] == "rolled_back"
    wait_until(over, "v2 is taken out")
    wait_until(lambda: len(kept(serving)) >= 2, "what it failed at is written")
    return serving


def test_what_a_withdrawn_version_failed_at_is_replayed_on_the_fixed_one(withdrawn, versions, tmp_path):
    fixed = tmp_path / "add_v3"
    shutil.copytree(SMALL_MODELS / "add_v2", fixed)
    report_file = tmp_path / "replay.json"
    requests = withdrawn.metric("huidu_requests_total", model="add", result="success")
    done = replay("--model", "add", "--version", fixed, "--of-version", "v2", "--reason", "FAILED", "--against", "live",
                  "--fail-on", "failed", "--report", report_file, "--html", tmp_path / "replay.html", admin=withdrawn)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SINCE IT WAS KEPT" in done.stdout and "against live" in done.stdout and "FAILED" in done.stdout
    assert report_file.stat().st_mode & 0o077 == 0, "it shows what users sent"
    assert (tmp_path / "replay.html").stat().st_mode & 0o077 == 0
    assert "What differs" in (tmp_path / "replay.html").read_text()
    report = json.loads(report_file.read_text())
    number = report["all"]["samples"]
    assert number >= 2 and counts(report) == {"answered_now": number}
    assert report["all"]["captured"]["answered_now_as_the_user_got"] == 0, "v1 answered the users, with other numbers"
    assert counts(report, "against") == {"changed": number}
    assert report["version"]["directory"] == str(fixed) and report["against"]["name"] == "live"
    assert withdrawn.metric("huidu_requests_total", model="add", result="success") == requests, "no user's traffic"

    stable = report_of("--model", "add", "--version", "v1", "--reason", "FAILED", admin=withdrawn)
    assert counts(stable) == {"answered_now": number, "answered_now_as_the_user_got": number - 1}, \
        "all but the one that was sent to v2 by name, which nobody answered"


def test_a_quarantined_and_unloaded_version_is_found_by_its_name(withdrawn, versions):
    withdrawn.admin("DELETE", "/models/add/versions/v2", {"reason": "out"})
    wait_until(lambda: not withdrawn.version("add", "v2"), "it is unloaded")
    known = withdrawn.admin("GET", "/models/add/rollout")[1]["quarantine"][0]
    assert known["path"] == str(versions / "add_v2")
    assert known["stable"] == {"version": "v1", "path": str(versions / "add_v1")}
    refused = replay("--model", "add", "--version", "v2", admin=withdrawn, faults=True)
    assert refused.returncode == 1 and "add_v2 did not load" in refused.stderr, "it fails at its warm-up already"
    replace_file(versions / "add_v2/faults.json", json.dumps({"error": {"after_requests": 3}}))
    still = report_of("--model", "add", "--version", "v2", "--limit", 3, "--fail-on", "failed", admin=withdrawn,
                      faults=True, status=1)
    assert still["version"]["directory"] == str(versions / "add_v2")
    assert counts(still) == {"still_fails": still["all"]["samples"]}
    (versions / "add_v2/faults.json").unlink()
    repaired = report_of("--model", "add", "--version", "v2", "--fail-on", "failed", admin=withdrawn, faults=True)
    assert counts(repaired) == {"answered_now": repaired["all"]["samples"]}
    unknown = replay("--model", "add", "--version", "v9", admin=withdrawn)
    assert unknown.returncode == 1 and "model 'add' has no version 'v9'; it has v1, v2" in unknown.stderr


def test_a_version_that_was_loaded_once_by_command_is_found_by_its_name(server, versions, tmp_path):
    shutil.copytree(versions / "add_v2", tmp_path / "add_v7")
    serving = server(model("add", versions / "add_v1", keep("RANDOM", "random_share: 1")))
    assert serving.infer("add", x(1))[0] == 200
    assert serving.admin("POST", "/models/add/versions", {"path": str(tmp_path / "add_v7")})[0] == 200
    assert serving.admin("DELETE", "/models/add/versions/v7", {})[0] == 200
    wait_for_kept(serving, 1)
    report = report_of("--model", "add", "--version", "v7", admin=serving)
    assert report["version"]["directory"] == str(tmp_path / "add_v7") and counts(report) == {"changed": 1}
    shutil.rmtree(tmp_path / "add_v7")
    gone = replay("--model", "add", "--version", "v7", admin=serving)
    assert gone.returncode == 1 and "is no folder on this machine" in gone.stderr


def test_the_same_version_answers_the_same_and_every_crash_is_one_samples(server, versions, tmp_path):
    serving = server(model("add", versions / "add_v1", keep("RANDOM", "random_share: 1 max_per_minute: 1000")))
    for value in range(6):
        assert serving.infer("add", x(value))[0] == 200
    wait_for_kept(serving, 6)
    same = report_of("--model", "add", "--version", "live", "--fail-on", "changed,failed", admin=serving)
    assert counts(same) == {"same": 6}
    export = tmp_path / "set"
    subprocess.run([str(BINARIES / "huidu"), "samples", "export", "add", str(export), "--admin",
                    f"http://{serving.address('admin')}"], check=True, capture_output=True, timeout=PATIENCE)
    serving.stop()
    again = report_of("--model", "add", "--version", versions / "add_v1", "--dataset", export)
    assert counts(again) == {"same": 6} and again["dataset"]["path"] == f"{export}/manifest.jsonl"

    changed = report_of("--model", "add", "--version", versions / "add_v2", "--dataset", export, "--fail-on", "changed",
                        status=1)
    assert counts(changed) == {"changed": 6}
    # Loaded and warmed again after each crash, here at every third sample: one's crash says nothing of the next one.
    replace_file(versions / "add_v2/faults.json", json.dumps({"crash": {"at_request": 6}}))
    crashed = report_of("--model", "add", "--version", versions / "add_v2", "--dataset", export, faults=True)
    assert crashed["version"]["crashes"] == 2 and counts(crashed) == {"changed": 4, "fails_now": 2}


def test_texts_are_judged_by_what_feedback_expected(server):
    serving = server(model("intent", MODELS / "intent_v1", keep("NEGATIVE_FEEDBACK RANDOM", "random_share: 1")))
    assert serving.infer("intent", text("我的银行卡丢了"))[0] == 200
    status, headers, answer = serving.infer("intent", text("您好！我的储蓄卡还有多少钱！"))
    assert status == 200, answer
    told = {"request_id": headers["x-request-id"], "correct": False, "expected": "balance"}
    assert serving.http("POST", "/v2/models/intent/feedback", told)[0] == 200
    wait_for_kept(serving, 1, "intent", "?reason=NEGATIVE_FEEDBACK")
    words = ("--model", "intent", "--version", MODELS / "intent_v2", "--against", "live")
    report = report_of(*words, "--reason", "NEGATIVE_FEEDBACK", "--fail-on", "wrong", admin=serving)
    assert report["all"]["expected"]["known"] == 1 == report["all"]["expected"]["right"]
    assert report["samples"][0]["now"]["text"] == "balance"
    both = replay(*words, admin=serving)
    assert "of 1 with a known right answer: 1 right, 0 wrong" in both.stdout, both.stdout
    assert "NEGATIVE_FEEDBACK" in both.stdout and "RANDOM" in both.stdout, "of one sample each"


def test_what_cannot_be_sent_is_counted_and_named(server, tmp_path):
    echo = tmp_path / "models/echo_v1"
    echo.mkdir(parents=True)
    (echo / "model.fake").write_text("input x BYTES -1\noutput y BYTES -1\n")
    masks = "mask { input: 'x' how: REMOVE } mask { output: 'y' how: DIGITS }"
    serving = server(model("echo", echo, FAKE + keep("RANDOM", "random_share: 1")),
                     model("masked", echo, FAKE + keep("RANDOM", "random_share: 1 " + masks)),
                     model("digits", echo, FAKE + keep("RANDOM", "random_share: 1 " + masks.replace("REMOVE", "DIGITS"))))
    for name in ("echo", "masked", "digits"):
        tensor = [{"name": "x", "datatype": "BYTES", "shape": [1], "data": [f"call {SECRET}"]}]
        assert serving.infer(name, tensor)[0] == 200
        wait_for_kept(serving, 1, name)
    config = ("--version", "live", "--model-config", serving.config)
    masked = replay("--model", "masked", *config, admin=serving)
    assert masked.returncode == 1 and "no sample can be sent again; 1: an input was masked" in masked.stderr
    digits = replay("--model", "digits", *config, "--json", "--fail-on", "changed", admin=serving)
    assert digits.returncode == 0, "zeros are sent, and zeros were kept of the answer"
    assert SECRET not in digits.stdout and "call 00000000000" in digits.stdout
    assert counts(report_of("--model", "echo", *config, admin=serving)) == {"same": 1}


def test_nothing_of_it_stays_on_the_disk(withdrawn, tmp_path, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    report_of("--model", "add", "--version", "live", admin=withdrawn)
    assert list(temporary.iterdir()) == []


def test_what_cannot_be_replayed_is_said(server, versions, tmp_path):
    serving = server(model("add", versions / "add_v1", keep("FAILED")))
    none = replay("--model", "add", "--version", "live", "--reason", "FAILED", admin=serving)
    assert none.returncode == 1 and "has kept no such samples of model 'add'" in none.stderr
    assert "samples list add" in none.stderr
    unknown = replay("--model", "ad", "--version", "live", admin=serving)
    assert unknown.returncode == 1 and "'ad'" in unknown.stderr
    reason = replay("--model", "add", "--version", "live", "--reason", "BAD", admin=serving)
    assert reason.returncode == 1 and "LOW_CONFIDENCE" in reason.stderr, "it says which there are"

    export = tmp_path / "set"
    export.mkdir()
    (export / "manifest.jsonl").write_text('{"text": "a"}\nbroken\n{"request": "0001.json"}\n')
    broken = replay("--model", "add", "--version", versions / "add_v1", "--dataset", export)
    assert broken.returncode == 1 and "manifest.jsonl:2: this is no JSON object" in broken.stderr
    assert "manifest.jsonl:3: " in broken.stderr
    (export / "manifest.jsonl").write_text('{"text": "a"}\n')
    kind = replay("--model", "add", "--version", versions / "add_v1", "--dataset", export)
    assert kind.returncode == 1 and "manifest.jsonl:1: the model takes tensors" in kind.stderr
    (tmp_path / "empty_v1").mkdir()
    folder = replay("--model", "add", "--version", tmp_path / "empty_v1", "--dataset", export)
    assert folder.returncode == 1 and "empty_v1 did not load" in folder.stderr
    for usage in ((), ("--model", "add", "--version", "v1", "--dataset", export, "--reason", "FAILED"),
                  ("--model", "add", "--version", "v1", "--fail-on", "anything")):
        assert replay(*usage).returncode == 2
