"""Whatever breaks on purpose: no request is lost, the error says what and where, and what was live stays live."""

import os
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.utils import InferenceServerException

from fake_model import FAKE, fake_version
from huidu_server import BINARIES, MODELS, SMALL_MODELS, Server, model, process_name, wait_until
from load import Load
from small_disk import small_disk


@pytest.fixture
def versions(tmp_path: Path) -> list[Path]:
    """versions[1] is add_v1 and so on."""
    return [fake_version(tmp_path / f"models/add_v{number}") for number in range(3)]


def x_tensor(value: float = 1.0) -> dict:
    return {"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [value] * 16}


def wait_for_restart(serving: Server, name: str, version: str, old: int) -> None:
    def restarted() -> bool:
        info = serving.version(name, version)
        return info["restarts"] > 0 and info["state"] == "READY" and [w["pid"] for w in info["workers"]] != [old]
    wait_until(restarted, f"{version} has a new worker")


# ---- processes that die or hang ------------------------------------------------------------------------------------

@pytest.mark.parametrize("other_version", [True, False], ids=["another version is loaded", "it is the only one"])
def test_a_killed_worker_loses_no_request(server, versions, other_version):
    more = f"versions {{ path: '{versions[2]}' }}" if other_version else ""
    serving = server(model("add", versions[1], FAKE + more))
    with Load(serving, "add") as load:
        old = serving.worker("add", "v1")
        os.kill(old, signal.SIGKILL)
        wait_for_restart(serving, "add", "v1", old)
        load.wait_for(20, "v1")
    load.assert_lost_nothing()
    assert process_name(old) == "", "no zombie"
    assert serving.metric("huidu_worker_restarts_total", model="add", model_version="v1") == 1


def test_a_worker_that_hangs_is_killed_and_loses_no_request(server, versions):
    serving = server(model("add", versions[1], FAKE + f"hang_timeout_ms: 500 versions {{ path: '{versions[2]}' }}"))
    with Load(serving, "add") as load:
        old = serving.worker("add", "v1")
        os.kill(old, signal.SIGSTOP)
        wait_for_restart(serving, "add", "v1", old)
        load.wait_for(20, "v1")
    load.assert_lost_nothing()
    assert process_name(old) == ""


def test_a_front_that_is_killed_leaves_no_worker_behind(server, versions):
    serving = server(model("add", versions[1], FAKE), model("other", versions[2], FAKE))
    assert len(serving.worker_pids()) == 2
    serving.kill()
    serving.assert_no_workers()
    serving.start()
    assert serving.infer("add", [x_tensor()])[0] == 200, "and it starts again on the same state folder"


def test_sigterm_answers_what_is_in_flight_before_the_server_ends(server, tmp_path):
    serving = server(model("add", fake_version(tmp_path / "add_v1", "delay_ms 1000"), FAKE))
    answers = []
    thread = threading.Thread(target=lambda: answers.append(serving.infer("add", [x_tensor()])[0]))
    thread.start()
    wait_until(lambda: serving.version("add", "v1")["requests"]["in_flight"], "the request is in flight")
    serving.stop()
    thread.join()
    assert answers == [200]


# ---- errors while a model runs -------------------------------------------------------------------------------------

@pytest.fixture
def ask_reshape(server):
    """Asks for 16 times `value` as rows x columns; status and answer. One instance, so that all meet the same graph."""
    serving = server(model("reshape", SMALL_MODELS / "reshape_v1", "instances: 1"))

    def ask(value: float, rows: int, columns: int) -> tuple[int, dict]:
        shape = {"name": "shape", "datatype": "INT64", "shape": [2], "data": [rows, columns]}
        status, _, answer = serving.infer("reshape", [x_tensor(value), shape])
        return status, answer

    yield ask
    assert serving.version("reshape", "v1")["restarts"] == 0


def test_an_operator_that_fails_is_an_error_to_its_own_request_only(ask_reshape):
    for value in range(1, 11):
        status, answer = ask_reshape(value, 4, 4)
        assert status == 200 and answer["outputs"][0]["data"] == [float(value)] * 16
        status, answer = ask_reshape(value, 5, 5)
        assert status == 500 and "Reshape" in answer["error"], "16 numbers are no 5 x 5"


def test_an_operator_that_failed_fails_again_for_the_same_input(ask_reshape):
    assert ask_reshape(1, 4, 4)[0] == 200
    assert [ask_reshape(2, 5, 5)[0] for _ in range(6)] == [500] * 6


# ---- model folders that are no good --------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def healthy(module_server, tmp_path_factory) -> Server:
    path = fake_version(tmp_path_factory.mktemp("models") / "add_v1")
    return module_server(model("add", path, FAKE), model("real", SMALL_MODELS / "add_v1"))


def refused_load(serving: Server, folder: Path, name: str = "real") -> str:
    """The reason why the folder is not loaded; asserts that what was live still is, and that nothing is left of it."""
    status, answer = serving.admin("POST", f"/models/{name}/versions", {"path": str(folder), "version": "v7"})
    assert 400 <= status < 600 and status != 404 or "no such" in answer["error"].lower(), (status, answer)
    for live in ("add", "real"):
        status, headers, body = serving.infer(live, [x_tensor()])
        assert status == 200 and headers["x-model-version"] == "v1", body
    assert serving.infer(name, [x_tensor()], "v7")[0] == 404
    entry = serving.audit()[0]
    assert entry["action"] == "load" and answer["error"] in entry["result"]
    wait_until(lambda: len(serving.worker_pids()) == 2, "the refused worker has ended")
    return answer["error"]


def copy(name: str, to: Path) -> Path:
    return shutil.copytree((SMALL_MODELS if (SMALL_MODELS / name).exists() else MODELS) / name, to)


def truncate(path: Path, keep: float) -> None:
    os.truncate(path, int(path.stat().st_size * keep))


def test_a_model_that_answers_nan_is_refused(healthy):
    assert "NaN" in refused_load(healthy, SMALL_MODELS / "nan_v1")


@pytest.mark.parametrize("name, file", [("ocr_v2", "inference.pdiparams"), ("lac_v1", "word_emb"),
                                        ("mlp_paddle3_v1", "inference.pdiparams"), ("mlp_ir_v1", "model.bin")])
def test_parameters_that_are_cut_off_are_refused_by_name(healthy, tmp_path, name, file):
    folder = copy(name, tmp_path / "cut_v7")
    truncate(folder / file, 0.7)
    assert file in refused_load(healthy, folder)


def test_a_program_that_is_cut_off_is_refused(healthy, tmp_path):
    folder = copy("ocr_v2", tmp_path / "cut_v7")
    truncate(folder / "inference.pdmodel", 0.5)
    assert "inference.pdmodel" in refused_load(healthy, folder)


def test_a_missing_parameter_is_named(healthy, tmp_path):
    folder = copy("lac_v1", tmp_path / "missing_v7")
    (folder / "gru_2.w_0").unlink()
    assert "gru_2.w_0" in refused_load(healthy, folder)


@pytest.mark.parametrize("files", [("model.onnx",), ("inference.pdmodel", "inference.pdiparams"),
                                   ("__model__", "__params__"), ("inference.json", "inference.pdiparams"),
                                   ("model.xml", "model.bin")], ids=lambda files: files[0])
def test_random_bytes_are_no_model(healthy, tmp_path, files):
    folder = tmp_path / "random_v7"
    folder.mkdir()
    for file in files:
        (folder / file).write_bytes(np.random.RandomState(5).bytes(4000))
    assert str(folder) in refused_load(healthy, folder)


def test_an_empty_folder_is_refused(healthy, tmp_path):
    (tmp_path / "empty_v7").mkdir()
    assert "empty_v7" in refused_load(healthy, tmp_path / "empty_v7")


def test_a_folder_that_is_not_there_is_refused(healthy, tmp_path):
    assert "nowhere_v7" in refused_load(healthy, tmp_path / "nowhere_v7")


def test_a_folder_in_place_of_the_model_file_is_refused(healthy, tmp_path):
    (tmp_path / "odd_v7/model.onnx").mkdir(parents=True)
    assert "odd_v7" in refused_load(healthy, tmp_path / "odd_v7")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads files whatever their mode is")
def test_a_file_that_may_not_be_read_is_refused(healthy, tmp_path):
    folder = copy("add_v2", tmp_path / "secret_v7")
    (folder / "model.onnx").chmod(0)
    assert "model.onnx" in refused_load(healthy, folder)


def test_a_model_that_crashes_its_engine_while_loading_is_refused(healthy, tmp_path):
    assert refused_load(healthy, fake_version(tmp_path / "crash_v7", "crash_on_load"), "add")


def test_an_engines_own_reason_reaches_the_operator(healthy, tmp_path):
    folder = fake_version(tmp_path / "fail_v7", 'fail_load "no weights for layer 3"')
    assert "no weights for layer 3" in refused_load(healthy, folder, "add")


def health(serving) -> dict:
    """What every kind of probe says: server and model over both protocols, and gRPC's own health service."""
    told = {}
    for protocol, clients in (("http", triton_http), ("grpc", triton_grpc)):
        with clients.InferenceServerClient(serving.address(protocol)) as client:
            assert client.is_server_live()
            told[protocol] = (client.is_server_ready(), client.is_model_ready("add"))
    with grpc.insecure_channel(serving.address("grpc")) as channel:
        status = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()).status
    return {**told, "probe": health_pb2.HealthCheckResponse.ServingStatus.Name(status)}


def test_a_dead_worker_is_not_replaced_by_one_with_other_files(server, tmp_path):
    folder = fake_version(tmp_path / "models/add_v1")
    serving = server(model("add", folder, FAKE), flags=("--watch-interval", "0"))
    good = (folder / "model.fake").read_text()
    (folder / "model.fake").write_text(good.replace("bias 1", "bias 50"))
    os.kill(serving.worker("add", "v1"), signal.SIGKILL)
    wait_until(lambda: "not those that were loaded" in serving.version("add", "v1")["message"], "the files are looked at")
    assert serving.version("add", "v1")["state"] == "RECOVERING"
    wait_until(lambda: serving.log_lines("worker is not restarted"), "the log says why")
    time.sleep(1)  # for more looks, after 0.2 and 0.4 s
    assert len(serving.log_lines("worker is not restarted")) == 1, "told once"
    assert serving.version("add", "v1")["restarts"] == 0, "no worker was started"
    status, _, answer = serving.infer("add", [x_tensor()])
    assert (status, "is not restarted" in str(answer)) == (503, True), "and no request waits for one until its deadline"
    assert health(serving) == {"http": (False, False), "grpc": (False, False), "probe": "NOT_SERVING"}
    (folder / "model.fake").write_text(good)
    wait_until(lambda: serving.version("add", "v1")["state"] == "READY", "the files are those that were loaded")
    assert health(serving) == {"http": (True, True), "grpc": (True, True), "probe": "SERVING"}
    assert serving.version("add", "v1")["restarts"] == 1
    answer = serving.infer("add", [x_tensor()])[2]
    assert answer["outputs"][0]["data"][0] == x_tensor()["data"][0] + 1


def test_a_reload_while_the_live_version_is_down_with_files_that_cannot_be_used_says_so(server, tmp_path, versions):
    folder = copy("add_v1", tmp_path / "models/real_v1")
    serving = server(model("real", folder), model("add", versions[1], FAKE), flags=("--watch-interval", "0"))
    good = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(good[:len(good) // 2])
    os.kill(serving.worker("real", "v1"), signal.SIGKILL)
    wait_until(lambda: serving.version("real", "v1")["state"] == "RECOVERING", "v1 is down")
    serving.configure(model("real", folder), model("add", versions[2], FAKE))
    done = serving.cli("reload")
    assert done.returncode == 0 and serving.live("add") == "v2", "another model's change is not kept out"
    result = serving.audit()[0]["result"]
    assert result.startswith("ok")
    for told in (done.stdout, result, serving.reload_state()["warning"], serving.cli("status").stdout):
        assert "model 'real': version v1 stays as it was loaded" in told and "model.onnx" in told, told
        assert "RECOVERING and down" in told
    (folder / "model.onnx").write_bytes(good)
    wait_until(lambda: serving.version("real", "v1")["state"] == "READY", "it is back")
    assert serving.cli("reload").returncode == 0
    assert serving.reload_state()["warning"] == "" and "stays as it was" not in serving.audit()[0]["result"]


def test_a_worker_that_is_down_beside_another_is_told_until_it_is_back(server, tmp_path):
    folder = fake_version(tmp_path / "models/add_v1")
    serving = server(model("add", folder, FAKE + "worker_instances: 2"), flags=("--watch-interval", "0"))
    good = (folder / "model.fake").read_text()
    (folder / "model.fake").write_text(good.replace("bias 1", "bias 50"))
    first, second = (worker["pid"] for worker in serving.version("add", "v1")["workers"])

    def message() -> str:
        return serving.version("add", "v1")["message"]
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: "1 of 2 workers are down" in message() and "not those that were loaded" in message(), "it says so")
    assert serving.version("add", "v1")["state"] == "READY" and serving.infer("add", [x_tensor()])[0] == 200
    os.kill(second, signal.SIGKILL)
    wait_until(lambda: "2 of 2 workers are down" in message(), "it says so of both")
    assert serving.version("add", "v1")["state"] == "RECOVERING"
    (folder / "model.fake").write_text(good)
    wait_until(lambda: len(serving.version("add", "v1")["workers"]) == 2 and message() == "", "nothing is left of it")
    assert serving.version("add", "v1")["state"] == "READY"


# ---- overload and deadlines ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def slow(module_server, tmp_path_factory) -> Server:
    """Two seconds a request, one at a time, one in the house."""
    path = fake_version(tmp_path_factory.mktemp("models") / "slow_v0", "delay_ms 2000")
    return module_server(model("slow", path, FAKE + "max_queue: 1 instances: 1"))


def test_overload_is_refused_early_and_says_when_to_come_again(slow):
    first = []
    thread = threading.Thread(target=lambda: first.append(slow.infer("slow", [x_tensor()])[0]))
    thread.start()
    wait_until(lambda: slow.version("slow", "v0")["requests"]["in_flight"], "the first is in flight")
    status, headers, answer = slow.infer("slow", [x_tensor()])
    thread.join()
    assert first == [200]
    assert status == 429 and int(headers["Retry-After"]) >= 1
    assert "slow" in answer["error"]


def test_a_deadline_in_the_request_is_kept(slow):
    wait_until(lambda: not slow.version("slow", "v0")["requests"]["at_workers"], "the worker has no late one")
    status, _, answer = slow.infer("slow", [x_tensor()], parameters={"timeout": 50_000})  # microseconds
    assert status == 504 and answer["error"]


def test_a_deadline_of_the_grpc_client_is_kept(slow):
    tensor = triton_grpc.InferInput("x", [1, 16], "FP32")
    tensor.set_data_from_numpy(np.ones((1, 16), np.float32))
    with triton_grpc.InferenceServerClient(slow.address("grpc")) as client:
        for limit in ({"client_timeout": 0.1}, {"timeout": 50_000}):
            wait_until(lambda: not slow.version("slow", "v0")["requests"]["at_workers"], "the worker has no late one")
            with pytest.raises(InferenceServerException) as error:
                client.infer("slow", [tensor], **limit)
            assert error.value.status() == "StatusCode.DEADLINE_EXCEEDED"


# ---- the house around it -------------------------------------------------------------------------------------------

def test_a_server_that_is_ended_while_its_first_version_loads_does_not_wait_for_it(server, tmp_path):
    good = fake_version(tmp_path / "models/good_v1")
    stuck = fake_version(tmp_path / "models/stuck_v1", "load_ms 600000")
    serving = server(model("add", good, FAKE))
    serving.kill()
    assert (serving.state / "endpoints.json").exists()
    serving.configure(model("add", stuck, FAKE + "load_timeout_ms: 600000"))
    serving.launch()
    wait_until(serving.worker_pids, "a worker loads")
    assert not (serving.state / "endpoints.json").exists(), "nobody is to take the killed server's ports for this one's"
    serving.stop()  # within seconds, with exit status 0, and no worker left
    assert serving.log.read_text().count('"ready"') == 1


def test_files_are_checked_in_a_process_that_can_read_nothing_else(tmp_path):
    folder = fake_version(tmp_path / "models/add_v1")
    shared = tmp_path / "shared.fake"
    (folder / "model.fake").rename(shared)
    (folder / "model.fake").symlink_to("../../shared.fake")

    def inspect(path: Path, *flags: str) -> subprocess.CompletedProcess:
        return subprocess.run([BINARIES / "huidu", "inspect", path, "--json", *flags], capture_output=True, text=True)
    alone = inspect(folder, "--sandbox")
    assert alone.returncode == 0 and alone.stdout == inspect(folder).stdout, "links are followed"
    for name in ("ocr_v2", "lac_v1", "ocr_text_v2"):  # the last one with a task and parts
        alone = inspect(MODELS / name, "--sandbox")
        assert alone.returncode == 0 and alone.stdout == inspect(MODELS / name).stdout, alone.stderr


def test_after_a_server_has_ended_its_endpoints_are_gone(server, tmp_path):
    serving = server(model("add", fake_version(tmp_path / "models/add_v1"), FAKE))
    serving.stop()
    assert not (serving.state / "endpoints.json").exists()


def test_a_worker_has_no_way_to_more_rights_and_holds_only_its_own_descriptors(healthy):
    worker = healthy.worker("real", "v1")
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{worker}/status").read_text().splitlines()
                  if ":\t" in line)
    assert status["NoNewPrivs"].strip() == "1"
    ports = {f"{port:04X}" for name, port in healthy.ports.items() if name != "pid"}
    listening = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
                 if line.split()[1].rpartition(":")[2] in ports}
    held = [os.readlink(link) for link in Path(f"/proc/{worker}/fd").iterdir()]
    assert listening, "the server's sockets were found"
    assert not [target for target in held if target.removeprefix("socket:[").rstrip("]") in listening]
    models = str(SMALL_MODELS)
    for link in Path(f"/proc/{worker}/fd").iterdir():
        if os.readlink(link).startswith(models):
            flags = Path(f"/proc/{worker}/fdinfo/{link.name}").read_text().split("flags:")[1].split()[0]
            assert int(flags, 8) & os.O_ACCMODE == os.O_RDONLY


@pytest.mark.parametrize("flag", ["--http-port", "--grpc-port", "--admin-port"])
def test_a_port_in_use_ends_the_start_with_its_number(server, versions, flag):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        serving = server.make()
        serving.configure(model("add", versions[1], FAKE))
        done = serving.start_in_vain(flag, port)
    assert done.returncode == 1
    assert port in done.stderr


def test_a_configuration_with_a_fault_ends_the_start_with_the_place(server, versions):
    serving = server.make()
    serving.configure(model("add", versions[1], FAKE + "nonsense: 1"))
    done = serving.start_in_vain()
    assert done.returncode == 1
    assert f"{serving.config}:2:" in done.stderr and "nonsense" in done.stderr


def test_a_full_disk_under_the_state_folder_does_not_stop_the_server(server, versions):
    serving = server.make()
    with small_disk(serving.state, "256k"):
        serving.configure(model("add", versions[1], FAKE + f"versions {{ path: '{versions[2]}' }}"))
        serving.start()
        with pytest.raises(OSError), (serving.state / "filler").open("wb", buffering=0) as filler:
            while filler.write(struct.pack("4096x")):
                pass
        for version in ("v2", "v1", "v2"):
            assert serving.admin("POST", "/models/add/switch", {"version": version})[0] == 200
            assert serving.infer("add", [x_tensor()])[1]["x-model-version"] == version
        serving.stop()
