"""What pixels of 10, 20 and 60 m see of the same 600 m: real bands of each size, and colour as if all had that size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lulc_core.domain.bands import BANDS, RGB, band
from lulc_core.domain.errors import LulcError
from lulc_core.render.overlays import pixel_sizes
from lulc_core.render.overlays.band_view import percentile_range
from lulc_core.ui.errors import show_error
from lulc_core.ui.spectra.source import Dated, Ground, file_source
from lulc_core.ui.spectra.state import Spectra

if TYPE_CHECKING:
    from lulc_core.sources.sentinel_hub.source import SentinelHubSource

FIRST = {10: "B08", 20: "B8A", 60: "B09"}
"""Three looks at the near infrared, side by side in the spectrum."""


@dataclass(frozen=True)
class Band:
    """One band of the window, and what its pixels are."""

    values: NDArray[np.float32]
    """Square of reflectance, NaN where there is no measurement."""
    label: str
    """What is written on the picture."""
    how: str
    """Where the pixels come from, one sentence."""


def show(page: Spectra, ground: Ground, dated: Dated) -> None:
    """Three single bands in grey, then three pictures in colour."""
    scene = dated.scene
    st.subheader("The same 600 m seen with pixels of 10, 20 and 60 m")
    row, col = _middle(page, ground, dated)
    window = pixel_sizes.window_at(scene, row, col)
    at = (window[0].start, window[1].start)
    where = f"around {page.rois[0].name}" if page.rois else "in the middle of your area; pick a place to move it"
    st.markdown("**Real bands** of each size, one band in grey: the satellite has no colour picture in 20 or 60 m.")
    chosen = []
    for column, size_m in zip(st.columns(4, gap="small")[:3], pixel_sizes.SIZES_M, strict=True):
        names = [b.name for b in BANDS if b.pixel_m == size_m and scene.has(b.name)]
        with column:
            if not names:
                st.caption(f"The imagery has no band of {size_m} m.")
                continue
            key = f"pixels-{size_m}"
            if st.session_state.get(key) not in names:
                st.session_state[key] = FIRST[size_m] if FIRST[size_m] in names else names[0]
            name = st.selectbox(
                f"Band of {size_m} m", names, format_func=_title, key=key, persist_state="session", width=260
            )
            chosen.append(name)
            try:
                shown = page.kept((dated.key, "pixels", at, name), partial(_band, page, dated, window, name))
            except LulcError as error:
                show_error(error)
                continue
            low, high = percentile_range(shown.values)
            draw = partial(
                pixel_sizes.grey_picture,
                shown.values,
                (low, high),
                shown.label,
                simulated=scene.acquisition.simulated,
            )
            picture = page.kept((dated.key, "grey", at, name, shown.label), draw)
            st.image(picture, width="stretch", alt=f"600 m of ground in {shown.label}")
            st.caption(f"{shown.how} Black is {low:.3f}, white {high:.3f}.")
    _offer_fetch(page, dated, window, at, tuple(chosen))
    st.caption(f"{where[0].upper()}{where[1:]}. Each stretched to its own 2nd to 98th percentile.")
    if not scene.has(*RGB):
        st.caption("The imagery lacks bands for a picture in true colour.")
        return
    st.markdown("**True colour** as it would look if all bands had such pixels: means of the 10 m pixels.")
    pictures = page.kept((dated.key, "means", at), lambda: pixel_sizes.mean_pictures(scene, window, RGB))
    for column, size_m, picture in zip(st.columns(4, gap="small")[:3], pixel_sizes.SIZES_M, pictures, strict=True):
        n = pixel_sizes.WINDOW_M // size_m
        with column:
            st.image(picture, width="stretch", alt=f"600 m of ground in true colour, pixels of {size_m} m")
            st.caption(f"{n} x {n} pixels of {size_m} m")


def _band(page: Spectra, dated: Dated, window: pixel_sizes.Window, name: str) -> Band:
    size_m = band(name).pixel_m
    n = pixel_sizes.WINDOW_M // size_m
    as_sensed = f"{n} x {n} pixels of {size_m} m"
    fetched = page.fetched.get((dated.key, window[0].start, window[1].start, name))
    if fetched is not None:
        return Band(fetched, f"{name}, {size_m} m", f"{as_sensed}, fetched for this picture without interpolation.")
    source = file_source(dated)
    if source is not None:
        from lulc_core.sources.geotiff.point import file_window, layer_of

        bounds = pixel_sizes.window_bounds(dated.scene, window)
        values = file_window(source, name, bounds, dated.scene.grid.epsg, pixel_sizes.SIDE_PX)
        own_m = round(layer_of(source, name).pixel_m)
        if own_m == size_m:
            return Band(values, f"{name}, {size_m} m", f"The file's own pixels of {size_m} m.")
        how = f"The file's own pixels: it holds this band in {own_m} m, not in the {size_m} m of the satellite."
        return Band(values, f"{name}, {own_m} m in the file", how)
    scene = dated.scene
    values = np.where(scene.observed, scene.reflectance[scene.bands.index(name)], np.float32(np.nan))[window]
    if size_m == 10:
        return Band(values, f"{name}, 10 m", f"{as_sensed}, as delivered.")
    if np.isfinite(values).all() and pixel_sizes.has_own_pixels(values, size_m):
        return Band(values, f"{name}, {size_m} m", f"{as_sensed}, as delivered.")
    how = f"Delivered interpolated to 10 m; the satellite's own pixels are {size_m} m large."
    return Band(values, f"{name}, drawn to 10 m", how)


def _offer_fetch(
    page: Spectra, dated: Dated, window: pixel_sizes.Window, at: tuple[int, int], names: tuple[str, ...]
) -> None:
    """A button for the real pixels where the service has interpolated them; it costs a little, so it is asked for."""
    source = dated.source
    if dated.scene.acquisition.source != "sentinel-hub" or source is None or not names:
        return
    from lulc_core.sources.sentinel_hub.source import SentinelHubSource
    from lulc_core.sources.sentinel_hub.window import window_units

    if not isinstance(source, SentinelHubSource) or all((dated.key, *at, n) in page.fetched for n in names):
        return
    bounds = pixel_sizes.window_bounds(dated.scene, window)
    st.button(
        f"Fetch the satellite's own pixels ({window_units(names, bounds):.2g} processing units)",
        icon=":material/cloud_download:",
        key="pixels-fetch",
        on_click=_fetch,
        args=(page, source, dated, bounds, at, names),
    )


def _fetch(
    page: Spectra,
    source: SentinelHubSource,
    dated: Dated,
    bounds: tuple[float, float, float, float],
    at: tuple[int, int],
    names: tuple[str, ...],
) -> None:
    try:
        planes = source.own_pixels(dated.scene.acquisition, names, bounds, dated.scene.grid.epsg)
    except LulcError as error:
        page.error = error
        return
    page.error = None
    for name, values in zip(names, planes, strict=True):
        page.fetched[(dated.key, *at, name)] = values
        page.forget((dated.key, "pixels", at, name))


def _middle(page: Spectra, ground: Ground, dated: Dated) -> tuple[int, int]:
    grid = dated.scene.grid
    rows, cols = grid.shape_px
    places = [p.roi.center for p in page.rois[:1]] or [ground.aoi.center]
    tile = grid.tile_at(*places[0])
    if tile is None:
        return rows // 2, cols // 2
    half = grid.cell_px // 2
    return tile[0] * grid.cell_px + half, tile[1] * grid.cell_px + half


def _title(name: str) -> str:
    return f"{name} {band(name).title}"
