#!/bin/bash
# Runs the whole test suite. The release build, the models and the Python environment must be there: `make test` sees to
# it. Goes on after a failure, so that one run shows everything, and then exits with 1.
#
# HUIDU_SKIP_SANITIZERS=1 leaves out the builds with the address and thread sanitizers.
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=2
failed=()

# suite <name> <command> [argument…]: runs it with its output in build/log. Of a suite that passes only the runner's
# own closing lines are shown, of one that fails all but the tests that passed.
suite() {
  local name=$1 log status=0
  shift
  mkdir -p build/log
  log=build/log/test-${name//[^A-Za-z0-9]/-}.log
  printf '== %s\n' "$name"
  "$@" >"$log" 2>&1 || status=$?
  if ((status == 0)); then
    closing_lines "$log"
  else
    failed+=("$name")
    grep -vE '^ *(Start +[0-9]+:|[0-9]+/[0-9]+ Test +#.* Passed )' "$log" | tail -n 300
    printf 'The whole log: %s\n' "$log"
  fi
}

# ctest ends with a line of percent and one of time, pytest with one line between "=" signs.
closing_lines() {
  grep -E '^[0-9]+% tests passed|^Total Test time|^=+ .*(passed|skipped).* =+$' "$1" || tail -n 3 "$1"
}

fuzz() {
  local targets
  cmake --preset fuzz || return
  targets=$(ninja -C build/fuzz -t targets all | sed -n '/^cmake_/d; s/^\([a-z0-9_]*_fuzz\): phony$/\1/p')
  [[ -n $targets ]] || { echo "the fuzz preset has no fuzz target"; return 1; }
  # shellcheck disable=SC2086  # one argument a target
  ninja -C build/fuzz -j "$jobs" $targets || return
  ctest --test-dir build/fuzz -R '^fuzz\.' -j "$jobs" --output-on-failure --no-tests=error
}

sanitized() {
  tools/setup/sanitize.sh "$1" && cat "build/log/Test--$1-.log"
}

suite "C++ tests (release)" ctest --preset release
if [[ ${HUIDU_SKIP_SANITIZERS:-0} == 1 ]]; then
  echo "== C++ tests (asan, tsan): skipped, HUIDU_SKIP_SANITIZERS=1"
else
  suite "C++ tests (asan)" sanitized asan
  suite "C++ tests (tsan)" sanitized tsan
fi
suite "Parsers of outside bytes, fuzzed" fuzz
suite "Python tests, with real servers and models" build/venv/bin/python -m pytest -p no:cacheprovider \
  -n "$jobs" tests tools bench

if ((${#failed[@]})); then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
