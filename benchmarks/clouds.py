"""How much of real scenes s2cloudless and the guess at bright cloud call cloud, as they are and under a film of cloud.

    python -m benchmarks.clouds --scenes ../shared/data/scenes --patches ../shared/data/EuroSAT_MS_sample.zip

The film is made by formula: reflectance ``r + (1 - 1.1 r) x ground`` in all bands; a high one has 0.7 r in B10, a low
one nothing there and 0.35 r in B09. Prints the table of docs/clouds.md.
"""

from __future__ import annotations

import argparse
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from benchmarks.machine import describe_machine
from lulc_core.domain.bands import BAND_NAMES, EUROSAT_MS_ORDER
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.sources.base import FIRST_ACQUISITION
from lulc_core.sources.clouds.bright import CLOUD_BANDS, bright_clouds
from lulc_core.sources.clouds.detect import block_means, detect_clouds
from lulc_core.sources.clouds.trees import BANDS
from lulc_core.sources.geotiff.source import GeoTiffSource

Planes = Mapping[str, NDArray[np.float32]]
CLOUDY = "eolearn_SVN_2015-08-20_L1C_13b"
SNOW = "terramind_609U_541L_3_0_L1C_13b"
FILMS = (("high", 0.02), ("high", 0.04), ("low", 0.08), ("low", 0.12), ("low", 0.20))
MUCH = 0.02
"""Share of a patch from which it counts as cloudy."""


def planes_of(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read all bands of a scene on its tiles, NaN where nothing was observed."""
    source = GeoTiffSource([path])
    area = source.footprint()
    (acquisition,) = source.search(area, FIRST_ACQUISITION, datetime.now(UTC).date(), previews=False)
    scene = source.load(acquisition, BAND_NAMES, TileGrid.from_aoi(area))
    return {
        band: np.where(scene.observed, values, np.nan).astype(np.float32)
        for band, values in zip(scene.bands, scene.reflectance, strict=True)
    }


def with_film(planes: Planes, height: str, r: float) -> Planes:
    """Put a film of cloud over all of a scene."""
    share = {"B10": 0.7 if height == "high" else 0.0, "B09": 1.0 if height == "high" else 0.35}
    return {
        band: np.asarray(r * share.get(band, 1.0) + (1 - 1.1 * r) * values, np.float32)
        for band, values in planes.items()
    }


def shares(planes: Planes) -> tuple[float, float]:
    """Share of what was observed that s2cloudless and the guess at bright cloud call cloud, 0 to 1."""
    seen = np.isfinite(planes["B04"])
    blocks = {band: block_means(planes[band], PIXEL_M) for band in BANDS}
    guessed = bright_clouds({band: np.nan_to_num(planes[band]) for band in CLOUD_BANDS}, pixel_m=PIXEL_M)
    return float(detect_clouds(blocks, seen.shape)[seen].mean()), float(guessed[seen].mean())


def patches_called_cloudy(archive: Path) -> dict[str, Any]:
    """Count patches of EuroSAT with 13 bands of which more than 2 % is called cloud."""
    found = []
    with zipfile.ZipFile(archive) as files:
        for name in sorted(n for n in files.namelist() if n.endswith(".tif")):
            with rasterio.MemoryFile(files.read(name)) as memory, memory.open(driver="GTiff") as file:
                values = file.read().astype(np.float32) / 10_000
            found.append(shares(dict(zip(EUROSAT_MS_ORDER, values, strict=True))))
    both = np.array(found) > MUCH
    return {"patches": len(found), "s2cloudless": int(both[:, 0].sum()), "bright": int(both[:, 1].sum())}


def measure(scenes: Path, patches: Path | None) -> dict[str, Any]:
    """Measure all scenes that are there, each as it is and under every film."""
    paths = sorted(scenes.glob("*_L1C_13b.tif"))
    if not paths:
        raise SystemExit(f"No scene ..._L1C_13b.tif in {scenes}.")
    rows: dict[str, list[tuple[float, float]]] = {}
    for path in paths:
        planes = planes_of(path)
        kind = {CLOUDY: "cloudy", SNOW: "snow"}.get(path.stem, "clear")
        rows.setdefault(kind, []).append(shares(planes))
        if kind != "cloudy":
            for height, r in FILMS:
                rows.setdefault(f"{height} film, r = {r}", []).append(shares(with_film(planes, height, r)))
    result: dict[str, Any] = {
        kind: {
            "scenes": len(found),
            "s2cloudless_pct": [round(100 * end([s for s, _ in found]), 1) for end in (min, max)],
            "bright_pct": [round(100 * end([b for _, b in found]), 1) for end in (min, max)],
        }
        for kind, found in rows.items()
    }
    return result | ({"EuroSAT": patches_called_cloudy(patches)} if patches else {})


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=Path, required=True, help="folder with scenes of 13 bands, ..._L1C_13b.tif")
    parser.add_argument("--patches", type=Path, help="zip of EuroSAT's patches with 13 bands")
    args = parser.parse_args()
    print(json.dumps({**measure(args.scenes, args.patches), **describe_machine()}, indent=1))


if __name__ == "__main__":
    main()
