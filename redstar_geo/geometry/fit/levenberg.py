"""Levenberg–Marquardt on many starts at once, and the Gauss–Newton polish of the ones that arrive."""

from __future__ import annotations

import numpy as np

from redstar_geo.geometry.fit.expression import Array
from redstar_geo.geometry.fit.system import System

ARRIVED = 1e-22  # sum of squared residuals, each of which is relative to the size of its equation


def descend(system: System, starts: Array, pull: float, rounds: int) -> tuple[Array, Array]:
    """Rows of unknowns after at most `rounds` steps, and their sums of squared residuals.

    Args:
        starts: (layouts, unknowns).
        pull: weight of the system's bounds.
    """
    x = starts.copy()
    residual, jacobian = system.residuals(x, pull)
    cost = (residual**2).sum(axis=1)
    damping = np.full(len(x), 1e-2)
    active = np.arange(len(x))
    for _ in range(rounds):
        active = active[(cost[active] > ARRIVED) & (damping[active] < 1e8)]
        if not len(active):
            break
        j, r = jacobian[active], residual[active]
        normal = j.transpose(0, 2, 1) @ j
        gradient = (j.transpose(0, 2, 1) @ r[:, :, None])[:, :, 0]
        diagonal = np.einsum("sii->si", normal)
        floor = 1e-10 * diagonal.max(axis=1, keepdims=True) + 1e-30
        diagonal += damping[active, None] * (diagonal + 1e-3 * diagonal.mean(axis=1, keepdims=True)) + floor
        trial = x[active] - np.linalg.solve(normal, gradient[:, :, None])[:, :, 0]
        new_residual, new_jacobian = system.residuals(trial, pull)
        new_cost = (new_residual**2).sum(axis=1)
        better = new_cost < cost[active]
        won = active[better]
        x[won], cost[won] = trial[better], new_cost[better]
        residual[won], jacobian[won] = new_residual[better], new_jacobian[better]
        stuck = better & (new_cost > (1 - 1e-9) * (r**2).sum(axis=1))
        damping[active] *= np.where(stuck, 1e3, np.where(better, 0.2, 5.0))
        damping[active] = np.maximum(damping[active], 1e-12)
    return x, cost


def polish(system: System, x: Array, rounds: int = 6) -> tuple[Array, float]:
    """One row of unknowns improved to rounding errors by smallest steps, and its largest residual."""
    best, worst = x, np.inf
    for _ in range(rounds):
        residual, jacobian = system.residuals(x[None], 0)
        size = float(np.abs(residual).max(initial=0))
        if size >= worst:
            break
        best, worst = x, size
        x = x - np.linalg.lstsq(jacobian[0], residual[0], rcond=1e-9)[0]
    return best, worst
