"""What the address of a report says of its result, so that it can be made again where the server keeps it no longer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.ui import permalink

if TYPE_CHECKING:
    from lulc_core.ui.report.state import Choice

KIND = "of"
_NAMES = {
    "map": ("area", "source", "date", "detail"),
    "compare": ("area", "source", "before", "after", "confirm", "detail"),
}
_PAGES = {"map": "pages/explore.py", "compare": "pages/compare.py"}
_OWN_FILES = "geotiff"


@dataclass(frozen=True)
class Remake:
    """Where a result is made again."""

    page: str
    params: dict[str, str]


def params_of(choice: Choice) -> dict[str, str]:
    """Return the request of a result as query parameters; empty where a file of the user's own is needed.

    Args:
        choice: the result.
    """
    if choice.kind not in _PAGES:
        return {}
    maps = [dated.land_cover for dated in choice.result.dates]
    days = [m.acquisition.datetime.date() for m in maps]
    if any(m.acquisition.source == _OWN_FILES for m in maps) or permalink.encode_area(choice.aoi) is None:
        return {}
    when = {"date": days[0]} if choice.kind == "map" else {"before": days[0], "after": days[1], "confirm": days[2:]}
    asked = permalink.to_params(area=choice.aoi, source=maps[0].acquisition.source, **when, detail=maps[0].grid.cell_m)
    return {KIND: choice.kind, **asked}


def remake(params: Mapping[str, str]) -> Remake | None:
    """Return where the result of an address is made again; None where it does not say enough."""
    kind = params.get(KIND, "")
    if kind not in _PAGES or not params.get("area"):
        return None
    return Remake(_PAGES[kind], {name: params[name] for name in _NAMES[kind] if params.get(name)})


def reported(kind: str) -> dict[str, str]:
    """Return the request of a result of a report that was reloaded, so that the page that made it opens with it.

    Args:
        kind: ``map`` or ``compare``.
    """
    kept = getattr(st.session_state.get("report"), "results", ())
    choice = next((c for c in kept if c.kind == kind), None)
    again = remake(params_of(choice)) if choice is not None else None
    return {} if again is None else again.params
