# Needs Python 3.11 or newer with pip and venv, and make; everything else goes into .venv.
#   make tutorials    train every example and draw its picture
#   make test         lint, types, the tests compiled and again interpreted
#   make test-all     that, the tests that take minutes, and check-memory
#   make check-memory the tests with a page that nobody may touch behind each array; then before it

PYTHON := $(shell python3.11 --version >/dev/null 2>&1 && echo python3.11 || echo python3)
BIN := .venv/bin
# Byte code is made of what is imported, when it is, instead of all that is installed: a minute less.
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check \
	--config-settings editable_mode=compat --editable
export PYTHONDONTWRITEBYTECODE :=

PARALLEL := --numprocesses auto --dist loadscope --quiet

.PHONY: tutorials test test-all check-memory clean
.DELETE_ON_ERROR:

tutorials: .venv/examples.stamp
	$(BIN)/python -m examples

test test-all check-memory: export TF_CPP_MIN_LOG_LEVEL = 3
test test-all check-memory: export CUDA_VISIBLE_DEVICES =
test: .venv/test.stamp
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PARALLEL)
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests $(PARALLEL) \
		-m "not compiled_only and not benchmark and not thorough"

test-all: test check-memory
	$(BIN)/python -m pytest $(PARALLEL) -m thorough

check-memory: .venv/test.stamp
	NPSLSTM_CHECK=1 $(BIN)/python -m pytest tests $(PARALLEL)
	NPSLSTM_CHECK=2 $(BIN)/python -m pytest tests $(PARALLEL)

.venv/created.stamp:
	$(PYTHON) -m venv .venv
	touch $@

.venv/examples.stamp: pyproject.toml .venv/created.stamp
	@echo "Installing into .venv what the examples need: a minute or two the first time."
	$(INSTALL) ".[examples]"
	touch $@

.venv/test.stamp: pyproject.toml .venv/created.stamp
	@echo "Installing into .venv what the tests need, Keras included: several minutes the first time."
	$(INSTALL) ".[examples,parity,dev]"
	touch $@

clean:
	rm -rf .venv out build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
