"""One small network that make_small.py writes in every format, so that tests can ask all engines for equal numbers.

    probability = softmax(relu(x · w1 + b1) · w2 + b2),   x: [-1, 8], w1: [8, 16], w2: [16, 4]
"""

import numpy as np

_random = np.random.RandomState(20251)
W1 = _random.uniform(-1, 1, (8, 16)).astype(np.float32)
B1 = _random.uniform(-1, 1, 16).astype(np.float32)
W2 = _random.uniform(-1, 1, (16, 4)).astype(np.float32)
B2 = _random.uniform(-1, 1, 4).astype(np.float32)

INPUT = _random.uniform(-2, 2, (3, 8)).astype(np.float32)


def output(x: np.ndarray) -> np.ndarray:
    hidden = np.maximum(x @ W1 + B1, 0)
    logits = hidden @ W2 + B2
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
