"""Triton's own Python clients, unmodified, are the judge of both protocols."""

import json

import grpc
import numpy as np
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.grpc.service_pb2 as messages
import tritonclient.grpc.service_pb2_grpc as service
import tritonclient.http as triton_http
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from ml_dtypes import bfloat16
from tritonclient.utils import InferenceServerException

from huidu_server import SMALL_MODELS, Server, model, wait_until

TYPES = {"bool": np.bool_, "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64,
         "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64, "fp16": np.float16,
         "fp32": np.float32, "fp64": np.float64, "bf16": bfloat16, "bytes": np.object_}


@pytest.fixture(scope="module")
def serving(module_server) -> Server:
    """`add` has v1 live and v2 beside it; `echo` has one version for each type, named by it."""
    types = "".join(f"versions {{ version: '{name}' path: '{SMALL_MODELS / f'echo_{name}_v1'}' }} " for name in TYPES
                    if name != "fp32")
    return module_server(
        model("add", SMALL_MODELS / "add_v1", f"versions {{ path: '{SMALL_MODELS / 'add_v2'}' }}"),
        model("pair", SMALL_MODELS / "pair_v1"),
        model("echo", SMALL_MODELS / "echo_fp32_v1", "version: 'fp32' " + types))


class Protocol:
    """One of the two client modules with a client of it; they differ in a few names only."""

    def __init__(self, name: str, server: Server):
        self.name = name
        self.module = triton_http if name == "http" else triton_grpc
        self.client = self.module.InferenceServerClient(server.address(name))

    def input(self, name: str, values: np.ndarray, datatype: str = "FP32", binary: bool = True):
        tensor = self.module.InferInput(name, list(values.shape), datatype)
        if self.name == "http":
            tensor.set_data_from_numpy(values, binary_data=binary)
        else:
            tensor.set_data_from_numpy(values)
        return tensor

    def output(self, name: str, binary: bool = True):
        if self.name == "http":
            return self.module.InferRequestedOutput(name, binary_data=binary)
        return self.module.InferRequestedOutput(name)

    def as_json(self) -> dict:
        return {} if self.name == "http" else {"as_json": True}


@pytest.fixture(params=["http", "grpc"])
def protocol(request, serving):
    made = Protocol(request.param, serving)
    yield made
    made.client.close()


def sample(name: str) -> np.ndarray:
    """Two rows of four, with the type's ends among them."""
    kind = TYPES[name]
    if name == "bool":
        return np.array([[True, False, False, True], [False, False, True, True]])
    if name == "bytes":
        texts = ["", "plain", "灰度发布", "a\nb\"c\\", "x" * 1000, "\x00zero", "🙂", "end"]
        return np.array([text.encode() for text in texts], dtype=np.object_).reshape(2, 4)
    if np.issubdtype(kind, np.integer):
        ends = np.iinfo(np.int32 if name == "int64" else np.uint16 if name == "uint64" else kind)  # see below
        return np.array([[ends.min, 0, 1, 2], [3, 100, ends.max - 1, ends.max]], dtype=kind)
    return np.array([[-1.5, 0, 0.25, 1], [2, 3, 1024, -0.125]]).astype(kind)


X = np.arange(16, dtype=np.float32).reshape(1, 16)


# ---- what the server says of itself --------------------------------------------------------------------------------

def test_the_server_and_its_models_are_live_and_ready(protocol):
    client = protocol.client
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("add") and client.is_model_ready("add", "v2")
    assert not client.is_model_ready("add", "v9") and not client.is_model_ready("unknown")


def test_server_metadata_names_the_extensions(protocol):
    metadata = protocol.client.get_server_metadata(**protocol.as_json())
    assert metadata["name"] == "huidu" and metadata["version"]
    expected = {"statistics", "model_repository"} | ({"binary_tensor_data"} if protocol.name == "http" else set())
    assert expected <= set(metadata["extensions"])


def test_model_metadata_names_versions_and_tensors(protocol):
    metadata = protocol.client.get_model_metadata("pair", **protocol.as_json())
    assert metadata["name"] == "pair" and metadata["versions"] == ["v1"]
    assert {(t["name"], t["datatype"], *map(int, t["shape"])) for t in metadata["inputs"]} == {
        ("a", "FP32", -1, 4), ("b", "FP32", -1, 4)}
    assert [tensor["name"] for tensor in metadata["outputs"]] == ["sum", "difference"]
    assert protocol.client.get_model_metadata("add", **protocol.as_json())["versions"] == ["v1", "v2"]


def test_model_config_has_the_inputs(protocol):
    config = protocol.client.get_model_config("add", **protocol.as_json())
    config = config.get("config", config)
    assert config["name"] == "add"
    assert config["input"][0]["name"] == "x" and config["input"][0]["data_type"] == "TYPE_FP32"


@pytest.mark.parametrize("call", ["get_model_metadata", "get_model_config", "get_inference_statistics"])
def test_what_is_said_of_an_unknown_model_is_an_error_that_names_it(protocol, call):
    with pytest.raises(InferenceServerException, match="nowhere"):
        getattr(protocol.client, call)("nowhere")


def test_statistics_count_each_inference(protocol):
    def count() -> tuple[int, int]:
        stats = protocol.client.get_inference_statistics("add", "v2", **protocol.as_json())["model_stats"][0]
        return int(stats["inference_count"]), int(stats["inference_stats"]["success"]["count"])

    def infer():
        protocol.client.infer("add", [protocol.input("x", X)], model_version="v2")

    infer()  # gRPC's JSON leaves out a count of zero
    before = count()
    for _ in range(3):
        infer()
    wait_until(lambda: count() == (before[0] + 3, before[1] + 3), "three more inferences are counted")


def test_the_repository_index_lists_every_version_as_ready(protocol):
    index = protocol.client.get_model_repository_index(**protocol.as_json())
    models = index if isinstance(index, list) else index["models"]
    entries = {(entry["name"], entry["version"], entry["state"]) for entry in models}
    assert {("add", "v1", "READY"), ("add", "v2", "READY"), ("echo", "bf16", "READY")} <= entries


def test_loading_by_an_inference_client_is_refused_and_says_where_it_is_done(protocol):
    with pytest.raises(InferenceServerException, match="admin"):
        protocol.client.unload_model("add")
    assert protocol.client.is_model_ready("add")


# ---- inference -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", TYPES)
def test_every_data_type_comes_back_as_it_was_sent(protocol, name):
    sent = sample(name)
    result = protocol.client.infer("echo", [protocol.input("x", sent, name.upper())], model_version=name,
                                   outputs=[protocol.output("y")])
    assert np.array_equal(result.as_numpy("y").astype(sent.dtype), sent)


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"fp16", "bf16"}))  # those have no JSON form in the protocol
def test_every_data_type_comes_back_as_json(serving, name):
    http = Protocol("http", serving)
    sent = sample(name)
    result = http.client.infer("echo", [http.input("x", sent, name.upper(), binary=False)], model_version=name,
                               outputs=[http.output("y", binary=False)])
    back = result.as_numpy("y")
    if name == "bytes":
        back = np.array([text.encode() for text in back.ravel()], object).reshape(back.shape)
    assert np.array_equal(back, sent)
    http.client.close()


@pytest.mark.parametrize("name", ["int64", "uint64"])
def test_a_number_that_the_engine_would_cut_off_is_refused_instead(protocol, name):
    """OpenVINO computes 64-bit integers with 32 bits; without a word it would answer another number."""
    message = wrong(protocol, "echo", protocol.input("x", np.full((1, 4), 1 << 40, TYPES[name]), name.upper()),
                    version=name)
    assert "'x'" in message and str(1 << 40) in message


def test_two_inputs_are_told_apart_by_name_in_any_order(protocol):
    a, b = np.float32([[5, 6, 7, 8]]), np.float32([[1, 1, 2, 3]])
    result = protocol.client.infer("pair", [protocol.input("b", b), protocol.input("a", a)])
    assert np.array_equal(result.as_numpy("sum"), a + b)
    assert np.array_equal(result.as_numpy("difference"), a - b)


def test_only_the_outputs_that_were_asked_for_come_back(protocol):
    tensor = np.ones((2, 4), np.float32)
    result = protocol.client.infer("pair", [protocol.input("a", tensor), protocol.input("b", tensor)],
                                   outputs=[protocol.output("difference")])
    assert result.as_numpy("sum") is None
    assert np.array_equal(result.as_numpy("difference"), np.zeros((2, 4), np.float32))


def test_the_requests_id_and_the_answering_version_come_back(protocol):
    response = protocol.client.infer("add", [protocol.input("x", X)], request_id="wanted-7").get_response(
        **protocol.as_json())
    assert response["id"] == "wanted-7" and response["model_version"] == "v1"


def test_the_model_version_argument_forces_a_version(protocol):
    for version, more in (("v1", 1), ("v2", 2)):
        result = protocol.client.infer("add", [protocol.input("x", X)], model_version=version)
        assert np.array_equal(result.as_numpy("y"), X + more)


def test_the_header_x_model_version_forces_a_version(protocol):
    result = protocol.client.infer("add", [protocol.input("x", X)], headers={"x-model-version": "v2"})
    assert np.array_equal(result.as_numpy("y"), X + 2)


def test_a_version_that_is_not_loaded_is_not_found_and_the_loaded_ones_are_listed(protocol):
    with pytest.raises(InferenceServerException, match=r"v1.*v2") as error:
        protocol.client.infer("add", [protocol.input("x", X)], model_version="v7")
    assert "v7" in str(error.value)
    assert error.value.status() in ("404", "StatusCode.NOT_FOUND")


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_requests_and_answers_are_understood(protocol, algorithm):
    values = np.zeros((2000, 4), np.float32)
    if protocol.name == "http":
        how = {"request_compression_algorithm": algorithm, "response_compression_algorithm": algorithm}
    else:
        how = {"compression_algorithm": algorithm}
    result = protocol.client.infer("echo", [protocol.input("x", values)], **how)
    assert np.array_equal(result.as_numpy("y"), values)


def wrong(protocol: Protocol, name: str, *tensors, version: str = "") -> str:
    """The text of the refusal, which must be the client's own fault."""
    with pytest.raises(InferenceServerException) as error:
        protocol.client.infer(name, list(tensors), model_version=version)
    assert error.value.status() in ("400", "StatusCode.INVALID_ARGUMENT")
    return error.value.message()


def test_a_wrong_shape_names_the_tensor_and_what_was_expected(protocol):
    message = wrong(protocol, "add", protocol.input("x", np.ones((1, 5), np.float32)))
    assert "'x'" in message and "[1,5]" in message and "[1,16]" in message


def test_a_wrong_type_names_the_tensor_and_both_types(protocol):
    message = wrong(protocol, "add", protocol.input("x", np.ones((1, 16), np.int64), "INT64"))
    assert "'x'" in message and "INT64" in message and "FP32" in message


def test_a_missing_input_is_named(protocol):
    assert "'b'" in wrong(protocol, "pair", protocol.input("a", np.ones((1, 4), np.float32)))


def test_an_unknown_input_is_named_with_those_that_exist(protocol):
    message = wrong(protocol, "add", protocol.input("picture", X))
    assert "picture" in message and "x" in message


def test_an_unknown_output_is_named(protocol):
    with pytest.raises(InferenceServerException, match="heat"):
        protocol.client.infer("add", [protocol.input("x", X)], outputs=[protocol.output("heat")])


def test_an_unknown_model_is_not_found(protocol):
    with pytest.raises(InferenceServerException, match="nowhere"):
        protocol.client.infer("nowhere", [protocol.input("x", X)])


def test_asynchronous_requests_get_each_its_own_answer(serving):
    client = triton_http.InferenceServerClient(serving.address("http"), concurrency=4)
    sent = [X * factor for factor in range(40)]
    asked = []
    for values in sent:
        tensor = triton_http.InferInput("x", [1, 16], "FP32")
        tensor.set_data_from_numpy(values)
        asked.append(client.async_infer("add", [tensor]))
    for values, answer in zip(sent, asked):
        assert np.array_equal(answer.get_result().as_numpy("y"), values + 1)
    client.close()


# ---- gRPC alone ----------------------------------------------------------------------------------------------------

def test_a_stream_answers_each_request_and_an_error_does_not_end_it(serving):
    answers = []
    with triton_grpc.InferenceServerClient(serving.address("grpc")) as client:
        client.start_stream(lambda result, error: answers.append((result, error)))
        for number in range(10):
            values = np.full((1, 5 if number == 4 else 16), number, np.float32)
            tensor = triton_grpc.InferInput("x", list(values.shape), "FP32")
            tensor.set_data_from_numpy(values)
            client.async_stream_infer("add", [tensor], request_id=str(number))
        wait_until(lambda: len(answers) == 10, "ten answers")
        client.stop_stream()
    for number, (result, error) in enumerate(answers):
        if number == 4:
            assert "'x'" in str(error)
        else:
            assert error is None and result.get_response().id == str(number)
            assert np.array_equal(result.as_numpy("y"), np.full((1, 16), number + 1, np.float32))


def test_answers_carry_version_and_request_id_as_metadata(serving):
    request = messages.ModelInferRequest(model_name="add", raw_input_contents=[X.tobytes()])
    request.inputs.add(name="x", datatype="FP32", shape=[1, 16])
    with grpc.insecure_channel(serving.address("grpc")) as channel:
        stub = service.GRPCInferenceServiceStub(channel)
        _, call = stub.ModelInfer.with_call(request, metadata=(("x-request-id", "mine"),))
        metadata = dict(call.trailing_metadata())
    assert metadata["x-model-version"] == "v1" and metadata["x-request-id"] == "mine"


def test_http_answers_carry_version_and_request_id_as_headers(serving):
    tensor = [{"name": "x", "datatype": "FP32", "shape": [1, 16], "data": X.ravel().tolist()}]
    body = json.dumps({"inputs": tensor}).encode()
    _, headers, _ = serving.http("POST", "/v2/models/add/infer", body, {"x-request-id": "mine"})
    assert headers["x-model-version"] == "v1" and headers["x-request-id"] == "mine"
    _, headers, _ = serving.http("POST", "/v2/models/add/infer", body)
    assert headers["x-request-id"], "one is made where the client sent none"


def test_the_standard_health_service_answers(serving):
    with grpc.insecure_channel(serving.address("grpc")) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "inference.GRPCInferenceService", "add"):
            answer = health.Check(health_pb2.HealthCheckRequest(service=name))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as error:
            health.Check(health_pb2.HealthCheckRequest(service="nowhere"))
        assert error.value.code() == grpc.StatusCode.NOT_FOUND


def test_reflection_describes_the_inference_service(serving):
    with grpc.insecure_channel(serving.address("grpc")) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        assert "inference.GRPCInferenceService" in database.get_services()
        file = database.FindFileContainingSymbol("inference.GRPCInferenceService")
    assert "ModelInfer" in [method.name for method in file.service[0].method]
