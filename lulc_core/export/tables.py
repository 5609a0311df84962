"""Numbers of a result as CSV: for spreadsheets and scripts. Every row carries the attribution, as rows get copied."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from lulc_core.domain.change import CERTAINTY_NAMES, TRAJECTORY_NAMES, VERDICT_NAMES, Certainty, ChangeReport, Verdict
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.spectrum import RoiSpectrum

Value = str | int | float | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Value]], *, attribution: str = "") -> str:
    """Write a table; numbers with a point, missing ones empty, four decimals at most.

    Args:
        header: names of the columns.
        rows: as many values each.
        attribution: for a last column of that name; empty for none.
    """
    last = [attribution] if attribution else []
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow([*header, *(["attribution"] if attribution else [])])
    table.writerows([*(f"{v:.4f}" if isinstance(v, float) else v for v in row), *last] for row in rows)
    return out.getvalue()


def spectra(measured: Iterable[tuple[str, RoiSpectrum]]) -> str:
    """Write spectra, one row a band; figures are empty where no pixel is usable.

    Args:
        measured: what each is called, and the spectrum. A name that a spreadsheet would take for a formula gets an
            apostrophe in front.
    """
    header = ["name", "acquisition", "datetime", "level", "satellite", "simulated", "count", "band", "wavelength_nm"]
    header += ["atmospheric", "mean", "std", "p10", "p50", "p90"]
    rows: list[list[str]] = []
    for name, s in measured:
        safe = f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name
        start = [safe, s.acquisition, s.moment.isoformat(), s.level, s.satellite, str(s.simulated).lower()]
        for i, band in enumerate(s.bands):
            figures = [f"{float(v[i]):.6f}" if s.n_pixels else "" for v in (s.mean, s.std, s.p10, s.p50, s.p90)]
            air = str(bool(s.atmospheric[i])).lower()
            rows.append([*start, str(s.n_pixels), band, f"{s.wavelength_nm[i]:.1f}", air, *figures])
    return csv_text(header, rows)


def transitions(report: ChangeReport, *, attribution: str = "") -> str:
    """Write all pairs of classes, earlier and later: ``from,to,tiles,ha,pct,label_tiles,label_ha``.

    ``tiles``, ``ha`` and ``pct`` count off the diagonal only what counts as a change (a difference that does not is
    on the diagonal); ``label_tiles`` and ``label_ha`` take the classes of the two maps as they are. Both sum to the
    compared tiles.
    """
    counted, labels = report.transitions, report.label_transitions
    header = ["from", "to", "tiles", "ha", "pct", "label_tiles", "label_ha"]
    measures = (counted.tiles, counted.ha, counted.pct, labels.tiles, labels.ha)
    rows = [
        (before, after, *(m[i, j].item() for m in measures))
        for i, before in enumerate(counted.names)
        for j, after in enumerate(counted.names)
    ]
    return csv_text(header, rows, attribution=attribution)


def gains_losses(report: ChangeReport) -> str:
    """Write what each class, and each CORINE level-1 group, won and lost.

    ``before_ha`` and ``after_ha`` are of the compared ground, with differences that do not count as changes left where
    they were; ``map_before_ha`` and ``map_after_ha`` are the areas of both maps as areas.csv has them, and
    ``uncounted_`` is what lies between: ground not compared, and differences that do not count.
    """
    header = ["level", "class", "label", "before_ha", "after_ha", "gain_ha", "loss_ha", "net_ha"]
    header += ["gain_cells", "loss_cells", "kind", "map_before_ha", "map_after_ha"]
    header += ["uncounted_before_ha", "uncounted_after_ha"]
    maps = report.change.before.class_ha, report.change.after.class_ha
    members = {"class": {c.id: [c] for c in CLASSES}, "CORINE level 1": {}}
    for c in CLASSES:
        members["CORINE level 1"].setdefault(c.corine_l1, []).append(c)
    rows = []
    for level, balances in (("class", report.balances), ("CORINE level 1", report.corine_balances)):
        for b in balances:
            classes = members[level][b.id]
            first, second = (float(sum(ha[c.id] for c in classes)) for ha in maps)
            lines = [c.is_line for c in classes]
            kind = "squares crossed" if all(lines) else "land and squares crossed" if any(lines) else "land"
            numbers = (b.before_ha, b.after_ha, b.gain_ha, b.loss_ha, b.net_ha, b.gain_tiles, b.loss_tiles)
            between = (first, second, first - b.before_ha, second - b.after_ha)
            rows.append((level, b.name, b.label, *numbers, kind, *between))
    return csv_text(header, rows, attribution=report.change.attribution)


def places(report: ChangeReport, words: Mapping[Certainty, str]) -> str:
    """Write the cells whose class differs, most credible first.

    Args:
        report: of a comparison.
        words: what each level of certainty may be called in it; the level itself is by the rule alone.
    """
    header = ["rank", "tile_id", "longitude", "latitude", "from", "to", "chance", "certainty", "certainty_in_words"]
    header += ["course", "counted", "verdict", "ha", "sentence"]
    verdict = report.change.verdict
    rows = [
        (
            p.rank,
            p.tile_id,
            f"{p.lon:.6f}",
            f"{p.lat:.6f}",
            p.from_class.name,
            p.to_class.name,
            p.change_probability,
            CERTAINTY_NAMES[p.certainty],
            words[p.certainty],
            TRAJECTORY_NAMES[p.trajectory],
            "yes" if p.changed else "no",
            VERDICT_NAMES[Verdict(int(verdict[p.row, p.col]))],
            p.ha,
            p.sentence,
        )
        for p in report.places
    ]
    return csv_text(header, rows, attribution=report.change.attribution)
