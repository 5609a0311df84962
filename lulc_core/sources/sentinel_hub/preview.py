"""Previews of acquisitions: how clear each is over the area itself, and a small picture."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from cachetools import LRUCache

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.preview import encode_png, pixels_inside
from lulc_core.sources.sentinel_hub.login import Account
from lulc_core.sources.sentinel_hub.requests import (
    MAX_PIXEL_M,
    PREVIEW_PX,
    SETTLED,
    Bounds,
    fetch_picture,
    is_clear,
)

MAX_PREVIEWS = 12
"""Acquisitions of one search that get a clear share and a picture by themselves: the clearest by granule."""
NO_CLOUD_INFORMATION = "No cloud information: there is no L2A product of this overpass."
_previews: LRUCache[tuple[str, str, str], tuple[float | None, bytes]] = LRUCache(maxsize=256)
_previews_lock = threading.Lock()


def fetch_preview(account: Account, aoi: Aoi, acquisition: Acquisition, control: Control) -> Acquisition:
    """Give an acquisition its clear share and picture; pictures are kept in the process."""
    key = (account.base_url, acquisition.id, aoi.key)
    with _previews_lock:
        kept = _previews.get(key)
    if kept is None:
        kept, complete = _preview(account, aoi, acquisition, control)
        if complete or datetime.now(UTC) - acquisition.datetime > SETTLED:
            with _previews_lock:
                _previews[key] = kept
    share, picture = kept
    notes = acquisition.notes if share is not None else (*acquisition.notes, NO_CLOUD_INFORMATION)
    return replace(acquisition, clear_share=share, preview=picture, notes=notes)


def _preview(
    account: Account, aoi: Aoi, acquisition: Acquisition, control: Control
) -> tuple[tuple[float | None, bytes], bool]:
    """Fetch clear share (None where nothing is known of clouds) and PNG; and whether the L2A product was there."""
    bounds, shape = _preview_frame(aoi)

    inside = pixels_inside(aoi, bounds, shape)
    if not inside.any():  # an area smaller than a pixel
        inside = np.ones_like(inside)
    picture = fetch_picture(account, "L2A", aoi.epsg, bounds, shape, acquisition.datetime, control)
    known = (picture[4] > 0) & (picture[3] > 0)
    if known[inside].any():
        share: float | None = round(float((known & is_clear(picture[3]))[inside].mean()), 4)
        observed, complete = picture[4] > 0, True
    else:
        picture = fetch_picture(account, "L1C", aoi.epsg, bounds, shape, acquisition.datetime, control)
        observed, complete = picture[3] > 0, False
        # Nothing is known of clouds; but where nothing was observed, nothing is clear either.
        share = None if observed[inside].any() else 0.0
    return (share, encode_png(picture[:3], observed)), complete


def _preview_frame(aoi: Aoi) -> tuple[Bounds, tuple[int, int]]:
    """Bounds on whole pixels around the area, rows and columns; at most :data:`PREVIEW_PX` a side."""
    west, south, east, north = aoi.projected.bounds
    pixel = min(max(10.0, math.ceil(max(east - west, north - south) / (PREVIEW_PX - 1) / 10) * 10.0), MAX_PIXEL_M)
    left, top = math.floor(west / pixel) * pixel, math.ceil(north / pixel) * pixel
    width = min(max(math.ceil((east - left) / pixel), 1), PREVIEW_PX)
    height = min(max(math.ceil((top - south) / pixel), 1), PREVIEW_PX)
    return (left, top - height * pixel, left + width * pixel, top), (height, width)
