#!/bin/bash
# Installs the packages of apt-packages.txt that are missing. Does nothing, quickly, when none is.
# `apt.sh --missing` only lists them.
set -euo pipefail
list=$(dirname "$0")/apt-packages.txt
export DEBIAN_FRONTEND=noninteractive

missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' | awk '$2 == "installed" {print $1}')
  awk '!/^#/ && NF {print $1}' "$list" | grep -vxF -f <(echo "$installed") || true
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo --preserve-env=DEBIAN_FRONTEND "$@"
  else
    echo "these packages are missing and installing them needs root or sudo: $(missing_packages | xargs)" >&2
    exit 1
  fi
}

# Prints name=version for a version that the archive still has; else the name alone, and says so.
pinned() {
  local name=$1 version
  version=$(awk -v name="$name" '$1 == name {print $2}' "$list")
  if apt-cache madison "$name" | awk '{print $3}' | grep -qxF "$version"; then
    echo "$name=$version"
  else
    echo "note: $name $version is not in the archive any more, taking its present version" >&2
    echo "$name"
  fi
}

if ! command -v dpkg-query >/dev/null; then
  echo "this is not Debian: install by hand what $list names" >&2
  exit 1
fi
if [[ ${1:-} == --missing ]]; then
  missing_packages
  exit 0
fi
mapfile -t missing < <(missing_packages)
[[ ${#missing[@]} == 0 ]] && exit 0

as_root apt-get update -q
mapfile -t wanted < <(for name in "${missing[@]}"; do pinned "$name"; done)
if ! as_root apt-get install -q -y --no-install-recommends "${wanted[@]}"; then
  # A pinned package may need its exact sibling where a newer one is installed already.
  echo "note: these versions do not fit this machine, taking the archive's present ones: ${wanted[*]}" >&2
  as_root apt-get install -q -y --no-install-recommends "${missing[@]}"
fi
