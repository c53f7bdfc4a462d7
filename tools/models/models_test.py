"""Tests of the model folders that `make models` laid out in build/, and of prepare.py's own promises."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

import prepare

MODELS = prepare.ROOT / "build" / "models"
SMALL = prepare.ROOT / "build" / "models-small"


@pytest.fixture
def packages(tmp_path):
    """A stand-in for build/packages with a few bytes for each file that the layout takes."""
    root = tmp_path / "packages"
    for parts in prepare.LAYOUT.values():
        for source, target in parts:
            path = root / source if Path(target).suffix else root / source / "file"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.encode())
    return root


def run_prepare(monkeypatch, packages, folder):
    monkeypatch.setattr("sys.argv", ["prepare.py", "--packages", str(packages), "--to", str(folder)])
    prepare.main()


def test_configuration_names_the_chosen_folder(monkeypatch, packages, tmp_path):
    run_prepare(monkeypatch, packages, tmp_path / "models")
    text = (tmp_path / "models/config/model_config.prototxt").read_text()
    assert f"base_path: '{tmp_path}/models/ocr_v1' platform: 'paddle_serving'" in text


def test_model_files_cannot_be_written(monkeypatch, packages, tmp_path):
    run_prepare(monkeypatch, packages, tmp_path / "models")
    files = [p for name in prepare.LAYOUT for p in (tmp_path / "models" / name).rglob("*") if p.is_file()]
    assert files and all(path.stat().st_mode & 0o222 == 0 for path in files)


def test_second_run_keeps_an_edited_configuration(monkeypatch, packages, tmp_path):
    run_prepare(monkeypatch, packages, tmp_path / "models")
    config = tmp_path / "models/config/model_config.prototxt"
    config.write_text("edited")
    run_prepare(monkeypatch, packages, tmp_path / "models")
    assert config.read_text() == "edited"


def test_lost_version_folder_comes_back(monkeypatch, packages, tmp_path):
    run_prepare(monkeypatch, packages, tmp_path / "models")
    (tmp_path / "models/ocr_v1").rename(tmp_path / "elsewhere")
    run_prepare(monkeypatch, packages, tmp_path / "models")
    assert (tmp_path / "models/ocr_v1/inference.onnx").is_file()


def test_missing_package_is_named(monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="rapidocr.*is missing: run `make setup` first"):
        run_prepare(monkeypatch, tmp_path / "nothing", tmp_path / "models")


def test_both_recognition_models_use_the_dictionary_beside_them():
    """PP-OCRv3's ONNX file carries its characters; they must be the file's, in the same order."""
    characters = (MODELS / "ocr_v1/ppocr_keys_v1.txt").read_text(encoding="utf-8").rstrip("\n")
    assert characters.encode() in (MODELS / "ocr_v1/inference.onnx").read_bytes()
    assert (MODELS / "ocr_v2/ppocr_keys_v1.txt").read_text(encoding="utf-8").rstrip("\n") == characters


@pytest.mark.parametrize("folder", ["mlp_onnx_v1/model.onnx", "mlp_ir_v1/model.xml", "mlp_static_v1/inference.pdmodel",
                                    "mlp_dynamic_v1/inference.pdmodel"])
def test_one_network_gives_one_answer_in_each_format(folder):
    openvino = importlib.import_module("openvino")
    expected = json.loads((SMALL / "mlp.json").read_text())
    model = openvino.Core().compile_model(SMALL / folder, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = model(np.array(expected["input"], np.float32))[0]
    np.testing.assert_allclose(found, expected["output"], atol=1e-6)
