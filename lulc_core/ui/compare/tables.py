"""Tables of a comparison as HTML: they read in both themes, in print and in a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from markupsafe import Markup

from lulc_core.analysis.change.class_probabilities import ClassPoints
from lulc_core.analysis.change.evidence import IndexPair
from lulc_core.analysis.change.plausible import LEAST_DAYS
from lulc_core.analysis.change.sites import Site
from lulc_core.domain.change import ChangeMap, ClassBalance, TransitionMatrix, transition_counts
from lulc_core.domain.classes import CLASSES, LINES, LandCoverClass
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.language.words import area_unit
from lulc_core.render.colors import GAIN_COLOR, LOSS_COLOR
from lulc_core.render.html_table import Cell, Row, bar_cell, bar_head, html_table
from lulc_core.ui import words
from lulc_core.ui.compare.say import is_crossed, level_word, size_of, way
from lulc_core.ui.map.data import ink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Days = tuple[str, str]
_table = partial(html_table, wrapper="lulc-wide")
SHOWN_CLASSES, SHOWN_FROM = 5, 0.01
"""Classes that the probabilities of a place show at most, and from which probability on."""


def gains_table(balances: Sequence[ClassBalance]) -> str:
    """Write what each class of land gained and lost, with bars; of roads and rivers, squares."""
    land = [b for b in balances if (b.gain_ha > 0 or b.loss_ha > 0) and b.name not in LINES]
    top = max((max(b.gain_ha, b.loss_ha) for b in land), default=1.0)
    area = partial(words.area, like=top)
    rows: list[Row] = [
        (
            _class(CLASSES[b.id]),
            area(b.loss_ha) if b.loss_ha else "",
            _left_bar(bar_cell(b.loss_ha / top, LOSS_COLOR)) if b.loss_ha else "",
            bar_cell(b.gain_ha / top, GAIN_COLOR) if b.gain_ha else "",
            area(b.gain_ha) if b.gain_ha else "",
        )
        for b in land
    ]
    for b in balances:
        if b.name in LINES and (b.gain_tiles or b.loss_tiles):
            lost, gained = (words.translate("count.squares", n) if n else "" for n in (b.loss_tiles, b.gain_tiles))
            rows.append((_class(CLASSES[b.id]), lost, "", "", gained))
    head = (words.translate("table.class"), words.translate("compare.lost"), bar_head(), bar_head())
    caption = words.translate("compare.gains")
    return html_table(caption, (*head, words.translate("compare.gained")), rows, css="lulc-table lulc-gains")


def both_table(before: NDArray[np.floating], after: NDArray[np.floating], days: Days) -> str:
    """Write the probabilities of the likeliest classes of a place on both dates, with bars.

    Args:
        before: (10,) on the earlier date, 0 to 1.
        after: (10,) on the later date.
        days: how to call the dates.
    """
    largest = sorted(CLASSES, key=lambda c: -max(float(before[c.id]), float(after[c.id])))
    shown = [c for c in largest[:SHOWN_CLASSES] if max(float(before[c.id]), float(after[c.id])) >= SHOWN_FROM]
    rows: list[Row] = []
    for c in shown:
        sides = [(words.share(float(p[c.id])), bar_cell(float(p[c.id]), c.color)) for p in (before, after)]
        rows.append((_class(c), *sides[0], *sides[1]))
    head: Row = (words.translate("table.class"), *(Cell(day, colspan=2) for day in days))
    return html_table(words.translate("compare.probabilities"), head, rows, css="lulc-table lulc-both")


def _left_bar(cell: Cell) -> Cell:
    return Cell(cell.content, css="lulc-bar-cell lulc-bar-left", hidden=True)


def _class(cls: LandCoverClass) -> Cell:
    chip = Markup('<span class="lulc-chip" style="background:{};color:{}" aria-hidden="true">{}</span>{}')
    return Cell(
        chip.format(cls.color, ink(cls.color), words.class_letter(cls.id), words.page_words().class_name(cls.id))
    )


def transition_table(matrix: TransitionMatrix) -> str:
    """Write every transition that occurs, largest first: tiles, area, per cent of the compared ground."""
    pct, ha = matrix.pct, partial(words.area_number, like=matrix.changed_ha)
    rows = [
        (
            way(matrix.ids[r], matrix.ids[c]),
            words.number(n),
            # Squares that a road or river crosses are no area of them.
            "" if is_crossed(matrix.ids[r], matrix.ids[c]) else ha(float(matrix.ha[r, c])),
            words.number(pct[r, c], 1),
        )
        for (r, c), n in transition_counts(matrix).items()
    ]
    changed_pct = float(pct[matrix.off_diagonal].sum())
    changed = words.number(matrix.changed_tiles), ha(matrix.changed_ha), words.number(changed_pct, 1)
    foot = (words.translate("compare.changed_in_all"), *changed)
    head = (
        words.translate("compare.from_to"),
        words.translate("compare.unit.tiles"),
        area_unit(matrix.changed_ha)[0],
        "%",
    )
    return _table(words.translate("compare.transitions"), head, rows, foot=[foot])


def matrix_table(matrix: TransitionMatrix) -> str:
    """Write the whole matrix in tiles, classes that occur, earlier in rows and later in columns."""
    tiles, labels = matrix.tiles, [words.page_words().class_name(i) for i in matrix.ids]
    occur = [i for i in range(len(matrix.ids)) if tiles[i].sum() + tiles[:, i].sum() > 0]
    numbers = [[words.number(int(tiles[r, c])) for c in occur] for r in occur]
    rows = [(labels[r], *row, words.number(int(tiles[r].sum()))) for r, row in zip(occur, numbers, strict=True)]
    sums = [words.number(int(tiles[:, c].sum())) for c in occur]
    foot = (words.translate("compare.later_in_all"), *sums, words.number(int(tiles.sum())))
    head = (
        words.translate("compare.rows_columns"),
        *(labels[c] for c in occur),
        words.translate("compare.earlier_in_all"),
    )
    table = _table(words.translate("compare.matrix"), head, rows, foot=[foot])
    return _folded(words.translate("compare.matrix_as_table"), table)


def place_table(places: Sequence[Site], change: ChangeMap) -> str:
    """Write the listed places: what the map shows, in words and numbers."""
    largest = max((p.ha for p in places), default=0.0)
    rows = [
        (
            f"{rank}. {way(p.from_id, p.to_id)}",
            words.share(p.change_probability),
            level_word(change, p.certainty),
            size_of(p, like=largest),
            words.page_words().position(p.lon, p.lat, 4),
        )
        for rank, p in enumerate(places, 1)
    ]
    head = [words.translate(f"compare.{k}") for k in ("from_to", "chance", "certainty", "size", "where")]
    return _folded(
        words.translate("compare.map_as_table"), _table(words.translate("compare.changed_places"), head, rows)
    )


def probability_table(points: Sequence[ClassPoints], days: Days) -> str:
    """Write every class of one tile on both dates, and how far it moved."""
    rows = [
        (
            words.page_words().class_name(p.cls.id),
            words.share(p.before, 1),
            words.share(p.after, 1),
            _signed_number(p.points, 1),
        )
        for p in points
    ]
    head = (words.translate("table.class"), *days, words.translate("compare.points"))
    return _folded(
        words.translate("compare.mixture_as_table"), _table(words.translate("compare.tile_both"), head, rows)
    )


def spectrum_table(before: RoiSpectrum, after: RoiSpectrum, days: Days) -> str:
    """Write the mean reflectance of each band of one tile on both dates."""
    sides = [dict(zip(s.bands, s.mean.tolist(), strict=True)) for s in (before, after)]
    of_ground = [b for s in (before, after) for b, air in zip(s.bands, s.atmospheric, strict=True) if not air]
    rows = [(b, *(_number(side.get(b), 3) for side in sides)) for b in dict.fromkeys(of_ground)]
    table = _table(words.translate("compare.reflectance"), (words.translate("compare.band"), *days), rows)
    return _folded(words.translate("compare.spectra_as_table"), table)


def balance_table(balances: Sequence[ClassBalance], caption: str, *, corine: bool = False) -> str:
    """Write the area before and after, gross gain, gross loss and net of each class; of roads and rivers, squares.

    Args:
        balances: of the ten classes, or of the CORINE level-1 groups.
        caption: of the table.
        corine: they are of the groups.
    """
    most = max((ha for b in balances if b.name not in LINES for ha in (b.before_ha, b.after_ha)), default=0.0)
    ha = partial(words.area_number, like=most)
    rows = [
        (
            words.translate(f"corine.{b.id}") if corine else words.page_words().class_name(b.id),
            *map(ha, (b.before_ha, b.after_ha, b.gain_ha, b.loss_ha)),
            _signed(b.net_ha, ha),
        )
        for b in balances
        if b.name not in LINES
    ]
    for b in balances:
        if b.name in LINES:
            counts = (words.translate("count.squares", n) for n in (b.gain_tiles, b.loss_tiles))
            rows.append(
                (words.page_words().class_name(b.id), "", "", *counts, _signed_number(b.gain_tiles - b.loss_tiles))
            )
    head = [words.translate(f"compare.{k}") for k in ("before", "after", "gained", "lost", "net")]
    return _table(caption, (area_unit(most)[0], *head), rows)


def index_table(indices: Sequence[IndexPair], days: Days) -> str:
    """Write NDVI, NDWI and NDBI of one tile on both dates."""
    rows = [(i.name, _number(i.before, 2), _number(i.after, 2), _signed_number(i.difference, 2)) for i in indices]
    head = (words.translate("compare.index"), *days, words.translate("compare.difference"))
    return _table(words.translate("compare.indices"), head, rows)


def least_time_table(transitions: Sequence[tuple[int, int]], days: int) -> str:
    """Write how long changes take at least that took less here: what cannot be in the time between the dates."""
    rows = [(way(a, b), words.span(int(LEAST_DAYS[a, b]))) for a, b in transitions]
    caption = words.translate("compare.not_within", span=words.span(days))
    head = (words.translate("compare.from_to"), words.translate("compare.takes_least"))
    return _folded(words.translate("compare.how_long"), _table(caption, head, rows))


def _folded(title: str, table: str) -> str:
    """Fold a table until it is wanted; screen readers and the keyboard open it too."""
    return f"<details class='lulc-folded'><summary>{escape(title)}</summary>{table}</details>"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None or value != value else words.number(value, digits)


def _signed_number(value: float | None, digits: int = 0) -> str:
    if value is None or value != value:
        return "–"
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{words.number(abs(value), digits)}"


def _signed(ha: float, number: Callable[[float], str]) -> str:
    return "0" if abs(ha) < 0.05 else f"{'+' if ha > 0 else '−'}{number(abs(ha))}"
