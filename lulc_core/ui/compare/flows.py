"""The transitions of a comparison: buttons, matrix, ribbons and tables, each flow to be isolated."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from lulc_core.domain.change import transition_counts
from lulc_core.domain.classes import CLASS_NAMES, CLASSES
from lulc_core.language.words import area_unit
from lulc_core.ui import words
from lulc_core.ui.compare import tables as compare_tables
from lulc_core.ui.compare.link import Filter
from lulc_core.ui.compare.say import is_crossed, way
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.widgets import segments

FLOWS_SHOWN = 12
NO_BAR = {"displayModeBar": False}


def show(state: CompareState, shown: Compared) -> None:
    """Show buttons, matrix, ribbons, tables; a flow is isolated by any of the first three."""
    from lulc_core.render.charts.change import gain_loss_bars, transition_heatmap
    from lulc_core.render.charts.change_flows import flow_ribbons

    report, reader = shown.result.report, words.page_words()
    matrix = report.transitions
    flows = list(transition_counts(matrix).items())
    if not flows:
        st.caption(words.translate("compare.flows.none"))
    with st.container(key="cmp-flows", gap="xsmall"):
        for (row, col), n in flows[:FLOWS_SHOWN]:
            was, became = CLASSES[matrix.ids[row]], CLASSES[matrix.ids[col]]
            on = state.filter == Filter(was.name, became.name, state.filter.certainty)
            parts = [way(was.id, became.id), words.translate("count.squares", n)]
            if not is_crossed(was.id, became.id):
                parts.append(words.area(float(matrix.ha[row, col]), like=matrix.changed_ha))
            st.button(
                " · ".join(parts),
                key=f"cmp-flow-{row}-{col}",
                on_click=_isolate,
                args=(state, was.name, became.name),
                type="primary" if on else "secondary",
                width="stretch",
                wrap=True,
                help=words.translate("compare.flows.all_again" if on else "compare.flows.only"),
            )
    if len(flows) > FLOWS_SHOWN:
        st.caption(words.translate("compare.flows.more", len(flows) - FLOWS_SHOWN))
    units = {"tiles": words.translate("compare.unit.tiles"), "ha": area_unit(float(matrix.ha.sum()))[0], "pct": "%"}
    change = partial(setattr, state, "unit")
    segments(words.translate("compare.unit"), units, "cmp-unit", state.unit, change, label_visibility="collapsed")
    st.caption(words.translate("compare.matrix_read"))
    flow = (state.filter.was, state.filter.became)
    chosen = (CLASS_NAMES.index(flow[0]), CLASS_NAMES.index(flow[1])) if all(flow) else None
    _pickable(state, transition_heatmap(matrix, unit=state.unit, chosen=chosen, words=reader), "cmp-matrix")
    st.html(compare_tables.matrix_table(matrix))
    if flows:
        st.caption(words.translate("compare.flows.ribbons"))
        _pickable(state, flow_ribbons(matrix, chosen=chosen, words=reader), "cmp-ribbons")
    st.html(compare_tables.transition_table(matrix))
    st.plotly_chart(gain_loss_bars(report.balances, words=reader), key="cmp-balance", config=NO_BAR)
    st.html(compare_tables.balance_table(report.balances, words.translate("compare.gains")))
    st.caption(words.translate("compare.flows.corine"))
    caption = words.translate("compare.gains_corine")
    st.html(compare_tables.balance_table(report.corine_balances, caption, corine=True))


def _pickable(state: CompareState, figure: Any, key: str) -> None:
    """Show a chart whose points carry the flow that they stand for."""

    def take() -> None:
        points = (st.session_state.get(key) or {}).get("selection", {}).get("points", [])
        data = points[0].get("customdata") if points else None
        if data is not None and len(data) >= 2:
            _isolate(state, CLASSES[int(data[0])].name, CLASSES[int(data[1])].name)

    st.plotly_chart(figure, key=key, config=NO_BAR, on_select=take, selection_mode="points")


def _isolate(state: CompareState, was: str, became: str) -> None:
    """Show the tiles of one flow only, as sure as chosen by now; the same once more shows all again."""
    only = Filter(was, became, state.filter.certainty)
    state.filter = Filter(certainty=only.certainty) if state.filter == only else only
