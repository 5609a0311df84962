"""The valid-data polygon of a file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape as to_shape

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import FileFormatError
from lulc_core.isolation.calls import isolated
from lulc_core.isolation.limits import HEADER
from lulc_core.sources.geotiff.read import RasterLayer, open_raster, read_values, thinned

MAX_SIDE_PX = 512
"""The mask is looked at with at most this many pixels a side."""
INSET_PX = 0.1
MAX_PARTS = 20
"""Of a footprint in many pieces only the largest are kept."""


@isolated(HEADER, name=lambda layer, **_: layer.path.name)
def trace_footprint(layer: RasterLayer, *, name: str = "") -> Aoi:
    """Trace the ground where a layer has measurements.

    Straight where the data end straight, a tenth of a pixel inside; of files larger than 512 pixels a side exact to one
    512th of the side, of huge ones in blocks to a block.

    Raises:
        FileFormatError: the file breaks, holds no measurement, or lies where no area can.
    """
    from rasterio.features import shapes
    from rasterio.warp import transform

    with open_raster(layer.path) as dataset:
        step = max(max(dataset.height, dataset.width) / MAX_SIDE_PX, 1.0)
        whole = max(int(dataset.height / step), 1), max(int(dataset.width / step), 1)
        for rows, cols in dict.fromkeys((thinned(layer, dataset, whole), whole)):
            valid = np.isfinite(read_values(layer, dataset, shape=(rows, cols)))
            if valid.any():  # else what little there is may lie between
                break
        if not valid.any():
            raise FileFormatError(f"{layer.path.name} holds no measurement: every pixel is no-data.")
        if valid.mean() > 0.995:  # single dead pixels do not make a hole in an area
            outline: Any = shapely.box(0, 0, cols, rows)
        else:
            parts = [to_shape(g) for g, _ in shapes(valid.astype(np.uint8), mask=valid)]
            parts = sorted(parts, key=lambda p: -p.area)[:MAX_PARTS]
            parts = [
                shapely.Polygon(p.exterior, [h for h in p.interiors if shapely.Polygon(h).area > 100]) for p in parts
            ]
            outline = shapely.simplify(shapely.union_all(parts), 1.0)
        # A hair inside: rounding must not call in a rim of tiles beside data that end on the lattice.
        outline = shapely.buffer(outline, -INSET_PX * rows / dataset.height, join_style="mitre")
        # Straight lines of the file's own system are curves in degrees.
        outline = shapely.segmentize(outline, max(rows, cols) / 64)
        affine = dataset.transform @ dataset.transform.scale(dataset.width / cols, dataset.height / rows)
        crs = dataset.crs

    def to_lonlat(points: Any) -> Any:
        x, y = affine @ (points[:, 0], points[:, 1])
        lon, lat = np.array(transform(crs, "EPSG:4326", x, y))
        # One ring must not jump from 180 to -180: count on from its first point.
        return np.column_stack([lon[0] + (lon - lon[0] + 180) % 360 - 180, lat])

    # Vertices that bend an edge by less than a decimetre add nothing.
    outline = shapely.make_valid(shapely.simplify(shapely.transform(outline, to_lonlat), 1e-6))
    polygons = [p for p in getattr(outline, "geoms", [outline]) if isinstance(p, shapely.Polygon)]
    if not polygons or not all(math.isfinite(v) for v in shapely.total_bounds(polygons)):
        raise FileFormatError(f"{layer.path.name} does not lie on Earth: its coordinate system is wrong.")
    return Aoi.from_geometry(polygons, name=name)
