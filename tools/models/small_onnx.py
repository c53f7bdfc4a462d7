"""The ONNX and OpenVINO IR part of make_small.py: writes its version folders below the folder given."""

import sys
from pathlib import Path

import numpy as np
import onnx
import openvino
from onnx import TensorProto, helper, numpy_helper

import small_mlp

FLOAT = TensorProto.FLOAT

# KServe's name of each data type -> ONNX's.
TYPES = {
    "bool": TensorProto.BOOL,
    "uint8": TensorProto.UINT8,
    "uint16": TensorProto.UINT16,
    "uint32": TensorProto.UINT32,
    "uint64": TensorProto.UINT64,
    "int8": TensorProto.INT8,
    "int16": TensorProto.INT16,
    "int32": TensorProto.INT32,
    "int64": TensorProto.INT64,
    "fp16": TensorProto.FLOAT16,
    "fp32": TensorProto.FLOAT,
    "fp64": TensorProto.DOUBLE,
    "bf16": TensorProto.BFLOAT16,
    "bytes": TensorProto.STRING,
}


def port(name, element_type, shape):
    """An input or output; a letter in the shape is a dimension that each request chooses."""
    return helper.make_tensor_value_info(name, element_type, shape)


def save(folder: Path, nodes, inputs, outputs, constants=None) -> None:
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()]
    graph = helper.make_graph(nodes, folder.name, inputs, outputs, weights)
    # Opset 17 and IR version 8 are what every engine of the last years reads.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")


def add_constant(folder: Path, value: float, batch) -> None:
    node = helper.make_node("Add", ["x", "value"], ["y"])
    save(folder, [node], [port("x", FLOAT, [batch, 16])], [port("y", FLOAT, [batch, 16])],
         {"value": np.float32(value)})


def echo(folder: Path, element_type) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    if element_type == TensorProto.STRING:
        # OpenVINO 2026.4.1 frees a string tensor twice that goes from an input to an output untouched.
        node = helper.make_node("Transpose", ["x"], ["y"], perm=[0, 1])
    save(folder, [node], [port("x", element_type, ["n", 4])], [port("y", element_type, ["n", 4])])


def two_inputs(folder: Path) -> None:
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"]), helper.make_node("Sub", ["a", "b"], ["difference"])]
    shape = ["n", 4]
    save(folder, nodes, [port("a", FLOAT, shape), port("b", FLOAT, shape)],
         [port("sum", FLOAT, shape), port("difference", FLOAT, shape)])


def reshape(folder: Path) -> None:
    """Fails while it runs where `shape` does not multiply to 16; every request has the right form itself."""
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    save(folder, [node], [port("x", FLOAT, [1, 16]), port("shape", TensorProto.INT64, [2])],
         [port("y", FLOAT, ["rows", "columns"])])


def slow(folder: Path) -> None:
    """About 0.1 s of one CPU core: 80 products of 512 x 512 matrices, each an average so that numbers stay small."""
    size, count = 512, 80
    nodes = [helper.make_node("MatMul", [f"t{i}", "w"], [f"t{i + 1}"]) for i in range(count)]
    nodes.insert(0, helper.make_node("Expand", ["x", "square"], ["t0"]))
    nodes.append(helper.make_node("ReduceMean", [f"t{count}"], ["y"], axes=[0], keepdims=1))
    save(folder, nodes, [port("x", FLOAT, [1, size])], [port("y", FLOAT, [1, size])],
         {"w": np.full((size, size), 1 / size, np.float32), "square": np.array([size, size], np.int64)})


def mlp(folder: Path) -> None:
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["sum"]),
        helper.make_node("Relu", ["sum"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "w2", "b2"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probability"], axis=1),
    ]
    save(folder, nodes, [port("x", FLOAT, ["n", 8])], [port("probability", FLOAT, ["n", 4])],
         {"w1": small_mlp.W1, "b1": small_mlp.B1, "w2": small_mlp.W2, "b2": small_mlp.B2})


def to_openvino(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(openvino.Core().read_model(source), folder / "model.xml", compress_to_fp16=False)


def main(to: Path) -> None:
    add_constant(to / "add_v1", 1, 1)
    add_constant(to / "add_v2", 2, 1)
    add_constant(to / "add_batch_v1", 1, "n")
    add_constant(to / "add_batch_v2", 2, "n")
    add_constant(to / "nan_v1", float("nan"), 1)
    for name, element_type in TYPES.items():
        echo(to / f"echo_{name}_v1", element_type)
    two_inputs(to / "pair_v1")
    reshape(to / "reshape_v1")
    slow(to / "slow_v1")
    mlp(to / "mlp_onnx_v1")
    to_openvino(to / "mlp_onnx_v1" / "model.onnx", to / "mlp_ir_v1")


main(Path(sys.argv[1]))
