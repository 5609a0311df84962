"""Ground of known class with borders in known places, put together from held-out EuroSAT patches.

A patch is 640 m of one class, so no patch says where a class ends. A mosaic does: regions of one class each, with
edges along and across the lattice. A region is filled with patches of its class that are alike in colour, each mirrored
to twice its size, so that there are few seams that no border explains. What a mosaic cannot have is the neighbourhood
that real land has: a strip of "highway" is cut from pictures of highways wherever the road runs in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import N_CLASSES
from lulc_core.domain.grid import TILE_PX
from lulc_core.training.eurosat import Patches

INNER_TILES = 6
SIDE_PX = (INNER_TILES + 2) * TILE_PX
"""With a ring of one tile around what is judged, as a map has it."""
CONFUSED_PAIRS = 8
"""Patches nearest in mean colour among which a region's are drawn: land under one sun."""
LAYOUTS = ("blocks", "diagonals", "strips")
"""Rectangles; halves and quarters with slanting borders; slanting strips of 200 to 600 m through one ground."""


@dataclass(frozen=True)
class Mosaic:
    """One made scene."""

    layout: str
    rgb: NDArray[np.uint8]
    """(SIDE_PX, SIDE_PX, 3) as the network wants it."""
    truth: NDArray[np.uint8]
    """(SIDE_PX, SIDE_PX) class ids."""


def make_mosaics(patches: Patches, n: int, *, seed: int) -> list[Mosaic]:
    """``n`` mosaics, the layouts in turn; the same seed gives the same mosaics.

    Args:
        patches: of every class at least one.
        n: how many.
        seed: of all choices.
    """
    rng = np.random.default_rng(seed)
    by_class = [patches.images[patches.class_ids == c] for c in range(N_CLASSES)]
    mosaics = []
    for i in range(n):
        layout = LAYOUTS[i % len(LAYOUTS)]
        regions = {"blocks": _blocks, "diagonals": _diagonals, "strips": _strips}[layout](rng)
        # Neighbouring regions differ: a permutation hands every class out before one comes again.
        order = np.concatenate([rng.permutation(N_CLASSES) for _ in range(int(regions.max()) // N_CLASSES + 1)])
        rgb = np.empty((SIDE_PX, SIDE_PX, 3), np.uint8)
        truth = np.empty((SIDE_PX, SIDE_PX), np.uint8)
        for region in range(int(regions.max()) + 1):
            here = regions == region
            class_id = int(order[region])
            truth[here] = class_id
            rgb[here] = _ground(by_class[class_id], rng)[here]
        mosaics.append(Mosaic(layout, rgb, truth))
    return mosaics


def _ground(images: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(SIDE_PX, SIDE_PX, 3) of one class: mirrored patches side by side, from a random corner on."""
    colors = images.mean(axis=(1, 2))  # (N, 3)
    away = np.linalg.norm(colors - colors[rng.integers(len(images))], axis=1)
    images = images[np.argsort(away, kind="stable")[:CONFUSED_PAIRS]]
    n = SIDE_PX // (2 * TILE_PX) + 1
    out = np.empty((n * 2 * TILE_PX, n * 2 * TILE_PX, 3), np.uint8)
    for row in range(n):
        for col in range(n):
            patch = np.rot90(images[rng.integers(len(images))], int(rng.integers(4)))
            wide = np.concatenate([patch, patch[:, ::-1]], axis=1)
            top, left = row * 2 * TILE_PX, col * 2 * TILE_PX
            out[top : top + 2 * TILE_PX, left : left + 2 * TILE_PX] = np.concatenate([wide, wide[::-1]])
    top, left = rng.integers(out.shape[0] - SIDE_PX + 1, size=2)
    return out[top : top + SIDE_PX, left : left + SIDE_PX]


def _blocks(rng: np.random.Generator) -> NDArray[np.int64]:
    """Rectangles of 0.9 to 3 km, cut without regard to the lattice."""
    out = np.zeros((SIDE_PX, SIDE_PX), np.int64)
    least, largest, count = 90, 300, 0
    todo = [(0, 0, SIDE_PX, SIDE_PX)]
    while todo:
        r0, c0, r1, c1 = todo.pop()
        high, wide = r1 - r0, c1 - c0
        if max(high, wide) <= largest and (min(high, wide) < 2 * least or rng.random() < 0.3):
            out[r0:r1, c0:c1] = count
            count += 1
        elif high >= wide:
            cut = int(rng.integers(r0 + least, r1 - least + 1))
            todo += [(r0, c0, cut, c1), (cut, c0, r1, c1)]
        else:
            cut = int(rng.integers(c0 + least, c1 - least + 1))
            todo += [(r0, c0, r1, cut), (r0, cut, r1, c1)]
    return out


def _diagonals(rng: np.random.Generator) -> NDArray[np.int64]:
    """Quarters between two slanting lines through the middle."""
    sides = [_along(rng) > 0 for _ in range(2)]
    return (2 * sides[0] + sides[1]).astype(np.int64)


def _strips(rng: np.random.Generator) -> NDArray[np.int64]:
    """Two slanting strips, 20 to 60 px wide, of a class each."""
    out = np.zeros((SIDE_PX, SIDE_PX), np.int64)
    for i in (1, 2):
        out[np.abs(_along(rng)) < rng.uniform(10, 30)] = i
    return out


def _along(rng: np.random.Generator) -> NDArray[np.float64]:
    """Signed distance, px, from a line near the middle that runs along no side of the lattice."""
    angle = rng.integers(4) * np.pi / 2 + rng.uniform(0.25, np.pi / 2 - 0.25)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX] - SIDE_PX / 2 - rng.uniform(-90, 90, 2)[:, None, None]
    return x * np.cos(angle) + y * np.sin(angle)
