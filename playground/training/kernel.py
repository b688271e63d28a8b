"""Dense networks, compiled (FIRST VERSION: correct and slow; the public functions and their meaning stay)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from playground.models.mlp import layer_slices
from playground.models.randomness import STREAM_DROPOUT, STREAM_SHUFFLE, hash_of, unit_interval
from playground.training import codes as c
from playground.training.codes import ACTIVATIONS, HYPER, LOSSES, OPTIMIZERS, SCHEDULES, hyper_vector

__all__ = ["ACTIVATIONS", "HYPER", "LOSSES", "OPTIMIZERS", "SCHEDULES", "hyper_vector"]


class Position(NamedTuple):
    epoch: int
    batch: int
    step: int
    diverged: bool


_erf = np.vectorize(math.erf)


def _act(code, z):
    if code == c.RELU:
        return np.maximum(z, 0), (z > 0) * 1.0
    if code == c.LEAKY_RELU:
        return np.where(z > 0, z, 0.01 * z), np.where(z > 0, 1.0, 0.01)
    if code == c.ELU:
        e = np.expm1(np.minimum(z, 0))
        return np.where(z > 0, z, e), np.where(z > 0, 1, e + 1)
    if code == c.GELU:
        cdf = 0.5 * (1 + _erf(z / math.sqrt(2)))
        return z * cdf, cdf + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if code == c.SILU:
        s = _sigmoid(z)
        return z * s, s * (1 + z * (1 - s))
    if code == c.TANH:
        t = np.tanh(z)
        return t, 1 - t * t
    if code == c.SIGMOID:
        s = _sigmoid(z)
        return s, s * (1 - s)
    return z, np.ones_like(z)


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _loss(loss, o, targets):
    t = np.where(targets > 0, 1.0, -1.0)
    yes = (t + 1) / 2
    if loss == c.CROSS_ENTROPY and len(o) == 1:
        return (np.logaddexp(0, o) - yes * o).sum(0), _sigmoid(o) - yes
    if loss == c.CROSS_ENTROPY:
        e = np.exp(o - o.max(0))
        p = e / e.sum(0)
        return (np.log(e.sum(0)) + o.max(0)) - (yes * o).sum(0), p - yes
    if loss == c.SQUARED_ERROR_TANH:
        h = np.tanh(o)
        return (0.5 * (h - t) ** 2).sum(0), (h - t) * (1 - h * h)
    if loss == c.HINGE and len(o) == 1:
        m = 1 - t * o
        return np.maximum(m, 0)[0], np.where(m > 0, -t, 0.0)
    if loss == c.HINGE:
        right = (yes * o).sum(0)
        m = (1 - right + o) * (1 - yes)
        on = (m > 0) * 1.0
        return np.maximum(m, 0).sum(0) / len(o), (on - yes * on.sum(0)) / len(o)
    d = o - targets
    if loss == c.MSE:
        return (d * d).mean(0), 2 * d / len(o)
    return np.where(abs(d) < 1, 0.5 * d * d, abs(d) - 0.5).mean(0), np.clip(d, -1, 1) / len(o)


def _forward(params, X, sizes, activations, masks=None):
    a, slopes = [X], []
    places = layer_slices(sizes)
    for i, p in enumerate(places):
        z = params[p.weights].reshape(p.shape) @ a[-1] + params[p.bias][:, None]
        if i == len(places) - 1:
            a.append(z)
        else:
            h, s = _act(activations[i], z)
            m = 1.0 if masks is None else masks[i]
            a.append((h * m).astype(params.dtype))
            slopes.append((s * m).astype(params.dtype))
    return a, slopes


def _gradient(params, X, targets, sizes, activations, loss, masks=None):
    a, slopes = _forward(params, X, sizes, activations, masks)
    losses, d = _loss(loss, a[-1], targets)
    d = (d / X.shape[1]).astype(params.dtype)
    g = np.zeros_like(params)
    places = layer_slices(sizes)
    for i in range(len(places) - 1, -1, -1):
        p = places[i]
        g[p.weights] = (d @ a[i].T).ravel()
        g[p.bias] = d.sum(1)
        if i:
            d = (params[p.weights].reshape(p.shape).T @ d) * slopes[i - 1]
    return float(losses.mean(dtype=np.float64)), g


def loss_and_gradient(params, X, targets, sizes, activations, loss):
    return _gradient(params, X, targets, sizes, activations, loss)


def loss_of(outputs, targets, loss):
    return float(_loss(loss, outputs.astype(np.float64), targets)[0].mean())


def forward_all(params, X, sizes, activations):
    return np.vstack(_forward(params, X, sizes, activations)[0][1:])


def quantize(values, scale):
    return np.round(127.5 * (1 + np.clip(values / scale, -1, 1))).astype(np.uint8)


def unit_pictures(params, grid, sizes, activations, scales=None):
    """-> (pictures (n_units, n) uint8, scales (n_units,) float32). scales given: one per row; None: max |v| per row."""
    v = forward_all(params, grid, sizes, activations)
    if scales is None:
        scales = np.maximum(np.abs(v).max(1), 1e-30)
    scales = np.asarray(scales, np.float32)
    return quantize(v, scales[:, None]), scales


def unit_map(params, grid, sizes, activations, layer, unit):
    """Values of one unit; layer 0 is the first hidden layer, len(sizes) - 2 the outputs (logits)."""
    return _forward(params, grid, sizes, activations)[0][layer + 1][unit].astype(np.float32)


def _order(seed, epoch, n):
    order = np.arange(n)
    bits = hash_of(seed, STREAM_SHUFFLE, np.array([epoch]), np.arange(n))
    for i in range(n - 1, 0, -1):
        j = ((int(bits[i]) >> 32) * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def run_steps(params, moments, X, targets, sizes, activations, loss, optimizer, hyper, seed, batch_size,
              epoch, batch, step, moments_start, n_steps):  # fmt: skip
    n = X.shape[1]
    n_batches = -(-n // batch_size)
    order = _order(seed, epoch, n)
    is_weight = np.zeros(len(params), bool)
    for p in layer_slices(sizes):
        is_weight[p.weights] = True
    for _ in range(n_steps):
        columns = order[batch * batch_size : (batch + 1) * batch_size]
        masks = None
        if hyper[c.DROPOUT] > 0:
            masks = []
            for layer, size in enumerate(sizes[1:-1]):
                bits = hash_of(seed, STREAM_DROPOUT, np.array([[step]]), np.array([[layer]]),
                               np.arange(size)[:, None], np.arange(len(columns))[None])  # fmt: skip
                masks.append((unit_interval(bits) >= hyper[c.DROPOUT]) / (1 - hyper[c.DROPOUT]))
        with np.errstate(all="ignore"):
            _, g = _gradient(params, np.ascontiguousarray(X[:, columns]), targets[:, columns], sizes, activations,
                             loss, masks)  # fmt: skip
            g = g + (is_weight * (hyper[c.L1] * np.sign(params) + hyper[c.L2] * params)).astype(params.dtype)
            norm = np.linalg.norm(g.astype(float))
        if not norm <= 1e12:
            return Position(epoch, batch, step, True)
        if hyper[c.CLIP] > 0:
            g *= min(1, hyper[c.CLIP] / (norm + 1e-6))
        _update(params, moments, g, optimizer, hyper, _rate(hyper, epoch), step - moments_start)
        step, batch = step + 1, batch + 1
        if batch == n_batches:
            epoch, batch = epoch + 1, 0
            order = _order(seed, epoch, n)
    return Position(epoch, batch, step, False)


def _rate(hyper, epoch):
    share = epoch / hyper[c.SCHEDULE_EPOCHS]
    if hyper[c.SCHEDULE] == c.HALVING:
        return hyper[c.LEARNING_RATE] * 0.5 ** math.floor(share)
    if hyper[c.SCHEDULE] == c.COSINE:
        return hyper[c.LEARNING_RATE] * (1 + math.cos(math.pi * min(share, 1))) / 2
    return hyper[c.LEARNING_RATE]


def _update(p, moments, g, optimizer, hyper, lr, age):
    m, v = moments
    if optimizer == c.SGD:
        p -= lr * g
    elif optimizer in (c.MOMENTUM, c.NESTEROV):
        m[:] = hyper[c.MOMENTUM_SHARE] * m + g
        p -= lr * (m if optimizer == c.MOMENTUM else g + hyper[c.MOMENTUM_SHARE] * m)
    elif optimizer == c.RMSPROP:
        v[:] = hyper[c.BETA2] * v + (1 - hyper[c.BETA2]) * g * g
        p -= lr * g / (np.sqrt(v) + 1e-8)
    elif optimizer == c.ADAGRAD:
        v += g * g
        p -= lr * g / (np.sqrt(v) + 1e-10)
    elif optimizer in (c.ADAM, c.ADAMW):
        if optimizer == c.ADAMW:
            p *= 1 - lr * hyper[c.WEIGHT_DECAY]
        m[:] = hyper[c.BETA1] * m + (1 - hyper[c.BETA1]) * g
        v[:] = hyper[c.BETA2] * v + (1 - hyper[c.BETA2]) * g * g
        b1, b2 = 1 - hyper[c.BETA1] ** (age + 1), 1 - hyper[c.BETA2] ** (age + 1)
        p -= lr / b1 * m / (np.sqrt(v) / math.sqrt(b2) + 1e-8)
    else:
        if age == 0:
            v[:] = lr
        sign = np.sign(m * g)
        v *= np.where(sign > 0, 1.2, np.where(sign < 0, 0.5, 1.0)).astype(p.dtype)
        v[:] = np.clip(v, 1e-6, 50)
        g = np.where(sign < 0, 0, g)
        p -= np.sign(g) * v
        m[:] = g


def warm_up():
    """Compile every specialization that the app uses."""


if __name__ == "__main__":
    warm_up()
