"""Pictures and texts through the server: tasks on real models, by every way in."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import tritonclient.http as triton

from huidu_server import MODELS, ROOT, model, replace_file, wait_until

PAGES = ROOT / "examples/datasets/ocr"
PAGE = PAGES / "pages/identity_card_01.jpg"
NAME = "吴海燕"


@pytest.fixture(scope="module")
def serving(module_server):
    return module_server(model("ocr", MODELS / "ocr_text_v2"), model("lac", MODELS / "lac_text_v1"),
                         model("intent", MODELS / "intent_v2"))


def post(serving, path: str, body: bytes, content_type: str):
    status, headers, text = serving.http("POST", path, body, {"Content-Type": content_type})
    return status, headers, json.loads(text)


def values(answer: dict, name: str) -> list:
    return next(output["data"] for output in answer["outputs"] if output["name"] == name)


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_picture_as_the_body_is_read(serving):
    status, headers, answer = post(serving, "/v2/models/ocr/infer", PAGE.read_bytes(), "image/jpeg")
    assert status == 200 and headers["x-model-version"] == "v2"
    expected = json.loads(PAGES.joinpath("manifest.jsonl").read_text().splitlines()[0])["expected"]
    assert squeezed("".join(values(answer, "text"))) == squeezed(expected)
    lines = len(values(answer, "text"))
    assert min(values(answer, "score")) > 0.9 and len(values(answer, "box")) == 8 * lines
    assert values(answer, "image_index") == [0] * lines


def test_tritons_client_sends_two_pictures_as_bytes_tensor(serving):
    client = triton.InferenceServerClient(serving.address("http"))
    pages = np.array([PAGE.read_bytes(), (PAGES / "pages/identity_card_02.jpg").read_bytes()], dtype=np.object_)
    image = triton.InferInput("image", [2], "BYTES")
    image.set_data_from_numpy(pages)
    answer = client.infer("ocr", [image])
    index, text = answer.as_numpy("image_index"), [line.decode() for line in answer.as_numpy("text")]
    first = [line for line, picture in zip(text, index) if picture == 0]
    assert any(NAME in line for line in first) and set(index) == {0, 1}


def test_a_paddle_serving_pipelines_client_gets_rows(serving):
    body = {"key": ["image"], "value": [base64.b64encode(PAGE.read_bytes()).decode()]}
    status, _, text = serving.http("POST", "/ocr/prediction", body)
    answer = json.loads(text)
    assert status == 200 and answer["err_no"] == 0 and answer["key"][:2] == ["res", "text"]
    rows = eval(answer["value"][0], {})  # as PaddleOCR's own client does it
    assert any(NAME in row[0] for row in rows) and len(rows[0][2]) == 4
    broken = json.loads(serving.http("POST", "/ocr/prediction", {"key": ["image"], "value": ["bm8gcGljdHVyZQ=="]})[2])
    assert broken["err_no"] == 5000 and "picture 0" in broken["err_msg"]


@pytest.mark.parametrize("body", [b"", b"no picture at all", PAGE.read_bytes()[:3000]], ids=["empty", "text", "cut off"])
def test_what_is_no_picture_is_the_clients_fault_and_not_the_versions(serving, body):
    before = serving.metric("huidu_requests_total", model="ocr", result="client_error")
    status, _, answer = post(serving, "/v2/models/ocr/infer", body, "image/jpeg")
    assert status == 400 and "picture 0 of input 'image'" in answer["error"]
    assert serving.metric("huidu_requests_total", model="ocr", result="client_error") == before + 1


def test_a_sentence_is_cut_into_words(serving):
    status, _, answer = post(serving, "/v2/models/lac/infer", "王小明在北京的银行办理存款".encode(), "text/plain; charset=utf-8")
    words = dict(zip(values(answer, "word"), values(answer, "tag")))
    assert status == 200 and words["王小明"] == "PER" and words["北京"] == "LOC"
    status, _, answer = post(serving, "/v2/models/lac/infer", b"\xff\xfe", "text/plain")
    assert status == 400 and "UTF-8" in answer["error"]
    status, _, answer = post(serving, "/v2/models/lac/infer", b"x", "image/png")
    assert status == 415 and "takes text/plain" in answer["error"]


def test_a_question_gets_its_intent(serving):
    status, _, answer = post(serving, "/v2/models/intent/infer", "我的银行卡丢了怎么办".encode(), "text/plain")
    assert status == 200 and len(values(answer, "label")) == 1 and 0 < values(answer, "probability")[0] <= 1


def test_a_fix_in_the_manifest_is_a_version_like_any_other(server, tmp_path):
    """The same networks with another setting: switched to by one line, and back."""
    fixed = tmp_path / "ocr_text_v3"
    fixed.mkdir()
    for part in ("det", "cls", "rec", "ppocr_keys_v1.txt"):
        (fixed / part).symlink_to(MODELS / "ocr_text_v2" / part)
    manifest = (MODELS / "ocr_text_v2/version.prototxt").read_text()
    (fixed / "version.prototxt").write_text(manifest + 'settings { name: "min_text_score" value: "0.9995" }\n')
    serving = server(model("ocr", MODELS / "ocr_text_v2"))
    assert len(values(post(serving, "/v2/models/ocr/infer", PAGE.read_bytes(), "image/jpeg")[2], "text")) > 5
    serving.configure(model("ocr", fixed))
    wait_until(lambda: serving.live("ocr") == "v3", "v3 is live")
    few = values(post(serving, "/v2/models/ocr/infer", PAGE.read_bytes(), "image/jpeg")[2], "text")
    assert len(few) < 5
    replace_file(fixed / "version.prototxt", manifest + 'settings { name: "min_text_scor" value: "1" }\n')
    status, answer = serving.admin("POST", "/models/ocr/versions", {"version": "v4", "path": str(fixed)})
    assert status >= 400 and f"{fixed}/version.prototxt:7:1: task 'ocr' has no setting 'min_text_scor'" in answer["error"]


def test_a_version_whose_parts_are_not_there_stays_out(server, tmp_path):
    serving = server(model("ocr", MODELS / "ocr_text_v2"))
    broken = tmp_path / "ocr_text_v9"
    broken.mkdir()
    (broken / "version.prototxt").write_text((MODELS / "ocr_text_v2/version.prototxt").read_text())
    status, answer = serving.admin("POST", "/models/ocr/versions", {"version": "v9", "path": str(broken)})
    assert status >= 400 and "ocr_text_v9/cls" in answer["error"]
    assert post(serving, "/v2/models/ocr/infer", PAGE.read_bytes(), "image/jpeg")[0] == 200
