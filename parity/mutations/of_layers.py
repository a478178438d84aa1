"""Mistakes in the layers beside the LSTM, in activations, and in what prepares data."""

from .mutation import Mutation

NORMAL, ACTIVATIONS = "kernels/normalization.py", "kernels/activations.py"
DROPOUT, MOVEMENT, SEQUENCES = "layers/dropout.py", "kernels/data_movement.py", "utils/sequences.py"

FIRST = ("gradients", "layers", "randomness", "utils")  # subjects to ask first

MUTATIONS = [
    # ---- batch normalization --------------------------------------------------------------------
    Mutation(
        "unbiased_variance", NORMAL,
        "v[j] /= count", "v[j] /= count - like(count, 1)",
        "the batch is normalised with N - 1",
    ),
    Mutation(
        "unbiased_moving_variance", NORMAL,
        "moving.v[j] * momentum + v[j] *",
        "moving.v[j] * momentum + v[j] * like(v[j], x.shape[0] / (x.shape[0] - 1)) *",
        "the moving variance is the unbiased one, as in Keras 2's fused kernel",
    ),
    Mutation(
        "momentum_reversed", NORMAL,
        "moving.mu[j] * momentum + mu[j] * (like(momentum, 1) - momentum)",
        "moving.mu[j] * (like(momentum, 1) - momentum) + mu[j] * momentum",
        "momentum weighs the batch instead of the past",
    ),
    Mutation(
        "moving_variance_not_moved", NORMAL,
        "moving.v[j] = moving.v[j] * momentum + v[j] * (like(momentum, 1) - momentum)", "pass",
        "the moving variance stays as it was",
    ),
    Mutation(
        "epsilon_outside_the_root", NORMAL,
        "like(x, 1) / np.sqrt(x)", "like(x, 1) / (np.sqrt(abs(x - like(x, 1e-3))) + like(x, 1e-3))",
        "epsilon is added to the deviation",
    ),
    Mutation(
        "batch_statistics_in_inference", "layers/batch_normalization.py",
        "fixed = not (program.training and self.trainable)", "fixed = not self.trainable",
        "evaluate and predict normalise with the batch, and move the moving statistics",
    ),
    Mutation(
        "frozen_statistics_move", "layers/batch_normalization.py",
        "fixed = not (program.training and self.trainable)", "fixed = not program.training",
        "a frozen layer still uses the batch's statistics",
    ),
    Mutation(
        "no_error_through_the_mean", NORMAL,
        "dmu[j] = -gamma[j] * dbeta[j] * s[j]", "dmu[j] = 0",
        "the batch's mean is taken for a constant",
    ),
    Mutation(
        "no_error_through_the_variance", NORMAL,
        "dv[j] = gamma[j] * dgamma[j] * like(s[j], -0.5) * s[j] * s[j]", "dv[j] = 0",
        "the batch's variance is taken for a constant",
    ),
    Mutation(
        "normalisation_ignores_the_mask", "layers/batch_normalization.py",
        "mask = x.mask.reshape(-1)", "mask = x.mask.reshape(-1)[:0]",
        "masked steps count in mean and variance",
    ),
    # ---- dropout --------------------------------------------------------------------------------
    Mutation(
        "dropout_not_scaled", DROPOUT,
        ">= rate, 1 / (1 - rate), out=out)", ">= rate, 1.0, out=out)",
        "kept values are not scaled up",
    ),
    Mutation(
        "dropout_keeps_what_it_should_drop", DROPOUT,
        ">= rate, 1 / (1 - rate), out=out)", "< rate, 1 / (1 - rate), out=out)",
        "a share `rate` is kept instead of dropped",
    ),
    Mutation(
        "dropout_in_use", DROPOUT,
        "if not program.training or self.rate == 0:", "if self.rate == 0:",
        "evaluate and predict drop, too",
    ),
    Mutation(
        "dropout_gradient", DROPOUT,
        "program.backward(kernels.backward, y.gradient_rows, rows(drop), x.gradient_rows)",
        "program.backward(kernels.backward, y.gradient_rows, rows(0 * drop + 1), x.gradient_rows)",
        "errors pass where the values were dropped",
    ),
    Mutation(
        "recurrent_dropout_in_use", "layers/recurrent.py",
        "recurrent = program.training and 0 < layer.recurrent_dropout < 1",
        "recurrent = 0 < layer.recurrent_dropout < 1",
        "an LSTM drops h in evaluate and predict, too",
    ),
    # ---- shapes ---------------------------------------------------------------------------------
    Mutation(
        "flatten_time_first", "layers/signals.py",
        "program.forward(data_movement.swap, x.value.reshape(T, B, -1), y.value.reshape(B, T, -1))",
        "program.forward(data_movement.copy, x.value.reshape(-1), y.value.reshape(-1))",
        "the samples are mixed up",
    ),
    Mutation(
        "repeat_vector_gradient", MOVEMENT,
        "d_source[n, j] += d_target[t, n, j]", "d_source[n, j] = d_target[t, n, j]",
        "the errors of repeated steps do not add up",
    ),
    Mutation(
        "dense_bias_gradient", "kernels/dense.py",
        "add_column_sums(db, dy)", "add_column_sums(db, dy[:1])",
        "a Dense layer's bias learns from the first row alone",
    ),
    # ---- activations ----------------------------------------------------------------------------
    Mutation(
        "softmax_axis", "layers/activation.py",
        "program.forward(kernels.activate, x.rows, y.rows, function.forward)",
        "rows = x.value.reshape(1, -1), y.value.reshape(1, -1)\n"
        "    program.forward(kernels.activate, *rows, function.forward)",
        "softmax runs over the whole batch instead of the last axis",
    ),
    Mutation(
        "softmax_gradient", ACTIVATIONS,
        "dx[j] = a[j] * (dx[j] - dot)", "dx[j] = a[j] * (like(a[j], 1) - a[j]) * dx[j]",
        "the derivative of softmax is that of a sigmoid",
    ),
    Mutation(
        "hard_sigmoid_of_keras_2", ACTIVATIONS,
        "return clipped(x + like(x, 3), 0, 6) / like(x, 6)",
        "return clipped(x + like(x, 2.5), 0, 5) / like(x, 5)",
        "hard_sigmoid has the slope 1/5 of Keras 2",
    ),
    Mutation(
        "relu_at_zero", ACTIVATIONS,
        "@elementwise(lambda x, a: where(x > like(x, 0), like(x, 1), like(x, 0)))",
        "@elementwise(lambda x, a: where(x < like(x, 0), like(x, 0), like(x, 1)))",
        "relu passes an error at 0",
    ),
    # ---- preparation ----------------------------------------------------------------------------
    Mutation(
        "padding_behind", SEQUENCES,
        'padding: str = "pre"', 'padding: str = "post"',
        "short sequences are padded at their end by default",
    ),
    Mutation(
        "truncating_behind", SEQUENCES,
        'truncating: str = "pre"', 'truncating: str = "post"',
        "long sequences lose their end by default",
    ),
    Mutation(
        "classes_counted", "utils/categorical.py",
        "num_classes = int(labels.max()) + 1", "num_classes = int(labels.max()) + 2",
        "one-hot rows have a class too many",
    ),
    # ---- both directions ------------------------------------------------------------------------
    Mutation(
        "way_back_not_turned_round", "layers/bidirectional.py",
        "y = turned_round(program, y)", "pass",
        "the backward outputs are merged in the order of reading",
    ),
    Mutation(
        "masked_steps_not_zero", "layers/bidirectional.py",
        "one.zero_output_for_mask = one.return_sequences", "pass",
        "masked steps show the output before them",
    ),
    Mutation(
        "forward_in_both_halves", "kernels/merging.py",
        "copy(y[n, C:], b[n])", "copy(y[n, C:], a[n])",
        "concat shows the forward outputs twice",
    ),
    Mutation(
        "average_not_halved_backwards", "kernels/merging.py",
        "each(halve, db[n], dy[n])", "copy(db[n], dy[n])",
        "the backward layer's error is twice what it should be",
    ),
    Mutation(
        "product_of_wrong_factor", "kernels/combining.py",
        "each2(multiply, db[n], dy[n], a[n])", "each2(multiply, db[n], dy[n], b[n])",
        "the mirror of a product multiplies by its own factor",
    ),
    Mutation(
        "one_way_sends_no_error_down", "layers/bidirectional.py",
        "program.fork(x, 2)", "[x, Signal(x.value, program.zeros(*x.shape), x.mask)]",
        "the layer below hears of the forward direction alone",
    ),
]  # fmt: skip
