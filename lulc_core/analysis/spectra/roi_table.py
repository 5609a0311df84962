"""Spectra as rows of a table, for CSV files: one row a band."""

from __future__ import annotations

from collections.abc import Iterable

from lulc_core.domain.spectrum import RoiSpectrum

HEADER = (
    "name", "acquisition", "datetime", "level", "satellite", "simulated", "count", "band", "wavelength_nm",
    "atmospheric", "mean", "std", "p10", "p50", "p90",
)  # fmt: skip


def csv_rows(spectra: Iterable[tuple[str, RoiSpectrum]]) -> list[list[str]]:
    """Make the header and the rows; figures are empty where no pixel is usable.

    Args:
        spectra: what each is called, and the spectrum. A name that a spreadsheet would take for a formula gets an
            apostrophe in front.
    """
    rows = [list(HEADER)]
    for name, s in spectra:
        safe = f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name
        start = [safe, s.acquisition, s.moment.isoformat(), s.level, s.satellite, str(s.simulated).lower()]
        for i, band in enumerate(s.bands):
            figures = [f"{float(v[i]):.6f}" if s.n_pixels else "" for v in (s.mean, s.std, s.p10, s.p50, s.p90)]
            air = str(bool(s.atmospheric[i])).lower()
            rows.append([*start, str(s.n_pixels), band, f"{s.wavelength_nm[i]:.1f}", air, *figures])
    return rows
