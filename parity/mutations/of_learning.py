"""Mistakes in losses, penalties and optimizers."""

from .mutation import Mutation

LOSSES, LOSS, PENALTIES = "kernels/losses.py", "losses/base.py", "kernels/penalties.py"
OPTIMIZERS, OPTIMIZER = "kernels/optimizers.py", "optimizers/base.py"

FIRST = ("optimizers", "losses", "gradients")  # subjects to ask first

MUTATIONS = [
    # ---- losses ---------------------------------------------------------------------------------
    Mutation(
        "loss_summed", LOSSES,
        "loss[0] /= values.size", "pass",
        "the loss is the sum over the batch",
    ),
    Mutation(
        "loss_by_sum_of_weights", LOSSES,
        "loss[0] /= values.size", "loss[0] /= weights.sum() if weights.size else values.size",
        "the loss is divided by the sum of the weights, as in Keras 2",
    ),
    Mutation(
        "gradient_summed", LOSSES,
        "scale /= output.shape[0]", "pass",
        "the gradient is that of the sum over the batch",
    ),
    Mutation(
        "weights_ignored", LOSSES,
        "loss[0] += values[n] * weights[n] if weights.size else values[n]",
        "loss[0] += values[n]",
        "sample weights do not count in the loss",
    ),
    Mutation(
        "weights_ignored_in_gradient", LOSSES,
        "scale = weights[n] if weights.size else like(output[0, 0], 1)",
        "scale = like(output[0, 0], 1)",
        "sample weights do not count in the gradient",
    ),
    Mutation(
        "mse_halved", LOSSES,
        "dy[j] = scale * 2 * (y[j] - t[j]) / y.size", "dy[j] = scale * (y[j] - t[j]) / y.size",
        "the gradient of the squared error lacks its 2",
    ),
    Mutation(
        "mae_at_zero", LOSSES,
        "return where(x > zero, one, where(x < zero, -one, x))",
        "return where(x < zero, -one, one)",
        "an error of 0 pulls in one direction",
    ),
    Mutation(
        "crossentropy_epsilon", LOSSES,
        "EPSILON = 1e-7", "EPSILON = 1e-8",
        "probabilities come closer to 0 and 1 than in Keras",
    ),
    Mutation(
        "softmax_minus_target", LOSSES,
        "dy[j] = scale * (p[j] - t[j])\n\n\ndef d_sparse", "dy[j] = scale * p[j]\n\n\ndef d_sparse",
        "behind a softmax no output is drawn to its target",
    ),
    Mutation(
        "softmax_minus_label", LOSSES,
        "label = place(t, p)",
        "label = 0",
        "behind a softmax the first class is taught, whatever the label",
    ),
    Mutation(
        "sigmoid_minus_target", LOSSES,
        "dy[j] = scale * (p[j] - t[j]) / p.size", "dy[j] = scale * (p[j] - t[j])",
        "behind a sigmoid the gradient of a row is not averaged over its outputs",
    ),
    Mutation(
        "probabilities_not_normalised", LOSSES,
        "share = total(y)\n    loss", "share = 1\n    loss",
        "categorical crossentropy takes outputs that do not add up to 1 as they are",
    ),
    Mutation(
        "normalised_before_the_limits", LOSSES,
        "share += limited(y[j])\n    return log(share)", "share += y[j]\n    return log(share)",
        "sparse crossentropy adds up the outputs before they are kept from 0 and 1",
    ),
    Mutation(
        "error_of_saturated_probabilities", LOSSES,
        "return where(p < like(p, EPSILON), zero, where(p > like(p, 1 - EPSILON), zero, one))",
        "return one",
        "outputs beyond the limits still learn",
    ),
    Mutation(
        "logits_forgotten", LOSS,
        "return y.logits, True", "return y, False",
        "after a softmax the loss is taken from the probabilities",
    ),
    Mutation(
        "mask_not_balanced", "kernels/masking.py",
        "weights[t, n] = mask[t, n] * (mask.size / used) if used else 0",
        "weights[t, n] = mask[t, n]",
        "a masked loss is divided by all steps instead of the used ones",
    ),
    Mutation(
        "label_smoothing", "losses/crossentropy.py",
        "return (1 - s, s / units) if s else None", "return (1 - s, s / 2) if s else None",
        "categorical targets are smoothed as if there were two classes",
    ),
    # ---- penalties ------------------------------------------------------------------------------
    Mutation(
        "penalty_gradient_halved", PENALTIES,
        "like(w[j], 2) * l2 * w[j]", "l2 * w[j]",
        "the gradient of w^2 lacks its 2",
    ),
    Mutation(
        "penalty_not_in_the_loss", "kernels/metrics.py",
        "(loss[0] + penalty[0]) * samples", "loss[0] * samples",
        "the loss that is shown leaves penalties out",
    ),
    Mutation(
        "penalty_of_outputs", "layers/base.py",
        "batch = y.shape[1] if y.value.ndim >= 3 else y.shape[0]", "batch = 1",
        "a penalty on outputs is not divided by the number of samples",
    ),
    # ---- optimizers -----------------------------------------------------------------------------
    Mutation(
        "nesterov_ignored", OPTIMIZERS,
        "if nesterov:", "if nesterov < 0:",
        "Nesterov's momentum is plain momentum",
    ),
    Mutation(
        "momentum_damped", OPTIMIZERS,
        "m[j] = momentum * m[j] - step * g[j]",
        "m[j] = momentum * m[j] - (like(momentum, 1) - momentum) * step * g[j]",
        "the gradient enters the momentum with 1 - momentum",
    ),
    Mutation(
        "rmsprop_epsilon", OPTIMIZERS,
        "change = step * g[j] / np.sqrt(spread)",
        "change = step * g[j] / (np.sqrt(spread - epsilon) + epsilon)",
        "RMSprop adds epsilon to the root, as in Keras 2",
    ),
    Mutation(
        "rmsprop_not_centered", OPTIMIZERS,
        "spread -= mean[j] * mean[j]", "pass",
        "centered RMSprop does not take off the mean",
    ),
    Mutation(
        "adam_epsilon", OPTIMIZERS,
        "w[j] -= a * m[j] / (np.sqrt(v[j]) + epsilon)",
        "w[j] -= a * m[j] / np.sqrt(v[j] + epsilon)",
        "Adam adds epsilon under the root",
    ),
    Mutation(
        "adam_epsilon_hat", OPTIMIZERS,
        "a, epsilon = like(w[0], a), like(w[0], settings[2])",
        "a, epsilon = like(w[0], a), like(w[0], settings[2] * np.sqrt(1 - settings[1] ** t))",
        "Adam's epsilon is added to the corrected root: the paper's algorithm 1",
    ),
    Mutation(
        "adam_counts_one_more", OPTIMIZERS,
        "t = float(iterations[0] + 1)", "t = float(iterations[0] + 2)",
        "Adam's correction counts one step too many",
    ),
    Mutation(
        "adam_not_corrected", OPTIMIZERS,
        "a, epsilon = like(w[0], a), like(w[0], settings[2])",
        "a, epsilon = like(w[0], rate[0]), like(w[0], settings[2])",
        "Adam's means are not corrected for their start at zero",
    ),
    Mutation(
        "amsgrad_forgets", OPTIMIZERS,
        "largest_v[j] = max(largest_v[j], v[j])", "largest_v[j] = v[j]",
        "amsgrad is Adam",
    ),
    Mutation(
        "iterations_not_counted", OPTIMIZER,
        "steps.append(Operation(data_movement.advance, self.step_count, 1))", "pass",
        "optimizer steps are not counted",
    ),
    Mutation(
        "clipped_after_the_step", OPTIMIZER,
        "steps.append(self.step(w, g))", "steps.insert(0, self.step(w, g))",
        "gradients are clipped when they have been used",
    ),
    Mutation(
        "clipnorm_of_all", OPTIMIZER,
        "return [Operation(kernels.clip_norm, gradient, limit) for gradient in gradients]",
        "return [Operation(kernels.clip_norm, g, limit)]",
        "clipnorm limits the norm of all gradients together",
    ),
    Mutation(
        "global_clipnorm_of_each", OPTIMIZER,
        "return [Operation(kernels.clip_norm, g, np.array([self.global_clipnorm], float))]",
        "limit = np.array([self.global_clipnorm], float)\n"
        "            own = [v.gradient.reshape(-1) for v in parameters.trainable]\n"
        "            return [Operation(kernels.clip_norm, gradient, limit) for gradient in own]",
        "global_clipnorm limits the norm of each gradient",
    ),
    Mutation(
        "clipvalue_of_one_side", OPTIMIZERS,
        "g[j] = -high", "pass",
        "clipvalue lets large negative gradients through",
    ),
]  # fmt: skip
