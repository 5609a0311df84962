"""How sure may a map of cells be where the network has never been? Fits the power of the mean on labelled scenes.

    python -m benchmarks.detail_outside --outside DIR --model WEIGHTS            # measure and print
    python -m benchmarks.detail_outside --outside DIR --model WEIGHTS --write    # keep it beside the weights

Mosaics of EuroSAT patches (benchmarks/detail.py) ask about ground like that of training; there the mean of windows is
too modest, and the power that mends it makes maps of other ground far too sure. Here the power is the one with which
certainty and share of right cells agree in the mean over scenes (lulc_core/labelled_scenes.py says which cells count).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from lulc_core.domain.grid import RESOLUTIONS_M, TILE_M
from lulc_core.labelled_scenes import Cells, cells_of, scene_pairs
from lulc_core.model.card import resolve
from lulc_core.model.classifier import Classifier, load_classifier
from lulc_core.model.resolution import ResolutionFacts, facts_path, load_resolution_facts
from lulc_core.model.runtime.windows import to_power

LOWEST, HIGHEST = 0.3, 3.0


def stated_with(cells: list[Cells], power: float) -> float:
    """Compute the mean over scenes of the largest probability, raised to a power."""
    return float(np.mean([to_power(c.probabilities, power).max(axis=1).mean() for c in cells]))


def fit_power(cells: list[Cells]) -> float:
    """Find the power with which certainty is as large as the share of right cells, both as means over scenes."""
    right = float(np.mean([c.right.mean() for c in cells]))
    if not stated_with(cells, LOWEST) < right < stated_with(cells, HIGHEST):
        return LOWEST if stated_with(cells, LOWEST) >= right else HIGHEST
    return float(brentq(lambda power: stated_with(cells, power) - right, LOWEST, HIGHEST, xtol=1e-3))


def plain(probabilities: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    """Undo the power that a map was made with."""
    return to_power(probabilities, 1 / power)


def fit_outside(folder: Path, classifier: Classifier) -> ResolutionFacts:
    """Fit the power of each size of cell on the labelled scenes of a folder."""
    card = classifier.card
    known = load_resolution_facts(card.name, card.sha256, resolve_folder(classifier))
    powers, measured = {}, {}
    for cell_m in (m for m in RESOLUTIONS_M if m != TILE_M):
        used = known.power.get(cell_m, 1.0) if known else 1.0
        cells = [cells_of(scene, labels, classifier, cell_m=cell_m) for scene, labels in scene_pairs(folder)]
        judged = [c.where(~c.contradicted) for c in cells if len(c.right)]
        judged = [c._replace(probabilities=plain(c.probabilities, used)) for c in judged]
        powers[cell_m] = round(fit_power(judged), 2)
        measured[f"{cell_m} m"] = {
            "scenes": len(judged),
            "cells": sum(len(c.right) for c in judged),
            "right": round(float(np.mean([c.right.mean() for c in judged])), 4),
            "stated_plain": round(stated_with(judged, 1.0), 4),
            "stated": round(stated_with(judged, powers[cell_m]), 4),
        }
    threshold = known.ood_threshold if known else card.unlike_threshold
    kept = dict(known.measured) if known else {}
    return ResolutionFacts(card.sha256, threshold, powers, {**kept, "outside": measured})


def resolve_folder(classifier: Classifier) -> Path | None:
    """Name the folder of a classifier's weights."""
    return classifier.weights.parent if classifier.weights else None


def main() -> None:
    """Fit, print and with --write keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outside", required=True, type=Path)
    parser.add_argument("--model", default="default")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    facts = fit_outside(args.outside, load_classifier(args.model))
    for size, row in facts.measured["outside"].items():
        sys.stdout.write(f"{size}: power {facts.power[int(size.split()[0])]}, {row}\n")
    if args.write:
        path = facts_path(load_classifier(args.model).card.name, resolve(args.model).parent)
        path.write_text(facts.to_json(), encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main()
