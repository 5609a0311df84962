"""Clouds as the L1C product itself knows them: opaque cloud and cirrus, no shadow. A second choice."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.domain.errors import SourceError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.projection import from_lonlat, to_lonlat
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.open_archive.bucket import Bucket
from lulc_core.sources.open_archive.coverage import Part
from lulc_core.sources.open_archive.l1c import Held, read_classes
from lulc_core.sources.open_archive.products import parse_xml


def read_masks(
    bucket: Bucket, held: Sequence[Held], parts: Sequence[Part], grid: TileGrid, control: Control
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Read the products' own cloud masks.

    Returns:
        bool (rows, columns) each: cloud, and where the masks say anything at all.
    """
    cloud, known = np.zeros(grid.shape_px, bool), np.zeros(grid.shape_px, bool)
    for part in parts:
        fresh = np.kron(part.tiles, np.ones((TILE_PX, TILE_PX), bool)) & ~known
        try:
            here = _mask(bucket, held[part.index], part, grid, control)
        except SourceError:
            continue  # without its mask nothing is known of the clouds of this product; the caller says so
        if here is not None:
            cloud |= here & fresh
            known |= fresh
    return cloud, known


def _mask(bucket: Bucket, one: Held, part: Part, grid: TileGrid, control: Control) -> NDArray[np.bool_] | None:
    files = bucket.files(one.product, control)
    raster = next((path for path in files if path.endswith("MSK_CLASSI_B00.jp2")), None)
    if raster is not None:
        classes = read_classes(bucket, one, raster, grid, part.tiles, control)
        return np.asarray((np.nan_to_num(classes[:2]) > 0).any(axis=0))  # opaque cloud, cirrus; the third is snow
    outlines = next((path for path in files if "MSK_CLOUDS" in path and path.endswith(".gml")), None)
    if outlines is None:
        return None
    name = f"mask/{outlines}"
    data = bucket.store.read(name)
    if data is None:
        data = bucket.web.get(bucket.url(outlines), f"the cloud mask of {one.product.name}", control)
    shapes = parse_outlines(data, one.product.name)
    bucket.store.write(name, data)
    return _burn(shapes, one.square.epsg, grid)


def parse_outlines(data: bytes, product: str) -> list[shapely.Polygon]:
    """Read the polygons of ``MSK_CLOUDS_B00.gml``, metres of the granule's zone; none where there is no cloud.

    Raises:
        ServiceError: it is no GML.
    """
    root = parse_xml(data, f"The cloud mask of {product}")
    shapes = []
    for element in root.iter():
        if not str(element.tag).endswith("}posList") or not element.text:
            continue
        numbers = np.array([float(v) for v in element.text.split()])
        dimension = int(_dimension(element))
        if len(numbers) >= 4 * dimension and len(numbers) % dimension == 0:
            outline = shapely.make_valid(shapely.Polygon(numbers.reshape(-1, dimension)[:, :2]))
            shapes.append(outline)
    return [s for s in shapes if s.area > 0]


def _dimension(element: Element) -> str:
    return element.attrib.get("srsDimension", "2")


def _burn(shapes: list[shapely.Polygon], epsg: int, grid: TileGrid) -> NDArray[np.bool_]:
    """True where a pixel's middle lies in a polygon."""
    out = np.zeros(grid.shape_px, bool)
    if not shapes:
        return out
    ground = shapely.union_all(shapes)
    if epsg != grid.epsg:
        ground = shapely.transform(ground, lambda c: np.column_stack(from_lonlat(grid.epsg, *to_lonlat(epsg, *c.T))))
    from affine import Affine
    from rasterio.features import geometry_mask

    return ~geometry_mask([ground], grid.shape_px, Affine(*grid.transform))
