#include "check/dataset.h"

#include <openssl/evp.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "config/text_file.h"
#include "repository/folder.h"

namespace huidu::check {
namespace {

using nlohmann::json;

constexpr size_t kMaxManifest = size_t{1} << 30;
constexpr size_t kMaxFaults = 20;

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

class Reader {
 public:
  Reader(const std::string& path, const ReadFileFunction& read_file, const DatasetLimits& limits)
      : manifest_(path),
        folder_(FolderOf(path)),
        read_file_(read_file),
        limits_(limits),
        digest_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
    dataset_.path = path;
  }

  absl::StatusOr<Dataset> Read(std::string_view text) {
    Hash(text);
    for (const absl::string_view line : absl::StrSplit(ToAbsl(text), '\n')) {
      ++line_;
      if (line.find_first_not_of(" \t\r") != line.npos) ReadLine(FromAbsl(line));
      if (faults_.size() >= kMaxFaults) break;
    }
    if (!faults_.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults_, "\n"));
    if (dataset_.samples.empty()) return absl::InvalidArgumentError(StrCat(manifest_, " holds no sample"));
    dataset_.sha256 = Digest();
    return std::move(dataset_);
  }

 private:
  void ReadLine(std::string_view text) {
    const json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!line.is_object()) return Fault("this is no JSON object");
    Sample sample;
    sample.line = line_;
    sample.id = Text(line, "id").value_or(std::to_string(line_));
    sample.category = Text(line, "category").value_or("");
    sample.answer = Text(line, "answer");
    sample.error = Text(line, "error").value_or("");
    sample.answered_by = Text(line, "answered_by").value_or("");
    if (!ReadExpected(line, sample) || !ReadWeight(line, sample) || !ReadContent(line, sample)) return;
    if (dataset_.samples.size() == limits_.max_samples)
      return Fault(StrCat("more than ", limits_.max_samples, " samples"));
    dataset_.samples.push_back(std::move(sample));
  }

  bool ReadExpected(const json& line, Sample& sample) {
    const auto expected = line.find("expected");
    if (expected == line.end() || expected->is_null()) return true;
    if (!expected->is_string() && !expected->is_number_integer()) {
      Fault("'expected' is the right answer's text, or the number of its class");
      return false;
    }
    sample.expected = expected->is_string() ? expected->get<std::string>() : expected->dump();
    return true;
  }

  bool ReadWeight(const json& line, Sample& sample) {
    const auto weight = line.find("weight");
    if (weight == line.end()) return true;
    if (weight->is_number() && weight->get<double>() > 0 && weight->get<double>() <= 1e6) {
      sample.weight = weight->get<double>();
      return true;
    }
    Fault("'weight' is a number above 0");
    return false;
  }

  bool ReadContent(const json& line, Sample& sample) {
    const auto text = Text(line, "text"), file = Text(line, "file"), request = Text(line, "request");
    if (text.has_value() + file.has_value() + request.has_value() != 1) {
      Fault("expected one of 'file', 'text' and 'request', a string");
      return false;
    }
    if (text) {
      sample.content = *text;
      return true;
    }
    sample.kind = file ? Sample::Kind::kFile : Sample::Kind::kRequest;
    return ReadFile(file ? *file : *request, sample);
  }

  bool ReadFile(const std::string& name, Sample& sample) {
    if (!repository::StaysInside(name)) {
      Fault(StrCat("'", utf8::Shortened(name, 200), "' is no file inside the data set's folder"));
      return false;
    }
    sample.file = StrCat(folder_, "/", name);
    absl::StatusOr<std::string> content = read_file_(name);
    if (!content.ok()) {
      Fault(std::string(huidu::Text(content.status())));
      return false;
    }
    sample.content = *std::move(content);
    total_ += sample.content.size();
    if (total_ > limits_.max_total_bytes)
      Fault(StrCat("the files together are more than ", limits_.max_total_bytes, " bytes"));
    Hash(sample.content);
    return total_ <= limits_.max_total_bytes;
  }

  static std::optional<std::string> Text(const json& line, const char* member) {
    const auto found = line.find(member);
    if (found == line.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  }

  void Fault(std::string_view what) { faults_.push_back(StrCat(manifest_, ":", line_, ": ", what)); }
  void Hash(std::string_view bytes) { EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size()); }
  std::string Digest() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int length = 0;
    EVP_DigestFinal_ex(digest_.get(), reinterpret_cast<unsigned char*>(digest.data()), &length);
    return absl::BytesToHexString(ToAbsl(std::string_view(digest).substr(0, length)));
  }

  const std::string manifest_;
  const std::string folder_;
  const ReadFileFunction& read_file_;
  const DatasetLimits limits_;
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> digest_;
  Dataset dataset_;
  std::vector<std::string> faults_;
  size_t total_ = 0;
  int line_ = 0;
};

}  // namespace

absl::StatusOr<Dataset> ParseDataset(std::string_view manifest, const std::string& path,
                                     const ReadFileFunction& read_file, const DatasetLimits& limits) {
  return Reader(path, read_file, limits).Read(manifest);
}

absl::StatusOr<Dataset> ReadDataset(const std::string& path, const DatasetLimits& limits) {
  std::error_code error;
  const std::string manifest = std::filesystem::is_directory(path, error) ? path + "/manifest.jsonl" : path;
  HUIDU_ASSIGN_OR_RETURN(const std::string text, config::ReadFile(manifest, kMaxManifest));
  const auto read_file = [&](const std::string& name) {
    return config::ReadFile(StrCat(FolderOf(manifest), "/", name), limits.max_file_bytes);
  };
  return ParseDataset(text, manifest, read_file, limits);
}

}  // namespace huidu::check
