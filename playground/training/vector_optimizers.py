"""The optimizers of torch.optim written out on one vector of parameters, in place.

The formulas are those of playground.training.optimizers. They stand here once more because what is compiled takes 0.7 s
and 125 MB to load, for which the first visitor of Attention would wait. Checked against torch.optim in tests/golden.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from playground.spec.attention import STEPS_PER_EPOCH, AttentionSettings

EPSILON = 1e-8
ADAGRAD_EPSILON = 1e-10
GROWTH, SHRINKAGE, SHORTEST, LONGEST = 1.2, 0.5, 1e-6, 50.0  # Rprop


def learning_rate_at(settings: AttentionSettings, step: int) -> float:
    """The rate of the update that follows `step`: halved each `schedule_epochs`, or falling as a cosine to zero."""
    share = step // STEPS_PER_EPOCH / settings.schedule_epochs
    if settings.schedule == "step":
        return settings.learning_rate * 0.5 ** math.floor(share)
    if settings.schedule == "cosine":
        return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
    return settings.learning_rate


def clip(gradient: Tensor, longest: float) -> None:
    """Shorten a gradient in place as torch.nn.utils.clip_grad_norm_ does; 0 leaves it."""
    if longest > 0:
        gradient.mul_((longest / (gradient.norm() + 1e-6)).clamp(max=1.0))


def update(params: Tensor, moments: Tensor, gradient: Tensor, settings: AttentionSettings, rate: float, t: int) -> None:
    """One update in place.

    Args:
        params: (n_params,).
        moments: (2, n_params) the optimizer's memory; zero at the start.
        gradient: (n_params,).
        settings: names the optimizer and its parameters.
        rate: learning rate in force.
        t: updates since the memory was zero, this one included.
    """
    first, second = moments[0], moments[1]
    match settings.optimizer:
        case "sgd":
            params.sub_(rate * gradient)
        case "momentum":
            first.mul_(settings.momentum).add_(gradient)
            params.sub_(rate * first)
        case "nesterov":
            first.mul_(settings.momentum).add_(gradient)
            params.sub_(rate * (gradient + settings.momentum * first))
        case "rmsprop":
            second.mul_(settings.alpha).addcmul_(gradient, gradient, value=1 - settings.alpha)
            params.addcdiv_(gradient, second.sqrt().add_(EPSILON), value=-rate)
        case "adagrad":
            second.addcmul_(gradient, gradient)
            params.addcdiv_(gradient, second.sqrt().add_(ADAGRAD_EPSILON), value=-rate)
        case "rprop":
            _rprop(params, first, second, gradient, rate, t)
        case "adam" | "adamw":
            if settings.optimizer == "adamw":
                params.mul_(1 - rate * settings.weight_decay)
            first.mul_(settings.beta1).add_(gradient, alpha=1 - settings.beta1)
            second.mul_(settings.beta2).addcmul_(gradient, gradient, value=1 - settings.beta2)
            size = second.div(1 - settings.beta2**t).sqrt_().add_(EPSILON)  # (n_params,)
            params.addcdiv_(first, size, value=-rate / (1 - settings.beta1**t))


def _rprop(params: Tensor, before: Tensor, length: Tensor, gradient: Tensor, rate: float, t: int) -> None:
    """A step of its own for each number: longer while its gradient keeps its sign, shorter when it turns."""
    if t == 1:
        length.fill_(rate)
    agreement = gradient * before  # (n_params,)
    factor = torch.where(agreement > 0, GROWTH, torch.where(agreement < 0, SHRINKAGE, 1.0))  # (n_params,)
    length.mul_(factor).clamp_(SHORTEST, LONGEST)
    before.copy_(torch.where(agreement < 0, 0.0, gradient))  # where it has turned, it waits for one update
    params.sub_(before.sign() * length)


def drop(values: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Each number is dropped with chance `share`, or grows by 1 / (1 - share)."""
    kept = torch.rand(values.shape, generator=generator) >= share
    return values * kept / (1 - share)
