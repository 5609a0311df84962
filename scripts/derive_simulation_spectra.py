"""Derives lulc_core/sources/simulation/spectra.csv from the public EuroSAT data set (statistics only, no pixels).

For each material: its top-of-atmosphere spectrum at twelve steps from its darkest to its brightest red, and the spread
of what is left over ("hue"). Red, green and blue come from EuroSAT's RGB patches (training part), the other bands from
the pixels of the multispectral patches whose colour is nearest.

    python scripts/derive_simulation_spectra.py ../shared/data/EuroSAT.zip ../shared/data/EuroSAT_MS_sample.zip
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from rasterio.io import MemoryFile

from lulc_core.domain.bands import BAND_NAMES, EUROSAT_MS_ORDER, RGB
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.radiometry import EUROSAT_MAX_REFLECTANCE

STEPS = 12
PATCHES = 600
NEAREST = 300
OUT = Path(__file__).parents[1] / "lulc_core/sources/simulation/spectra.csv"
I_RGB = [BAND_NAMES.index(b) for b in RGB]
I_NIR, I_RED, I_GREEN = (BAND_NAMES.index(b) for b in ("B08", "B04", "B03"))


def read_rgb(path: str) -> dict[str, np.ndarray]:
    """Reflectance (pixels, 3) of red, green, blue by class; patches under blue haze are left aside."""
    names: dict[str, list[str]] = {c: [] for c in CLASS_NAMES}
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            match = re.search(r"(\w+)/(\w+_\d+)\.jpg$", name)
            if match and int(hashlib.sha256(match[2].encode()).hexdigest()[:8], 16) % 10 < 8:
                names[match[1]].append(name)
        pixels = {}
        for cls, files in names.items():
            chosen = np.random.default_rng(0).choice(sorted(files), PATCHES, replace=False)
            grey = np.stack([np.asarray(Image.open(io.BytesIO(z.read(n)))) for n in chosen]).astype(np.float32)
            mean = grey.mean((1, 2))
            blue = mean[:, 2] - mean[:, 0]
            clean = blue < np.median(blue) + 2.0 * np.median(np.abs(blue - np.median(blue))) + 8
            pixels[cls] = (grey[clean].reshape(-1, 3) - 1) / 254 * EUROSAT_MAX_REFLECTANCE
    return pixels


def read_ms(path: str) -> dict[str, np.ndarray]:
    """Reflectance (pixels, 13) in wavelength order by class."""
    order = [EUROSAT_MS_ORDER.index(b) for b in BAND_NAMES]
    found: dict[str, list[np.ndarray]] = {c: [] for c in CLASS_NAMES}
    with zipfile.ZipFile(path) as z:
        for name in z.namelist():
            match = re.search(r"(\w+)/\w+_\d+\.tif$", name)
            if match:
                with MemoryFile(z.read(name)) as file, file.open() as source:
                    found[match[1]].append(source.read()[order].reshape(13, -1).T / 1e4)
    return {c: np.concatenate(v).astype(np.float32) for c, v in found.items()}


def ramp(rgb: np.ndarray, ms: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(STEPS, 13) mean spectra of the quantiles of red, and (13,) spread of the colour that red does not explain."""
    sums = rgb[:, 0] + 0.3 * rgb[:, 1:].sum(1)
    ranks = np.argsort(sums, kind="stable")
    steps = []
    for part in np.array_split(ranks, STEPS):
        centre = rgb[part].mean(0)
        distance = ((ms[:, I_RGB] - centre) ** 2).sum(1)
        spectrum = ms[np.argpartition(distance, NEAREST)[:NEAREST]].mean(0)
        spectrum[I_RGB] = centre
        steps.append(spectrum)
    table = np.array(steps)
    key = ms[:, I_RGB[0]] + 0.3 * ms[:, I_RGB[1:]].sum(1)
    keys = table[:, I_RGB[0]] + 0.3 * table[:, I_RGB[1:]].sum(1)
    left = ms - np.stack([np.interp(key, keys, table[:, b]) for b in range(13)], 1)
    left = left[(key > keys[0]) & (key < keys[-1])]
    left -= left.mean(0)
    weight = np.ones(13)
    weight[I_RGB] = 6
    _, s, vt = np.linalg.svd((left * weight)[:: max(1, len(left) // 20000)], full_matrices=False)
    n = len(left[:: max(1, len(left) // 20000)])
    hue = vt[0] * s[0] / np.sqrt(n) / weight
    return table, hue * np.sign(hue[I_RGB[0]] - hue[I_RGB[2]] + 1e-9)


def main() -> None:
    """Writes the table."""
    rgb, ms = read_rgb(sys.argv[1]), read_ms(sys.argv[2])
    materials = {c: (rgb[c], ms[c]) for c in CLASS_NAMES}
    road = ms["Highway"]
    ndvi = (road[:, I_NIR] - road[:, I_RED]) / (road[:, I_NIR] + road[:, I_RED])
    red, blue = road[:, I_RED], road[:, BAND_NAMES.index("B02")]
    road = road[(ndvi < 0.33) & (red > 0.07) & (red < 0.17) & (np.abs(red - blue + 0.004) < 0.014)]
    water = ms["River"]
    water = water[(water[:, I_NIR] < 0.07) & (water[:, I_GREEN] > water[:, I_NIR])]
    materials["Road"] = (road[:, I_RGB], road)
    materials["RiverWater"] = (water[:, I_RGB], water)
    with OUT.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["material", "step", *BAND_NAMES])
        for name, (colours, spectra) in materials.items():
            table, hue = ramp(colours, spectra)
            for step, row in enumerate(table):
                writer.writerow([name, step, *(f"{v:.4f}" for v in row)])
            writer.writerow([name, "hue", *(f"{v:.4f}" for v in hue)])
            print(name, np.rint(1 + table[:, I_RGB] / EUROSAT_MAX_REFLECTANCE * 254).astype(int).tolist())
            print("   hue", np.round(hue[I_RGB] / EUROSAT_MAX_REFLECTANCE * 254, 1), len(spectra))


if __name__ == "__main__":
    main()
