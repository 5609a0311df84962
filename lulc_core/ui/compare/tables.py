"""Tables of a comparison as HTML: they read in both themes, in print and in a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lulc_core.analysis.change.class_probabilities import ClassPoints
from lulc_core.analysis.change.evidence import IndexPair
from lulc_core.domain.change import ChangedTile, ClassBalance, TransitionMatrix, transition_counts
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.ui import words


def transition_table(matrix: TransitionMatrix) -> str:
    """Every transition that occurs, largest first: tiles, hectares, per cent of the compared ground."""
    pct = matrix.pct
    rows = "".join(
        f"<tr><th scope='row'>{escape(matrix.labels[r])} → {escape(matrix.labels[c])}</th><td>{n:,}</td>"
        f"<td>{words.hectares(float(matrix.ha[r, c]))}</td><td>{pct[r, c]:.1f}</td></tr>"
        for (r, c), n in transition_counts(matrix).items()
    )
    foot = (
        f"<tr><th scope='row'>changed in all</th><td>{matrix.changed_tiles:,}</td>"
        f"<td>{words.hectares(matrix.changed_ha)}</td><td>{float(pct[matrix.off_diagonal].sum()):.1f}</td></tr>"
    )
    return _table("Transitions that occur", ("From → to", f"{matrix.unit}s", "ha", "%"), rows, foot)


def matrix_table(matrix: TransitionMatrix) -> str:
    """The whole matrix in tiles, classes that occur, earlier in rows and later in columns."""
    here = [i for i in range(len(matrix.ids)) if matrix.tiles[i].sum() + matrix.tiles[:, i].sum() > 0]
    rows = "".join(
        f"<tr><th scope='row'>{escape(matrix.labels[r])}</th>"
        + "".join(f"<td>{int(matrix.tiles[r, c]):,}</td>" for c in here)
        + f"<td>{int(matrix.tiles[r].sum()):,}</td></tr>"
        for r in here
    )
    sums = "".join(f"<td>{int(matrix.tiles[:, c].sum()):,}</td>" for c in here)
    foot = f"<tr><th scope='row'>later in all</th>{sums}<td>{int(matrix.tiles.sum()):,}</td></tr>"
    head = ("Earlier ↓ later →", *(matrix.labels[c] for c in here), "earlier in all")
    return folded("The matrix as a table", _table(f"Transition matrix in {matrix.unit}s", head, rows, foot))


def place_table(places: Sequence[ChangedTile]) -> str:
    """The listed places: what the map shows, in words and numbers."""
    rows = "".join(
        f"<tr><th scope='row'>{p.rank}. {escape(p.from_class.label)} → {escape(p.to_class.label)}</th>"
        f"<td>{words.share(p.change_probability)}</td><td>{'yes' if p.changed else 'no'}</td>"
        f"<td>{words.hectares(p.ha)}</td><td>{p.lat:.4f}, {p.lon:.4f}</td></tr>"
        for p in places
    )
    head = ("From → to", "chance", "counts", "ha", "latitude, longitude")
    return folded("The map as a table", _table("Changed places", head, rows))


def probability_table(points: Sequence[ClassPoints], days: tuple[str, str]) -> str:
    """Every class of one tile on both dates, and how far it moved."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(p.cls.label)}</th><td>{words.share(p.before, 1)}</td>"
        f"<td>{words.share(p.after, 1)}</td><td>{p.points:+.1f}</td></tr>"
        for p in points
    )
    table = _table("Probabilities of the tile on both dates", ("Class", *days, "points"), rows)
    return folded("Probabilities and shift as a table", table)


def spectrum_table(before: RoiSpectrum, after: RoiSpectrum, days: tuple[str, str]) -> str:
    """Mean reflectance of each band of one tile on both dates."""
    sides = [dict(zip(s.bands, s.mean.tolist(), strict=True)) for s in (before, after)]
    bands = [b for b, air in zip(before.bands, before.atmospheric, strict=True) if not air]
    bands += [b for b, air in zip(after.bands, after.atmospheric, strict=True) if not air and b not in bands]

    def number(value: float | None) -> str:
        return "–" if value is None or value != value else f"{value:.3f}"

    rows = "".join(
        f"<tr><th scope='row'>{b}</th><td>{number(sides[0].get(b))}</td><td>{number(sides[1].get(b))}</td></tr>"
        for b in bands
    )
    return folded("Spectra as a table", _table("Reflectance of the tile on both dates", ("Band", *days), rows))


def folded(title: str, table: str) -> str:
    """A table that is closed until it is wanted; screen readers and the keyboard open it too."""
    return f"<details class='lulc-folded'><summary>{escape(title)}</summary>{table}</details>"


def balance_table(balances: Sequence[ClassBalance], caption: str) -> str:
    """Hectares before and after, gross gain, gross loss and net of each class."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(b.label)}</th><td>{words.hectares(b.before_ha)}</td>"
        f"<td>{words.hectares(b.after_ha)}</td><td>{words.hectares(b.gain_ha)}</td>"
        f"<td>{words.hectares(b.loss_ha)}</td><td>{_signed(b.net_ha)}</td></tr>"
        for b in balances
    )
    return _table(caption, ("ha", "before", "after", "gain", "loss", "net"), rows)


def index_table(indices: Sequence[IndexPair], days: tuple[str, str]) -> str:
    """NDVI, NDWI and NDBI of one tile on both dates."""

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f}"

    rows = "".join(
        f"<tr><th scope='row'>{escape(i.name)}</th><td>{number(i.before)}</td><td>{number(i.after)}</td>"
        f"<td>{'–' if i.difference is None else f'{i.difference:+.2f}'}</td></tr>"
        for i in indices
    )
    return _table("Indices of the tile on both dates", ("Index", *days, "difference"), rows)


def _signed(value: float) -> str:
    return "0" if abs(value) < 0.05 else f"{'+' if value > 0 else '−'}{words.hectares(abs(value))}"


def _table(caption: str, head: Sequence[str], rows: str, foot: str = "") -> str:
    heads = "".join(f"<th scope='col'>{escape(h)}</th>" for h in head)
    return (
        f"<div class='lulc-wide'><table class='lulc-table'><caption>{escape(caption)}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>{f'<tfoot>{foot}</tfoot>' if foot else ''}</table></div>"
    )
