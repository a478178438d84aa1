"""Sets up Keras before it is imported, and prints what was measured beside what is allowed."""

import numpy as np
import pytest

from parity.differences import measured
from parity.environment import prepare
from parity.tolerances import TOLERANCES

prepare()


@pytest.fixture
def rng(request):
    """Random numbers that are the same in every run, and others in every test."""
    return np.random.default_rng(list(request.node.nodeid.encode()))


def pytest_sessionfinish(session):
    """A worker process hands over what it measured."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["measured"] = dict(measured)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    for name, found in getattr(node, "workeroutput", {}).get("measured", {}).items():
        measured[name] = max(measured.get(name, 0.0), found)


def pytest_terminal_summary(terminalreporter):
    if not measured:
        return
    terminalreporter.section("differences from Keras")
    for name in TOLERANCES:
        if name in measured:
            tolerance = TOLERANCES[name]
            found = measured[name] / tolerance.epsilon
            share = found / (tolerance.allowed_epsilons or 1)
            terminalreporter.write_line(
                f"{name:50} {found:8.2f} epsilon, allowed {tolerance.allowed_epsilons:6.2f} "
                f"{share:5.0%}"
            )
