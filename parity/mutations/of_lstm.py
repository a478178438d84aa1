"""Mistakes in the LSTM: equations, time, masks, states."""

from .mutation import Mutation

CELL, SCAN, LAYER = "cell.py", "scan.py", "layers/lstm.py"
RECURRENT, STATE, MASKING = "layers/recurrent.py", "layers/state.py", "kernels/masking.py"

FIRST = ("gradients", "lstm", "stateful", "masks")  # subjects to ask first

MUTATIONS = [
    # ---- the equations --------------------------------------------------------------------------
    Mutation(
        "gate_order", "bundles.py",
        "return row[:H], row[H : 2 * H], row[2 * H : 3 * H], row[3 * H :]",
        "return row[:H], row[2 * H : 3 * H], row[H : 2 * H], row[3 * H :]",
        "the candidate's block stands before the forget gate's: i g f o",
    ),
    Mutation(
        "gate_order_onnx", "bundles.py",
        "return row[:H], row[H : 2 * H], row[2 * H : 3 * H], row[3 * H :]",
        "return row[:H], row[2 * H : 3 * H], row[3 * H :], row[H : 2 * H]",
        "the gates stand in ONNX's order i o f g",
    ),
    Mutation(
        "input_for_forget", CELL,
        "return f * c_prev + i * g", "return i * c_prev + f * g",
        "input and forget gate have changed places",
    ),
    Mutation(
        "no_output_gate", CELL,
        "return o * a", "return a",
        "the output gate does nothing",
    ),
    Mutation(
        "candidate_activation", CELL,
        "squash.candidate(z_g, g)  # (3)", "squash.gate(z_g, g)  # (3)",
        "the candidate goes through the gates' sigmoid",
    ),
    Mutation(
        "output_not_squashed", CELL,
        "squash.candidate(rows.c, rows.a)  # (5)", "rows.a[:] = rows.c  # (5)",
        "h = o * c, without tanh",
    ),
    Mutation(
        "d_tanh", CELL,
        "return like(y, 1) - y * y", "return like(y, 1) - y",
        "the derivative of tanh lacks the square",
    ),
    Mutation(
        "d_sigmoid", CELL,
        "return y * (like(y, 1) - y)", "return like(y, 1) - y * y",
        "the derivative of the sigmoid is that of tanh",
    ),
    Mutation(
        "no_forgetting_backward", CELL,
        "return dc * f", "return dc",
        "errors go back along c as if the forget gate were open",
    ),
    Mutation(
        "blame_of_the_forget_gate", CELL,
        "squash.d_gate(d_f, dc, rows.c_prev, z_f, y_f, dz_f)",
        "squash.d_gate(d_f, dc, rows.c, z_f, y_f, dz_f)",
        "dL/df is taken from c instead of c_prev",
    ),
    Mutation(
        "state_carried_in_not_seen", LAYER,
        "tape, changes, int(carried_in is not None), int", "tape, changes, 0, int",
        "the first step multiplies no U with the state that was carried in",
    ),
    # ---- through time ---------------------------------------------------------------------------
    Mutation(
        "error_through_c_lost", CELL,
        "each2(add, dc, dc, errors.work)", "dc[:] = errors.work",
        "no error comes back along c from later steps",
    ),
    Mutation(
        "error_through_h_lost", SCAN,
        "rules.h_product(dh[first:end], dz_t, drops.h[:, first:end], weights.U)  # (1)",
        "dh[:] = 0",
        "no error comes back along h from later steps",
    ),
    Mutation(
        "recurrent_gradient_one_step_off", SCAN,
        "d_products.h(dU, tape.h[begin:end], drops.h, dz[begin:end])",
        "d_products.h(dU, tape.h[begin + 1 : end + 1], drops.h, dz[begin:end])",
        "dU multiplies dz with h of the same step instead of the one before",
    ),
    Mutation(
        "bias_gradient_of_one_step", SCAN,
        "add_column_sums(db, dz[t])", "add_column_sums(db, dz[0])",
        "the bias's gradient adds up the first step again and again",
    ),
    Mutation(
        "dx_lost", SCAN,
        "rules.x_product(dx[t, first:end], dz_t, drops.x[:, first:end], weights.W)  # (1)",
        "pass",
        "an LSTM below another learns nothing",
    ),
    Mutation(
        "go_backwards_ignored", LAYER,
        "if self.go_backwards:", "if False:",
        "the sequence is read from its beginning",
    ),
    Mutation(
        "go_backwards_gradient", RECURRENT,
        "program.backward(data_movement.reverse, y.gradient, x.gradient)",
        "program.backward(data_movement.copy, y.gradient, x.gradient)",
        "errors of a sequence read backwards are not turned round again",
    ),
    Mutation(
        "go_backwards_mask", RECURRENT,
        "program.forward(data_movement.reverse, x.mask, mask)",
        "program.forward(data_movement.copy, x.mask, mask)",
        "the mask is not turned round with the sequence",
    ),
    Mutation(
        "no_bias_gradient", RECURRENT,
        "b, db = layer.bias.value, program.gradient_of(layer.bias)",
        "b, db = layer.bias.value, program.zeros(4 * layer.units)",
        "the LSTM's bias is never trained",
    ),
    Mutation(
        "forget_bias", LAYER,
        "np.concatenate([first, np.ones(H, dtype), rest])",
        "np.concatenate([first, np.zeros(H, dtype), rest])",
        "unit_forget_bias is ignored",
    ),
    Mutation(
        "forget_bias_of_another_gate", LAYER,
        "np.concatenate([first, np.ones(H, dtype), rest])",
        "np.concatenate([np.ones(H, dtype), first, rest])",
        "unit_forget_bias opens the input gate",
    ),
    # ---- masks ----------------------------------------------------------------------------------
    Mutation(
        "mask_ignored", SCAN,
        "if mask.size and not mask[t, n]:", "if mask.size < 0:",
        "masked steps are used, forward and backward", 2,
    ),
    Mutation(
        "masked_h_lost", SCAN,
        "copy(tape.h[t + 1, n], tape.h[t, n])", "tape.h[t + 1, n, :] = 0",
        "a masked step carries c on but forgets h",
    ),
    Mutation(
        "masked_c_lost", SCAN,
        "copy(tape.c[t + 1, n], tape.c[t, n])", "tape.c[t + 1, n, :] = 0",
        "a masked step carries h on but forgets c",
    ),
    Mutation(
        "masked_output", MASKING,
        "copy(y[t, n], y[t - 1, n])  # (2)", "y[t, n, :] = 0",
        "a masked step shows 0 instead of the last output",
    ),
    Mutation(
        "masked_output_is_h", MASKING,
        "copy(y[t, n], y[t - 1, n])  # (2)", "copy(y[t, n], h[t + 1, n])",
        "masked steps before the first used one show the state carried in",
    ),
    Mutation(
        "zero_output_ignored", MASKING,
        "elif zero_output or t == 0:", "elif t == 0:",
        "zero_output_for_mask is ignored",
    ),
    Mutation(
        "errors_of_masked_steps_lost", MASKING,
        "held[n, j] += dy[t, n, j]", "held[n, j] = dy[t, n, j]",
        "the errors of repeated outputs do not add up",
    ),
    Mutation(
        "mask_asks_for_all_features", MASKING,
        "            mask[t, n] = False\n"
        "            for j in range(x.shape[2]):\n"
        "                if x[t, n, j] != value[0]:\n"
        "                    mask[t, n] = True",
        "            mask[t, n] = True\n"
        "            for j in range(x.shape[2]):\n"
        "                if x[t, n, j] == value[0]:\n"
        "                    mask[t, n] = False",
        "one feature that equals mask_value masks the step",
    ),
    Mutation(
        "one_sample_decides_for_all", SCAN,
        "for n in range(first, end):\n        if mask[t, n]:\n            return True\n",
        "for n in range(first, first + 1):\n        if mask[t, n]:\n            return True\n",
        "a step that the first sample does not use is computed for none",
    ),
    Mutation(
        "second_used_step_sees_no_state", SCAN,
        "if t > start or carried_in:", "if t > start + 1 or carried_in:",
        "h_prev U is left out at the second used step too",
    ),
    Mutation(
        "error_stops_a_step_early", SCAN,
        "if t > start or to_first:", "if t > start + 1 or to_first:",
        "no error comes back to the first used step",
    ),
    Mutation(
        "recurrent_gradient_lacks_a_step", SCAN,
        "first_used(mask, x.shape[0], 0, x.shape[1]) + 1),",
        "first_used(mask, x.shape[0], 0, x.shape[1]) + 2),",
        "dU lacks the second used step",
    ),
    # ---- states ---------------------------------------------------------------------------------
    Mutation(
        "state_lost_between_batches", LAYER,
        "if initial else self.carried", "if initial else None",
        "a stateful layer begins every batch at zero",
    ),
    Mutation(
        "initial_state_ignored", LAYER,
        "carried_in = State(*(s.value for s in initial)) if initial else self.carried",
        "carried_in = self.carried",
        "initial_state does nothing",
    ),
    Mutation(
        "h_not_carried", LAYER,
        "program.forward(data_movement.copy, carried_in.h, first.h)",
        "program.forward(data_movement.clear, first.h)",
        "the state is carried through c only",
    ),
    Mutation(
        "c_not_carried", LAYER,
        "program.forward(data_movement.copy, carried_in.c, first.c)",
        "program.forward(data_movement.clear, first.c)",
        "the state is carried through h only",
    ),
    Mutation(
        "states_of_another_layer_kept", LAYER,
        "program.forward(data_movement.copy, last.c, self.carried.c)",
        "program.forward(data_movement.copy, last.h, self.carried.c)",
        "h is remembered in the place of c",
    ),
    Mutation(
        "errors_from_the_batch_before", "layers/scanning.py",
        "program.backward(data_movement.clear, error)",
        "if error is d_state.h:\n                program.backward(data_movement.clear, error)",
        "the last batch's error in c flows into the next one",
    ),
    Mutation(
        "c_not_reset", STATE,
        "mine.c[...] = 0", "pass",
        "reset_state forgets h alone",
    ),
    Mutation(
        "reset_touches_weights", STATE,
        "mine.c[...] = 0", "mine.c[...] = 0\n        self.kernel.value[...] *= 0.99",
        "reset_state changes the weights",
    ),
]  # fmt: skip
