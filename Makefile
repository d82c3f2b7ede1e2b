# Every command of the project. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
CODE := services deploy bench tests
CHECKS := format-check lint types imports contracts tests
STAMPS := .venv/stamp .tools/database/stamp .tools/kafka/stamp

.PHONY: help setup prerequisites demo tokens test check bench soak fmt lock clean $(CHECKS)

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)$$/\1@\2/p' Makefile | awk -F@ '{printf "  make %-8s %s\n", $$1, $$2}'

setup: prerequisites $(STAMPS) ## Python packages, the embedded database and Kafka, inside this folder

# A port that is taken is told before minutes of set-up and not after them.
demo: ## start everything, work through a file of licences, play one visit; Ctrl-C ends it
	@sh deploy/local/prerequisites.sh
	@"$(BASE_PYTHON)" -m deploy.local ports
	@$(MAKE) setup
	@$(PYTHON) -m deploy.local demo

tokens: .venv/stamp ## new access tokens of holder, operator and machine of a demo that is up, for curl
	@$(PYTHON) -m deploy.local.tokens

test: setup tests ## the whole suite, on memory engines and on real ones

check: setup ## everything CI checks: format, lint, types, import laws, contracts, tests
	@for step in $(CHECKS); do \
	    printf '\n== %s\n' "$$step"; \
	    $(MAKE) "$$step" || { printf '\n== %s failed\n' "$$step"; exit 1; }; \
	done

bench: setup ## measure latency and throughput: a table, and JSON under .bench/
	@$(PYTHON) -m bench

soak: setup ## the long loops: hundreds of kills, tens of thousands of rows
	@$(PYTHON) -m pytest -m soak -rP

fmt: setup ## format the code and repair what lint can repair
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m ruff check --fix .

lock: .tools/lock/stamp ## resolve requirements/*.in into *.lock again
	@for name in run dev database; do \
	    $(LOCK) --custom-compile-command 'make lock' "requirements/$$name.in" -o "requirements/$$name.lock" \
	        $$([ "$$name" = dev ] && echo '-c requirements/run.lock') >/dev/null || exit 1; \
	    echo "requirements/$$name.lock: done"; \
	done

clean: ## remove what setup and runs have made, the demo's data and keys (.run) too
	@rm -rf .venv .tools .run .bench .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the steps of `make check`, each of which may be run alone

format-check:
	@$(PYTHON) -m ruff format --check .

lint:
	@$(PYTHON) -m ruff check .

types:
	@$(PYTHON) -m mypy $(CODE)

imports:
	@.venv/bin/lint-imports --no-logo

contracts:
	@.venv/bin/buf lint proto
	@.venv/bin/buf breaking proto --against proto/released

# The fast part on all cores; the real one in turn: its tests share engines and services, which need the cores themselves.
tests:
	@$(PYTHON) -m pytest -m "not real and not soak" --numprocesses auto
	@$(PYTHON) -m pytest -m "real and not soak"

# --- what setup makes; a lock file or pom that changes makes it again

prerequisites:
	@sh deploy/local/prerequisites.sh

# Hashes are required, so a package that was changed on its way is refused.
PIP := -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement
BASE_PYTHON = $$(sh deploy/local/prerequisites.sh python)

.venv/stamp: requirements/dev.lock
	@sh deploy/local/prerequisites.sh
	@echo "setup 1/3: Python packages into .venv (about a minute)"
	@"$(BASE_PYTHON)" -m venv --clear .venv
	@$(PYTHON) $(PIP) requirements/dev.lock
	@touch $@

.tools/database/stamp: requirements/database.lock
	@sh deploy/local/prerequisites.sh
	@echo "setup 2/3: the embedded database into .tools/database"
	@"$(BASE_PYTHON)" -m venv --clear .tools/database
	@.tools/database/bin/python $(PIP) requirements/database.lock
	@touch $@

.tools/kafka/stamp: deploy/local/kafka/pom.xml
	@sh deploy/local/prerequisites.sh
	@echo "setup 3/3: Apache Kafka into .tools/kafka (43 MB)"
	@rm -rf .tools/kafka && mkdir -p .tools/kafka
	@# Shown only if it fails: whatever it is told, Maven ends by writing four colour codes into the terminal.
	@mvn --batch-mode --quiet -Dstyle.color=never --file deploy/local/kafka/pom.xml dependency:copy-dependencies \
	    -DoutputDirectory="$(CURDIR)/.tools/kafka/libs" >.tools/kafka/maven.log 2>&1 || \
	    { cat .tools/kafka/maven.log >&2; exit 1; }
	@touch $@
	@echo "setup: done; \`make demo\` shows it, \`make help\` lists the rest"

LOCK = .tools/lock/bin/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
    --no-config --upgrade
.tools/lock/stamp:
	@"$(BASE_PYTHON)" -m venv --clear .tools/lock
	@.tools/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@touch $@
