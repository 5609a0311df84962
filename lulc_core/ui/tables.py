"""Tables with bars as HTML: they read in both themes, in print and in a screen reader. No chart library needed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASSES, LandCoverClass
from lulc_core.ui import words
from lulc_core.ui.map.data import ink

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassArea


def area_table(areas: Sequence[ClassArea], *, classified_ha: float, left_out_ha: float, left_out: str) -> str:
    """Hectares and per cent of each class, largest first, then the sum and what was left out.

    Args:
        areas: of the classes that occur.
        named_ha: their sum.
        left_out_ha: ground without a class.
        left_out: why, in words; empty where nothing was left out.
    """
    top = max((a.pct for a in areas), default=1.0)
    rows = "".join(
        f"<tr><th scope='row'>{_chip(a.cls)}{escape(a.cls.label)}</th><td>{words.hectares(a.ha)}</td>"
        f"<td>{a.pct:.1f}</td>{_bar(a.pct / top, a.cls.color)}</tr>"
        for a in areas
    )
    foot = f"<tr><th scope='row'>named in all</th><td>{words.hectares(classified_ha)}</td><td>100.0</td><td></td></tr>"
    if left_out:
        foot += (
            f"<tr><th scope='row'>left out</th><td>{words.hectares(left_out_ha)}</td>"
            f"<td colspan='2' class='lulc-why'>{escape(left_out)}</td></tr>"
        )
    return (
        "<table class='lulc-table'><caption>Area of each class, clipped to the drawn shape</caption>"
        "<thead><tr><th scope='col'>Class</th><th scope='col'>ha</th><th scope='col'>%</th>"
        f"<th><span class='lulc-sr'>bar</span></th></tr></thead><tbody>{rows}</tbody><tfoot>{foot}</tfoot></table>"
    )


def probability_table(probabilities: NDArray[np.floating]) -> str:
    """The ten class probabilities, largest first.

    Args:
        probabilities: (10,) 0 to 1.
    """
    order = np.argsort(-probabilities, kind="stable")
    rows = "".join(
        f"<tr><th scope='row'>{_chip(c)}{escape(c.label)}</th><td>{words.share(p, 1)}</td>{_bar(p, c.color)}</tr>"
        for c, p in ((CLASSES[int(i)], float(probabilities[i])) for i in order)
    )
    return (
        "<table class='lulc-table'><caption>Probability of each class</caption>"
        "<thead class='lulc-sr'><tr><th scope='col'>Class</th><th scope='col'>Probability</th><th>bar</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Short facts in a row."""
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    return f"<dl class='lulc-facts'>{items}</dl>"


def _chip(cls: LandCoverClass) -> str:
    style = f"background:{cls.color};color:{ink(cls.color)}"
    return f"<span class='lulc-chip' style='{style}' aria-hidden='true'>{cls.letter}</span>"


def _bar(share: float, color: str) -> str:
    width = max(min(share, 1.0), 0.0) * 100
    return (
        f"<td class='lulc-bar-cell' aria-hidden='true'>"
        f"<span class='lulc-bar' style='width:{width:.1f}%;background:{color}'></span></td>"
    )
