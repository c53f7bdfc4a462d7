#!/bin/bash
# Formats the C++ sources in place; `format.sh --check` only says which are not formatted and fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

mode=(-i)
[[ ${1:-} == --check ]] && mode=(--dry-run --Werror)
find src examples bench tests \( -name '*.cc' -o -name '*.h' \) -print0 |
  xargs -0 --no-run-if-empty clang-format-16 --style=file --fallback-style=none "${mode[@]}"
