"""The server answers what the engine itself answers, and the engines agree with each other."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tritonclient.http as triton_http

from huidu_server import MODELS, ROOT, SMALL_MODELS, Server, model

FORMATS = ("onnx", "ir", "static", "dynamic", "paddle3", "parts", "combined")
OCR_INPUT = np.random.RandomState(7).uniform(-1, 1, (1, 3, 48, 160)).astype(np.float32)
WORDS = np.random.RandomState(8).randint(0, 5000, (12, 1)).astype(np.int64)


def engine_alone(engine: str, name: str, folder: Path, **inputs: np.ndarray) -> np.ndarray:
    given, output = folder / "inputs.npz", folder / "output.npy"
    np.savez(given, **inputs)
    done = subprocess.run([sys.executable, "-B", str(ROOT / "tests/e2e/reference.py"), engine, str(MODELS / name),
                           str(given), str(output)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return np.load(output)


def through_server(server: Server, name: str, tensor: str, values: np.ndarray, datatype: str = "FP32",
                   version: str = "") -> np.ndarray:
    with triton_http.InferenceServerClient(server.address("http"), network_timeout=120) as client:
        given = triton_http.InferInput(tensor, list(values.shape), datatype)
        given.set_data_from_numpy(values)
        result = client.infer(name, [given], model_version=version)
        return result.as_numpy(result.get_response()["outputs"][0]["name"])


@pytest.fixture(scope="module")
def serving(module_server) -> Server:
    return module_server(model("ocr_openvino", MODELS / "ocr_v2", "engine: OPENVINO"),
                         model("ocr_paddle", MODELS / "ocr_v2", "engine: PADDLE"),
                         model("lac", MODELS / "lac_v1", "instances: 1"))


@pytest.mark.parametrize("engine", ["openvino", "paddle"])
def test_ppocr_through_the_server_equals_the_engine_alone(serving, tmp_path, engine):
    alone = engine_alone(engine, "ocr_v2", tmp_path, x=OCR_INPUT)
    served = through_server(serving, f"ocr_{engine}", "x", OCR_INPUT)
    assert served.shape == alone.shape and served.shape[2] > 6000, "one column for each character"
    np.testing.assert_allclose(served, alone, rtol=0, atol=1e-6)


def test_openvino_and_paddle_agree_on_ppocr(serving):
    answers = [through_server(serving, f"ocr_{engine}", "x", OCR_INPUT) for engine in ("openvino", "paddle")]
    np.testing.assert_allclose(*answers, rtol=0, atol=1e-4)
    assert np.ptp(answers[0]) > 0.01, "not all the same number"


def test_lac_through_the_server_equals_paddle_alone(serving, tmp_path):
    alone = engine_alone("paddle", "lac_v1", tmp_path, words=WORDS, lod=np.array([0, len(WORDS)]))
    served = through_server(serving, "lac", "words", WORDS, "INT64")
    assert np.array_equal(served.ravel(), alone.ravel())
    assert len(set(alone.ravel().tolist())) > 1, "not all the same tag"


def test_lac_reads_two_sentences_in_one_request_as_two(serving, tmp_path):
    through_server(serving, "lac", "words", WORDS, "INT64")  # one sentence, on the only instance
    lod = [0, 5, len(WORDS)]
    alone = engine_alone("paddle", "lac_v1", tmp_path, words=WORDS, lod=np.array(lod))
    status, _, answer = serving.infer("lac", [
        {"name": "words", "datatype": "INT64", "shape": list(WORDS.shape), "data": WORDS.ravel().tolist(),
         "parameters": {"lod": ",".join(map(str, lod))}}])
    assert status == 200, answer
    assert answer["outputs"][0]["data"] == alone.ravel().tolist()


def test_one_network_gives_the_same_numbers_in_every_format(server):
    serving = server(*[model(f"mlp_{name}", SMALL_MODELS / f"mlp_{name}_v1") for name in FORMATS])
    expected = json.loads((SMALL_MODELS / "mlp.json").read_text())
    for name in FORMATS:
        answer = through_server(serving, f"mlp_{name}", "x", np.float32(expected["input"]))
        np.testing.assert_allclose(answer, expected["output"], rtol=0, atol=1e-5, err_msg=name)
