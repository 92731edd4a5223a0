# Everything runs from .venv, which the first target that needs it builds.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= loa-data
PORT ?= 8000

.PHONY: demo up test lint format bench bench-desk bench-portal bench-transcribe lighthouse faults pictures translations clean

# Keeps running so that the pages can be opened; without a terminal, or with ONCE=1, it ends.
demo: $(VENV)/ready
	@if [ -n "$(ONCE)" ] || ! [ -t 1 ]; then $(BIN)/loa demo --once; else $(BIN)/loa demo; fi

up: $(VENV)/ready
	$(BIN)/loa up --data $(DATA) --port $(PORT)

# Many tests wait for real processes: four at once keep two cores busy. The files go in the order
# of tests/conftest.py: by their number of tests, the longest would be left for the end.
test: $(VENV)/ready-dev
	$(BIN)/pytest -q -n 4 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/bandit -q -c pyproject.toml -r bridge transcribe publish web
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Ratios within one run; 60 minutes by three programs take most of an hour on two cores.
# For a quick look: make bench-transcribe BENCH="--rivals-up-to 10"
bench: bench-desk bench-transcribe

# The desk on two hours of text, in a browser, some ten minutes; on a machine that does nothing else.
# For a quick look: make bench-desk BENCH_DESK="--minutes 2 --openings 2"
bench-desk: $(VENV)/ready-dev
	$(BIN)/python -m tests.bench.desk $(BENCH_DESK)

# The portal under load and with 100,000 announcements, on a machine that does nothing else. For a
# quick look: make bench-portal BENCH_PORTAL="--seconds 3 --announcements 3000 --databases sqlite"
bench-portal: $(VENV)/ready-dev
	$(BIN)/python -m tests.bench.portal $(BENCH_PORTAL)

# The portal's pages graded by Lighthouse, which npm fetches by hash.
lighthouse: $(VENV)/ready-dev
	$(BIN)/python -m tests.bench.lighthouse $(LIGHTHOUSE)

bench-transcribe: $(VENV)/ready-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[model,postgres,dev,bench]'
	$(BIN)/python -m tests.bench.transcribe $(BENCH)

# Every fault on both databases, some minutes; the table of what was seen comes last.
# Again and again: make faults FAULTS="--runs 20"; with 20 kills of the engine: FAULTS=--slow
faults: $(VENV)/ready-dev
	$(BIN)/python -m tests.faults $(FAULTS)

# Remakes the pictures in docs/pictures from the running product.
pictures: $(VENV)/ready-dev
	$(BIN)/python -m tests.pictures

# Brings the English catalogue in step with the texts of the pages.
translations: $(VENV)/ready-dev
	$(BIN)/python -m web.catalogue

$(VENV)/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[model]'
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[model,postgres,dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
