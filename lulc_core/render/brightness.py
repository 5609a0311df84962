"""How bright satellite pictures are shown: what the ground reflects is spread over what paper and screens can show.

2.5 times reflectance, which is the same on every date and place, leaves most land in the darkest third. Here the limits
follow from the pictures themselves, and are the same for all dates of a result, so that two dates stay comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.domain.results import DatedMap
from lulc_core.domain.scene import Scene

_DARKEST_PCT, _BRIGHTEST_PCT = 1.0, 99.0
"""Of the pixels of land: what lies outside is shown as the limit."""
_LEAST_RANGE = 36
"""Levels between the limits at least: open water has no fields to see, and its noise is not to be shown as such."""
_SAMPLE_PX = 400_000
_WHITE = 225
"""Level in all three colours from which a pixel is small cloud that no map of clouds has, or a roof like it; where most
is so, as under snow, it is the land."""
NOT_SEEN = 238
"""Level of ground that was not observed: paper grey, not black."""


@dataclass(frozen=True)
class Stretch:
    """Limits of red, green and blue, 0 to 255 of a picture of 2.5 times reflectance."""

    low: tuple[int, int, int]
    high: tuple[int, int, int]

    def apply(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Brighten a picture.

        Args:
            picture: (rows, columns, 3), 0 where not observed.

        Returns:
            The same shape; ground that was not observed is light grey.
        """
        levels = np.arange(256, dtype=np.float32)
        out = np.empty_like(picture)
        for k, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            table = np.clip(np.rint(8 + (levels - low) * (244 / (high - low))), 0, 255).astype(np.uint8)
            out[..., k] = table[picture[..., k]]
        out[~picture.any(axis=2)] = NOT_SEEN
        return out


def stretch_of(dates: Sequence[DatedMap]) -> Stretch:
    """Find the limits that suit all these dates together; neither ground without a class nor white counts.

    Args:
        dates: of one result.
    """
    found = np.concatenate([_land_pixels(d) for d in dates])
    coloured = found.min(axis=1, initial=255) < _WHITE
    return _limits(found[coloured] if 2 * coloured.sum() > len(found) else found)


def scene_stretch(*scenes: Scene) -> Stretch:
    """Find the limits that suit the clear ground of all these scenes together.

    Args:
        scenes: pixels with B04, B03, B02.
    """
    return _limits(np.concatenate([_clear_pixels(scene) for scene in scenes]))


def _clear_pixels(scene: Scene) -> NDArray[np.uint8]:
    """(N, 3) pixels of clear ground, or of all that was observed where nothing is clear; not every one."""
    step = max(1, int((scene.observed.size / _SAMPLE_PX) ** 0.5))
    part = slice(None, None, step)
    colours = [to_true_colour(scene.reflectance[scene.bands.index(name), part, part]) for name in RGB]
    seen = scene.observed[part, part]
    clear = seen & scene.clear[part, part]
    return np.stack(colours, axis=-1)[clear if clear.any() else seen]


def _limits(pixels: NDArray[np.uint8]) -> Stretch:
    """Limits of (N, 3) pixels; those of the whole range where there are none."""
    if not len(pixels):
        return Stretch((0, 0, 0), (255, 255, 255))
    low, high = np.percentile(pixels, (_DARKEST_PCT, _BRIGHTEST_PCT), axis=0)
    # One width for all colours: each on its own would make water violet and bare soil green.
    width = max(float((high - low).max()), _LEAST_RANGE)
    middle = (low + high) / 2
    ends = [(round(m - width / 2), round(m + width / 2)) for m in middle.tolist()]
    return Stretch(*zip(*ends, strict=True))


def brightened(dates: Sequence[DatedMap], main: int) -> tuple[DatedMap, ...]:
    """Brighten the pictures of all dates alike.

    Args:
        dates: of one result.
        main: how many of them, the first ones, decide the limits: one map, or the two dates compared.
    """
    stretch = stretch_of(dates[:main])
    return tuple(replace(d, picture=stretch.apply(d.picture)) for d in dates)


def _land_pixels(dated: DatedMap) -> NDArray[np.uint8]:
    """(N, 3) pixels of classified tiles, or of all that was observed where nothing has a class; not every one."""
    picture, named = dated.picture, dated.tiles.classified
    shown = picture.any(axis=2)
    if named.any():  # a picture of a region has larger pixels
        rows, cols = (np.arange(n) * tiles // n for n, tiles in zip(shown.shape, named.shape, strict=True))
        shown &= named[np.ix_(rows, cols)]
    found = picture[shown]
    return found[:: max(1, len(found) // _SAMPLE_PX)]
