"""Weather of a day: clouds, their shadows, haze; the cloud mask that goes with them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.sources.simulation.localities import Locality, localities_in
from lulc_core.sources.simulation.noise import F32, Floats, scalar_hash, smooth, smooth_at

MASK_CELL_M = 80
"""Pixel of the cloud mask; services offer masks of 20 to 160 m."""
CLEAR_DAYS = (date(2019, 7, 16), date(2021, 8, 14))
"""Days with a clear sky around the fixed localities."""
_CLEAR_RADIUS_M = 70_000.0
_OCTAVES = ((2600.0, 0.72), (950.0, 0.5), (330.0, 0.36), (110.0, 0.18))
_FIELD_MAX = 5.9
"""The cloud field never reaches this: every lattice value at its bound."""
_NORM = F32(1 / math.sqrt(sum(w * w for _, w in _OCTAVES)))

# Reflectance at the top of the atmosphere of dense cloud, of dense haze, and of what a shadow leaves (the light from
# the air itself), by band in wavelength order; round figures of L1C scenes.
_CLOUD = (0.52, 0.53, 0.51, 0.52, 0.53, 0.54, 0.55, 0.55, 0.55, 0.26, 0.014, 0.38, 0.28)
_HAZE = (0.30, 0.27, 0.235, 0.215, 0.21, 0.20, 0.195, 0.19, 0.185, 0.07, 0.004, 0.12, 0.08)
_PATH = (0.105, 0.072, 0.045, 0.025, 0.022, 0.016, 0.014, 0.012, 0.010, 0.004, 0.0008, 0.003, 0.002)


@dataclass(frozen=True)
class Sky:
    """The air over a zone on a day."""

    salt: int
    localities: tuple[Locality, ...]
    clear_day: bool
    shadow: tuple[float, float]
    """How far east and north of its shadow a cloud stands, metres."""
    haze: float
    """Share of the light that haze adds where it is average, 0 to about 0.15."""

    @classmethod
    def on(cls, day: date, epsg: int, seed: int) -> Sky:
        """Make the sky of a day. The sun stands as high as at 45 degrees north or 35 south, in a whole zone."""
        lat = 45.0 if epsg < 32700 else -35.0
        salt = scalar_hash(epsg, seed, day.toordinal(), 7)
        draws = [(scalar_hash(salt, n) & 0xFFFFFF) / 2**24 for n in range(3)]
        declination = -23.4 * math.cos(math.radians(360 / 365 * (day.timetuple().tm_yday + 10)))
        zenith = min(72.0, max(18.0, abs(lat - declination) * 0.92 + 6))
        length = (700 + 900 * draws[0]) * math.tan(math.radians(zenith))
        north = -1.0 if lat >= declination else 1.0
        azimuth = (0.5, 0.86 * north)  # the sun of half past ten stands in the south-east, or north-east
        clear = day in CLEAR_DAYS
        haze = 0.002 + 0.016 * draws[1] + (0.03 + 0.1 * draws[2] if draws[1] > 0.85 else 0.0)
        # Whole cells of the mask, so that one evaluation of the field serves clouds and shadows.
        east_m, north_m = (float(round(a * length / MASK_CELL_M) * MASK_CELL_M) for a in azimuth)
        return cls(salt, localities_in(epsg), clear, (east_m, north_m), 0.006 if clear else haze)

    def threshold(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Floats:
        """Compute the threshold (H, W) above which the cloud field is cloud: low where the weather is bad."""
        weather = smooth(xs, ys, 90_000, self.salt + 1) * F32(2.3) + smooth(xs, ys, 21_000, self.salt + 2) * F32(0.8)
        weather += F32(1.45)
        if self.clear_day:
            for locality in self.localities:
                d = ((xs - locality.x) ** 2)[None, :] + ((ys - locality.y) ** 2)[:, None]
                weather += np.clip(2 - 2 * d / _CLEAR_RADIUS_M**2, 0, 1).astype(F32) * F32(9)
        return weather

    def excess(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> tuple[Floats, Floats] | None:
        """Compute how far cloud and shadow are above the threshold at each point; None where the sky is empty."""
        dx, dy = self.shadow
        wide_x = np.array([xs[0], xs[-1], xs[0] + dx, xs[-1] + dx])
        wide_y = np.array([ys[0], ys[-1], ys[0] + dy, ys[-1] + dy])
        wide_x = np.linspace(wide_x.min() - 2000, wide_x.max() + 2000, 12)
        wide_y = np.linspace(wide_y.max() + 2000, wide_y.min() - 2000, 12)
        if self.threshold(wide_x, wide_y).min() > _FIELD_MAX:
            return None
        right, up = (xs[1] - xs[0]), (ys[0] - ys[1])
        if dx % right or dy % up:
            return self._excess(xs, ys), self._excess(xs + dx, ys + dy)
        i, j = int(dx / right), int(-dy / up)
        wide_x = xs[0] + right * np.arange(min(i, 0), xs.size + max(i, 0))
        wide_y = ys[0] - up * np.arange(min(j, 0), ys.size + max(j, 0))
        wide = self._excess(wide_x, wide_y)
        x0, y0 = max(-i, 0), max(-j, 0)
        over = wide[y0 : y0 + ys.size, x0 : x0 + xs.size]
        cast = wide[y0 + j : y0 + j + ys.size, x0 + i : x0 + i + xs.size]
        return over, cast

    def _excess(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Floats:
        """Compute the cloud field (H, W), about standard normal, less its threshold."""
        field = smooth(xs, ys, _OCTAVES[0][0], self.salt + 10) * F32(_OCTAVES[0][1])
        for n, (cell, weight) in enumerate(_OCTAVES[1:], 11):
            field += smooth(xs, ys, cell, self.salt + n) * F32(weight)
        return field * _NORM - self.threshold(xs, ys)

    def clear_cells(self, left: float, top: float, n_rows: int, n_cols: int) -> NDArray[np.bool_]:
        """Compute the cloud mask: True where there is neither cloud nor shadow, on cells of MASK_CELL_M.

        Args:
            left: western edge in metres, a multiple of MASK_CELL_M.
            top: northern edge, likewise.
            n_rows: cells from north to south.
            n_cols: cells from west to east.
        """
        xs = left + MASK_CELL_M * (np.arange(-1, n_cols + 1, dtype=np.float64) + 0.5)
        ys = top - MASK_CELL_M * (np.arange(-1, n_rows + 1, dtype=np.float64) + 0.5)
        parts = self.excess(xs, ys)
        if parts is None:
            return np.ones((n_rows, n_cols), bool)
        bad = (parts[0] > -0.12) | (parts[1] > -0.05)
        return np.asarray(~np.lib.stride_tricks.sliding_window_view(bad, (3, 3)).any(axis=(2, 3)))

    def cloud_cover(self, west: float, south: float, size_m: float) -> float:
        """Estimate the share of a square that is under cloud, 0 to 1, from 400 points of it."""
        at = (np.arange(20) + 0.5) * size_m / 20
        x, y = (a.ravel() for a in np.meshgrid(west + at, south + at))
        total = np.zeros(x.shape, F32)
        for n, (cell, weight) in enumerate(_OCTAVES[:2], 10):
            total += smooth_at(x, y, cell, self.salt + n) * F32(weight)
        total *= _NORM * F32(1.09)
        limit = self.threshold(west + at, (south + at)[::-1])[::-1].ravel()
        return float(np.mean(total > limit))

    def veil(self, xs: NDArray[np.float64], ys: NDArray[np.float64]) -> Veil:
        """Compute what the air does to each point."""
        haze = smooth(xs, ys, 6000, self.salt + 3)
        haze *= F32(0.35 * self.haze)
        haze += F32(self.haze)
        np.maximum(haze, 0, out=haze)
        parts = self.excess(xs, ys)
        if parts is None:
            return Veil(haze, None, None, None)
        cloud = np.clip(parts[0] * F32(1.5) + F32(0.06), 0, 1)
        shadow = np.clip(parts[1] * F32(2.6), 0, 1)
        shadow *= F32(0.62)
        thick = np.clip(F32(0.62) + parts[0] * F32(0.2), 0, F32(1.15))
        return Veil(haze, cloud, shadow, thick)


@dataclass(frozen=True)
class Veil:
    """Haze, cloud and shadow of each point of a window: shares 0 to 1, float32 (H, W); None where there are none."""

    haze: Floats
    cloud: Floats | None
    shadow: Floats | None
    thick: Floats | None
    """Brightness of the cloud, 1 for dense."""

    def over(self, reflectance: Floats, name: str) -> Floats:
        """Compute the reflectance of a band through this air; changes its argument."""
        b = BAND_NAMES.index(name)
        if self.shadow is not None:
            reflectance -= (reflectance - F32(_PATH[b])) * self.shadow
        reflectance += (F32(_HAZE[b]) - reflectance) * self.haze
        if self.cloud is not None and self.thick is not None:
            reflectance += (F32(_CLOUD[b]) * self.thick - reflectance) * self.cloud
        return reflectance
