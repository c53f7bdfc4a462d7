"""The measurements. Each takes the context and gives the rows of one section of the table."""

import json
import os
import shutil
import signal
import statistics
import subprocess
import time

from .context import OCR_TENSOR, TRIVIAL_TENSOR, Context
from .load import LoadError, Run, quantile_ms
from .process import MIB, usage
from .server import Server, ServerError
from .table import Row, at_least, at_most, exactly, figure
from .tasks import pages, sentences

SECOND = 1_000_000_000


def failed(runs: list[Run]) -> int:
    return sum(run.report["failed"] for run in runs)


def median(values) -> float:
    return statistics.median(list(values))


def recognition(context: Context) -> list[Row]:
    """PP-OCRv4 recognition: the engine alone against the same engine behind the server, in turns, so that what else the
    machine does falls on both."""
    folder = context.model("ocr_v2")
    rows: list[Row] = []
    with context.server(context.ocr_config()) as server:
        for connections in context.scale.connections:
            alone_runs, served_runs = [], []
            times = {"seconds": context.scale.seconds, "warmup": context.scale.warmup}
            alone = context.generator.engine_command(
                "openvino", folder / "inference.pdmodel", folder / "inference.pdiparams", OCR_TENSOR,
                instances=min(8, context.cpus), callers=connections, **times)
            served = context.generator.command(
                "http", server.address("http"), "ocr_service", OCR_TENSOR, connections=connections, **times)
            turns = [(alone, alone_runs), (served, served_runs)]
            for _ in range(context.scale.rounds):
                for command, runs in turns:
                    runs.append(context.generator.run(command))
                turns.reverse()  # neither is always the first
            rows += _compare(connections, alone_runs, served_runs)
    return rows + [_tensor_alone(context)]


def _tensor_alone(context: Context) -> Row:
    """What the same tensor costs without the model, whose answer is 1 MiB."""
    with context.server(context.picture_config()) as server:
        command = context.generator.command("http", server.address("http"), "picture", "head:FP32:1,16", connections=1,
                                            seconds=context.scale.seconds, warmup=context.scale.warmup)
        run = context.generator.run([*command, "--input", OCR_TENSOR])
    if failed([run]):
        return exactly("the tensor alone: failed requests", failed([run]), 0)
    return figure("1 connection: p50 of this tensor alone, ms",
                  f"{run.ms('p50'):.2f}  (64 bytes out, no computing)")


def _compare(connections: int, alone: list[Run], served: list[Run]) -> list[Row]:
    ratio = median(b.rate / a.rate for a, b in zip(alone, served))
    added50 = median(b.ms("p50") - a.ms("p50") for a, b in zip(alone, served))
    added99 = median(b.ms("p99") - a.ms("p99") for a, b in zip(alone, served))
    rates = f"  ({median(b.rate for b in served):.1f}/s of {median(a.rate for a in alone):.1f}/s)"
    times = f"  (on {median(a.ms('p50') for a in alone):.1f} ms)"
    at = f"{connections} connection{'s' if connections > 1 else ''}"
    if connections == 1:  # the engine is idle while an answer travels: what is added shows in the latency
        rows = [figure(f"{at}: throughput of the engine's own", f"{ratio:.2f}{rates}")]
    else:
        rows = [at_least(f"{at}: throughput of the engine's own", ratio, 0.95, note=rates)]
    if connections <= 2:
        rows.append(at_most(f"{at}: added p50, ms", added50, 0.5, note=times))
    else:  # requests queue for the engine on either side
        rows.append(figure(f"{at}: added p50, ms", f"{added50:.2f}{times}"))
    rows.append(figure(f"{at}: added p99, ms", f"{added99:.2f}  (on {median(a.ms('p99') for a in alone):.1f} ms)"))
    if failed(alone + served):
        rows.append(exactly(f"{at}: failed requests", failed(alone + served), 0))
    return rows


def trivial(context: Context) -> list[Row]:
    """The server's own limit: 64 bytes in, 64 bytes out, and nothing to compute."""
    rows: list[Row] = []
    with context.server(context.trivial_config()) as server:
        for protocol, wanted_rate, wanted_p50 in (("http", 20_000, 0.18), ("grpc", 9_000, 0.28)):
            name = {"http": "HTTP binary", "grpc": "gRPC"}[protocol]
            many, one = (
                [context.generator.run(context.generator.command(
                    protocol, server.address(protocol), "trivial", TRIVIAL_TENSOR, connections=connections,
                    seconds=context.scale.seconds, warmup=context.scale.warmup)) for _ in range(context.scale.rounds)]
                for connections in (16, 1))
            rows.append(at_least(f"{name}, 16 connections: requests/s", median(r.rate for r in many), wanted_rate,
                                 "{:,.0f}"))
            rows.append(figure("  p50, p99, p99.9, ms", _quantiles(many)))
            rows.append(at_most(f"{name}, 1 connection: p50, ms", median(r.ms("p50") for r in one), wanted_p50,
                                "{:.3f}"))
            rows.append(figure("  p50, p99, p99.9, ms", _quantiles(one)))
            rows.append(exactly(f"{name}: failed requests", failed(many + one), 0,
                                f" of {sum(r.report['requests'] for r in many + one):,}"))
    return rows


def _quantiles(runs: list[Run]) -> str:
    return "  ".join(f"{median(r.ms(q) for r in runs):.3f}" for q in ("p50", "p99", "p999"))


def switching(context: Context) -> list[Row]:
    """Orders to switch between two loaded versions while requests come at a steady pace, and while they come as fast as
    they are answered."""
    rows: list[Row] = []
    with context.server(context.trivial_config()) as server:
        for name, flags in (("steady 5,000/s", {"rate": 5000}), ("16 connections, no pause", {})):
            # 2.5 s apart: the second before and the second after an order belong to no other.
            every = 2.5 if context.scale.seconds > 1 else 0.1
            run = context.generator.run(context.generator.command(
                "http", server.address("http"), "trivial", TRIVIAL_TENSOR, connections=16, warmup=context.scale.warmup,
                **_length(context, flags), **flags, switch_admin=server.address("admin"), switch_to="v2,v1",
                switch_every=every), samples=True)
            rows += _describe_switches(name, run, wanted_ms=1.0 if "rate" in flags else None)
        rows.append(figure("the server's own time for a switch, median", _audited_time(server)))
    return rows


def _audited_time(server: Server) -> str:
    """The audit's result of a switch is "ok in 0.123 ms"."""
    entries = server.admin("GET", "/audit?model=trivial&limit=100").get("entries", [])
    times = [float(entry["result"].split()[2]) for entry in entries
             if entry["action"] == "switch" and entry["result"].startswith("ok in ")]
    return f"{median(times):.3f} ms" if times else "not in the audit"


def _length(context: Context, flags: dict) -> dict:
    """Long enough for the wanted number of requests, and for a dozen switches."""
    if "rate" in flags:
        return {"seconds": max(context.scale.switch_requests / flags["rate"] * 1.05, 5 * context.scale.seconds)}
    return {"seconds": 5 * context.scale.seconds}


def _describe_switches(name: str, run: Run, wanted_ms: float | None) -> list[Row]:
    orders = [order for order in run.report["switches"] if order["first_answer_ms"] is not None]
    first = sorted(order["first_answer_ms"] for order in orders)
    refused = sum(order["status"] != 200 for order in run.report["switches"])
    before, after = [], []
    for order in orders:
        at = order["ordered_ns"]
        before += run.samples.between(at - SECOND, at)
        after += run.samples.between(at, at + SECOND)
    title = f"{name}: order to first answer, median, ms"
    # Where the server is kept full, the first answer has a queue of requests before it: that is not the switch's time.
    typical = median(first)
    median_row = figure(title, f"{typical:.2f}") if wanted_ms is None else at_most(title, typical, wanted_ms)
    p99 = f"{quantile_ms(after, 0.99):.2f} ms  ({quantile_ms(before, 0.99):.2f} ms before)"
    return [
        exactly(f"{name}: failed requests", run.report["failed"] + refused, 0,
                f" of {run.report['requests']:,} in {len(orders)} switches"),
        median_row,
        figure(f"{name}: order to first answer, slowest, ms", f"{first[-1]:.2f}"),
        figure(f"{name}: p99 in the second after the order", p99),
    ]


def loading(context: Context) -> list[Row]:
    """Latency of the live version while another one is loaded and warmed beside it: PP-OCRv3 beside PP-OCRv4, and
    PP-OCRv4 beside the trivial model."""
    rows: list[Row] = []
    for title, config, tensor, other, pace in (
            ("PP-OCRv4, half its limit", context.ocr_config(), OCR_TENSOR, "ocr_v1", {"rate": 20 * context.cpus}),
            ("trivial model, 2,000/s", context.trivial_config(), TRIVIAL_TENSOR, "ocr_v2", {"rate": 2000})):
        with context.server(config) as server:
            rows.append(_load_beside(context, server, title, config["name"], tensor, other, pace))
    return rows


def _load_beside(context: Context, server: Server, title: str, model: str, tensor: str, other: str,
                 pace: dict) -> Row:
    windows = []  # of loading
    command = context.generator.command("http", server.address("http"), model, tensor, connections=32,
                                        seconds=3600, warmup=0, **pace)
    with context.generator.start(command, samples=True) as load:
        time.sleep(context.scale.warmup)
        for _ in range(context.scale.load_cycles):
            time.sleep(context.scale.quiet_seconds)
            begin = time.monotonic_ns()
            server.load(model, "v9", context.model(other))
            windows.append((begin, time.monotonic_ns()))
            server.unload(model, "v9")
            time.sleep(0.5)  # the unload is not part of the next quiet time
        run = load.stop()
    quiet_ns = int(context.scale.quiet_seconds * SECOND)
    before = [ns for begin, _ in windows for ns in run.samples.between(begin - quiet_ns, begin)]
    during = [ns for begin, end in windows for ns in run.samples.between(begin, end)]
    p99_before, p99_during = quantile_ms(before, 0.99), quantile_ms(during, 0.99)
    seconds = median((end - begin) / SECOND for begin, end in windows)
    note = f"  ({p99_during:.2f} / {p99_before:.2f} ms; loading takes {seconds:.1f} s, {len(during)} answers)"
    return at_most(f"{title}: p99 while another loads / before", p99_during / p99_before, 1.5, note=note)


# Of the rollouts below: one stage that does not end by itself.
HALF = {"candidate": "v2", "sampling_period": "1s", "default_rules": True,
        "stages": [{"kind": "share", "share_percent": 50, "min_duration": "1h"}]}


def taking_out(context: Context) -> list[Row]:
    """From a candidate's first failed answer to all traffic back at stable, on a real model under 1,000 requests/s."""
    rows: list[Row] = []
    for title, faults, wanted_ms in (("every answer is an error", {"error": {}}, 50), ("the worker dies", None, 20)):
        times, asked, lost = [], [], 0
        for _ in range(context.scale.rounds):
            took, requests, failures = _take_out(context, faults)
            times.append(took)
            asked.append(requests)
            lost += failures
        rows.append(at_most(f"{title}: first failure to traffic at stable, ms", max(times), wanted_ms))
        rows.append(at_most(f"{title}: requests that the candidate failed at", max(asked), 10, "{:.0f}"))
        rows.append(exactly(f"{title}: failed requests", lost, 0))
    return rows


def _take_out(context: Context, faults: dict | None) -> tuple[float, int, int]:
    """(milliseconds, requests that the candidate failed at, requests that failed for users)"""
    folder = context.scratch / f"rollout-{context.servers}"
    for version in ("add_v1", "add_v2"):
        shutil.copytree(context.root / "build/models-small" / version, folder / version)
    config = {"name": "add", "base_path": str(folder / "add_v1"), "versions": [str(folder / "add_v2")]}
    with context.server(config) as server:
        command = context.generator.command("http", server.address("http"), "add", TRIVIAL_TENSOR, connections=16,
                                            seconds=3600, warmup=0, rate=1000)
        with context.generator.start(command) as load:
            server.admin("POST", "/models/add/rollout", HALF)
            time.sleep(1)
            if faults is None:
                os.kill(server.worker_pid("add", "v2"), signal.SIGKILL)
            else:
                (folder / "add_v2/faults.json.new").write_text(json.dumps(faults))
                (folder / "add_v2/faults.json.new").rename(folder / "add_v2/faults.json")
            entry = _wait_for_entry(server, "rollout-rolled_back")
            run = load.stop()
        stats = json.loads(server.get("/v2/models/add/versions/v2/stats"))["model_stats"][0]
    took = float(entry["result"].split()[1])
    return took, stats["inference_stats"]["fail"]["count"], run.report["failed"]


def _wait_for_entry(server: Server, action: str) -> dict:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        for entry in server.admin("GET", "/audit?model=add&limit=20")["entries"]:
            if entry["action"] == action:
                return entry
        time.sleep(0.05)
    raise ServerError(f"no {action} after 60 s")


def soak(context: Context) -> list[Row]:
    """A day's worth of requests, and what the processes hold before and after."""
    with context.server(context.trivial_config()) as server:
        def drive(requests: int) -> list[Run]:
            return [context.generator.run(context.generator.command(
                protocol, server.address(protocol), "trivial", TRIVIAL_TENSOR, connections=16, requests=count))
                for protocol, count in (("http", requests * 4 // 5), ("grpc", requests // 5))]

        runs = drive(context.scale.soak_requests // 10)  # until every buffer has its size
        pids = {"front": server.process.pid} | {f"worker {i + 1}": pid for i, pid in enumerate(server.worker_pids())}
        before = {name: usage(pid) for name, pid in pids.items()}
        runs += drive(context.scale.soak_requests)
        time.sleep(1)  # closed connections are gone
        after = {name: usage(pid) for name, pid in pids.items()}
    rows = [exactly("failed requests", failed(runs), 0, f" of {sum(run.report['requests'] for run in runs):,}"),
            at_most("front: resident memory after it, MiB", after["front"].resident / MIB, 60, "{:.1f}",
                    f"  ({after['front'].shared_tensors / MIB:.1f} of it shared with workers)")]
    for name in pids:
        growth = (after[name].resident - before[name].resident) / MIB
        rows.append(at_most(f"{name}: memory growth, MiB", growth, 1.0,
                            note=f"  ({before[name].resident / MIB:.1f} to {after[name].resident / MIB:.1f})"))
        rows.append(exactly(f"{name}: descriptors more than before",
                            max(0, after[name].descriptors - before[name].descriptors), 0,
                            f"  ({after[name].descriptors} open)"))
    return rows


def keeping_samples(context: Context) -> list[Row]:
    """What it costs users that one request in a hundred is to be kept, and as many are written as a minute may have: the
    same model with and without, in turns."""
    plain = context.trivial_config()
    kept = plain | {"name": "kept", "samples": {"reasons": "RANDOM", "random_share": 0.01, "quota_mb": 64}}
    runs: dict[str, list[Run]] = {"trivial": [], "kept": []}
    with context.server(plain, kept) as server:
        turns = list(runs.items())
        for _ in range(context.scale.rounds):
            for model, done in turns:
                done.append(context.generator.run(context.generator.command(
                    "http", server.address("http"), model, TRIVIAL_TENSOR, connections=16,
                    seconds=context.scale.seconds, warmup=context.scale.warmup)))
            turns.reverse()
    rate = median(b.rate / a.rate for a, b in zip(*runs.values()))
    p99 = median(b.ms("p99") / a.ms("p99") for a, b in zip(*runs.values()))
    return [figure("requests/s with samples, of those without", f"{rate:.2f}"),
            figure("p99 with samples, of that without", f"{p99:.2f}"),
            exactly("failed requests", failed(runs["kept"]), 0)]


def memory(context: Context) -> list[Row]:
    """What a server with both OCR versions and LAC holds: at rest, and after recognition at 32 connections."""
    lac = {"name": "lac", "base_path": str(context.model("lac_v1"))}
    ocr = context.ocr_config() | {"versions": [str(context.model("ocr_v1"))]}
    with context.server(ocr, lac) as server:
        rows = [_memory_row("at rest", server)]
        run = context.generator.run(context.generator.command(
            "http", server.address("http"), "ocr_service", OCR_TENSOR, connections=32, seconds=context.scale.seconds))
        rows.append(_memory_row("after PP-OCRv4 at 32 connections", server))
        front = usage(server.process.pid)
        rows.append(at_most("front: resident memory without shared tensors, MiB",
                            (front.resident - front.shared_tensors) / MIB, 60, "{:.1f}"))
        if failed([run]):
            rows.append(exactly("failed requests", failed([run]), 0))
    return rows


def _memory_row(when: str, server: Server) -> Row:
    workers = [usage(pid).resident / MIB for pid in server.worker_pids()]
    front = usage(server.process.pid).resident / MIB
    return figure(f"{when}: front; workers, resident MiB",
                  f"{front:.1f}; {', '.join(f'{worker:.0f}' for worker in workers)}")


def messages(context: Context) -> list[Row]:
    """Micro-benchmarks of what one request costs between front and worker, without the system calls."""
    return [figure(f"{result['name']}, {result['time_unit']}", f"{result['cpu_time']:.0f}")
            for result in _micro_benchmarks(context, "huidu-bench-ipc")]


def router(context: Context) -> list[Row]:
    """From the head of a request to its place in a version's queue, for each way that a request can go; and whole
    requests to a worker in the same process."""
    decisions = _micro_benchmarks(context, "huidu-bench-router", "-(Shares|RunOn)")
    requests = _micro_benchmarks(context, "huidu-bench-router", "RunOn")
    return [*(at_most(f"{result['name']}, {result['time_unit']}", result["cpu_time"], 200, "{:.0f}")
              for result in decisions),
            *(figure(f"{result['name']}, {result['time_unit']}", f"{result['cpu_time']:.0f}") for result in requests)]


def shares(context: Context) -> list[Row]:
    """Ten versions with 10 % each and a million users who come once: how far the worst version is from its share. One
    sigma of a version's share is 0.03 points; five of them would be a fault of the hash."""
    result = _micro_benchmarks(context, "huidu-bench-router", "Shares")[0]
    return [at_most("worst version's deviation from 10 %, points", result["worst_deviation_points"], 0.15, "{:.3f}"),
            figure("a decision, ns", f"{1e9 / result['items_per_second']:.0f}")]


def _micro_benchmarks(context: Context, program: str, only: str = ".") -> list[dict]:
    """`only`: a pattern; after a minus those that do not fit it."""
    command = [str(context.generator.binaries / program), "--benchmark_format=json", f"--benchmark_filter={only}"]
    if context.scale.rounds == 1:
        command.append("--benchmark_min_time=0.01")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise LoadError(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr.strip()}")
    results = json.loads(done.stdout)["benchmarks"]
    for result in results:
        if result.get("error_occurred"):
            raise LoadError(f"{program}: {result['name']}: {result['error_message']}")
    return results


CASES = {
    "Recognition (PP-OCRv4): server against the engine alone": recognition,
    "Trivial model: the server's own limit": trivial,
    "Switch under load": switching,
    "Live version while another loads and warms": loading,
    "Rollout: a bad candidate is taken out": taking_out,
    "OCR: a page through the server against RapidOCR": pages,
    "Lexical analysis: a sentence through the server against LAC": sentences,
    "Trivial model with samples kept": keeping_samples,
    "Memory": memory,
    "Soak": soak,
    "Between front and worker, CPU time": messages,
    "Router, cost of a request": router,
    "Router, 10 versions and 1,000,000 users": shares,
}
