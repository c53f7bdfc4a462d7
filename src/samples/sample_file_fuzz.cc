#include <string>

#include "samples/sample_file.h"

// Reads what stands in a folder that others may have written to. The checksum is made right, so that the text behind it
// is reached; every other file ends at once.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace huidu::samples;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)DecodeSample(bytes);
  const auto append = [&bytes](uint64_t number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
  };
  append(SampleChecksum(bytes));
  (void)DecodeSample(bytes);

  // The same as the text of a file that is whole otherwise, with some bytes of tensors behind it.
  const std::string text(reinterpret_cast<const char*>(data), size);
  bytes = "HDSAMPL1";
  append(text.size());
  bytes += text + std::string("\4\0\0\0abcd", 8);
  append(SampleChecksum(bytes));
  if (const auto sample = DecodeSample(bytes); sample.ok()) {
    if (!DecodeSample(EncodeSample(*sample)).ok()) __builtin_trap();
  }
  return 0;
}
