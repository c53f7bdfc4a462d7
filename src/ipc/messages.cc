#include "ipc/messages.h"

#include "base/strings.h"

namespace huidu::ipc {
namespace {

constexpr size_t kMaxParts = 64;
constexpr size_t kFrameHeader = sizeof(uint32_t) + sizeof(uint16_t);

// One list of fields for each message serves both directions: `Fields(io, message)` with io a Save or a Restore.
struct Save {
  Writer& writer;
  template <typename T>
  void operator()(const T& value) {
    writer.Put(value);
  }
};
struct Restore {
  Reader& reader;
  template <typename T>
  void operator()(T& value) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> raw{};
      reader.Get(raw);
      value = static_cast<T>(raw);
    } else {
      reader.Get(value);
    }
  }
};

template <typename Item, typename Each>
void List(Save& io, const std::vector<Item>& items, Each each) {
  io(static_cast<uint32_t>(items.size()));
  for (const Item& item : items) each(io, item);
}
template <typename Item, typename Each>
void List(Restore& io, std::vector<Item>& items, Each each) {
  const uint32_t count = io.reader.Count(/*item_bytes=*/sizeof(uint32_t));
  items.clear();
  for (uint32_t i = 0; i < count && io.reader.ok(); ++i) each(io, items.emplace_back());
}

template <typename Io, typename T>
void ShapeRangeFields(Io& io, T& range) {
  io(range.input), io(range.min), io(range.opt), io(range.max);
}

template <typename Io, typename T>
void GpuFields(Io& io, T& gpu) {
  io(gpu.device_id), io(gpu.memory_mb), io(gpu.memory_fraction), io(gpu.tensorrt);
  io(gpu.tensorrt_precision), io(gpu.tensorrt_workspace_mb), io(gpu.tensorrt_min_subgraph);
  io(gpu.tensorrt_max_batch);
  List(io, gpu.tensorrt_shapes, [](auto& each, auto& range) { ShapeRangeFields(each, range); });
}

template <typename Io, typename T>
void PartFields(Io& io, T& part) {
  auto& o = part.options;
  io(part.name), io(o.directory), io(o.format), io(o.program_file), io(o.params_file), io(o.parameter_files);
  io(o.lod_inputs), io(o.use_gpu);
  GpuFields(io, o.gpu);
  io(o.instances), io(o.threads_per_instance), io(o.precision), io(o.cache_directory);
}

template <typename Io, typename T>
void TaskFields(Io& io, T& task) {
  io(task.task), io(task.directory);
  List(io, task.resources, [](auto& each, auto& resource) { each(resource.name), each(resource.path); });
  List(io, task.settings,
       [](auto& each, auto& setting) { each(setting.name), each(setting.value), each(setting.where); });
}

template <typename Io, typename T>
void SpecFields(Io& io, T& spec) {
  io(spec.name), io(spec.type), io(spec.shape), io(spec.any_rank), io(spec.lod_level), io(spec.example),
      io(spec.media_type);
}

template <typename Io, typename T>
void InputFields(Io& io, T& input) {
  io(input.index), io(input.type), io(input.shape), io(input.offset), io(input.bytes), io(input.lod);
}

template <typename Io, typename T>
void OutputFields(Io& io, T& output) {
  io(output.index), io(output.type), io(output.shape), io(output.offset), io(output.bytes);
}

template <typename M, typename Message>
concept Is = std::is_same_v<std::remove_const_t<M>, Message>;

template <typename Io, Is<Hello> M>
void Fields(Io& io, M& m) {
  io(m.protocol), io(m.sandbox);
}
template <typename Io, Is<Load> M>
void Fields(Io& io, M& m) {
  io(m.engine);
  List(io, m.parts, [](auto& each, auto& part) { PartFields(each, part); });
  TaskFields(io, m.task);
}
template <typename Io, Is<Loaded> M>
void Fields(Io& io, M& m) {
  const auto spec = [](auto& each, auto& s) { SpecFields(each, s); };
  io(m.engine_version), io(m.signature.platform);
  List(io, m.signature.inputs, spec);
  List(io, m.signature.outputs, spec);
}
template <typename Io, Is<LoadFailed> M>
void Fields(Io& io, M& m) {
  io(m.code), io(m.message);
}
template <typename Io, Is<Promote> M>
void Fields(Io&, M&) {}
template <typename Io, Is<Ping> M>
void Fields(Io& io, M& m) {
  io(m.sequence);
}
template <typename Io, Is<Pong> M>
void Fields(Io& io, M& m) {
  io(m.sequence);
}
template <typename Io, Is<InferRequest> M>
void Fields(Io& io, M& m) {
  io(m.id), io(m.sent_ns), io(m.deadline_ns);
  List(io, m.inputs, [](auto& each, auto& input) { InputFields(each, input); });
  io(m.outputs);
}
template <typename Io, Is<InferResponse> M>
void Fields(Io& io, M& m) {
  io(m.id), io(m.code), io(m.message);
  List(io, m.outputs, [](auto& each, auto& output) { OutputFields(each, output); });
  io(m.queue_ns), io(m.infer_ns);
}
template <typename Io, Is<Release> M>
void Fields(Io& io, M& m) {
  io(m.offsets);
}
template <typename Io, Is<Cancel> M>
void Fields(Io& io, M& m) {
  io(m.id);
}

// What the field types alone do not promise.
template <typename M>
bool Valid(const M&) {
  return true;
}
template <typename Ref>
bool ValidRefs(const std::vector<Ref>& refs) {
  if (refs.size() > tensor::kMaxTensors) return false;
  for (const Ref& ref : refs) {
    if (!tensor::FromWire(ref.type) || ref.shape.size() > tensor::kMaxRank) return false;
  }
  return true;
}
bool Valid(const InferRequest& m) { return ValidRefs(m.inputs) && m.outputs.size() <= tensor::kMaxTensors; }
bool Valid(const InferResponse& m) { return ValidRefs(m.outputs); }
bool ValidSpecs(const std::vector<tensor::Spec>& specs) {
  if (specs.size() > tensor::kMaxTensors) return false;
  for (const tensor::Spec& spec : specs) {
    if (!tensor::FromWire(static_cast<uint8_t>(spec.type))) return false;
    if (spec.shape.size() > tensor::kMaxRank || spec.name.size() > tensor::kMaxNameLength) return false;
    if (spec.example.size() > tensor::kMaxExample || spec.media_type.size() > tensor::kMaxNameLength) return false;
  }
  return true;
}
bool Valid(const Load& m) { return !m.parts.empty() && m.parts.size() <= kMaxParts; }
bool Valid(const Loaded& m) { return ValidSpecs(m.signature.inputs) && ValidSpecs(m.signature.outputs); }

}  // namespace

template <typename Message>
void Append(std::vector<std::byte>& datagram, const Message& message) {
  const size_t start = datagram.size();
  Writer writer(datagram);
  writer.Put(uint32_t{0});
  writer.Put(Message::kType);
  Save save{writer};
  Fields(save, message);
  const uint32_t size = static_cast<uint32_t>(datagram.size() - start - kFrameHeader);
  std::memcpy(datagram.data() + start, &size, sizeof(size));
}

absl::StatusOr<Frame> NextFrame(std::span<const std::byte>& datagram) {
  Reader reader(datagram);
  uint32_t size = 0;
  uint16_t type = 0;
  reader.Get(size);
  reader.Get(type);
  const std::span<const std::byte> payload = reader.GetBytes(size);
  if (!reader.ok()) {
    return absl::InvalidArgumentError(
        StrCat("ipc: a frame of ", size, " bytes in a datagram with ", datagram.size(), " left"));
  }
  datagram = datagram.subspan(kFrameHeader + size);
  return Frame{static_cast<MessageType>(type), payload};
}

template <typename Message>
absl::StatusOr<Message> Decode(std::span<const std::byte> payload) {
  Reader reader(payload);
  Message message;
  Restore restore{reader};
  Fields(restore, message);
  if (!reader.AtEnd() || !Valid(message)) {
    return absl::InvalidArgumentError(StrCat("ipc: a message of type ", static_cast<int>(Message::kType), " with ",
                                             payload.size(), " bytes is damaged"));
  }
  return message;
}

#define HUIDU_MESSAGE(Type)                                         \
  template void Append<Type>(std::vector<std::byte>&, const Type&); \
  template absl::StatusOr<Type> Decode<Type>(std::span<const std::byte>)
HUIDU_MESSAGE(Hello);
HUIDU_MESSAGE(Load);
HUIDU_MESSAGE(Loaded);
HUIDU_MESSAGE(LoadFailed);
HUIDU_MESSAGE(Promote);
HUIDU_MESSAGE(Ping);
HUIDU_MESSAGE(Pong);
HUIDU_MESSAGE(InferRequest);
HUIDU_MESSAGE(InferResponse);
HUIDU_MESSAGE(Release);
HUIDU_MESSAGE(Cancel);

}  // namespace huidu::ipc
