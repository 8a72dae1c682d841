# The project's tasks; `make` alone lists them. Everything is built in one profile, release, so that wasmtime is compiled
# once for the demo, the tests and production.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Steps need the ones before them, and cargo is parallel by itself.
.NOTPARALLEL:
.DELETE_ON_ERROR:

# A shell that is not a login shell often lacks it.
export PATH := $(PATH):$(if $(CARGO_HOME),$(CARGO_HOME),$(HOME)/.cargo)/bin

TARGET_DIR := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
FAENA := $(TARGET_DIR)/release/faena
MODULES := --manifest-path modules/Cargo.toml
STEP := @printf '==> %s\n'

.PHONY: help setup modules build demo up test lint fmt bench clean deny

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Install what is missing (PostgreSQL, Redis, a C compiler, the wasm target)
	$(STEP) "setup: installing what this machine lacks"
	@deploy/setup.sh

modules: ## Build the modules into WebAssembly components
	$(STEP) "modules: building WebAssembly components"
	@deploy/build-modules.sh

build: modules ## Build the modules and the faena binary
	$(STEP) "build: compiling $(FAENA)"
	@cargo build --release --locked -p faena-cli
	$(STEP) "build: packing the bundled modules beside it"
	@FAENA=$(FAENA) deploy/pack-modules.sh

demo: setup build ## Show a whole run, from an empty machine to finished jobs
	$(STEP) "demo: $(FAENA) demo"
	@$(FAENA) demo

up: build ## Start Faena with its own PostgreSQL and Redis
	$(STEP) "up: $(FAENA) up"
	@$(FAENA) up

test: setup modules lint ## Check everything: formatting, lints, dependencies, all tests
	$(STEP) "test: the modules' own tests, natively"
	@cargo test --locked --workspace $(MODULES) --lib --bins --tests
	$(STEP) "test: compiling the platform"
	@cargo build --release --locked -p faena-cli
	@FAENA=$(FAENA) deploy/pack-modules.sh
	$(STEP) "test: the platform, on real PostgreSQL and Redis servers"
	@cargo test --release --locked --workspace --lib --bins --tests

lint: deny ## Check formatting, lints and dependency rules
	$(STEP) "lint: formatting"
	@cargo fmt --all --check
	@cargo fmt --all --check $(MODULES)
	$(STEP) "lint: clippy, warnings are errors"
	@cargo clippy --release --locked --workspace --all-targets -- -D warnings
	@cargo clippy --locked --workspace --all-targets $(MODULES) -- -D warnings
	@if command -v shellcheck >/dev/null; then \
	  printf '==> %s\n' "lint: shell scripts"; shellcheck deploy/*.sh .ci/run; \
	else \
	  printf '==> %s\n' "lint: shell scripts skipped, shellcheck is not installed"; \
	fi

# The direction of dependencies inside the workspace is checked by a test as well, which always runs.
deny:
	@if cargo deny --version >/dev/null 2>&1; then \
	  printf '==> %s\n' "lint: licenses, sources and who may use which crate"; cargo deny --locked check bans licenses sources; \
	else \
	  printf '==> %s\n' "lint: cargo deny skipped, it is not installed (cargo install cargo-deny)"; \
	fi

fmt: ## Format all Rust code
	$(STEP) "fmt: formatting"
	@cargo fmt --all
	@cargo fmt --all $(MODULES)

bench: setup build ## Measure throughput and latency (BENCH_JSON=FILE writes them as JSON too)
	$(STEP) "bench: compiling the benchmark"
	@cargo build --release --locked --workspace --bins
	$(STEP) "bench: a platform of its own, and what it is made of, in one run"
	@$(dir $(FAENA))faena-bench

clean: ## Remove what was built; data of `faena up` stay
	$(STEP) "clean: removing build results"
	@cargo clean
	@cargo clean $(MODULES)
