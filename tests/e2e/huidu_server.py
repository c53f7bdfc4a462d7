"""A real `huidu serve` on free ports, and what its ports, its log and its processes say."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARIES = ROOT / "build/release/bin"
MODELS = ROOT / "build/models"
SMALL_MODELS = ROOT / "build/models-small"
PATIENCE = 120.0  # seconds; how long a condition may need on a busy machine before the test fails


def wait_until(condition: Callable, what: str, seconds: float = PATIENCE):
    """The first true value of `condition`, which is asked again and again."""
    limit = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > limit:
            raise AssertionError(f"not after {seconds:.0f} s: {what}")
        time.sleep(0.02)


def model(name: str, base_path: Path, more: str = "") -> str:
    """One model's entry of a model_config.prototxt."""
    return f"  config {{ name: '{name}' base_path: '{base_path}' {more} }}\n"


def replace_file(path: Path, text: str) -> None:
    """As an editor does it: the server never sees half of the file."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.replace(path)


def process_name(pid: int) -> str:
    """Empty when there is no such process, or it has ended and waits for its parent."""
    try:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return ""
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().rpartition("/")[2]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Server:
    """One server in a folder of its own. `start` returns when it is ready, `stop` asserts that it went in peace."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.state = folder / "state"
        self.log = folder / "server.log"
        self.config = folder / "config/model_config.prototxt"
        self.state.mkdir(parents=True)
        self.config.parent.mkdir()
        self.ports: dict = {}
        self.process: subprocess.Popen | None = None
        self.seen_workers: set[int] = set()

    # ---- its life --------------------------------------------------------------------------------------------------

    def configure(self, *models: str) -> None:
        replace_file(self.config, "model_config_list {\n" + "".join(models) + "}\n")

    def command(self, *flags: str) -> list[str]:
        return [str(BINARIES / "huidu"), "serve", "--model-config", str(self.config), "--state-dir", str(self.state),
                *flags]

    def environment(self) -> dict[str, str]:
        """What every server here has; as variables, so that a test's own flags may say otherwise."""
        ports = {f"HUIDU_{port}_PORT": "0" for port in ("HTTP", "GRPC", "ADMIN")}
        return {**os.environ, **ports, "HUIDU_HOST": "127.0.0.1", "HUIDU_WATCH_INTERVAL": "100"}

    def launch(self, *flags: str) -> None:
        """Does not wait: nothing is loaded on return."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command(*flags), env=self.environment(), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def start(self, *flags: str) -> "Server":
        self.launch(*flags)
        self.ports = wait_until(self._read_endpoints, "endpoints.json is written")
        return self

    def start_in_vain(self, *flags: str) -> subprocess.CompletedProcess:
        """For a start that must fail: how it ended and what it said."""
        return subprocess.run(self.command(*flags), env=self.environment(), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)

    def _read_endpoints(self) -> dict | None:
        assert self.process.poll() is None, f"the server ended with {self.process.returncode}:\n{self.log_tail()}"
        try:
            ports = json.loads((self.state / "endpoints.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return ports if ports["pid"] == self.pid else None

    def stop(self) -> None:
        """SIGTERM, and then: exit status 0, no worker left."""
        self.worker_pids()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(PATIENCE)
        assert status == 0, f"exit status {status} after SIGTERM:\n{self.log_tail()}"
        self.assert_no_workers()

    def kill(self) -> None:
        """SIGKILL, as the kernel does it when memory is short."""
        self.worker_pids()
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """Whatever happened: nothing of it runs on. For the clean-up of tests that failed."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for pid in self.seen_workers:
            if process_name(pid) == "huidu-worker":
                os.kill(pid, signal.SIGKILL)

    # ---- its ports -------------------------------------------------------------------------------------------------

    def address(self, port: str) -> str:
        return f"127.0.0.1:{self.ports[port]}"

    def http(self, method: str, path: str, body=None, headers: dict | None = None, port: str = "http"):
        """(status, headers, body); `body` is bytes or becomes JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://{self.address(port)}{path}", data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def admin(self, method: str, path: str, body=None) -> tuple[int, dict]:
        """(status, the answer's JSON) of /admin/v1{path}."""
        status, _, text = self.http(method, "/admin/v1" + path, body, port="admin")
        return status, json.loads(text)

    def infer(self, name: str, tensors: list[dict], version: str = "", **more):
        """(status, headers, JSON) of one JSON inference."""
        path = f"/v2/models/{name}" + (f"/versions/{version}" if version else "") + "/infer"
        status, headers, text = self.http("POST", path, {"inputs": tensors, **more})
        return status, headers, json.loads(text)

    def cli(self, *arguments: str) -> subprocess.CompletedProcess:
        """A client subcommand; the URL goes behind the subcommand's name."""
        command = [str(BINARIES / "huidu"), arguments[0], "--admin", f"http://{self.address('admin')}"]
        return subprocess.run([*command, *arguments[1:]], capture_output=True, text=True, timeout=PATIENCE)

    # ---- what it says ----------------------------------------------------------------------------------------------

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def log_lines(self, message: str = "") -> list[dict]:
        """The lines of its log, which must all be JSON; only those with this `msg` if it is given."""
        whole = self.log.read_text().rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines()]
        return [line for line in lines if not message or line["msg"] == message]

    def version(self, name: str, version: str) -> dict:
        """What the admin port says of a version; empty if it is not known."""
        versions = self.admin("GET", f"/models/{name}")[1].get("versions", [])
        return next((info for info in versions if info["version"] == version), {})

    def live(self, name: str) -> str:
        return self.admin("GET", f"/models/{name}")[1]["live"]

    def reload_state(self) -> dict:
        """generation, failures, last_error."""
        return self.admin("GET", "/status")[1]["reload"]

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the metric's lines that carry these labels."""
        _, _, text = self.http("GET", "/metrics", port="admin")
        total, found = 0.0, False
        for line in text.decode().splitlines():
            key, _, value = line.rpartition(" ")
            if key.partition("{")[0] == name and all(f'{k}="{v}"' in key for k, v in labels.items()):
                total, found = total + float(value), True
        assert found, f"/metrics has no {name} {labels}"
        return total

    def audit(self) -> list[dict]:
        """Newest first."""
        return self.admin("GET", "/audit")[1]["entries"]

    # ---- its processes ---------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def worker_pids(self) -> list[int]:
        """The front's children."""
        children = [int(pid) for task in Path(f"/proc/{self.pid}/task").glob("*/children")
                    for pid in task.read_text().split()]
        workers = sorted(pid for pid in children if process_name(pid) == "huidu-worker")
        self.seen_workers.update(workers)
        return workers

    def worker(self, name: str, version: str) -> int:
        """The process that hosts a version."""
        pid = self.version(name, version)["workers"][0]["pid"]
        self.seen_workers.add(pid)
        return pid

    def assert_no_workers(self) -> None:
        def gone() -> bool:
            return not any(process_name(pid) == "huidu-worker" for pid in self.seen_workers)
        wait_until(gone, "all workers have ended")
