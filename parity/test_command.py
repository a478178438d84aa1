"""`python -m parity` where it cannot run."""

import sys

import pytest

from parity.__main__ import main


def test_what_is_not_installed_is_named_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert main(["memory"]) == 2
    assert "tensorflow is not installed" in (said := capsys.readouterr().err)
    assert "make test" in said
