"""Augmentation: what happens to patches before the network sees them, whole batches at a time.

Geometry for every patch (a tile has no up), light, air, sensor and file for a share of them (users bring other seasons,
products and exports than EuroSAT's), and mixtures of two patches for a share of the batches. All random numbers come
from the generator that is handed in, so that a run that was stopped goes on exactly as it would have.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

SURFACE_SCALE = (1.264, 1.449, 1.548)
SURFACE_OFFSET = (-0.041, -0.076, -0.131)
"""Surface reflectance of red, green, blue = scale x top-of-atmosphere reflectance + offset.

Source: least squares over the pixels below 0.4 of four L1C/L2A pairs of the same acquisitions (terramind 282D, 38D,
433D, 637U; r = 0.97 to 1.00), mean of the four. The snow scene 609U is left out: its map is another one.
"""

GREY_PER_REFLECTANCE = 254 / 0.275
"""EuroSAT's stretch; the inverse of what domain.radiometry.to_eurosat_rgb does, without its rounding."""


EACH = 0.3
"""Chance of each single effect on a patch whose light changes: three or four of the thirteen come together."""


def to_batch(images: torch.Tensor) -> torch.Tensor:
    """Convert uint8 (N, H, W, 3) to float32 (N, 3, H, W), 0 to 255, channels last in memory."""
    return images.permute(0, 3, 1, 2).to(torch.float32)


def turn_and_flip(x: torch.Tensor) -> torch.Tensor:
    """Give each eighth of the batch another of the eight symmetries of the square; the batch is in random order."""
    turned = [torch.rot90(part, k % 4, (2, 3)) for k, part in enumerate(x.chunk(8))]
    turned[4:] = [part.flip(3) for part in turned[4:]]
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)


def random_crop(x: torch.Tensor, size: int, rng: torch.Generator) -> torch.Tensor:
    """Cut a window, the same for the whole batch; early epochs learn texture from it at half the cost."""
    top, left = (int(torch.randint(0, x.shape[k] - size + 1, (1,), generator=rng)) for k in (2, 3))
    return x[:, :, top : top + size, left : left + size].contiguous(memory_format=torch.channels_last)


# Effects: (patches float (N, 3, H, W) in grey levels, generator) -> the same shape, not yet clipped. How strongly at
# most is the default of their further arguments.


def change_gain(x: torch.Tensor, rng: torch.Generator, low: float = 0.5, high: float = 1.8) -> torch.Tensor:
    """Change sun height, slope, exposure: all channels by one factor, log-uniform, each channel by up to 10 % more."""
    gain = torch.exp(_uniform((len(x), 1, 1, 1), math.log(low), math.log(high), rng))
    return x * gain * _uniform((len(x), x.shape[1], 1, 1), 0.9, 1.1, rng)


def change_offset(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Add path radiance or a black point: up to 25 grey levels more or less, most in blue."""
    weight = torch.tensor((0.6, 0.8, 1.0)).view(1, 3, 1, 1)
    return x + _uniform((len(x), 1, 1, 1), -25, 25, rng) * weight


def change_gamma(x: torch.Tensor, rng: torch.Generator, low: float = 0.6, high: float = 1.6) -> torch.Tensor:
    """Apply another tone curve, as screens and exports do."""
    gamma = torch.exp(_uniform((len(x), 1, 1, 1), math.log(low), math.log(high), rng))
    return 255 * (x.clamp(0, 255) / 255) ** gamma


def change_saturation(x: torch.Tensor, rng: torch.Generator, low: float = 0.4, high: float = 1.4) -> torch.Tensor:
    """Bring colours nearer to grey, or further from it."""
    grey = x.mean(1, keepdim=True)
    return grey + (x - grey) * _uniform((len(x), 1, 1, 1), low, high, rng)


def to_surface(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Go part of the way, or somewhat beyond, from top-of-atmosphere to surface reflectance."""
    share = _uniform((len(x), 1, 1, 1), 0.2, 1.3, rng)
    scale = 1 + share * (torch.tensor(SURFACE_SCALE).view(1, 3, 1, 1) - 1)
    offset = share * torch.tensor(SURFACE_OFFSET).view(1, 3, 1, 1) * GREY_PER_REFLECTANCE
    return x * scale + offset


def add_haze(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Put thin bright air in front of the ground: contrast falls, blue rises most."""
    depth = _uniform((len(x), 1, 1, 1), 0.0, 0.5, rng)
    air = torch.tensor((120.0, 135.0, 160.0)).view(1, 3, 1, 1) * _uniform((len(x), 1, 1, 1), 0.8, 1.3, rng)
    return x * (1 - depth) + air * depth


def add_noise(x: torch.Tensor, rng: torch.Generator, largest: float = 8.0) -> torch.Tensor:
    """Add sensor noise of up to that standard deviation, in grey levels."""
    sigma = _uniform((len(x), 1, 1, 1), 0.0, largest, rng)
    return x + sigma * torch.randn(x.shape, generator=rng).contiguous(memory_format=torch.channels_last)


def add_columns(x: torch.Tensor, rng: torch.Generator, largest: float = 0.07) -> torch.Tensor:
    """Let the detectors of a push-broom line differ: each column, or row where the tile was turned, by a factor.

    All channels by the same factor or each by its own, by turns; ``largest`` is the standard deviation at most.
    """
    n, channels, height, width = x.shape
    sigma = _uniform((n, 1, 1, 1), 0.0, largest, rng)
    own_share = torch.rand((n, 1, 1, 1), generator=rng) < 0.5
    down = torch.rand((n, 1, 1, 1), generator=rng) < 0.5
    across = torch.randn((n, channels, 1, width), generator=rng)
    along = torch.randn((n, channels, height, 1), generator=rng)
    across, along = torch.where(own_share, across, across[:, :1]), torch.where(own_share, along, along[:, :1])
    factor = torch.where(down, along.expand_as(x), across.expand_as(x))
    return x * (1 + sigma * factor)


def change_scale(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Change ground sampling and centre: the patch is seen nearer or farther and from aside, its outside mirrored.

    Pixels of the result are 0.75 to 1.33 times those of the patch; its centre lies up to a quarter of the patch aside.
    """
    n = len(x)
    zoom = torch.exp(_uniform((n,), math.log(0.75), math.log(1.33), rng))
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = zoom
    theta[:, 1, 1] = zoom
    theta[:, :, 2] = _uniform((n, 2), -0.5, 0.5, rng)  # affine_grid's patch is 2 wide
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def stretch(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Stretch contrast as image programs do, wholly or in part: from a low to a high percentile of the patch.

    Half of the patches have each channel stretched alone, which takes their colour cast with it, the others all
    three by the same line.
    """
    n = len(x)
    values = x[:, :, ::2, ::2].flatten(2).sort(2).values  # (N, 3, P): a quarter of the pixels says the same
    last = values.shape[2] - 1
    at_low = (_uniform((n, 1, 1), 0.0, 0.05, rng) * last).long().expand(n, x.shape[1], 1)
    at_high = (_uniform((n, 1, 1), 0.95, 1.0, rng) * last).long().expand(n, x.shape[1], 1)
    low, high = values.gather(2, at_low), values.gather(2, at_high)  # (N, 3, 1)
    together = torch.rand((n, 1, 1), generator=rng) < 0.5
    low = torch.where(together, low.amin(1, keepdim=True), low)[..., None]
    high = torch.where(together, high.amax(1, keepdim=True), high)[..., None]
    stretched = (255 * (x - low) / (high - low).clamp_min(1)).clamp(0, 255)
    # As often the whole way as part of it: programs do not stop half way, but viewers mix such stretches with others.
    share = _uniform((n, 1, 1, 1), 0.0, 2.0, rng).clamp_max(1.0)
    return x + share * (stretched - x)


def blur(x: torch.Tensor, rng: torch.Generator, largest: float = 1.6) -> torch.Tensor:
    """Blur as reprojection, enlargement or a lens do: mix with the patch's own blur, and again above a share of 1."""
    share = _uniform((len(x), 1, 1, 1), 0.0, largest, rng)
    x = x + share.clamp(0, 1) * (_smooth(_smooth(x)) - x)
    return x + (share - 1).clamp_min(0) * (_smooth(_smooth(x)) - x)


def _smooth(x: torch.Tensor) -> torch.Tensor:
    """Smooth with weights 1 2 1 over rows, then columns; edges repeat."""
    for dim in (2, 3):
        n = x.shape[dim]
        before = torch.cat((x.narrow(dim, 0, 1), x.narrow(dim, 0, n - 1)), dim)
        after = torch.cat((x.narrow(dim, 1, n - 1), x.narrow(dim, n - 1, 1)), dim)
        x = (before + 2 * x + after) / 4
    return x


def compress(x: torch.Tensor, rng: torch.Generator, lowest: int = 35, highest: int = 92) -> torch.Tensor:
    """Save as JPEG once more, of some quality, with colour at full or half resolution; the real thing."""
    qualities = torch.randint(lowest, highest + 1, (len(x),), generator=rng).tolist()
    sampling = torch.randint(0, 3, (len(x),), generator=rng).tolist()
    pixels = x.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()  # (N, H, W, 3)
    saved = [as_jpeg(patch, q, s) for patch, q, s in zip(pixels, qualities, sampling, strict=True)]
    return to_batch(torch.from_numpy(np.stack(saved)))


def as_jpeg(tile: NDArray[np.uint8], quality: int, subsampling: int) -> NDArray[np.uint8]:
    """Save one tile (H, W, 3) as JPEG and read it again; Pillow's ``subsampling``: 0 is 4:4:4, 2 is 4:2:0."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(tile).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    return np.asarray(Image.open(buffer))


def cut_off(x: torch.Tensor, rng: torch.Generator, largest: float = 0.3) -> torch.Tensor:
    """Cut off what lies beyond a line near one edge, straight or slanted as at a swath's border; black or white.

    Up to ``largest`` of a patch is lost.
    """
    n, _, height, width = x.shape
    angle = _uniform((n, 1, 1), 0, 2 * math.pi, rng)
    straight = torch.rand((n, 1, 1), generator=rng) < 0.6
    angle = torch.where(straight, (angle / (math.pi / 2)).round() * (math.pi / 2), angle)
    rows = (torch.arange(height) + 0.5).view(1, height, 1) / height - 0.5
    columns = (torch.arange(width) + 0.5).view(1, 1, width) / width - 0.5
    along = rows * angle.sin() + columns * angle.cos()  # (N, H, W), -0.5 to 0.5 where the line is straight
    reach = 0.5 * (angle.sin().abs() + angle.cos().abs())
    outside = along > reach - _uniform((n, 1, 1), 0.02, largest, rng)
    fill = torch.where(torch.rand((n, 1, 1, 1), generator=rng) < 0.8, 0.0, 255.0)
    return torch.where(outside[:, None], fill, x)


EFFECTS: Mapping[str, Callable[[torch.Tensor, torch.Generator], torch.Tensor]] = {
    "scale": change_scale,
    "surface": to_surface,
    "gain": change_gain,
    "haze": add_haze,
    "offset": change_offset,
    "saturation": change_saturation,
    "gamma": change_gamma,
    "noise": add_noise,
    "columns": add_columns,
    "blur": blur,
    "stretch": stretch,
    "jpeg": compress,
    "stripe": cut_off,
}
"""The effects by name, in the order in which light meets them: ground, air, sensor, export, file."""

ANY_CHANNELS = ("scale", "gain", "gamma", "noise", "columns", "blur", "stretch", "stripe")
"""Effects that know nothing of colour."""

_RARE = {"haze": 0.6, "surface": 0.7, "jpeg": 0.8, "stripe": 0.6, "columns": 0.6}
"""Effects that cost most contrast, ground or time come less often than the others."""


def change_light(x: torch.Tensor, rng: torch.Generator, each: float) -> torch.Tensor:
    """Apply each effect to about that share of the patches; grey levels stay within 0 to 255.

    Args:
        x: float (N, 3, H, W), 0 to 255; changed copies are returned.
    """
    x = x.clone(memory_format=torch.channels_last)
    for name in EFFECTS if x.shape[1] == 3 else ANY_CHANNELS:
        chosen = torch.rand(len(x), generator=rng) < each * _RARE.get(name, 1.0)
        rows = chosen.nonzero()[:, 0]
        if len(rows):
            x[rows] = EFFECTS[name](x[rows], rng)
    return x.clamp_(0, 255)


def augment(x: torch.Tensor, rng: torch.Generator, robust_share: float, each: float = EACH) -> torch.Tensor:
    """Change the geometry of all patches, and light, air, sensor and file of a random ``robust_share`` of the batch."""
    x = turn_and_flip(x)
    rows = torch.randperm(len(x), generator=rng)[: round(robust_share * len(x))]
    if len(rows):
        x[rows] = change_light(x[rows], rng, each)
    return x


def mix(x: torch.Tensor, rng: torch.Generator, share: float) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Mix the batch with itself, by mixup or cutmix.

    Returns:
        The batch, the order of the partners (N,), and the weight of a patch's own class (1 where nothing was mixed).

    Source: Zhang et al. 2018 (arXiv 1710.09412), Yun et al. 2019 (arXiv 1905.04899).
    """
    partner = torch.randperm(len(x), generator=rng)
    draw = float(torch.rand(1, generator=rng))
    if draw >= share:
        return x, partner, 1.0
    own_share = float(torch.rand(1, generator=rng))
    if draw < share / 2:
        own_share = max(own_share, 1 - own_share)  # the own patch leads, so that labels and light agree more often
        return x * own_share + x[partner] * (1 - own_share), partner, own_share
    height, width = x.shape[2:]
    side = (1 - own_share) ** 0.5
    h, w = max(1, round(side * height)), max(1, round(side * width))
    top = int(torch.randint(0, height - h + 1, (1,), generator=rng))
    left = int(torch.randint(0, width - w + 1, (1,), generator=rng))
    x = x.clone(memory_format=torch.channels_last)
    x[:, :, top : top + h, left : left + w] = x[partner][:, :, top : top + h, left : left + w]
    return x, partner, 1 - h * w / (height * width)


def _uniform(shape: tuple[int, ...], low: float, high: float, rng: torch.Generator) -> torch.Tensor:
    return torch.rand(shape, generator=rng) * (high - low) + low
