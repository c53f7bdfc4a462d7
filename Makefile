# Every target does its own set-up on a fresh Debian 12 machine and is cheap to run again.

.DEFAULT_GOAL := help
.PHONY: help setup build models test demo bench asan tsan format clean

PYTHON := build/venv/bin/python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install system packages, unpack engines, make the tests' Python environment
	@tools/setup/setup.sh

build: setup ## Build huidu and huidu-worker into build/release/bin
	@tools/setup/build.sh release

models: setup ## Lay out the real models in build/models and the small test models in build/models-small
	@tools/models/models.sh

test: build models ## Run the whole test suite
	@tools/test.sh

demo: build models ## Switch a live model under load and watch it
	@$(PYTHON) tools/demo/demo.py

bench: build models ## Measure the server against its engines
	@tools/bench.sh

asan: setup ## Build and test with the address and undefined behaviour sanitizers
	@tools/setup/sanitize.sh asan

tsan: setup ## Build and test with the thread sanitizer
	@tools/setup/sanitize.sh tsan

format: ## Format the C++ sources
	@tools/setup/format.sh

clean: ## Remove what was built; downloaded packages, environment and models stay
	@rm -rf build/release build/debug build/asan build/tsan build/fuzz build/log
