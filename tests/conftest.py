"""What every test gets: the package's settings as they were, and the right mode of running."""

import pytest

from npslstm.machine import CHECKED
from npslstm.machine.compiler import INTERPRETED
from tests.caching import owned, place  # noqa: F401  fixtures


def pytest_collection_modifyitems(items):
    """Tests of compiled code have nothing to test where Numba is switched off, and those of memory
    and its addresses none where each array has pages of its own."""
    for item in items:
        if INTERPRETED and item.get_closest_marker("compiled_only"):
            item.add_marker(pytest.mark.skip(reason="NUMBA_DISABLE_JIT=1"))
        if CHECKED != "0" and item.get_closest_marker("not_checked"):
            item.add_marker(pytest.mark.skip(reason="NPSLSTM_CHECK"))
