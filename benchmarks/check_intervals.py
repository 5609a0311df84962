"""How often the intervals of a blind check hold the truth, and how often the indicative ranges of version 0.1 did.

    python -m benchmarks.check_intervals --data ../shared/data/EuroSAT.zip

Two kinds of maps of known truth, both named by the shipped network: simulated places, whose tiles often hold several
classes (the truth is the class of most of a tile, or the road or river that crosses it), and mosaics of EuroSAT patches
that training did not see, in shares drawn at random. Of each map samples are drawn as the Report page draws them and
answered with the truth. Printed: the share of intervals that hold it; 95 % is claimed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_truth import PLACES, by_tile, square
from benchmarks.simulated_world import simulated_truth
from lulc_core.analysis.accuracy.olofsson import Z_95, accuracy, area_share
from lulc_core.analysis.accuracy.sample import allocate
from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import GROUPS, N_CLASSES
from lulc_core.domain.classes import NO_DATA as NO_CLASS
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.model.model_files import files_beside
from lulc_core.sources.simulation.source import SimulatedSource

SIZES = (60, 100, 200)
"""Answers of a check."""
MOSAICS, MOSAIC_TILES = 40, 1500
_SLACK = 1e-9

Truth = NDArray[np.int64]
"""(10, 10) tiles of one map: what the map says in rows, what is there in columns."""


def simulated_maps(classifier: Classifier, side_tiles: int) -> Iterator[Truth]:
    """Classify simulated places on a clear day of summer, each with its truth."""
    source = SimulatedSource()
    for lon, lat in PLACES:
        aoi = square(lon, lat, side_tiles)
        grid, start = TileGrid.from_aoi(aoi), date(2021, 6, 20) - timedelta(days=0 if lat > 0 else 182)
        day = max(source.search(aoi, start, start + timedelta(days=30)), key=lambda a: a.clear_share or 0)
        scene = source.load(day, RGB, grid)
        known = simulated_truth(source, grid, day.datetime.date())
        single = known.single_class.ravel()
        truth = np.where(single != NO_CLASS, single, known.shares.argmax(-1).ravel())
        rgb = to_eurosat_rgb(scene.reflectance)
        tiles = np.stack([by_tile(band, grid) for band in rgb], axis=-1).reshape(-1, TILE_PX, TILE_PX, 3)
        answer = classifier.predict(tiles)
        named = (by_tile(scene.valid, grid).mean((2, 3)).ravel() >= 0.95) & ~answer.is_ood
        yield _counts(answer.probabilities.argmax(1)[named], truth[named])


def mosaic_maps(classifier: Classifier, data: str, rng: np.random.Generator) -> Iterator[Truth]:
    """Put maps together from validation patches, classes in shares drawn at random; some do not occur at all."""
    from lulc_core.training.eurosat import load_eurosat

    patches = load_eurosat(data).part("validation")
    said = classifier.predict(patches.images).probabilities.argmax(1)
    for _ in range(MOSAICS):
        weights = rng.dirichlet(np.full(N_CLASSES, 0.4))
        per_patch = weights[patches.class_ids] / np.bincount(patches.class_ids, minlength=N_CLASSES)[patches.class_ids]
        chosen = rng.choice(len(said), MOSAIC_TILES, p=per_patch / per_patch.sum())
        yield _counts(said[chosen], patches.class_ids[chosen])


def coverage(maps: list[Truth], n: int, draws: int, rng: np.random.Generator) -> dict[str, float]:
    """Draw samples of each map and count intervals that hold the truth.

    Args:
        maps: of known truth.
        n: answers of a sample.
        draws: samples of each map.
        rng: of the draws.

    Returns:
        By measure the share of intervals that hold the truth, 0 to 1; ``width`` is the mean width of the overall one.
    """
    inside: dict[str, list[bool]] = {k: [] for k in ("overall", "users", "producers", "areas", "groups")}
    widths = []
    for truth in maps:
        units, total = truth.sum(axis=1), truth.sum()
        right = np.diag(truth)
        for _ in range(draws):
            sizes = allocate(units, n)
            drawn = [rng.multivariate_hypergeometric(row, k) for row, k in zip(truth, sizes, strict=True)]
            counts = np.array(drawn, np.int64)
            found = accuracy(counts, units / total, units=units)
            inside["overall"].append(_holds(found.overall, right.sum() / total))
            widths.append(found.overall[2] - found.overall[1])
            for i in range(N_CLASSES):
                if units[i]:
                    inside["users"].append(_holds(found.users[i], right[i] / units[i]))
                if counts[:, i].any():
                    inside["producers"].append(_holds(found.producers[i], right[i] / truth[:, i].sum()))
                if units[i] or counts[:, i].any():
                    inside["areas"].append(_holds(found.area[i], truth[:, i].sum() / total))
            for ids in GROUPS.values():
                if truth[:, ids].any():
                    ends = area_share(counts, units / total, list(ids), units=units)
                    inside["groups"].append(_holds(ends, truth[:, ids].sum() / total))
    return {**{k: round(float(np.mean(v)), 3) for k, v in inside.items()}, "width": round(float(np.mean(widths)), 3)}


def indicative(maps: list[Truth], matrix: NDArray[np.float64]) -> float:
    """Share of classes whose true area lay in the range of version 0.1: the errors of the network's test on the map."""
    found = []
    for truth in maps:
        weights = truth.sum(axis=1) / truth.sum()
        n = matrix.sum(axis=0)  # named so in the test
        p = weights[:, None] * matrix.T / n[:, None]
        middle, spread = p.sum(0), np.sqrt(np.maximum(((weights[:, None] * p - p**2) / (n - 1)[:, None]).sum(0), 0))
        real = truth.sum(axis=0) / truth.sum()
        found += [
            _holds((0, middle[i] - Z_95 * spread[i], middle[i] + Z_95 * spread[i]), real[i])
            for i in range(N_CLASSES)
            if weights[i]
        ]
    return round(float(np.mean(found)), 3)


def _counts(said: NDArray[np.integer], truth: NDArray[np.integer]) -> Truth:
    counts = np.zeros((N_CLASSES, N_CLASSES), np.int64)
    np.add.at(counts, (said, truth), 1)
    return counts


def _holds(ends: tuple[float, float, float] | NDArray[np.float64], truth: float) -> bool:
    return bool(ends[1] - _SLACK <= truth <= ends[2] + _SLACK)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="EuroSAT.zip (RGB); without it only simulated places are measured")
    parser.add_argument("--side", type=int, default=26, help="tiles a side of each simulated place")
    parser.add_argument("--draws", type=int, default=100, help="samples of each map")
    options = parser.parse_args()
    classifier, rng = load_classifier("default"), np.random.default_rng(0)
    kinds = {"simulated": list(simulated_maps(classifier, options.side))}
    if options.data:
        kinds["mosaics"] = list(mosaic_maps(classifier, options.data, rng))
    _, stored = files_beside(classifier.card.name, classifier.card.sha256)
    matrix = None if stored is None else np.array(stored["matrix"], np.float64)
    report = {
        kind: {
            "maps": len(maps),
            "right": round(float(np.mean([m.trace() / m.sum() for m in maps])), 3),
            **{f"check of {n}": coverage(maps, n, options.draws, rng) for n in SIZES},
            "indicative ranges of 0.1": None if matrix is None else indicative(maps, matrix),
        }
        for kind, maps in kinds.items()
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
