"""What one user has picked on the Spectra page, and the scenes to look at. No widgets in here."""

from __future__ import annotations

import itertools
from collections.abc import Callable
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
from lulc_core.ui.spectra.source import native_pixel

if TYPE_CHECKING:
    from lulc_core.ui.spectra.source import Dated

MAX_ROIS = 8
MAX_NAME = 40
MAX_KEPT = 24
"""Pictures and spectra kept for a session, so that a click does not draw everything anew."""
MAX_AREA_KM2 = 100.0
"""Of one drawn pick: larger areas have no spectrum of their own but that of everything in them."""


@dataclass
class SavedRoi:
    """Ground that the user keeps, with a name and a colour."""

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
    told: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    fetched: dict[Any, Any] = field(default_factory=dict)
    """Small windows of single bands that were fetched on request; they cost, so they are kept."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _kept: LRUCache[Any, Any] = field(default_factory=lambda: LRUCache(maxsize=MAX_KEPT))

    def add(self, roi: Roi, name: str = "", title: str = "") -> None:
        """Keeps a place, or says why not."""
        self.error, self.told = None, ""
        if len(self.rois) >= MAX_ROIS:
            self.told = f"{MAX_ROIS} picks are kept at once: remove one first."
            return
        number = next(self._numbers)
        used = {p.color for p in self.rois}
        color = next(c for c in ROI_COLORS if c not in used) if len(used) < MAX_ROIS else ROI_COLORS[0]
        title = title or {"point": "Point", "tile": "Tile", "area": "Area"}[roi.kind]
        self.rois.append(SavedRoi(number, name or f"{title} {number}", color, roi))

    def hear_choice(self) -> None:
        """Takes over what a click picks; callbacks ask for it, as both may be new and they run before the widgets."""
        self.kind = st.session_state.get("ground-kind", self.kind)
        self.side_m = int(st.session_state.get("ground-side", self.side_m))

    def add_at(self, lon: float, lat: float) -> None:
        """Keeps what a click at a place picks, or says why not."""
        try:
            if self.kind == "square":
                self.add(Roi.square(lon, lat, self.side_m), "", "Square")
            else:
                self.add((Roi.tile if self.kind == "tile" else Roi.point)(lon, lat))
        except LulcError as error:
            self.error = error

    def add_typed(self, text: str) -> None:
        """Keeps what is written: a place as a click would pick it, or the corners of an area; or says why not."""
        try:
            typed = parse_place(text)
        except LulcError as error:
            self.error = error
            return
        if isinstance(typed, Aoi):
            self.add_aoi(typed)
        else:
            self.add_at(*typed)

    def add_area(self, features: list[dict[str, Any]]) -> None:
        """Keeps a drawn area, or says why not."""
        if not features:
            return
        try:
            aoi = Aoi.from_geojson({"type": "FeatureCollection", "features": features[-1:]})
        except LulcError as error:
            self.error = error
            return
        self.add_aoi(aoi)

    def add_aoi(self, aoi: Aoi) -> None:
        """Keeps an area, or says why not."""
        try:
            aoi.check_size(MAX_AREA_KM2)
        except LulcError as error:
            self.error = error
            return
        self.add(Roi.area(aoi))

    def remove(self, number: int) -> None:
        """Forgets one pick."""
        self.rois = [p for p in self.rois if p.id != number]
        self.told, self.error = "", None

    def clear(self) -> None:
        """Forgets all picks."""
        self.rois, self.told, self.error = [], "", None

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made once for a key while it is in use."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def forget(self, key: Any) -> None:
        """What was kept under a key is made anew when it is wanted again."""
        self._kept.pop(key, None)

    def spectrum(self, dated: Dated, saved: SavedRoi) -> RoiSpectrum | LulcError:
        """The spectrum of a pick on a date; the error where it lies outside the imagery."""

        def make() -> RoiSpectrum | LulcError:
            try:
                return roi_spectrum(dated.scene, saved.roi, native=native_pixel(dated, saved.roi))
            except LulcError as error:
                return error

        return self.kept((dated.key, saved.id), make)


def spectra() -> Spectra:
    """This session's picks."""
    if "spectra" not in st.session_state:
        st.session_state["spectra"] = Spectra()
    return st.session_state["spectra"]
