"""State of one user's Spectra page: the saved regions of interest and their spectra. No widgets in here."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st
from cachetools import LRUCache

from lulc_core.analysis.spectra.roi import Roi, roi_spectrum
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.domain.places import parse_place
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.render.charts.spectra import ROI_COLORS
from lulc_core.ui.address_bar import AddressBar
from lulc_core.ui.spectra.source import native_pixel
from lulc_core.ui.words import spoken, translate

if TYPE_CHECKING:
    from lulc_core.ui.spectra.source import DatedScene

MAX_ROIS = 8
MAX_NAME = 40
MAX_CACHED = 24
"""Pictures and spectra kept for a session, so that a click does not draw everything again."""
MAX_AREA_KM2 = 100.0
"""Of one drawn region: larger areas have no spectrum of their own but that of everything in them."""


@dataclass
class SavedRoi:
    """A region of interest that the user keeps, with a name and a colour."""

    id: int
    name: str
    color: str
    roi: Roi


@dataclass
class Spectra:
    """One session's Spectra page. Lives in ``st.session_state``."""

    rois: list[SavedRoi] = field(default_factory=list)
    kind: str = "point"
    """What a click picks: ``point``, ``tile`` or ``square``."""
    side_m: int = 100
    """Of a square."""
    error: LulcError | None = None
    warning: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    """Number of the last event of each kind that the map has sent and the page has taken in."""
    bar: AddressBar = field(default_factory=AddressBar)
    fetched: dict[Any, Any] = field(default_factory=dict)
    """Small windows of single bands that were fetched on request; they cost, so they are kept."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _cached: LRUCache[Any, Any] = field(default_factory=lambda: LRUCache(maxsize=MAX_CACHED))

    def add(self, roi: Roi, name: str = "", kind: str = "") -> None:
        """Keep a region, or say why not."""
        self.error, self.warning = None, ""
        if len(self.rois) >= MAX_ROIS:
            self.warning = translate("spectra.picks.full", n=MAX_ROIS)
            return
        number, used = next(self._numbers), {saved.color for saved in self.rois}
        color = next((c for c in ROI_COLORS if c not in used), ROI_COLORS[0])
        self.rois.append(
            SavedRoi(number, name or f"{translate(f'spectra.pick.{kind or roi.kind}')} {number}", color, roi)
        )

    def read_click_choice(self) -> None:
        """Take over what a click picks: callbacks run before the widgets, whose choice may be of this very run."""
        self.kind = st.session_state.get("ground-kind", self.kind)
        self.side_m = int(st.session_state.get("ground-side", self.side_m))

    def add_at(self, lon: float, lat: float) -> None:
        """Keep what a click at a place picks, or say why not."""
        with self.showing_errors():
            if self.kind == "square":
                self.add(Roi.square(lon, lat, self.side_m), kind="square")
            else:
                self.add((Roi.tile if self.kind == "tile" else Roi.point)(lon, lat))

    def add_typed(self, text: str) -> None:
        """Keep what is typed, a place as a click would pick it or the corners of an area, or say why not."""
        with self.showing_errors():
            place = parse_place(text)
            if isinstance(place, Aoi):
                self.add_area(place)
            else:
                self.add_at(*place)

    def add_drawn(self, features: list[dict[str, Any]]) -> None:
        """Keep the last drawn area, or say why not."""
        if features:
            with self.showing_errors():
                self.add_area(Aoi.from_geojson({"type": "FeatureCollection", "features": features[-1:]}))

    def add_area(self, aoi: Aoi) -> None:
        """Keep an area, or say why not."""
        with self.showing_errors():
            aoi.check_size(MAX_AREA_KM2)
            self.add(Roi.area(aoi))
            self.warning = self.warning or " ".join(map(spoken, aoi.notes))

    @contextmanager
    def showing_errors(self) -> Iterator[None]:
        """Keep an error of the block for the page to show."""
        try:
            yield
        except LulcError as error:
            self.error = error

    def remove(self, *ids: int) -> None:
        """Forget regions."""
        self.rois = [saved for saved in self.rois if saved.id not in ids]
        self.warning, self.error = "", None

    def cached(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what ``make`` gives, made once for a key while it is in use."""
        if key not in self._cached:
            self._cached[key] = make()
        return self._cached[key]

    def drop_cached(self, key: Any) -> None:
        """Forget what was made for a key."""
        self._cached.pop(key, None)

    def spectrum(self, dated: DatedScene, saved: SavedRoi) -> RoiSpectrum | LulcError:
        """Compute the spectrum of a region in a scene; the error where it lies outside the imagery."""

        def make() -> RoiSpectrum | LulcError:
            try:
                return roi_spectrum(dated.scene, saved.roi, native=native_pixel(dated, saved.roi))
            except LulcError as error:
                return error

        return self.cached((dated.key, saved.id), make)


def spectra_state() -> Spectra:
    """Return this session's Spectra page."""
    if "spectra" not in st.session_state:
        st.session_state["spectra"] = Spectra()
    return st.session_state["spectra"]
