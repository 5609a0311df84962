"""Tables with bars as HTML: they read in both themes, in print and in a screen reader. No chart library needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASSES, LandCoverClass
from lulc_core.language.words import area_unit
from lulc_core.render.html_table import Cell, Row, bar_cell, bar_head, html_table
from lulc_core.ui import words
from lulc_core.ui.map.data import ink

if TYPE_CHECKING:
    from lulc_core.domain.results import AreaAccount


def area_table(account: AreaAccount, left_out: str) -> str:
    """Write area and per cent of the drawn shape: groups with their classes, squares crossed, ground left out.

    Args:
        account: of the drawn shape.
        left_out: why ground was left out, in words; empty where none was.
    """
    (unit, _), ha = area_unit(account.total_ha), partial(words.area_number, like=account.total_ha)
    top = max((a.pct for a in (*account.land, *account.crossed)), default=1.0)
    rows: list[Row] = []
    for g in account.groups:
        name = Cell(words.capital(words.translate(f"group.{g.key}")), css="lulc-group")
        rows.append((name, ha(g.ha), words.number(g.pct, 1), ""))
        rows += [
            (_class(a.cls), ha(a.ha), words.number(a.pct, 1), bar_cell(a.pct / top, a.cls.color)) for a in g.classes
        ]
    for a in account.crossed:
        count = words.translate("count.squares", a.tiles)
        rows.append((_class(a.cls), count, words.number(a.pct, 1), bar_cell(a.pct / top, a.cls.color)))
    foot: list[Row] = []
    if account.left_out_tiles:
        label = words.translate("panel.table.left_out")
        foot.append((label, ha(account.left_out_ha), words.number(account.left_out_pct, 1), ""))
        foot.append((Cell(left_out, css="lulc-why", colspan=4),))
    foot.append((words.translate("panel.table.whole"), ha(account.total_ha), words.number(100, 1), ""))
    caption = words.translate("panel.table.areas")
    return html_table(caption, (words.translate("panel.table.class"), unit, "%", bar_head()), rows, foot=foot)


def probability_table(probabilities: NDArray[np.floating], *, most: int = len(CLASSES)) -> str:
    """Write the class probabilities, largest first.

    Args:
        probabilities: (10,) 0 to 1.
        most: so many of them.
    """
    order = np.argsort(-probabilities, kind="stable")[:most]
    found = [(CLASSES[int(i)], float(probabilities[i])) for i in order]
    rows = [(_class(c), words.share(p, 1), bar_cell(p, c.color)) for c, p in found]
    heads = (words.translate("panel.table.class"), words.translate("panel.table.probability"), "bar")
    return html_table(words.translate("panel.table.probabilities"), heads, rows, header_css="lulc-sr")


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Write short facts in a row."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    return f"<dl class='lulc-facts'>{items}</dl>"


def _class(cls: LandCoverClass) -> Cell:
    chip = Markup('<span class="lulc-chip" style="background:{};color:{}" aria-hidden="true">{}</span>{}')
    return Cell(
        chip.format(cls.color, ink(cls.color), words.class_letter(cls.id), words.page_words().class_name(cls.id))
    )
