"""How far the areas of a map can be trusted: counted, weighted by probability, and an indicative interval.

The indicative interval puts the network's stored misclassification matrix through the estimator of Olofsson et al.
(2014). That matrix was sampled by true class, all over Europe, on whole tiles; the estimator wants a sample drawn by
mapped class from the user's own area. So it is no confidence interval: it shows the size that errors would have if the
network erred here as it did there, and it is called indicative wherever it is shown. A valid one needs labels of the
user's own tiles: ``analysis.olofsson``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES, CLASSES, N_CLASSES, LandCoverClass
from lulc_core.domain.errors import InputError
from lulc_core.domain.land_cover import LandCoverMap

Z_95 = 1.96
"""Standard errors on either side that hold 95 % of a normal distribution, rounded as in Olofsson et al."""
INDICATIVE_NOTE = (
    "The interval is indicative: it supposes that the network errs in this area as it did on EuroSAT's validation "
    "patches from all over Europe. It is no confidence interval of this map."
)


@dataclass(frozen=True)
class UncertainArea:
    """What one class covers, three ways. All hectares on the UTM grid, clipped to the drawn shape."""

    cls: LandCoverClass
    counted_ha: float
    """Cells of the class, as on the map."""
    weighted_ha: float
    """Each cell divided among the classes by its calibrated probabilities."""
    low_ha: float
    """Lower end of the indicative interval, never below 0."""
    high_ha: float
    """Upper end of the indicative interval, never above the named ground."""
    adjusted_ha: float
    """Middle of the indicative interval: the counted areas with the errors of the matrix taken out."""
    cells: int
    """Cells (tiles at 640 m) of the class on the map."""


def uncertain_areas(land_cover: LandCoverMap, evaluation: Mapping[str, Any]) -> tuple[UncertainArea, ...]:
    """Estimate areas of the classes that occur or that probabilities or errors point to, largest count first.

    Args:
        land_cover: the map. Cells without a class take part in nothing.
        evaluation: the content of the network's ``.evaluation.json``, of which ``matrix`` is read (reference classes
            in rows, predicted ones in columns).

    Returns:
        Counted and weighted hectares each sum to the named ground; empty where no cell has a class. Classes for which
        all three are below 0.01 ha are left out.

    Raises:
        InputError: the evaluation holds no matrix of the ten classes.
    """
    matrix = reference_matrix(evaluation)
    classified = land_cover.classified
    if not classified.any():
        return ()
    ha = land_cover.grid.coverage[classified].astype(np.float64) * land_cover.grid.cell_ha
    counted = land_cover.class_ha
    weighted = ha @ land_cover.probabilities[classified].astype(np.float64)
    total = float(ha.sum())
    share, standard_error = adjusted_shares(counted / total, matrix.T)
    cells = np.bincount(land_cover.class_ids[classified], minlength=N_CLASSES)
    found = [
        UncertainArea(
            c,
            float(counted[c.id]),
            float(weighted[c.id]),
            max(0.0, total * float(share[c.id] - Z_95 * standard_error[c.id])),
            min(total, total * float(share[c.id] + Z_95 * standard_error[c.id])),
            total * float(share[c.id]),
            int(cells[c.id]),
        )
        for c in CLASSES
    ]
    shown = [a for a in found if max(a.counted_ha, a.weighted_ha, a.adjusted_ha) >= 0.01]
    return tuple(sorted(shown, key=lambda a: (-a.counted_ha, -a.weighted_ha, a.cls.id)))


def reference_matrix(evaluation: Mapping[str, Any]) -> NDArray[np.float64]:
    """Read the counts (10, 10) of the stored evaluation, reference classes in rows, predicted ones in columns.

    Raises:
        InputError: there is none, it is of other classes, or a class was never predicted.
    """
    try:
        matrix = np.array(evaluation["matrix"], np.float64)
        classes: Sequence[str] = tuple(evaluation.get("classes", CLASS_NAMES))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("The evaluation of the network holds no misclassification matrix.", hint=_EVALUATE) from error
    if matrix.shape != (N_CLASSES, N_CLASSES) or classes != CLASS_NAMES or not (matrix >= 0).all():
        raise InputError(f"The evaluation of the network is not about the {N_CLASSES} EuroSAT classes.", hint=_EVALUATE)
    if (matrix.sum(axis=0) < 2).any():
        rare = CLASS_NAMES[int(matrix.sum(axis=0).argmin())]
        raise InputError(f"The evaluation of the network has fewer than two tiles named {rare}.", hint=_EVALUATE)
    return matrix


def adjusted_shares(
    weights: NDArray[np.float64], counts: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimate the share of the ground of each reference class, and its standard error.

    Args:
        weights: (strata,) share of the ground that each stratum (mapped class) covers, sums to 1.
        counts: (strata, reference classes) labelled units; every stratum with ground has at least two.

    Returns:
        Two arrays (reference classes,): ``sum_i W_i n_ij / n_i`` and
        ``sqrt(sum_i (W_i p_ij - p_ij^2) / (n_i - 1))`` with ``p_ij = W_i n_ij / n_i``.

    Source: Olofsson et al. 2014, doi 10.1016/j.rse.2014.02.015, equations 9 and 10.
    """
    used = weights > 0
    w, n = weights[used, None], counts[used].astype(np.float64)
    per_stratum = n.sum(axis=1, keepdims=True)
    p = w * n / per_stratum
    variance = ((w * p - p**2) / (per_stratum - 1)).sum(axis=0)
    return p.sum(axis=0), np.sqrt(np.maximum(variance, 0))  # rounding leaves -1e-19 where no error was seen


_EVALUATE = "Measure it: `python -m lulc_core evaluate --data EuroSAT.zip --write`."
