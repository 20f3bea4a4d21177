# From Neuron to Transformer, by hand. Start with: make help
SHELL := /bin/sh
VENV ?= .venv
PY := $(VENV)/bin/python
# Small arrays: one thread is faster, and the same everywhere.
export OMP_NUM_THREADS := 1

# Any Python 3.11 or newer will do; PYTHON=/path/to/python names one.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
STAMP := $(VENV)/.ready

.PHONY: help env book test quick lab serve chapter spread text bench pdf exercises record pages browser lint format url lock clean test-colab test-cpu

help:  ## this list
	@echo "From Neuron to Transformer, by hand"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1#\2/p' $(MAKEFILE_LIST) | awk -F'#' '{printf "%-20s %s\n", $$1, $$2}'

env: $(STAMP)  ## the environment alone (the other commands make it when it is missing)

$(STAMP): requirements-lock.txt pyproject.toml tools/environment.py
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed and none was found (looked for python3, python3.13, 3.12, 3.11)."; echo "Install it from https://www.python.org/downloads/ or your package manager, or name one: make PYTHON=/path/to/python3.12 book"; exit 1; fi
	@$(PYTHON) tools/environment.py $(VENV)

book: $(STAMP)  ## make the environment (once), build the site, say where it is
	@$(PY) tools/build.py

serve: book  ## build, then serve the site at http://localhost:8000
	@$(PY) tools/build.py --serve

test: $(STAMP)  ## everything that proves the book: lint, code, chapters, site in a browser
	@$(PY) tools/test.py

quick: $(STAMP)  ## the fast part of the tests: lint and code, no chapters, no browser
	@$(PY) tools/test.py --quick

test-colab: $(STAMP)  ## chapters alone in an empty folder, with Colab's versions of the libraries
	@$(PY) tools/colab.py $(if $(SHARE),--share $(SHARE))

test-cpu: $(STAMP)  ## chapters re-run as other kinds of CPU would compute them
	@$(PY) tools/test.py --other-cpu $(if $(SHARE),--share $(SHARE))

exercises: $(STAMP)  ## every exercise, solved in its notebook with the page's solution
	@BYHAND_BAR=0 $(PY) -m pytest -p no:cacheprovider tests/test_solutions.py -n 2

record: $(STAMP)  ## keep what the last tests of the chapters took, for the page about them
	@$(PY) tools/pages_tested.py --record

pages: $(STAMP)  ## write the pages made from data: exercises, glossary, tests and others
	@$(PY) tools/pages.py

lab: $(STAMP)  ## JupyterLab on the chapters
	@$(PY) -m jupyterlab $$([ "$$(id -u)" != 0 ] || echo --allow-root) --notebook-dir=. --LabApp.default_url=/lab/tree/index.ipynb

chapter: $(STAMP)  ## make chapter N=01: normalise, run from a fresh kernel, store the outputs
	@$(PY) tools/chapter.py run "$(N)"

spread: $(STAMP)  ## make spread N=08: how far each printed number can be trusted; stores its band
	@$(PY) tools/spread.py "$(N)" $(if $(HELD_OUT),--held-out)

text: $(STAMP)  ## make text N=01: the chapter as a text file to edit; make chapter takes it back
	@$(PY) tools/chapter.py text "$(N)"

bench: $(STAMP)  ## by-hand layers beside torch: time ratios and errors
	@$(PY) tools/bench.py $(if $(ONLY),--only $(ONLY)) $(if $(RECORD),--record)

pdf: book  ## the whole book as one PDF, in _build/pdf (a browser prints it)
	@$(PY) tools/pdf.py

browser: $(STAMP)  ## install a browser for the page tests, where none is found
	@$(PY) -m playwright install chromium

lint: $(STAMP)  ## ruff and codespell
	@$(PY) tools/test.py --lint

format: $(STAMP)  ## format the code
	@$(PY) -m ruff check --fix-only -q --exclude '*.ipynb' . ; $(PY) -m ruff format -q --exclude '*.ipynb' .

url: $(STAMP)  ## make url URL=https://github.com/YOU/REPO: the book's address, everywhere
	@$(PY) tools/chapter.py url "$(URL)"

lock: $(STAMP)  ## write the installed versions to requirements-lock.txt
	@$(PY) tools/environment.py --lock $(VENV)

clean:  ## remove what was built (not the environment)
	@rm -rf _build .pytest_cache .ruff_cache .hypothesis
