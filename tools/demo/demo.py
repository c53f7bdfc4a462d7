#!/usr/bin/env python3
"""Changes a live model under load in every way, and shows that no request is lost: `make demo`.

A server with PP-OCRv3 (ONNX) as ocr_service v1 and LAC gets steady load. Meanwhile base_path in the configuration is
changed to PP-OCRv4 (Paddle), the server is sent SIGHUP, and the same way back. Then v2 is rolled out in stages and
promoted; and a v3 that begins to fail in front of its users is taken out by the server itself. What v3 failed at was kept
and is replayed on v2, in workers of its own. About a minute.
Exit status: 0 all went well, 1 a request failed or something did not work, 130 interrupted.
"""

import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(Path(__file__).resolve().parent)]

import replays  # noqa: E402
import rollouts  # noqa: E402
from lac import Segmenter  # noqa: E402
from screen import BOLD, DIM, GREEN, RED, Screen  # noqa: E402
from suite.server import Server, ServerError  # noqa: E402
from traffic import Traffic, answers_a_second  # noqa: E402

BINARIES = ROOT / "build/release/bin"
GENERATOR = BINARIES / "huidu-bench"
DEMO = ROOT / "build/demo"
MODELS = DEMO / "models"
CONFIG = MODELS / "config/model_config.prototxt"
TENSOR = "x:FP32:1,3,48,320"  # one line of text
MOST_REQUESTS_A_SECOND = 30
LONGEST_SWITCH_SECONDS = 150  # a busy machine takes its time to load a model beside the live one
SENTENCES = ("百度是一家高科技公司", "灰度发布让新模型安全上线")


class DemoError(Exception):
    pass


@dataclass
class SwitchResult:
    before: str
    after: str
    seconds: float  # from the signal to the first answer by the new version
    failed: int


def write_config(ocr: str) -> None:
    """Replaces the file whole, as an editor does: the server never sees half of it."""
    text = f"""# The models that are served. Change base_path and send SIGHUP to switch.
model_config_list {{
  config {{
    name: 'ocr_service' base_path: '{MODELS / ocr}' platform: 'paddle_serving'
    samples {{ reasons: FAILED max_per_minute: {replays.MOST_SAMPLES} }}
  }}
  config {{ name: 'lac' base_path: '{MODELS / "lac_v1"}' platform: 'paddle_serving' }}
}}
"""
    new = CONFIG.with_suffix(".new")
    new.write_text(text)
    new.replace(CONFIG)


def lay_out_models() -> None:
    for name in ("ocr_v1", "ocr_v2", "lac_v1"):
        source = ROOT / "build/models" / name
        if not source.is_dir():
            raise DemoError(f"{source.relative_to(ROOT)} is not there: run `make models` first")
        shutil.rmtree(MODELS / name, ignore_errors=True)
        shutil.copytree(source, MODELS / name)
    rollouts.make_bad_version(MODELS / "ocr_v1", MODELS / "ocr_v3")
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    write_config("ocr_v1")


def watch(screen: Screen, traffic: Traffic, doing: str, seconds: float, until=lambda: False) -> None:
    """Shows the load for so long, or until something is true."""
    began = time.monotonic()
    while time.monotonic() - began < seconds and not until():
        if not traffic.poll():
            traffic.finish()  # raises with what it said
            raise DemoError("the load ended too early")
        screen.show(doing, began, traffic)
        time.sleep(0.05)


def switch(screen: Screen, traffic: Traffic, server: Server, before: str, after: str) -> SwitchResult:
    failed = traffic.totals.failed
    write_config(f"ocr_{after}")
    ordered = time.monotonic_ns()
    os.kill(server.process.pid, signal.SIGHUP)
    screen.done(f"base_path changed to …/ocr_{after}, SIGHUP sent")
    doing = f"{screen.version(before)} answers while {screen.version(after)} is made ready"
    watch(screen, traffic, doing, LONGEST_SWITCH_SECONDS, lambda: traffic.first_answer_ns(after, ordered) is not None)
    first = traffic.first_answer_ns(after, ordered)
    if first is None:
        raise DemoError(f"{after} did not answer within {LONGEST_SWITCH_SECONDS} s:\n{server.log_tail()}")
    result = SwitchResult(before, after, (first - ordered) / 1e9, traffic.totals.failed - failed)
    screen.done(f"{screen.version(after)} answers, {duration(result.seconds)} after the signal")
    return result


def duration(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def promote(screen: Screen, traffic: Traffic, server: Server) -> rollouts.Promotion:
    screen.done("rollout of v2 started: 20 % of the requests, then half of them, then all")
    doing = f"{screen.version('v2')} beside {screen.version('v1')}, more in each stage"
    result = rollouts.promote(server, "v2", lambda until: watch(screen, traffic, doing, LONGEST_SWITCH_SECONDS, until))
    screen.done(f"{screen.version('v2')} was good in every stage and is promoted")
    return result


def take_out(screen: Screen, traffic: Traffic, server: Server) -> rollouts.TakenOut:
    server.load("ocr_service", "v3", MODELS / "ocr_v3")
    screen.done("rollout of v3 started; soon most of its requests will fail")
    doing = f"{screen.version('v3')} beside {screen.version('v2')}, until the server sees what it is worth"
    result = rollouts.take_out(server, "v3", MODELS / "ocr_v3",
                               lambda until: watch(screen, traffic, doing, LONGEST_SWITCH_SECONDS, until),
                               lambda: traffic.totals.versions.get("v3", 0) > 0)
    screen.done(f"{screen.version('v3')} was taken out by the server, {duration(result.seconds)} after it went bad")
    return result


def replay(screen: Screen, server: Server) -> replays.Replayed:
    """Without load: the replay's worker loads the model beside the server's."""
    kept = replays.count_kept(server, "v3")
    screen.done(f"{kept} requests that {screen.version('v3')} failed at were kept: huidu samples list ocr_service")
    screen.show(f"huidu replay runs them through {screen.version('v2')}, in a worker of its own", time.monotonic(), None)
    result = replays.replay(BINARIES / "huidu", server.address("admin"), "v2", "v3", DEMO / "replay.json")
    screen.done(f"replayed on {screen.version('v2')}: {result.answered_now} answered now, "
                f"{result.as_the_user_got} just as the users were answered, {result.failed} failed")
    screen.say(f"      {screen.paint(result.command, DIM)}")
    return result


def summary(screen: Screen, report: dict, switches: list[SwitchResult], text_requests: int,
            promotion: rollouts.Promotion, taken_out: rollouts.TakenOut, replayed: replays.Replayed) -> None:
    def line(name: str, value: str) -> None:
        screen.say(f"  {name:<22}{value}")

    failed = report["failed"]
    screen.say()
    screen.say("  " + screen.paint("Summary", BOLD))
    line("requests sent", f"{report['requests'] + text_requests:,}  ({report['requests']:,} OCR, {text_requests} LAC)")
    for version in report["versions"]:
        line(f"  answered by OCR {version['version']}", f"{version['answers']:,}")
    line("failed", screen.paint(str(failed), BOLD, RED if failed else GREEN))
    for reason, count in report["failures"].items():
        line("", f"{count} × {reason}")
    why = ("loaded and warmed while v1 answered", "it was still warm; its files are looked at again")
    for result, how in zip(switches, why):
        line(f"{result.before} → {result.after}", f"{duration(result.seconds)} from SIGHUP to first answer ({how})")
    line("v2 promoted", f"in 2 stages, {duration(promotion.seconds)}")
    line("v3 taken out", f"after {duration(taken_out.seconds)}: {taken_out.reason}")
    line("", f"it had {taken_out.asked} requests in that time and failed at {taken_out.failed}, which v2 answered; "
             f"when it was taken out: {taken_out.rescued}")
    line("replayed on v2", f"{replayed.samples} kept samples of v3: {replayed.answered_now} answered now, "
                           f"{replayed.failed} failed; {duration(replayed.seconds)}")
    latency = report["latency"]
    line("latency", f"p50 {latency['p50_ms']:.1f} ms, p99 {latency['p99_ms']:.1f} ms, over all of it")


def how_to_go_on(screen: Screen) -> None:
    config, state = CONFIG.relative_to(ROOT), (DEMO / "state").relative_to(ROOT)
    screen.say()
    screen.say("  " + screen.paint("Go on by yourself", BOLD))
    for what, command in (
            ("the same server again, on its usual ports", f"build/release/bin/huidu serve --model-config {config} \\\n"
                                                          f"        --state-dir {state}"),
            ("what it serves, and who changed it", "build/release/bin/huidu status; build/release/bin/huidu audit"),
            ("how the last rollout went", "build/release/bin/huidu rollout status ocr_service"),
            ("what v3 failed at, and through which version you like",
             "build/release/bin/huidu samples list ocr_service\n"
             "    build/release/bin/huidu replay --model ocr_service --version v2 --of-version v3 --against "
             f"{(MODELS / 'ocr_v1').relative_to(ROOT)}"),
            ("the model, over KServe V2; the dashboard is http://localhost:18082/",
             "curl -s localhost:18080/v2/models/ocr_service"),
            ("switch", f"sed -i s/ocr_v1/ocr_v2/ {config} && pkill -HUP -x huidu"),
            ("every promise tested; every figure measured", "make test; make bench")):
        screen.say(screen.paint(f"    # {what}", DIM))
        screen.say(f"    {command}")


def segment(screen: Screen, http: str) -> int:
    """The number of requests."""
    segmenter = Segmenter(MODELS / "lac_v1", http)
    for sentence in SENTENCES:
        words = " ".join(word + screen.paint("/" + kind, DIM) for word, kind in segmenter(sentence))
        screen.done(f"LAC beside it:  {words}")
    return len(SENTENCES)


def start(screen: Screen) -> Server:
    screen.say()
    screen.say("  " + screen.paint("Huidu 灰度", BOLD) + ": switch a live model under load, lose nothing")
    screen.say()
    lay_out_models()
    screen.done("models: ocr_v1 (PP-OCRv3, ONNX), ocr_v2 (PP-OCRv4, Paddle), lac_v1 (LAC)")
    screen.show("huidu serve loads v1 and LAC", time.monotonic(), None)
    shutil.rmtree(DEMO / "state", ignore_errors=True)  # an earlier demonstration's v3 is quarantined in it
    return Server(BINARIES / "huidu", CONFIG, DEMO, log_level="INFO")


def choose_rate(server: Server) -> int:
    """A third of what one client alone gets: half the machine is left for loading, and none of it is a queue."""
    return max(2, min(MOST_REQUESTS_A_SECOND, int(answers_a_second(GENERATOR, server.address("http"), "ocr_service",
                                                                   TENSOR) / 3)))


def run(screen: Screen) -> int:
    began = time.monotonic()
    with start(screen) as server:
        screen.done(f"huidu serve is ready after {duration(time.monotonic() - began)}: "
                    f"http {server.address('http')}, admin {server.address('admin')}")
        rate = choose_rate(server)
        with Traffic(GENERATOR, server.address("http"), "ocr_service", TENSOR, rate) as traffic:
            screen.done(f"steady load on ocr_service: {rate} requests/s of 180 KiB")
            watch(screen, traffic, f"{screen.version('v1')} answers", 4)
            switches = [switch(screen, traffic, server, "v1", "v2")]
            watch(screen, traffic, f"{screen.version('v2')} answers", 3)
            text_requests = segment(screen, server.address("http"))
            watch(screen, traffic, f"{screen.version('v2')} answers", 1)
            switches.append(switch(screen, traffic, server, "v2", "v1"))
            watch(screen, traffic, f"{screen.version('v1')} answers", 2)
            promotion = promote(screen, traffic, server)
            taken_out = take_out(screen, traffic, server)
            watch(screen, traffic, f"{screen.version('v2')} answers", 2)
            report = traffic.finish()
        replayed = replay(screen, server)
    summary(screen, report, switches, text_requests, promotion, taken_out, replayed)
    how_to_go_on(screen)
    screen.say()
    return 0 if report["failed"] == 0 and replayed.failed == 0 else 1


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is ended on the way out
    with Screen() as screen:
        try:
            return run(screen)
        except KeyboardInterrupt:
            screen.say("  interrupted; the server and the load were stopped")
            return 130
        except (DemoError, ServerError, RuntimeError, OSError) as error:
            screen.say(f"  {screen.paint('✘', RED)} {error}")
            return 1


if __name__ == "__main__":
    sys.exit(main())
