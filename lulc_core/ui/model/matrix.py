"""The misclassification matrix and the ranked list of pairs, as tables whose cells can be chosen.

They are HTML tables with a button in every cell, so that a mouse, a keyboard and a screen reader get the same.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from lulc_core.analysis.accuracy.evaluation import TALK_N, Pair, cell, compare_with_published, shares
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.evaluation import Evaluation
from lulc_core.render.html_table import environment
from lulc_core.ui import words
from lulc_core.ui.map.data import ink

_HERE = Path(__file__).parent
_TEMPLATE = environment(_HERE).get_template(
    "matrix.html",
    globals={
        "classes": CLASSES,
        "ink": ink,
        "say": words.translate,
        "name": words.patch_class,
        "letter": words.class_letter,
        "number": words.number,
    },
)


def pickable(html: str, key: str, on_pick: Callable[[str], None], *, reveal: str = "") -> None:
    """Show a table; ``on_pick`` gets the ``data-pick`` of what the user chose.

    Args:
        html: the table.
        key: of the widget.
        on_pick: called before the page runs again.
        reveal: CSS selector of what shows the choice; it is scrolled into the window where it lies outside.
    """

    def changed() -> None:
        chosen = st.session_state[key].get("pick")
        if isinstance(chosen, str):
            on_pick(chosen)

    # Registered on every run: a component that was registered outside of one is not found (as with map_view).
    component = st.components.v2.component(
        "lulc_pick",
        html="<div class='box'></div>",
        css=(_HERE / "model_pick.css").read_text(encoding="utf-8"),
        js=(_HERE / "model_pick.js").read_text(encoding="utf-8"),
    )
    component(key=key, data={"html": html, "reveal": reveal}, on_pick_change=changed)


def matrix_table(evaluation: Evaluation, norm: str, rows: str, chosen: tuple[str, str] | None) -> str:
    """Write the matrix.

    Args:
        evaluation: its counts.
        norm: a key of :data:`ui.model.link.NORMS`.
        rows: ``truth`` or ``map``: what the rows are.
        chosen: names of the cell that is looked at: truth, map.
    """
    turned = rows == "map"
    values = shares(evaluation, norm)
    strength = _strength(values)
    matrix = []
    for a in CLASSES:
        pairs = [cell(evaluation, *((b, a) if turned else (a, b))) for b in CLASSES]
        at = [(p.reference.id, p.predicted.id) for p in pairs]
        cells = [(p, _label(p, norm), strength[i], number(values[i], norm)) for p, i in zip(pairs, at, strict=True)]
        matrix.append((a, cells))
    titles = words.translate("model.axis.truth"), words.translate("model.axis.map")
    row_title, column_title = titles[::-1] if turned else titles
    return _TEMPLATE.render(
        matrix=matrix,
        row_title=row_title,
        column_title=column_title,
        unit=words.translate(f"model.unit.{norm}"),
        chosen=chosen,
    )


def pairs_table(evaluation: Evaluation, chosen: tuple[str, str] | None) -> str:
    """Write the most confused pairs beside those of the talk."""
    return _TEMPLATE.render(pairs=compare_with_published(evaluation), n=evaluation.n, talk_n=TALK_N, chosen=chosen)


def number(value: float, norm: str) -> str:
    """What stands in a cell: a count, or per cent with one decimal; a dot for nothing."""
    if not np.isfinite(value) or value == 0:
        return "·"
    if norm == "counts":
        return f"{value:.0f}"
    return "100" if value >= 0.9995 else words.number(100 * float(value), 1)


def _strength(values: np.ndarray) -> np.ndarray:
    """How strongly a cell is coloured, 0 to 1: right ones and mixed-up ones each on their own scale."""
    known = np.nan_to_num(values)
    right = np.eye(len(known), dtype=bool)
    strength = np.zeros_like(known)
    for part in (right, ~right):
        top = known[part].max(initial=0.0)
        if top > 0:
            strength[part] = np.sqrt(known[part] / top)  # the root keeps small ones apart from none
    return strength


def _label(pair: Pair, norm: str) -> str:
    share = pair.of_predicted if norm == "columns" else pair.of_reference
    return words.translate(
        f"model.label.{norm}",
        label=words.translate(
            "model.label", truth=words.patch_class(pair.reference.id), said=words.patch_class(pair.predicted.id)
        ),
        patches=words.translate("model.label.patches", pair.n),
        share=words.share(share, 1),
    )
