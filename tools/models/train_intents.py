#!/usr/bin/env python3
"""Trains two versions of a small model that tells what a customer wants, and lays them out as version folders.

    intent_v1            a bag of characters, trained on one question in twelve
    intent_v2            looks at three characters at a time, trained on all of them
    intent_v2_combined   v2 as __model__ and __params__

Each holds inference.pdmodel and .pdiparams (or the other form), labels.txt, vocabulary.txt and version.prototxt.
Default folder: build/models. Learns from intents/train.jsonl. Runs with the Python of build/venv, some 20 seconds on one
core. A second run does nothing unless this script, the questions or the packages changed.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STAMP = ".intents"
TRAINING = HERE / "intents/train.jsonl"
VERSIONS = ("intent_v1", "intent_v2", "intent_v2_combined")
LENGTH = 32  # characters that the network reads
PAD, UNKNOWN = "[PAD]", "[UNK]"
QUESTIONS = ROOT / "examples/datasets/intents/manifest.jsonl"  # to measure with; never trained on
LEAST_ACCURACY = 0.95  # of intent_v2 on them

MANIFEST = f"""\
# Gives what a customer wants instead of the network's numbers.
task: "text_classification"
resources {{ name: "labels" path: "labels.txt" }}
resources {{ name: "vocabulary" path: "vocabulary.txt" }}
settings {{ name: "max_length" value: "{LENGTH}" }}
"""


def fingerprint() -> str:
    digest = hashlib.sha256()
    locks = [ROOT / "tools" / "setup" / name for name in ("wheels.lock", "requirements.lock")]
    for path in [Path(__file__), TRAINING, QUESTIONS, *locks]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]


def normalize(text: str) -> str:
    """As the task does it: no white space, full-width forms of ASCII as ASCII, small letters."""
    plain = (chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text if not c.isspace())
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in plain)


def vocabulary_of(texts: list[str]) -> list[str]:
    return [PAD, UNKNOWN, *sorted({character for text in texts for character in normalize(text)})]


class Encoder:
    """Texts to the network's numbers."""

    def __init__(self, vocabulary: list[str]):
        self.numbers = {token: number for number, token in enumerate(vocabulary)}

    def __call__(self, texts: list[str]):
        import numpy as np
        rows = np.full((len(texts), LENGTH), self.numbers[PAD], "int64")
        for row, text in zip(rows, texts):
            for place, character in enumerate(normalize(text)[:LENGTH]):
                row[place] = self.numbers.get(character, self.numbers[UNKNOWN])
        return rows


def network(kind: str, tokens: int, labels: int):
    import paddle
    from paddle import nn

    class Classifier(nn.Layer):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(tokens, 48)
            self.convolution = nn.Conv2D(1, 96, (3, 48), padding=(1, 0)) if kind == "convolution" else None
            self.last = nn.Linear(96 if self.convolution else 48, labels)

        def scores(self, ids):
            vectors = self.embedding(ids) * (ids != 0).astype("float32").unsqueeze(-1)
            if self.convolution is None:
                return self.last(vectors.mean(axis=1))
            found = nn.functional.relu(self.convolution(vectors.unsqueeze(1)))
            return self.last(found.squeeze(-1).max(axis=-1))

        def forward(self, ids):
            return nn.functional.softmax(self.scores(ids))

    paddle.seed(3)
    return Classifier()


def train(kind: str, rows: list[dict], epochs: int, vocabulary: list[str], labels: list[str]):
    import paddle
    layer = network(kind, len(vocabulary), len(labels))
    ids = Encoder(vocabulary)([row["text"] for row in rows])
    targets = paddle.to_tensor([labels.index(row["label"]) for row in rows])
    optimizer = paddle.optimizer.AdamW(learning_rate=0.004, parameters=layer.parameters(), weight_decay=0.02)
    order, rng = list(range(len(rows))), random.Random(3)
    for _ in range(epochs):
        rng.shuffle(order)
        for begin in range(0, len(order), 64):
            batch = order[begin:begin + 64]
            loss = paddle.nn.functional.cross_entropy(layer.scores(paddle.to_tensor(ids[batch])), targets[batch])
            loss.backward()
            optimizer.step()
            optimizer.clear_grad()
    layer.eval()
    return layer


def accuracy(layer, vocabulary: list[str], labels: list[str], category: str = "") -> float:
    import paddle
    rows = [row for row in read(QUESTIONS) if row["category"] == category or not category]
    best = layer(paddle.to_tensor(Encoder(vocabulary)([row["text"] for row in rows]))).argmax(axis=-1).tolist()
    return sum(labels[number] == row["expected"] for number, row in zip(best, rows)) / len(rows)


def write_words(folder: Path, vocabulary: list[str], labels: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    (folder / "vocabulary.txt").write_text("".join(f"{token}\n" for token in vocabulary), encoding="utf-8")
    (folder / "version.prototxt").write_text(MANIFEST)


def save(layer, folder: Path) -> None:
    import paddle
    ids = paddle.static.InputSpec([None, LENGTH], "int64", "ids")
    paddle.jit.save(layer, str(folder / "inference"), input_spec=[ids])
    (folder / "inference.pdiparams.info").unlink(missing_ok=True)  # of no use for inference


def train_all(to: Path) -> None:
    import paddle
    train_rows = read(TRAINING)
    vocabulary = vocabulary_of([row["text"] for row in train_rows])
    labels = list(dict.fromkeys(row["label"] for row in train_rows))
    print(f"  {len(train_rows)} questions, {len(vocabulary)} characters, {len(labels)} labels")
    for name, kind, rows, epochs in (("intent_v1", "bag", train_rows[::12], 7),
                                     ("intent_v2", "convolution", train_rows, 15)):
        layer = train(kind, rows, epochs, vocabulary, labels)
        whole, new = accuracy(layer, vocabulary, labels), accuracy(layer, vocabulary, labels, "new")
        print(f"  {name}: {whole:.1%} of the questions are right, {new:.1%} of its new forms")
        if name == "intent_v2" and whole < LEAST_ACCURACY:
            raise SystemExit(f"{name} has to get {LEAST_ACCURACY:.0%} of {QUESTIONS.name} right")
        write_words(to / name, vocabulary, labels)
        save(layer, to / name)


def write_combined(to: Path) -> None:
    """Paddle 1's names; what is in the files did not change until Paddle 3."""
    folder = to / "intent_v2_combined"
    shutil.copytree(to / "intent_v2", folder)
    (folder / "inference.pdmodel").rename(folder / "__model__")
    (folder / "inference.pdiparams").rename(folder / "__params__")


def train_in_a_process(to: Path) -> None:
    """Paddle decides at import which program format it writes, and how many threads it uses."""
    command = [sys.executable, str(HERE / "train_intents.py"), "--train", "--to", str(to)]
    environment = {**os.environ, "FLAGS_enable_pir_api": "0", "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    print(done.stdout, end="")
    if done.returncode != 0:
        raise SystemExit(f"training failed:\n{done.stderr}")


def make(to: Path) -> None:
    """Builds all beside their places and moves them there whole, so a server never sees half of one."""
    fresh = to / ".intents.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    train_in_a_process(fresh)
    write_combined(fresh)
    for name in VERSIONS:
        for path in (fresh / name).iterdir():
            path.chmod(0o444)
        shutil.rmtree(to / name, ignore_errors=True)
        (fresh / name).rename(to / name)
    shutil.rmtree(fresh)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "models", help="default: build/models")
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    to = args.to.resolve()
    if args.train:
        return train_all(to)
    wanted, stamp = fingerprint(), to / STAMP
    if stamp.is_file() and stamp.read_text().strip() == wanted and all((to / name).is_dir() for name in VERSIONS):
        return
    make(to)
    stamp.write_text(wanted + "\n")


if __name__ == "__main__":
    main()
