"""How often the shipped network agrees with the known truth of simulated imagery, on clear tiles that hold one class.

    python -m benchmarks.simulated_truth --json

Four places on three continents, three days of the growing season each. A tile counts if it is clear to 95 %.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_world import simulated_truth
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASS_NAMES, N_CLASSES
from lulc_core.domain.classes import NO_DATA as NO_CLASS
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.radiometry import to_eurosat_rgb
from lulc_core.sources.simulation.source import SimulatedSource

PLACES = ((8.85, 45.488), (-3.7, 40.2), (21.0, 52.2), (147.0, -36.5))
"""Longitude, latitude: Italy, Spain, Poland, Australia."""
NORTHERN_SEASON = ((5, 1), (6, 20), (8, 5))
"""Month and day from which the next clear acquisition is taken; half a year later in the south."""


@dataclass(frozen=True)
class Agreement:
    """Counts over tiles that hold one class and are clear."""

    matrix: NDArray[np.int64]
    """(10, 10) reference in rows, predicted in columns."""
    ood_counts: NDArray[np.int64]
    """(10,) tiles flagged as out of distribution, by reference."""
    tiles: int
    """All tiles looked at, mixed and cloudy ones too."""
    single: int
    """Tiles that hold one class, cloudy or not."""

    @property
    def share(self) -> float:
        """Of the counted tiles, how many the network names as they are."""
        return float(self.matrix.trace() / max(1, self.matrix.sum()))


def square(lon: float, lat: float, side_tiles: int) -> Aoi:
    """An area of about so many tiles a side."""
    half = side_tiles * 640 / 2 / 111_320
    wide = half / np.cos(np.radians(lat))
    return Aoi.from_bbox(lon - wide, lat - half, lon + wide, lat + half)


def measure(
    predict: Callable[[NDArray[np.uint8]], tuple[NDArray[np.intp], NDArray[np.bool_]]],
    *,
    places: Sequence[tuple[float, float]] = PLACES,
    season: Sequence[tuple[int, int]] = NORTHERN_SEASON,
    side_tiles: int = 26,
    year: int = 2021,
    seed: int = 0,
) -> Agreement:
    """Loads, classifies and counts.

    Args:
        predict: uint8 (N, 64, 64, 3) to class ids (N,) and whether they are out of distribution (N,).
        places: longitude and latitude of the middle of each area.
        season: month and day, northern.
        side_tiles: of each area.
        year: of the acquisitions.
        seed: names the world.
    """
    source = SimulatedSource(seed=seed)
    matrix, ood_counts = np.zeros((N_CLASSES, N_CLASSES), np.int64), np.zeros(N_CLASSES, np.int64)
    tiles = single = 0
    for lon, lat in places:
        aoi = square(lon, lat, side_tiles)
        grid = TileGrid.from_aoi(aoi)
        for month, day in season:
            start = date(year, month, day) + timedelta(days=0 if lat > 0 else -182)
            found = source.search(aoi, start, start + timedelta(days=30))
            clearest = max(found, key=lambda a: a.clear_share or 0)
            scene = source.load(clearest, RGB, grid)
            truth = simulated_truth(source, grid, clearest.datetime.date()).single_class.ravel()
            clear = by_tile(scene.valid, grid).mean((2, 3)).ravel()
            rgb = to_eurosat_rgb(scene.reflectance)
            rows = np.stack([by_tile(band, grid) for band in rgb], axis=-1).reshape(-1, TILE_PX, TILE_PX, 3)
            tiles, single = tiles + truth.size, single + int((truth != NO_CLASS).sum())
            counted = (truth != NO_CLASS) & (clear >= 0.95)
            if counted.any():
                predicted, odd = predict(rows[counted])
                np.add.at(matrix, (truth[counted], predicted), 1)
                np.add.at(ood_counts, truth[counted], odd.astype(np.int64))
    return Agreement(matrix, ood_counts, tiles, single)


def by_tile(pixels: NDArray[Any], grid: TileGrid) -> NDArray[Any]:
    """Cut pixels (rows, columns) into tiles (tile rows, tile columns, 64, 64)."""
    return pixels.reshape(grid.n_rows, TILE_PX, grid.n_cols, TILE_PX).swapaxes(1, 2)


def main() -> None:
    """Measures with the shipped network and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--model", default="default", help="name of the weights")
    parser.add_argument("--side", type=int, default=26, help="tiles a side of each area (26 is about 17 km)")
    parser.add_argument("--seed", type=int, default=0, help="another simulated world")
    options = parser.parse_args()
    from lulc_core.model.classifier import load_classifier

    classifier = load_classifier(options.model)

    def predict(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        answer = classifier.predict(rgb)
        return answer.probabilities.argmax(1), answer.is_ood

    found = measure(predict, side_tiles=options.side, seed=options.seed)
    counts = found.matrix.sum(1)
    report = {
        "model": classifier.card.name,
        "sha256": classifier.card.sha256,
        "tiles": found.tiles,
        "single_class_share": round(found.single / found.tiles, 4),
        "counted": int(counts.sum()),
        "agreement": round(found.share, 4),
        "unlike_share": round(float(found.ood_counts.sum() / max(1, counts.sum())), 4),
        "recall": {c: round(float(found.matrix[k, k] / max(1, counts[k])), 3) for k, c in enumerate(CLASS_NAMES)},
        "unlike": {c: round(float(found.ood_counts[k] / max(1, counts[k])), 3) for k, c in enumerate(CLASS_NAMES)},
        "classes": list(CLASS_NAMES),
        "matrix": found.matrix.tolist(),
    }
    if options.json:
        print(json.dumps(report, indent=1))
        return
    print(f"{report['model']}: agrees on {found.share:.1%} of {counts.sum()} clear tiles that hold one class")
    print(
        f"{report['single_class_share']:.0%} of all tiles hold one class; {report['unlike_share']:.1%} flagged unlike"
    )
    for k, name in enumerate(CLASS_NAMES):
        row = found.matrix[k].tolist()
        print(
            f"{name:22s} {counts[k]:5d}  recall {report['recall'][name]:.3f} unlike {report['unlike'][name]:.3f}  {row}"
        )


if __name__ == "__main__":
    main()
