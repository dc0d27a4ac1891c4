# make help lists what can be done

PYTHON ?= python3
JUNHENG_HOME ?= data
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/.ready
# Superset asks for older libraries than the night: an environment of its own, of Python 3.11 or 3.12.
BI_PYTHON ?= $(PYTHON)
BI_VENV := .venv-bi
BI_READY := $(BI_VENV)/.ready
# Spark: what the night needs, and Spark beside it.
SPARK_VENV := .venv-spark
SPARK_READY := $(SPARK_VENV)/.ready
export JUNHENG_HOME

.PHONY: help setup setup-spark demo refresh serve bi check test test-bi test-spark soak bench docs clean
.DEFAULT_GOAL := help

help: ## What can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

setup: $(READY) ## Install everything into .venv (once; about a minute with pip)

$(READY): requirements.lock pyproject.toml
	@echo "Installing into $(VENV) …"
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(VENV) && \
		uv pip sync --quiet --compile-bytecode --python $(RUN)/python --require-hashes requirements.lock && \
		uv pip install --quiet --python $(RUN)/python --no-deps --no-build-isolation --editable .; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		$(RUN)/python -m pip install --quiet --quiet --no-deps --require-hashes --requirement requirements.lock && \
		$(RUN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .; \
	fi
	@touch $@

$(BI_READY): publish/superset/requirements.lock
	@$(BI_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] > (3, 12))' || { echo "Superset needs Python 3.11 or 3.12: make bi BI_PYTHON=python3.12" >&2; exit 1; }
	@echo "Installing Superset into $(BI_VENV) …"
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(BI_PYTHON) $(BI_VENV) && \
		uv pip sync --quiet --compile-bytecode --python $(BI_VENV)/bin/python --require-hashes $<; \
	else \
		$(BI_PYTHON) -m venv $(BI_VENV) && \
		$(BI_VENV)/bin/python -m pip install --quiet --quiet --no-deps --require-hashes --requirement $<; \
	fi
	@touch $@

setup-spark: $(SPARK_READY) ## An environment with Spark beside the night's, in .venv-spark (Java 17: apt-get install -y openjdk-17-jre-headless)

$(SPARK_READY): requirements.lock junheng/spark/requirements.lock pyproject.toml
	@command -v java >/dev/null || { echo "Spark needs Java 17: apt-get install -y openjdk-17-jre-headless" >&2; exit 1; }
	@echo "Installing into $(SPARK_VENV) …"
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python $(PYTHON) $(SPARK_VENV) && \
		uv pip sync --quiet --compile-bytecode --python $(SPARK_VENV)/bin/python --require-hashes requirements.lock junheng/spark/requirements.lock && \
		uv pip install --quiet --python $(SPARK_VENV)/bin/python --no-deps --no-build-isolation --editable .; \
	else \
		$(PYTHON) -m venv $(SPARK_VENV) && \
		$(SPARK_VENV)/bin/python -m pip install --quiet --quiet --no-deps --require-hashes --requirement requirements.lock --requirement junheng/spark/requirements.lock && \
		$(SPARK_VENV)/bin/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .; \
	fi
	@touch $@

demo: export JUNHENG_HOME := data/demo
demo: $(READY) ## A synthetic county from files to verdicts
	@rm -rf data/demo && mkdir -p data/demo/landing
	@$(RUN)/junheng synthetic data/demo/landing --county 649901 --schools 24 --years 2022-2025 --sources all
	@$(RUN)/junheng refresh
	@mkdir -p data/landing
	@echo
	@case "$${JUNHENG_LANG:-$${LC_ALL:-$${LANG:-}}}" in \
	en*) echo "Your own files: drop them into data/landing/census/<year of its autumn>/<6-digit county code>/, then: make refresh"; \
	     echo "Forms of the other sources, to fill in: .venv/bin/junheng template all --year 2025 --county <code> --target <folder>";; \
	*)   echo "自己的文件：放进 data/landing/census/<秋季学期所在年>/<6位区划代码>/，再运行 make refresh。"; \
	     echo "其他来源的填报模板：.venv/bin/junheng template all --year 2025 --county <区划代码> --target <文件夹>";; \
	esac

refresh: $(READY) ## The nightly run on your own landing folder, as the Airflow DAG
	@./dags/airflow.sh refresh

serve: $(READY) ## Airflow UI and scheduler on this machine, with the nightly schedule
	@./dags/airflow.sh serve

bi: $(READY) $(BI_READY) ## Dashboards in Superset on this machine, from the published marts
	@$(RUN)/junheng bi

check: $(READY) ## The checks of a minute: format, lint, types, SQL, unit and contract tests (dbt's project is parsed in one)
	@$(RUN)/ruff format --quiet --check .
	@$(RUN)/ruff check --quiet .
	@$(RUN)/mypy --no-error-summary
	@$(RUN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models dbt_project/tests
	@$(RUN)/python -m pytest --numprocesses 2 --quiet tests/unit tests/contract

test-bi: $(READY) $(BI_READY) ## Server deployment: PostgreSQL, other clients, notices, Airflow, the containers' commands, pages, documents and dashboards in a browser; as root on Linux (apt-get install -y chromium fonts-noto-cjk bubblewrap nginx-light libreoffice-writer-nogui poppler-utils)
	@$(RUN)/python -m pytest --numprocesses 2 --dist loadfile tests/server

test-spark: $(SPARK_READY) ## Every model on Spark, a master and two workers of this machine, beside DuckDB; files in an object store; some minutes
	@$(SPARK_VENV)/bin/python -m pytest tests/spark

test: $(READY) ## All tests but those of the server and of Spark
	@$(RUN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

soak: $(READY) ## Hours of it: every way to kill a night, thousands of broken files, many sequences of nights
	@JUNHENG_SOAK=1 $(RUN)/python -m pytest tests/end_to_end/test_faults.py tests/end_to_end/test_fuzz.py tests/end_to_end/test_sequences.py tests/end_to_end/test_whatif.py tests/end_to_end/test_keeping.py

bench: $(READY) ## Where the time of a night goes: a county of 60 schools, a nation of 200 000, how forecasts do, what a plan saves, a server with 50 clients
	@$(RUN)/python -m tests.bench.county
	@$(RUN)/python -m tests.bench.nation
	@$(RUN)/python -m tests.bench.forecast
	@$(RUN)/python -m tests.bench.plan
	@$(RUN)/python -m tests.bench.serving

docs: $(READY) ## What is generated: dbt's sources, clocks, tables of the docs, the data dictionary (one offline page in data/reports/)
	@$(RUN)/python -m extract.definitions.generated
	@$(RUN)/python -m junheng.settings
	@$(RUN)/python -m publish.dictionary
	@$(RUN)/python -m publish.contract
	@$(RUN)/python -m publish.indicator_index
	@$(RUN)/junheng docs

clean: ## Remove the environments and the demo (never your data)
	rm -rf $(VENV) $(BI_VENV) $(SPARK_VENV) data/demo
