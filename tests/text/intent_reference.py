"""What Paddle's own Python package answers to the example questions: intent_reference.py FOLDER OUTPUT.npy

Tokens are made by tools/models/train_intents.py, as in training. OUTPUT.npy: probabilities [questions, labels]. A
process of its own, because the engines' Python packages do not share one.
"""

import sys
from pathlib import Path

import numpy as np
from paddle import inference

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "models"))

import train_intents  # noqa: E402


def main(folder: Path, output: str) -> None:
    vocabulary = (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")[:-1]
    ids = train_intents.Encoder(vocabulary)([row["text"] for row in train_intents.read(train_intents.QUESTIONS)])
    config = inference.Config(str(folder / "inference.pdmodel"), str(folder / "inference.pdiparams"))
    config.disable_gpu()
    config.set_cpu_math_library_num_threads(1)
    predictor = inference.create_predictor(config)
    predictor.get_input_handle(predictor.get_input_names()[0]).copy_from_cpu(ids)
    predictor.run()
    np.save(output, predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu())


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
