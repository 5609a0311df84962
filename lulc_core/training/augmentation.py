"""What happens to patches before the network sees them: one module, whole batches at a time.

Geometry for every patch (a tile has no up), light and air for a share of them (users bring other seasons, products and
exports than EuroSAT's), and mixtures of two patches for a share of the batches. All random numbers come from the
generator that is handed in, so that a run that was stopped goes on exactly as it would have.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F

SURFACE_SCALE = (1.264, 1.449, 1.548)
SURFACE_OFFSET = (-0.041, -0.076, -0.131)
"""Surface reflectance of red, green, blue = scale x top-of-atmosphere reflectance + offset.

Source: least squares over the pixels below 0.4 of four L1C/L2A pairs of the same acquisitions (terramind 282D, 38D,
433D, 637U; r = 0.97 to 1.00), mean of the four. The snow scene 609U is left out: its map is another one.
"""

GREY_PER_REFLECTANCE = 254 / 0.275
"""EuroSAT's stretch; the inverse of what domain.radiometry.to_eurosat_rgb does, without its rounding."""


@dataclass(frozen=True)
class Augmentation:
    """How strongly, and how often."""

    robust_share: float = 0.4
    """Share of patches whose light and air change."""
    each: float = 0.5
    """Chance of each single effect on such a patch."""
    mix_share: float = 0.5
    """Share of batches in which two patches are mixed, mixup and cutmix by turns."""
    gain: tuple[float, float] = (0.5, 1.8)
    gamma: tuple[float, float] = (0.6, 1.6)
    saturation: tuple[float, float] = (0.4, 1.4)
    noise: float = 8.0
    """Largest standard deviation of sensor noise, in grey levels."""
    zoom: tuple[float, float] = (0.75, 1.33)
    """Ground sampling of the result over that of the patch, so that 1.33 shows coarser pixels mirrored outwards."""


def to_batch(images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, H, W, 3) -> float32 (N, 3, H, W), 0 to 255, channels last in memory."""
    return images.permute(0, 3, 1, 2).to(torch.float32)


def turn_and_flip(x: torch.Tensor) -> torch.Tensor:
    """Each eighth of the batch gets another of the eight symmetries of the square; the batch is in random order."""
    parts = list(x.chunk(8))
    turned = [
        torch.rot90(p, k % 4, (2, 3)).flip(3) if k >= 4 else torch.rot90(p, k % 4, (2, 3)) for k, p in enumerate(parts)
    ]
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)


def random_crop(x: torch.Tensor, size: int, rng: torch.Generator) -> torch.Tensor:
    """A window of size x size, the same for the whole batch; early epochs learn texture from it at half the cost."""
    top, left = (int(torch.randint(0, x.shape[k] - size + 1, (1,), generator=rng)) for k in (2, 3))
    return x[:, :, top : top + size, left : left + size].contiguous(memory_format=torch.channels_last)


# Effects: (patches float (N, 3, H, W) in grey levels, generator) -> the same shape, not yet clipped.


def change_gain(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Sun height, slope, exposure: all channels by one factor, log-uniform, and each channel by up to 10 % more."""
    gain = torch.exp(_uniform((len(x), 1, 1, 1), math.log(low), math.log(high), rng))
    return x * gain * _uniform((len(x), 3, 1, 1), 0.9, 1.1, rng)


def change_offset(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Path radiance or a black point: up to 25 grey levels more or less, most in blue."""
    weight = torch.tensor((0.6, 0.8, 1.0)).view(1, 3, 1, 1)
    return x + _uniform((len(x), 1, 1, 1), -25, 25, rng) * weight


def change_gamma(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Another tone curve, as screens and exports apply."""
    gamma = torch.exp(_uniform((len(x), 1, 1, 1), math.log(low), math.log(high), rng))
    return 255 * (x.clamp(0, 255) / 255) ** gamma


def change_saturation(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Nearer to grey, or further from it."""
    grey = x.mean(1, keepdim=True)
    return grey + (x - grey) * _uniform((len(x), 1, 1, 1), low, high, rng)


def to_surface(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Part of the way, or somewhat beyond, from top-of-atmosphere to surface reflectance."""
    share = _uniform((len(x), 1, 1, 1), 0.2, 1.3, rng)
    scale = 1 + share * (torch.tensor(SURFACE_SCALE).view(1, 3, 1, 1) - 1)
    offset = share * torch.tensor(SURFACE_OFFSET).view(1, 3, 1, 1) * GREY_PER_REFLECTANCE
    return x * scale + offset


def add_haze(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Thin bright air in front of the ground: contrast falls, blue rises most."""
    depth = _uniform((len(x), 1, 1, 1), 0.0, 0.5, rng)
    air = torch.tensor((120.0, 135.0, 160.0)).view(1, 3, 1, 1) * _uniform((len(x), 1, 1, 1), 0.8, 1.3, rng)
    return x * (1 - depth) + air * depth


def add_noise(x: torch.Tensor, rng: torch.Generator, largest: float) -> torch.Tensor:
    """Sensor noise and coarse quantisation."""
    sigma = _uniform((len(x), 1, 1, 1), 0.0, largest, rng)
    return x + sigma * torch.randn(x.shape, generator=rng).contiguous(memory_format=torch.channels_last)


def change_scale(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Another ground sampling: the patch is seen nearer or farther, its outside mirrored."""
    n = len(x)
    zoom = torch.exp(_uniform((n,), math.log(low), math.log(high), rng))
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = zoom
    theta[:, 1, 1] = zoom
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def effects(a: Augmentation) -> dict[str, Callable[[torch.Tensor, torch.Generator], torch.Tensor]]:
    """The effects by name, in the order in which light meets them: ground, air, sensor, export."""
    return {
        "scale": lambda x, r: change_scale(x, r, *a.zoom),
        "surface": to_surface,
        "gain": lambda x, r: change_gain(x, r, *a.gain),
        "haze": add_haze,
        "offset": change_offset,
        "saturation": lambda x, r: change_saturation(x, r, *a.saturation),
        "gamma": lambda x, r: change_gamma(x, r, *a.gamma),
        "noise": lambda x, r: add_noise(x, r, a.noise),
    }


_RARE = {"haze": 0.6, "surface": 0.7, "scale": 0.8}
"""Effects that cost most contrast or time come less often than the others."""


def change_light(x: torch.Tensor, rng: torch.Generator, a: Augmentation) -> torch.Tensor:
    """Each effect on a random part of the patches; grey levels stay within 0 to 255.

    Args:
        x: float (N, 3, H, W), 0 to 255; changed copies are returned.
    """
    x = x.clone(memory_format=torch.channels_last)
    for name, effect in effects(a).items():
        chosen = torch.rand(len(x), generator=rng) < a.each * _RARE.get(name, 1.0)
        rows = chosen.nonzero()[:, 0]
        if len(rows):
            x[rows] = effect(x[rows], rng)
    return x.clamp_(0, 255)


def augment(x: torch.Tensor, rng: torch.Generator, a: Augmentation) -> torch.Tensor:
    """Geometry for all, light and air for a random ``robust_share`` of the batch."""
    x = turn_and_flip(x)
    rows = torch.randperm(len(x), generator=rng)[: round(a.robust_share * len(x))]
    if len(rows):
        x[rows] = change_light(x[rows], rng, a)
    return x


def mix(x: torch.Tensor, rng: torch.Generator, share: float) -> tuple[torch.Tensor, torch.Tensor, float]:
    """Mixup or cutmix of the batch with itself.

    Returns:
        The batch, the order of the partners (N,), and the weight of a patch's own class (1 where nothing was mixed).

    Source: Zhang et al. 2018 (arXiv 1710.09412), Yun et al. 2019 (arXiv 1905.04899).
    """
    partner = torch.randperm(len(x), generator=rng)
    kind = float(torch.rand(1, generator=rng))
    if kind >= share:
        return x, partner, 1.0
    own = float(torch.rand(1, generator=rng))
    if kind < share / 2:
        own = max(own, 1 - own)  # the own patch leads, so that labels and light agree more often
        return x * own + x[partner] * (1 - own), partner, own
    height, width = x.shape[2:]
    side = (1 - own) ** 0.5
    h, w = max(1, round(side * height)), max(1, round(side * width))
    top = int(torch.randint(0, height - h + 1, (1,), generator=rng))
    left = int(torch.randint(0, width - w + 1, (1,), generator=rng))
    x = x.clone(memory_format=torch.channels_last)
    x[:, :, top : top + h, left : left + w] = x[partner][:, :, top : top + h, left : left + w]
    return x, partner, 1 - h * w / (height * width)


def _uniform(shape: tuple[int, ...], low: float, high: float, rng: torch.Generator) -> torch.Tensor:
    return torch.rand(shape, generator=rng) * (high - low) + low
