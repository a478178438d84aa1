"""Tutorial programs, one a file; `python -m examples` runs them all."""
