PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test test-lower-bounds check stop bench clean

# Set up (once) and start the dashboard on http://localhost:8501
run: $(VENV)/.ready
	$(BIN)/python -m streamlit run app.py

# Set up (once) and pass all tests
test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup

# All tests with the oldest version of each dependency that requirements.txt admits
test-lower-bounds:
	$(PYTHON) -m venv .venv-lower
	.venv-lower/bin/python -m pip install --quiet uv
	.venv-lower/bin/uv pip install $(UV_FLAGS) --quiet --python .venv-lower/bin/python --resolution lowest-direct -r requirements-dev.txt
	.venv-lower/bin/python -m pytest -n 2 --dist loadgroup

# What continuous integration checks besides the tests
check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Stop the workers and runs of this folder
stop: $(VENV)/.ready
	$(BIN)/python -m explorer.jobs.runner --stop

bench: $(VENV)/.ready-dev
	$(BIN)/python -m explorer bench

$(VENV)/.ready: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

clean:
	rm -rf $(VENV)
