"""Small Sentinel-2 files made by the tests: never square, values that tell where a pixel is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray

from lulc_core.domain.bands import EUROSAT_MS_ORDER

EAST, NORTH = 488_320.0, 5_037_440.0
"""Corner of a lattice tile near Mesero (EPSG:32632), 640 m lattice: 763 x 640, 7871 x 640."""
ROWS, COLS = 130, 90

TOA_DN = {
    "B01": 1250,
    "B02": 950,
    "B03": 850,
    "B04": 700,
    "B05": 1000,
    "B06": 1900,
    "B07": 2300,
    "B08": 2250,
    "B8A": 2500,
    "B09": 700,
    "B10": 12,
    "B11": 1700,
    "B12": 1000,
}
"""A meadow and a lake beside it lie around these numbers."""


def planes(
    bands: Sequence[str] = EUROSAT_MS_ORDER, *, rows: int = ROWS, cols: int = COLS, seed: int = 0
) -> dict[str, NDArray[np.uint16]]:
    """Plausible L1C DN: ground with a dark lake in the north-west fifth; every pixel has a number of its own."""
    rng = np.random.default_rng(seed)
    ground = rng.normal(0, 0.08, (rows, cols)) + np.linspace(-0.1, 0.1, cols)
    lake = np.zeros((rows, cols), bool)
    lake[: rows // 3, : cols // 2] = True
    out = {}
    for band in bands:
        own = 0.08 if band in ("B09", "B11", "B12") else 0.01  # what these see differs from what the others see
        dn = TOA_DN[band] * (1 + ground + rng.normal(0, own, (rows, cols)))
        if band in ("B05", "B06", "B07", "B08", "B8A", "B11", "B12"):
            dn = np.where(lake, dn * 0.12, dn)
        out[band] = np.clip(np.rint(dn), 1, 65535).astype(np.uint16)
    return out


def write_tif(
    path: Path,
    layers: Mapping[str, NDArray] | NDArray,
    *,
    epsg: int | None = 32632,
    transform: Affine | None = None,
    pixel_m: float = 10.0,
    described: bool = True,
    tags: Mapping[str, str] | None = None,
    driver: str = "GTiff",
    **options: object,
) -> Path:
    """Writes bands (by name, or an array without names) as one file."""
    names = list(layers) if isinstance(layers, Mapping) else []
    array = np.stack([layers[n] for n in names]) if isinstance(layers, Mapping) else layers
    if transform is None:
        transform = Affine(pixel_m, 0, EAST, 0, -pixel_m, NORTH)
    profile = {
        "driver": driver,
        "count": len(array),
        "height": array.shape[1],
        "width": array.shape[2],
        "dtype": array.dtype,
        **options,
    }
    if epsg is not None:
        profile |= {"crs": f"EPSG:{epsg}", "transform": transform}
    if driver == "JP2OpenJPEG":
        profile |= {"QUALITY": "100", "REVERSIBLE": "YES", "YCBCR420": "NO"}
    with rasterio.open(path, "w", **profile) as out:
        out.write(array)
        for index, name in enumerate(names if described else [], start=1):
            out.set_band_description(index, name)
        if tags:
            out.update_tags(**tags)
    return path
