"""What pixels of 10, 20 and 60 m see of the same 600 m: real bands of each size, and colour as if all had that size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lulc_core.domain.bands import BANDS, RGB, band
from lulc_core.domain.errors import LulcError
from lulc_core.render.overlays import pixel_sizes
from lulc_core.render.overlays.band_view import percentile_range
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.spectra.choice import choose
from lulc_core.ui.spectra.source import AreaScenes, DatedScene, file_source
from lulc_core.ui.spectra.state import Spectra
from lulc_core.ui.words import number, spoken, translate

if TYPE_CHECKING:
    from lulc_core.sources.open_archive.source import OpenArchiveSource
    from lulc_core.sources.sentinel_hub.source import SentinelHubSource

    _OwnPixels = SentinelHubSource | OpenArchiveSource

_HAVE_OWN_PIXELS = ("sentinel-hub", "open")
FIRST = {10: "B08", 20: "B8A", 60: "B09"}
"""Three looks at the near infrared, side by side in the spectrum."""


@dataclass(frozen=True)
class Window:
    """600 m of a scene."""

    dated: DatedScene
    slices: pixel_sizes.Window

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in metres of the scene's zone."""
        return pixel_sizes.window_bounds(self.dated.scene, self.slices)

    def key(self, *parts: str) -> tuple[Any, ...]:
        """Return the key under which something of this window is kept."""
        return (self.dated.key, self.slices[0].start, self.slices[1].start, *parts)


def show(state: Spectra, scenes: AreaScenes, dated: DatedScene) -> None:
    """Show three single bands in grey, then three pictures in colour."""
    scene = dated.scene
    st.subheader(translate("spectra.pixels.title"))
    window = Window(dated, pixel_sizes.window_at(scene, *_middle(state, scenes, dated)))
    st.markdown(translate("spectra.pixels.real"))
    chosen = []
    for column, size_m in zip(st.columns(4, gap="small")[:3], pixel_sizes.SIZES_M, strict=True):
        titles = {b.name: f"{b.name} {spoken(b.title)}" for b in BANDS if b.pixel_m == size_m and scene.has(b.name)}
        with column:
            if not titles:
                st.caption(translate("spectra.pixels.no_band", size=size_m))
                continue
            key, first = f"pixels-{size_m}", FIRST[size_m]
            chosen.append(
                choose(translate("spectra.pixels.band", size=size_m), titles, key=key, default=first, width=260)
            )
            _show_band(state, window, chosen[-1])
    _offer_fetch(state, window, tuple(chosen))
    if state.rois:
        st.caption(translate("spectra.pixels.around", name=plain(state.rois[0].name)))
    else:
        st.caption(translate("spectra.pixels.middle"))
    if not scene.has(*RGB):
        st.caption(translate("spectra.pixels.no_colour"))
        return
    st.markdown(translate("spectra.pixels.colour"))
    pictures = state.cached(window.key("means"), lambda: pixel_sizes.mean_pictures(scene, window.slices, RGB))
    for column, size_m, picture in zip(st.columns(4, gap="small")[:3], pixel_sizes.SIZES_M, pictures, strict=True):
        with column:
            st.image(picture, width="stretch", alt=translate("spectra.pixels.colour.alt", size=size_m))
            st.caption(_count_pixels(size_m))


def _show_band(state: Spectra, window: Window, name: str) -> None:
    """Show one band in grey, and say what its pixels are."""
    try:
        values, label, origin = state.cached(window.key("pixels", name), partial(_read_band, state, window, name))
    except LulcError as error:
        show_error(error)
        return
    low, high = percentile_range(values)

    simulated = window.dated.scene.acquisition.simulated
    draw = partial(pixel_sizes.grey_picture, values, (low, high), label, simulated=simulated)
    picture = state.cached(window.key("grey", name, label), draw)
    st.image(picture, width="stretch", alt=translate("spectra.pixels.alt", what=label))
    shades = translate("spectra.pixels.range", low=number(low, 3), high=number(high, 3))
    st.caption(f"{origin} {shades}")


def _read_band(state: Spectra, window: Window, name: str) -> tuple[NDArray[np.float32], str, str]:
    """Read a band as the satellite sensed it where that is at hand, else as it was delivered.

    Returns:
        Square of reflectance, NaN where there is no measurement; what is written on the picture; where the pixels come
        from, one sentence.

    Raises:
        LulcError: the user's file cannot be read any more.
    """
    size_m, scene = band(name).pixel_m, window.dated.scene
    label, as_sensed = f"{name}, {size_m} m", _count_pixels(size_m)
    if (fetched := state.fetched.get(window.key(name))) is not None:
        return fetched, label, translate("spectra.pixels.fetched", pixels=as_sensed)
    if (source := file_source(window.dated)) is not None:
        from lulc_core.sources.geotiff.point import file_window, layer_of

        values = file_window(source, name, window.bounds, scene.grid.epsg, pixel_sizes.SIDE_PX)
        file_m = round(layer_of(source, name).pixel_m)
        if file_m == size_m:
            return values, label, translate("spectra.pixels.own", size=size_m)
        origin = translate("spectra.pixels.own_other", file_m=file_m, size=size_m)
        return values, translate("spectra.pixels.in_file", name=name, file_m=file_m), origin
    values = np.where(scene.observed, scene.reflectance[scene.bands.index(name)], np.float32(np.nan))[window.slices]
    if size_m == 10 or (np.isfinite(values).all() and pixel_sizes.has_own_pixels(values, size_m)):
        return values, label, translate("spectra.pixels.delivered", pixels=as_sensed)
    origin = translate("spectra.pixels.interpolated", size=size_m)
    return values, translate("spectra.pixels.drawn", name=name), origin


def _offer_fetch(state: Spectra, window: Window, names: tuple[str, ...]) -> None:
    """Offer to fetch the real pixels where the service has interpolated them; it costs a little."""
    source, acquisition = window.dated.source, window.dated.scene.acquisition
    if acquisition.source not in _HAVE_OWN_PIXELS or source is None or source.name != acquisition.source or not names:
        return
    if not all(window.key(name) in state.fetched for name in names):
        label = translate("spectra.pixels.fetch_open")
        if acquisition.source == "sentinel-hub":
            from lulc_core.sources.sentinel_hub.requests import processing_units

            label = translate("spectra.pixels.fetch", units=f"{processing_units(names, window.bounds):.2g}")
        st.button(
            label,
            icon=":material/cloud_download:",
            key="pixels-fetch",
            on_click=_fetch,
            args=(state, cast("_OwnPixels", source), window, names),
        )


def _fetch(state: Spectra, source: _OwnPixels, window: Window, names: tuple[str, ...]) -> None:
    scene = window.dated.scene
    with state.showing_errors():
        planes = source.own_pixels(scene.acquisition, names, window.bounds, scene.grid.epsg)
        state.error = None
        for name, values in zip(names, planes, strict=True):
            state.fetched[window.key(name)] = values
            state.drop_cached(window.key("pixels", name))


def _middle(state: Spectra, scenes: AreaScenes, dated: DatedScene) -> tuple[int, int]:
    """Return row and column of the pixel in the middle of the tile of the first region, or of the area."""
    grid = dated.scene.grid
    rows, cols = grid.shape_px
    tile = grid.tile_at(*(state.rois[0].roi.center if state.rois else scenes.aoi.center))
    if tile is None:
        return rows // 2, cols // 2
    half = grid.cell_px // 2
    return tile[0] * grid.cell_px + half, tile[1] * grid.cell_px + half


def _count_pixels(size_m: int) -> str:
    n = pixel_sizes.WINDOW_M // size_m
    return translate("spectra.pixels.count", n=n, size=size_m)
