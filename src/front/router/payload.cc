#include "front/router/payload.h"

#include <charconv>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using tensor::DataType;
using tensor::Spec;

constexpr size_t kAlignment = 64;
// Offsets travel inside the message to the worker, which is bounded.
constexpr size_t kMaxLod = 8192;

size_t RoundUp(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

std::string Names(const std::vector<Spec>& specs) {
  return absl::StrJoin(specs, ", ", [](std::string* out, const Spec& spec) { StrAppend(out, spec.name); });
}

absl::Status CheckLod(const Spec& spec, const tensor::Shape& shape, const std::vector<uint64_t>& lod) {
  if (lod.empty()) return absl::OkStatus();
  const auto wrong = [&](std::string_view what) {
    return absl::InvalidArgumentError(StrCat("input '", spec.name, "': lod ", what));
  };
  if (spec.lod_level == 0) return wrong("was given, but the model takes no sequences here");
  if (lod.size() > kMaxLod) return wrong(StrCat("has ", lod.size(), " offsets, at most ", kMaxLod, " are taken"));
  const uint64_t rows = shape.empty() ? 0 : static_cast<uint64_t>(shape[0]);
  if (lod.size() < 2 || lod.front() != 0 || lod.back() != rows) {
    return wrong(StrCat("must begin with 0 and end with the number of rows, ", rows));
  }
  for (size_t i = 1; i < lod.size(); ++i) {
    if (lod[i] < lod[i - 1]) return wrong(StrCat("falls from ", lod[i - 1], " to ", lod[i]));
  }
  return absl::OkStatus();
}

// The index of the input in the signature; everything but the bytes' contents is checked.
absl::StatusOr<ipc::InputRef> CheckInput(const Servable& servable, const InputDescription& input) {
  const int index = servable.InputIndex(input.name);
  if (index < 0) {
    return absl::InvalidArgumentError(StrCat("input '", input.name, "' is unknown: ", servable.model(), " version ",
                                             servable.version(), " takes ", Names(servable.signature().inputs)));
  }
  const Spec& spec = servable.signature().inputs[static_cast<size_t>(index)];
  const std::optional<DataType> type = tensor::FromName(input.datatype);
  if (!type.has_value()) {
    return absl::InvalidArgumentError(StrCat("input '", input.name, "': datatype '", input.datatype,
                                             "' is unknown, the model expects ", Name(spec.type)));
  }
  if (input.shape.size() > tensor::kMaxRank) {
    return absl::InvalidArgumentError(StrCat("input '", input.name, "': ", input.shape.size(), " dimensions, at most ",
                                             tensor::kMaxRank, " are taken"));
  }
  HUIDU_RETURN_IF_ERROR(tensor::Check(spec, *type, input.shape));
  HUIDU_RETURN_IF_ERROR(CheckLod(spec, input.shape, input.lod));
  absl::StatusOr<int64_t> count = tensor::ElementCount(input.shape);
  if (!count.ok()) return Annotate(count.status(), StrCat("input '", input.name, "'"));
  if (*type != DataType::kBytes) {
    absl::StatusOr<size_t> expected = tensor::ByteSize(*type, input.shape);
    if (!expected.ok()) return Annotate(expected.status(), StrCat("input '", input.name, "'"));
    if (*expected != input.bytes) {
      return absl::InvalidArgumentError(StrCat("input '", input.name, "': got ", input.bytes, " bytes, but ",
                                               Name(*type), " ", tensor::ToString(input.shape), " takes ", *expected));
    }
  }
  ipc::InputRef ref;
  ref.index = static_cast<uint16_t>(index);
  ref.type = static_cast<uint8_t>(*type);
  ref.shape = input.shape;
  ref.bytes = input.bytes;
  ref.lod = input.lod;
  return ref;
}

absl::Status CheckComplete(const Servable& servable, const std::vector<ipc::InputRef>& inputs) {
  const std::vector<Spec>& specs = servable.signature().inputs;
  std::vector<bool> seen(specs.size());
  for (const ipc::InputRef& input : inputs) {
    if (seen[input.index]) {
      return absl::InvalidArgumentError(StrCat("input '", specs[input.index].name, "' is given twice"));
    }
    seen[input.index] = true;
  }
  for (size_t i = 0; i < specs.size(); ++i) {
    if (seen[i]) continue;
    return absl::InvalidArgumentError(StrCat("input '", specs[i].name, "' is missing: ", servable.model(), " version ",
                                             servable.version(), " expects ", Name(specs[i].type), " ",
                                             tensor::ToString(specs[i].shape)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<Payload>> NewPayload(const Servable& servable, std::span<const InputDescription> inputs,
                                                    std::span<const std::string_view> wanted_outputs) {
  auto payload = std::make_shared<Payload>();
  size_t total = 0;
  for (const InputDescription& input : inputs) {
    HUIDU_ASSIGN_OR_RETURN(ipc::InputRef ref, CheckInput(servable, input));
    ref.offset = total;
    if (input.bytes > servable.requests().size()) {
      return absl::ResourceExhaustedError(StrCat("input '", input.name, "': ", input.bytes, " bytes are more than the ",
                                                 servable.requests().size(), " that a request may have"));
    }
    total += RoundUp(input.bytes);
    payload->inputs.push_back(std::move(ref));
    if (payload->inputs.size() > tensor::kMaxTensors) return absl::InvalidArgumentError("too many inputs");
  }
  HUIDU_RETURN_IF_ERROR(CheckComplete(servable, payload->inputs));
  for (std::string_view name : wanted_outputs) {
    const int index = servable.OutputIndex(name);
    if (index < 0) {
      return absl::InvalidArgumentError(StrCat("output '", name, "' is unknown: ", servable.model(), " version ",
                                               servable.version(), " gives ", Names(servable.signature().outputs)));
    }
    payload->wanted_outputs.push_back(static_cast<uint16_t>(index));
  }
  HUIDU_ASSIGN_OR_RETURN(payload->block, servable.requests().Allocate(total));
  for (ipc::InputRef& ref : payload->inputs) ref.offset += payload->block.offset();
  return payload;
}

std::span<std::byte> InputBytes(const Servable& servable, const Payload& payload, size_t i) {
  const ipc::InputRef& ref = payload.inputs[i];
  return {servable.requests().base() + ref.offset, ref.bytes};
}

absl::Status CheckContents(const Servable& servable, const Payload& payload) {
  for (size_t i = 0; i < payload.inputs.size(); ++i) {
    const ipc::InputRef& ref = payload.inputs[i];
    const DataType type = static_cast<DataType>(ref.type);
    if (type != DataType::kBytes) continue;
    HUIDU_RETURN_IF_ERROR(tensor::CheckBytes(servable.signature().inputs[ref.index].name, type, ref.shape,
                                             InputBytes(servable, payload, i)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Payload>> Translate(const Servable& from, const Payload& payload,
                                                         const Servable& to) {
  std::vector<InputDescription> inputs;
  for (const ipc::InputRef& ref : payload.inputs) {
    inputs.push_back({.name = from.signature().inputs[ref.index].name,
                      .datatype = Name(static_cast<DataType>(ref.type)),
                      .shape = ref.shape,
                      .bytes = ref.bytes,
                      .lod = ref.lod});
  }
  std::vector<std::string_view> outputs;
  for (uint16_t index : payload.wanted_outputs) outputs.push_back(from.signature().outputs[index].name);
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Payload> copy, NewPayload(to, inputs, outputs));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::span<std::byte> source = InputBytes(from, payload, i);
    if (!source.empty()) std::memcpy(InputBytes(to, *copy, i).data(), source.data(), source.size());
  }
  return copy;
}

absl::StatusOr<std::vector<uint64_t>> ParseLod(std::string_view text) {
  std::vector<uint64_t> offsets;
  for (const absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || offsets.size() >= kMaxLod) {
      return absl::InvalidArgumentError(
          "parameter 'lod' must be row offsets separated by commas, for example \"0,3,5\"");
    }
    offsets.push_back(value);
  }
  return offsets;
}

}  // namespace huidu::front
