"""A map as files that other programs read: two GeoTIFFs, a GeoJSON and a summary.

The same map gives the same bytes: nothing in the files tells when or where they were written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, NO_DATA
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.land_cover import LandCoverMap, flag_names
from lulc_core.export.files import TileOutlines, tile_raster, write_files
from lulc_core.export.provenance import licence
from lulc_core.render.colors import rgb
from lulc_core.version import __version__

FILE_NAMES = ("land_cover.tif", "probabilities.tif", "tiles.geojson", "summary.json")
"""What :func:`write_map` writes, in this order."""


class HasLandCover(Protocol):
    """What a written map is made from; ``pipeline.ClassifyResult`` is one."""

    @property
    def land_cover(self) -> LandCoverMap:
        """The map, at the detail asked for."""

    @property
    def tiles(self) -> LandCoverMap:
        """The same ground in tiles of 640 m; the map itself where that is its detail."""


def write_map(
    result: HasLandCover, folder: Path, *, aoi: Aoi | None = None, extra_notes: Sequence[str] = ()
) -> tuple[Path, ...]:
    """Writes land_cover.tif, probabilities.tif, tiles.geojson and summary.json.

    Everything is made first and written under temporary names; only when all four are complete are they renamed.
    Files of these four names are replaced, whatever else lies in the folder is left alone.

    Args:
        result: what ``pipeline.classify`` returned.
        folder: made where it does not exist.
        aoi: the drawn shape; the summary then holds its outline.
        extra_notes: sentences to add to the summary's notes.

    Returns:
        The four paths, in the order of FILE_NAMES.

    Raises:
        InputError: the folder's name is that of a file.
        SourceError: the disk is full, the folder must not be written to.
    """
    folder = Path(folder)
    check_folder(folder)
    files = map_files(result, aoi=aoi, extra_notes=extra_notes)
    return write_files(files, folder, what="the map")


def check_folder(folder: Path) -> None:
    """Refuses a folder that cannot be written to, before any work is done for it.

    Raises:
        InputError: its name is that of a file, or it cannot be written to.
    """
    nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not nearest.is_dir():
        raise InputError(f"{nearest} is a file; a folder is needed.", hint="Give another folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{nearest} must not be written to.", hint="Give a folder that you may write to.")


def map_files(result: HasLandCover, *, aoi: Aoi | None = None, extra_notes: Sequence[str] = ()) -> dict[str, bytes]:
    """The four files of :func:`write_map` in memory, by name, for a download."""
    land_cover = result.land_cover
    numbers = summary(result, aoi=aoi, extra_notes=extra_notes)
    return {
        "land_cover.tif": land_cover_tif(land_cover),
        "probabilities.tif": probabilities_tif(land_cover),
        "tiles.geojson": tiles_geojson(result.tiles).encode(),
        "summary.json": (json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(),
    }


def summary(result: HasLandCover, *, aoi: Aoi | None = None, extra_notes: Sequence[str] = ()) -> dict[str, Any]:
    """What a map says in numbers, ready for JSON. Key names are a contract that scripts depend on.

    ``areas_ha`` has all ten classes, 0 where one does not occur, clipped to the drawn shape on the UTM grid.
    """
    land_cover = result.land_cover
    acquisition, grid = land_cover.acquisition, land_cover.grid
    hectares = land_cover.class_ha
    out: dict[str, Any] = {
        "areas_ha": {name: round(float(hectares[i]), 4) for i, name in enumerate(CLASS_NAMES)},
        "tiles": _counts(result.tiles),
        "cells": _counts(land_cover),
        "area": {
            "total_ha": round(land_cover.total_ha, 4),
            "named_ha": round(float(hectares.sum()), 4),
            "left_out_ha": round(land_cover.left_out_ha, 4),
        },
        "acquisition": {
            "id": acquisition.id,
            "datetime": acquisition.datetime.isoformat(),
            "level": acquisition.level,
            "source": acquisition.source,
            "simulated": acquisition.simulated,
            "satellite": acquisition.satellite,
            "cloud_cover_pct": _float(acquisition.cloud_cover_pct),
            "clear_share": _float(acquisition.clear_share),
            "products": list(acquisition.products),
            "baseline": acquisition.baseline,
        },
        "model": {"name": land_cover.model.name, "sha256": land_cover.model.sha256},
        "grid": {
            "epsg": grid.epsg,
            "tile_m": TILE_M,
            "cell_m": grid.cell_m,
            "rows": grid.n_rows,
            "columns": grid.n_cols,
            "bounds_m": list(grid.bounds),
        },
        "attribution": acquisition.attribution,
        "notes": list(dict.fromkeys([*land_cover.notes, *extra_notes])),
        "versions": {"lulc_core": __version__},
    }
    if aoi is not None:
        out["area"]["name"] = aoi.name
        out["area"]["geometry"] = aoi.to_geojson()
    return out


def tiles_geojson(land_cover: LandCoverMap) -> str:
    """The tiles with ground in the drawn shape as a GeoJSON FeatureCollection, one feature a line.

    Polygons are whole tiles in longitude and latitude (WGS 84), cut at the antimeridian (RFC 7946). ``class`` and
    ``probability`` are null where a tile has no name, ``probabilities`` where the network was not asked.
    """
    acquisition = land_cover.acquisition
    head = {
        "type": "FeatureCollection",
        "name": f"land_cover_{acquisition.date}",
        "attribution": acquisition.attribution,
        "licence": licence(acquisition.simulated),
        "simulated": acquisition.simulated,
    }
    lines = ",\n".join(json.dumps(f, allow_nan=False) for f in _features(land_cover))
    return json.dumps(head)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def _features(land_cover: LandCoverMap) -> Iterator[dict[str, Any]]:
    grid = land_cover.grid
    outlines = TileOutlines(grid)
    for row, col in np.argwhere(grid.inside).tolist():
        class_id = int(land_cover.class_ids[row, col])
        p = land_cover.probabilities[row, col]
        asked = bool(np.isfinite(p[0]))
        classified = class_id != NO_DATA
        yield {
            "type": "Feature",
            "geometry": outlines.geometry(row, col),
            "properties": {
                "tile_id": grid.tile_id(row, col),
                "class": CLASS_NAMES[class_id] if classified else None,
                "probability": round(float(p[class_id]), 6) if classified else None,
                "probabilities": {n: round(float(p[i]), 6) for i, n in enumerate(CLASS_NAMES)} if asked else None,
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


def _float(value: float | None) -> float | None:
    # Sources compute these with numpy, whose numbers JSON does not know.
    return None if value is None else float(value)


def land_cover_tif(land_cover: LandCoverMap) -> bytes:
    """Class ids as a GeoTIFF with the class colours, one pixel per cell, 255 where there is no class."""
    return tile_raster(
        land_cover.grid,
        land_cover.class_ids[np.newaxis],
        ["land cover class"],
        nodata=NO_DATA,
        tags=map_tags(land_cover),
        colors={c.id: (*rgb(c.color), 255) for c in CLASSES} | {NO_DATA: (0, 0, 0, 0)},
        names={f"class_{c.id}": c.name for c in CLASSES},
        overviews="MODE",
    )


def probabilities_tif(land_cover: LandCoverMap) -> bytes:
    """Ten bands of probabilities as a GeoTIFF, one pixel per cell, NaN where the network was not asked."""
    bands = np.moveaxis(land_cover.probabilities, 2, 0)
    return tile_raster(
        land_cover.grid, bands, CLASS_NAMES, nodata=float("nan"), tags=map_tags(land_cover), overviews="AVERAGE"
    )


def map_tags(land_cover: LandCoverMap) -> dict[str, str]:
    """Metadata of every raster made from a map."""
    acquisition = land_cover.acquisition
    return {
        "acquisition_id": acquisition.id,
        "acquisition_datetime": acquisition.datetime.isoformat(),
        "level": acquisition.level,
        "source": acquisition.source,
        "simulated": "SIMULATED" if acquisition.simulated else "no",
        "model": land_cover.model.name,
        "model_sha256": land_cover.model.sha256,
        "licence": licence(acquisition.simulated),
        "TIFFTAG_COPYRIGHT": acquisition.attribution,
        "TIFFTAG_SOFTWARE": f"LULC Explorer {__version__}",
    }
