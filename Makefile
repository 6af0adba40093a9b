# Two commands do all the set-up: `make run` and `make test`. An active virtual environment is used;
# without one, .venv is made.

PYTHON ?= python3
VENV ?= $(or $(VIRTUAL_ENV),.venv)
IN = $(VENV)/bin

.PHONY: run test check format bench eval map train simulate help

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.echomind-run  ## start the bot; without a token, answer the sample note
	$(IN)/python run_bot.py

test: $(VENV)/.echomind-dev  ## every test that this machine can run
	$(IN)/python -m pytest -n 2 --dist loadfile

check: $(VENV)/.echomind-dev  ## format, lint, strict types, tests
	$(IN)/ruff format --check .
	$(IN)/ruff check .
	$(IN)/mypy
	$(IN)/python -m pytest -n 2 --dist loadfile

format: $(VENV)/.echomind-dev  ## put the code in its usual form
	$(IN)/ruff format .
	$(IN)/ruff check --fix .

bench: $(VENV)/.echomind-dev  ## milliseconds of each step of the walk
	$(IN)/python -m tests.bench

eval: $(VENV)/.echomind-dev  ## measure what is learned: the emotion model, words' feelings, words of danger
	$(IN)/python -m models.emotion.evaluate
	$(IN)/python -m tests.feelings_report
	$(IN)/python -m tests.crisis_report

map: $(VENV)/.echomind-dev  ## draw docs/house.md from the files' own charters
	$(IN)/python -m tests.house

train: $(VENV)/.echomind-dev  ## train the emotion model, or go on where training stopped
	$(IN)/python -m models.emotion.train

simulate: $(VENV)/.echomind-dev  ## hold the recommender against simpler ways (docs/recommender.md)
	$(IN)/python -m tests.simulation

$(VENV)/.echomind-run: pyproject.toml constraints.txt | $(IN)/python
	$(IN)/python -m pip install --constraint constraints.txt --editable .
	touch $@

$(VENV)/.echomind-dev: pyproject.toml constraints.txt | $(IN)/python
	$(IN)/python -m pip install --constraint constraints.txt --editable '.[dev]'
	touch $@ $(VENV)/.echomind-run

$(IN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "EchoMind needs Python 3.11 or newer; name one with: make PYTHON=python3.12 run"; exit 1; }
	$(PYTHON) -m venv $(VENV)
