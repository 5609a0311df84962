"""Pictures from the Process API: evalscripts, requests in the grid's own pixels, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, RGB
from lulc_core.domain.grid import PIXEL_M
from lulc_core.domain.radiometry import SCL_CLEAR
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.client import collection, fetch
from lulc_core.sources.sentinel_hub.errors import host_of, unreadable
from lulc_core.sources.sentinel_hub.login import Account

WINDOW = timedelta(minutes=30)
"""Half the time range of a request. One overpass crosses an area within a minute; the next orbit comes 100 minutes
later, so this takes in exactly one. Fractions of a second, which the client drops, do not matter."""
PREVIEW_PX = 128
"""Longer side of a preview."""
PREVIEW_GAIN = 2.5
"""Reflectance times this is what a preview shows; 1.0 is white."""
MAX_PIXEL_M = 1500.0
"""The services refuse coarser pixels. Source: live error body, SENTINEL_HUB.md section 5."""
SETTLED = timedelta(days=30)
"""Until then an empty tile may still be filled, by a late granule or its L2A product, and is not kept."""

SampleType = Literal["UINT8", "UINT16"]
Bounds = tuple[float, float, float, float]
"""Left, bottom, right, top in metres of a UTM zone."""


@dataclass(frozen=True)
class HubLayer:
    """One kind of pixels that is asked for and kept."""

    name: str
    """For cache keys."""
    level: Literal["L1C", "L2A"]
    bands: tuple[str, ...]
    sample_type: SampleType
    upsampling: str

    @property
    def channels(self) -> int:
        """Bands and, last, the mask of what was observed."""
        return len(self.bands) + 1

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the delivered numbers."""
        return np.dtype(self.sample_type.lower())


def reflectance_layer(bands: Sequence[str]) -> HubLayer:
    """Make the layer of L1C digital numbers of bands, 20 and 60 m ones resampled as in EuroSAT (cubic).

    Source: EuroSAT's multispectral files were resampled with cubic splines; BICUBIC is the service's nearest.
    """
    ordered = tuple(b for b in BAND_NAMES if b in bands)
    name = "l1c-all" if ordered == BAND_NAMES else "l1c-" + "".join(ordered)
    return HubLayer(name, "L1C", ordered, "UINT16", "BICUBIC")


SCL_LAYER = HubLayer("scl", "L2A", ("SCL",), "UINT8", "NEAREST")
"""The scene classification. Classes must not be mixed, hence NEAREST."""


def is_clear(scl: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """True where no cloud or shadow is known; so also where the scene classification says nothing (0)."""
    return (scl == 0) | np.isin(scl, SCL_CLEAR)


def _script(bands: Sequence[str], **outputs: tuple[SampleType, list[str]]) -> str:
    """Write a script from digital numbers of bands to outputs: their type and the terms of their channels."""
    names = ", ".join(f'"{band}"' for band in bands)
    kinds = ",\n      ".join(
        f'{{id: "{name}", bands: {len(samples)}, sampleType: "{kind}"}}' for name, (kind, samples) in outputs.items()
    )
    terms = ", ".join(f"{name}: [{', '.join(samples)}]" for name, (_, samples) in outputs.items())
    return f"""//VERSION=3
function setup() {{
  return {{
    input: [{{bands: [{names}], units: "DN"}}],
    output: [
      {kinds}
    ]
  }};
}}
function evaluatePixel(s) {{
  return {{{terms}}};
}}
"""


def fetch_layer(
    account: Account, layer: HubLayer, epsg: int, bounds: Bounds, when: datetime, control: Control
) -> NDArray[Any]:
    """Fetch a layer's pixels of 10 m within bounds, one request.

    Returns:
        (channels, rows, columns) of the layer's dtype; the last channel is 1 where observed, else 0, and where it is 0
        all are.

    Raises:
        ServiceError: other pictures than were asked for.
    """
    samples = [f"s.{band}" for band in layer.bands]
    script = _script((*layer.bands, "dataMask"), default=(layer.sample_type, samples), mask=("UINT8", ["s.dataMask"]))
    pixels, mask = _fetch_images(
        account,
        control,
        level=layer.level,
        script=script,
        outputs={"default": (len(layer.bands), layer.dtype), "mask": (1, np.dtype(np.uint8))},
        when=when,
        upsampling=layer.upsampling,
        epsg=epsg,
        bounds=bounds,
        shape=shape_px(bounds),
    )
    observed = mask > 0  # (1, rows, columns)
    return np.concatenate([pixels * observed, observed.astype(layer.dtype)])


def fetch_picture(
    account: Account,
    level: str,
    epsg: int,
    bounds: Bounds,
    shape: tuple[int, int],
    when: datetime,
    control: Control,
) -> NDArray[np.uint8]:
    """Fetch a small picture of a level, nearest pixels.

    Returns:
        uint8 (4 or 5, rows, columns): red, green and blue for the eye, the scene class (L2A only), the mask.

    Raises:
        ServiceError: another picture than was asked for.
    """
    others = ("SCL", "dataMask") if level == "L2A" else ("dataMask",)
    gain = 255 * PREVIEW_GAIN / 10_000
    samples = [*(f"{gain:g} * s.{band}" for band in RGB), *(f"s.{band}" for band in others)]
    (picture,) = _fetch_images(
        account,
        control,
        level=level,
        script=_script((*RGB, *others), default=("UINT8", samples)),
        outputs={"default": (len(samples), np.dtype(np.uint8))},
        when=when,
        upsampling="NEAREST",
        epsg=epsg,
        bounds=bounds,
        shape=shape,
    )
    return picture


def _fetch_images(
    account: Account,
    control: Control,
    *,
    level: str,
    script: str,
    outputs: Mapping[str, tuple[int, np.dtype[Any]]],
    when: datetime,
    upsampling: str,
    epsg: int,
    bounds: Bounds,
    shape: tuple[int, int],
) -> tuple[NDArray[Any], ...]:
    """Fetch the pictures (channels, rows, columns) that an evalscript makes of one acquisition.

    ``outputs`` gives the channels and dtype of each by name; :data:`WINDOW` is taken before and after ``when``.
    """
    from sentinelhub import CRS, BBox, MimeType, ResamplingType, SentinelHubRequest

    moment = when.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    request = SentinelHubRequest(
        evalscript=script,
        input_data=[
            SentinelHubRequest.input_data(
                collection(level, account.base_url),
                time_interval=(moment - WINDOW, moment + WINDOW),
                upsampling=ResamplingType(upsampling),
                downsampling=ResamplingType.NEAREST,
                # Digital numbers without the offset of baseline 04.00, whatever the product; never taken off again.
                other_args={"processing": {"harmonizeValues": True}} if level == "L1C" else None,
            )
        ],
        responses=[SentinelHubRequest.output_response(name, MimeType.TIFF) for name in outputs],
        bbox=BBox(bounds, CRS(epsg)),
        size=(shape[1], shape[0]),
        config=account.config,
    )
    pixel_bytes = sum(channels * dtype.itemsize for channels, dtype in outputs.values())
    max_bytes = 2 * math.prod(shape) * pixel_bytes + 1_000_000  # more than any honest reply has
    reply = fetch(account, request.download_list[0], control, max_bytes=max_bytes)
    if len(outputs) == 1:  # the service sends one picture alone, and several in an archive
        reply = {f"{name}.tif": reply for name in outputs}
    if not isinstance(reply, dict) or not {f"{name}.tif" for name in outputs} <= set(reply):
        raise unreadable(host_of(account.base_url), "an archive without the pictures that were asked for")
    return tuple(
        as_channels(reply[f"{name}.tif"], channels, shape, dtype, account.base_url)
        for name, (channels, dtype) in outputs.items()
    )


def as_channels(
    picture: Any, channels: int, shape: tuple[int, int], dtype: np.dtype[Any], base_url: str
) -> NDArray[Any]:
    """Bring a decoded TIFF to (channels, rows, columns), whichever way its channels were laid out.

    Raises:
        ServiceError: another size, number of channels or data type than was asked for.
    """
    array = np.asarray(picture)
    if array.ndim == 2:
        array = array[np.newaxis]
    elif array.ndim == 3 and array.shape == (*shape, channels):
        array = array.transpose(2, 0, 1)
    if array.shape != (channels, *shape) or array.dtype != dtype:
        raise unreadable(
            host_of(base_url),
            f"a picture of {array.shape} {array.dtype} where {(channels, *shape)} {dtype} was asked for",
        )
    return array


def shape_px(bounds: Bounds) -> tuple[int, int]:
    """Rows and columns of 10 m."""
    left, bottom, right, top = bounds
    return round((top - bottom) / PIXEL_M), round((right - left) / PIXEL_M)


def processing_units(bands: Sequence[str], bounds: Bounds) -> float:
    """Count the processing units of an integer TIFF of pixels of 10 m of one acquisition.

    Args:
        bands: of the input; ``dataMask`` is free.
        bounds: left, bottom, right, top in metres of the zone.

    Source: docs.sentinel-hub.com, processing units; the formula gives the header of a live request to the last digit.
    """
    return max(max(math.prod(shape_px(bounds)) / 512**2, 0.01) * len(bands) / 3, 0.005)
