# Every target makes its own virtual environment in .venv and installs what it needs there.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Recorded by pip's end, so that an interrupted install is done again.
BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
FUZZ := $(VENV)/.installed-fuzz
# For each parser.
CASES ?= 1000000
# The folders under the name they are installed by: mypy and import-linter do not follow an
# editable install. Made here, because links do not survive every way a repository is copied.
SOURCES := build/sources/antiphon

# What builds the package is locked as well: -c alone says nothing of that.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.PHONY: help demo test lint bench reference gallery panel-picture torture soak fuzz clean

help:
	@echo "make demo    play a phrase to the machine, leave demo.mid, demo.png and demo.wav"
	@echo "make test    run the tests"
	@echo "make lint    check style, types and import contracts"
	@echo "make bench   measure speed on this machine"
	@echo "make reference write docs/reference anew, after a change of commands or settings"
	@echo "make gallery play in each mode in simulated time, write docs/gallery anew"
	@echo "make panel-picture play to a daemon and draw docs/panel.png anew; needs jackd"
	@echo "make fuzz    read a million odd cases with every parser"
	@echo "make torture do to a running daemon what a stage and a studio can do to it"
	@echo "make soak    play to it for an hour, and for two days of simulated time"
	@echo "make clean   remove .venv and what the tools left"

demo: $(BASE)
	$(BIN)/antiphon demo

bench: $(BASE)
	$(BIN)/antiphon bench

test: $(DEV)
	$(BIN)/pytest

reference: $(DEV)
	$(BIN)/antiphon reference --out docs/reference

gallery: $(BASE)
	$(BIN)/antiphon demo --gallery --out docs/gallery

panel-picture: $(DEV)
	$(BIN)/python -m tests.docs.panel_picture

torture: $(DEV)
	$(BIN)/python -m tests.torture --rounds 20

fuzz: $(FUZZ)
	nice -n 10 $(BIN)/python -m tests.fuzz --cases $(CASES)

soak: $(DEV)
	$(BIN)/python -m tests.soak --minutes 60 --hours 48

lint: $(DEV) $(SOURCES)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	PYTHONPATH=build/sources $(BIN)/lint-imports

$(SOURCES):
	mkdir -p $@
	ln -s ../../../daemon ../../../model ../../../export $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BASE): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(DEV): pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	touch $@ $(BASE)

$(FUZZ): $(DEV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,fuzz]'
	touch $@ $(DEV) $(BASE)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
