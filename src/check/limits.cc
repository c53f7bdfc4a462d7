#include "check/limits.h"

#include <cmath>

#include "base/status.h"
#include "base/strings.h"
#include "config/text_file.h"
#include "config/text_proto.h"
#include "proto/config/check_limits.pb.h"

namespace huidu::check {
namespace {

using Written = config::proto::CheckLimits;
using WrittenCategory = config::proto::CategoryLimits;

constexpr size_t kMaxBytes = 1 << 20;

// A field that is a share, or another number that is not negative.
template <typename M>
void CheckNumber(const config::Located<M>& source, int field, double most) {
  const auto* descriptor = M::descriptor()->FindFieldByNumber(field);
  const auto* reflection = M::GetReflection();
  if (!reflection->HasField(source.message, descriptor)) return;
  const double value = reflection->GetDouble(source.message, descriptor);
  if (value >= 0 && value <= most) return;
  source.Fault(field, std::isinf(most)
                          ? StrCat(descriptor->name(), " is ", value, "; expected is a number not below 0")
                          : StrCat(descriptor->name(), " is ", value, "; expected is a number from 0 to ", most));
}

std::optional<double> Given(bool has, double value) { return has ? std::optional<double>(value) : std::nullopt; }

CategoryLimits ReadCategory(const config::Located<WrittenCategory>& source) {
  const WrittenCategory& written = source.message;
  if (written.category().empty()) source.Fault(WrittenCategory::kCategoryFieldNumber, "category is missing");
  CheckNumber(source, WrittenCategory::kMinAccuracyFieldNumber, 1);
  CheckNumber(source, WrittenCategory::kMaxAccuracyDropFieldNumber, 1);
  return {written.category(), Given(written.has_min_accuracy(), written.min_accuracy()),
          Given(written.has_max_accuracy_drop(), written.max_accuracy_drop())};
}

void CheckNumbers(const config::Located<Written>& source) {
  for (int share :
       {Written::kMinAccuracyFieldNumber, Written::kMaxAccuracyDropFieldNumber, Written::kMinAgreementFieldNumber}) {
    CheckNumber(source, share, 1);
  }
  for (int number : {Written::kMaxP99RatioFieldNumber, Written::kMaxP99MsFieldNumber, Written::kMinQpsRatioFieldNumber,
                     Written::kMaxMemoryGrowthMbFieldNumber, Written::kMaxLoadSecondsFieldNumber,
                     Written::kToleranceAbsoluteFieldNumber, Written::kToleranceRelativeFieldNumber}) {
    CheckNumber(source, number, INFINITY);
  }
}

}  // namespace

absl::StatusOr<Limits> ReadLimits(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(const std::string text, config::ReadFile(path, kMaxBytes));
  config::Faults faults;
  config::LocationTree tree;
  Written written;
  if (!config::ParseTextProto(text, &written, &tree, &faults)) return faults.ToStatus(path);
  const config::Located<Written> source{written, &tree, 0, 0, &faults};
  CheckNumbers(source);
  Limits limits;
  limits.min_accuracy = Given(written.has_min_accuracy(), written.min_accuracy());
  limits.max_accuracy_drop = written.max_accuracy_drop();
  for (int i = 0; i < written.categories_size(); ++i) {
    limits.categories.push_back(ReadCategory(source.Child(Written::kCategoriesFieldNumber, i, written.categories(i))));
  }
  limits.min_agreement = Given(written.has_min_agreement(), written.min_agreement());
  limits.max_p99_ratio = written.max_p99_ratio();
  limits.max_p99_ms = Given(written.has_max_p99_ms(), written.max_p99_ms());
  limits.min_qps_ratio = written.min_qps_ratio();
  limits.max_memory_growth_mb = written.max_memory_growth_mb();
  limits.max_load_seconds = Given(written.has_max_load_seconds(), written.max_load_seconds());
  limits.max_failed = written.max_failed();
  limits.min_samples = written.min_samples();
  limits.tolerance_absolute = written.tolerance_absolute();
  limits.tolerance_relative = written.tolerance_relative();
  HUIDU_RETURN_IF_ERROR(faults.ToStatus(path));
  return limits;
}

}  // namespace huidu::check
