"""Training: the fit loop, its data, callbacks and progress."""
