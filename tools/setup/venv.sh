#!/bin/bash
# Makes build/venv: the Python of the tests and of the demo's clients, with the exact packages of requirements.lock.
# Does nothing, quickly, when it is already there for these files.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tools/setup
venv=$PWD/build/venv
wanted=$(cat "$here"/{requirements.lock,wheels.lock,venv.sh} <(echo "$venv") | sha256sum)

[[ -f $venv/.ready && $(<"$venv/.ready") == "$wanted" ]] && exit 0

# Debian's own interpreter: the engines' wheels are built for its version.
/usr/bin/python3 -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
  --requirement "$here/requirements.lock"

# The engines come from the folders that the server links, not from a second copy.
for package in openvino paddlepaddle; do
  echo "$PWD/build/packages/$(awk -v p="$package" '$1 == p {print $1 "-" $2}' "$here/wheels.lock")"
done >"$venv/lib/python3.11/site-packages/engines.pth"

"$venv/bin/python" -c 'import cv2, grpc_health.v1.health, numpy, onnx, pyclipper, pytest, shapely.geometry, tritonclient.grpc, tritonclient.http, xdist'
echo "$wanted" >"$venv/.ready"
