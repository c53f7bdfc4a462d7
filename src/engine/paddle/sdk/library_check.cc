#include "engine/paddle/library_check.h"

namespace huidu::engine::paddle {

// The header came with the library.
absl::Status CheckLibrary() { return absl::OkStatus(); }

}  // namespace huidu::engine::paddle
