"""Clear share over the area and a small picture, from the overviews of the L2A twin."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.radiometry import SCL_CLEAR
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.open_archive.cog import open_cog
from lulc_core.sources.open_archive.l2a import best_twins
from lulc_core.sources.open_archive.stac import TwinItem
from lulc_core.sources.open_archive.web import Web
from lulc_core.sources.preview import encode_png, pixels_inside

MAX_PREVIEWS = 10
"""Acquisitions of one search that get a clear share and a picture by themselves: the clearest by granule."""
PREVIEW_PX = 256
"""Longer side of a preview: one block of an overview holds that much, and as much is read for less."""
MAX_PIXEL_M = 320.0
_previews: LRUCache[tuple[str, str], tuple[float | None, bytes | None]] = LRUCache(maxsize=512)
_previews_lock = threading.Lock()


def look(web: Web, aoi: Aoi, acquisition: Acquisition, items: Sequence[TwinItem], control: Control) -> Acquisition:
    """Give an acquisition its clear share and picture; what was seen is kept in the process.

    Args:
        web: the client.
        aoi: the area.
        acquisition: of a search.
        items: its L2A twins.
        control: deadline and stop.

    Raises:
        SourceError: bytes did not come.
    """
    twins = best_twins(items, ("scl",))
    key = (" ".join(item.assets["scl"] for _, item in twins), aoi.key)
    with _previews_lock:
        kept = _previews.get(key)
    if kept is None:
        kept = _look(web, aoi, [item for _, item in twins], control)
        with _previews_lock:
            _previews[key] = kept
    return replace(acquisition, clear_share=kept[0], preview=kept[1])


def _look(web: Web, aoi: Aoi, items: Sequence[TwinItem], control: Control) -> tuple[float | None, bytes | None]:
    bounds, shape = _frame(aoi)
    inside = pixels_inside(aoi, bounds, shape)
    if not inside.any():  # an area smaller than a pixel
        inside = np.ones_like(inside)
    scl = np.zeros(shape, np.uint8)
    picture = np.zeros((3, *shape), np.uint8)
    for item in items:
        if (scl[inside] > 0).all():
            break
        fresh = scl == 0
        classes = _read(web, item.assets["scl"], aoi.epsg, bounds, shape, control)[0]
        scl[fresh] = classes[fresh]
        if "visual" in item.assets:
            colours = _read(web, item.assets["visual"], aoi.epsg, bounds, shape, control)[:3]
            if len(colours) == 3:
                picture[:, fresh] = colours[:, fresh]
    share = round(float(np.isin(scl, SCL_CLEAR)[inside].mean()), 4)
    return share, encode_png(picture, scl > 0) if picture.any() else None


def _read(
    web: Web, url: str, epsg: int, bounds: tuple[float, ...], shape: tuple[int, int], control: Control
) -> NDArray[np.uint8]:
    """Read a file on a coarse raster, nearest pixels of the overview that suffices: uint8 (channels, rows, columns)."""
    from affine import Affine
    from rasterio.enums import Resampling
    from rasterio.transform import from_bounds
    from rasterio.warp import reproject, transform_bounds
    from rasterio.windows import Window

    target = from_bounds(*bounds, shape[1], shape[0])
    pixel = (bounds[2] - bounds[0]) / shape[1]
    with open_cog(web, url, control) as dataset:
        out = np.zeros((dataset.count, *shape), np.uint8)
        left, bottom, right, top = transform_bounds(f"EPSG:{epsg}", dataset.crs, *bounds)
        corner, step = dataset.transform, dataset.transform.a
        col0, row0 = max(int((left - corner.c) / step) - 2, 0), max(int((corner.f - top) / step) - 2, 0)
        col1 = min(int((right - corner.c) / step) + 3, dataset.width)
        row1 = min(int((corner.f - bottom) / step) + 3, dataset.height)
        if col0 < col1 and row0 < row1:
            window = Window(col0, row0, col1 - col0, row1 - row0)
            coarse = max(pixel / step, 1.0)
            size = max(round(window.height / coarse), 1), max(round(window.width / coarse), 1)
            seen = dataset.read(window=window, out_shape=(dataset.count, *size))  # from the overview that suffices
            scale = dataset.window_transform(window) @ Affine.scale(window.width / size[1], window.height / size[0])
            place = {"src_transform": scale, "src_crs": dataset.crs, "dst_transform": target, "dst_crs": f"EPSG:{epsg}"}
            reproject(seen, out, resampling=Resampling.nearest, **place)
    return out


def _frame(aoi: Aoi) -> tuple[tuple[float, float, float, float], tuple[int, int]]:
    """Bounds on whole pixels around the area, rows and columns; at most :data:`PREVIEW_PX` a side."""
    west, south, east, north = aoi.projected.bounds
    pixel = min(max(20.0, math.ceil(max(east - west, north - south) / (PREVIEW_PX - 1) / 20) * 20.0), MAX_PIXEL_M)
    left, top = math.floor(west / pixel) * pixel, math.ceil(north / pixel) * pixel
    width, height = max(math.ceil((east - left) / pixel), 1), max(math.ceil((top - south) / pixel), 1)
    return (left, top - height * pixel, left + width * pixel, top), (height, width)
