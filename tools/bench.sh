#!/bin/bash
# Measures the server against its engines and its targets; takes some minutes. --help lists the options.
set -euo pipefail
cd "$(dirname "$0")/.."
exec /usr/bin/python3 bench/run.py "$@"
