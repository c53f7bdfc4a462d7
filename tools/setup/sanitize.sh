#!/bin/bash
# Builds a sanitizer preset and runs its tests: sanitize.sh asan|tsan.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/setup/step.sh
preset=$1

# GCC 12's ThreadSanitizer cannot place its shadow memory where the kernel randomises addresses with more than 28 bits.
# The build runs tests too: it asks each test program for its list of tests.
if [[ $preset == tsan && -z ${HUIDU_FIXED_ADDRESSES:-} ]] && (($(cat /proc/sys/vm/mmap_rnd_bits || echo 32) > 28)); then
  HUIDU_FIXED_ADDRESSES=1 exec setarch "$(uname -m)" --addr-no-randomize "$0" "$@"
fi

# Threads meet in the data path. What links gRPC is left out under tsan: Debian's library is not instrumented, and what
# it synchronises would be reported as races.
targets=()
[[ $preset == tsan ]] && targets=(ipc_test front_table_test front_router_test front_shadow_test
  front_supervisor_test front_versions_test front_http_test http_test notify_test)

tools/setup/build.sh "$preset" "${targets[@]}"
if ((${#targets[@]})); then
  # Programs that were not built are listed by ctest as *_NOT_BUILT.
  step "Test ($preset)" ctest --preset "$preset" -E '_NOT_BUILT|^example|^proto\.'
else
  step "Test ($preset)" ctest --preset "$preset"
fi
