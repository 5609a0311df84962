"""A map as files that other programs read: two GeoTIFFs, a GeoJSON and a summary.

The same map gives the same bytes: nothing in the files tells when or where they were written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core import __version__
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASS_NAMES, CLASSES, NO_DATA
from lulc_core.domain.errors import InputError, SourceError
from lulc_core.domain.grid import TILE_HA, TILE_M, TileGrid
from lulc_core.domain.land_cover import LandCoverMap, flag_names
from lulc_core.render.colors import rgb

FILE_NAMES = ("land_cover.tif", "probabilities.tif", "tiles.geojson", "summary.json")
"""What :func:`write_map` writes, in this order."""
_DECIMALS = 7  # of a degree: about 1 cm


class HasLandCover(Protocol):
    """What a written map is made from; ``pipeline.ClassifyResult`` is one."""

    @property
    def land_cover(self) -> LandCoverMap:
        """The map."""


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
    made = [p for p in (folder, *folder.parents) if not p.exists()]
    temporary = {name: folder / f".{name}.{os.getpid()}.part" for name in files}
    complete = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            temporary[name].write_bytes(data)
        for name in files:
            temporary[name].replace(folder / name)
        complete = True
    except OSError as error:
        raise SourceError(
            f"The map cannot be written to {folder}: {error.strerror or error}.",
            hint="Give a folder that you may write to, on a disk with room.",
        ) from error
    finally:
        if not complete:  # also after Ctrl-C
            for path in temporary.values():
                with suppress(OSError):
                    path.unlink()
            for path in made:
                with suppress(OSError):  # a folder that holds something stays
                    path.rmdir()
    return tuple(folder / name for name in FILE_NAMES)


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
        "land_cover.tif": _land_cover_tif(land_cover),
        "probabilities.tif": _probabilities_tif(land_cover),
        "tiles.geojson": tiles_geojson(land_cover).encode(),
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
        "tiles": {
            "total": grid.n_tiles,
            "classified": int(np.count_nonzero(land_cover.named)),
            "left_out": land_cover.left_out(),
        },
        "area": {
            "total_ha": round(float(grid.coverage.sum(dtype=np.float64)) * TILE_HA, 4),
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
            "cloud_cover_pct": acquisition.cloud_cover_pct,
            "clear_share": acquisition.clear_share,
            "products": list(acquisition.products),
            "baseline": acquisition.baseline,
        },
        "model": {"name": land_cover.model.name, "sha256": land_cover.model.sha256},
        "grid": {
            "epsg": grid.epsg,
            "tile_m": TILE_M,
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
        "simulated": acquisition.simulated,
    }
    lines = ",\n".join(json.dumps(f, allow_nan=False) for f in _features(land_cover))
    return json.dumps(head)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def _features(land_cover: LandCoverMap) -> Iterator[dict[str, Any]]:
    grid = land_cover.grid
    lon, lat = _corners(grid)
    for row, col in np.argwhere(grid.inside).tolist():
        class_id = int(land_cover.class_ids[row, col])
        p = land_cover.probabilities[row, col]
        asked = bool(np.isfinite(p[0]))
        named = class_id != NO_DATA
        ring = [(row + 1, col), (row + 1, col + 1), (row, col + 1), (row, col), (row + 1, col)]
        yield {
            "type": "Feature",
            "geometry": _geometry([(lon[k], lat[k]) for k in ring]),
            "properties": {
                "tile_id": grid.tile_id(row, col),
                "class": CLASS_NAMES[class_id] if named else None,
                "probability": round(float(p[class_id]), 6) if named else None,
                "probabilities": {n: round(float(p[i]), 6) for i, n in enumerate(CLASS_NAMES)} if asked else None,
                "clear_share": round(float(land_cover.clear_share[row, col]), 4),
                "flags": list(flag_names(int(land_cover.flags[row, col]))),
            },
        }


def _corners(grid: TileGrid) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude and latitude of all tile corners, each (rows + 1, columns + 1), degrees."""
    from pyproj import Transformer

    left, _, _, top = grid.bounds
    x, y = np.meshgrid(left + TILE_M * np.arange(grid.n_cols + 1), top - TILE_M * np.arange(grid.n_rows + 1))
    back = Transformer.from_crs(f"EPSG:{grid.epsg}", "EPSG:4326", always_xy=True)
    lon, lat = back.transform(x, y)
    return np.asarray(lon), np.asarray(lat)


def _geometry(ring: Sequence[tuple[float, float]]) -> dict[str, Any]:
    lons = [float(p[0]) for p in ring]
    if max(lons) - min(lons) <= 180:
        return {"type": "Polygon", "coordinates": [_rounded(ring)]}
    whole = shapely.Polygon([(x % 360, y) for x, y in ring])
    parts = []
    for west, shift in ((0, 0), (180, -360)):
        part = shapely.intersection(whole, shapely.box(west, -90, west + 180, 90))
        if part.area > 0:
            coordinates = shapely.get_coordinates(shapely.orient_polygons(part))
            parts.append([_rounded([(x + shift, y) for x, y in coordinates])])
    return {"type": "MultiPolygon", "coordinates": parts}


def _rounded(ring: Sequence[tuple[float, float]]) -> list[list[float]]:
    return [[round(float(x), _DECIMALS), round(float(y), _DECIMALS)] for x, y in ring]


def _land_cover_tif(land_cover: LandCoverMap) -> bytes:
    colors = {c.id: (*rgb(c.color), 255) for c in CLASSES} | {NO_DATA: (0, 0, 0, 0)}
    names = {f"class_{c.id}": c.name for c in CLASSES}
    return _geotiff(
        land_cover, land_cover.class_ids[np.newaxis], ["land cover class"], nodata=NO_DATA, colors=colors, names=names
    )


def _probabilities_tif(land_cover: LandCoverMap) -> bytes:
    bands = np.moveaxis(land_cover.probabilities, 2, 0)
    return _geotiff(land_cover, bands, list(CLASS_NAMES), nodata=float("nan"))


def _geotiff(
    land_cover: LandCoverMap,
    bands: NDArray[Any],
    descriptions: Sequence[str],
    *,
    nodata: float,
    colors: Mapping[int, tuple[int, ...]] | None = None,
    names: dict[str, str] | None = None,
) -> bytes:
    from rasterio.crs import CRS
    from rasterio.io import MemoryFile
    from rasterio.transform import Affine

    acquisition = land_cover.acquisition
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": land_cover.grid.n_rows,
        "width": land_cover.grid.n_cols,
        "count": len(bands),
        "dtype": bands.dtype.name,
        "crs": CRS.from_epsg(land_cover.grid.epsg),
        "transform": Affine(*land_cover.grid.tile_transform),
        "nodata": nodata,
        "compress": "deflate",
        "interleave": "band",
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as file:
            file.write(bands)
            for i, text in enumerate(descriptions, start=1):
                file.set_band_description(i, text)
            if colors is not None:
                file.write_colormap(1, dict(colors))
            if names is not None:
                # GDAL keeps category names in a file of its own beside a GeoTIFF; tags travel inside it.
                file.update_tags(1, **names)
            file.update_tags(
                acquisition_id=acquisition.id,
                acquisition_datetime=acquisition.datetime.isoformat(),
                level=acquisition.level,
                source=acquisition.source,
                simulated="SIMULATED" if acquisition.simulated else "no",
                model=land_cover.model.name,
                model_sha256=land_cover.model.sha256,
                TIFFTAG_COPYRIGHT=acquisition.attribution,
                TIFFTAG_SOFTWARE=f"LULC Explorer {__version__}",
            )
        return bytes(memory.getbuffer())
