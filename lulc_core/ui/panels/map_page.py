"""A page with a map to draw on and steps beside it: what Explore and Compare have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import streamlit as st

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.ui.address_bar import AddressBar
from lulc_core.ui.errors import guarded, plain, show_error
from lulc_core.ui.map import data as map_data
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.widgets import bound, segments
from lulc_core.ui.words import has, spoken, translate

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult, CompareResult
    from lulc_core.ui.panels.examples import Example


class OnMap(Protocol):
    """A finished result that the map shows."""

    aoi: Aoi

    @property
    def result(self) -> ClassifyResult | CompareResult:
        """A map, or a comparison."""


@dataclass(kw_only=True)
class MapPage(ABC):
    """State of a page with a map. Lives in ``st.session_state``; survives reruns and page changes."""

    area: AreaChoice = field(init=False)
    shown: OnMap | None = None
    run_error: LulcError | None = None
    """Why the result could not be made."""
    tile: tuple[int, int] | None = None
    """Row and column of the selected cell."""
    open_step: int = 1
    """Number of the step that is open, 0 for none."""
    view: str = ""
    """What of the result is read beside the map."""
    link_errors: tuple[LulcError, ...] = ()
    seen: dict[str, int] = field(default_factory=dict)
    """Number of the last event of each kind that the map has sent and the page has taken in."""
    bar: AddressBar = field(default_factory=lambda: AddressBar(empties=True))
    cleared: tuple[Aoi, dict[str, Any]] | None = None
    """The area that was cleared last, and what was made of it, by attribute; None once another is there."""

    @property
    def imagery_word(self) -> str:
        """Which imagery the page has chosen by itself, and why; empty where its user has."""
        return ""

    def leave_link(self) -> None:
        """Forget what was wrong with the link that was opened: the user has gone on from there."""
        self.link_errors = ()

    @abstractmethod
    def select(self, tile: tuple[int, int] | None) -> None:
        """Select a cell, or none, and turn to it beside the map."""

    @abstractmethod
    def take_example(self, example: Example) -> None:
        """Go to an example place."""

    @abstractmethod
    def open_link(self, params: dict[str, str]) -> None:
        """Go to where query parameters point; what is damaged in them is said on the page."""

    def sync_from_url(self) -> None:
        """Go where the address bar points, when the user went back or forward in the browser."""
        if (params := self.bar.visited()) is None:
            return
        if params:
            self.cleared = None
            self.open_link(params)
        elif self.area.aoi is not None or self.area.error is not None:
            self.clear()

    # ---- clearing, and having it back ----

    def to_put_back(self) -> dict[str, Any]:
        """Return what of the page goes with its area, by attribute."""
        return {"shown": self.shown, "tile": self.tile, "view": self.view, "open_step": self.open_step}

    def clear(self) -> None:
        """Clear the area and all that was made of it; :meth:`undo_clear` brings it back."""
        aoi, before = self.area.aoi, self.to_put_back()
        self.area.clear()
        self.cleared = None if aoi is None else (aoi, before)

    def undo_clear(self) -> None:
        """Bring back what was cleared last, if nothing has come in its place."""
        if self.cleared is None or self.area.aoi is not None:
            return
        (aoi, before), self.cleared = self.cleared, None
        self.area.set(aoi)
        for name, value in before.items():
            setattr(self, name, value)


# ---- the map ----


def on_map_event(page: MapPage, value: Mapping[str, Any]) -> None:
    """Take in what the user did on the map.

    Args:
        page: changed where an event is new.
        value: ``{"area": {seq, features}, "click": {seq, lat, lng}, "undo": {seq}}``, any of them missing. Values stay
            over reruns: only what is newer than the last seen counts.
    """
    if (drawn := new_event(page.seen, "area", value)) is not None:
        if drawn["features"]:
            page.cleared = None
            page.area.take_drawing(drawn["features"], f"map:{drawn['seq']}")
        else:
            page.clear()
    if new_event(page.seen, "undo", value) is not None:
        page.undo_clear()
    if (click := new_event(page.seen, "click", value)) is not None and page.shown is not None:
        page.select(page.shown.result.grid.tile_at(float(click["lng"]), float(click["lat"])))


def new_event(seen: dict[str, int], kind: str, value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an event of the map that was not taken in yet, and note its number in ``seen``; None without one."""
    event = value.get(kind)
    if not isinstance(event, dict) or event.get("seq", 0) <= seen.get(kind, 0):
        return None
    seen[kind] = event["seq"]
    return event


def map_state(
    page: MapPage, result: dict[str, Any] | None, *, simulated: bool | None = None, coming: str = ""
) -> dict[str, Any]:
    """Return what the map should show now, as assets/explorer.js and assets/compare.js apply it.

    Args:
        page: area, selected cell and the events that were taken in.
        result: the pictures and cells of what is shown; imagery alone has no ``tiles``.
        simulated: whether the imagery on the map is; None where it is that of the page's result.
        coming: says what will take its place; empty for nothing.
    """
    area, shown, selected = page.area.on_map(), page.shown, None
    if simulated is None:
        simulated = shown is not None and shown.result.simulated
    if result is not None and not result["tiles"]:
        shown = None
    if shown is not None and page.tile is not None:
        west, _, east, _ = shown.aoi.bbox
        selected = map_data.tile_ring(shown.result.grid, *page.tile, near=(west + east) / 2)
    return {
        "area": area,
        "result": result,
        "selected": selected,
        "badge": translate("map.simulated") if simulated else "",
        "coming": coming,
        "invite": area is None and shown is None and page.cleared is None,
        "undo": page.cleared is not None and area is None,
        "seen": page.seen,
    }


# ---- the panel beside the map ----


@dataclass(frozen=True)
class Step:
    """One of the steps beside the map; each function takes the page's state."""

    title: str
    """Key of its title, or the title itself."""
    label: Callable[[Any], str]
    """What the step says when closed."""
    show: Callable[[Any], None]
    done: Callable[[Any], bool]
    simulated: Callable[[Any], bool] = lambda _: False
    """True where the step shows simulated imagery."""


def show_map_page(
    page: MapPage,
    steps: Sequence[Step],
    key: str,
    action: Callable[[Any], None],
    show_map: Callable[[], None],
) -> None:
    """Show the map, and beside it the steps and the one thing to press next.

    Args:
        page: the state.
        steps: numbered from 1.
        key: begin of the keys of the steps.
        action: shows what stands under the steps.
        show_map: shows the map; called last, as folium takes most of a second to import.
    """
    map_column, panel_column = st.columns([2, 1], gap="small")
    with panel_column, st.container(key="panel"):
        for error in page.link_errors:
            show_error(error)
        for number, step in enumerate(steps, 1):
            _show_step(page, number, step, f"{key}-{number}")
            if number == 1 and page.area.aoi is not None:  # outside of the step, which closes when there is an area
                for note in page.area.aoi.notes:
                    st.caption(f":material/info: {plain(spoken(note))}")
        with st.container(key="action"), guarded("what stands under the steps"):
            action(page)
    with map_column, st.container(key="map-frame"), guarded("the map"):
        show_map()


def _show_step(page: MapPage, number: int, step: Step, key: str) -> None:
    def toggle(is_open: bool) -> None:
        if is_open:
            page.open_step = number
        elif page.open_step == number:  # a busy browser may report late what the page closed itself
            page.open_step = 0

    icon = ":material/check_circle:" if step.done(page) else ":material/radio_button_unchecked:"
    title = translate(step.title) if has(step.title) else step.title
    text = f"**{number} {title}** · {plain(step.label(page))}"
    if step.simulated(page):
        simulated = translate("panel.simulated")
        text += f" :orange-badge[{simulated}]"
    with st.expander(text, icon=icon, **bound(key, page.open_step == number, toggle)):
        if page.open_step == number:
            with guarded(f"the step {step.title}"):
                step.show(page)


def show_views(page: MapPage, views: Mapping[str, str], key: str) -> str:
    """Ask which view of the result to read; kept in ``page.view``, as widgets forget on another page.

    Args:
        page: whose view it is.
        views: as a reader sees them, by the word that ``page.view`` holds.
        key: of the buttons.
    """
    change = partial(setattr, page, "view")
    segments(translate("panel.show"), views, key, page.view, change, label_visibility="collapsed", width="stretch")
    return page.view
