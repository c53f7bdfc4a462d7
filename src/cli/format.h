#pragma once

#include <cstdint>
#include <string>

// Numbers as people read them.
namespace huidu::cli {

std::string FormatBytes(uint64_t bytes);        // "512 B", "38 MiB", "1.5 GiB"
std::string FormatDuration(double seconds);     // "45 s", "3 min 20 s", "5 h 10 min", "12 d 3 h"
std::string FormatMilliseconds(double millis);  // "0.18", "21.4", "350"

}  // namespace huidu::cli
