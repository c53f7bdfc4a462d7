"""Runs one model in an engine's own Python package, without a server: reference.py ENGINE FOLDER INPUTS.npz OUTPUT.npy

A process of its own for each engine, because their libraries do not share one. Paddle's inputs may have a LoD: the
array `lod`.
"""

import sys
from pathlib import Path

import numpy as np


def run_openvino(folder: Path, inputs: dict) -> np.ndarray:
    import openvino
    core = openvino.Core()
    files = sorted([*folder.glob("*.pdmodel"), *folder.glob("*.onnx"), *folder.glob("*.xml")])
    compiled = core.compile_model(core.read_model(files[0]), "CPU",
                                  {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1})
    request = compiled.create_infer_request()
    request.start_async(inputs)
    request.wait()
    return request.get_output_tensor(0).data


def run_paddle(folder: Path, inputs: dict) -> np.ndarray:
    from paddle import inference
    programs = list(folder.glob("*.pdmodel"))
    config = (inference.Config(str(programs[0]), str(programs[0].with_suffix(".pdiparams"))) if programs
              else inference.Config(str(folder)))
    config.disable_gpu()
    config.set_cpu_math_library_num_threads(1)
    predictor = inference.create_predictor(config)
    lod = inputs.pop("lod", None)
    for name, values in inputs.items():
        handle = predictor.get_input_handle(name)
        handle.copy_from_cpu(np.ascontiguousarray(values))
        if lod is not None:
            handle.set_lod([lod.tolist()])
    predictor.run()
    return predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu()


if __name__ == "__main__":
    engine, folder, inputs, output = sys.argv[1:]
    run = {"openvino": run_openvino, "paddle": run_paddle}[engine]
    np.save(output, run(Path(folder), dict(np.load(inputs))))
