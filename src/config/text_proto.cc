#include "config/text_proto.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace huidu::config {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr int kDeepestNesting = 32;
constexpr size_t kLongestName = 64;

// Levenshtein distance: how many letters differ.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

// The nearest known name, or "" if none is near.
std::string Nearest(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(absl::AsciiStrToLower(ToAbsl(name)), absl::AsciiStrToLower(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) names.push_back(type.field(i)->name());
  return names;
}

// The values of the enum field with this name, wherever in the schema it is.
std::vector<std::string> EnumValues(const google::protobuf::FileDescriptor& file, const std::string& field_name) {
  for (int i = 0; i < file.message_type_count(); ++i) {
    const FieldDescriptor* field = file.message_type(i)->FindFieldByName(field_name);
    if (field == nullptr || field->enum_type() == nullptr) continue;
    std::vector<std::string> names;
    for (int v = 0; v < field->enum_type()->value_count(); ++v) names.push_back(field->enum_type()->value(v)->name());
    return names;
  }
  return {};
}

// Turns what protobuf says into what a person can act on. protobuf gives a fault as text only, so
// the names are taken from between its quotes; a text that is not recognised passes through.
class Collector : public google::protobuf::io::ErrorCollector {
 public:
  Collector(std::string_view text, const Descriptor& root, Faults* faults)
      : lines_(absl::StrSplit(ToAbsl(text), '\n')), root_(root), faults_(faults) {}

  void AddError(int line, int column, const std::string& message) override {
    if (faults_->full()) return faults_->Add(line, column, "");
    const std::vector<std::string> parts = absl::StrSplit(message, '"');
    std::string explained = message;
    if (parts.size() == 5 && parts[2] == " has no field named ") {
      explained = ExplainField(parts[1], parts[3]);
      column = ColumnOfName(line, column, parts[3]);
    } else if (parts.size() == 5 && parts[0] == "Unknown enumeration value of ") {
      explained = ExplainEnum(parts[1], parts[3]);
    } else if (parts.size() == 3 && parts[2] == " is specified multiple times.") {
      explained = StrCat("'", parts[1], "' is given twice; keep one");
    }
    if (message.ends_with(", got: ")) explained = "the file ends inside of a message: a '}' is missing";
    faults_->Add(line, column, std::move(explained));
  }
  // With unknown fields allowed, they come as warnings and the reading goes on; to us they are
  // faults.
  void AddWarning(int line, int column, const std::string& message) override { AddError(line, column, message); }

 private:
  // protobuf tells the place behind an unknown name; people look for the name. Columns count a tab
  // as eight.
  int ColumnOfName(int line, int column, const std::string& name) const {
    if (line < 0 || static_cast<size_t>(line) >= lines_.size()) return column;
    const std::string_view text = FromAbsl(lines_[line]);
    int found = column;
    int at = 0;
    for (size_t i = 0; i < text.size() && at < column; ++i) {
      if (text.substr(i).starts_with(name)) found = at;
      at += text[i] == '\t' ? 8 - at % 8 : 1;
    }
    return found;
  }

  std::string ExplainField(const std::string& type_name, const std::string& field) const {
    const Descriptor* type = root_.file()->pool()->FindMessageTypeByName(type_name);
    if (type == nullptr || field.size() > kLongestName) return "unknown field";
    const std::string nearest = Nearest(field, FieldNames(*type));
    return StrCat("unknown field '", field, "'", nearest.empty() ? "" : StrCat("; did you mean '", nearest, "'?"));
  }

  std::string ExplainEnum(const std::string& value, const std::string& field) const {
    return StrCat("'", value.substr(0, kLongestName), "' is no value of '", field, "'; write one of ",
                  absl::StrJoin(EnumValues(*root_.file(), field), ", "));
  }

  const std::vector<absl::string_view> lines_;
  const Descriptor& root_;
  Faults* faults_;
};

}  // namespace

bool ParseTextProto(std::string_view text, google::protobuf::Message* message, LocationTree* locations,
                    Faults* faults) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // editors on Windows begin files with it
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Collector collector(text, *message->GetDescriptor(), faults);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.WriteLocationsTo(locations);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(kDeepestNesting);
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  return parser.Parse(&input, message) && faults->empty();
}

}  // namespace huidu::config
