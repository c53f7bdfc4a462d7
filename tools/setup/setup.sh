#!/bin/bash
# Everything that a fresh Debian 12 machine needs before the build: system packages, the engines and the models'
# packages (build/packages), and the Python of the tests (build/venv). Each part does nothing when it is complete.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/setup/step.sh

# Two runs at once (a developer and a CI job) would unpack into each other.
mkdir -p build
exec 9>build/.setup.lock
flock 9

if [[ -n $(tools/setup/apt.sh --missing) ]]; then
  # sudo may ask for a password; it must do so before the step takes the screen.
  [[ $(id -u) == 0 ]] || ! command -v sudo >/dev/null || sudo --validate
  step "Install system packages" tools/setup/apt.sh
fi
step "Unpack engines and models' packages" /usr/bin/python3 tools/setup/wheels.py
step "Make the Python environment of the tests" tools/setup/venv.sh
