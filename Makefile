# The commands of the README. One profile (release) for program and tests:
# llama.cpp takes minutes to compile and is compiled once.

.PHONY: help setup build demo pictures test test-models test-service vectors vulkan audit fuzz dist reproducible msrv nano spark clean

PYTHON ?= python3

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## install what building needs and is missing (cmake, libclang)
	@./.ci/setup

build: setup ## build the program: target/release/minitag
	cargo build --release --locked

demo: build ## tag a sample document and show the JSON
	target/release/minitag classify examples/lanternfish.md --tags examples/tags.json --id 7462

pictures: build ## draw the picture of the README (needs Chromium)
	@./.ci/pictures

# Of this crate alone, so that llama.cpp is compiled once; hardly optimised, which compiles
# in half the time.
CHECKED = --config profile.release.package.minitag.debug-assertions=true \
	--config profile.release.package.minitag.overflow-checks=true \
	--config profile.release.package.minitag.opt-level=1 \
	--config profile.release.package.minitag.debug=false

test: setup ## check format, lints and documentation, run every test
	cargo fmt --all --check
	cargo clippy --release --locked --all-targets -- -D warnings
	cargo clippy --release --locked --no-default-features -- -D warnings
	cargo clippy --release --locked --no-default-features --features cli -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --no-deps --document-private-items
	cargo test --release --locked $(CHECKED)

audit: ## check licences, sources and known weaknesses of what is built in (needs cargo-deny)
	@./.ci/audit

fuzz: setup ## let a fuzzer try every parser, FUZZ_SECONDS (60) each (needs nightly Rust and cargo-fuzz)
	@./.ci/fuzz

dist: setup ## make a tarball, a wheel and a Debian package that run on other machines
	@./.ci/dist

reproducible: setup ## make these packages twice, in two folders, and compare them byte by byte
	@./.ci/reproducible

msrv: setup ## build with the oldest Rust and the oldest crates that Cargo.toml promises (needs a nightly Rust)
	@./.ci/msrv

test-models: setup ## run the tests that need a real model (a Python package brings one; MINITAG_TEST_MODEL names another)
	@./.ci/test-models

test-service: build ## run a conformance suite against `serve`, and an agent's client against `mcp` (Python packages bring them)
	@./.ci/test-service

vulkan: setup ## build with Vulkan and compare with the processor (docs/gpu.md; needs Vulkan's headers and glslc)
	CARGO_TARGET_DIR=target/vulkan \
		cargo test --release --locked --features vulkan --test integration gpu -- --nocapture

vectors: build ## train the word vectors for any list again (needs Debian, Python and half an hour)
	@./.ci/vectors

nano: build ## train the built-in language model again (needs Python, DEV=documents to look at, and an hour)
	@./.ci/nano "$(DEV)"

spark: build ## tag on a small Spark cluster, of which one worker is killed (needs Java 17 and pyspark)
	$(PYTHON) examples/spark/test.py target/release/minitag

clean: ## remove what was built
	cargo clean
