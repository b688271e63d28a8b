"""The bends of a unit: fast for float32, exact for float64, chosen by type when the kernel is compiled.

Everything curved is made of two functions, tanh and the cumulative normal distribution. For float32 each is a ratio of
polynomials in x^2, fitted for the least maximum error on [-8.3, 8.3] and [-5.2, 5.2]; beyond, the end's value holds.
Ratios vectorize; a call of the C library does not.

    tanh(x) = x P(x^2) / Q(x^2)                   |error| <= 5e-7 |tanh x|
    cdf(x)  = (1 + x R(x^2) / S(x^2)) / 2         |error| <= 3e-7
    sigmoid(x) = (1 + tanh(x / 2)) / 2            |error| <= 3e-7
    exp(x)   = (1 + t) / (1 - t) for x <= 0       |error| <= 5e-7,  t = tanh(x / 2)
    expm1(x) = 2 t / (1 - t)     for x <= 0       |error| <= 1e-6 |expm1 x|

Activations and slopes made of them are within 1e-6 max(1, |x|). All bounds are checked on dense grids in
tests/unit/test_kernel_functions.py, and the float64 forms against torch in tests/golden/test_kernel.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from playground.training.codes import ELU, GELU, LEAKY_RELU, RELU, SIGMOID, SILU, TANH
from playground.training.compilation import FASTMATH, compiled

LEAKY_SLOPE = 0.01  # torch.nn.LeakyReLU
NORMAL_PEAK = 1 / math.sqrt(2 * math.pi)  # density of the standard normal distribution at 0

# Float32 constants: they are exact, and leave float32 arithmetic float32 and float64 arithmetic float64.
ONE, HALF, TWO = np.float32(1), np.float32(0.5), np.float32(2)

TANH_END = np.float32(8.3)
P0, P1, P2, P3, P4 = np.array(
    [0.9999997019767761, 0.13230213522911072, 0.0033169290982186794, 1.7675109120318666e-05, 9.26584942106956e-09],
    np.float32,
)
Q1, Q2, Q3, Q4 = np.array(
    [0.46563437581062317, 0.025196244940161705, 0.0002993897069245577, 6.110228127909068e-07], np.float32
)
CDF_END = np.float32(5.2)
R0, R1, R2, R3, R4, R5 = np.array(
    [
        0.797884464263916, 0.06258378177881241, 0.009090768173336983,
        0.00029185484163463116, 1.3023170140513685e-05, 5.3779910302864664e-08,
    ],
    np.float32,
)  # fmt: skip
S1, S2, S3, S4, S5 = np.array(
    [0.2451033592224121, 0.02724470943212509, 0.0017548453761264682, 6.79136865073815e-05, 1.3291869436216075e-06],
    np.float32,
)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent, for compiled code: `tanh(0)` is 0."""
    raise NotImplementedError("tanh of this module is for compiled code")


def _fast_tanh(x: Any) -> Any:
    x = max(min(x, TANH_END), -TANH_END)  # in this order NaN stays NaN
    u = x * x
    top = (((P4 * u + P3) * u + P2) * u + P1) * u + P0
    return x * top / ((((Q4 * u + Q3) * u + Q2) * u + Q1) * u + ONE)


def _exact_tanh(x: Any) -> Any:
    return math.tanh(x)


@overload(tanh, jit_options={"fastmath": FASTMATH, "error_model": "numpy"})
def _tanh(x: Any) -> Any:
    return _fast_tanh if x == types.float32 else _exact_tanh


def cdf(x: Any) -> Any:
    """Share of a standard normal distribution below x, for compiled code: `cdf(0)` is 0.5."""
    raise NotImplementedError("cdf of this module is for compiled code")


def _fast_cdf(x: Any) -> Any:
    x = max(min(x, CDF_END), -CDF_END)
    u = x * x
    top = ((((R5 * u + R4) * u + R3) * u + R2) * u + R1) * u + R0
    return HALF + HALF * (x * top / (((((S5 * u + S4) * u + S3) * u + S2) * u + S1) * u + ONE))


def _exact_cdf(x: Any) -> Any:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@overload(cdf, jit_options={"fastmath": FASTMATH, "error_model": "numpy"})
def _cdf(x: Any) -> Any:
    return _fast_cdf if x == types.float32 else _exact_cdf


@compiled
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)): `sigmoid(0)` is 0.5."""
    return HALF + HALF * tanh(HALF * x)


@compiled
def exp_below(x: Any) -> Any:
    """exp(x) for x <= 0: `exp_below(0)` is 1."""
    t = tanh(HALF * x)
    return (ONE + t) / (ONE - t)


@compiled
def expm1_below(x: Any) -> Any:
    """exp(x) - 1 for x <= 0: `expm1_below(0)` is 0."""
    t = tanh(HALF * x)
    return TWO * t / (ONE - t)


@compiled
def activate(code: int, values: np.ndarray, slopes: np.ndarray) -> None:  # long: one loop for each activation
    """Replace weighted sums by activations, and note how steep each activation is there.

    One branch a layer, so that each loop is free of branches and vectorizes.

    Args:
        code: of `ACTIVATIONS`.
        values: (n,) weighted sums z; holds f(z) afterwards.
        slopes: (n,) holds f'(z) afterwards; at a kink the slope that torch gives (0 for relu at 0).
    """
    number = values.dtype.type
    one, zero = number(1), number(0)
    if code == RELU:
        for i in range(len(values)):
            slopes[i] = one if values[i] > zero else zero
            values[i] = max(values[i], zero)
    elif code == LEAKY_RELU:
        for i in range(len(values)):
            slopes[i] = one if values[i] > zero else number(LEAKY_SLOPE)
            values[i] = values[i] * slopes[i]
    elif code == ELU:
        for i in range(len(values)):
            z = values[i]
            below = expm1_below(min(z, zero))
            values[i] = z if z > zero else below
            slopes[i] = below + one
    elif code == GELU:
        for i in range(len(values)):
            z = values[i]
            share = cdf(z)
            values[i] = z * share
            slopes[i] = share + z * number(NORMAL_PEAK) * exp_below(-HALF * z * z)
    elif code == SILU:
        for i in range(len(values)):
            z = values[i]
            share = sigmoid(z)
            values[i] = z * share
            slopes[i] = share * (one + z * (one - share))
    elif code == TANH:
        for i in range(len(values)):
            t = tanh(values[i])
            values[i] = t
            slopes[i] = one - t * t
    elif code == SIGMOID:
        for i in range(len(values)):
            share = sigmoid(values[i])
            values[i] = share
            slopes[i] = share * (one - share)
    else:
        slopes[:] = one
