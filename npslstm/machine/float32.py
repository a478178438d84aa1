"""Exponential and hyperbolic tangent of float32, computed sixteen at a time.

The C library's are called one number at a time. float64 keeps them.
  exp   n = round(x / ln 2), then a polynomial of degree 6 on [-ln 2 / 2, ln 2 / 2], times 2^n;
        coefficients of S. L. Moshier's Cephes library, single/expf.c, netlib.org/cephes
  expm1 the same without the last addition: 2^n (e^r - 1) + (2^n - 1)
  tanh  a rational function of degree 13 / 6 on [-9.5, 9.5]; coefficients of the Eigen library,
        Eigen/src/Core/MathFunctionsImpl.h, the function TensorFlow's CPU kernels use
NaN stays NaN: every limit is written so that a comparison with NaN changes nothing.
"""

from __future__ import annotations

import numpy as np

from .options import compiled, in_order

f4 = np.float32
EXP_LOWEST, HIGHEST_POWER = f4(-87.3), f4(128)  # beyond: 0 and inf
EXPM1_LOWEST = f4(-20)  # beyond: -1
LOG2_E, LN2_HIGH, LN2_LOW = f4(1.44269504088896341), f4(0.693359375), f4(-2.12194440e-4)
EXP_5, EXP_4, EXP_3 = f4(1.9875691500e-4), f4(1.3981999507e-3), f4(8.3334519073e-3)
EXP_2, EXP_1, EXP_0 = f4(4.1665795894e-2), f4(1.6666665459e-1), f4(5.0000001201e-1)
# The square of the largest x at which the quotient is taken, 10: there it is 1 + 7e-7, above 1 by
# more than rounding can change. From about 9.5 on, tanh is 1 itself, not just below.
TANH_LIMIT = f4(100)
# All coefficients 256 times as large: so tiny numbers do not become subnormal on the way.
TANH_13, TANH_11 = f4(256 * -2.76076847742355e-16), f4(256 * 2.00018790482477e-13)
TANH_9, TANH_7 = f4(256 * -8.60467152213735e-11), f4(256 * 5.12229709037114e-08)
TANH_5, TANH_3 = f4(256 * 1.48572235717979e-05), f4(256 * 6.37261928875436e-04)
TANH_1 = f4(256 * 4.89352455891786e-03)
TANH_BELOW_6, TANH_BELOW_4 = f4(256 * 1.19825839466702e-06), f4(256 * 1.18534705686654e-04)
TANH_BELOW_2, TANH_BELOW_0 = f4(256 * 2.26843463243900e-03), f4(256 * 4.89352518554385e-03)
ONE, TWO, HALF = f4(1), f4(2), f4(0.5)
EXPONENT_BIAS, MANTISSA_BITS, INT_ONE = np.int32(127), np.int32(23), np.int32(1)


@in_order
def exp_float32(x):
    x = EXP_LOWEST if x < EXP_LOWEST else x
    n = np.floor(x * LOG2_E + HALF)
    n = HIGHEST_POWER if n > HIGHEST_POWER else n
    r = x - n * LN2_HIGH - n * LN2_LOW
    # 2^n as 2^(n - 1) * 2: at n = 128, 2^n itself would be inf; at n = -126 this gives 0
    return (power_series(r) + ONE) * power_of_two(np.int32(n) - INT_ONE) * TWO


@in_order
def expm1_float32(x):
    x = EXPM1_LOWEST if x < EXPM1_LOWEST else x
    n = np.floor(x * LOG2_E + HALF)
    n = HIGHEST_POWER if n > HIGHEST_POWER else n
    r = x - n * LN2_HIGH - n * LN2_LOW
    half = power_of_two(np.int32(n) - INT_ONE)  # of 2^n
    return (power_series(r) * half + (half - HALF)) * TWO


@in_order
def power_series(r):
    """e^r - 1 for r from -ln 2 / 2 to ln 2 / 2."""
    p = ((((EXP_5 * r + EXP_4) * r + EXP_3) * r + EXP_2) * r + EXP_1) * r + EXP_0
    return p * (r * r) + r


@compiled
def power_of_two(n):
    """2^n from the bits of a float32: n goes into the exponent, the mantissa is zero."""
    return np.int32((np.int32(n) + EXPONENT_BIAS) << MANTISSA_BITS).view(np.float32)


@in_order
def tanh_float32(x):
    s = x * x
    s = TANH_LIMIT if s > TANH_LIMIT else s
    above = (((TANH_13 * s + TANH_11) * s + TANH_9) * s + TANH_7) * s
    above = (((above + TANH_5) * s + TANH_3) * s + TANH_1) * x
    below = ((TANH_BELOW_6 * s + TANH_BELOW_4) * s + TANH_BELOW_2) * s + TANH_BELOW_0
    y = above / below
    y = ONE if y > ONE else y
    return -ONE if y < -ONE else y
