#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proto/paddle/program.pb.h"

// Small models made byte by byte, as Paddle, ONNX and OpenVINO write them.
namespace huidu::repository {

inline void AppendNumber(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) out.push_back(static_cast<char>(value));
}

// A float32 parameter as it is stored.
inline std::string StoredTensor(const std::vector<int64_t>& dims, int32_t data_type = 5) {
  paddle::proto::TensorDesc description;
  description.set_data_type(data_type);
  uint64_t elements = 1;
  for (const int64_t dim : dims) {
    description.add_dims(dim);
    elements *= static_cast<uint64_t>(dim);
  }
  std::string out;
  AppendNumber(out, 0, 4);
  AppendNumber(out, 0, 8);
  AppendNumber(out, 0, 4);
  AppendNumber(out, description.ByteSizeLong(), 4);
  out += description.SerializeAsString();
  return out + std::string(4 * elements, '\x3f');
}

inline paddle::proto::VarDesc* AddVar(paddle::proto::BlockDesc* block, const std::string& name, int32_t kind,
                                      bool persistable, const std::vector<int64_t>& dims) {
  paddle::proto::VarDesc* var = block->add_vars();
  var->set_name(name);
  var->set_persistable(persistable);
  var->mutable_type()->set_type(kind);
  auto* tensor = var->mutable_type()->mutable_lod_tensor()->mutable_tensor();
  tensor->set_data_type(5);
  for (const int64_t dim : dims) tensor->add_dims(dim);
  return var;
}

// A program of one layer: parameters "b" [3] and "w" [2,3], input "x", output "y".
inline paddle::proto::ProgramDesc TestProgram() {
  paddle::proto::ProgramDesc program;
  program.mutable_version()->set_version(2004002);
  paddle::proto::BlockDesc* block = program.add_blocks();
  block->set_idx(0);
  AddVar(block, "feed", 9, true, {});
  AddVar(block, "w", 7, true, {2, 3});
  AddVar(block, "b", 7, true, {3});
  AddVar(block, "x", 7, false, {-1, 2});
  paddle::proto::OpDesc* feed = block->add_ops();
  feed->set_type("feed");
  feed->add_outputs()->add_arguments("x");
  block->add_ops()->set_type("fc");
  paddle::proto::OpDesc* fetch = block->add_ops();
  fetch->set_type("fetch");
  fetch->add_inputs()->add_arguments("y");
  return program;
}

// The parameters of TestProgram(), in the order of their names.
inline std::string TestParameters() { return StoredTensor({3}) + StoredTensor({2, 3}); }

inline std::string TestPirProgram() {
  return R"({"base_code":{"magic":"pir","trainable":true,"version":4},"program":{"regions":[{"#":"region_0","blocks":[
    {"#":"block_0","args":[],"ops":[
    {"#":"p","A":[0,1,1,"w"],"O":{"%":1,"TT":{"#":"0.t_dtensor","D":[{"#":"0.t_f32"},[2,3],"NCHW",[],0]}}},
    {"#":"p","A":[0,1,1,"b"],"O":{"%":2,"TT":{"#":"0.t_dtensor","D":[{"#":"0.t_f32"},[3],"NCHW",[],0]}}},
    {"#":"1.data","A":[{"AT":{"#":"0.a_str","D":"x"},"N":"name"}],
     "O":[{"%":3,"TT":{"#":"0.t_dtensor","D":[{"#":"0.t_f32"},[-1,2],"NCHW",[],0]}}]},
    {"#":"1.fetch","A":[],"I":[{"%":3}],"O":[]}]}]}]}})";
}

// A protobuf field of bytes.
inline std::string WireBytes(uint32_t number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  uint64_t size = bytes.size();
  for (; size >= 0x80; size >>= 7) out.push_back(static_cast<char>(size | 0x80));
  out.push_back(static_cast<char>(size));
  return out + bytes;
}
inline std::string WireNumber(uint32_t number, uint8_t value) {
  return std::string(1, static_cast<char>(number << 3)) + static_cast<char>(value);
}

// An ONNX model with one node, one output and the given weight (the bytes of a TensorProto).
inline std::string OnnxModel(const std::string& weight) {
  return WireNumber(1, 8) + WireBytes(7, WireBytes(1, "node") + WireBytes(5, weight) + WireBytes(12, "output"));
}
// A float32 weight "w" of `dim` numbers, without its data.
inline std::string OnnxWeight(uint8_t dim) { return WireNumber(1, dim) + WireNumber(2, 1) + WireBytes(8, "w"); }

}  // namespace huidu::repository
