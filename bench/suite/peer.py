"""A Python package that does what a task does, to measure the task against: peer.py rapidocr|lac PACKAGE THREADS

Reads a round a line from standard input, a JSON list: paths of pictures, or sentences. Answers each round with a line
"ROUND {…}": wall and CPU seconds of this process, and how many lines of text or words came out. Runs in the tests'
Python environment, and as a process of its own because it loads Paddle.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path


def rapidocr(package: str, threads: int) -> Callable[[str], int]:
    sys.path.insert(0, package)
    from rapidocr_paddle import RapidOCR
    ocr = RapidOCR(cpu_math_library_num_threads=threads)
    pictures: dict[str, bytes] = {}  # the server gets bytes too

    def read(path: str) -> int:
        if path not in pictures:
            pictures[path] = Path(path).read_bytes()
        lines, _ = ocr(pictures[path])
        return len(lines or [])

    return read


def import_lac(package: str) -> None:
    """Makes `import LAC` work: it is of the time of paddle.fluid, which today is paddle.base."""
    import paddle
    sys.modules["paddle.fluid"] = paddle.fluid = paddle.base
    sys.modules["paddle.fluid.core"] = paddle.base.core
    sys.path.insert(0, package)


def lac(package: str, threads: int) -> Callable[[str], int]:
    if threads != 1:
        raise SystemExit("LAC 2.1.2 has no setting for threads: it runs on one")
    import_lac(package)
    from LAC import LAC
    model = LAC(mode="lac")
    return lambda sentence: len(model.run(sentence)[0])


def main(name: str, package: str, threads: str) -> None:
    answer = {"rapidocr": rapidocr, "lac": lac}[name](package, int(threads))
    print("READY", flush=True)
    for line in sys.stdin:
        items = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        found = sum(answer(item) for item in items)
        print("ROUND", json.dumps({"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu,
                                   "found": found}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
