#include "samples/tar.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/str_format.h"

namespace huidu::samples {
namespace {

constexpr size_t kBlock = 512;

// A field of the header, by its place there.
struct Field {
  size_t at, length;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUser{108, 8}, kGroup{116, 8}, kSize{124, 12}, kTime{136, 12},
    kChecksum{148, 8}, kType{156, 1}, kMagic{257, 8};

using Header = std::array<char, kBlock>;

void Put(Header& header, Field field, std::string_view text) {
  std::memcpy(header.data() + field.at, text.data(), std::min(text.size(), field.length));
}

// In octal, with a NUL at the end.
void PutOctal(Header& header, Field field, uint64_t number) {
  Put(header, field, absl::StrFormat("%0*o", static_cast<int>(field.length) - 1, number));
}

// The sum of all bytes, the checksum's own ones counted as spaces.
uint64_t Checksum(const Header& header) {
  uint64_t sum = kChecksum.length * ' ';
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  return sum;
}

size_t Padding(uint64_t size) { return (kBlock - size % kBlock) % kBlock; }

}  // namespace

uint64_t TarBytes(uint64_t size) { return kBlock + size + Padding(size); }

void AppendTarFile(std::string& archive, std::string_view name, std::string_view contents, int64_t time_s) {
  Header header{};
  Put(header, kName, name);
  PutOctal(header, kMode, 0600);
  PutOctal(header, kUser, 0);
  PutOctal(header, kGroup, 0);
  PutOctal(header, kSize, contents.size());
  PutOctal(header, kTime, static_cast<uint64_t>(std::max<int64_t>(0, time_s)));
  Put(header, kType, "0");
  Put(header, kMagic, std::string_view("ustar\00000", 8));
  // Its last byte is a space by tradition, after the NUL.
  Put(header, kChecksum, absl::StrFormat("%06o", Checksum(header)) + std::string("\0 ", 2));
  archive.append(header.data(), header.size());
  archive += contents;
  archive.append(Padding(contents.size()), '\0');
}

void FinishTar(std::string& archive) { archive.append(2 * kBlock, '\0'); }

}  // namespace huidu::samples
