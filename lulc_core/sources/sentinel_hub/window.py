"""A small window of single bands with the satellite's own pixels: nearest neighbour, not interpolated to 10 m."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.radiometry import to_reflectance
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.login import Account
from lulc_core.sources.sentinel_hub.requests import Bounds, HubLayer, fetch_layer, processing_units, shape_px


def fetch_window(
    account: Account, when: datetime, bands: Sequence[str], bounds: Bounds, epsg: int, control: Control
) -> NDArray[np.float32]:
    """Fetch a window; see :meth:`SentinelHubSource.own_pixels`.

    Args:
        account: whose units it costs.
        when: sensing time.
        bands: L1C names.
        bounds: left, bottom, right, top, metres of the zone, on multiples of 10 m.
        epsg: the zone.
        control: of the job that this is.
    """
    layer = HubLayer("l1c-own-" + "".join(bands), "L1C", tuple(bands), "UINT16", "NEAREST")
    pixels = fetch_layer(account, layer, epsg, bounds, when, control)
    # The service has taken the offset of baseline 04.00 off already (harmonizeValues).
    return np.where(pixels[-1] > 0, to_reflectance(pixels[:-1]), np.float32(np.nan)).astype(np.float32)


def window_units(bands: Sequence[str], bounds: Bounds) -> float:
    """Count the processing units of a window."""
    rows, cols = shape_px(bounds)
    return processing_units(cols, rows, len(bands))
