"""One patch drawn many times, so that people can see what augmentation does to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lulc_core.domain.errors import InputError
from lulc_core.training.augmentation import EFFECTS, augment, to_batch
from lulc_core.training.eurosat import decode_patch

EACH_TURN = 8
"""The batch is turned and flipped in eighths, so eight together show every symmetry once."""


def augmentation_samples(patch: NDArray[np.uint8], *, seed: int = 0) -> tuple[tuple[str, NDArray[np.uint8]], ...]:
    """Draw each effect alone at a random strength, then eight versions as training sees them.

    Args:
        patch: uint8 (H, W, 3).
        seed: the same seed draws the same versions.

    Returns:
        Name and picture (H, W, 3): of the effect, empty where several come together.
    """
    rng = torch.Generator().manual_seed(seed)
    one = to_batch(torch.from_numpy(np.array(patch))[None])
    drawn = [(name, _image(effect(one.clone(), rng)[0])) for name, effect in EFFECTS.items()]
    batch = one.repeat(EACH_TURN, 1, 1, 1)  # (8, 3, H, W)
    return (*drawn, *(("", _image(x)) for x in augment(batch, rng, 0.5)))


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
        patch = decode_patch(picture.read_bytes(), picture.name)
    except OSError as e:
        raise InputError(f"{picture} cannot be read ({e.strerror or e}).", hint="Give the path of a patch.") from e
    drawn = (("as it is", patch), *augmentation_samples(patch, seed=seed))
    columns, side, line = 7, 128, 16
    sheet = Image.new("RGB", (columns * side, -(-len(drawn) // columns) * (side + line)), "white")
    pen = ImageDraw.Draw(sheet)
    for i, (name, image) in enumerate(drawn):
        x, y = i % columns * side, i // columns * (side + line)
        sheet.paste(Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST), (x, y + line))
        pen.text((x + 3, y + 2), name or "in training", fill="black")
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
