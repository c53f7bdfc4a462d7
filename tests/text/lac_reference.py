"""The answers of the Python package LAC 2.1.2, for comparison: lac_reference.py MODE SENTENCES [USER_DICTIONARY]

MODE is lac or seg. SENTENCES has one sentence a line; each is a run of its own. Prints one JSON object a line with
`word`, `tag` and `ms`. A process of its own, as LAC loads Paddle.
"""

import json
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from suite.peer import import_lac  # noqa: E402

import_lac(str(ROOT / "build" / "packages" / "LAC-2.1.2"))

from LAC import LAC  # noqa: E402
from LAC.models import Model  # noqa: E402


def run(lac: LAC, mode: str, sentence: str) -> tuple[list[str], list[str]]:
    if not sentence:
        return [], []  # for which LAC answers in another form
    if mode == "lac":
        return lac.run(sentence)
    # The public call leaves out the tags, which a user dictionary can give.
    return Model.run(lac.model, sentence)["crf_result"][0][:2]


def main(mode: str, sentences: str, user_dictionary: str = "") -> None:
    lac = LAC(mode=mode)
    if user_dictionary:
        lac.load_customization(user_dictionary)
    for sentence in Path(sentences).read_bytes().decode().split("\n")[:-1]:
        start = time.perf_counter()
        words, tags = run(lac, mode, sentence)
        took = (time.perf_counter() - start) * 1000
        print(json.dumps({"word": words, "tag": tags, "ms": took}, ensure_ascii=False))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
