#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The oldest form of a tar archive that every tar reads (POSIX ustar): plain files, not compressed.
// Runs on: any thread; pure.
namespace huidu::samples {

// Bytes that a file of so many takes in an archive.
uint64_t TarBytes(uint64_t size);

// Appends a file that only its owner may read. `name`: at most 100 bytes, without a "/"; `size` below 8 GiB.
void AppendTarFile(std::string& archive, std::string_view name, std::string_view contents, int64_t time_s);
// The end of the archive, without which tar warns.
void FinishTar(std::string& archive);

}  // namespace huidu::samples
