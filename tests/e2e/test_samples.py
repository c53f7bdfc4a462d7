"""Requests that are kept: what gets to the disk, what does not, who may see it, and that users notice nothing of it."""

import contextlib
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from fake_model import FAKE
from huidu_server import BINARIES, PATIENCE, Server, model, replace_file, wait_until
from keeping import keep, kept, versions, wait_for_kept, x  # noqa: F401
from load import Load
from small_disk import small_disk

SECRET = "13800138000"


def text(*elements: str) -> list[dict]:
    return [{"name": "x", "datatype": "BYTES", "shape": [len(elements)], "data": list(elements)}]


def sample(server: Server, row: dict) -> dict:
    status, answer = server.admin("GET", f"/samples/{row['id']}")
    assert status == 200, answer
    return answer


def huidu(server: Server, *arguments: str) -> str:
    command = [str(BINARIES / "huidu"), *arguments, "--admin", f"http://{server.address('admin')}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """A version that answers any number of texts or pictures with themselves: y = x."""
    folder = tmp_path / "models/echo_v1"
    folder.mkdir(parents=True)
    (folder / "model.fake").write_text("input x BYTES -1\noutput y BYTES -1\n")
    return folder


def test_failed_and_slow_requests_are_kept_and_outlive_the_server(server, versions):
    serving = server(model("add", versions / "add_v1", keep("FAILED SLOW", "slow_ms: 400")))
    assert serving.infer("add", x())[0] == 200
    replace_file(versions / "add_v1/faults.json", json.dumps({"error": {}}))
    wait_until(lambda: serving.infer("add", x(7))[0] == 500, "requests fail")
    wait_until(lambda: kept(serving), "a failed request is kept")
    failed = sample(serving, kept(serving)[-1])
    assert failed["reasons"] == ["FAILED"] and "faults.json" in failed["error"]
    assert failed["inputs"][0]["data"] == [7.0] * 16 and failed["outputs"] == []
    assert failed["content_hash"] == serving.version("add", "v1")["content_hash"] != ""

    replace_file(versions / "add_v1/faults.json", json.dumps({"latency": {"ms": 500}}))
    wait_until(lambda: serving.infer("add", x(3))[0] == 200, "requests are slow")
    rows = wait_until(lambda: kept(serving, query="?reason=SLOW"), "a slow request is kept")
    slow = sample(serving, rows[0])
    assert slow["milliseconds"]["whole"] >= 400 and slow["outputs"][0]["data"] == [4.0] * 16

    count = len(kept(serving))
    assert serving.metric("huidu_captured_samples_total", model="add", model_version="v1") == count
    assert serving.metric("huidu_samples_bytes", model="add") > 0
    serving.stop()
    serving.start()
    assert [row["id"] for row in kept(serving, query="?reason=SLOW")][-1] == rows[-1]["id"]
    assert sample(serving, rows[0])["inputs"] == slow["inputs"]
    serving.kill()
    serving.start()
    assert sample(serving, rows[0])["inputs"] == slow["inputs"]


def test_an_answer_of_little_confidence_is_kept(server, versions):
    more = "low_confidence { output: 'y' below: 1.5 }"
    serving = server(model("add", versions / "add_v1", keep("LOW_CONFIDENCE", more)))
    for value in (0.5, 0.4, 5):
        assert serving.infer("add", x(value))[0] == 200
    row = wait_for_kept(serving, 1)[0]
    assert sample(serving, row)["inputs"][0]["data"] == pytest.approx([0.4] * 16)


def test_an_answer_that_a_client_calls_wrong_is_kept_with_what_was_right(server, versions):
    serving = server(model("add", versions / "add_v1", keep("NEGATIVE_FEEDBACK")))
    ids = [serving.infer("add", x(value))[1]["x-request-id"] for value in (1.0, 2.0, 3.0)]
    for number, word in ((0, {"correct": True}), (1, {"correct": False, "expected": "four"}), (2, {"score": 0.2})):
        status, _, said = serving.http("POST", "/v2/models/add/feedback", {"request_id": ids[number], **word})
        assert status == 200, said
    rows = wait_for_kept(serving, 2)
    wrong = next(sample(serving, row) for row in rows if row["request_id"] == ids[1])
    assert wrong["expected"] == "four" and wrong["inputs"][0]["data"] == [2.0] * 16
    assert wrong["outputs"][0]["data"] == [3.0] * 16
    assert {row["request_id"] for row in rows} == {ids[1], ids[2]}


def start_rollout(server: Server, stage: dict) -> None:
    status, answer = server.admin("POST", "/models/add/rollout", {
        "candidate": "v2", "sampling_period": "200ms", "default_rules": False,
        "stages": [{"min_duration": "120s", **stage},
                   {"name": "all", "kind": "share", "share_percent": 100, "min_duration": "120s"}]})
    assert status == 200, answer


def test_a_disagreement_in_shadow_is_kept_with_both_answers(server, versions):
    serving = server(model("add", versions / "add_v1",
                           f"versions {{ path: '{versions / 'add_v2'}' }}" + keep("DISAGREED")))
    start_rollout(serving, {"kind": "shadow", "shadow_percent": 100})

    def disagrees() -> list[dict]:
        assert serving.infer("add", x(5))[2]["model_version"] == "v1"
        return kept(serving)

    found = sample(serving, wait_until(disagrees, "copies run on the candidate")[0])
    assert found["version"] == "v2" and found["answered_by"] == "v1" and found["route"] == "shadow"
    assert found["outputs"][0]["data"] == [7.0] * 16 and found["answer"][0]["data"] == [6.0] * 16
    assert found["request_id"] != ""


def test_what_stable_answers_for_the_candidate_is_the_candidates_failure(server, versions):
    serving = server(model("add", versions / "add_v1",
                           f"versions {{ path: '{versions / 'add_v2'}' }}" + keep("FAILED")))
    replace_file(versions / "add_v2/faults.json", json.dumps({"error": {}}))
    wait_until(lambda: serving.infer("add", x(), "v2")[0] == 500, "the candidate is broken")
    start_rollout(serving, {"kind": "share", "share_percent": 100})

    def rescued() -> list[dict]:
        assert serving.infer("add", x(5))[0] == 200
        return [row for row in kept(serving) if row["answered_by"] == "v1"]

    found = sample(serving, wait_until(rescued, "the candidate gets users")[0])
    assert found["version"] == "v2" and "faults.json" in found["error"] and found["outputs"] == []
    assert found["answer"][0]["data"] == [6.0] * 16


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_is_masked_and_who_asked_is_not_on_disk(server, echo):
    masks = "mask { input: 'x' how: DIGITS } mask { output: 'y' how: DIGITS }"
    more = f"random_share: 1 {masks}"
    serving = server(model("echo", echo, FAKE + keep("RANDOM", more)),
                     model("plain", echo, FAKE + keep("RANDOM", "random_share: 1")),
                     model("typo", echo, FAKE + keep("RANDOM", more.replace("'x'", "'z'"))))
    for name in ("echo", "plain", "typo"):
        status, _, said = serving.http("POST", f"/v2/models/{name}/infer", {"inputs": text(f"call {SECRET}", "第２号")},
                                       {"x-user-id": "alice-the-user"})
        assert status == 200, said
    row = wait_for_kept(serving, 1, "echo")[0]
    wait_for_kept(serving, 1, "plain")
    found = sample(serving, row)
    assert found["inputs"][0]["data"] == ["call 00000000000", "第０号"] == found["outputs"][0]["data"]
    assert len(found["user_hash"]) == 32
    samples = serving.state / "samples"
    assert SECRET.encode() in bytes_of(samples / "plain"), "the search would find it"
    assert SECRET.encode() not in bytes_of(samples / "echo")
    assert b"alice-the-user" not in bytes_of(samples)
    assert not (samples / "typo").exists(), "a mask that names nothing keeps everything back"
    assert serving.metric("huidu_dropped_samples_total", model="typo", why="mask") == 1
    assert samples.stat().st_mode & 0o077 == 0


def test_samples_are_looked_at_exported_and_deleted(server, echo, tmp_path):
    serving = server(model("echo", echo, FAKE + keep("RANDOM", "random_share: 1")))
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    assert serving.infer("echo", text("a text"))[0] == 200
    wait_for_kept(serving, 1, "echo")
    assert serving.infer("echo", text("two", "texts"))[0] == 200
    wait_for_kept(serving, 2, "echo")
    head = json.dumps({"inputs": [{"name": "x", "datatype": "BYTES", "shape": [1],
                                   "parameters": {"binary_data_size": len(picture) + 4}}],
                       "parameters": {"binary_data_output": True}}).encode()
    status, _, said = serving.http(
        "POST", "/v2/models/echo/infer", head + len(picture).to_bytes(4, "little") + picture,
        {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(head))})
    assert status == 200, said
    rows = wait_for_kept(serving, 3, "echo")

    assert rows[0]["id"] in huidu(serving, "samples", "list", "echo", "--reason", "RANDOM")
    assert len(json.loads(huidu(serving, "samples", "list", "echo", "--json", "--limit", "2"))["samples"]) == 2
    assert "a text" in huidu(serving, "samples", "show", rows[2]["id"])
    status, headers, got = serving.http("GET", f"/admin/v1/samples/{rows[0]['id']}/inputs/x", port="admin")
    assert (status, got, headers["content-type"]) == (200, picture, "image/png")
    assert headers["x-content-type-options"] == "nosniff"

    folder = tmp_path / "set"
    huidu(serving, "samples", "export", "echo", str(folder))
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == [row["id"] for row in reversed(rows)]
    assert lines[0]["text"] == "a text" == lines[0]["answer"]
    status, headers, archive = serving.http("GET", "/admin/v1/models/echo/samples/export", port="admin")
    assert (status, headers["content-type"], headers["x-huidu-samples"]) == (200, "application/x-tar", "3")
    unpacked = tmp_path / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(unpacked)
    assert {path.name: path.read_bytes() for path in unpacked.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()}, "the same as the command's"

    request = json.loads((folder / lines[1]["request"]).read_text())
    assert lines[1]["answer"] == "two\ntexts" and lines[1]["category"] == "RANDOM" and lines[1]["weight"] == 1
    assert (folder / lines[2]["file"]).read_bytes() == picture and lines[2]["file"].endswith(".png")
    status, _, answer = serving.http("POST", "/v2/models/echo/infer", request)
    assert status == 200 and json.loads(answer)["outputs"][0]["data"] == ["two", "texts"], "it can be sent again"

    huidu(serving, "samples", "delete", rows[0]["id"], rows[1]["id"], "--reason", "asked for")
    assert serving.admin("GET", f"/samples/{rows[0]['id']}")[0] == 404
    assert rows[2]["id"] in {row["id"] for row in kept(serving, "echo")}
    entries = [entry for entry in serving.audit() if entry["action"].startswith("sample-")]
    assert [entry["action"] for entry in entries].count("sample-delete") == 2
    assert entries[0]["reason"] == "asked for" and rows[1]["id"] in entries[0]["before"]
    assert sum(entry["action"] == "sample-view" for entry in entries) == 5  # show, the picture, three of the export
    assert sum(entry["action"] == "sample-export" for entry in entries) == 1


def test_an_archive_of_samples_is_a_data_set_for_the_check(server, versions, tmp_path):
    """As a pipeline does it that has curl and tar."""
    serving = server(model("add", versions / "add_v1", keep("NEGATIVE_FEEDBACK RANDOM", "random_share: 1")))
    for value in (1.0, 2.0):
        assert serving.infer("add", x(value))[0] == 200
    wait_for_kept(serving, 2)
    url = f"http://{serving.address('admin')}/admin/v1/models/add/samples/export?reason=RANDOM"
    subprocess.run(f"mkdir set && curl -fsS -o samples.tar '{url}' && tar -xf samples.tar -C set", shell=True, check=True,
                   cwd=tmp_path, timeout=PATIENCE)
    done = subprocess.run([str(BINARIES / "huidu"), "check", "--model", "add", "--candidate", str(versions / "add_v1"),
                           "--baseline", str(versions / "add_v1"), "--dataset", "set", "--seconds", "0.2", "--rounds", "2",
                           "--callers", "1", "--json"], cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    report = json.loads(done.stdout)
    assert report["agreement"]["samples"] == 2 and report["agreement"]["value"] == 1, done.stderr


def test_a_viewer_may_look_and_an_operator_may_delete(server, echo, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("viewer-token viewer eve\noperator-token operator bob\n")
    serving = server(model("echo", echo, FAKE + keep("RANDOM", "random_share: 1")),
                     flags=("--admin-token-file", str(tokens)))

    def call(method: str, path: str, token: str):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        status, _, body = serving.http(method, "/admin/v1" + path, None, headers, port="admin")
        return status, json.loads(body)

    assert serving.infer("echo", text("a"))[0] == 200
    rows = wait_until(lambda: call("GET", "/models/echo/samples", "viewer-token")[1]["samples"], "it is written")
    path = f"/samples/{rows[0]['id']}"
    assert call("GET", "/models/echo/samples", "")[0] == 401 == call("GET", path, "")[0]
    assert call("GET", path, "viewer-token")[0] == 200
    assert call("DELETE", path, "viewer-token")[0] == 403
    assert call("DELETE", path, "operator-token")[0] == 200
    entries = call("GET", "/audit", "viewer-token")[1]["entries"]
    assert [(e["action"], e["actor"]) for e in entries if e["action"].startswith("sample-")] == [
        ("sample-delete", "operator:bob"), ("sample-view", "viewer:eve")]


def put_a_file_in_its_place(folder: Path) -> bool:
    """The server makes the folder again as soon as it can: then once more."""
    aside = folder.with_name(f"aside-{len(list(folder.parent.iterdir()))}")
    folder.rename(aside)
    try:
        folder.write_text("no folder any more")
    except IsADirectoryError:
        return False
    return True


def size_of(folder: Path) -> int:
    """Of a folder's files, some of which are deleted meanwhile."""
    size = 0
    for path in list(folder.iterdir()):
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


def test_a_full_quota_and_a_lost_disk_cost_no_request(server, versions):
    def configured(more: str) -> str:
        return model("add", versions / "add_v1", keep("RANDOM", "random_share: 1 max_per_minute: 10000 " + more))

    # Each sample takes over a kilobyte, so that a quota of a megabyte is full soon.
    serving = server(configured("quota_mb: 1"))
    folder = serving.state / "samples/add"
    with Load(serving, "add") as load:
        wait_until(lambda: kept(serving), "the first is written")
        wait_until(lambda: serving.metric("huidu_captured_samples_total", model="add") > 4000, "more than fits is written")
        assert serving.metric("huidu_samples_bytes", model="add") <= 1 << 20
        assert len(kept(serving, query="?limit=10000")) < 3000, "the oldest made room"
        assert size_of(folder) <= (1 << 20) + 4096
        wait_until(lambda: put_a_file_in_its_place(folder), "the folder is gone")
        wait_until(lambda: serving.log_lines("samples cannot be written: none are kept for a while, requests are answered "
                                             "as ever"), "the log says it")
        before = sum(load.answers.values())
        wait_until(lambda: sum(load.answers.values()) > before + 200, "requests go on")
    assert load.failures == []
    assert len(serving.log_lines("samples cannot be written: none are kept for a while, requests are answered as ever")) == 1
    assert serving.metric("huidu_dropped_samples_total", model="add", why="disk") > 0


def test_a_full_disk_ends_the_keeping_and_costs_no_request(server, versions):
    lost = "samples cannot be written: none are kept for a while, requests are answered as ever"
    serving = server.make()
    folder = serving.state / "samples"
    folder.mkdir()
    with small_disk(folder, "512k"):
        serving.configure(model("add", versions / "add_v1", keep("RANDOM", "random_share: 1 max_per_minute: 10000")))
        serving.start()
        with Load(serving, "add") as load:
            wait_until(lambda: serving.log_lines(lost), "the disk is full")
            [line] = serving.log_lines(lost)
            assert "No space left on device" in line["reason"] or "disk is full" in line["reason"], line
            wait_until(lambda: serving.metric("huidu_dropped_samples_total", model="add", why="disk") > 0, "it is counted")
            count = serving.metric("huidu_captured_samples_total", model="add", model_version="v1", reason="RANDOM")
            before = sum(load.answers.values())
            wait_until(lambda: sum(load.answers.values()) > before + 500, "requests go on")
            assert serving.metric("huidu_captured_samples_total", model="add", model_version="v1", reason="RANDOM") == count
        assert load.failures == [] and len(serving.log_lines(lost)) == 1
        rows = kept(serving, query="?limit=10000")
        assert 0 < len(rows) <= count and sample(serving, rows[0])["inputs"], "what was kept can be looked at"
        assert list(folder.rglob("*.tmp")) == [], "no half of a file stays"
        serving.stop()


def test_nothing_is_kept_unless_it_is_asked_for_and_a_reload_changes_that(server, versions):
    serving = server(model("add", versions / "add_v1"))
    worker = serving.worker("add", "v1")
    assert serving.infer("add", x())[0] == 200
    assert kept(serving) == [] and not (serving.state / "samples").exists()
    serving.configure(model("add", versions / "add_v1", keep("RANDOM", "random_share: 1")))
    assert serving.admin("POST", "/reload")[0] == 200
    assert serving.infer("add", x())[0] == 200
    wait_for_kept(serving, 1)
    assert serving.worker("add", "v1") == worker
