PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test check stop bench clean

# Set up (once) and start the dashboard on http://localhost:8501
run: $(VENV)/.ready
	$(BIN)/python -m streamlit run app.py

# Set up (once) and pass all tests
test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n 2 --dist loadgroup

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
