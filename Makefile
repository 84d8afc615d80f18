# Short names for what is typed often. `make help` lists them; CONTRIBUTING.md explains them.

CARGO = cargo
GUESTS = guests/*_rust
# What is built for Wasm only, and so is linted apart from the host.
WASM = --target wasm32-wasip2 -p flux-sdk -p '*_rust'
# What is built another way with the engine V8, where its archive can be had (scripts/v8.sh).
V8 = --features flux-cli/v8,flux-tests/v8
FUZZ_SECONDS = 60
SCALE = 1000000

.PHONY: help setup build guests demo test house build-costs services services-stop lint bench bench-languages fuzz scale clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

setup: ## what the build needs and the machine lacks: C compiler, Wasm target
	@scripts/setup.sh

build: setup ## the command `flux`, optimised
	@CARGO="$(CARGO)" scripts/build.sh -p flux-cli

guests: build ## every guest, as a component
	@bin="$${CARGO_TARGET_DIR:-target}/release/flux"; for guest in $(GUESTS); do "$$bin" build "$$guest" || exit 1; done

demo: setup ## builds, serves `orders`, sends requests, shows tail, trace and a replay
	@CARGO="$(CARGO)" scripts/demo.sh

test: setup ## all tests, with the services they need (guests are built into target/guests)
	@CARGO="$(CARGO)" scripts/test.sh

services: ## PostgreSQL, Redis and NATS for tests and for trying out, on free ports of loopback
	@scripts/services.sh start

services-stop: ## ends them and removes their data
	@scripts/services.sh stop

lint: setup ## formatting, clippy on host and guests, licences and advisories
	$(CARGO) fmt --all --check
	@eval "$$(scripts/v8.sh)"; features=$${FLUX_FEATURES:+$(V8)}; set -x; \
	$(CARGO) clippy --locked --all-targets $$features -- -D warnings
	$(CARGO) clippy --locked -p flux-benches --all-targets -- -D warnings
	$(CARGO) clippy --locked $(WASM) -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --locked check; \
	else echo "NOT CHECKED: licences, advisories and sources (cargo-deny is not installed: cargo install --locked cargo-deny)"; fi

house: ## circles of imports, long files and functions; draws the crates into ARCHITECTURE.md
	$(CARGO) run --quiet --locked -p flux-house

build-costs: setup ## CPU seconds of rustc by crate, of a build from nothing (a table of them is in CONTRIBUTING.md)
	@CARGO="$(CARGO)" scripts/build-costs.sh

bench: setup ## criterion benches and the side-by-side with `wasmtime serve`
	@scripts/bench.sh

bench-languages: setup ## `orders` in every language: size, start, one request (the table of docs/languages.md)
	@CARGO="$(CARGO)" scripts/bench-languages.sh

fuzz: ## decoder, comparison, spool, redaction and flux.toml, FUZZ_SECONDS=60 each (needs nightly and cargo-fuzz)
	@command -v cargo-fuzz >/dev/null || { echo "error: cargo-fuzz is not installed" >&2; \
	echo "hint: cargo install --locked cargo-fuzz, and a nightly toolchain" >&2; exit 1; }
	cd recorder && for it in decode compare; do $(CARGO) +nightly fuzz run $$it -- -max_total_time=$(FUZZ_SECONDS) || exit 1; done
	cd host/store && $(CARGO) +nightly fuzz run spool -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192
	cd host/redaction && $(CARGO) +nightly fuzz run redaction -- -max_total_time=$(FUZZ_SECONDS)
	cd host/runtime && $(CARGO) +nightly fuzz run config -- -max_total_time=$(FUZZ_SECONDS)

scale: build ## a million recordings, replayed: memory stays flat (SCALE=1000000)
	@FLUX_SCALE=$(SCALE) FLUX_SCALE_BIN="$${CARGO_TARGET_DIR:-target}/release/flux" CARGO="$(CARGO)" \
	scripts/test.sh verdicts::many_recordings --nocapture

clean: ## what was built
	$(CARGO) clean
