"""Say what the next step costs before it is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from lulc_core.pipeline.classify import cost_of
from lulc_core.ui import resources, tables, words
from lulc_core.ui.words import translate

if TYPE_CHECKING:
    from lulc_core.domain.grid import TileGrid
    from lulc_core.sources.base import Cost, ImagerySource

LEAST_S, LEAST_MB = 8.0, 1.0
"""Less time or fewer megabytes are not worth a word."""


def cost_to_classify(source: ImagerySource, grid: TileGrid, bands: Sequence[str]) -> Cost:
    """Return what one map takes: what is loaded, and the time with that of the network."""
    cost = cost_of(source, grid, bands)
    return replace(cost, seconds=cost.seconds + resources.seconds_to_classify(grid))


def show_cost(what: Sequence[tuple[str, str]], costs: Sequence[Cost]) -> None:
    """Show short facts in a row, and only where something costs: processing units, megabytes, a time worth waiting for.

    Args:
        what: facts that stand before them.
        costs: that are added up.
    """
    megabytes, units, seconds = (
        sum(getattr(c, name) for c in costs) for name in ("megabytes", "processing_units", "seconds")
    )
    facts = list(what)
    if units:
        facts.append((translate("panel.cost.units"), words.number(units, 1)))
        facts.append((translate("panel.cost.requests"), words.number(sum(c.requests for c in costs))))
    if megabytes >= LEAST_MB:
        facts.append((translate("panel.cost.download"), f"{words.number(megabytes)} MB"))
    if seconds >= LEAST_S:
        facts.append((translate("panel.cost.time"), words.duration(seconds)))
    if facts:
        st.html(tables.facts(facts))
