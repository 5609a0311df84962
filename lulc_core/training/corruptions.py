"""Imagery that is not as EuroSAT's: each corruption has a cause that users meet, and is applied to validation patches.

Every corruption takes and gives uint8 (N, 64, 64, 3) and is a pure function of the patches, so figures repeat exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.training.augmentation import GREY_PER_REFLECTANCE, SURFACE_OFFSET, SURFACE_SCALE, as_jpeg

Tiles = NDArray[np.uint8]


@dataclass(frozen=True)
class Corruption:
    """One way in which imagery differs from the training data."""

    name: str
    cause: str
    """Why a user's imagery may be so, one phrase."""
    used_in_training: bool
    """True where augmentation.py has an effect of this kind."""
    apply: Callable[[Tiles], Tiles]


def _to_u8(x: NDArray[Any]) -> Tiles:
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


def surface(tiles: Tiles) -> Tiles:
    """Convert to surface instead of top-of-atmosphere reflectance; augmentation.SURFACE_SCALE names the source."""
    offset = np.array(SURFACE_OFFSET, dtype=np.float32) * GREY_PER_REFLECTANCE
    return np.clip(_to_u8(tiles * np.array(SURFACE_SCALE, dtype=np.float32) + offset), 1, 255)


def gain(factor: float) -> Callable[[Tiles], Tiles]:
    """Multiply all channels by a factor, cut off at 255."""
    return lambda tiles: _to_u8(tiles * np.float32(factor))


def gamma(exponent: float) -> Callable[[Tiles], Tiles]:
    """Apply another tone curve."""
    return lambda tiles: _to_u8(255 * (tiles / np.float32(255)) ** np.float32(exponent))


def percentile_stretch(tiles: Tiles) -> Tiles:
    """Stretch each channel of each picture from its 2nd to its 98th percentile, as image programs do."""
    low, high = np.percentile(tiles, (2, 98), axis=(1, 2), keepdims=True)
    return _to_u8(255 * (tiles - low) / np.maximum(high - low, 1))


def true_colour_export(tiles: Tiles) -> Tiles:
    """Show 2.5 x reflectance on 0 to 255, the common display of viewers and browsers."""
    return _to_u8((tiles.astype(np.float32) - 1) / np.float32(GREY_PER_REFLECTANCE) * np.float32(2.5 * 255))


def desaturate(tiles: Tiles) -> Tiles:
    """Go half the way to grey."""
    x = tiles.astype(np.float32)
    return _to_u8((x + x.mean(axis=3, keepdims=True)) / 2)


def jpeg(quality: int) -> Callable[[Tiles], Tiles]:
    """Compress once more, with chroma at half resolution."""

    return lambda tiles: np.stack([as_jpeg(tile, quality, 2) for tile in tiles]) if len(tiles) else tiles.copy()


def haze(tiles: Tiles) -> Tiles:
    """Let a third of the light come from bluish air instead of the ground."""
    air = np.array((130.0, 150.0, 180.0), dtype=np.float32)
    return _to_u8(tiles * np.float32(0.67) + air * np.float32(0.33))


def noise(tiles: Tiles) -> Tiles:
    """Add sensor noise of 6 grey levels, about 0.0065 reflectance; the same at every call."""
    rng = np.random.default_rng(20150623)
    return _to_u8(tiles + 6 * rng.standard_normal(tiles.shape, dtype=np.float32))


def ground_sampling(metres: float) -> Callable[[Tiles], Tiles]:
    """Show pixels of another size: finer ones show the middle enlarged, coarser ones more, mirrored outside."""

    def apply(tiles: Tiles) -> Tiles:
        from PIL import Image

        px = tiles.shape[1]
        wide = round(px * metres / 20) * 2
        out = np.empty_like(tiles)
        for i, tile in enumerate(tiles):
            if wide <= px:
                edge = (px - wide) // 2
                window = tile[edge : edge + wide, edge : edge + wide]
            else:
                edge = (wide - px) // 2
                window = np.pad(tile, ((edge, edge), (edge, edge), (0, 0)), mode="symmetric")
            out[i] = np.asarray(
                Image.fromarray(np.ascontiguousarray(window)).resize((px, px), Image.Resampling.BICUBIC)
            )
        return out

    return apply


def blur(tiles: Tiles) -> Tiles:
    """Mix each pixel with its eight neighbours (weights 1 2 1), twice: about what two resamplings do."""
    return _to_u8(_smooth(_smooth(tiles.astype(np.float32))))


def _smooth(x: NDArray[np.floating]) -> NDArray[np.floating]:
    x = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    x = (x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]) / 4
    return (x[:, :, :-2] + 2 * x[:, :, 1:-1] + x[:, :, 2:]) / 4


def no_data_stripe(tiles: Tiles) -> Tiles:
    """Empty eight columns along the left edge, as at the border of a swath."""
    out = tiles.copy()
    out[:, :, :8] = 0
    return out


def winter_light(tiles: Tiles) -> Tiles:
    """Lower the sun: 0.6 of the light, reddened a little, through an eighth of bluish air."""
    light = np.array((0.62, 0.60, 0.57), dtype=np.float32)
    air = np.array((100.0, 115.0, 140.0), dtype=np.float32)
    return _to_u8(tiles * light * np.float32(0.875) + air * np.float32(0.125))


def off_centre(tiles: Tiles) -> Tiles:
    """Look at the patch from 12 pixels right and below of its middle, what lies outside mirrored."""
    return np.ascontiguousarray(np.pad(tiles[:, 12:, 12:], ((0, 0), (0, 12), (0, 12), (0, 0)), mode="symmetric"))


def misregistration(tiles: Tiles) -> Tiles:
    """Move red one pixel to the right and blue one pixel down: bands that do not lie upon one another."""
    x = np.pad(tiles, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    return np.stack([x[:, 1:-1, :-2, 0], x[:, 1:-1, 1:-1, 1], x[:, :-2, 1:-1, 2]], axis=3)


def light_gradient(tiles: Tiles) -> Tiles:
    """Change light from 0.6 in one corner to 1.4 in the opposite one: a slope, a lens, the edge of a cloud's shade."""
    along = np.linspace(0, 1, tiles.shape[1], dtype=np.float32)
    factor = 0.6 + 0.4 * (along[:, None] + along[None, :])  # (H, W), 0.6 to 1.4
    return _to_u8(tiles * factor[None, :, :, None])


def striping(tiles: Tiles) -> Tiles:
    """Let detectors differ by 4 %, each column by its own; the same at every call."""
    rng = np.random.default_rng(19720723)
    factor = 1 + 0.04 * rng.standard_normal((len(tiles), 1, tiles.shape[2], 1), dtype=np.float32)
    return _to_u8(tiles * factor)


def palette(tiles: Tiles) -> Tiles:
    """Save with a palette of 32 colours, as GIF and small PNG are."""
    from PIL import Image

    colours = [Image.fromarray(t).quantize(32, dither=Image.Dither.NONE).convert("RGB") for t in tiles]
    return np.stack([np.asarray(c) for c in colours]) if colours else tiles.copy()


def rotated(tiles: Tiles) -> Tiles:
    """Turn to another grid, 30 degrees away from north, outside mirrored: a screen shot, another projection."""
    from scipy.ndimage import affine_transform

    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    middle = np.array([(tiles.shape[1] - 1) / 2, (tiles.shape[2] - 1) / 2, 0])
    out = np.empty_like(tiles)
    for i, tile in enumerate(tiles):
        x = tile.astype(np.float32)
        out[i] = _to_u8(affine_transform(x, turn, middle - turn @ middle, order=1, mode="reflect"))
    return out


def sharpened(tiles: Tiles) -> Tiles:
    """Apply an unsharp mask at full strength, as image viewers and web maps do."""
    x = tiles.astype(np.float32)
    return _to_u8(2 * x - _smooth(_smooth(x)))


CORRUPTIONS: tuple[Corruption, ...] = (
    Corruption("surface", "surface reflectance (L2A) instead of top-of-atmosphere (L1C)", True, surface),
    Corruption("haze", "a hazy day", True, haze),
    Corruption("gain 0.5", "a low sun or a dark export", True, gain(0.5)),
    Corruption("gain 0.7", "a lower sun", True, gain(0.7)),
    Corruption("gain 1.4", "a brighter export", True, gain(1.4)),
    Corruption("gain 1.8", "an over-exposed export", True, gain(1.8)),
    Corruption("gamma 0.6", "a screen's tone curve, brighter", True, gamma(0.6)),
    Corruption("gamma 1.6", "a screen's tone curve, darker", True, gamma(1.6)),
    Corruption("desaturation", "a pale export", True, desaturate),
    Corruption("sensor noise", "noise and low light", True, noise),
    Corruption("8 m pixels", "another sensor or zoom", True, ground_sampling(8)),
    Corruption("14 m pixels", "another sensor or zoom", True, ground_sampling(14)),
    Corruption("2.5x true colour", "a viewer's true-colour picture: a gain of 0.69", True, true_colour_export),
    Corruption("winter light", "a low winter sun through more air", True, winter_light),
    Corruption("off-centre", "a tile grid that lies elsewhere", True, off_centre),
    Corruption("percentile stretch", "an image program's automatic contrast", True, percentile_stretch),
    Corruption("blur", "a picture that was reprojected or enlarged", True, blur),
    Corruption("JPEG quality 60", "a picture sent around", True, jpeg(60)),
    Corruption("no-data stripe", "the border of a swath", True, no_data_stripe),
    Corruption("misregistration", "bands that lie a pixel apart", False, misregistration),
    Corruption("light gradient", "a slope, a lens, the edge of a cloud's shade", False, light_gradient),
    Corruption("striping", "detectors that differ by 4 %", True, striping),
    Corruption("32 colours", "a picture saved with a palette", False, palette),
    Corruption("rotated 30 degrees", "another grid: a screen shot, another projection", False, rotated),
    Corruption("sharpened", "an unsharp mask of a viewer or web map", False, sharpened),
)
"""The suite, in the order in which it is reported."""
