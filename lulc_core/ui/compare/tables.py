"""Tables of a comparison as HTML: they read in both themes, in print and in a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape

from lulc_core.analysis.change.class_probabilities import ClassPoints
from lulc_core.analysis.change.evidence import IndexPair
from lulc_core.analysis.change.plausible import LEAST_DAYS
from lulc_core.domain.change import ChangedTile, ClassBalance, TransitionMatrix, transition_counts
from lulc_core.domain.classes import CLASSES, LINES
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.render.html_table import html_table
from lulc_core.ui import words

Days = tuple[str, str]
_table = partial(html_table, wrapper="lulc-wide")


def transition_table(matrix: TransitionMatrix) -> str:
    """Write every transition that occurs, largest first: tiles, hectares, per cent of the compared ground."""
    pct, labels = matrix.pct, matrix.labels
    rows = [
        (f"{labels[r]} → {labels[c]}", f"{n:,}", _ground(matrix, r, c), f"{pct[r, c]:.1f}")
        for (r, c), n in transition_counts(matrix).items()
    ]
    changed_pct = float(pct[matrix.off_diagonal].sum())
    foot = ("changed in all", f"{matrix.changed_tiles:,}", words.hectares(matrix.changed_ha), f"{changed_pct:.1f}")
    return _table("Transitions that occur", ("From → to", f"{matrix.unit}s", "ha", "%"), rows, foot=[foot])


def _ground(matrix: TransitionMatrix, r: int, c: int) -> str:
    """Hectares of a transition between classes of land; nothing to and from roads and rivers, which are none."""
    crossed = CLASSES[matrix.ids[r]].is_line or CLASSES[matrix.ids[c]].is_line
    return "" if crossed else words.hectares(float(matrix.ha[r, c]))


def matrix_table(matrix: TransitionMatrix) -> str:
    """Write the whole matrix in tiles, classes that occur, earlier in rows and later in columns."""
    tiles, labels = matrix.tiles, matrix.labels
    occur = [i for i in range(len(matrix.ids)) if tiles[i].sum() + tiles[:, i].sum() > 0]
    rows = [(labels[r], *(f"{tiles[r, c]:,}" for c in occur), f"{tiles[r].sum():,}") for r in occur]
    foot = ("later in all", *(f"{tiles[:, c].sum():,}" for c in occur), f"{tiles.sum():,}")
    head = ("Earlier ↓ later →", *(labels[c] for c in occur), "earlier in all")
    table = _table(f"Transition matrix in {matrix.unit}s", head, rows, foot=[foot])
    return _folded("The matrix as a table", table)


def place_table(places: Sequence[ChangedTile]) -> str:
    """Write the listed places: what the map shows, in words and numbers."""
    rows = [
        (
            f"{p.rank}. {p.from_class.map_label} → {p.to_class.map_label}",
            words.share(p.change_probability),
            "yes" if p.changed else "no",
            words.hectares(p.ha),
            f"{p.lat:.4f}, {p.lon:.4f}",
        )
        for p in places
    ]
    head = ("From → to", "chance", "counts", "ha", "latitude, longitude")
    return _folded("The map as a table", _table("Changed places", head, rows))


def probability_table(points: Sequence[ClassPoints], days: Days) -> str:
    """Write every class of one tile on both dates, and how far it moved."""
    rows = [(p.cls.map_label, words.share(p.before, 1), words.share(p.after, 1), f"{p.points:+.1f}") for p in points]
    table = _table("Probabilities of the tile on both dates", ("Class", *days, "points"), rows)
    return _folded("Probabilities and shift as a table", table)


def spectrum_table(before: RoiSpectrum, after: RoiSpectrum, days: Days) -> str:
    """Write the mean reflectance of each band of one tile on both dates."""
    sides = [dict(zip(s.bands, s.mean.tolist(), strict=True)) for s in (before, after)]
    of_ground = [b for s in (before, after) for b, air in zip(s.bands, s.atmospheric, strict=True) if not air]
    rows = [(b, *(_number(side.get(b), ".3f") for side in sides)) for b in dict.fromkeys(of_ground)]
    return _folded("Spectra as a table", _table("Reflectance of the tile on both dates", ("Band", *days), rows))


def balance_table(balances: Sequence[ClassBalance], caption: str) -> str:
    """Write hectares before and after, gross gain, gross loss and net of each class; of roads and rivers, squares."""
    rows = [
        (b.label, *map(words.hectares, (b.before_ha, b.after_ha, b.gain_ha, b.loss_ha)), _signed(b.net_ha))
        for b in balances
        if b.name not in LINES
    ]
    for b in balances:
        if b.name in LINES:
            counts = (words.translate("count.squares", n) for n in (b.gain_tiles, b.loss_tiles))
            rows.append((b.label, "", "", *counts, f"{b.gain_tiles - b.loss_tiles:+d}"))
    return _table(caption, ("ha", "before", "after", "gain", "loss", "net"), rows)


def index_table(indices: Sequence[IndexPair], days: Days) -> str:
    """Write NDVI, NDWI and NDBI of one tile on both dates."""
    rows = [(i.name, _number(i.before, ".2f"), _number(i.after, ".2f"), _number(i.difference, "+.2f")) for i in indices]
    return _table("Indices of the tile on both dates", ("Index", *days, "difference"), rows)


def least_time_table(transitions: Sequence[tuple[int, int]], days: int) -> str:
    """Write how long changes take at least that took less here: what cannot be in the time between the dates."""
    rows = [(f"{CLASSES[a].label} → {CLASSES[b].label}", words.span(int(LEAST_DAYS[a, b]))) for a, b in transitions]
    table = _table(f"Not possible within {words.span(days)}", ("From → to", "takes at least"), rows)
    return _folded("How long such changes take", table)


def _folded(title: str, table: str) -> str:
    """Fold a table until it is wanted; screen readers and the keyboard open it too."""
    return f"<details class='lulc-folded'><summary>{escape(title)}</summary>{table}</details>"


def _number(value: float | None, pattern: str) -> str:
    return "–" if value is None or value != value else f"{value:{pattern}}"


def _signed(value: float) -> str:
    return "0" if abs(value) < 0.05 else f"{'+' if value > 0 else '−'}{words.hectares(abs(value))}"
