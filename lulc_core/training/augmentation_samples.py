"""One patch drawn many times, so that people can see what augmentation does to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.errors import FileFormatError, InputError
from lulc_core.training.augmentation import Augmentation, augment, effects, to_batch
from lulc_core.training.eurosat import decode_picture

EACH_TURN = 8
"""The batch is turned and flipped in eighths, so eight together show every symmetry once."""


@dataclass(frozen=True)
class AugmentationSample:
    """One version of a patch."""

    name: str
    """Name of the effect; empty for one as training sees it, several effects together."""
    image: NDArray[np.uint8]
    """(64, 64, 3), read-only."""


def augmentation_samples(
    patch: NDArray[np.uint8], *, seed: int = 0, a: Augmentation | None = None
) -> tuple[AugmentationSample, ...]:
    """Draw each effect alone at a random strength, then eight versions as training sees them.

    Args:
        patch: uint8 (H, W, 3).
        seed: the same seed draws the same versions.
        a: strengths and frequencies; the defaults of training for None.
    """
    a = a or Augmentation()
    rng = torch.Generator().manual_seed(seed)
    one = to_batch(torch.from_numpy(np.array(patch))[None])
    drawn = [AugmentationSample(name, _image(effect(one.clone(), rng)[0])) for name, effect in effects(a).items()]
    batch = one.repeat(EACH_TURN, 1, 1, 1)  # (8, 3, H, W)
    return (*drawn, *(AugmentationSample("", _image(x)) for x in augment(batch, rng, a)))


def write_sheet(picture: Path, out: Path, *, seed: int = 0) -> Path:
    """Draw a sheet of a patch as it is, with each effect alone, then eight versions as training sees them.

    Args:
        picture: JPG or PNG of 64 x 64 px.
        out: a .png file, or a folder that gets ``augmentation.png``.
        seed: of the random strengths.

    Returns:
        The file written.

    Raises:
        InputError: the picture cannot be read, or the sheet not be written.
        FileFormatError: it is no picture, or of another size.
    """
    from PIL import Image, ImageDraw

    try:
        patch = decode_picture(picture.read_bytes(), picture.name)
    except OSError as e:
        raise InputError(f"{picture} cannot be read ({e.strerror or e}).", hint="Give the path of a patch.") from e
    if patch.shape != (64, 64, 3):
        raise FileFormatError(
            f"{picture.name} has {patch.shape[1]} x {patch.shape[0]} pixels; a patch has 64 x 64.",
            hint="Give a patch of EuroSAT, or cut one out.",
        )
    drawn = (AugmentationSample("as it is", patch), *augmentation_samples(patch, seed=seed))
    columns, side, line = 7, 128, 16
    sheet = Image.new("RGB", (columns * side, -(-len(drawn) // columns) * (side + line)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, look in enumerate(drawn):
        x, y = i % columns * side, i // columns * (side + line)
        sheet.paste(Image.fromarray(look.image).resize((side, side), Image.Resampling.NEAREST), (x, y + line))
        pen.text((x + 3, y + 2), look.name or "in training", fill="black")
    if out.suffix.lower() != ".png":
        out = out / "augmentation.png"
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(out)
    except OSError as e:
        raise InputError(f"{out} cannot be written ({e.strerror or e}).", hint="Give another --out.") from e
    return out


def _image(x: torch.Tensor) -> NDArray[np.uint8]:
    image = x.clamp(0, 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy()  # (H, W, 3)
    image.flags.writeable = False
    return image
