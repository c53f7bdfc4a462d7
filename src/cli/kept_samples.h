#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "cli/admin_client.h"
#include "samples/data_set.h"

// The samples that a server has kept, over the admin port: for `samples list`, `samples export` and `replay`.
namespace huidu::cli {

struct SampleFilter {
  std::string model, version, reason, since;  // empty: any
  int limit = 100;
};

// Adds --reason, --since, --limit, and the version's under a name of the command's own.
void AddSampleFilter(CLI::App& command, SampleFilter& filter, const std::string& version_option);

// Newest first, without what users sent. Errors: those of CallAdmin().
absl::StatusOr<Json> ListSamples(const AdminOptions& admin, const SampleFilter& filter);
absl::StatusOr<Json> FetchSample(const AdminOptions& admin, const std::string& id);

using LeftOut = std::map<std::string, std::vector<std::string>>;  // ids by why

// Gives each of a list to `take`, the oldest first, so that a later export of the same samples has the same numbers.
// `reason`: what they are filed under, as samples::MakeItem() says. The result are those that cannot be sent again, or
// not be fetched. Error: the first of `take`.
absl::StatusOr<LeftOut> FetchSamples(const AdminOptions& admin, const Json& list, const std::string& reason,
                                     absl::FunctionRef<absl::Status(samples::DataSetItem item)> take);

}  // namespace huidu::cli
