"""Mistakes in layers of several inputs, in attention, and in layers that normalise or reshape."""

from .mutation import Mutation

COMBINING, MERGING, SIGNALS = "kernels/combining.py", "layers/merging.py", "layers/signals.py"
CONCATENATE, DOT, ATTENDING = "layers/concatenate.py", "layers/dot.py", "layers/attention.py"
ATTENTION, NORMAL = "kernels/attention.py", "kernels/layer_normalization.py"

FIRST = ("merging", "attention", "graphs")  # subjects to ask first

MUTATIONS = [
    # ---- element by element ---------------------------------------------------------------------
    Mutation(
        "subtract_the_other_way", COMBINING,
        "return p - q", "return q - p",
        "Subtract takes the first input from the second",
    ),
    Mutation(
        "subtract_sends_one_error", COMBINING,
        "each(negative, db[n], dy[n])", "copy(db[n], dy[n])",
        "the error of what is subtracted has the wrong sign",
    ),
    Mutation(
        "product_of_its_own_factor", COMBINING,
        "each2(multiply, da[n], dy[n], b[n])", "each2(multiply, da[n], dy[n], a[n])",
        "the mirror of Multiply multiplies by its own factor",
    ),
    Mutation(
        "average_of_two", MERGING,
        "np.array([1 / number])", "np.array([1 / 2])",
        "Average halves the sum, whatever the number of inputs",
    ),
    Mutation(
        "average_not_divided_backwards", MERGING,
        "program.backward(kernels.scale, mean.gradient_rows, factor, y.gradient_rows)",
        "program.backward(kernels.scale, mean.gradient_rows, np.ones(1), y.gradient_rows)",
        "each input of Average gets the whole error",
    ),
    Mutation(
        "maximum_teaches_the_second", COMBINING,
        "first = a[n, j] >= b[n, j]", "first = a[n, j] > b[n, j]",
        "of equal inputs of Maximum the second one gets the error",
    ),
    Mutation(
        "minimum_teaches_the_second", COMBINING,
        "first = a[n, j] <= b[n, j]", "first = a[n, j] < b[n, j]",
        "of equal inputs of Minimum the second one gets the error",
    ),
    Mutation(
        "spread_error_of_the_last", COMBINING,
        "min(r, dx.shape[2] - 1)] += dy[p, q, r]", "min(r, dx.shape[2] - 1)] = dy[p, q, r]",
        "the errors of an input that serves at many places do not add up",
    ),
    # ---- masks ----------------------------------------------------------------------------------
    Mutation(
        "masked_where_any_is", COMBINING,
        "mask[t, n] = a[t, n] or b[t, n]", "mask[t, n] = a[t, n] and b[t, n]",
        "a merged step is masked where one input is",
    ),
    Mutation(
        "mask_of_some_inputs", SIGNALS,
        "if not all(mask.size for mask in masks):\n        return NO_MASK",
        "masks = [mask for mask in masks if mask.size]\n    if not masks:\n        return NO_MASK",
        "inputs without a mask do not unmask what is merged",
    ),
    Mutation(
        "masked_factors_count", MERGING,
        "[hidden_as(program, x, x.mask, 1.0) for x in xs]", "xs",
        "Multiply takes masked steps as they are",
    ),
    Mutation(
        "product_of_masked_steps", MERGING,
        "return hidden_as(program, y, y.mask, 0.0)", "return y",
        "where all inputs are masked, their product is not 0",
    ),
    Mutation(
        "masked_steps_compete", MERGING,
        "x = chosen(program, x.mask, x, spare)", "pass",
        "Maximum may choose a masked step",
    ),
    Mutation(
        "masked_steps_of_the_first_compete", MERGING,
        "y = chosen(program, y.mask, y, spare)", "pass",
        "Maximum may choose a masked step of its first input",
    ),
    Mutation(
        "error_of_what_is_chosen_instead", COMBINING,
        "        else:\n            copy(db[n], dy[n])", "        else:\n            db[n] = 0",
        "what stands in for a masked step learns nothing",
    ),
    # ---- side by side ---------------------------------------------------------------------------
    Mutation(
        "concatenate_reversed", CONCATENATE,
        "first = 0\n        for one in xs:", "first = 0\n        for one in xs[::-1]:",
        "Concatenate begins with its last input",
    ),
    Mutation(
        "concatenate_axis_ignored", CONCATENATE,
        "if self.axis % rank == 1 and rank > 2:", "if rank > 3:",
        "Concatenate puts features side by side, whatever the axis",
    ),
    Mutation(
        "concatenate_sends_the_first_error", CONCATENATE,
        "kernels.take_columns, y.gradient_rows, first,",
        "kernels.take_columns, y.gradient_rows, 0,",
        "each input of Concatenate gets the error of the first columns",
    ),
    Mutation(
        "concatenate_masked_as_the_first", CONCATENATE,
        "mask = mask_of_either(program, xs)", "mask = xs[0].mask",
        "features side by side have the mask of the first input",
    ),
    Mutation(
        "concatenate_shows_masked_steps", CONCATENATE,
        "program.forward(data_movement.copy, one.mask, mask[first:end])", "pass",
        "steps one after the other have lost their masks",
    ),
    # ---- products -------------------------------------------------------------------------------
    Mutation(
        "normalize_ignored", DOT,
        "if self.normalize:", "if self.normalize is None:",
        "Dot takes rows of any length",
    ),
    Mutation(
        "normalize_stretches_errors", COMBINING,
        "dx[n, j] = (dy[n, j] - along * y[n, j]) / lengths[n]", "dx[n, j] = dy[n, j] / lengths[n]",
        "the length of a row of Dot is taken for a constant",
    ),
    Mutation(
        "dot_of_one_side", COMBINING,
        "db[n, j, k] += dy[n, i, j] * a[n, i, k]", "db[n, j, k] = dy[n, i, j] * a[n, i, k]",
        "the errors of the second input of Dot do not add up",
    ),
    Mutation(
        "rearranged_twice", SIGNALS,
        "order, back = np.array(axes), np.argsort(axes)",
        "order, back = np.array(axes), np.array(axes)",
        "errors of axes in another order are not brought back",
    ),
    # ---- attention ------------------------------------------------------------------------------
    Mutation(
        "attention_scaled_by_size", ATTENTION,
        "w[n, i, j] = scale[0] * total", "w[n, i, j] = scale[0] * total / q.shape[2] ** 0.5",
        "scores are divided by the root of their size, as in transformers",
    ),
    Mutation(
        "attention_not_scaled_backwards", ATTENTION,
        "error = ds[n, i, j] * scale[0]", "error = ds[n, i, j]",
        "the errors of scores are not scaled",
    ),
    Mutation(
        "additive_scale_ignored", ATTENTION,
        "total += scale[d] * tanh(", "total += tanh(",
        "AdditiveAttention adds its features up without weights",
    ),
    Mutation(
        "additive_scale_of_one_score", ATTENTION,
        "d_scale[d] += ds[n, i, j] * a", "d_scale[d] = ds[n, i, j] * a",
        "the scale of AdditiveAttention learns from the last score alone",
    ),
    Mutation(
        "attention_softmax_axis", ATTENTION,
        "row = w[n, i]", "row = w[n, :, i]",
        "the weights of a value add up to 1 over the queries",
    ),
    Mutation(
        "attention_softmax_mirror", ATTENTION,
        "w[n, i, j] * (dw[n, i, j] - dot)", "w[n, i, j] * dw[n, i, j]",
        "the mirror of attention's softmax lacks what the weights have in common",
    ),
    Mutation(
        "attention_ignores_the_values_mask", ATTENDING,
        "if value.mask.size:", "if value.mask.size < 0:",
        "masked values get weight",
    ),
    Mutation(
        "attention_mask_by_query", ATTENTION,
        "not mask[j, n]) or", "not mask[i, n]) or",
        "the mask of values hides all of them from a query",
    ),
    Mutation(
        "attention_hides_less", ATTENTION,
        "HIDDEN = 1e9", "HIDDEN = 1e4",
        "where all values are masked their scores still count",
    ),
    Mutation(
        "attention_ignores_the_queries_mask", ATTENTION,
        "if mask.size and not mask[i, n]:", "if mask.size < 0:",
        "masked queries get a mean of values instead of zeros", 2,
    ),
    Mutation(
        "attention_errors_of_masked_queries", ATTENTION,
        "if mask.size and not mask[i, n]:\n                continue\n"
        "            for j in range(w.shape[2]):\n"
        "                for e in range(v.shape[2]):\n"
        "                    dw",
        "for j in range(w.shape[2]):\n"
        "                for e in range(v.shape[2]):\n"
        "                    dw",
        "values learn from masked queries",
    ),
    Mutation(
        "attention_forgets_the_mask", ATTENDING,
        "value.shape[2], mask=query.mask)", "value.shape[2])",
        "what attention makes of masked queries is not masked",
    ),
    Mutation(
        "value_learns_as_key_alone", ATTENDING,
        "value, key = program.fork(value, 2)", "pass",
        "of an array that is value and key one error overwrites the other",
    ),
    # ---- one input ------------------------------------------------------------------------------
    Mutation(
        "row_epsilon_outside_the_root", NORMAL,
        "inverse_root(v / like(v, C) + like(v, epsilon[0]))",
        "like(v, 1) / (np.sqrt(v / like(v, C)) + like(v, epsilon[0]))",
        "epsilon is added to the deviation of a row",
    ),
    Mutation(
        "row_variance_unbiased", NORMAL,
        "inverse_root(v / like(v, C)", "inverse_root(v / like(v, C - 1)",
        "a row is normalised with C - 1",
    ),
    Mutation(
        "no_error_through_the_mean_of_a_row", NORMAL,
        "(gamma[j] * dy[n, j] - mean - normed", "(gamma[j] * dy[n, j] - normed",
        "the mean of a row is taken for a constant",
    ),
    Mutation(
        "no_error_through_the_variance_of_a_row", NORMAL,
        "- mean - normed[n, j] * share)", "- mean)",
        "the variance of a row is taken for a constant",
    ),
    Mutation(
        "normalised_rows_lose_the_mask", "layers/layer_normalization.py",
        "y = program.signal(*x.shape, mask=x.mask)", "y = program.signal(*x.shape)",
        "behind LayerNormalization no step is masked",
    ),
    Mutation(
        "gamma_of_the_last_row", NORMAL,
        "d_gamma[j] += dy[n, j] * normed[n, j]", "d_gamma[j] = dy[n, j] * normed[n, j]",
        "gamma learns from the last row alone",
    ),
    Mutation(
        "reshape_time_first", "layers/reshape.py",
        "program.forward(data_movement.swap, flat.value, target)",
        "program.forward(data_movement.copy, flat.value.reshape(target.shape), target)",
        "Reshape mixes the samples up",
    ),
]  # fmt: skip
