"""Where a result comes from: products, dates, grid, network, versions and the request, for machines and auditors.

Nothing in it tells when or on which machine it was made: the same request with the same software gives the same text.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.grid import PIXEL_M, TILE_M, TileGrid
from lulc_core.domain.land_cover import LandCoverMap, ModelInfo
from lulc_core.version import __version__

HARMONISATION: Mapping[str, str] = {
    "open": "An offset that the product's metadata name was taken off; the origin says which.",
    "sentinel-hub": "The service takes the offset of processing baseline 04.00 and later off (harmonizeValues).",
    "geotiff": "An offset found in the file or given for it was taken off; what was assumed is in the notes.",
    "simulated": "None needed: reflectance is simulated.",
}
"""What was done about the offset of -1000, by source."""
_FACTS = ("id", "datetime", "level", "source", "simulated", "satellite")
ACQUISITION_FACTS = (*_FACTS, "cloud_cover_pct", "clear_share", "products", "baseline")
"""What summaries say of an acquisition."""
SENTINEL_LICENCE = "Legal notice on the use of Copernicus Sentinel Data and Service Information"
SENTINEL_LICENCE_URL = "https://sentinels.copernicus.eu/documents/247904/690755/Sentinel_Data_Legal_Notice"
LICENCE = (
    f"Made from Copernicus Sentinel data, which are free, full and open ({SENTINEL_LICENCE}, {SENTINEL_LICENCE_URL}). "
    "Whoever passes this result on must pass on the attribution."
)
SIMULATED_LICENCE = "Made from SIMULATED imagery: free to use for teaching and tests; it shows no real place."
_PACKAGES = ("numpy", "openvino", "pyogrio", "pyproj", "rasterio", "scipy", "shapely", "torch")


def rounded(share: float | None) -> float | None:
    """Round a share as all files have it; None, ``null`` in JSON, where it is not known."""
    return None if share is None else round(share, 4)


def licence(simulated: bool) -> str:
    """Say what one may do with the result, in a sentence."""
    return SIMULATED_LICENCE if simulated else LICENCE


def grid_facts(grid: TileGrid) -> dict[str, Any]:
    """Describe the cells of a map, ready for JSON."""
    return {
        "epsg": grid.epsg,
        "tile_m": TILE_M,
        "cell_m": grid.cell_m,
        "rows": grid.n_rows,
        "columns": grid.n_cols,
        "bounds_m": list(grid.bounds),
    }


def tags(model: ModelInfo, attribution: str, *, simulated: bool) -> dict[str, str]:
    """Name network, licence and software: metadata of every raster."""
    return {
        "simulated": "SIMULATED" if simulated else "no",
        "model": model.name,
        "model_sha256": model.sha256,
        "licence": licence(simulated),
        "TIFFTAG_COPYRIGHT": attribution,
        "TIFFTAG_SOFTWARE": f"LULC Explorer {__version__}",
    }


def versions() -> dict[str, str]:
    """Find the versions of this program and of the libraries that the numbers depend on."""
    found = {"lulc_core": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # torch or openvino, where only files are read and written
            continue
    return found


def provenance(
    kind: str,
    maps: Sequence[tuple[str, LandCoverMap]],
    *,
    aoi: Aoi,
    request: Mapping[str, Any],
    attribution: str,
    rule: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Make the content of provenance.json.

    Args:
        kind: ``map`` or ``compare``.
        maps: role (``map``, ``before``, ``after``, ``confirm``) and map of every date, in order.
        aoi: the drawn shape.
        request: what was asked for; never secrets, never whole paths.
        attribution: of all dates together.
        rule: of a comparison: the chances from which a difference counts.
    """
    first = maps[0][1]
    model = first.model
    simulated = any(m.simulated for _, m in maps)
    found: dict[str, Any] = {
        "kind": kind,
        "simulated": simulated,
        "attribution": attribution,
        "licence": licence(simulated),
        "request": dict(request),
        "area": {
            "name": aoi.name,
            "key": aoi.key,
            "hectares": round(aoi.area_m2 / 10_000, 4),
            "bbox_degrees": list(aoi.bbox),
        },
        "grid": {**grid_facts(first.grid), "pixel_m": PIXEL_M, "clipped_to_the_drawn_shape": True},
        "model": {
            "name": model.name,
            "sha256": model.sha256,
            "input": "red, green, blue (B04, B03, B02), stretched as EuroSAT: 1 + 254 * reflectance / 0.275",
        },
        "dates": [_date(role, m) for role, m in maps],
        "versions": versions(),
    }
    if rule is not None:
        found["change_rule"] = dict(rule)
    return found


def _date(role: str, m: LandCoverMap) -> dict[str, Any]:
    a = m.acquisition
    return {
        "role": role,
        **a.to_json(*_FACTS, "products", "baseline"),
        "harmonisation": HARMONISATION.get(a.source, "See the notes of the date."),
        **a.to_json("relative_orbit"),
        "origin": list(a.origin),
        "cloud_cover_of_granule_pct": a.cloud_cover_pct,
        "clear_share_of_area": rounded(m.clear_share_of_area),
        "left_out": m.left_out(),
        "notes": list(m.notes),
    }
