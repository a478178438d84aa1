"""Tutorial programs, one a file; `python -m examples` runs them all."""

PROGRAMS = (
    "lifecycle", "memory",
    "airline_regression", "airline_window", "airline_timesteps", "airline_stateful",
    "airline_stacked",
    "alphabet_naive", "alphabet_features", "alphabet_timesteps", "alphabet_batch",
    "alphabet_stateful", "alphabet_variable",
    "mnist",
    "forecast_a_year", "several_features", "sequence_to_sequence", "warm_start", "any_batch_size",
    "study_memory",
)  # fmt: skip
