"""The map comes before the spectrum: what it takes is fetched first, the other bands of the scene later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lulc_core.domain.bands import RGB
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.domain.results import ClassifyResult
from lulc_core.domain.scene import Acquisition
from lulc_core.pipeline.classify import default_bands
from lulc_core.sources.base import ImagerySource, waits_for_network

FIRST_BANDS = (*RGB, "B08", "B11")
"""What names, pictures and the evidence of a place need; B11, far smaller than the others, tells bright cloud from
bright ground where an acquisition comes without a classification of clouds."""


def first_bands(source: ImagerySource, acquisition: Acquisition, grid: TileGrid) -> tuple[str, ...] | None:
    """Choose the bands that a map is made from at once; None where all may come together.

    That is so where nothing waits for a network, where the area is too large for more, and where a band is missing.
    """
    everything, _ = default_bands(acquisition, grid)
    few = tuple(b for b in everything if b in FIRST_BANDS)
    return few if waits_for_network(source) and len(few) == len(FIRST_BANDS) < len(everything) else None


def missing_bands(result: ClassifyResult) -> tuple[str, ...]:
    """Name the bands that the scene of a map could have and has not."""
    scene = result.scene
    everything, _ = default_bands(scene.acquisition, scene.grid)
    return tuple(b for b in everything if b not in scene.bands)


def with_all_bands(
    source: ImagerySource,
    result: ClassifyResult,
    *,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ClassifyResult:
    """Fetch the bands that the scene of a map lacks; names and areas stay as they are.

    Returns:
        The same map with a scene of all bands; as it was where the source now has only another processing level.

    Raises:
        SourceError: fetching failed.
        CancelledError: ``cancelled()`` said so.
    """
    scene, missing = result.scene, missing_bands(result)
    if not missing:
        return result
    rest = source.load(scene.acquisition, missing, scene.grid, on_progress=on_progress, cancelled=cancelled)
    if rest.acquisition.level != scene.acquisition.level:
        return result  # bands of two levels do not make one spectrum
    have = {name: layer for part in (scene, rest) for name, layer in zip(part.bands, part.reflectance, strict=True)}
    bands = tuple(b for b in scene.acquisition.available_bands if b in have)
    reflectance = np.stack([have[b] for b in bands])
    reflectance[:, ~scene.observed] = 0
    notes = tuple(dict.fromkeys((*scene.notes, *rest.notes)))
    return replace(result, scene=replace(scene, bands=bands, reflectance=reflectance, notes=notes))
