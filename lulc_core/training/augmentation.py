"""Augmentation: what happens to patches before the network sees them, whole batches at a time.

Geometry for every patch (a tile has no up), light, air, sensor and file for a share of them (users bring other seasons,
products and exports than EuroSAT's), and mixtures of two patches for a share of the batches. All random numbers come
from the generator that is handed in, so that a run that was stopped goes on exactly as it would have.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
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

    robust_share: float = 0.5
    """Share of patches whose light, air, focus or file changes."""
    each: float = 0.3
    """Chance of each single effect on such a patch: three or four of the thirteen come together."""
    mix_share: float = 0.5
    """Share of batches in which two patches are mixed, mixup and cutmix by turns."""
    gain: tuple[float, float] = (0.5, 1.8)
    gamma: tuple[float, float] = (0.6, 1.6)
    saturation: tuple[float, float] = (0.4, 1.4)
    noise: float = 8.0
    """Largest standard deviation of sensor noise, in grey levels."""
    columns: float = 0.07
    """Largest standard deviation between the detectors of a push-broom line, as a share of the light."""
    zoom: tuple[float, float] = (0.75, 1.33)
    """Ground sampling of the result over that of the patch, so that 1.33 shows coarser pixels mirrored outwards."""
    off_centre: float = 0.25
    """Largest step aside with the other scale, as a share of the patch; what lies outside is mirrored."""
    blur: float = 1.6
    """Largest mixture with the patch blurred by 1 2 1 twice; above 1 the blur is applied again."""
    jpeg: tuple[int, int] = (35, 92)
    """Lowest and highest quality."""
    stripe: float = 0.3
    """Largest share of a patch that a no-data strip along one edge takes."""


def to_batch(images: torch.Tensor) -> torch.Tensor:
    """Convert uint8 (N, H, W, 3) to float32 (N, 3, H, W), 0 to 255, channels last in memory."""
    return images.permute(0, 3, 1, 2).to(torch.float32)


def turn_and_flip(x: torch.Tensor) -> torch.Tensor:
    """Give each eighth of the batch another of the eight symmetries of the square; the batch is in random order."""
    parts = list(x.chunk(8))
    turned = [
        torch.rot90(p, k % 4, (2, 3)).flip(3) if k >= 4 else torch.rot90(p, k % 4, (2, 3)) for k, p in enumerate(parts)
    ]
    return torch.cat(turned).contiguous(memory_format=torch.channels_last)


def random_crop(x: torch.Tensor, size: int, rng: torch.Generator) -> torch.Tensor:
    """Cut a window, the same for the whole batch; early epochs learn texture from it at half the cost."""
    top, left = (int(torch.randint(0, x.shape[k] - size + 1, (1,), generator=rng)) for k in (2, 3))
    return x[:, :, top : top + size, left : left + size].contiguous(memory_format=torch.channels_last)


# Effects: (patches float (N, 3, H, W) in grey levels, generator) -> the same shape, not yet clipped.


def change_gain(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Change sun height, slope, exposure: all channels by one factor, log-uniform, each channel by up to 10 % more."""
    gain = torch.exp(_uniform((len(x), 1, 1, 1), math.log(low), math.log(high), rng))
    return x * gain * _uniform((len(x), x.shape[1], 1, 1), 0.9, 1.1, rng)


def change_offset(x: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
    """Add path radiance or a black point: up to 25 grey levels more or less, most in blue."""
    weight = torch.tensor((0.6, 0.8, 1.0)).view(1, 3, 1, 1)
    return x + _uniform((len(x), 1, 1, 1), -25, 25, rng) * weight


def change_gamma(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
    """Apply another tone curve, as screens and exports do."""
    gamma = torch.exp(_uniform((len(x), 1, 1, 1), math.log(low), math.log(high), rng))
    return 255 * (x.clamp(0, 255) / 255) ** gamma


def change_saturation(x: torch.Tensor, rng: torch.Generator, low: float, high: float) -> torch.Tensor:
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


def add_noise(x: torch.Tensor, rng: torch.Generator, largest: float) -> torch.Tensor:
    """Add sensor noise and coarse quantisation."""
    sigma = _uniform((len(x), 1, 1, 1), 0.0, largest, rng)
    return x + sigma * torch.randn(x.shape, generator=rng).contiguous(memory_format=torch.channels_last)


def add_columns(x: torch.Tensor, rng: torch.Generator, largest: float) -> torch.Tensor:
    """Let the detectors of a push-broom line differ: each column, or row where the tile was turned, by a factor.

    All channels by the same factor or each by its own, by turns.
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


def change_scale(x: torch.Tensor, rng: torch.Generator, low: float, high: float, aside: float) -> torch.Tensor:
    """Change ground sampling and centre: the patch is seen nearer or farther and from aside, its outside mirrored."""
    n = len(x)
    zoom = torch.exp(_uniform((n,), math.log(low), math.log(high), rng))
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = zoom
    theta[:, 1, 1] = zoom
    theta[:, :, 2] = _uniform((n, 2), -2 * aside, 2 * aside, rng)  # affine_grid's patch is 2 wide
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


def blur(x: torch.Tensor, rng: torch.Generator, largest: float) -> torch.Tensor:
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


def compress(x: torch.Tensor, rng: torch.Generator, lowest: int, highest: int) -> torch.Tensor:
    """Save as JPEG once more, with colour at full or half resolution; the real thing, patch by patch."""
    from PIL import Image

    qualities = torch.randint(lowest, highest + 1, (len(x),), generator=rng).tolist()
    sampling = torch.randint(0, 3, (len(x),), generator=rng).tolist()
    pixels = x.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()  # (N, H, W, 3)
    out = np.empty(pixels.shape, dtype=np.uint8)
    for i, patch in enumerate(pixels):
        buffer = io.BytesIO()
        Image.fromarray(patch).save(buffer, "JPEG", quality=qualities[i], subsampling=sampling[i])
        out[i] = np.asarray(Image.open(buffer))
    return to_batch(torch.from_numpy(out))


def cut_off(x: torch.Tensor, rng: torch.Generator, largest: float) -> torch.Tensor:
    """Cut off what lies beyond a line near one edge, straight or slanted as at a swath's border; black or white."""
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


def effects(a: Augmentation, channels: int = 3) -> dict[str, Callable[[torch.Tensor, torch.Generator], torch.Tensor]]:
    """List the effects by name, in the order in which light meets them: ground, air, sensor, export, file.

    Of more channels than red, green and blue only those that know nothing of colour.
    """
    all_effects = {
        "scale": lambda x, r: change_scale(x, r, *a.zoom, a.off_centre),
        "surface": to_surface,
        "gain": lambda x, r: change_gain(x, r, *a.gain),
        "haze": add_haze,
        "offset": change_offset,
        "saturation": lambda x, r: change_saturation(x, r, *a.saturation),
        "gamma": lambda x, r: change_gamma(x, r, *a.gamma),
        "noise": lambda x, r: add_noise(x, r, a.noise),
        "columns": lambda x, r: add_columns(x, r, a.columns),
        "blur": lambda x, r: blur(x, r, a.blur),
        "stretch": stretch,
        "jpeg": lambda x, r: compress(x, r, *a.jpeg),
        "stripe": lambda x, r: cut_off(x, r, a.stripe),
    }
    return all_effects if channels == 3 else {name: all_effects[name] for name in ANY_CHANNELS}


ANY_CHANNELS = ("scale", "gain", "gamma", "noise", "columns", "blur", "stretch", "stripe")
"""Effects that know nothing of colour."""

_RARE = {"haze": 0.6, "surface": 0.7, "jpeg": 0.8, "stripe": 0.6, "columns": 0.6}
"""Effects that cost most contrast, ground or time come less often than the others."""


def change_light(x: torch.Tensor, rng: torch.Generator, a: Augmentation) -> torch.Tensor:
    """Apply each effect to a random part of the patches; grey levels stay within 0 to 255.

    Args:
        x: float (N, 3, H, W), 0 to 255; changed copies are returned.
    """
    x = x.clone(memory_format=torch.channels_last)
    for name, effect in effects(a, x.shape[1]).items():
        chosen = torch.rand(len(x), generator=rng) < a.each * _RARE.get(name, 1.0)
        rows = chosen.nonzero()[:, 0]
        if len(rows):
            x[rows] = effect(x[rows], rng)
    return x.clamp_(0, 255)


def augment(x: torch.Tensor, rng: torch.Generator, a: Augmentation) -> torch.Tensor:
    """Change the geometry of all patches, and light, air, sensor and file of a random ``robust_share`` of the batch."""
    x = turn_and_flip(x)
    rows = torch.randperm(len(x), generator=rng)[: round(a.robust_share * len(x))]
    if len(rows):
        x[rows] = change_light(x[rows], rng, a)
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
