"""A result as a STAC item: what its files are, for catalogues and for programs that find rasters by their metadata.

STAC 1.1.0 with the extensions projection 2.0.0, raster 2.0.0, classification 2.0.0 and machine learning model 1.4.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lulc_core.domain.classes import CLASS_NAMES, CLASSES, N_CLASSES, NO_DATA
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.land_cover import FLAG_LABELS, LandCoverMap
from lulc_core.export.bundle import Bundle
from lulc_core.export.provenance import SENTINEL_LICENCE_URL, licence

EXTENSIONS = (
    "https://stac-extensions.github.io/projection/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
    "https://stac-extensions.github.io/mlm/v1.4.0/schema.json",
)
COG_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"
MEDIA_TYPES = {
    ".tif": COG_TYPE,
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".csv": "text/csv",
    ".qml": "application/xml",
    ".xml": "application/xml",
    ".txt": "text/plain",
}
_INPUT_BANDS = (("B04", "red"), ("B03", "green"), ("B02", "blue"))
_SAMPLED: dict[str, Any] = {"raster:sampling": "area"}


def stac_item(
    bundle: Bundle, files: Mapping[str, bytes], *, item_id: str, model_file: str, card: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Make the item.

    Args:
        bundle: the result.
        files: contents by name of everything the item is to point to, relative to itself.
        item_id: its name.
        model_file: which of the files describes the network.
        card: the network's card, where it is at hand: architecture, training data.

    Returns:
        Ready for JSON. Tells no time of making: ``created`` is left out so that equal requests give equal items.
    """
    grid = bundle.after.land_cover.grid
    first, last = bundle.dates[0].acquisition, bundle.after.acquisition
    mark = "SIMULATED imagery, no real observation. " if bundle.simulated else ""
    compared = f" and what changed since {first.date}" if bundle.kind == "compare" else ""
    when: dict[str, Any] = {"datetime": _utc(last.datetime)}
    if bundle.kind == "compare":
        when = {"datetime": None, "start_datetime": _utc(first.datetime), "end_datetime": _utc(last.datetime)}
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": list(EXTENSIONS),
        "id": item_id,
        "geometry": bundle.aoi.to_geojson(),
        "bbox": _bbox(bundle),
        "properties": {
            **when,
            "title": f"{mark}Land cover of {last.date}{compared}",
            "description": f"{mark}Land cover in ten EuroSAT classes, cells of {grid.cell_m} m. {bundle.attribution}. "
            + licence(bundle.simulated),
            "license": "other",
            "platform": last.satellite.lower().replace("s2", "sentinel-2") or "sentinel-2",
            "constellation": "sentinel-2",
            "instruments": ["msi"],
            "gsd": grid.cell_m,
            "lulc:simulated": bundle.simulated,
            "lulc:attribution": bundle.attribution,
            "proj:code": f"EPSG:{grid.epsg}",
            "proj:bbox": list(grid.bounds),
            "bands": [{"name": n, "description": f"input of the network: {c}"} for n, c in _INPUT_BANDS],
            **_model(bundle, card),
        },
        "links": [{"rel": "license", "href": SENTINEL_LICENCE_URL, "title": "Copernicus Sentinel data"}],
        "assets": {},
    }
    if bundle.simulated:
        item["links"] = []
    rasters = _rasters(bundle)
    for name, data in files.items():
        plain = name.removeprefix("SIMULATED_")
        asset: dict[str, Any] = {
            "href": f"./{name}",
            "type": MEDIA_TYPES.get("." + name.rpartition(".")[2], "application/octet-stream"),
            "roles": ["data"] if name.endswith((".tif", ".gpkg", ".geojson")) else ["metadata"],
            "lulc:sha256": hashlib.sha256(data).hexdigest(),
            "lulc:size_bytes": len(data),
        }
        if plain in rasters:
            asset |= rasters[plain]
        elif name == model_file:
            asset |= {"roles": ["mlm:model", "metadata"], "title": "Card of the network", "mlm:artifact_type": "card"}
        item["assets"][plain.replace(".", "_")] = asset
    return item


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bbox(bundle: Bundle) -> list[float]:
    """Bring longitudes into -180 to 180: across the antimeridian the western one is the larger (RFC 7946, 5.2)."""
    west, south, east, north = bundle.aoi.bbox
    return [west + 360 if west < -180 else west, south, east - 360 if east > 180 else east, north]


def _model(bundle: Bundle, card: Mapping[str, Any] | None) -> dict[str, Any]:
    """Describe the network that classified the tiles, in the words of the machine-learning-model extension."""
    info = bundle.after.land_cover.model
    known = card or {}
    return {
        "mlm:name": f"lulc-{info.name}",
        "mlm:architecture": str(known.get("architecture") or "convolutional neural network"),
        "mlm:framework": "PyTorch",
        "mlm:tasks": ["scene-classification"],
        "mlm:hyperparameters": {"weights_sha256": info.sha256},
        "mlm:input": [
            {
                "name": "true-colour tile, stretched as EuroSAT: 1 + 254 * reflectance / 0.275",
                "bands": [n for n, _ in _INPUT_BANDS],
                "input": {
                    "shape": [-1, 3, TILE_PX, TILE_PX],
                    "dim_order": ["batch", "channel", "height", "width"],
                    "data_type": "uint8",
                },
                "resize_type": None,
            }
        ],
        "mlm:output": [
            {
                "name": "calibrated probabilities",
                "tasks": ["scene-classification"],
                "result": {"shape": [-1, N_CLASSES], "dim_order": ["batch", "class"], "data_type": "float32"},
                "classification:classes": _classes(no_data=False),
            }
        ],
    }


def _classes(*, no_data: bool = True) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"value": c.id, "name": c.name, "description": c.map_label, "color_hint": c.color.removeprefix("#")}
        for c in CLASSES
    ]
    if no_data:
        text = "no class: outside the drawn shape or left out"
        found.append({"value": NO_DATA, "name": "none", "description": text, "nodata": True})
    return found


def _rasters(bundle: Bundle) -> dict[str, dict[str, Any]]:
    """Return the fields of the raster assets, by file name without the mark of simulated ones."""
    found: dict[str, dict[str, Any]] = {}
    for stem, dated in zip(bundle.stems, bundle.dates, strict=True):
        day, grid = dated.acquisition.date, dated.tiles.grid
        found |= _of_map(stem, dated.land_cover, day)
        if dated.tiles is not dated.land_cover:
            found |= _of_map(f"{stem}tiles_", dated.tiles, f"{day}, tiles of 640 m")
        bands = [_band(n, "uint8", c, **_SAMPLED) for n, c in _INPUT_BANDS]
        side = dated.pixel_m
        transform = [side, *grid.transform[1:4], -side, grid.transform[5]]
        place = {"proj:shape": list(dated.picture.shape[:2]), "proj:transform": transform}
        picture = {"title": f"True colour, {day}", "roles": ["visual"], **place, "bands": bands, "gsd": round(side)}
        found[f"{stem}true_colour.tif"] = picture
    if bundle.kind == "compare":
        classes: dict[str, Any] = {"nodata": NO_DATA, "classification:classes": _classes()}
        bands = [_band("from", **classes), _band("to", **classes), _band("chance", text="0 to 1", nodata=NO_DATA)]
        title = "What changed: class before, class after, chance of change"
        found["change.tif"] = _cells(title, bundle.after.land_cover.grid, bands)
    return found


def _of_map(stem: str, land_cover: LandCoverMap, when: str) -> dict[str, dict[str, Any]]:
    grid = land_cover.grid
    size: dict[str, Any] = {"raster:spatial_resolution": grid.cell_m}
    labels: dict[str, Any] = {"nodata": NO_DATA, **_SAMPLED, **size, "classification:classes": _classes()}
    probabilities = [_band(n, text="calibrated probability, 0 to 1", nodata="nan", **size) for n in CLASS_NAMES]
    flags = ", ".join(f"{int(flag)} {text}" for flag, text in FLAG_LABELS.items())
    shares = [("flags", f"sum of: {flags}"), ("clear_share", "0 to 1"), ("share_in_drawn_shape", "0 to 1")]
    quality = _cells(
        f"Flags, clear share and share in the drawn shape, {when}", grid, [_band(n, text=t, **size) for n, t in shares]
    )
    return {
        f"{stem}land_cover.tif": _cells(f"Land cover, {when}", grid, [_band("class", "uint8", **labels)]),
        f"{stem}probabilities.tif": _cells(f"Probabilities of the classes, {when}", grid, probabilities),
        f"{stem}quality.tif": {**quality, "roles": ["data", "data-mask"]},
    }


def _cells(title: str, grid: TileGrid, bands: list[dict[str, Any]]) -> dict[str, Any]:
    place = {"proj:shape": list(grid.shape), "proj:transform": list(grid.tile_transform)}
    return {"title": title, "roles": ["data"], **place, "bands": bands, "gsd": grid.cell_m}


def _band(name: str, data_type: str = "float32", text: str = "", **fields: Any) -> dict[str, Any]:
    return {"name": name, "data_type": data_type, **({"description": text} if text else {}), **fields}
