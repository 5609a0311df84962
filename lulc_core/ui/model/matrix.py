"""The misclassification matrix and the ranked list of pairs, as tables whose cells can be chosen.

They are HTML tables with a button in every cell, so that a mouse, a keyboard and a screen reader get the same.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from lulc_core.analysis.accuracy.evaluation import TALK_N, RankedPair, cell, compare_with_published, shares
from lulc_core.domain.classes import CLASSES, LandCoverClass
from lulc_core.domain.evaluation import Evaluation
from lulc_core.ui import words
from lulc_core.ui.map.data import ink

_HERE = Path(__file__).parent
TRUTH, MAP = "What it is (truth)", "What the network said (map)"


def pickable(html: str, key: str, on_pick: Callable[[str], None], *, reveal: str = "") -> None:
    """Shows a table; ``on_pick`` gets the ``data-pick`` of what the user chose.

    Args:
        html: made of our own words and numbers only; what comes from outside must be escaped.
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
    """The matrix.

    Args:
        evaluation: its counts.
        norm: a key of model_link.NORMS.
        rows: ``truth`` or ``map``: what the rows are.
        chosen: names of the cell that is looked at: truth, map.
    """
    turned = rows == "map"
    values = shares(evaluation, norm)
    strength = _strength(values)
    row_title, column_title = (MAP, TRUTH) if turned else (TRUTH, MAP)
    head = "".join(
        f"<th scope='col'><span class='stack'><span class='word'>{escape(c.label)}</span>{_chip(c)}"
        f"<span class='sr'>{escape(c.label)}</span></span></th>"
        for c in CLASSES
    )
    body = []
    for i, a in enumerate(CLASSES):
        cells = []
        for j, b in enumerate(CLASSES):
            truth, said = (b, a) if turned else (a, b)
            cells.append(_cell(evaluation, truth, said, (i, j), values, strength, norm, chosen))
        side = f"<th class='axis side' rowspan='10' scope='rowgroup'><span>{row_title}</span></th>" if i == 0 else ""
        total = int(evaluation.matrix[:, a.id].sum() if turned else evaluation.matrix[a.id].sum())
        body.append(
            f"<tr>{side}<th scope='row'>{_chip(a)}<span class='word'>{escape(a.label)}</span></th>"
            f"{''.join(cells)}<td class='total'>{total:,}</td></tr>"
        )
    columns = "<col class='side'><col class='head'>" + "<col>" * 10 + "<col class='total'>"
    unit = {"counts": "Patches", "rows": "Per cent of each true class", "columns": "Per cent of each named class"}[norm]
    letters = "".join(f"<span>{_chip(c)}{escape(c.label)}</span>" for c in CLASSES)
    return (
        f"<table class='matrix'><caption>Misclassification matrix. Rows: {row_title}. Columns: {column_title}. "
        f"{unit}.</caption><colgroup>{columns}</colgroup>"
        f"<thead><tr><td class='side'></td><td class='head'></td><th class='axis' colspan='10' scope='colgroup'>"
        f"<span>{column_title}</span></th><td class='total'></td></tr>"
        f"<tr><td></td><td></td>{head}<th scope='col' class='total'>patches</th></tr></thead>"
        f"<tbody>{''.join(body)}</tbody></table>"
        "<div class='legend'><span><i style='background:color-mix(in srgb, var(--st-blue-color) 38%, transparent)'></i>"
        "named right</span><span><i style='background:color-mix(in srgb, var(--st-orange-color) 50%, transparent)'></i>"
        f"mixed up (the darker, the more)</span><span>· never</span></div><div class='letters'>{letters}</div>"
    )


def pairs_table(evaluation: Evaluation, chosen: tuple[str, str] | None) -> str:
    """The most confused pairs beside those of the talk."""
    rows = "".join(_pair_row(ranked, evaluation.n, chosen) for ranked in compare_with_published(evaluation))
    return (
        "<table class='list'><caption>Most confused pairs, this network and the talk's</caption><thead><tr>"
        "<th scope='col'><span class='sr'>Rank</span></th><th scope='col'>What it is, and what it was named</th>"
        f"<th scope='col'>This network<br><span class='soft'>of {evaluation.n:,} (per 1,000)</span></th>"
        f"<th scope='col'>The talk's<br><span class='soft'>of {TALK_N:,} (per 1,000)</span></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def number(value: float, norm: str) -> str:
    """What stands in a cell: a count, or per cent with one decimal; a dot for nothing."""
    if not np.isfinite(value) or value == 0:
        return "·"
    if norm == "counts":
        return f"{value:.0f}"
    return "100" if value >= 0.9995 else f"{100 * value:.1f}"


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


def _cell(
    evaluation: Evaluation,
    truth: LandCoverClass,
    said: LandCoverClass,
    place: tuple[int, int],
    values: np.ndarray,
    strength: np.ndarray,
    norm: str,
    chosen: tuple[str, str] | None,
) -> str:
    found = cell(evaluation, truth, said)
    pressed = "true" if chosen == (truth.name, said.name) else "false"
    kind = "none" if not found.n else "right" if truth is said else "mixed"
    share = {"counts": "", "rows": f", {words.share(found.of_reference, 1)} of the truth", "columns": ""}[norm]
    if norm == "columns":
        share = f", {words.share(found.of_predicted, 1)} of what was named so"
    patches = "1 patch" if found.n == 1 else f"{found.n} patches"
    label = f"{truth.label} named {said.label}: {patches}{share}"
    return (
        f"<td><button type='button' class='{kind}' style='--v:{strength[truth.id, said.id]:.3f}' data-r='{place[0]}' "
        f"data-c='{place[1]}' data-pick='{truth.name},{said.name}' aria-pressed='{pressed}' title='{escape(label)}' "
        f"aria-label='{escape(label)}'>{number(values[truth.id, said.id], norm)}</button></td>"
    )


def _pair_row(ranked: RankedPair, n: int, chosen: tuple[str, str] | None) -> str:
    pair = ranked.pair
    here = " class='here'" if chosen == (pair.reference.name, pair.predicted.name) else ""
    talk = "<td class='soft'>not in its ten</td>" if ranked.talk_n is None else _count(ranked.talk_n, TALK_N)
    what = f"{pair.reference.label} → {pair.predicted.label}"
    return (
        f"<tr{here}><th scope='row'>{ranked.rank or '·'}</th><td class='what'><button type='button' "
        f"data-pick='{pair.reference.name},{pair.predicted.name}' "
        f"aria-label='{escape(f'{pair.reference.label} named {pair.predicted.label}')}'>{escape(what)}</button></td>"
        f"{_count(pair.n, n)}{talk}</tr>"
    )


def _count(n: int, of: int) -> str:
    return f"<td>{n} <span class='soft'>({1000 * n / of:.1f})</span></td>"


def _chip(c: LandCoverClass) -> str:
    style = f"background:{c.color};color:{ink(c.color)}"
    return f"<span class='chip' style='{style}' aria-hidden='true'>{c.letter}</span>"
