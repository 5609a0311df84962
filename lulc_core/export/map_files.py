"""A map as files that other programs read: two GeoTIFFs, a GeoJSON and a summary.

The same map gives the same bytes: nothing in the files tells when or where they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, NO_DATA
from lulc_core.domain.land_cover import LandCoverMap, flag_names
from lulc_core.export.files import TileOutlines, feature_collection, json_bytes, probabilities_by_class, tile_raster
from lulc_core.export.provenance import ACQUISITION_FACTS, grid_facts, rounded, tags
from lulc_core.render.colors import rgb
from lulc_core.version import __version__

CLASS_STYLE: dict[str, Any] = {
    "colors": {c.id: (*rgb(c.color), 255) for c in CLASSES} | {NO_DATA: (0, 0, 0, 0)},
    "names": {f"class_{c.id}": c.name for c in CLASSES},
}
"""Colours and names of a raster of classes, as ``cog.cog`` takes them."""


def map_files(land_cover: LandCoverMap, tiles: LandCoverMap, *, aoi: Aoi | None = None) -> dict[str, bytes]:
    """Make land_cover.tif, probabilities.tif, tiles.geojson and summary.json; arguments as of :func:`summary`."""
    return {
        "land_cover.tif": land_cover_tif(land_cover),
        "probabilities.tif": probabilities_tif(land_cover),
        "tiles.geojson": tiles_geojson(tiles).encode(),
        "summary.json": json_bytes(summary(land_cover, tiles, aoi=aoi), indent=2),
    }


def summary(land_cover: LandCoverMap, tiles: LandCoverMap, *, aoi: Aoi | None = None) -> dict[str, Any]:
    """Say a map in numbers, ready for JSON. Key names are a contract that scripts depend on.

    ``areas_ha`` has all ten classes, 0 where one does not occur, clipped to the drawn shape on the UTM grid; for roads
    and rivers it is the ground of the squares that one crosses, which ``squares_crossed`` counts.

    Args:
        land_cover: the map at the resolution asked for.
        tiles: the same ground in tiles of 640 m; the map itself where that is its resolution.
        aoi: the drawn shape; the summary then holds its outline.
    """
    acquisition = land_cover.acquisition
    hectares = land_cover.class_ha
    out: dict[str, Any] = {
        "areas_ha": {name: round(float(hectares[i]), 4) for i, name in enumerate(CLASS_NAMES)},
        "tiles": _counts(tiles),
        "cells": _counts(land_cover),
        "squares_crossed": {
            c.name: {
                "cells": int(np.count_nonzero(land_cover.class_ids == c.id)),
                "pct_of_area": round(100 * float(hectares[c.id]) / land_cover.total_ha, 4),
            }
            for c in CLASSES
            if c.is_line
        },
        "area": {
            "total_ha": round(land_cover.total_ha, 4),
            "named_ha": round(float(hectares.sum()), 4),
            "left_out_ha": round(land_cover.left_out_ha, 4),
        },
        "acquisition": {
            **acquisition.to_json(*ACQUISITION_FACTS),
            "clear_share": rounded(land_cover.clear_share_of_area),
        },
        "model": {"name": land_cover.model.name, "sha256": land_cover.model.sha256},
        "grid": grid_facts(land_cover.grid),
        "attribution": acquisition.attribution,
        "notes": list(dict.fromkeys(land_cover.notes)),
        "versions": {"lulc_core": __version__},
    }
    if aoi is not None:
        out["area"]["name"] = aoi.name
        out["area"]["geometry"] = aoi.to_geojson()
    return out


def tiles_geojson(land_cover: LandCoverMap) -> str:
    """Write the tiles with ground in the drawn shape as a GeoJSON FeatureCollection, one feature a line.

    Polygons are whole tiles in longitude and latitude (WGS 84), cut at the antimeridian (RFC 7946). ``class`` and
    ``probability`` are null where a tile has no name, ``probabilities`` where nothing was predicted.
    """
    a = land_cover.acquisition
    features = _features(land_cover)
    return feature_collection(f"land_cover_{a.date}", features, attribution=a.attribution, simulated=a.simulated)


def _features(land_cover: LandCoverMap) -> Iterator[dict[str, Any]]:
    grid = land_cover.grid
    outlines = TileOutlines(grid)
    for row, col in np.argwhere(grid.inside).tolist():
        class_id = int(land_cover.class_ids[row, col])
        p = land_cover.probabilities[row, col]
        predicted = bool(np.isfinite(p[0]))
        classified = class_id != NO_DATA
        yield {
            "type": "Feature",
            "geometry": outlines.geometry(row, col),
            "properties": {
                "tile_id": grid.tile_id(row, col),
                "class": CLASS_NAMES[class_id] if classified else None,
                "probability": round(float(p[class_id]), 6) if classified else None,
                "probabilities": probabilities_by_class(land_cover, row, col) if predicted else None,
                "clear_share": round(float(land_cover.clear_share[row, col]), 4),
                "flags": list(flag_names(int(land_cover.flags[row, col]))),
            },
        }


def _counts(land_cover: LandCoverMap) -> dict[str, Any]:
    return {
        "total": land_cover.grid.n_tiles,
        "classified": int(np.count_nonzero(land_cover.classified)),
        "left_out": land_cover.left_out(),
    }


def land_cover_tif(land_cover: LandCoverMap) -> bytes:
    """Write class ids as a GeoTIFF with the class colours, one pixel per cell, 255 for cells without a class."""
    return tile_raster(
        land_cover.grid,
        land_cover.class_ids[np.newaxis],
        ["land cover class"],
        nodata=NO_DATA,
        tags=map_tags(land_cover),
        overviews="MODE",
        **CLASS_STYLE,
    )


def probabilities_tif(land_cover: LandCoverMap) -> bytes:
    """Write ten bands of probabilities as a GeoTIFF, one pixel per cell, NaN where nothing was predicted."""
    bands = np.moveaxis(land_cover.probabilities, 2, 0)
    return tile_raster(
        land_cover.grid, bands, CLASS_NAMES, nodata=float("nan"), tags=map_tags(land_cover), overviews="AVERAGE"
    )


def map_tags(land_cover: LandCoverMap) -> dict[str, str]:
    """Describe the rasters that are made from a map."""
    acquisition = land_cover.acquisition
    return {
        "acquisition_id": acquisition.id,
        "acquisition_datetime": acquisition.datetime.isoformat(),
        "level": acquisition.level,
        "source": acquisition.source,
        **tags(land_cover.model, acquisition.attribution, simulated=acquisition.simulated),
    }
