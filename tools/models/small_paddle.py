"""The Paddle part of make_small.py: small_paddle.py <folder> <kind>, a process for each kind.

Paddle decides at import which of its two program formats it writes, so make_small.py sets FLAGS_enable_pir_api for
the process: 0 for static, dynamic and parts (.pdmodel), 1 for paddle3 (.json).
"""

import sys
from pathlib import Path

import numpy as np
import paddle
from paddle.nn.initializer import Assign
from paddle.static import InputSpec

import small_mlp


class Mlp(paddle.nn.Layer):
    def __init__(self):
        super().__init__()
        self.first = linear(small_mlp.W1, small_mlp.B1)
        self.second = linear(small_mlp.W2, small_mlp.B2)

    def forward(self, x):
        hidden = paddle.nn.functional.relu(self.first(x))
        return paddle.nn.functional.softmax(self.second(hidden))


def linear(weight: np.ndarray, bias: np.ndarray) -> paddle.nn.Linear:
    return paddle.nn.Linear(*weight.shape, weight_attr=paddle.ParamAttr(initializer=Assign(weight)),
                            bias_attr=paddle.ParamAttr(initializer=Assign(bias)))


def save_dynamic(folder: Path) -> None:
    layer = Mlp()
    layer.eval()
    paddle.jit.save(layer, str(folder / "inference"), input_spec=[InputSpec([None, 8], "float32", "x")])


def static_program():
    """The network as a static program: (executor, program, input, output)."""
    paddle.enable_static()
    program, startup = paddle.static.Program(), paddle.static.Program()
    with paddle.static.program_guard(program, startup):
        x = paddle.static.data("x", [None, 8], "float32")
        probability = Mlp()(x)
    executor = paddle.static.Executor(paddle.CPUPlace())
    executor.run(startup)
    return executor, program, x, probability


def save_static(folder: Path) -> None:
    executor, program, x, probability = static_program()
    paddle.static.save_inference_model(str(folder / "inference"), [x], [probability], executor, program=program)


def save_parts(folder: Path) -> None:
    """As Paddle 1 did: the program as __model__, and each parameter in a file of its name."""
    executor, program, x, probability = static_program()
    paddle.static.save_inference_model(str(folder / "inference"), [x], [probability], executor, program=program)
    (folder / "inference.pdmodel").rename(folder / "__model__")
    (folder / "inference.pdiparams").unlink()
    paddle.static.io.save_vars(executor, str(folder), program, vars=program.all_parameters())


KINDS = {"dynamic": save_dynamic, "paddle3": save_dynamic, "static": save_static, "parts": save_parts}


def main(folder: Path, kind: str) -> None:
    paddle.seed(1)
    folder.mkdir(parents=True, exist_ok=True)
    KINDS[kind](folder)


main(Path(sys.argv[1]), sys.argv[2])
