"""A small window of single bands with the satellite's own pixels: nearest neighbour, not interpolated to 10 m."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import PIXEL_M
from lulc_core.domain.radiometry import to_reflectance
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.client import fetch
from lulc_core.sources.sentinel_hub.errors import host_of, unreadable
from lulc_core.sources.sentinel_hub.login import Account
from lulc_core.sources.sentinel_hub.requests import Layer, as_channels, evalscript, process_request, processing_units

Bounds = tuple[float, float, float, float]


def window_job(
    account: Account, when: datetime, bands: Sequence[str], bounds: Bounds, epsg: int
) -> Callable[[Control], NDArray[np.float32]]:
    """The work of fetching a window.

    Args:
        account: whose units it costs.
        when: sensing time.
        bands: L1C names.
        bounds: left, bottom, right, top, metres of the zone, on multiples of 10 m.
        epsg: the zone.

    Returns:
        A function for ``background.run_one``; gives float32 (bands, rows, columns) of 10 m cells with the reflectance
        of the pixel that each lies in, NaN where nothing was observed.
    """
    layer = Layer("l1c-own-" + "".join(bands), "L1C", tuple(bands), "UINT16", "NEAREST")
    width, height = window_size(bounds)

    def job(control: Control) -> NDArray[np.float32]:
        request = process_request(
            base_url=account.base_url,
            config=account.config,
            level=layer.level,
            script=evalscript(layer),
            outputs=("default", "mask"),
            when=when,
            upsampling=layer.upsampling,
            epsg=epsg,
            bounds=bounds,
            size=(width, height),
        )
        limit = 2 * width * height * layer.channels * layer.dtype.itemsize + 1_000_000
        return _read(fetch(account, request, control, max_bytes=limit), layer, (height, width), account.base_url)

    return job


def window_units(bands: Sequence[str], bounds: Bounds) -> float:
    """Processing units that a window costs."""
    return processing_units(*window_size(bounds), len(bands))


def window_size(bounds: Bounds) -> tuple[int, int]:
    """Width and height in cells of 10 m."""
    left, bottom, right, top = bounds
    return round((right - left) / PIXEL_M), round((top - bottom) / PIXEL_M)


def _read(reply: Any, layer: Layer, shape: tuple[int, int], base_url: str) -> NDArray[np.float32]:
    if not isinstance(reply, dict) or not {"default.tif", "mask.tif"} <= set(reply):
        raise unreadable(host_of(base_url), "an archive without the pictures that were asked for")
    dn = as_channels(reply["default.tif"], len(layer.bands), shape, layer.dtype, base_url)
    mask = as_channels(reply["mask.tif"], 1, shape, np.dtype(np.uint8), base_url)[0] > 0
    # The service has taken the offset of baseline 04.00 off already (harmonizeValues).
    return np.where(mask, to_reflectance(dn), np.float32(np.nan)).astype(np.float32)
