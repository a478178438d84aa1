"""Compiled array functions, each forward beside its backward. `compiler` says how they compile."""
