#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/strings.h"

// Returns from the calling function if `expr` is an error.
#define HUIDU_RETURN_IF_ERROR(expr)                                                     \
  do {                                                                                  \
    if (absl::Status huidu_status_ = (expr); !huidu_status_.ok()) return huidu_status_; \
  } while (false)

// HUIDU_ASSIGN_OR_RETURN(auto value, Compute()): the value, or return with the error.
#define HUIDU_ASSIGN_OR_RETURN(lhs, expr) HUIDU_ASSIGN_OR_RETURN_IMPL_(HUIDU_CONCAT_(huidu_or_, __LINE__), lhs, expr)
#define HUIDU_CONCAT_INNER_(a, b) a##b
#define HUIDU_CONCAT_(a, b) HUIDU_CONCAT_INNER_(a, b)
#define HUIDU_ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return std::move(tmp).status();     \
  lhs = *std::move(tmp)

namespace huidu {

// The same error with "where: " in front of its text: each layer says what it was doing.
inline absl::Status Annotate(const absl::Status& status, std::string_view where) {
  if (status.ok()) return status;
  return absl::Status(status.code(), StrCat(where, ": ", Text(status)));
}

}  // namespace huidu
