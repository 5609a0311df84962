"""One patch drawn many times, so that people can see what augmentation does to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.training.augmentation import Augmentation, augment, effects, to_batch

EACH_TURN = 8
"""The batch is turned and flipped in eighths, so eight together show every symmetry once."""


@dataclass(frozen=True)
class Look:
    """One version of a patch."""

    name: str
    """Name of the effect; empty for one as training sees it, several effects together."""
    image: NDArray[np.uint8]
    """(64, 64, 3), read-only."""


def looks(patch: NDArray[np.uint8], *, seed: int = 0, a: Augmentation | None = None) -> tuple[Look, ...]:
    """Each effect by itself at a random strength, then eight versions as training sees them.

    Args:
        patch: uint8 (H, W, 3).
        seed: the same seed draws the same versions.
        a: strengths and frequencies; the defaults of training for None.
    """
    a = a or Augmentation()
    rng = torch.Generator().manual_seed(seed)
    one = to_batch(torch.from_numpy(np.array(patch))[None])
    drawn = [Look(name, _image(effect(one.clone(), rng)[0])) for name, effect in effects(a).items()]
    batch = one.repeat(EACH_TURN, 1, 1, 1)
    return (*drawn, *(Look("", _image(x)) for x in augment(batch, rng, a)))


def _image(x: torch.Tensor) -> NDArray[np.uint8]:
    image = x.clamp(0, 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()
    image.flags.writeable = False
    return image
