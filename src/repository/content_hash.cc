#include "repository/content_hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "absl/strings/escaping.h"
#include "base/status.h"
#include "base/strings.h"
#include "repository/file_reader.h"

namespace huidu::repository {
namespace {

constexpr size_t kBlock = 1 << 20;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void Add(const void* data, size_t bytes) { EVP_DigestUpdate(context_.get(), data, bytes); }
  std::string Finish() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &length);
    digest.resize(length);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

absl::StatusOr<std::string> HashFile(FileReader& file) {
  Sha256 hash;
  std::vector<char> block(std::min<uint64_t>(kBlock, file.size()));
  for (uint64_t offset = 0; offset < file.size(); offset += block.size()) {
    const size_t part = std::min<uint64_t>(block.size(), file.size() - offset);
    HUIDU_RETURN_IF_ERROR(file.Read(offset, block.data(), part));
    hash.Add(block.data(), part);
  }
  return hash.Finish();
}

}  // namespace

absl::StatusOr<ContentHash> HashFiles(const std::string& directory, std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  ContentHash result;
  Sha256 all;
  for (const std::string& name : names) {
    HUIDU_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(StrCat(directory, "/", name)));
    HUIDU_ASSIGN_OR_RETURN(const std::string digest, HashFile(file));
    all.Add(name.c_str(), name.size() + 1);
    all.Add(digest.data(), digest.size());
    result.files[name] = absl::BytesToHexString(digest);
    result.bytes += file.size();
  }
  result.sha256 = absl::BytesToHexString(all.Finish());
  return result;
}

}  // namespace huidu::repository
