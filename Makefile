# What one types here. `make help` lists the targets; every target sets up what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
BIN := .venv/bin
READY := .venv/.installed
ARGS ?=

export PYTHONDONTWRITEBYTECODE ?= 1

##@ Use

.PHONY: demo
demo: $(READY) ## 演示：一天的结算走完全程 Show the main job end to end; ARGS="--keep --bus kafka --settlements 5000"
	$(if $(findstring kafka,$(ARGS)),$(BIN)/python -m deploy.kafka.broker start --port 19092 --directory .fundwarden/kafka)
	FUNDWARDEN_KAFKA=$${FUNDWARDEN_KAFKA:-127.0.0.1:19092} $(BIN)/fundwarden demo $(ARGS)

.PHONY: up
up: $(READY) ## 单机运行 Run the whole system in one process on http://127.0.0.1:8080
	$(BIN)/fundwarden up $(ARGS)

.PHONY: kafka
kafka: $(READY) ## 启动 Kafka Start a real Apache Kafka on 127.0.0.1:19092 (Java 17, Maven)
	$(BIN)/python -m deploy.kafka.broker start --port 19092 --directory .fundwarden/kafka

.PHONY: kafka-stop
kafka-stop: $(READY) ## 停止 Kafka Stop it
	$(BIN)/python -m deploy.kafka.broker stop --directory .fundwarden/kafka

##@ Proof

.PHONY: check
check: $(READY) ## Lint, types, import contracts, generated files up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.generate all --check

.PHONY: test
test: $(READY) ## All tests, two files at a time, with a real PostgreSQL and a real Kafka; ARGS are pytest's
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

.PHONY: bench
bench: $(READY) ## Settlements per second end to end, embedded and over Kafka, beside two baselines
	$(BIN)/python -m tests.bench.spine $(ARGS)

.PHONY: bench-credit
bench-credit: $(READY) ## Ratings of a million institution-months, eligibility lookups, with growth and baselines
	$(BIN)/python -m tests.bench.credit $(ARGS)

.PHONY: bench-intake
bench-intake: $(READY) ## Settlements one by one, in batches, over the interface and from files, beside COPY and an ORM
	$(BIN)/python -m tests.bench.intake $(ARGS)

.PHONY: drill-intake
drill-intake: $(READY) ## A batch of 1 GB, the API killed twice in its middle, every line counted afterwards
	$(BIN)/python -m tests.faults.intake_batch $(ARGS)

.PHONY: fuzz-intake
fuzz-intake: $(READY) ## Requests nobody should send, none may end in a 5xx; ARGS="--cases 20000 --seed 1 --service intake"
	$(BIN)/python -m tests.fuzz.service $(ARGS)

.PHONY: load-tips
load-tips: $(READY) ## Two hundred reporters at once, each with a picture; ARGS="--reporters 200 --rounds 3"
	$(BIN)/python -m tests.bench.tips $(ARGS)

.PHONY: bench-screening
bench-screening: $(READY) .fundwarden/peers/.installed ## The engine, the stream and the pre-check, beside zen-engine and Drools
	$(BIN)/python -m tests.bench.screening $(ARGS)

.fundwarden/peers/.installed: tests/bench/peers/requirements.txt
	$(PYTHON) -m venv .fundwarden/peers
	.fundwarden/peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

.PHONY: eval-screening
eval-screening: $(READY) ## Recall and precision per rule on a labelled month: every rule planted, a hard negative beside each
	$(BIN)/python -m tests.eval.screening $(ARGS)

##@ Upkeep

.PHONY: format
format: $(READY) ## Format and fix what can be fixed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: generate
generate: $(READY) ## Write docs/events.md, AsyncAPI, OpenAPI, docs/config.md and the dashboards anew
	$(BIN)/python -m deploy.generate all

.PHONY: migration
migration: $(READY) ## A new migration from the tables: make migration service=intake name="add a column"
	$(BIN)/python -m services.kit.migrations new $(service) "$(name)"

.PHONY: lock
lock: $(READY) ## Resolve the newest allowed versions into requirements.lock
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --upgrade --extra dev pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove the environment and the embedded installation's state
	rm -rf .venv .fundwarden .mypy_cache .ruff_cache .pytest_cache build ./*.egg-info

.PHONY: help
help: ## This list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) not found; set PYTHON to a Python 3.11 or newer" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@
