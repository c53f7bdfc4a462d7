#include "config/read_rollout.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "base/strings.h"
#include "config/read_field.h"
#include "config/read_routing.h"
#include "config/version_name.h"
#include "rollout/hedge_bounds.h"
#include "rollout/policy_json.h"

namespace huidu::config {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using nlohmann::json;
using Model = proto::ModelConfig;
using Written = proto::Rollout;

json ToJson(const Message& message);

// One value; `index` is -1 for a field that is not repeated. In JSON the names of an enum are in
// lower case.
json ValueOf(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool one = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return one ? reflection.GetString(message, &field) : reflection.GetRepeatedString(message, &field, index);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return ToJson(one ? reflection.GetMessage(message, &field)
                        : reflection.GetRepeatedMessage(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM: return absl::AsciiStrToLower(reflection.GetEnum(message, &field)->name());
    case FieldDescriptor::CPPTYPE_BOOL: return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE: return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_UINT32: return reflection.GetUInt32(message, &field);
    case FieldDescriptor::CPPTYPE_UINT64: return reflection.GetUInt64(message, &field);
    default: return nullptr;  // the schema of a rollout has no other type; a test holds it to that
  }
}

// The fields that are written. protobuf's own conversion writes 64-bit numbers as texts.
json ToJson(const Message& message) {
  json object = json::object();
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    json& value = object[field->name()];
    if (!field->is_repeated()) {
      value = ValueOf(message, *field, -1);
      continue;
    }
    const int size = message.GetReflection()->FieldSize(message, field);
    for (int i = 0; i < size; ++i) value.push_back(ValueOf(message, *field, i));
  }
  return object;
}

// The index in front of which `text` stands as "stages[3]"; -1 if it is about something else.
int IndexOfStage(std::string_view text) {
  constexpr std::string_view kStages = "stages[";
  int index = -1;
  if (text.starts_with(kStages)) {
    text.remove_prefix(kStages.size());
    std::from_chars(text.data(), text.data() + text.size(), index);
  }
  return index;
}

// The rollout's policy without what only the data path and this file know of.
json PolicyOf(const json& rollout) {
  json policy = rollout;
  policy.erase("retry_on_stable");
  policy.erase("hedge");
  policy.erase("shadow_compare");
  // The server has stages for a policy that names none; the check needs some that are in order.
  if (!policy.contains("stages")) {
    policy["stages"] = {{{"share_percent", 50}, {"min_duration", "1m"}}};
  }
  return policy;
}

void CheckPolicy(const Located<Written>& source, const json& rollout) {
  const absl::StatusOr<rollout::Policy> policy = rollout::PolicyFromJson(PolicyOf(rollout));
  if (policy.ok()) return;
  std::string fault = StrCat("rollout: ", Text(policy.status()));
  const int stage = IndexOfStage(Text(policy.status()));
  if (stage >= 0 && stage < source.message.stages_size()) {
    source.FaultAt(Written::kStagesFieldNumber, stage, std::move(fault));
  } else if (Text(policy.status()).starts_with("require_check")) {
    source.Fault(Written::kRequireCheckFieldNumber, std::move(fault));
  } else {
    source.faults->Add(source.line, source.column, std::move(fault));
  }
}

// The id of base_path's version; empty where it is a folder of versions, of which only the disk knows.
std::string LiveId(const ModelConfig& model) {
  if (!model.version.empty()) return model.version;
  return VersionIdFromPath(model.base_path, model.version_naming).value_or("");
}

void CheckCompare(const Located<Written>& source) {
  using Compare = proto::ShadowCompare;
  const Compare& written = source.message.shadow_compare();
  const auto compare = source.Child(Written::kShadowCompareFieldNumber, -1, written);
  Ranged(compare, Compare::kAbsoluteFieldNumber, written.absolute(), 0, 1e12);
  Ranged(compare, Compare::kRelativeFieldNumber, written.relative(), 0, 1e12);
  Ranged(compare, Compare::kMinShareFieldNumber, written.min_share(), 0, 1);
  Ranged(compare, Compare::kMaxShareFieldNumber, written.max_share(), 0, 1);
  const auto refuse = [&](bool given, bool fits, int field, const char* name) {
    if (given && !fits) compare.Fault(field, StrCat(name, " is of no use for ", Compare::How_Name(written.how())));
  };
  const bool exact = written.how() == Compare::EXACT;
  refuse(written.has_absolute(), !exact, Compare::kAbsoluteFieldNumber, "absolute");
  refuse(written.has_relative(), !exact, Compare::kRelativeFieldNumber, "relative");
  refuse(written.has_min_share(), written.how() == Compare::TOP1, Compare::kMinShareFieldNumber, "min_share");
  refuse(written.has_max_share(), written.how() == Compare::TEXT_EDIT_DISTANCE, Compare::kMaxShareFieldNumber,
         "max_share");
}

void CheckDataPath(const Located<Written>& source) {
  CheckCompare(source);
  if (!source.message.has_hedge()) return;
  using Hedge = proto::Hedge;
  const Hedge& written = source.message.hedge();
  const auto hedge = source.Child(Written::kHedgeFieldNumber, -1, written);
  Ranged(hedge, Hedge::kQuantileFieldNumber, written.quantile(), rollout::kHedgeQuantile.low,
         rollout::kHedgeQuantile.high);
  Ranged(hedge, Hedge::kFactorFieldNumber, written.factor(), rollout::kHedgeFactor.low, rollout::kHedgeFactor.high);
  Ranged(hedge, Hedge::kMinMsFieldNumber, written.min_ms(), rollout::kHedgeMinMs.low, rollout::kHedgeMinMs.high);
  if (!source.message.retry_on_stable()) {
    source.Fault(Written::kHedgeFieldNumber, "hedge needs retry_on_stable");
  }
}

}  // namespace

void ReadRollout(const Located<Model>& source, ModelConfig& model) {
  if (!source.message.has_rollout()) return;
  const Written& written = source.message.rollout();
  const auto located = source.Child(Model::kRolloutFieldNumber, -1, written);
  if (source.message.weights_size() > 0) {
    source.Fault(Model::kRolloutFieldNumber, "weights and a rollout would divide the same traffic; keep one");
  }
  // Where the server writes the promoted version into base_path itself, this is what it leaves.
  const bool promoted = written.rewrite_base_path() && written.candidate() == LiveId(model);
  if (std::string why = WhyNotBesideLive(model, written.candidate()); !why.empty() && !promoted) {
    located.Fault(Written::kCandidateFieldNumber, StrCat("candidate: ", why));
  }
  json rollout = ToJson(written);
  rollout.erase("rewrite_base_path");
  if (!written.candidate().empty()) CheckPolicy(located, rollout);
  CheckDataPath(located);
  model.rewrite_base_path = written.rewrite_base_path();
  // Bytes that are no UTF-8 are replaced rather than thrown about.
  model.rollout_json = rollout.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace huidu::config
