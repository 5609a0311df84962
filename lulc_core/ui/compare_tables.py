"""Tables of a comparison as HTML: they read in both themes, in print and in a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lulc_core.analysis.evidence import IndexPair
from lulc_core.domain.change import ClassBalance, TransitionMatrix, transition_counts
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
    return _table("Transitions that occur", ("From → to", "tiles", "ha", "%"), rows, foot)


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
