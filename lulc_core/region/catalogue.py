"""A region as a STAC collection: one item for each UTM zone, since classes are never moved to another grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import shapely

from lulc_core.domain.classes import CLASSES
from lulc_core.domain.scene import Acquisition
from lulc_core.export.files import json_bytes
from lulc_core.export.provenance import SENTINEL_LICENCE_URL, licence
from lulc_core.export.stac import COG_TYPE
from lulc_core.region.blocks import RegionBlock
from lulc_core.region.rasters import zone_grid
from lulc_core.region.request import RegionRequest

COLLECTION_FILE = "collection.json"
_EXTENSIONS = ["https://stac-extensions.github.io/projection/v2.0.0/schema.json"]


def catalogue_files(
    request: RegionRequest,
    acquisitions: Sequence[Acquisition],
    blocks: Sequence[RegionBlock],
    files: Mapping[str, str],
    attribution: str,
) -> dict[str, bytes]:
    """Make collection.json and an item for each zone.

    Args:
        request: of the region.
        acquisitions: that its blocks are made from, oldest first.
        blocks: of the region.
        files: SHA-256 of every file of the region, by name.
        attribution: of them all.
    """
    simulated = any(a.simulated for a in acquisitions)
    mark = "SIMULATED imagery, no real observation. " if simulated else ""
    start = acquisitions[0].datetime if acquisitions else datetime.combine(request.start, datetime.min.time(), UTC)
    end = acquisitions[-1].datetime if acquisitions else datetime.combine(request.end, datetime.min.time(), UTC)
    zones = sorted({b.epsg for b in blocks})
    text = f"{mark}Land cover in ten EuroSAT classes, cells of {request.cell_m} m, UTM zone by UTM zone. {attribution}"
    west, south, east, north = shapely.geometry.shape(request.aoi.to_geojson()).bounds
    collection = {
        "type": "Collection",
        "stac_version": "1.1.0",
        "id": f"lulc-region-{request.key}",
        "title": f"{mark}Land cover of {request.aoi.name or 'a region'}",
        "description": text,
        "license": "other",
        "extent": {
            "spatial": {"bbox": [[west, south, east, north]]},
            "temporal": {"interval": [[_utc(start), _utc(end)]]},
        },
        "links": [
            *({"rel": "item", "href": f"./item_{z}.json", "type": "application/geo+json"} for z in zones),
            *([] if simulated else [{"rel": "license", "href": SENTINEL_LICENCE_URL}]),
        ],
        "assets": {
            name.replace(".", "_"): {"href": f"./{name}", "roles": ["data"], "lulc:sha256": sha256}
            for name, sha256 in files.items()
            if not name.endswith(".tif")
        },
        "lulc:classes": [{"value": c.id, "name": c.name, "color_hint": c.color.removeprefix("#")} for c in CLASSES],
        "lulc:simulated": simulated,
        "lulc:licence": licence(simulated),
    }
    out = {COLLECTION_FILE: json_bytes(collection)}
    for zone in zones:
        of_zone = [b for b in blocks if b.epsg == zone]
        grid = zone_grid(of_zone, request.cell_m)
        outlines = shapely.union_all([shapely.Polygon(b.outline()) for b in of_zone])
        item = {
            "type": "Feature",
            "stac_version": "1.1.0",
            "stac_extensions": _EXTENSIONS,
            "id": f"lulc-region-{request.key}-{zone}",
            "collection": collection["id"],
            "geometry": shapely.geometry.mapping(outlines),
            "bbox": list(outlines.bounds),
            "properties": {
                "datetime": None,
                "start_datetime": _utc(start),
                "end_datetime": _utc(end),
                "title": f"{mark}Land cover, EPSG:{zone}",
                "gsd": request.cell_m,
                "proj:code": f"EPSG:{zone}",
                "proj:shape": list(grid.shape),
                "proj:transform": list(grid.tile_transform),
                "lulc:simulated": simulated,
                "lulc:attribution": attribution,
            },
            "links": [{"rel": "collection", "href": f"./{COLLECTION_FILE}", "type": "application/json"}],
            "assets": {
                name.removesuffix(f"_{zone}.tif"): {
                    "href": f"./{name}",
                    "type": COG_TYPE,
                    "roles": ["data"],
                    "lulc:sha256": sha256,
                }
                for name, sha256 in files.items()
                if name.endswith(f"_{zone}.tif")
            },
        }
        out[f"item_{zone}.json"] = json_bytes(item)
    return out


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
