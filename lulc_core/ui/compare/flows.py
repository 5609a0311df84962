"""The transitions of a comparison: buttons, matrix, ribbons and tables, each flow to be isolated."""

from __future__ import annotations

from typing import Any

import streamlit as st

from lulc_core.domain.change import transition_counts
from lulc_core.domain.classes import CLASS_NAMES, CLASSES
from lulc_core.ui import words
from lulc_core.ui.compare import tables as compare_tables
from lulc_core.ui.compare.link import Filter
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared

FLOWS_SHOWN = 12
NO_BAR = {"displayModeBar": False}


def show(state: CompareState, shown: Compared) -> None:
    """Show buttons, matrix, ribbons, tables; a flow is isolated by any of the first three."""
    from lulc_core.render.charts.change import gain_loss_bars, transition_heatmap
    from lulc_core.render.charts.change_flows import flow_ribbons

    report = shown.result.report
    matrix = report.transitions
    flows = list(transition_counts(matrix).items())
    if not flows:
        st.caption(f"No {matrix.unit} counts as changed, so there are no transitions.")
    with st.container(key="cmp-flows", gap="xsmall"):
        for (row, col), n in flows[:FLOWS_SHOWN]:
            was, became = CLASSES[matrix.ids[row]], CLASSES[matrix.ids[col]]
            on = state.filter == Filter(was.name, became.name, state.filter.certainty)
            count, ha = words.cells(n, shown.result.change.grid.cell_m), words.hectares(float(matrix.ha[row, col]))
            ground = "" if was.is_line or became.is_line else f" · {ha} ha"
            st.button(
                f"{was.map_label} → {became.map_label} · {count}{ground}",
                key=f"cmp-flow-{row}-{col}",
                on_click=_isolate,
                args=(state, was.name, became.name),
                type="primary" if on else "secondary",
                width="stretch",
                wrap=True,
                help="Show all again" if on else f"Show only these {matrix.unit}s on the map",
            )
    if len(flows) > FLOWS_SHOWN:
        st.caption(f"{len(flows) - FLOWS_SHOWN} more in the table below and in transitions.csv.")
    unit = st.segmented_control(
        "Unit", ("tiles", "ha", "%"), default="tiles", required=True, key="cmp-unit",
        format_func=lambda u: f"{matrix.unit}s" if u == "tiles" else u,
    )  # fmt: skip
    st.caption("Earlier classes in rows, later ones in columns; the diagonal is what stayed.")
    unit_name = {"tiles": "tiles", "ha": "ha", "%": "pct"}[unit or "tiles"]
    flow = (state.filter.was, state.filter.became)
    chosen = (CLASS_NAMES.index(flow[0]), CLASS_NAMES.index(flow[1])) if all(flow) else None
    _pickable(state, transition_heatmap(matrix, unit=unit_name, chosen=chosen), "cmp-matrix")
    st.html(compare_tables.matrix_table(matrix))
    if flows:
        st.caption(f"The flows as ribbons. Click a cell above or a ribbon to see only its {matrix.unit}s on the map.")
        _pickable(state, flow_ribbons(matrix, chosen=chosen), "cmp-ribbons")
    st.html(compare_tables.transition_table(matrix))
    st.plotly_chart(gain_loss_bars(report.balances), key="cmp-balance", config=NO_BAR)
    st.html(compare_tables.balance_table(report.balances, "Gains and losses of each class"))
    st.caption(
        "The same by CORINE level-1 group. There squares crossed by a road count with artificial surfaces, and those "
        "crossed by a river with water:"
    )
    st.html(compare_tables.balance_table(report.corine_balances, "Gains and losses of each CORINE level-1 group"))


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
