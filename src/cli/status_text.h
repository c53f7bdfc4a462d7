#pragma once

#include <string>

#include "cli/admin_client.h"

namespace huidu::cli {

// What `huidu status` prints for the answers of /admin/v1/status and /admin/v1/models. Fields that a server of another
// version does not send are left empty. Pure.
std::string StatusText(const Json& server, const Json& models, bool colors);

// The table of `huidu audit`, oldest first, from the answer of /admin/v1/audit.
std::string AuditText(const Json& audit, bool colors);

}  // namespace huidu::cli
