#pragma once

#include "main/serve_options.h"

namespace huidu {

// Runs the server until SIGTERM or SIGINT. The exit status: 0 after a clean stop, 1 if it could not start.
// Runs on: the main thread, which becomes the control thread.
int Serve(const ServeOptions& options);

}  // namespace huidu
