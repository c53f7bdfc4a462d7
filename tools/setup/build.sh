#!/bin/bash
# Configures and builds one CMake preset: build.sh [release|debug|asan|tsan|fuzz] [target …]. Binaries: build/<preset>/bin.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/setup/step.sh
preset=${1:-release}

export CCACHE_DIR=${CCACHE_DIR:-${HOME:-$PWD/build}/.cache/ccache}
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
# Clones in different folders share what they compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# A compiler of gRPC or Boost code wants up to 1.5 GiB.
jobs=$(nproc)
by_memory=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
((by_memory < 1)) && by_memory=1
((jobs > by_memory)) && jobs=$by_memory

step "Configure ($preset)" cmake --preset "$preset"
step "Build ($preset)" ninja -C "build/$preset" -j "$jobs" "${@:2}"
