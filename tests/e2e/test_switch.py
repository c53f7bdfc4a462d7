"""Changing what is live: under load, by every way there is, and what happens when the change is refused."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fake_model import FAKE, fake_version
from huidu_server import BINARIES, SMALL_MODELS, Server, model, process_name, wait_until
from load import Load


@pytest.fixture
def versions(tmp_path: Path) -> list[Path]:
    """versions[1] is add_v1 and so on."""
    return [fake_version(tmp_path / f"models/add_v{number}") for number in range(5)]


def add(path: Path, more: str = "") -> str:
    return model("add", path, FAKE + more)


def reload_to(server: Server, *models: str) -> None:
    """A new configuration, and SIGHUP."""
    server.configure(*models)
    server.signal(signal.SIGHUP)


def wait_live(server: Server, version: str) -> None:
    wait_until(lambda: server.live("add") == version, f"{version} is live")


# ---- changes that succeed ------------------------------------------------------------------------------------------

def test_a_real_model_is_switched_by_sighup_under_load_and_nothing_is_lost(server):
    serving = server(model("add", SMALL_MODELS / "add_v1"), flags=("--watch-interval", "0"))
    with Load(serving, "add") as load:
        reload_to(serving, model("add", SMALL_MODELS / "add_v2"))
        load.wait_for(50, "v2")
        reload_to(serving, model("add", SMALL_MODELS / "add_v1"))
        load.wait_for(50, "v1")
    load.assert_lost_nothing()
    assert load.answers["v1"] and load.answers["v2"]


def test_a_request_in_flight_at_a_switch_is_answered_by_the_version_it_began_on(server, tmp_path, versions):
    slow = fake_version(tmp_path / "models/slow_v1", "delay_ms 500")
    serving = server(add(slow, f"versions {{ path: '{versions[2]}' }}"))
    with Load(serving, "add", threads=2) as load:
        load.wait_for(1)
        wait_until(lambda: serving.version("add", "v1")["requests"]["in_flight"] > 0, "a request is in flight")
        assert serving.admin("POST", "/models/add/switch", {"version": "v2"})[0] == 200
        load.wait_for(20, "v2")
    load.assert_lost_nothing()
    assert serving.version("add", "v1")["requests"]["in_flight"] == 0


def test_a_version_loads_at_idle_priority_beside_a_live_one_and_serves_at_normal(server, tmp_path, versions):
    slow = fake_version(tmp_path / "models/slow_v3", "load_ms 1000")
    serving = server(add(versions[1]))
    live = set(serving.worker_pids())

    def policies() -> set[int]:
        """Of all threads of the new version's worker."""
        return {os.sched_getscheduler(int(thread.name)) for pid in set(serving.worker_pids()) - live
                for thread in Path(f"/proc/{pid}/task").iterdir()}

    with ThreadPoolExecutor() as pool:
        loaded = pool.submit(serving.admin, "POST", "/models/add/versions", {"version": "v3", "path": str(slow)})
        wait_until(lambda: serving.version("add", "v3").get("state") == "LOADING", "v3 loads")
        while_loading = policies()
        assert loaded.result()[0] == 200
    if "may not return from a lower" in serving.log.read_text():
        pytest.skip("needs CAP_SYS_NICE or ulimit -e 20")
    assert while_loading == {os.SCHED_IDLE}
    wait_until(lambda: policies() == {os.SCHED_OTHER}, "v3's worker is at normal priority")
    assert {os.sched_getscheduler(pid) for pid in live} == {os.SCHED_OTHER}, "what is live was never in the background"


def test_a_version_that_a_reload_is_about_to_use_cannot_be_unloaded(server, tmp_path, versions):
    slow = fake_version(tmp_path / "models/slow_v1", "load_ms 3000")
    serving = server(add(versions[1]))
    assert serving.admin("POST", "/models/add/versions", {"path": str(versions[2])})[0] == 200
    loaded = len(serving.worker_pids())
    reload_to(serving, add(versions[2]), model("slow", slow, FAKE))
    wait_until(lambda: len(serving.worker_pids()) > loaded, "the second model loads")
    status, answer = serving.admin("DELETE", "/models/add/versions/v2")
    assert status == 409 and "reload" in answer["error"]
    wait_live(serving, "v2")
    assert serving.infer("add", [x_tensor()])[0] == 200
    assert serving.admin("DELETE", "/models/add/versions/v1")[0] == 200, "it holds nothing after its end"


def test_a_reload_is_refused_when_what_it_makes_live_has_gone_down_meanwhile(server, tmp_path, versions):
    slow = fake_version(tmp_path / "models/slow_v1", "load_ms 3000")
    serving = server(add(versions[1]), flags=("--watch-interval", "0"))
    assert serving.admin("POST", "/models/add/versions", {"path": str(versions[2])})[0] == 200
    loaded = len(serving.worker_pids())
    reload_to(serving, add(versions[2]), model("slow", slow, FAKE))
    wait_until(lambda: len(serving.worker_pids()) > loaded, "the second model loads")
    fake_version(versions[2], "bias 50")  # so that its worker does not come back
    os.kill(serving.worker("add", "v2"), signal.SIGKILL)
    wait_until(lambda: serving.reload_state()["failures"] == 1, "the reload is refused")
    reason = serving.reload_state()["last_error"]
    assert "'add'" in reason and "v2" in reason and "RECOVERING" in reason and "nothing was changed" in reason
    assert serving.live("add") == "v1"
    assert serving.infer("add", [x_tensor()])[1]["x-model-version"] == "v1"
    assert serving.http("GET", "/v2/models/slow")[0] == 404, "the whole file was refused"


def test_a_changed_configuration_is_noticed_without_a_signal(server, versions):
    serving = server(add(versions[1]))
    with Load(serving, "add") as load:
        serving.configure(add(versions[2]))
        load.wait_for(20, "v2")
    load.assert_lost_nothing()
    assert serving.audit()[0]["actor"] == "config-watch"


def swap_config_map(folder: Path, name: str, text: str) -> None:
    """Kubernetes' dance for a mounted ConfigMap: a new dated folder, a new link, and the link renamed over ..data."""
    dated = folder / f"..2024_{name}"
    dated.mkdir()
    (dated / "model_config.prototxt").write_text(text)
    link = folder / "..data_tmp"
    link.symlink_to(dated.name)
    link.rename(folder / "..data")
    for old in folder.glob("..2024_*"):
        if old != dated:
            (old / "model_config.prototxt").unlink()
            old.rmdir()


def test_a_config_map_that_kubernetes_swaps_is_noticed(server, versions):
    serving = server.make()
    folder = serving.config.parent
    for name, version in (("first", versions[1]), ("second", versions[2])):
        text = "model_config_list {\n" + add(version) + "}\n"
        swap_config_map(folder, name, text)
        if name == "first":
            serving.config.symlink_to("..data/model_config.prototxt")
            serving.start()
            assert serving.live("add") == "v1"
    with Load(serving, "add") as load:
        load.wait_for(20, "v2")
    load.assert_lost_nothing()
    assert os.readlink(serving.config) == "..data/model_config.prototxt"


def test_two_hundred_reloads_in_a_row_lose_nothing(server, versions):
    serving = server(add(versions[1]), flags=("--watch-interval", "0"))
    with Load(serving, "add") as load:
        for number in range(200):
            reload_to(serving, add(versions[1 + number % 2]))
        serving.configure(add(versions[3]))
        serving.signal(signal.SIGHUP)
        load.wait_for(50, "v3")
    load.assert_lost_nothing()
    assert serving.reload_state()["failures"] == 0
    wait_until(lambda: len(serving.worker_pids()) <= 2, "only as many workers as keep_loaded are left")


def test_the_last_of_a_storm_of_changes_is_what_is_live_in_the_end(server, versions):
    serving = server(add(versions[1]))
    for number in (2, 3, 1, 4, 2):
        reload_to(serving, add(versions[number]))
    wait_live(serving, "v2")
    assert serving.infer("add", [x_tensor()])[1]["x-model-version"] == "v2"


# ---- changes beside requests that do not end ------------------------------------------------------------------------

FOREVER = 600_000  # milliseconds: longer than any test
PATIENT = FAKE + f"request_timeout_ms: {FOREVER} hang_timeout_ms: {FOREVER} "


def in_flight(serving: Server, name: str, version: str) -> int:
    return serving.version(name, version)["requests"]["in_flight"]


def ask_in_vain(serving: Server, name: str) -> threading.Thread:
    """Stops the worker of v1; a request to it is in flight on return, and stays so."""
    def ask() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):  # the end of the test cuts it off
            serving.infer(name, [x_tensor()])
    os.kill(serving.worker(name, "v1"), signal.SIGSTOP)
    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: in_flight(serving, name, "v1") == 1, "the request is in flight")
    return asking


def test_a_request_that_hangs_on_one_model_delays_no_change_of_another(server, tmp_path, versions):
    stuck = model("stuck", fake_version(tmp_path / "models/stuck_v1"), PATIENT)
    serving = server(stuck, add(versions[1]), flags=("--watch-interval", "0"))
    asking = ask_in_vain(serving, "stuck")
    assert serving.admin("POST", "/models/add/versions", {"path": str(versions[2])})[0] == 200
    assert serving.admin("POST", "/models/add/switch", {"version": "v2"})[0] == 200
    assert serving.infer("add", [x_tensor()])[1]["x-model-version"] == "v2"
    assert serving.admin("DELETE", "/models/add/versions/v1")[0] == 200
    assert serving.version("add", "v1") == {}
    serving.configure(stuck, add(versions[3]))
    assert serving.cli("reload").returncode == 0 and serving.live("add") == "v3"
    assert in_flight(serving, "stuck", "v1") == 1, "all that was while the request was out"
    serving.kill()
    asking.join()


def test_each_drain_has_a_deadline_of_its_own(server, tmp_path, versions):
    def stuck(name: str, drain_timeout_ms: int) -> str:
        folder = fake_version(tmp_path / f"models/{name}_v1")
        return model(name, folder, PATIENT + f"drain_timeout_ms: {drain_timeout_ms} versions {{ path: '{versions[2]}' }}")
    serving = server(stuck("patient", FOREVER), stuck("hasty", 200))
    asking = [ask_in_vain(serving, name) for name in ("patient", "hasty")]
    for name in ("patient", "hasty"):
        assert serving.admin("POST", f"/models/{name}/switch", {"version": "v2"})[0] == 200

    def unload_patiently() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            serving.admin("DELETE", "/models/patient/versions/v1")
    unloading = threading.Thread(target=unload_patiently)
    unloading.start()
    wait_until(lambda: serving.version("patient", "v1")["state"] == "DRAINING", "the patient one drains")
    assert serving.admin("DELETE", "/models/hasty/versions/v1")[0] == 200
    assert serving.version("hasty", "v1") == {}, "its deadline ended a drain whose request never would"
    asking[1].join()  # what it still had was run on v2
    assert serving.version("hasty", "v2")["requests"]["results"]["success"] == 1
    assert serving.version("patient", "v1")["state"] == "DRAINING" and in_flight(serving, "patient", "v1") == 1
    serving.kill()
    unloading.join()
    asking[0].join()


def test_a_version_that_still_loads_can_be_unloaded(server, tmp_path, versions):
    slow = fake_version(tmp_path / "models/slow_v3", f"load_ms {FOREVER}")
    serving = server(add(versions[1], f"load_timeout_ms: {FOREVER}"))
    with ThreadPoolExecutor() as pool:
        loading = pool.submit(serving.admin, "POST", "/models/add/versions", {"version": "v3", "path": str(slow)})
        wait_until(lambda: serving.version("add", "v3").get("state") == "LOADING", "v3 loads")
        assert serving.admin("DELETE", "/models/add/versions/v3")[0] == 200
        status, answer = loading.result()
    assert status >= 400 and "v3 was unloaded while it was loading" in answer["error"]
    assert serving.version("add", "v3") == {}
    wait_until(lambda: len(serving.worker_pids()) == 1, "its worker has ended")
    assert [entry["action"] for entry in serving.audit()[:2]].count("unload") == 1
    assert serving.infer("add", [x_tensor()])[0] == 200


# ---- changes that are refused --------------------------------------------------------------------------------------

def x_tensor() -> dict:
    return {"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [1.0] * 16}


def refused_reload(serving: Server, text: str) -> str:
    """Makes this the configuration, sends SIGHUP under load; the reason, after everything was found as it was."""
    generation, failures = (serving.reload_state()[key] for key in ("generation", "failures"))
    with Load(serving, "add") as load:
        serving.config.write_text(text)
        serving.signal(signal.SIGHUP)
        wait_until(lambda: serving.reload_state()["failures"] > failures, "the reload is refused")
        load.wait_for(20, "v1")
    load.assert_lost_nothing()
    state = serving.reload_state()
    assert state["generation"] == generation
    assert serving.metric("huidu_config_reload_failures_total") == state["failures"]
    entry = serving.audit()[0]
    assert entry["action"] == "reload" and not entry["result"].startswith("ok")
    assert state["last_error"] in entry["result"]
    logged = serving.log_lines("configuration refused, nothing was changed")
    assert any(state["last_error"] in line["reason"] for line in logged)
    return state["last_error"]


def configuration(*models: str) -> str:
    return "model_config_list {\n" + "".join(models) + "}\n"


@pytest.fixture
def serving(server, versions) -> Server:
    return server(add(versions[1]), flags=("--watch-interval", "0"))


def test_a_broken_configuration_changes_nothing_and_is_told_with_line_and_column(serving, versions):
    reason = refused_reload(serving, configuration(add(versions[2], "no_such_field: 3")))
    assert "no_such_field" in reason and f"{serving.config}:2:" in reason


def test_half_a_configuration_changes_nothing(serving, versions):
    assert str(serving.config) in refused_reload(serving, configuration(add(versions[2]))[:-15])


def test_a_missing_path_changes_nothing_and_is_named_with_line_and_column(serving, tmp_path):
    reason = refused_reload(serving, configuration(add(tmp_path / "nowhere_v2")))
    assert "/nowhere_v2" in reason and reason.startswith(f"{serving.config}:2:24: model 'add'")
    assert f"{serving.config}:2:24: model 'add'" in serving.cli("reload", "--dry-run").stderr
    assert f"{serving.config}:2:24: model 'add'" in serving.cli("status").stdout


@pytest.mark.parametrize("name", ["empty_v2", "latest"])
def test_a_folder_without_a_version_changes_nothing_and_is_told_with_line_and_column(serving, tmp_path, name):
    if name == "latest":
        fake_version(tmp_path / name, "bias 2")
    (tmp_path / name).mkdir(exist_ok=True)
    reason = refused_reload(serving, configuration(add(tmp_path / name)))
    assert reason.startswith(f"{serving.config}:2:24: model 'add'") and str(tmp_path / name) in reason
    command = [str(BINARIES / "huidu"), "validate", str(serving.config), "--check-models"]
    assert f"{serving.config}:2:24: model 'add'" in subprocess.run(command, capture_output=True, text=True).stderr


def test_a_duplicate_name_changes_nothing_and_is_named(serving, versions):
    assert "add" in refused_reload(serving, configuration(add(versions[2]), add(versions[3])))


def test_a_model_that_does_not_load_leaves_the_whole_file_as_it_was(serving, tmp_path, versions):
    broken = fake_version(tmp_path / "models/bad_v1", 'fail_load "weights are gone"')
    reason = refused_reload(serving, configuration(add(versions[2]), model("bad", broken, FAKE)))
    assert "weights are gone" in reason
    assert serving.live("add") == "v1"
    assert serving.http("GET", "/v2/models/bad")[0] == 404


def test_a_first_start_serves_the_rest_and_lists_what_is_broken_with_its_reason(server, tmp_path, versions):
    broken = fake_version(tmp_path / "models/bad_v1", 'fail_load "weights are gone"')
    serving = server(add(versions[1]), model("bad", broken, FAKE), model("gone", tmp_path / "gone_v1", FAKE),
                     flags=("--watch-interval", "0"))
    assert serving.infer("add", [x_tensor()])[0] == 200
    bad = serving.version("bad", "v1")
    assert bad["state"] == "FAILED" and "weights are gone" in bad["message"] and not bad["workers"]
    gone = serving.admin("GET", "/models/gone")[1]
    assert gone["live"] == "" and f"{serving.config}:4:" in gone["message"] and "huidu reload" in gone["message"]
    for name, reason in (("bad", "weights are gone"), ("gone", "gone_v1")):
        status, _, body = serving.http("GET", f"/v2/models/{name}/ready")
        assert status == 503 and reason in json.loads(body)["reason"]
        assert f"started without model '{name}'" in serving.audit()[0]["result"]
    assert serving.http("GET", "/v2/health/ready")[0] == 503, "every model's live version must answer"
    assert serving.http("GET", "/v2/models/add/ready")[0] == 200
    told = serving.cli("status").stdout
    assert "started without model 'bad'" in told and "refused" not in told and told.count("FAILED") == 2
    # Mended, it goes live with the next reload.
    fake_version(tmp_path / "models/bad_v1")
    fake_version(tmp_path / "gone_v1")
    assert serving.cli("reload").returncode == 0
    assert serving.live("bad") == "v1" and serving.live("gone") == "v1"
    assert serving.http("GET", "/v2/health/ready")[0] == 200
    told = serving.cli("status").stdout
    assert "started without" not in told and "FAILED" not in told


def test_a_corrupt_model_changes_nothing(serving, tmp_path):
    corrupt = tmp_path / "corrupt_v2"
    corrupt.mkdir()
    (corrupt / "model.onnx").write_bytes(os.urandom(5000))
    assert "corrupt_v2" in refused_reload(serving, configuration(model("add", corrupt)))


def test_a_dry_run_shows_the_difference_and_changes_nothing(serving, versions):
    serving.configure(add(versions[2]))
    done = serving.cli("reload", "--dry-run")
    assert done.returncode == 0
    assert "add" in done.stdout and "add_v2" in done.stdout
    assert serving.live("add") == "v1" and serving.reload_state()["generation"] == 1
    assert len(serving.worker_pids()) == 1


# ---- by the command line and the admin port ------------------------------------------------------------------------

def test_switching_to_a_version_that_is_not_loaded_fails_and_changes_nothing(serving):
    done = serving.cli("switch", "add", "v2")
    assert done.returncode == 1
    assert "v2" in done.stderr and "v1" in done.stderr, "names what was asked and what is loaded"
    assert serving.live("add") == "v1"


def test_the_live_version_is_not_unloaded(serving):
    status, answer = serving.admin("DELETE", "/models/add/versions/v1")
    assert status == 409 and "live" in answer["error"]
    assert serving.infer("add", [x_tensor()])[0] == 200


def test_a_version_is_loaded_switched_to_and_unloaded_by_the_command_line(serving, versions):
    with Load(serving, "add") as load:
        assert serving.cli("load", "add", str(versions[2])).returncode == 0
        assert serving.live("add") == "v1"
        assert serving.cli("switch", "add", "v2", "--reason", "reads better").returncode == 0
        load.wait_for(20, "v2")
        assert serving.cli("unload", "add", "v1").returncode == 0
    load.assert_lost_nothing()
    actions = [(entry["action"], entry["reason"]) for entry in serving.audit()]
    assert [action for action, _ in actions[:3]] == ["unload", "switch", "load"]
    assert actions[1][1] == "reads better"


def test_unloading_ends_the_worker_so_that_its_memory_is_back(serving, versions):
    assert serving.admin("POST", "/models/add/versions", {"path": str(versions[2])})[0] == 200
    worker = serving.worker("add", "v2")
    assert serving.admin("DELETE", "/models/add/versions/v2")[0] == 200
    wait_until(lambda: process_name(worker) != "huidu-worker", "the worker has ended")
    status, _, answer = serving.infer("add", [x_tensor()], "v2")
    assert status == 404 and "v1" in answer["error"]


def test_only_as_many_versions_stay_loaded_as_keep_loaded_says(server, versions):
    serving = server(add(versions[1], "keep_loaded: 2"))
    for number in (2, 3):
        serving.configure(add(versions[number], "keep_loaded: 2"))
        wait_live(serving, f"v{number}")
    wait_until(lambda: len(serving.worker_pids()) == 2, "v1 is unloaded")
    assert serving.version("add", "v2")["state"] == "READY"
    assert serving.cli("switch", "add", "v2").returncode == 0


def test_a_switch_by_hand_survives_a_reload_of_something_else(serving, versions, tmp_path):
    assert serving.admin("POST", "/models/add/versions", {"path": str(versions[2])})[0] == 200
    assert serving.admin("POST", "/models/add/switch", {"version": "v2"})[0] == 200
    reload_to(serving, add(versions[1]), model("other", fake_version(tmp_path / "models/other_v1"), FAKE))
    wait_until(lambda: serving.http("GET", "/v2/models/other/ready")[0] == 200, "the other model is ready")
    assert serving.live("add") == "v2"
