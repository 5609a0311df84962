"""Say what the next step costs before it is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.pipeline.classify import cost_of
from lulc_core.ui import resources, tables, words

if TYPE_CHECKING:
    from lulc_core.domain.grid import TileGrid
    from lulc_core.sources.base import Cost, ImagerySource


def cost_to_classify(source: ImagerySource, grid: TileGrid, bands: Sequence[str]) -> Cost:
    """Return what one map takes: what is loaded, and the time with that of the network."""
    cost = cost_of(source, grid, bands)
    return replace(cost, seconds=cost.seconds + resources.seconds_to_classify(grid))


def show_cost(what: Sequence[tuple[str, str]], costs: Sequence[Cost]) -> None:
    """Show short facts in a row: what is fetched, then requests, megabytes, processing units and time in all."""
    megabytes, units = sum(c.megabytes for c in costs), sum(c.processing_units for c in costs)
    facts = [
        *what,
        ("Requests", f"{sum(c.requests for c in costs):,}"),
        *([("Download", f"{megabytes:,.0f} MB")] if megabytes else []),
        ("Processing units", f"{units:,.1f}" if units else "0"),
        ("Time", words.duration(sum(c.seconds for c in costs))),
    ]
    st.html(tables.facts(facts))
