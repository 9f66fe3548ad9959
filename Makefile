# The two commands that matter: `make demo` and `make test`. `make help` lists the rest.

CARGO ?= cargo
# The contract's source under other versions: its examples are those of the contract.
SAME_SOURCE = --exclude connector-interface-2 --exclude connector-interface-later
PROGRAMS = -p looker-connector -p host-example -p looker-sandbox
PLUGIN_DIR ?= $(HOME)/.local/share/connector-host/plugins
EXT := $(if $(filter Darwin,$(shell uname -s)),dylib,so)

.PHONY: help demo test test-clients test-network test-instructions bench faults coverage-api docs operations lint build release install ci clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: release ## Build everything, start a local sandbox, and query it through the loaded library
	@echo; target/release/looker-sandbox -- sh host-example/demo.sh target/release/connector-host target/release/plugins

test: build ## Run all tests (units, properties, documentation, and from outside through the built library)
	@if $(CARGO) nextest --version >/dev/null 2>&1; \
	then $(CARGO) nextest run --workspace --all-features; \
	else $(CARGO) test --workspace --all-features --lib --bins --tests; fi
	$(CARGO) test --workspace $(SAME_SOURCE) --all-features --doc

test-clients: build ## Run Looker's official SDKs beside the connector, and read its files with pyarrow, DuckDB and Polars
	BIN=$(CURDIR)/target/debug tests/clients/run

test-network: build ## Run the connector through nginx, tinyproxy and a browser
	CARGO=$(CARGO) tests/network/run

test-instructions: ## Count the decoder's instructions a row with valgrind, against tests/bench/instructions.json
	$(CARGO) build --release -p connector-bench --bin bench-decode
	$(CARGO) test --workspace --all-features --test instructions -- --ignored --nocapture

bench: release ## Measure the connector beside its goals and its peers (BENCH="--only decode --quick"; BENCH=--help tells)
	$(CARGO) build --release -p connector-bench
	@tests/bench/peers/install
	@target/release/connector-bench $(BENCH)

faults: build ## Print what every fault does in every phase of a session, and check it
	@$(CARGO) test --quiet -p e2e --test fault_matrix -- --nocapture

coverage-api: build ## Count Looker's operations by subject: callable, judged by LOOKER_SPECIFICATION=FILE, stateful in the sandbox
	@$(CARGO) run --quiet -p e2e --bin coverage-api

docs: build ## Rewrite the tables and the transcript in README.md from the code
	UPDATE_DOCS=1 $(CARGO) test --quiet -p looker-connector --test readme
	UPDATE_DOCS=1 $(CARGO) test --quiet -p e2e --test readme -- --test-threads 1

operations: ## Rewrite the table of Looker's operations from its OpenAPI file (SPECIFICATION=FILE)
	$(CARGO) run --quiet -p looker-operations --example generate -- $(SPECIFICATION)

lint: ## Check formatting, clippy and rustdoc, with warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" $(CARGO) doc --workspace --all-features --no-deps --document-private-items

build: ## Build everything for tests
	$(CARGO) build --workspace --all-features
	@$(call plugins,debug)

release: ## Build the library, the host and the sandbox, optimised
	$(CARGO) build --release $(PROGRAMS)
	@$(call plugins,release)

install: release ## Copy the library and its manifest into your own plugin directory (PLUGIN_DIR=...)
	mkdir -p $(PLUGIN_DIR)
	@# Moved into place: a host that has the old library open would crash if its bytes changed.
	for file in looker.toml liblooker_connector.$(EXT); do \
	cp target/release/plugins/$$file $(PLUGIN_DIR)/.$$file.new && mv -f $(PLUGIN_DIR)/.$$file.new $(PLUGIN_DIR)/$$file || exit 1; done

ci: lint test test-clients test-network test-instructions demo ## What a change must pass

clean: ## Remove what was built
	$(CARGO) clean
	rm -rf tests/clients/.venv tests/clients/node_modules tests/bench/peers/.venv tests/bench/peers/node_modules

# A plugin directory as a user has it: the manifest beside the library.
define plugins
rm -rf target/$(1)/plugins && mkdir -p target/$(1)/plugins && cp plugin/looker.toml target/$(1)/liblooker_connector.$(EXT) target/$(1)/plugins/
endef
